"""The physical plan: which operators answer a query over which segments.

Owns the operators and their printed form. A plan is one source operator, which reads segments, then operators
over the small table or the stream of rows that comes out of it, and at last the stages that run in SQL.
"""

from dataclasses import dataclass
from typing import TypeAlias

from flowql.plan.logical import Aggregate, Column, Computed, Facets, Node, SortKey, Timechart, TimeRange, Top
from flowql.plan.predicates import Predicate, describe
from flowql.schema import Schema, TopicName
from flowql.store.segment import Segment
from flowql.store.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class SegmentScan:
    """The rows `[start, stop)` of a segment for which `predicate` holds; Everything, where that is proven.

    `schema` has the fields of the topic, in order.
    """

    topic: TopicName
    schema: Schema
    segment: Segment
    vocabulary: Vocabulary
    start: int
    stop: int
    predicate: Predicate

    def __str__(self) -> str:
        return f"read {self.topic} {self.segment.id[:8]} rows [{self.start}, {self.stop})"


@dataclass(frozen=True, slots=True)
class PrunedSegment:
    """A segment that is not read, and the proof in words."""

    topic: TopicName
    segment: Segment
    reason: str

    def __str__(self) -> str:
        return f"prune {self.topic} {self.segment.id[:8]}: {self.reason}"


@dataclass(frozen=True, slots=True)
class SearchOp:
    """The segments to read, newest last start first, and those that need not be."""

    scans: tuple[SegmentScan, ...]
    pruned: tuple[PrunedSegment, ...]
    predicate: Predicate
    range: TimeRange
    stops_early: bool

    @property
    def headline(self) -> str:
        """What is searched for, and how much of it is read."""
        rows = sum(scan.stop - scan.start for scan in self.scans)
        counts = f"{len(self.scans)} segments, {rows} rows; {len(self.pruned)} pruned"
        return f"SearchOp {describe(self.predicate)}: {counts}"

    def __str__(self) -> str:
        lines = [self.headline]
        for scan in self.scans:
            proof = "" if scan.predicate == self.predicate else f", left to check: {describe(scan.predicate)}"
            lines.append(f"  {scan}{proof}")
        lines += [f"  {each}" for each in self.pruned]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class RowsOp:
    """Matching rows, newest first; with a limit it stops at the first segments that give enough."""

    search: SearchOp
    columns: tuple[Column, ...]
    limit: int | None

    def __str__(self) -> str:
        limit = f" limit {self.limit}, stop early" if self.limit is not None else ""
        return f"RowsOp newest first{limit}: {', '.join(column.name for column in self.columns)}"


@dataclass(frozen=True, slots=True)
class SortedRowsOp:
    """Matching rows by the keys, ties newest first.

    With a limit only the first ones are kept, segment by segment.
    """

    search: SearchOp
    keys: tuple[SortKey, ...]
    columns: tuple[Column, ...]
    limit: int | None

    def __str__(self) -> str:
        limit = f" limit {self.limit}" if self.limit is not None else ""
        columns = ", ".join(column.name for column in self.columns)
        return f"SortedRowsOp {', '.join(map(str, self.keys))}{limit}: {columns}"


@dataclass(frozen=True, slots=True)
class CountOp:
    """The number of matching rows, from cardinalities."""

    search: SearchOp
    output: Column

    @property
    def columns(self) -> tuple[Column, ...]:
        """The one number."""
        return (self.output,)

    def __str__(self) -> str:
        return "CountOp from cardinalities"


