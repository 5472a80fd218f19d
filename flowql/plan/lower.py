"""Lowering: from the logical plan to operators over the segments of a snapshot.

Owns the choice of the source operator, of the columns it has to read, and of the segments it has to touch.
Knows of a segment only what its metadata tells.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from flowql.plan.localize import localized
from flowql.plan.logical import (
    Aggregate,
    Column,
    Compute,
    Filter,
    Head,
    Measure,
    Node,
    Project,
    Scan,
    Sort,
    Top,
    chain,
)
from flowql.plan.physical import (
    CountOp,
    GroupOp,
    HeadOp,
    PhysicalPlan,
    ProjectOp,
    PrunedSegment,
    RowsOp,
    SearchOp,
    SegmentScan,
    SortedRowsOp,
    SortOp,
    SourceOp,
    TableGroupOp,
    TableOp,
    TopGroupsOp,
    TopOp,
)
from flowql.plan.predicates import And, Everything, Predicate, all_of, describe
from flowql.plan.prune import Verdict, prove
from flowql.schema import Schema, TopicName
from flowql.store.segment import Segment
from flowql.store.vocabulary import Vocabulary


class Snapshot(Protocol):
    """What lowering needs of an open topic."""

    @property
    def segments(self) -> Sequence[Segment]:
        """Its segments."""

    @property
    def vocabulary(self) -> Vocabulary:
        """Its text values."""

    @property
    def schema(self) -> Schema:
        """Its fields, in order."""


def lower(plan: Node, snapshots: Mapping[TopicName, Snapshot], *, prunes: bool = True) -> PhysicalPlan:
    """Operators for the plan.

    `prunes` False reads every segment, for tests that an answer does not depend on it.
    """
    scan, *stages = chain(plan)
    assert isinstance(scan, Scan)
    predicate: Predicate = Everything()
    columns = scan.columns
    if stages and isinstance(stages[0], Filter):
        predicate = stages.pop(0).predicate  # type: ignore[union-attr]
    if stages and isinstance(stages[0], Compute):
        columns = stages.pop(0).columns
    search = _search(scan, predicate, snapshots, prunes=prunes)
    source, used = _source(search, columns, stages)
    operators = [operator for stage in stages[used:] for operator in _operators(stage)]
    return PhysicalPlan(source, tuple(operators), plan.columns)


def _search(
    scan: Scan, predicate: Predicate, snapshots: Mapping[TopicName, Snapshot], *, prunes: bool
) -> SearchOp:
    scans: list[SegmentScan] = []
    pruned: list[PrunedSegment] = []
    for name in scan.topics:
        snapshot = snapshots[name]
        for segment in snapshot.segments:
            start, stop = segment.rows_between(scan.range.low, scan.range.high)
            here = localized(predicate, name, segment)
            if start == stop:
                pruned.append(PrunedSegment(name, segment, f"no start in {scan.range}"))
            elif prunes and (reason := _proof(predicate, name, segment)):
                pruned.append(PrunedSegment(name, segment, reason))
            else:
                left = _left_to_check(here, segment) if prunes else here
                scans.append(
                    SegmentScan(name, snapshot.schema, segment, snapshot.vocabulary, start, stop, left)
                )
    scans.sort(key=lambda each: (each.segment.start_bounds or (0, 0))[1], reverse=True)
    return SearchOp(tuple(scans), tuple(pruned), predicate, scan.range, prunes)


def _proof(predicate: Predicate, topic: TopicName, segment: Segment) -> str:
    """Why no row can match, in words; "" when that is not proven."""
    if prove(localized(predicate, topic, segment), segment) is not Verdict.NEVER:
        return ""
    items = predicate.items if isinstance(predicate, And) else (predicate,)
    verdicts = ((prove(localized(item, topic, segment), segment), item) for item in items)
    culprit = next(item for verdict, item in verdicts if verdict is Verdict.NEVER)
    return f"no row with {describe(culprit)}"


def _left_to_check(predicate: Predicate, segment: Segment) -> Predicate:
    """The parts of the predicate that the metadata does not prove of all rows."""
    if prove(predicate, segment) is Verdict.ALWAYS:
        return Everything()
    if isinstance(predicate, And):
        return all_of([item for item in predicate.items if prove(item, segment) is not Verdict.ALWAYS])
    return predicate


def _source(search: SearchOp, available: tuple[Column, ...], stages: list[Node]) -> tuple[SourceOp, int]:
    """The source operator, and how many of the stages it answers."""
    match stages:
        case [Aggregate(keys=(), measures=(measure,)), *_] if (
            measure.function == "count" and measure.argument is None
        ):
            return CountOp(search, measure.output), 1
        case [Aggregate(_, keys, measures), *_] if not _any_virtual(keys, measures):
            return GroupOp(search, keys, measures), 1
        case [Top(_, row_count, key, measure), *_] if not _any_virtual((key,), (measure,)):
            return TopGroupsOp(search, row_count, key, measure), 1
        case [Sort(_, keys), Head(_, row_count), *rest]:
            return SortedRowsOp(search, keys, _needed(available, rest), row_count), 2
        case [Sort(_, keys), *rest]:
            return SortedRowsOp(search, keys, _needed(available, rest), None), 1
        case [Head(_, row_count), *rest]:
            return RowsOp(search, _needed(available, rest), row_count), 1
        case _:
            limit = next((stage.row_count for stage in stages if isinstance(stage, Head)), None)
            leading = stages[: next((i for i, stage in enumerate(stages) if isinstance(stage, Head)), 0)]
            only_projects = all(isinstance(stage, Project) for stage in leading)
            return RowsOp(search, _needed(available, stages), limit if only_projects else None), 0


def _any_virtual(keys: tuple[Column, ...], measures: tuple[Measure, ...]) -> bool:
    """Whether groups need a computed field, which has no codes to group by."""
    arguments = [measure.argument for measure in measures if measure.argument]
    return any(column.is_virtual for column in (*keys, *arguments))


def _needed(available: tuple[Column, ...], stages: list[Node]) -> tuple[Column, ...]:
    """The columns to read: what the stages look at, but one at least, to count rows by."""
    return _looked_at(available, stages) or available[:1]


def _looked_at(available: tuple[Column, ...], stages: list[Node]) -> tuple[Column, ...]:
    """All columns, unless some stage yields fewer than it is given."""
    wanted: set[str] = set()
    for stage in stages:
        match stage:
            case Project(_, columns):
                return tuple(c for c in available if c in columns or c.name in wanted)
            case Aggregate(_, keys, measures):
                wanted |= {c.name for c in keys} | {m.argument.name for m in measures if m.argument}
                return tuple(c for c in available if c.name in wanted)
            case Top(_, _, key, measure):
                wanted |= {key.name} | ({measure.argument.name} if measure.argument else set())
                return tuple(c for c in available if c.name in wanted)
            case Sort(_, keys):
                wanted |= {key.column.name for key in keys}
            case Head():
                continue
            case _:
                raise AssertionError(stage)
    return available


def _operators(stage: Node) -> list[TableOp]:
    match stage:
        case Head(_, row_count):
            return [HeadOp(row_count)]
        case Sort(_, keys):
            return [SortOp(keys)]
        case Project(_, columns):
            return [ProjectOp(columns)]
        case Aggregate(_, keys, measures):
            return [TableGroupOp(keys, measures)]
        case Top(_, row_count, key, measure):
            return [TableGroupOp((key,), (measure,)), TopOp(row_count, key, measure.output)]
        case _:
            raise AssertionError(stage)
