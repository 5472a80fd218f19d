"""A store's life as a golden file tells it, and the roads on which its queries have to give one answer.

Owns the stores: the one that lives through the script, and, for what is committed at a query, the same
records as one segment, as many, merged, and opened again. Knows nothing of how answers are written.
"""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import flowql
from flowql.lists import Lists
from flowql.plan.given import Given, ParameterValue
from flowql.schema import DEFAULT_LAYOUT, DEFAULT_SCHEMA, Kind, Schema, TopicName, field_named
from flowql.store.merge import FAN_IN
from flowql.store.store import open_store
from flowql.store.writer import open_writer
from flowql.times import BadTimeError, parse_time
from flowql.values import SECOND_NS
from golden.made_up import made_up_lines
from golden.script import Block, ScriptError
from oracle import Table, Tables, table_of

if TYPE_CHECKING:
    from flowql.engine import Engine

BASE_S = 1_704_067_200
"""2024-01-01T00:00:00Z: what `+0` stands for in the times of records and answers."""
DEFAULT_NOW = (BASE_S + 86_400) * SECOND_NS
MANY = FAN_IN - 1
"""Commits that stay as many segments: one more would be merged."""
_TO_MERGE = FAN_IN + 2


@dataclass(frozen=True, slots=True)
class Line:
    """A record on its way in: its topic, the columns of its layout, and their cells."""

    topic: TopicName
    columns: tuple[str, ...]
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Road:
    """One way to an answer: an open engine, with the optimizer or without, on kernels or all in SQL."""

    name: str
    engine: "Engine"
    optimized: bool
    in_sql: bool = False

    @property
    def options(self) -> dict[str, Any]:
        """What `search` is given to take this way."""
        return {"optimized": self.optimized, "road": "residual" if self.in_sql else "auto"}


