"""Stages after the bar: each one a node of the logical plan, with the columns that exist there.

Owns the order of the work, and the stages that choose, name or order rows and columns. Those that filter,
compute, make groups or leave the language are modules of their own.
"""

from collections.abc import Sequence

from flowql.errors import Span
from flowql.plan import logical
from flowql.plan.bind.binding import Binding
from flowql.plan.bind.columns import Columns, name_taken
from flowql.plan.bind.computing import with_computed
from flowql.plan.bind.eval import bind_eval
from flowql.plan.bind.grouping import bind_count, bind_stats, bind_top
from flowql.plan.bind.lookup import bind_lookup
from flowql.plan.bind.timechart import bind_timechart
from flowql.plan.bind.where import bind_where
from flowql.plan.logical import Column
from flowql.schema import normalize_name
from flowql.syntax import nodes
from flowql.syntax.refusal import Fix, Refusal, replace

STAGE_COUNT_MAX = 100
"""Stages of one query. A plan has a node inside another for each, and what walks or compares plans relies on
it to stay below Python's recursion limit of 1,000."""


def bind_stages(binding: Binding, search: logical.Node, stages: Sequence[nodes.Stage]) -> logical.Node:
    """`search` with the stages on top; behind one that is refused the columns are unknown, the rest waits."""
    if len(stages) > STAGE_COUNT_MAX:
        message = f"a query has at most {STAGE_COUNT_MAX} stages, found {len(stages)}"
        message += " (limit: stage_count_max)"
        binding.refusals.append(Refusal("too-many-stages", message, stages[STAGE_COUNT_MAX].span))
        return search
    plan = search
    for stage in stages:
        try:
            plan = _stage(binding, plan, stage)
        except Refusal as refusal:
            binding.refusals.append(refusal)
            break
    return with_computed(plan, search, tuple(binding.computed.values()))


def _stage(binding: Binding, plan: logical.Node, stage: nodes.Stage) -> logical.Node:
    columns = Columns.of(binding, plan)
    match stage:
        case nodes.WhereStage():
            return bind_where(plan, columns, stage)
        case nodes.FieldsStage():
            return logical.Project(plan, _distinct(columns, stage.columns))
        case nodes.EvalStage():
            return bind_eval(plan, columns, stage)
        case nodes.RenameStage():
            return _rename(plan, columns, stage)
        case nodes.LookupStage():
            return bind_lookup(plan, columns, stage)
        case nodes.SortStage():
            keys = [logical.SortKey(columns.named(key.column), key.descending) for key in stage.keys]
            return logical.Sort(plan, tuple(keys))
        case nodes.HeadStage():
            return logical.Head(plan, stage.row_count)
        case nodes.TailStage():
            return logical.Tail(plan, stage.row_count)
        case nodes.DedupStage():
            return _dedup(plan, columns, stage)
        case _:
            return _ending(plan, columns, stage)


def _ending(plan: logical.Node, columns: Columns, stage: nodes.Stage) -> logical.Node:
    """The stages behind which rows are no records any more."""
    match stage:
        case nodes.CountStage():
            return bind_count(plan, columns, stage)
        case nodes.StatsStage():
            return bind_stats(plan, columns, stage)
        case nodes.TopStage():
            return bind_top(plan, columns, stage)
        case nodes.TimechartStage():
            return bind_timechart(plan, columns, stage)
        case nodes.FacetsStage():
            return logical.Facets(plan, stage.row_count)
        case nodes.SelectStage():
            # Loaded here: whoever's query has no SQL does not wait for what checks it.
            from flowql.plan.bind.selecting import bind_select  # noqa: PLC0415

            return bind_select(plan, columns, stage)
        case _:
            raise AssertionError(f"no such stage: {stage}")


def _distinct(columns: Columns, names: Sequence[nodes.Name]) -> tuple[Column, ...]:
    """The named columns; one named twice is refused."""
    found: dict[Column, nodes.Name] = {}
    for place, name in enumerate(names):
        column = columns.named(name)
        if column in found:
            raise _twice(column.name, name.span, names[place - 1].span)
        found[column] = name
    return tuple(found)


def _twice(name: str, span: Span, before: Span) -> Refusal:
    """The error for a column that is named twice; the comma goes with it."""
    removed = Span(before.end, span.end)
    return Refusal("duplicate-column", f"{name} stands twice", span, replace(removed, ""))


def _dedup(plan: logical.Node, columns: Columns, stage: nodes.DedupStage) -> logical.Node:
    if not stage.columns:
        end = Span(stage.span.end, stage.span.end)
        shown = ", ".join(column.name for column in columns.columns)
        message = "dedup needs the columns whose combinations are to differ"
        details = (f"the columns here are {shown}",)
        raise Refusal("missing-argument", message, stage.span, replace(end, f" {shown}"), details=details)
    return logical.Dedup(plan, _distinct(columns, stage.columns))


def _rename(plan: logical.Node, columns: Columns, stage: nodes.RenameStage) -> logical.Node:
    """Columns under other names; all of them at once, so that two can change places."""
    renamed: dict[Column, Column] = {}
    for place, each in enumerate(stage.renamings):
        column = columns.named(each.column)
        if column not in columns.columns:
            raise _computed_renamed(columns, column, each, stage)
        if column in renamed:
            raise _twice(column.name, each.span, stage.renamings[place - 1].span)
        renamed[column] = Column(each.alias.text, column.kind)
    kept = {normalize_name(each.name) for each in columns.columns if each not in renamed}
    for each in stage.renamings:
        name = normalize_name(each.alias.text)
        virtual = columns.schema.resolve_virtual(each.alias.text)
        if name in kept or virtual is not None:
            fix: Fix = replace(each.alias.span, columns.free_name(each.alias.text))
            raise name_taken(each.alias.text, each.alias.span, fix, is_computed=virtual is not None)
        kept.add(name)
    return logical.Rename(plan, tuple(renamed.items()))


def _computed_renamed(
    columns: Columns, column: Column, renaming: nodes.Renaming, stage: nodes.RenameStage
) -> Refusal:
    """The error for a computed field, which is no column of records to rename."""
    new = columns.binding.source(renaming.alias.span)
    message = f"{column.name} is a computed field, and rename gives columns other names"
    fixes = (replace(stage.span, f"eval {new} = {column.name}"),) if len(stage.renamings) == 1 else ()
    return Refusal("not-supported", message, renaming.column.span, *fixes)
