"""The engine.

The one place where parse, bind, optimize, lower and execute meet, over the snapshots of one store.

Owns the embedding interface. What a query means, how a store lies on disk and how rows are found is all
elsewhere.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self

from flowql.errors import Damage, Diagnostic, Severity, StoreError, UsageError
from flowql.execution.context import Context, Threads
from flowql.execution.dictionaries import SnapshotDictionaries
from flowql.execution.result import Result
from flowql.execution.run import PLAN_COLUMN, Execution, Explanation
from flowql.plan.bind import bind
from flowql.plan.bound import BoundQuery
from flowql.plan.logical import ALL_TIME, Head, render
from flowql.plan.lower import lower
from flowql.plan.optimize import optimize
from flowql.schema import Schema, TopicName
from flowql.store.batch import Reject
from flowql.store.check import TopicCheck, check_topic
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
from flowql.syntax.nodes import Query, Verb
from flowql.syntax.parser import parse
from flowql.values import now_ns

if TYPE_CHECKING:
    from flowql.ingest import IngestReport, Progress


@dataclass(frozen=True, slots=True)
class TopicInfo:
    """A topic at a glance.

    `start_bounds` are the least and greatest start in nanoseconds, None when no record has one.
    """

    name: str
    rows: int
    bytes: int
    segments: int
    start_bounds: tuple[int, int] | None
    fields: tuple[str, ...]
    rejects: int


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What `check` verified, a topic each."""

    topics: tuple[TopicCheck, ...]

    @property
    def damages(self) -> tuple[Damage, ...]:
        """Everything that is not as it was written."""
        return tuple(damage for topic in self.topics for damage in topic.damages)

    @property
    def ok(self) -> bool:
        """Whether nothing is damaged."""
        return not self.damages

    @property
    def lines(self) -> list[str]:
        """What was verified, in words, a topic a line."""
        return [
            f"{topic.name}: manifest {topic.manifest}, {topic.segment_count} segments, "
            f"{topic.row_count:,} records, {topic.byte_count:,} bytes, "
            f"{topic.segments_per_instant:.1f} segments per instant, "
            + (f"{len(topic.damages)} damaged places" if topic.damages else "every checksum and count agrees")
            for topic in self.topics
        ]


class _SnapshotCatalog:
    """The binder's view of snapshots."""

    def __init__(self, snapshots: dict[TopicName, TopicSnapshot]) -> None:
        self._snapshots = snapshots
        self.default_logset = DEFAULT_LOGSET

    def topics(self) -> tuple[TopicName, ...]:
        return tuple(sorted(self._snapshots))

    def schema(self, topic: TopicName) -> Schema:
        return self._snapshots[topic].schema

    def newest_start(self, topic: TopicName) -> int | None:
        bounds = self._snapshots[topic].start_bounds
        return bounds[1] if bounds else None


class Engine:
    """A store opened for searching and ingesting.

    A context manager. Searches see the newest commit at the time they are made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._snapshots: dict[TopicName, TopicSnapshot] = {}
        self._dictionaries = SnapshotDictionaries()
        self._threads = Threads()
        if not is_free(path):
            open_store(path)

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
        self, query: str, *, now: int | None = None, limit: int | None = None, optimized: bool = True
    ) -> Result:
        """The answer to a query, worked out as it is read.

        `now` in nanoseconds pins the clock; `limit` caps the rows given.

        `optimized` False runs the plan as bound, without rewriting, pruning or stopping early: the same rows,
        slower. A query that begins with `explain` gives its plan, a line a row. Raises `QueryError` at once;
        store errors at once or while rows are read.
        """
        if limit is not None and limit < 0:
            raise UsageError(f"a limit is a number of rows, found {limit}")
        tree = parse(query)
        snapshots, bound = self._bound(tree, now)
        if tree.verb is Verb.EXPLAIN:
            text = _explanation(tree, bound, snapshots)
            return Result(
                canonical(tree),
                bound.range,
                (PLAN_COLUMN,),
                bound.notes,
                Explanation(text, Context(self._threads)),
            )
        plan = bound.plan if limit is None else Head(bound.plan, limit)
        physical = lower(optimize(plan) if optimized else plan, snapshots, prunes=optimized)
        execution = Execution(physical, self._dictionaries, Context(self._threads))
        notes = (*bound.notes, *_notes_on_missing_starts(bound, snapshots))
        return Result(canonical(tree), bound.range, plan.columns, notes, execution)

    def count(self, query: str, *, now: int | None = None) -> int:
        """How many records the search part of the query matches."""
        return self.search(query, now=now).matched

    def explain(self, query: str, *, now: int | None = None) -> str:
        """The query's way as text: canonical form, range, logical, optimized and physical plan."""
        tree = parse(query)
        snapshots, bound = self._bound(tree, now)
        return _explanation(tree, bound, snapshots)

    def topics(self) -> list[TopicInfo]:
        """Every topic of the store, ascending by name."""
        return [_topic_info(snapshot) for _, snapshot in sorted(self._refreshed().items())]

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
        self._threads.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _bound(self, tree: Query, now: int | None) -> tuple[dict[TopicName, TopicSnapshot], BoundQuery]:
        snapshots = self._refreshed()
        return snapshots, bind(tree, _SnapshotCatalog(snapshots), now_ns() if now is None else now)

    def _refreshed(self) -> dict[TopicName, TopicSnapshot]:
        store: Store = open_store(self.path)
        self._snapshots = {name: store.snapshot(name, self._snapshots.get(name)) for name in store.topics()}
        return self._snapshots


def open_engine(path: str | Path) -> Engine:
    """An engine over the store at `path`, which the first ingest makes when there is none.

    Raises `NotAStoreError` when something else is there, `StoreVersionError` when it is too new.
    """
    return Engine(Path(path))


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


def _explanation(tree: Query, bound: BoundQuery, snapshots: dict[TopicName, TopicSnapshot]) -> str:
    optimized = optimize(bound.plan)
    parts = {
        "query": canonical(replace(tree, verb=Verb.SEARCH)),
        "range": str(bound.range),
        "logical plan": render(bound.plan),
        "optimized plan": render(optimized),
        "physical plan": str(lower(optimized, snapshots)),
    }
    return "\n\n".join(f"{title}\n{_indented(part)}" for title, part in parts.items()) + "\n"


def _topic_info(snapshot: TopicSnapshot) -> TopicInfo:
    manifest = snapshot.manifest
    return TopicInfo(
        name=str(snapshot.name),
        rows=snapshot.row_count,
        bytes=snapshot.byte_count,
        segments=len(snapshot.segments),
        start_bounds=snapshot.start_bounds,
        fields=manifest.fields,
        rejects=sum(entry.count for entry in manifest.rejects),
    )


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
