"""Stages after the bar: each one a node of the logical plan, with the columns that exist there.

Owns the typing of every stage and the rule that no two columns have one name. What an aggregate yields is in
`measures`, what a name means in `columns`.
"""

from collections.abc import Sequence
from dataclasses import replace as with_changes

from flowql.errors import Span
from flowql.plan import logical
from flowql.plan.bind.binding import Binding
from flowql.plan.bind.columns import Columns
from flowql.plan.bind.measures import ROW_COUNT, bind_measure, summable
from flowql.plan.logical import Column, Measure
from flowql.schema import Kind, normalize_name
from flowql.syntax import nodes
from flowql.syntax.refusal import Refusal, replace

STAGE_COUNT_MAX = 100
"""Stages of one query. A plan has a node inside another for each, and what walks or compares plans relies on
it to stay below Python's recursion limit of 1,000."""


def bind_stages(binding: Binding, plan: logical.Node, stages: Sequence[nodes.Stage]) -> logical.Node:
    """`plan` with the stages on top; behind one that is refused the columns are unknown, the rest waits."""
    if len(stages) > STAGE_COUNT_MAX:
        message = f"a query has at most {STAGE_COUNT_MAX} stages, found {len(stages)}"
        message += " (limit: stage_count_max)"
        binding.refusals.append(Refusal("too-many-stages", message, stages[STAGE_COUNT_MAX].span))
        return plan
    for stage in stages:
        try:
            plan = _stage(binding, plan, stage)
        except Refusal as refusal:
            binding.refusals.append(refusal)
            break
    return _with_computed(plan, tuple(binding.computed.values()))


def _with_computed(plan: logical.Node, computed: tuple[Column, ...]) -> logical.Node:
    """`plan` with the computed fields that its stages name; records that are sorted by one do not show it."""
    if not computed:
        return plan
    parts = logical.chain(plan)
    search_count = 1 + (len(parts) > 1 and isinstance(parts[1], logical.Filter))
    outcome: logical.Node = logical.Compute(parts[search_count - 1], computed)
    for node in parts[search_count:]:
        assert not isinstance(node, logical.Scan), "a scan begins a chain"
        outcome = with_changes(node, input=outcome)
    return logical.Project(outcome, parts[0].columns) if _is_of_records(plan) else outcome


def _is_of_records(plan: logical.Node) -> bool:
    """Whether no stage has chosen or made columns."""
    kept = (logical.Scan, logical.Filter, logical.Head, logical.Sort)
    return all(isinstance(node, kept) for node in logical.chain(plan))


def _stage(binding: Binding, plan: logical.Node, stage: nodes.Stage) -> logical.Node:
    columns = Columns(binding, plan.columns, _is_of_records(plan))
    match stage:
        case nodes.CountStage():
            return logical.Aggregate(plan, (), (ROW_COUNT,))
        case nodes.HeadStage():
            return logical.Head(plan, stage.row_count)
        case nodes.SortStage():
            keys = [logical.SortKey(columns.named(key.column), key.descending) for key in stage.keys]
            return logical.Sort(plan, tuple(keys))
        case nodes.FieldsStage():
            return logical.Project(plan, _distinct(columns, stage.columns))
        case nodes.TopStage():
            return _top(plan, columns, stage)
        case nodes.StatsStage():
            return _stats(plan, columns, stage)
        case _:
            raise AssertionError(f"no such stage: {stage}")


def _distinct(columns: Columns, names: Sequence[nodes.Name]) -> tuple[Column, ...]:
    """The named columns; one named twice is refused."""
    found: dict[Column, nodes.Name] = {}
    for place, name in enumerate(names):
        column = columns.named(name)
        if column in found:
            # The comma goes with the name, whichever side of it stands.
            removed = Span(names[place - 1].span.end, name.span.end)
            message = f"{column.name} stands twice"
            raise Refusal("duplicate-column", message, name.span, replace(removed, ""))
        found[column] = name
    return tuple(found)


def _top(plan: logical.Node, columns: Columns, stage: nodes.TopStage) -> logical.Node:
    key = columns.named(stage.key)
    measure = _top_measure(columns, stage)
    for name in (measure.output.name, "share"):
        if normalize_name(key.name) == normalize_name(name):
            message = f"top yields a column {name} beside its key"
            raise Refusal("duplicate-column", message, stage.key.span)
    return logical.Top(plan, stage.row_count, key, measure)


def _top_measure(columns: Columns, stage: nodes.TopStage) -> Measure:
    match stage.measure:
        case None:
            return ROW_COUNT
        case nodes.Name() as name:
            column = columns.find(name.text)
            if column is None and name.text.lower() == "count":
                return ROW_COUNT
            column = columns.named(name)
            if column.kind not in (Kind.COUNT, Kind.REAL):
                raise _wrong_by(columns, stage, name.span)
            return Measure("sum", column, Column(f"sum_{column.name}", column.kind))
        case nodes.Aggregate() as aggregate:
            measure = bind_measure(columns, aggregate)
            if measure.function not in ("count", "sum"):
                raise _wrong_by(columns, stage, aggregate.span)
            return measure
        case _:
            raise AssertionError(f"no such measure: {stage.measure}")


def _wrong_by(columns: Columns, stage: nodes.TopStage, span: Span) -> Refusal:
    """The error for a measure that top does not take; stats does the same with any aggregate."""
    written = columns.binding.source(span)
    measures = ", ".join(["count()", *(f"sum({name})" for name in summable(columns))])
    details = (f"top takes {measures}; stats takes every aggregate",)
    message = f"top orders by a count or a sum, found {written}"
    if isinstance(stage.measure, nodes.Aggregate):
        output = bind_measure(columns, stage.measure).output.name
        meant = f"stats {written} by {stage.key.text} | sort -{output} | head {stage.row_count}"
        return Refusal("bad-measure", message, span, replace(stage.span, meant), details=details)
    return Refusal("bad-measure", message, span, replace(span, "count()"), details=details)


def _stats(plan: logical.Node, columns: Columns, stage: nodes.StatsStage) -> logical.Node:
    keys = _distinct(columns, stage.keys)
    taken = {normalize_name(key.name) for key in keys}
    measures = []
    for aggregate in stage.aggregates:
        measure = bind_measure(columns, aggregate)
        name = normalize_name(measure.output.name)
        if name in taken:
            raise _name_taken(measure.output.name, aggregate, taken)
        taken.add(name)
        measures.append(measure)
    return logical.Aggregate(plan, keys, tuple(measures))


def _name_taken(name: str, aggregate: nodes.Aggregate, taken: set[str]) -> Refusal:
    """The error for a second column of one name; proposes another name with `as`."""
    number = 2
    while normalize_name(f"{name}_{number}") in taken:
        number += 1
    end = aggregate.span.end
    fix = replace(Span(end, end), f" as {name}_{number}")
    if aggregate.alias is not None:
        fix = replace(aggregate.alias.span, f"{name}_{number}")
    return Refusal("duplicate-column", f"there is a column {name} already", aggregate.span, fix)