@dataclass(slots=True)
class Life:
    """The store of one script, advanced block by block; `folder` is empty and its own."""

    blocks: Sequence[Block]
    folder: Path
    now: int = DEFAULT_NOW
    shown: tuple[str, ...] = ()
    committed: list[Line] = field(default_factory=list)
    pending: list[Line] = field(default_factory=list)
    params: dict[str, ParameterValue] = field(default_factory=dict)
    engine: "Engine | None" = None
    reached: int = 0
    _roads: list[Road] = field(default_factory=list)
    _tables: Tables | None = None
    _file_count: int = 0

    def advance(self, block: Block) -> None:
        """Live through everything before `block`."""
        until = self.blocks.index(block)
        if until < self.reached:
            self._start_again()
        for each in self.blocks[self.reached : until]:
            self._live(each)
        self.reached = until
        if self.pending:
            raise ScriptError(f"line {block.line}: the records before it are not committed")

    def close(self) -> None:
        """Close every engine and remove every store."""
        self._close_roads()
        if self.engine:
            self.engine.close()
            self.engine = None
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def options(self) -> dict[str, Any]:
        """What an engine is given beside a query's text."""
        return {"now": self.now, "params": self.params}

    @property
    def given(self) -> Given:
        """The same for the binder."""
        return Given(self.params, Lists(self._lists_folder))

    @property
    def _lists_folder(self) -> Path | None:
        """Where the script's lists lie; None when it has none."""
        return self.folder / "lists" if any(block.keyword == "list" for block in self.blocks) else None

    def tables(self) -> Tables:
        """What is committed, for the oracle."""
        if self._tables is None:
            self._tables = self._read_tables()
        return self._tables

    def _read_tables(self) -> Tables:
        tables: dict[TopicName, Table] = {}
        for line in self.committed:
            new = table_of(line.topic, line.columns, [line.cells])
            table = tables.setdefault(line.topic, Table(line.topic, Schema(())))
            table.schema = table.schema.union([new.schema])
            table.records += new.records
        return Tables(tables.values())

    def script_road(self, *, optimized: bool = True) -> Road:
        """The store as the script made it."""
        if self.engine is None:
            self.engine = flowql.open(self.folder / "script", lists=self._lists_folder)
        return Road("as scripted" if optimized else "as scripted, not optimized", self.engine, optimized)

    def newly_opened(self) -> "Engine":
        """An engine over the store as the script made it, which knows nothing yet; the caller closes it."""
        return flowql.open(self.folder / "script", lists=self._lists_folder)

    def roads(self) -> list[Road]:
        """The roads through other stores of the same records, kept until the next commit."""
        if not self._roads:
            self._roads = list(self._build_roads())
        return self._roads

    # ---- living

    def _start_again(self) -> None:
        self.close()
        self.now, self.shown, self.reached = DEFAULT_NOW, (), 0
        self.params = {}
        self.committed, self.pending, self._tables = [], [], None

    def _live(self, block: Block) -> None:
        match block.keyword:
            case "topic":
                self.pending += list(read_topic(block))
            case "made-up":
                self._make_up(block)
            case "commit":
                self._close_roads()
                self._ingest(self.script_road().engine, self.pending)
                self.committed += self.pending
                self.pending = []
                self._tables = None
            case "merge":
                self.script_road()
                merge_all(self.folder / "script")
            case "reopen":
                if self.engine:
                    self.engine.close()
                    self.engine = None
            case _:
                self._give(block)

    def _make_up(self, block: Block) -> None:
        """A commit for each number, of so many records."""
        counts = block.argument.split()
        if not counts or not all(count.isdecimal() for count in counts):
            raise ScriptError(f"line {block.line}: numbers of records, not: {block.argument}")
        edges = [0, *accumulate(map(int, counts))]
        for place, (first, after) in enumerate(pairwise(edges)):
            path = self.folder / "input" / f"made-up-{place}.log"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(made_up_lines(first, after, BASE_S))
            report = self.script_road().engine.ingest([path], topic="default/flows")
            assert report.records == after - first, report
            path.unlink()

    def _give(self, block: Block) -> None:
        """What queries are given beside their text, from here on."""
        match block.keyword:
            case "now":
                try:
                    self.now = parse_time(block.argument, now=0).first
                except BadTimeError as error:
                    raise ScriptError(f"line {block.line}: no time: {block.argument}") from error
            case "list":
                folder = self.folder / "lists"
                folder.mkdir(exist_ok=True)
                (folder / f"{block.argument}.txt").write_text("\n".join(block.body) + "\n")
            case "param":
                name, _, value = block.argument.partition(" ")
                values = [each.strip() for each in value.split(",")]
                self.params = {**self.params, name: values if len(values) > 1 else values[0]}
            case "show":
                self.shown = tuple(block.argument.split())
            case _:
                pass

    def _ingest(self, engine: "Engine", lines: Sequence[Line]) -> None:
        """One commit a topic; every line has to become a record."""
        for topic in dict.fromkeys(line.topic for line in lines):
            of_topic = [line for line in lines if line.topic == topic]
            self._file_count += 1
            path = self.folder / "input" / f"{self._file_count}.log"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_file_text(of_topic))
            report = engine.ingest([path], topic=str(topic))
            assert report.records == len(of_topic), (
                f"{report.records} records of {len(of_topic)}: {engine.rejects(str(topic))}"
            )

    # ---- the matrix

    def _build_roads(self) -> Iterator[Road]:
        one = self._build("one", 1)
        yield Road("one segment", one, optimized=True)
        many = self._build("many", MANY)
        yield from _both(many, "many segments")
        yield Road("many segments, not optimized, in SQL", many, optimized=False, in_sql=True)
        if max(self._topic_sizes()) > FAN_IN:
            merged = self._build("merged", _TO_MERGE)
            yield Road("after merges", merged, optimized=True)
            again = flowql.open(merged.path, lists=self._lists_folder)
            yield Road("merged and opened again", again, optimized=True)

    def _build(self, name: str, commit_count: int) -> "Engine":
        engine = flowql.open(self.folder / name, lists=self._lists_folder)
        for topic in dict.fromkeys(line.topic for line in self.committed):
            lines = [line for line in self.committed if line.topic == topic]
            parts = min(commit_count, len(lines))
            edges = [len(lines) * i // parts for i in range(parts + 1)]
            for first, after in pairwise(edges):
                self._ingest(engine, lines[first:after])
            self._check_segments(engine, topic, parts)
        return engine

    def _check_segments(self, engine: "Engine", topic: TopicName, commit_count: int) -> None:
        """The store is what the road's name says."""
        (segments,) = (each.segments for each in engine.topics() if each.name == str(topic))
        expected = commit_count if commit_count < FAN_IN else commit_count - FAN_IN + 1
        assert segments == expected, (
            f"{topic}: {segments} segments after {commit_count} commits, not {expected}"
        )

    def _topic_sizes(self) -> list[int]:
        topics = [line.topic for line in self.committed]
        return [topics.count(topic) for topic in set(topics)] or [0]

    def _close_roads(self) -> None:
        for road in self._roads:
            road.engine.close()
            shutil.rmtree(road.engine.path, ignore_errors=True)
        self._roads = []


def _both(engine: "Engine", name: str) -> Iterator[Road]:
    yield Road(name, engine, optimized=True)
    yield Road(f"{name}, not optimized", engine, optimized=False)


def merge_all(path: Path) -> None:
    """Make one segment of each topic's segments, as a merge does that is due."""
    store = open_store(path)
    for topic in store.topics():
        entries = list(store.snapshot(topic).manifest.segments)
        if len(entries) > 1:
            with open_writer(store, topic) as writer:
                writer._merge(entries)


# ---- records


def read_topic(block: Block) -> Iterator[Line]:
    """The records of a `topic` block, as `collector` documents them."""
    name, _, option = block.argument.partition(" ")
    logset, slash, topic = name.rpartition("/")
    topic_name = TopicName(logset if slash else "default", topic)
    rows = [line.split() for line in block.body if line and not line.startswith("#")]
    if not rows or option not in ("", "only"):
        raise ScriptError(f"line {block.line}: a topic has a name, perhaps the word only, and lines")
    named = rows[0]
    if not all(name in DEFAULT_LAYOUT or name.replace("-", "").isalpha() for name in named):
        named, rows = list(DEFAULT_LAYOUT), [[], *rows]
    fields = [DEFAULT_SCHEMA.resolve(name) or field_named(name) for name in named]
    columns = [each.name for each in fields]
    others = () if option == "only" else tuple(name for name in DEFAULT_LAYOUT if name not in columns)
    layout = (
        tuple(columns)
        if option == "only"
        else (*DEFAULT_LAYOUT, *(n for n in columns if n not in DEFAULT_LAYOUT))
    )
    for row in rows[1:]:
        if len(row) != len(columns):
            raise ScriptError(f"line {block.line}: {len(columns)} columns, but: {' '.join(row)}")
        cells = dict(zip(columns, map(_absolute, columns, row), strict=True)) | dict.fromkeys(others, "-")
        yield Line(topic_name, layout, tuple(cells[column] for column in layout))


def _absolute(column: str, cell: str) -> str:
    if field_named(column).kind is Kind.TIME and cell.startswith("+"):
        return str(BASE_S + int(cell[1:]))
    return cell


def _file_text(lines: Sequence[Line]) -> str:
    """A log file: with a header wherever the layout changes, and none if it is the default one throughout."""
    plain = all(line.columns == DEFAULT_LAYOUT for line in lines)
    text, layout = [], None
    for line in lines:
        if not plain and line.columns != layout:
            text.append(" ".join(line.columns))
            layout = line.columns
        text.append(" ".join(line.cells))
    return "\n".join(text) + "\n"
