"""The logical plan: what a query asks for, typed, with names and topics resolved, for any engine to answer.

Owns the node types and their printed form. A plan is a chain: Scan, Filter, then the stages in order. Every
node knows the columns that it yields. Nothing here speaks of segments, bitmaps or files.
"""

from dataclasses import dataclass
from typing import TypeAlias

from flowql.plan.predicates import Predicate, describe
from flowql.schema import Kind, Schema, TopicName
from flowql.times import format_time
from flowql.zones import UTC, Zone


@dataclass(frozen=True, slots=True)
class Column:
    """A named, typed column of a result.

    Stored fields keep their name; computed ones have the name of their measure. A virtual one is a computed
    field of records, which a `Compute` adds.
    """

    name: str
    kind: Kind
    is_virtual: bool = False


@dataclass(frozen=True, slots=True)
class TimeRange:
    """A half-open range of `start` in nanoseconds; None is an open end."""

    low: int | None
    high: int | None

    def __str__(self) -> str:
        return self.text_in(UTC)

    def text_in(self, zone: Zone) -> str:
        """The range with its times on the clock of a zone."""
        low = "beginning" if self.low is None else format_time(self.low, zone)
        high = "end" if self.high is None else format_time(self.high, zone)
        return f"[{low}, {high})"

    @property
    def is_empty(self) -> bool:
        """Whether no instant lies in it."""
        return self.low is not None and self.high is not None and self.low >= self.high

    def intersection(self, other: "TimeRange") -> "TimeRange":
        """What lies in both; where nothing does, the empty range at the later beginning."""
        low = max((each.low for each in (self, other) if each.low is not None), default=None)
        high = min((each.high for each in (self, other) if each.high is not None), default=None)
        both = TimeRange(low, high)
        return TimeRange(low, low) if both.is_empty else both


ALL_TIME = TimeRange(None, None)


@dataclass(frozen=True, slots=True)
class Scan:
    """Every record of the topics whose start lies in the range (all records, if both ends are open)."""

    topics: tuple[TopicName, ...]
    schema: Schema
    range: TimeRange = ALL_TIME

    @property
    def columns(self) -> tuple[Column, ...]:
        """One a field of the schema, in its order."""
        return tuple(Column(field.name, field.kind) for field in self.schema.fields)

    def __str__(self) -> str:
        return f"Scan topics=[{', '.join(map(str, self.topics))}] range={self.range}"


@dataclass(frozen=True, slots=True)
class Filter:
    """The rows for which the predicate holds."""

    input: "Node"
    predicate: Predicate

    @property
    def columns(self) -> tuple[Column, ...]:
        """The input's."""
        return self.input.columns

    def __str__(self) -> str:
        return f"Filter {describe(self.predicate)}"


@dataclass(frozen=True, slots=True)
class Compute:
    """The input's columns and, behind them, virtual fields of its records; it stands on Scan or Filter."""

    input: "Node"
    computed: tuple[Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The input's, then the computed ones."""
        return self.input.columns + self.computed

    def __str__(self) -> str:
        return f"Compute {', '.join(column.name for column in self.computed)}"


@dataclass(frozen=True, slots=True)
class Head:
    """The first rows in the input's order."""

    input: "Node"
    row_count: int

    @property
    def columns(self) -> tuple[Column, ...]:
        """The input's."""
        return self.input.columns

    def __str__(self) -> str:
        return f"Head {self.row_count}"


@dataclass(frozen=True, slots=True)
class SortKey:
    """A column to sort by; missing values come last both ways."""

    column: Column
    descending: bool

    def __str__(self) -> str:
        return f"-{self.column.name}" if self.descending else self.column.name


@dataclass(frozen=True, slots=True)
class Sort:
    """The rows in the order of the keys, stable on the input's order."""

    input: "Node"
    keys: tuple[SortKey, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The input's."""
        return self.input.columns

    def __str__(self) -> str:
        return f"Sort {', '.join(map(str, self.keys))}"


@dataclass(frozen=True, slots=True)
class Project:
    """Only these of the input's columns, in this order."""

    input: "Node"
    columns: tuple[Column, ...]

    def __str__(self) -> str:
        return f"Project {', '.join(column.name for column in self.columns)}"


@dataclass(frozen=True, slots=True)
class Measure:
    """One aggregate of a group: `function` is count, sum, avg, min, max or dc; `argument` None counts rows.

    Aggregates skip missing values; over no value at all, all but count and dc are missing.
    """

    function: str
    argument: Column | None
    output: Column

    def __str__(self) -> str:
        inner = self.argument.name if self.argument else ""
        return f"{self.function}({inner}) as {self.output.name}"


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One row a distinct combination of the keys (missing is one), ascending by keys, missing last.

    Without keys, one row.
    """

    input: "Node"
    keys: tuple[Column, ...]
    measures: tuple[Measure, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """Keys, then measures."""
        return self.keys + tuple(measure.output for measure in self.measures)

    def __str__(self) -> str:
        by = f" by {', '.join(key.name for key in self.keys)}" if self.keys else ""
        return f"Aggregate {', '.join(map(str, self.measures))}{by}"


@dataclass(frozen=True, slots=True)
class Top:
    """The `row_count` keys with the greatest measure, then key ascending.

    `share` is the measure over its sum over all keys (missing keys are counted, and shown as missing); a
    missing measure comes last.
    """

    input: "Node"
    row_count: int
    key: Column
    measure: Measure

    @property
    def columns(self) -> tuple[Column, ...]:
        """The key, the measure, `share`."""
        return (self.key, self.measure.output, Column("share", Kind.REAL))

    def __str__(self) -> str:
        return f"Top {self.row_count} {self.key.name} by {self.measure}"


Node: TypeAlias = Scan | Filter | Compute | Head | Sort | Project | Aggregate | Top


def chain(node: Node) -> list[Node]:
    """The nodes of a plan from its Scan up."""
    nodes: list[Node] = [node]
    while not isinstance(nodes[-1], Scan):
        nodes.append(nodes[-1].input)
    return nodes[::-1]


def render(node: Node) -> str:
    """The plan as text, the last stage first, each input indented below."""
    return "\n".join("  " * depth + str(each) for depth, each in enumerate(reversed(chain(node))))
