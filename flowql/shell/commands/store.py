"""Commands about what the store holds: its topics and their fields.

Owns how fields are summed up: by queries, whose text is shown, over the search part of the previous query, if
there is one. What is looked at is what was found.
"""

from collections.abc import Mapping
from typing import Any

from flowql.errors import UsageError, printable
from flowql.names import protocol_name, service_name
from flowql.render.answer import Column
from flowql.render.listing import ListColumn, Listing
from flowql.render.summary import counted
from flowql.schema import Kind
from flowql.shell.asked import NO_PARAMETERS, search_part
from flowql.shell.commands.command import Command, Completes
from flowql.shell.desk import Desk
from flowql.shell.statistics import FieldSummary, field_query, fields_queries, summaries, summary_of
from flowql.times import format_time
from flowql.values import format_duration, parse_integer

_EVERYTHING = "*"
_TOP = 10


def scope_of(desk: Desk) -> tuple[str, Mapping[str, Any]]:
    """The search part of the previous query, or everything, and what its parameters are."""
    if desk.current is None:
        return search_part(desk.asked(_EVERYTHING).query), NO_PARAMETERS
    return search_part(desk.current.query), desk.current.params


def column_named(desk: Desk, name: str) -> Column:
    """The field of that name, in any spelling. Raises `QueryError`, which proposes similar names."""
    scope, params = scope_of(desk)
    _, result = desk.find(f"{scope} | fields {name}", params, limit=0)
    return result.columns[0]


def _topics(desk: Desk, argument: str) -> None:
    if argument:
        raise UsageError(rf"\topics takes nothing, found {argument!r}", hint=r"\use TOPIC chooses one")
    topics = desk.engine.topics()
    bounds = [topic.start_bounds or (None, None) for topic in topics]
    columns = (
        ListColumn("topic", Kind.TEXT, [str(topic.name) for topic in topics]),
        ListColumn("records", Kind.COUNT, [topic.rows for topic in topics]),
        ListColumn("first-start", Kind.TIME, [first for first, _ in bounds]),
        ListColumn("last-start", Kind.TIME, [last for _, last in bounds]),
        ListColumn("fields", Kind.COUNT, [len(topic.fields) for topic in topics]),
    )
    desk.show_listing(Listing(columns, desk.settings.zone))
    if desk.topics:
        desk.say(rf"queries that name none search {printable(', '.join(desk.topics))} (\use)")


def _fields(desk: Desk, argument: str) -> None:
    if argument:
        _field(desk, column_named(desk, argument))
        return
    scope, params = scope_of(desk)
    columns = desk.find(scope, params, limit=0)[1].columns
    total, found = summaries(scope, columns, lambda text: desk.rows_of(text, params))
    listing = Listing(
        (
            ListColumn("field", Kind.TEXT, [each.column.name for each in found]),
            ListColumn("kind", Kind.TEXT, [each.column.kind.value for each in found]),
            ListColumn("present", Kind.TEXT, [_percent(each.count, total) for each in found]),
            ListColumn("distinct", Kind.COUNT, [each.distinct_count for each in found]),
            ListColumn("most frequent", Kind.TEXT, [_frequent(desk, each) for each in found]),
        )
    )
    desk.say("\n".join(map(printable, fields_queries(scope, columns))))
    desk.show_listing(listing)
    desk.say(rf"{counted(total, 'record')} · \fields FIELD tells more of one")


def _field(desk: Desk, column: Column) -> None:
    scope, params = scope_of(desk)
    total, found = summary_of(scope, column, lambda text: desk.rows_of(text, params))
    parts = [
        f"{column.name}: {column.kind.value}",
        f"in {_percent(found.count, total)} of {counted(total, 'record')}",
        f"missing in {total - found.count:,}",
        counted(found.distinct_count, "distinct value"),
    ]
    if found.least is not None:
        parts.append(f"{_end(desk, column, found.least)} to {_end(desk, column, found.greatest)}")
    desk.say(printable(field_query(scope, column)))
    desk.say(" · ".join(parts))
    desk.search(f"{scope} | top {_TOP} {column.name}", params, is_glance=True)


def _top(desk: Desk, argument: str) -> None:
    name, *rest = argument.split() or [""]
    row_count = parse_integer(rest[0]) if rest else _TOP
    if not name or not row_count or len(rest) > 1:
        raise UsageError("a field is needed, and perhaps a number of rows", hint=r"write: \top dstport 20")
    scope, params = scope_of(desk)
    desk.search(f"{scope} | top {row_count} {column_named(desk, name).name}", params, is_glance=True)


def _percent(count: int, total: int) -> str:
    """A share that is 100 % or 0 % only when it is."""
    if count in (0, total):
        return "100 %" if count else "0 %"
    return f"{min(max(count / total * 100, 0.01), 99.99):.2f} %"


def _frequent(desk: Desk, summary: FieldSummary) -> str:
    """The most frequent values with their counts, and with their names where the session shows them."""
    name_of = _NAMES.get(summary.column.kind) if desk.settings.names else None
    texts = []
    for value, count in summary.frequent:
        name = name_of(int(value)) if name_of else None
        texts.append(f"{value} {name} ({count:,})" if name else f"{value} ({count:,})")
    return ", ".join(texts)


def _end(desk: Desk, column: Column, value: Any) -> str:
    match column.kind:
        case Kind.TIME:
            return format_time(value, desk.settings.zone)
        case Kind.DURATION:
            return format_duration(value)
        case Kind.COUNT:
            return f"{value:,}"
        case _:
            return str(value)


_NAMES = {Kind.PORT: service_name, Kind.PROTOCOL: protocol_name}

COMMANDS = (
    Command(
        "topics",
        "",
        "The topics of the store: records, times and fields.",
        r"\topics",
        Completes.NOTHING,
        _topics,
    ),
    Command(
        "fields",
        "[field]",
        "The fields of what was found, and what they hold.\n\n"
        "Kind, presence, distinct and most frequent values, over the records of the previous query, or all "
        "where none has run. With a field, more of that one: its ends, and its ten most frequent values with "
        "counts.",
        r"\fields dstport",
        Completes.FIELD,
        _fields,
    ),
    Command(
        "top",
        "field [n]",
        "The most frequent values of a field in what was found.\n\n"
        "Ten of them, or n. A line that begins with a bar goes on from the query before.",
        r"\top srcaddr 5",
        Completes.FIELD,
        _top,
    ),
)
