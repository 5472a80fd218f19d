"""The logical plan: what a query asks for, typed, with names and topics resolved, for any engine to answer.

Owns the node types and their printed form. A plan is a chain: Scan, Filter, then the stages in order. Every
node knows the columns that it yields. Nothing here speaks of segments, bitmaps or files.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from flowql.buckets import Bucket
from flowql.lists import NamedList
from flowql.plan.expressions import Expression, Prefix
from flowql.plan.predicates import Predicate, describe
from flowql.schema import Kind, Schema, TopicName
from flowql.times import format_time
from flowql.zones import UTC, Zone


@dataclass(frozen=True, slots=True)
class Column:
    """A named, typed column of a result.

    Stored fields keep their name; computed ones have the name of their measure. A virtual one is a computed
    field of records, which a `Compute` adds. One with two `sides` (`ip` of srcaddr and dstaddr) is never a
    column of rows: as a key a row counts once for each of its different present sides (once as missing when
    neither is present), as the argument of dc the values of both sides are one set.
    """

    name: str
    kind: Kind
    is_virtual: bool = False
    sides: tuple[str, ...] = ()


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
    columns: tuple[Column, ...] = field(init=False, compare=False, repr=False)
    """One a field of the schema, in its order; every rule asks for them."""

    def __post_init__(self) -> None:
        columns = tuple(Column(each.name, each.kind) for each in self.schema.fields)
        object.__setattr__(self, "columns", columns)

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
class Computed:
    """A column and the expression that gives its values."""

    output: Column
    expression: Expression

    def __str__(self) -> str:
        return f"{self.output.name} = {self.expression}"


@dataclass(frozen=True, slots=True)
class Extend:
    """The input's columns and, behind them, others worked out row by row; each may use those before it."""

    input: "Node"
    computed: tuple[Computed, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The input's, then the computed ones."""
        return self.input.columns + tuple(each.output for each in self.computed)

    def __str__(self) -> str:
        return f"Extend {', '.join(map(str, self.computed))}"


@dataclass(frozen=True, slots=True)
class Rename:
    """The input's columns in their order, some under other names: `(from, to)` pairs."""

    input: "Node"
    renamed: tuple[tuple[Column, Column], ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The input's, renamed."""
        names = dict(self.renamed)
        return tuple(names.get(column, column) for column in self.input.columns)

    def __str__(self) -> str:
        return f"Rename {', '.join(f'{old.name} as {new.name}' for old, new in self.renamed)}"


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
class Tail:
    """The last rows in the input's order, which they keep."""

    input: "Node"
    row_count: int

    @property
    def columns(self) -> tuple[Column, ...]:
        """The input's."""
        return self.input.columns

    def __str__(self) -> str:
        return f"Tail {self.row_count}"


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
class Dedup:
    """The first row, in the input's order, of each combination of the keys; missing is a value here."""

    input: "Node"
    keys: tuple[Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The input's."""
        return self.input.columns

    def __str__(self) -> str:
        return f"Dedup {', '.join(key.name for key in self.keys)}"


@dataclass(frozen=True, slots=True)
class Project:
    """Only these of the input's columns, in this order."""

    input: "Node"
    columns: tuple[Column, ...]

    def __str__(self) -> str:
        return f"Project {', '.join(column.name for column in self.columns)}"


@dataclass(frozen=True, slots=True)
class Key:
    """What rows are grouped by: a column's values, prefixes of its addresses, or buckets of its times.

    `output` has the column's name unless that is taken; its kind is NETWORK for a prefix. A value that is
    missing is a group of its own.
    """

    column: Column
    output: Column
    step: Prefix | Bucket | None = None

    def __str__(self) -> str:
        match self.step:
            case None:
                return self.column.name
            case Prefix():
                return f"{self.column.name}{self.step}"
            case _:
                return f"{self.column.name} {self.step}"


@dataclass(frozen=True, slots=True)
class Measure:
    """One aggregate of a group, of the rows for which `condition` holds; `argument` None counts rows.

    `function` is count, sum, avg, min, max, dc, a percentile (`p95`), first, last or values. Aggregates skip
    missing values; over no value at all, all but count and dc are missing. A percentile of n values is the
    nearest rank: the value at place ceil(p / 100 * n) of them ascending, an exact value of the column. avg is
    the exact sum over the exact count, rounded once to a double. first and last are the present values of the
    rows with the least and the greatest `start`, and of equal ones those of the least and the greatest
    identity; rows without a start are left aside. values are the distinct values ascending, printed, joined
    by ", ".
    """

    function: str
    argument: Column | None
    output: Column
    condition: Predicate | None = None

    @property
    def percent(self) -> int | None:
        """95 for `p95`; None for what is no percentile."""
        digits = self.function.removeprefix("p")
        return int(digits) if digits.isdecimal() else None

    def __str__(self) -> str:
        inner = self.argument.name if self.argument else ""
        condition = f" if {describe(self.condition)}" if self.condition else ""
        return f"{self.function}({inner}){condition} as {self.output.name}"


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One row a distinct combination of the keys (missing is one), ascending by keys, missing last.

    Without keys, one row. At most one key has two sides.
    """

    input: "Node"
    keys: tuple[Key, ...]
    measures: tuple[Measure, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """Keys, then measures."""
        keys = tuple(key.output for key in self.keys)
        return keys + tuple(measure.output for measure in self.measures)

    def __str__(self) -> str:
        by = f" by {', '.join(map(str, self.keys))}" if self.keys else ""
        return f"Aggregate {', '.join(map(str, self.measures))}{by}"


@dataclass(frozen=True, slots=True)
class Top:
    """The `row_count` keys with the greatest measure, or the least, then key ascending, missing last.

    `share` is the measure over its sum over all keys (missing keys are counted, and shown as missing); of a
    key with two sides, over its sum over the input's rows, so that shares may add up to more than 1. A
    missing measure comes last.
    """

    input: "Node"
    row_count: int
    key: Key
    measure: Measure
    rarest: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        """The key, the measure, `share`."""
        return (self.key.output, self.measure.output, Column("share", Kind.REAL))

    def __str__(self) -> str:
        name = "Rare" if self.rarest else "Top"
        return f"{name} {self.row_count} {self.key} by {self.measure}"


@dataclass(frozen=True, slots=True)
class Timechart:
    """Aggregates for every bucket of a range of `start`, and in it every combination of the keys that occurs.

    Rows are ascending by bucket, then by keys, missing last. Every bucket that overlaps the range has a row
    (with keys: a row for each combination that occurs in any bucket); where no row of the input is, counts
    are 0 and other measures missing. An open end of the range is that of the input's rows. Rows without a
    start are left aside. More than BUCKET_COUNT_MAX buckets end the query with that limit's name.
    """

    input: "Node"
    time: Key
    keys: tuple[Key, ...]
    measures: tuple[Measure, ...]
    range: TimeRange

    @property
    def columns(self) -> tuple[Column, ...]:
        """The time, keys, then measures."""
        keys = tuple(key.output for key in (self.time, *self.keys))
        return keys + tuple(measure.output for measure in self.measures)

    def __str__(self) -> str:
        by = f" by {', '.join(map(str, self.keys))}" if self.keys else ""
        return f"Timechart {self.time} {', '.join(map(str, self.measures))}{by} range={self.range}"


BUCKET_COUNT_MAX = 100_000
"""Buckets that a timechart fills: more than anybody plots, and little memory."""


@dataclass(frozen=True, slots=True)
class Facets:
    """The most frequent values of every column of the input, as printed, with their count and share.

    Rows are by column in the input's order, then count descending, then value ascending in the order of the
    column's kind. Missing is a value here, last among equals. `share` is the count over the input's rows.
    """

    input: "Node"
    row_count: int

    @property
    def columns(self) -> tuple[Column, ...]:
        """`field`, `value`, `count`, `share`."""
        return FACET_COLUMNS

    def __str__(self) -> str:
        return f"Facets {self.row_count}"


FACET_COLUMNS = (
    Column("field", Kind.TEXT),
    Column("value", Kind.TEXT),
    Column("count", Kind.COUNT),
    Column("share", Kind.REAL),
)


@dataclass(frozen=True, slots=True)
class Lookup:
    """The input's columns and, behind them, those of a list: its most specific entry that holds the value.

    `on` is an ADDRESS or PORT column. `added` are the output columns, one for each column of the list in its
    order, all of them text; missing where no entry holds the value.
    """

    input: "Node"
    list: NamedList
    on: Column
    added: tuple[Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The input's, then the list's."""
        return self.input.columns + self.added

    def __str__(self) -> str:
        names = ", ".join(column.name for column in self.added)
        return f"Lookup @{self.list.name} on {self.on.name}: {names}"


@dataclass(frozen=True, slots=True)
class Select:
    """What a SELECT of SQL gives over the input's rows, which are its table `log`.

    `sql` is one checked SELECT in DuckDB's dialect, its names as the input's columns have them, quoted. There
    addresses and networks are text, times epoch seconds, durations seconds, missing NULL.
    """

    input: "Node"
    sql: str
    columns: tuple[Column, ...]

    def __str__(self) -> str:
        return f"Select {self.sql}"


Node: TypeAlias = (
    Scan
    | Filter
    | Compute
    | Extend
    | Rename
    | Head
    | Tail
    | Sort
    | Dedup
    | Project
    | Aggregate
    | Top
    | Timechart
    | Facets
    | Lookup
    | Select
)


def chain(node: Node) -> list[Node]:
    """The nodes of a plan from its Scan up."""
    nodes: list[Node] = [node]
    while not isinstance(nodes[-1], Scan):
        nodes.append(nodes[-1].input)
    return nodes[::-1]


def render(node: Node) -> str:
    """The plan as text, the last stage first, each input indented below."""
    return "\n".join("  " * depth + str(each) for depth, each in enumerate(reversed(chain(node))))
