"""The result of a query, as programs hold it.

Owns the public face of an answer: rows as dicts, Arrow and its relatives, the counts and notes beside them.
Rows are produced when asked for.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cached_property, partial
from importlib import import_module
from threading import Event
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from flowql.errors import Diagnostic, LimitError, Notes, Severity, UsageError
from flowql.execution.limits import TIMEOUT
from flowql.execution.runs import Explanation, Runs
from flowql.execution.words import WordCount, count_words, word_notes
from flowql.plan.logical import Column, TimeRange
from flowql.render.public import public_array, public_batches, public_schema
from flowql.schema import Kind
from flowql.values import SECOND_NS
from flowql.zones import UTC, Zone

if TYPE_CHECKING:
    from flowql.execution.emptiness import EmptyAnswer
    from flowql.execution.histogram import Histogram

Found = TypeVar("Found")

BUDGET_S = 0.2
"""How long a user who has just seen that nothing matched is kept waiting for the reason."""
PARTIAL = "partial"
"""The code of the notes that tell what a limit left out."""
_NO_WORDS = "how bare words matched is not counted"


class Result:
    """The answer to one query over one snapshot.

    Iterating gives rows as dicts: text, addresses and networks as str, numbers as int, times as epoch seconds
    and durations as seconds (int, or float when not whole), missing values as None. Nanoseconds are lost
    there; `to_arrow` keeps them, in timestamps in UTC. An iteration begins the rows anew. `zone` is the
    query's, for whoever shows its times.

    A limit ends what is asked for with a `LimitError` of its name. Where a part of the answer will do
    (`allow_partial`), the time is up, and rows come in their order, those so far are the answer: the first
    ones of all. A wrong number is never given: groups, sorts and the like still end with the error, and a
    count that the time did not suffice for is None. Then `complete` is False, and a note names the limit.
    """

    def __init__(
        self,
        query: str,
        time_range: TimeRange,
        columns: tuple[Column, ...],
        notes: tuple[Diagnostic, ...],
        runs: Runs | Explanation,
        zone: Zone = UTC,
        *,
        overlaps: bool = False,
    ) -> None:
        self.query = query
        self.range = time_range
        self.columns = columns
        self.zone = zone
        self.overlaps = overlaps
        self._notes = Notes(list(notes))
        self._given_notes = notes
        self._runs = runs

    @property
    def notes(self) -> tuple[Diagnostic, ...]:
        """Warnings and information; final once the batches are read."""
        return tuple(self._notes.diagnostics)

    @property
    def complete(self) -> bool:
        """False when a limit made the answer partial; final once the batches are read."""
        return all(note.code != PARTIAL for note in self.notes)

    @property
    def matched(self) -> int | None:
        """Exactly how many records the search part of the query matches, whatever its stages make of them.

        None where the time did not suffice and a part of the answer will do.
        """
        return self._part(lambda: self._runs.matched_count, "the matching records are not counted")

    @cached_property
    def reaching(self) -> int | None:
        """How many records began before the range, reach into it and match otherwise; None without a range.

        They are among those matched when the range tests whole flows (`overlaps`).
        """
        return self._part(self._runs.reaching_count, "the records that reach into the range are not counted")

    @cached_property
    def words(self) -> tuple[WordCount, ...]:
        """How each bare word of the query matched: the records that each of its readings finds.

        Counted in the query's topics and range, not narrowed by its other clauses; exact.
        """
        scope = self._runs.scope
        return (self._part(lambda: count_words(scope), _NO_WORDS) or ()) if scope else ()

    @cached_property
    def word_notes(self) -> tuple[Diagnostic, ...]:
        """Information about bare words that matched in several ways or in none; counted when asked for."""
        scope = self._runs.scope
        return (self._part(lambda: word_notes(scope), _NO_WORDS) or ()) if scope else ()

    def histogram(self, bucket_count_max: int = 200, by: str = "action") -> "Histogram | None":
        """The matched records by time and by the values of a field, from the row sets of the rows.

        All counts together are exactly `matched`, whatever the stages make of the records. None when nothing
        matched, for an `explain`, and where the time did not suffice and a part of the answer will do. Raises
        `UsageError` for a field whose values are not told apart: a number, a time.
        """
        made = partial(self._runs.histogram, bucket_count_max, by)
        return self._part(made, "the matching records are not told by time")

    def why_empty(self, budget_s: float = BUDGET_S) -> "EmptyAnswer | None":
        """Why no record matched, as far as it is found out within the time; None when some did.

        What the time did not suffice for is named in the answer.
        """
        # Loaded here: most answers have rows.
        from flowql.execution.emptiness import explain_emptiness  # noqa: PLC0415

        scope = self._runs.scope
        if scope is None or self.matched != 0:
            return None
        return self._part(lambda: explain_emptiness(scope, budget_s), "why nothing matched is not found out")

    def whole(self, cancelled: Event | None = None) -> "Result":
        """The same answer without the `limit` that the search was given, over the same snapshot.

        The records that match are not looked for again; rows that were all read, and are few, are not even
        made again. It has the same limits, its own time, and is cancelled by itself.
        """
        runs = self._runs.again(limit=None, given=cancelled)
        return Result(
            self.query, self.range, self.columns, self._given_notes, runs, self.zone, overlaps=self.overlaps
        )

    def cancel(self) -> None:
        """Stop all that is worked out of the answer, from any thread: whoever waits gets a `CancelledError`.

        That takes 0.1 s or less. An answer that was cancelled gives nothing any more, but for `whole()`.
        """
        self._runs.stop.set()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows as record batches in the engine's types.

        Addresses as 16 bytes, times as int64 nanoseconds. A limit ends them early where a part will do.
        """
        row_count = 0
        with closing(self._runs.batches()) as batches:
            while True:
                try:
                    with self._working():
                        batch = next(batches, None)
                except LimitError as error:
                    if not self._runs.streams:
                        raise
                    self._note_partial(error, f"the rows are the first {row_count:,}, and there may be more")
                    return
                if batch is None:
                    return
                row_count += batch.num_rows
                yield batch

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
        # Loaded here: whoever wants rows does not wait for what draws.
        from flowql.render.as_html import html_of  # noqa: PLC0415

        return html_of(self, self.histogram())

    @contextmanager
    def _working(self) -> Iterator[None]:
        """While the caller waits: its clock runs, and a caller who is interrupted stops the work."""
        stop = self._runs.stop
        if stop.is_cancelled:  # also of what is known already: nothing is given any more
            stop.check()
        try:
            with stop.working():
                yield
        except KeyboardInterrupt:
            self.cancel()
            raise

    def _part(self, work: Callable[[], Found], message: str) -> Found | None:
        """What the work gives; None, with a note, where a limit ends it and a part of the answer will do."""
        try:
            with self._working():
                return work()
        except LimitError as error:
            self._note_partial(error, message)
            return None

    def _note_partial(self, error: LimitError, message: str) -> None:
        """Note what a limit left out, if a part of the answer will do; else raise the error."""
        if not self._runs.limits.allow_partial or error.limit_name != TIMEOUT:
            raise error
        self._notes.add(Diagnostic(PARTIAL, f"{error.message}: {message}", severity=Severity.WARNING))

    def _rows(self, values: Callable[[Column, pa.Array], list[Any]]) -> Iterator[tuple[Any, ...]]:
        for batch in self.batches():
            columns = [values(column, batch.column(i)) for i, column in enumerate(self.columns)]
            yield from zip(*columns, strict=True)


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
