"""The result of a query, as programs hold it.

Owns the public face of an answer: rows as dicts, Arrow and its relatives, the counts and notes beside them.
Rows are produced when asked for.
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from html import escape
from importlib import import_module
from types import ModuleType
from typing import Any

import pyarrow as pa

from flowql.errors import Diagnostic, UsageError
from flowql.execution.emptiness import BUDGET_S, EmptyAnswer, explain_emptiness
from flowql.execution.run import Execution, Explanation
from flowql.execution.scope import Scope
from flowql.execution.words import WordCount, count_words, word_notes
from flowql.plan.logical import Column, TimeRange
from flowql.render.public import public_array, public_batches, public_schema
from flowql.schema import Kind
from flowql.times import format_time
from flowql.values import SECOND_NS
from flowql.zones import UTC, Zone

_HTML_ROWS_MAX = 20


class Result:
    """The answer to one query over one snapshot.

    Iterating gives rows as dicts: text, addresses and networks as str, numbers as int, times as epoch seconds
    and durations as seconds (int, or float when not whole), missing values as None. Nanoseconds are lost
    there; `to_arrow` keeps them, in timestamps in UTC. An iteration begins the rows anew. `zone` is the
    query's, for whoever shows its times.
    """

    def __init__(
        self,
        query: str,
        time_range: TimeRange,
        columns: tuple[Column, ...],
        notes: tuple[Diagnostic, ...],
        execution: Execution | Explanation,
        zone: Zone = UTC,
        *,
        overlaps: bool = False,
        search: Execution | None = None,
        reaching: Callable[[], Execution] | None = None,
        scope: Scope | None = None,
    ) -> None:
        self.query = query
        self.range = time_range
        self.columns = columns
        self.notes = notes
        self.complete = True
        self.zone = zone
        self.overlaps = overlaps
        self._execution = execution
        self._search = search or execution
        self._reaching = reaching
        self._scope = scope

    @property
    def matched(self) -> int:
        """Exactly how many records the search part of the query matches, whatever its stages make of them."""
        return self._search.matched_count

    @cached_property
    def reaching(self) -> int | None:
        """How many records began before the range, reach into it and match otherwise; None without a range.

        They are among those matched when the range tests whole flows (`overlaps`).
        """
        return None if self._reaching is None else self._reaching().matched_count

    @cached_property
    def words(self) -> tuple[WordCount, ...]:
        """How each bare word of the query matched: the records that each of its readings finds.

        Counted in the query's topics and range, not narrowed by its other clauses; exact.
        """
        return count_words(self._scope) if self._scope else ()

    @cached_property
    def word_notes(self) -> tuple[Diagnostic, ...]:
        """Information about bare words that matched in several ways or in none; counted when asked for."""
        return word_notes(self._scope) if self._scope else ()

    def why_empty(self, budget_s: float = BUDGET_S) -> EmptyAnswer | None:
        """Why no record matched, as far as it is found out within the time; None when some record did.

        What the time did not suffice for is named in the answer.
        """
        if self._scope is None or self.matched:
            return None
        return explain_emptiness(self._scope, budget_s)

    def cancel(self) -> None:
        """Stop the work from another thread; whoever is iterating gets a `CancelledError`."""
        self._execution.context.cancelled.set()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows as record batches in the engine's types.

        Addresses as 16 bytes, times as int64 nanoseconds.
        """
        return self._execution.batches()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        names = [column.name for column in self.columns]
        for row in self._rows(_python_values):
            yield dict(zip(names, row, strict=True))

    def to_arrow(self) -> pa.Table:
        """The rows as a table: addresses and networks as text, times as timestamps in nanoseconds, UTC."""
        return pa.Table.from_batches(public_batches(self), public_schema(self.columns))

    def to_pandas(self) -> Any:
        """The rows as a pandas DataFrame.

        Texts are strings that Arrow keeps and numbers are `Int64`, which holds missing ones and no fractions.
        Raises `UsageError` without pandas.
        """
        pandas = _package("pandas")
        types = {pa.string(): pandas.StringDtype("pyarrow"), pa.int64(): pandas.Int64Dtype()}
        return self.to_arrow().to_pandas(types_mapper=types.get)

    def to_polars(self) -> Any:
        """The rows as a polars DataFrame. Raises `UsageError` without polars."""
        return _package("polars").from_arrow(self.to_arrow())

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The rows as a stream for whatever reads Arrow, each batch made when it is asked for."""
        reader = pa.RecordBatchReader.from_batches(public_schema(self.columns), public_batches(self))
        return reader.__arrow_c_stream__(requested_schema)

    def _repr_html_(self) -> str:
        rows: list[str] = []
        for row in self._rows(self._shown_values):
            if len(rows) == _HTML_ROWS_MAX:
                rows.append(f'<tr><td colspan="{len(self.columns)}">...</td></tr>')
                break
            cells = "".join(f"<td>{escape('-' if value is None else str(value))}</td>" for value in row)
            rows.append(f"<tr>{cells}</tr>")
        head = "".join(f"<th>{escape(column.name)}</th>" for column in self.columns)
        caption = f"<caption>{self.matched:,} records matched: {escape(self.query)}</caption>"
        return f"<table>{caption}<tr>{head}</tr>{''.join(rows)}</table>"

    def _rows(self, values: Callable[[Column, pa.Array], list[Any]]) -> Iterator[tuple[Any, ...]]:
        for batch in self.batches():
            columns = [values(column, batch.column(i)) for i, column in enumerate(self.columns)]
            yield from zip(*columns, strict=True)

    def _shown_values(self, column: Column, values: pa.Array) -> list[Any]:
        """Values for people: times on the clock of the query's zone."""
        if column.kind is not Kind.TIME:
            return _python_values(column, values)
        return [None if time is None else format_time(time, self.zone) for time in values.to_pylist()]


def _package(name: str) -> ModuleType:
    """A package that FlowQL works with and does not require."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise UsageError(f"{name} is not installed", hint=f"install it: pip install {name}") from error


def _python_values(column: Column, values: pa.Array) -> list[Any]:
    match column.kind:
        case Kind.ADDRESS | Kind.NETWORK:
            return list(public_array(column.kind, values).to_pylist())
        case Kind.TIME | Kind.DURATION:
            return _epoch_seconds(values)
        case _:
            return list(values.to_pylist())


def _epoch_seconds(times_ns: pa.Array) -> list[int | float | None]:
    """Nanoseconds as seconds: floats where they are not whole."""
    if not times_ns.null_count:
        numbers = times_ns.to_numpy()
        seconds = numbers // SECOND_NS
        if (seconds * SECOND_NS == numbers).all():
            return list(seconds.tolist())
    return [
        None if time is None else time / SECOND_NS if time % SECOND_NS else time // SECOND_NS
        for time in times_ns.to_pylist()
    ]
