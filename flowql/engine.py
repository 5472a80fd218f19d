"""The engine.

The one place where parse, bind, optimize, lower and execute meet, over the snapshots of one store.

Owns the embedding interface. What a query means, how a store lies on disk and how rows are found is all
elsewhere.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, Self

from flowql.errors import Diagnostic, QueryError, Severity, StoreError, UsageError
from flowql.execution.context import Context, Threads
from flowql.execution.dictionaries import SnapshotDictionaries
from flowql.execution.frequencies import Frequencies
from flowql.execution.question import Question
from flowql.execution.residual import Residual
from flowql.execution.result import Result
from flowql.execution.run import PLAN_COLUMN, Explanation
from flowql.lists import NO_LISTS, Lists
from flowql.plan.bind import bind
from flowql.plan.bound import BoundQuery
from flowql.plan.given import Given, ParameterValue
from flowql.plan.logical import ALL_TIME, Column, Head, TimeRange
from flowql.plan.lower import Road
from flowql.schema import Kind, Schema, TopicName
from flowql.store.batch import Reject
from flowql.store.check import check_topic
from flowql.store.overview import CheckReport, TopicInfo, topic_info
from flowql.store.segment import Segment
from flowql.store.store import (
    DEFAULT_LOGSET,
    DEFAULT_TOPIC,
    Store,
    TopicSnapshot,
    create_store,
    is_free,
    open_store,
    parse_topic_name,
)
from flowql.syntax.canonical import canonical
from flowql.syntax.mending import told_of_original
from flowql.syntax.nodes import Query, Verb
from flowql.syntax.parser import parse
from flowql.times import now_ns
from flowql.zones import UTC, Zone, find_zone, similar_zones

if TYPE_CHECKING:
    from flowql.ingest import IngestReport, Progress
    from flowql.plan.candidates import Candidate


_NO_PARAMETERS: Mapping[str, ParameterValue] = MappingProxyType({})


class _SnapshotCatalog:
    """The binder's view of snapshots."""

    def __init__(self, snapshots: dict[TopicName, TopicSnapshot], residual: Residual) -> None:
        self._snapshots = snapshots
        self._residual = residual
        self.default_logset = DEFAULT_LOGSET

    def topics(self) -> tuple[TopicName, ...]:
        return tuple(sorted(self._snapshots))

    def schema(self, topic: TopicName) -> Schema:
        return self._snapshots[topic].schema

    def newest_start(self, topic: TopicName) -> int | None:
        bounds = self._snapshots[topic].start_bounds
        return bounds[1] if bounds else None

    def select_columns(self, sql: str, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        return self._residual.select_columns(sql, columns)


class _CompletionSource(_SnapshotCatalog):
    """What completion asks of snapshots."""

    def __init__(
        self, snapshots: dict[TopicName, TopicSnapshot], residual: Residual, frequencies: Frequencies
    ) -> None:
        super().__init__(snapshots, residual)
        self._frequencies = frequencies

    def frequent_texts(
        self, field: str, topics: Sequence[TopicName], prefix: str, count_max: int
    ) -> list[tuple[str, int]]:
        return self._frequencies.texts(field, self._segments(topics), prefix, count_max)

    def frequent_numbers(
        self, field: str, kind: Kind, topics: Sequence[TopicName], count_max: int
    ) -> list[tuple[int, int]]:
        return self._frequencies.numbers(field, kind, self._segments(topics), count_max)

    def _segments(self, topics: Sequence[TopicName]) -> list[Segment]:
        return [segment for topic in topics for segment in self._snapshots[topic].segments]


class Engine:
    """A store opened for searching and ingesting.

    A context manager. Searches see the newest commit at the time they are made.
    """

    def __init__(self, path: Path, lists: Lists = NO_LISTS) -> None:
        self.path = path
        self.lists = lists
        self._snapshots: dict[TopicName, TopicSnapshot] = {}
        self._dictionaries = SnapshotDictionaries()
        self._frequencies = Frequencies(self._dictionaries)
        self._threads = Threads()
        self._residual = Residual()
        self._store: Store | None = None if is_free(path) else open_store(path)

    def ingest(
        self,
        paths: str | Path | Sequence[str | Path],
        *,
        topic: str = f"{DEFAULT_LOGSET}/{DEFAULT_TOPIC}",
        stdin: BinaryIO | None = None,
        progress: "Callable[[Progress], None] | None" = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> "IngestReport":
        """Read flow logs into a topic.

        The store and the topic are made as needed. `paths` are files, folders, globs, `-` for `stdin`.

        Every line is accounted for in the report. A source that the topic holds already adds nothing.
        """
        # Loaded here: whoever only searches does not wait for what reads and writes.
        from flowql.ingest import ingest as ingest_into  # noqa: PLC0415
        from flowql.store.writer import open_writer  # noqa: PLC0415

        name = parse_topic_name(topic)
        listed = [paths] if isinstance(paths, str | Path) else list(paths)
        with open_writer(create_store(self.path), name) as writer:
            return ingest_into(writer, listed, stdin=stdin, progress=progress, cancelled=cancelled)

    def search(
        self,
        query: str,
        *,
        params: Mapping[str, ParameterValue] = _NO_PARAMETERS,
        now: int | None = None,
        tz: str | None = None,
        since: int | None = None,
        until: int | None = None,
        strict: bool = False,
        limit: int | None = None,
        why: bool = False,
        optimized: bool = True,
        road: Literal["auto", "residual"] = "auto",
    ) -> Result:
        """The answer to a query, worked out as it is read.

        `params` are the values of `$name` (texts, numbers, addresses, times with a zone, None, or several of
        them); `now` in nanoseconds since 1970 UTC pins the clock; `tz` is the zone where the query states
        none; `since` and `until`, in nanoseconds, bound the query's own range; `strict` refuses AND and OR
        mixed without parentheses; `limit` caps the rows given; `why` gives each row a column of that name,
        which tells the clauses that hold for it.

        `optimized` False runs the plan as bound, without rewriting, pruning or stopping early, and `road`
        "residual" every stage behind the search in SQL: the same rows, slower. A query that begins with
        `explain` or `profile` gives its plan, a line a row. Raises `QueryError` at once; store errors at once
        or while rows are read.
        """
        if limit is not None and limit < 0:
            raise UsageError(f"a limit is a number of rows, found {limit}")
        given = Given(params, self.lists, _zone(tz), TimeRange(since, until), strict)
        tree, bound, asked = self._asked(query, now, given, optimized=optimized, road=Road(road))
        if tree.verb is not Verb.SEARCH:
            text = asked.profile(tree, bound) if tree.verb is Verb.PROFILE else asked.explanation(tree, bound)
            told = Explanation(text, asked.context)
            return Result(canonical(tree), bound.range, (PLAN_COLUMN,), bound.notes, told, bound.zone)
        plan = asked.with_why(bound) if why else bound.plan
        if limit is not None:
            plan = Head(plan, limit)
        return Result(
            canonical(tree),
            bound.range,
            plan.columns,
            (*bound.notes, *_notes_on_missing_starts(bound, asked.snapshots)),
            asked.execution(plan),
            bound.zone,
            overlaps=bound.overlaps,
            search=asked.execution(bound.search) if bound.has_where else None,
            reaching=None if bound.reaching is None else partial(asked.execution, bound.reaching),
            scope=asked.scope(bound),
        )

    def count(self, query: str, **options: Any) -> int:
        """How many records the search part of the query matches; options as in `search`."""
        return self.search(query, **options).matched

    def explain(
        self,
        query: str,
        *,
        params: Mapping[str, ParameterValue] = _NO_PARAMETERS,
        now: int | None = None,
        tz: str | None = None,
        since: int | None = None,
        until: int | None = None,
        strict: bool = False,
    ) -> str:
        """The query's way as text: canonical form, topics, range, readings, plans, and what leaves cost.

        Options as in `search`.
        """
        given = Given(params, self.lists, _zone(tz), TimeRange(since, until), strict)
        tree, bound, asked = self._asked(query, now, given)
        return asked.explanation(tree, bound)

    def profile(
        self,
        query: str,
        *,
        params: Mapping[str, ParameterValue] = _NO_PARAMETERS,
        now: int | None = None,
        tz: str | None = None,
        since: int | None = None,
        until: int | None = None,
        strict: bool = False,
    ) -> str:
        """What running the query took, as text: rows and milliseconds of each operator, segment and clause.

        Options as in `search`.
        """
        given = Given(params, self.lists, _zone(tz), TimeRange(since, until), strict)
        tree, bound, asked = self._asked(query, now, given)
        return asked.profile(tree, bound)

    def complete(
        self,
        text: str,
        cursor: int | None = None,
        *,
        params: Mapping[str, ParameterValue] = _NO_PARAMETERS,
        now: int | None = None,
        tz: str | None = None,
    ) -> "tuple[Candidate, ...]":
        """What may stand at `cursor` (the text's end if None), the likeliest first, each text once.

        Each candidate goes in place of what stands from its `start` to the cursor. Empty where nothing is
        known to fit. Any text will do: none raises `QueryError`. Options as in `search`.
        """
        # Loaded here: whoever only searches does not wait for what completes.
        from flowql.plan.complete import complete  # noqa: PLC0415

        snapshots = {} if is_free(self.path) else self._refreshed()
        source = _CompletionSource(snapshots, self._residual, self._frequencies)
        instant = now_ns() if now is None else now
        return complete(text, cursor, source, instant, Given(params, self.lists, _zone(tz)))

    def topics(self) -> list[TopicInfo]:
        """Every topic of the store, ascending by name."""
        return [topic_info(snapshot) for _, snapshot in sorted(self._refreshed().items())]

    def rejects(self, topic: str = f"{DEFAULT_LOGSET}/{DEFAULT_TOPIC}") -> list[Reject]:
        """The lines that did not become records, oldest first."""
        name = parse_topic_name(topic)
        snapshots = self._refreshed()
        if name not in snapshots:
            raise StoreError(
                f"there is no topic {name}",
                hint=f"topics: {', '.join(map(str, sorted(snapshots))) or 'none'}",
            )
        return snapshots[name].rejects()

    def check(self) -> CheckReport:
        """Verify every checksum of the store and cross-check its counts."""
        store = open_store(self.path)
        return CheckReport(tuple(check_topic(store, name) for name in store.topics()))

    def close(self) -> None:
        """Let go of the snapshots. The engine may be used again."""
        self._snapshots = {}
        self._dictionaries = SnapshotDictionaries()
        self._frequencies = Frequencies(self._dictionaries)
        self._threads.close()
        self._residual.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _asked(
        self, text: str, now: int | None, given: Given, *, optimized: bool = True, road: Road = Road.AUTO
    ) -> tuple[Query, BoundQuery, Question]:
        """A text's tree, and its plan over the newest snapshots; raises `QueryError` with its mistakes."""
        snapshots = self._refreshed()
        catalog = _SnapshotCatalog(snapshots, self._residual)
        instant = now_ns() if now is None else now
        try:
            tree = parse(text)
        except QueryError as error:
            mended = error.diagnostics[0].proposal
            if mended is None:
                raise
            try:
                bind(parse(mended), catalog, instant, given)
            except QueryError as further:
                found = told_of_original(text, mended, further.diagnostics)
                raise QueryError(text, (*error.diagnostics, *found)) from error
            raise
        bound = bind(tree, catalog, instant, given)
        context = Context(self._threads)
        return tree, bound, Question(self._dictionaries, self._residual, snapshots, optimized, road, context)

    def _refreshed(self) -> dict[TopicName, TopicSnapshot]:
        if self._store is None or not self._store.is_open:
            self._store, self._snapshots = open_store(self.path), {}
        self._snapshots = self._store.snapshots(self._snapshots)
        return self._snapshots


def open_engine(
    path: str | Path, *, lists: Lists | str | Path | Mapping[str, str | Path] | None = None
) -> Engine:
    """An engine over the store at `path`, which the first ingest makes when there is none.

    `lists` is the folder of the lists that queries name with `@name`, their files by name, or both. Raises
    `NotAStoreError` when something other than a store is there, `StoreVersionError` when it is too new.
    """
    match lists:
        case None:
            known = NO_LISTS
        case Lists():
            known = lists
        case str() | Path():
            known = Lists(Path(lists))
        case _:
            known = Lists(paths={name: Path(file) for name, file in lists.items()})
    return Engine(Path(path), known)


def _zone(name: str | None) -> Zone:
    if name is None:
        return UTC
    zone = find_zone(name)
    if zone is None:
        near = ", ".join(similar_zones(name)) or "Asia/Shanghai, UTC or +08:00"
        raise UsageError(f'unknown zone "{name}"', hint=f"zones are written {near}")
    return zone


def _notes_on_missing_starts(
    bound: BoundQuery, snapshots: dict[TopicName, TopicSnapshot]
) -> tuple[Diagnostic, ...]:
    """How many records the range leaves out because they have no start, if any."""
    if bound.range == ALL_TIME:
        return ()
    entries = [entry for topic in bound.topics for entry in snapshots[topic].manifest.segments]
    count = sum(entry.start_missing for entry in entries)
    message = f"{count:,} records in scope have no start, and so match no time range"
    return (Diagnostic("no-start", message, severity=Severity.INFO),) if count else ()
