"""The engine.

The one place where parse, bind, optimize, lower and execute meet, over the snapshots of one store.

Owns the embedding interface. What a query means, how a store lies on disk and how rows are found is all
elsewhere.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Event
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, Self

from flowql.errors import QueryError, StoreError, UsageError
from flowql.execution.catalogs import (
    CompletionSource,
    SnapshotCatalog,
    notes_on_missing_starts,
    time_bounds,
)
from flowql.execution.context import Context, Threads
from flowql.execution.dictionaries import SnapshotDictionaries
from flowql.execution.frequencies import Frequencies
from flowql.execution.limits import DEFAULT_LIMITS, Limits, Stop
from flowql.execution.question import Question
from flowql.execution.residual import Residual
from flowql.execution.result import Result
from flowql.execution.runs import Explanation, Runs
from flowql.lists import NO_LISTS, Lists
from flowql.plan.bind import bind
from flowql.plan.bound import BoundQuery
from flowql.plan.given import Given, ParameterValue
from flowql.plan.logical import TimeRange
from flowql.plan.lower import Road
from flowql.schema import TopicName
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
    from flowql.store.batch import Reject
    from flowql.store.overview import CheckReport, TopicInfo


_NO_PARAMETERS: Mapping[str, ParameterValue] = MappingProxyType({})


class Engine:
    """A store opened for searching and ingesting.

    A context manager. Searches see the newest commit at the time they are made.
    """

    def __init__(self, path: Path, lists: Lists = NO_LISTS, limits: Limits = DEFAULT_LIMITS) -> None:
        self.path = path
        self.lists = lists
        self.limits = limits
        self._snapshots: dict[TopicName, TopicSnapshot] = {}
        self._dictionaries = SnapshotDictionaries()
        self._frequencies = Frequencies(self._dictionaries)
        self._threads = Threads()
        self._residual = Residual(limits.memory_bytes)
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
        cancelled: Event | None = None,
        timeout_s: float | None = None,
        memory_bytes: int | None = None,
        allow_partial: bool | None = None,
    ) -> Result:
        """The answer to a query, worked out as it is read.

        `params` are the values of `$name` (texts, numbers, addresses, times with a zone, None, or several of
        them); `now` in nanoseconds since 1970 UTC pins the clock; `tz` is the zone where the query states
        none; `since` and `until`, in nanoseconds, bound the query's own range; `strict` refuses AND and OR
        mixed without parentheses; `limit` caps the rows given; `why` gives each row a column of that name,
        which tells the clauses that hold for it.

        Setting `cancelled`, from any thread, ends the search and whatever is asked of its answer with a
        `CancelledError`, as `Result.cancel` does. `timeout_s`, `memory_bytes` and `allow_partial` are limits
        of this query in place of the engine's: see `Limits` for what they bound, and `Result` for what a part
        of an answer is.

        `optimized` False runs the plan as bound, without rewriting, pruning or stopping early, and `road`
        "residual" every stage behind the search in SQL: the same rows, slower. A query that begins with
        `explain` or `profile` gives its plan, a line a row. Raises `QueryError` at once; store errors at once
        or while rows are read.
        """
        if limit is not None and limit < 0:
            raise UsageError(f"a limit is a number of rows, found {limit}")
        given = Given(params, self.lists, _zone(tz), TimeRange(since, until), strict)
        limits = self.limits.but(timeout_s, memory_bytes, allow_partial=allow_partial)
        context = Context(self._threads, Stop(limits.timeout_s, cancelled), limits)
        with context.stop.working():
            tree, bound, asked = self._asked(query, now, given, context, optimized=optimized, road=Road(road))
            notes = bound.notes
            runs: Runs | Explanation
            if tree.verb is Verb.SEARCH:
                notes = (*notes, *notes_on_missing_starts(bound, asked.snapshots))
                runs = Runs(asked, bound, asked.with_why(bound) if why else bound.plan, limit).begun()
            else:
                is_profile = tree.verb is Verb.PROFILE
                text = asked.profile(tree, bound) if is_profile else asked.explanation(tree, bound)
                runs = Explanation(text.splitlines(), context.stop, limits)
        overlaps = bound.overlaps and tree.verb is Verb.SEARCH
        return Result(canonical(tree), bound.range, runs.columns, notes, runs, bound.zone, overlaps=overlaps)

    def count(self, query: str, **options: Any) -> int:
        """How many records the search part of the query matches; options as in `search`.

        A part of them is no count: a limit ends it with an error, whatever `allow_partial` says.
        """
        matched = self.search(query, **{**options, "allow_partial": False}).matched
        assert matched is not None, "only what may be partial has no count"
        return matched

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
        cancelled: Event | None = None,
    ) -> str:
        """The query's way as text: canonical form, topics, range, readings, plans, and what leaves cost.

        Options as in `search`.
        """
        given = Given(params, self.lists, _zone(tz), TimeRange(since, until), strict)
        context = Context(self._threads, Stop(self.limits.timeout_s, cancelled), self.limits)
        with context.stop.working():
            tree, bound, asked = self._asked(query, now, given, context)
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
        cancelled: Event | None = None,
    ) -> str:
        """What running the query took, as text: rows and milliseconds of each operator, segment and clause.

        Options as in `search`.
        """
        given = Given(params, self.lists, _zone(tz), TimeRange(since, until), strict)
        context = Context(self._threads, Stop(self.limits.timeout_s, cancelled), self.limits)
        with context.stop.working():
            tree, bound, asked = self._asked(query, now, given, context)
            return asked.profile(tree, bound)

    def sql(
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
        """The whole query as one statement of DuckDB's SQL, over an export of the topics.

        The same rows in the same order; comments above it say what it reads and how that is made. Options as
        in `search`. Raises `NoSqlError` for what SQL cannot say exactly, and for `explain` and `profile`.
        """
        # Loaded here: whoever only searches does not wait for SQL's tools.
        from flowql.plan.sql import NoSqlError, whole_statement  # noqa: PLC0415

        given = Given(params, self.lists, _zone(tz), TimeRange(since, until), strict)
        tree, bound, asked = self._asked(query, now, given, Context(self._threads))
        if tree.verb is not Verb.SEARCH:
            raise NoSqlError(tree.verb.value, "it tells of FlowQL's own work")
        schemas = {name: snapshot.schema for name, snapshot in asked.snapshots.items()}
        return whole_statement(bound, canonical(tree), schemas, time_bounds(asked.snapshots.values()))

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
        source = CompletionSource(snapshots, self._residual, self._frequencies)
        instant = now_ns() if now is None else now
        return complete(text, cursor, source, instant, Given(params, self.lists, _zone(tz)))

    def topics(self) -> "list[TopicInfo]":
        """Every topic of the store, ascending by name."""
        # Loaded here, as in `check`: whoever only searches does not wait for what looks at the store itself.
        from flowql.store.overview import topic_info  # noqa: PLC0415

        return [topic_info(snapshot) for _, snapshot in sorted(self._refreshed().items())]

    def rejects(self, topic: str = f"{DEFAULT_LOGSET}/{DEFAULT_TOPIC}") -> "list[Reject]":
        """The lines that did not become records, oldest first."""
        name = parse_topic_name(topic)
        snapshots = self._refreshed()
        if name not in snapshots:
            raise StoreError(
                f"there is no topic {name}",
                hint=f"topics: {', '.join(map(str, sorted(snapshots))) or 'none'}",
            )
        return snapshots[name].rejects()

    def check(self) -> "CheckReport":
        """Verify every checksum of the store and cross-check its counts."""
        from flowql.store.check import check_topic  # noqa: PLC0415
        from flowql.store.overview import CheckReport  # noqa: PLC0415

        store = open_store(self.path)
        return CheckReport(tuple(check_topic(store, name) for name in store.topics()))

    def close(self) -> None:
        """Let go of the snapshots. The engine may be used again."""
        self._snapshots = {}
        self._dictionaries.close()
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
        self,
        text: str,
        now: int | None,
        given: Given,
        context: Context,
        *,
        optimized: bool = True,
        road: Road = Road.AUTO,
    ) -> tuple[Query, BoundQuery, Question]:
        """A text's tree, and its plan over the newest snapshots; raises `QueryError` with its mistakes."""
        snapshots = self._refreshed()
        catalog = SnapshotCatalog(snapshots, self._residual)
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
        context.check()
        return tree, bound, Question(self._dictionaries, self._residual, snapshots, optimized, road, context)

    def _refreshed(self) -> dict[TopicName, TopicSnapshot]:
        if self._store is None or not self._store.is_open:
            self._store, self._snapshots = open_store(self.path), {}
        self._snapshots = self._store.snapshots(self._snapshots)
        return self._snapshots


def open_engine(
    path: str | Path,
    *,
    lists: Lists | str | Path | Mapping[str, str | Path] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Engine:
    """An engine over the store at `path`, which the first ingest makes when there is none.

    `lists` is the folder of the lists that queries name with `@name`, their files by name, or both; `limits`
    are those of every query that names none. Raises
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
    return Engine(Path(path), known, limits)


def _zone(name: str | None) -> Zone:
    if name is None:
        return UTC
    zone = find_zone(name)
    if zone is None:
        near = ", ".join(similar_zones(name)) or "Asia/Shanghai, UTC or +08:00"
        raise UsageError(f'unknown zone "{name}"', hint=f"zones are written {near}")
    return zone
