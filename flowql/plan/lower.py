"""Lowering: from the logical plan to operators over the segments of a snapshot.

Owns the choice of the source operator, of the columns it has to read, and of the segments it has to touch.
Knows of a segment only what its metadata tells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import Protocol, TypeAlias

from flowql.plan.localize import is_local, localized
from flowql.plan.logical import (
    Aggregate,
    Column,
    Compute,
    Computed,
    Extend,
    Facets,
    Filter,
    Head,
    Key,
    Measure,
    Node,
    Project,
    Rename,
    Scan,
    Sort,
    Timechart,
    Top,
    chain,
)
from flowql.plan.physical import (
    CountOp,
    FacetsOp,
    FirstGroups,
    GroupOp,
    HeadOp,
    PhysicalPlan,
    ProjectOp,
    PrunedSegment,
    ResidualOp,
    RowsOp,
    SearchOp,
    SegmentScan,
    SortedRowsOp,
    SortOp,
    SourceOp,
    TableOp,
    TimechartOp,
    TopGroupsOp,
)
from flowql.plan.predicates import And, Everything, Predicate, all_of, describe
from flowql.plan.prune import Prover, Verdict, prover
from flowql.plan.reads import names_of_groups, names_of_predicate, needed_names, needs_identity
from flowql.plan.rules.arithmetic import expressions_of, is_arithmetic
from flowql.schema import Kind, Schema, TopicName
from flowql.store.segment import Segment
from flowql.store.vocabulary import Vocabulary

KERNEL_TEXTS = frozenset({"src-zone", "dst-zone", "service", "protocol-name", "topic"})
"""Computed texts of few distinct values, which kernels group by; of the others each row may have its own."""


_OF_COMPUTED = frozenset(("count", "sum", "avg", "min", "max"))
"""Measures, beside percentiles, that kernels have of columns that are worked out row by row."""


class Road(Enum):
    """How the stages behind the search are answered."""

    AUTO = "auto"  # over codes and bitmaps where a kernel can, the rest in SQL
    RESIDUAL = "residual"  # all of them in SQL, for tests that an answer does not depend on the road


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


def lower(
    plan: Node,
    snapshots: Mapping[TopicName, Snapshot],
    *,
    prunes: bool = True,
    road: Road = Road.AUTO,
) -> PhysicalPlan:
    """Operators for the plan.

    `prunes` False reads every segment, and `road` takes one, for tests that an answer depends on neither.
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
    wanted = frozenset(column.name for column in plan.columns)
    rows = RowsOp(search, _needed(columns, stages, wanted), None)
    in_sql = PhysicalPlan(rows, (), plan.columns, _residual(rows, (), stages))
    if road is Road.RESIDUAL:
        return in_sql
    source, used = _source(search, columns, stages, wanted)
    operators, used = _operators(source, stages, used)
    residual = _residual(source, operators, stages[used:])
    if residual and isinstance(source, SortedRowsOp) and source.limit is None:
        return in_sql
    may_grow = isinstance(source, GroupOp | TopGroupsOp | TimechartOp | SortedRowsOp)
    return PhysicalPlan(source, operators, plan.columns, residual, in_sql if may_grow else None)


def _residual(source: SourceOp, operators: tuple[TableOp, ...], stages: Sequence[Node]) -> ResidualOp | None:
    """The rest of the stages, behind the source and its operators."""
    projects = [operator for operator in operators if isinstance(operator, ProjectOp)]
    columns = projects[-1].columns if projects else source.columns
    return ResidualOp(tuple(stages), columns) if stages else None


def _search(
    scan: Scan, predicate: Predicate, snapshots: Mapping[TopicName, Snapshot], *, prunes: bool
) -> SearchOp:
    scans: list[SegmentScan] = []
    pruned: list[PrunedSegment] = []
    checks = None if is_local(predicate) else _checks(predicate)
    for name in scan.topics:
        snapshot = snapshots[name]
        schema, vocabulary = snapshot.schema, snapshot.vocabulary
        for segment in snapshot.segments:
            start, stop = segment.rows_between(scan.range.low, scan.range.high)
            if start == stop:
                pruned.append(PrunedSegment(name, segment, f"no start in {scan.range}"))
                continue
            here = predicate if checks else localized(predicate, name, segment)
            if prunes:
                outcome = _left_to_check(here, checks or _local_checks(predicate, name, segment), segment)
                if isinstance(outcome, str):
                    pruned.append(PrunedSegment(name, segment, outcome))
                    continue
                here = outcome
            scans.append(SegmentScan(name, schema, segment, vocabulary, start, stop, here))
    scans.sort(key=lambda each: (each.segment.start_bounds or (0, 0))[1], reverse=True)
    return SearchOp(tuple(scans), tuple(pruned), predicate, scan.range, prunes)


_Check: TypeAlias = tuple[Predicate, Predicate, Prover]
"""A part that And joins as the query has it, as it reads in a segment, and the proof of the latter."""


def _checks(predicate: Predicate) -> list[_Check]:
    """The checks of a predicate that reads the same in every segment."""
    return [(item, item, prover(item)) for item in _items(predicate)]


def _local_checks(predicate: Predicate, topic: TopicName, segment: Segment) -> list[_Check]:
    """The checks of a predicate in one segment."""
    return [
        (item, part, prover(part))
        for item in _items(predicate)
        for part in _items(localized(item, topic, segment))
    ]


def _items(predicate: Predicate) -> tuple[Predicate, ...]:
    return predicate.items if isinstance(predicate, And) else (predicate,)