@dataclass(frozen=True, slots=True)
class GroupOp:
    """Groups of matching rows, over codes.

    A segment that is read whole, for one key, answers from its totals. Where the groups may be too many for
    memory, the same stage runs on the residual road instead. `computed` are worked out of each row's counts.
    With `first` only the first groups in an order are given, and values made for.
    """

    search: SearchOp
    stage: Aggregate
    computed: tuple[Computed, ...] = ()
    first: "FirstGroups | None" = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those of the stage."""
        return self.stage.columns

    def __str__(self) -> str:
        made = f" over {', '.join(map(str, self.computed))}" if self.computed else ""
        first = f", {self.first}" if self.first else ""
        return f"GroupOp {_told(self.stage)}{made}{first}"


@dataclass(frozen=True, slots=True)
class FirstGroups:
    """The first so many groups, sorted by keys."""

    keys: tuple[SortKey, ...]
    row_count: int

    def __str__(self) -> str:
        return f"first {self.row_count} by {', '.join(map(str, self.keys))}"


@dataclass(frozen=True, slots=True)
class TopGroupsOp:
    """The groups of matching rows with the greatest measure, or the least.

    As `GroupOp`, and values are made for the winners only.
    """

    search: SearchOp
    stage: Top

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those of the stage."""
        return self.stage.columns

    def __str__(self) -> str:
        return f"TopGroupsOp {_told(self.stage)}"


@dataclass(frozen=True, slots=True)
class TimechartOp:
    """Groups of matching rows by the buckets of `start`, which are ranges of rows; every bucket is filled."""

    search: SearchOp
    stage: Timechart

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those of the stage."""
        return self.stage.columns

    def __str__(self) -> str:
        return f"TimechartOp {_told(self.stage)}"


@dataclass(frozen=True, slots=True)
class FacetsOp:
    """The most frequent values of columns of the matching rows, column by column."""

    search: SearchOp
    stage: Facets
    fields: tuple[Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those of the stage."""
        return self.stage.columns

    def __str__(self) -> str:
        names = ", ".join(column.name for column in self.fields)
        return f"FacetsOp {_told(self.stage)}: {names}"


@dataclass(frozen=True, slots=True)
class HeadOp:
    """The first rows."""

    row_count: int

    def __str__(self) -> str:
        return f"HeadOp {self.row_count}"


@dataclass(frozen=True, slots=True)
class SortOp:
    """A table by the keys, stable, missing last."""

    keys: tuple[SortKey, ...]

    def __str__(self) -> str:
        return f"SortOp {', '.join(map(str, self.keys))}"


@dataclass(frozen=True, slots=True)
class ProjectOp:
    """Some columns, in this order, perhaps under other names: `(from, to)` pairs."""

    renamed: tuple[tuple[Column, Column], ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """What they are called behind it."""
        return tuple(new for _, new in self.renamed)

    def __str__(self) -> str:
        parts = (old.name if old == new else f"{old.name} as {new.name}" for old, new in self.renamed)
        return f"ProjectOp {', '.join(parts)}"


@dataclass(frozen=True, slots=True)
class ResidualOp:
    """The rest of the plan, as one statement of SQL that DuckDB runs over the batches that it is given."""

    stages: tuple[Node, ...]
    input: tuple[Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those of the last stage."""
        return self.stages[-1].columns

    def __str__(self) -> str:
        return f"ResidualOp in SQL: {'; '.join(map(str, self.stages))}"


SourceOp: TypeAlias = RowsOp | SortedRowsOp | CountOp | GroupOp | TopGroupsOp | TimechartOp | FacetsOp
TableOp: TypeAlias = HeadOp | SortOp | ProjectOp


def _told(stage: Node) -> str:
    """What a stage does, without the name of its node."""
    return str(stage).partition(" ")[2]


@dataclass(frozen=True, slots=True)
class PhysicalPlan:
    """A source over segments, then operators over what it yields, in order; at last the residual road.

    `in_sql` is the plan for the same answer that takes the residual road with all stages: for a source that
    turns out to need more memory than it may take.
    """

    source: SourceOp
    operators: tuple[TableOp, ...]
    columns: tuple[Column, ...]
    residual: ResidualOp | None = None
    in_sql: "PhysicalPlan | None" = None

    @property
    def nodes(self) -> tuple[SourceOp | TableOp | ResidualOp, ...]:
        """Everything that is run, from the source up."""
        return (self.source, *self.operators, *((self.residual,) if self.residual else ()))

    def __str__(self) -> str:
        lines = [str(operator) for operator in self.nodes[:0:-1]]
        lines = ["  " * depth + line for depth, line in enumerate([*lines, str(self.source)])]
        indent = "  " * len(lines)
        return "\n".join([*lines, *(indent + line for line in str(self.source.search).splitlines())])
