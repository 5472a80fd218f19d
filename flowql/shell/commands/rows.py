"""Commands about the rows of the last answer.

Owns how a row is called by its number. What a row's cells mean for a query is `drilling`'s.
"""

from collections.abc import Sequence
from itertools import islice

import pyarrow as pa

from flowql.errors import UsageError, printable
from flowql.names.nearest import nearest
from flowql.render.answer import Column
from flowql.render.first_rows import FirstRows
from flowql.render.formats import FORMATS
from flowql.schema import Schema, schema_of
from flowql.shell.clauses import cell_value
from flowql.shell.commands.command import Command, Completes
from flowql.shell.desk import Desk, Last
from flowql.shell.drilling import Row, drilled
from flowql.shell.engines import Found
from flowql.values import parse_integer

_WHY = "why"


def _drill(desk: Desk, argument: str) -> None:
    last = _last(desk)
    number, *chosen = argument.replace(",", " ").split() or [""]
    row = _row(desk, last, number, rf"\drill {number or 1}")

    def columns_of(query: str) -> Sequence[Column]:
        return desk.find(query, last.asked.params, limit=0)[1].columns

    schema = _schema(desk)
    desk.search(drilled(last.asked.query, row, chosen, schema, columns_of), last.asked.params)


def _why(desk: Desk, argument: str) -> None:
    last = _last(desk)
    row = _row(desk, last, argument, rf"\why {argument or 1}")
    number = int(argument)
    result = desk.ask(
        lambda cancelled: desk.engine.search(
            last.asked.query, why=True, limit=number, cancelled=cancelled, **last.asked.options
        )
    )
    explained = desk.ask(lambda _: _row_of(result, None, number), result)
    if explained is None or explained.cells[:-1] != row.cells:
        raise UsageError("the store has changed since this answer", hint="run the query again, then ask why")
    assert explained.columns[-1].name == _WHY, "it is the last column"
    desk.say(printable(last.asked.query))
    desk.say(f"row {number}: {printable(str(explained.cells[-1]))}")


def _last_answer(desk: Desk, argument: str) -> None:
    _last(desk)
    mode = argument or desk.settings.mode
    if mode not in FORMATS:
        near = nearest(mode, FORMATS, ()) or tuple(FORMATS)
        raise UsageError(f'there is no format "{mode}"', hint=f"formats: {', '.join(near)}")
    desk.show_last(mode)


def _last(desk: Desk) -> Last:
    if desk.last is None:
        raise UsageError("there is no answer yet", hint="run a query first: * shows the newest records")
    return desk.last


def _row(desk: Desk, last: Last, number: str, usage: str) -> Row:
    """The row of that number, as it was shown. Raises `UsageError` when there is none."""
    wanted = parse_integer(number)
    if wanted is None or wanted < 1:
        found = f', found "{number}"' if number else ""
        raise UsageError(f"the number of a row is needed{found}", hint=f"rows are numbered from 1: {usage}")
    result = last.result.whole()
    row = desk.ask(lambda _: _row_of(result, last.row_count_max, wanted), result)
    if row is None:
        raise UsageError(f"there is no row {wanted:,}", hint=_rows_there(desk, last, last.result.whole()))
    return row


def _rows_there(desk: Desk, last: Last, result: Found) -> str:
    rows = FirstRows(result, last.row_count_max)
    count = desk.ask(lambda _: sum(batch.num_rows for batch in rows.batches()), result)
    return f"rows are 1 to {count:,}" if count else "the answer has no rows"


def _row_of(result: Found, row_count_max: int | None, number: int) -> Row | None:
    """A row by its number, from 1; only the rows before it are made."""
    passed = 0
    for batch in FirstRows(result, row_count_max).batches():
        if passed + batch.num_rows >= number:
            return _row_in(result, batch, number - passed - 1)
        passed += batch.num_rows
    return None


def _row_in(result: Found, batch: pa.RecordBatch, place: int) -> Row:
    columns = tuple(result.columns)
    cells = (cell_value(column, batch.column(k), place) for k, column in enumerate(columns))
    return Row(columns, tuple(islice(cells, len(columns))), result.zone)


def _schema(desk: Desk) -> Schema:
    """Every field of the store."""
    return schema_of(dict.fromkeys(name for topic in desk.engine.topics() for name in topic.fields))


COMMANDS = (
    Command(
        "drill",
        "n [column...]",
        "Go from row n of the answer to the records behind it.\n\n"
        "A row of stats, top, rare, timechart or facets has a key, which is added to the query; columns, "
        "where some are named, choose among several keys. Of a record name the columns whose values are to "
        "be added. With - before it, what has a column's value is left out.",
        r"\drill 1 srcaddr -action",
        Completes.FIELD,
        _drill,
    ),
    Command(
        "why",
        "n",
        "Why row n of the answer was found.\n\nIt tells the clauses of the query that hold for it.",
        r"\why 1",
        Completes.NOTHING,
        _why,
    ),
    Command(
        "last",
        "[format]",
        "Show the last answer again, whole, in any format.\n\n"
        "Every row, whatever the limit was. Nothing is searched again, and what was ingested since is not in "
        "it.",
        r"\last csv",
        Completes.FORMAT,
        _last_answer,
    ),
)