def _left_to_check(here: Predicate, checks: list[_Check], segment: Segment) -> Predicate | str:
    """The parts of a predicate that the metadata does not prove of all rows, or why no row can match."""
    left: list[Predicate] = []
    for item, part, proves in checks:
        match proves(segment):
            case Verdict.NEVER:
                return f"no row with {describe(item)}"
            case Verdict.MAYBE:
                left.append(part)
    return here if len(left) == len(checks) else all_of(left)


def _source(
    search: SearchOp, available: tuple[Column, ...], stages: list[Node], wanted: frozenset[str]
) -> tuple[SourceOp, int]:
    """The source operator, and how many of the stages it answers."""

    def needed(used: int) -> tuple[Column, ...]:
        return _needed(available, stages[used:], wanted)

    match stages:
        case [Extend() as extend, Aggregate() as stage, *_] if computed := _computed(
            extend, stage.keys, stage.measures
        ):
            return _groups(GroupOp(search, stage, computed), stages, 2)
        case [Aggregate(keys=(), measures=(measure,)), *_] if _counts_rows(measure):
            return CountOp(search, measure.output), 1
        case [Aggregate() as stage, *_] if _is_for_kernel(stage.keys, stage.measures):
            return _groups(GroupOp(search, stage), stages, 1)
        case [Top() as stage, *_] if _is_for_kernel((stage.key,), (stage.measure,)):
            return TopGroupsOp(search, stage), 1
        case [Timechart() as stage, *_] if _is_for_kernel((stage.time, *stage.keys), stage.measures):
            return TimechartOp(search, stage), 1
        case [Facets() as stage, *_] if not any(each.is_virtual for each in stage.input.columns):
            return FacetsOp(search, stage, stage.input.columns), 1
        case [Project(columns=columns), Facets() as stage, *_] if not any(
            each.is_virtual for each in columns
        ):
            return FacetsOp(search, stage, columns), 2
        case [Sort(_, keys), Head(_, row_count), *rest] if not needs_identity(rest):
            return SortedRowsOp(search, keys, needed(2), row_count), 2
        case [Sort(_, keys), *_]:
            return SortedRowsOp(search, keys, needed(1), None), 1
        case [Head(_, row_count), *_]:
            return RowsOp(search, needed(1), row_count), 1
        case [Project(), Head(_, row_count), *_]:
            return RowsOp(search, needed(0), row_count), 0
        case _:
            return RowsOp(search, needed(0), None), 0


def _groups(op: GroupOp, stages: Sequence[Node], used: int) -> tuple[SourceOp, int]:
    """The groups, of which no more are given than what follows asks for."""
    match stages[used:]:
        case [Sort(_, keys), Head(_, row_count), *_]:
            return replace(op, first=FirstGroups(keys, row_count)), used + 2
        case _:
            return op, used


def _computed(extend: Extend, keys: Sequence[Key], measures: Sequence[Measure]) -> tuple[Computed, ...]:
    """What groups need of an Extend, as arithmetic of a record's counts; nothing where no kernel has it."""
    made = expressions_of(extend)
    conditions = [measure.condition for measure in measures if measure.condition]
    asked = names_of_groups(keys, ()).union(*map(names_of_predicate, conditions))
    read = {m.argument.name: m.argument for m in measures if m.argument and m.argument.name in made}
    plain = [m for m in measures if not m.argument or m.argument.name not in made]
    fits = (
        not asked & made.keys()
        and _is_for_kernel(keys, plain)
        and all(is_arithmetic(made[name]) for name in read)
        and all(m in plain or m.percent is not None or m.function in _OF_COMPUTED for m in measures)
    )
    return tuple(Computed(column, made[name]) for name, column in read.items()) if fits else ()


def _counts_rows(measure: Measure) -> bool:
    return measure.function == "count" and measure.argument is None and measure.condition is None


def _is_for_kernel(keys: Sequence[Key], measures: Sequence[Measure]) -> bool:
    """Whether groups are made over codes and integers: of stored columns, and what is worked out of those."""
    for key in keys:
        if key.column.is_virtual and key.column.name not in KERNEL_TEXTS and key.column.kind is Kind.TEXT:
            return False
        if key.column.kind is Kind.REAL:
            return False
    arguments = [measure.argument for measure in measures if measure.argument]
    return not any(
        each.kind is Kind.REAL or (each.is_virtual and each.kind is Kind.TEXT) for each in arguments
    )


def _needed(
    available: tuple[Column, ...], stages: Sequence[Node], wanted: frozenset[str]
) -> tuple[Column, ...]:
    """The columns to read: what the stages look at, but one at least, to count rows by."""
    names = needed_names(stages, wanted)
    return tuple(column for column in available if column.name in names) or available[:1]


def _operators(source: SourceOp, stages: list[Node], used: int) -> tuple[tuple[TableOp, ...], int]:
    """Operators for the stages that need no SQL over what the source yields, and how many stages are done.

    Many rows only stream: what has to gather them runs in SQL, which can do with little memory.
    """
    streams = isinstance(source, RowsOp | SortedRowsOp) and source.limit is None
    columns, first = source.columns, used
    operators: list[TableOp] = []
    for stage in stages[used:]:
        match stage:
            case Head(_, row_count):
                operators.append(HeadOp(row_count))
            case Sort(_, keys) if not streams and not needs_identity(stages[used:]):
                operators.append(SortOp(keys))
            case Project(_, chosen):
                operators.append(ProjectOp(tuple((column, column) for column in chosen)))
                columns = chosen
            case Rename(_, renamed):
                names = dict(renamed)
                operators.append(ProjectOp(tuple((column, names.get(column, column)) for column in columns)))
                columns = tuple(names.get(column, column) for column in columns)
            case _:
                break
        used += 1
    if streams and used < len(stages):
        return (), first  # what SQL has to do it does from the source on
    return tuple(operators), used
