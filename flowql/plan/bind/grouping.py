"""Stages that make groups: `stats`, `count`, `top` and `rare`.

Owns what top orders by, and that no two columns of a stage have one name. A key is bound in `keys`, an
aggregate in `measures`; a chart over time is in `timechart`.
"""

from collections.abc import Sequence

from flowql.errors import Span
from flowql.plan import logical
from flowql.plan.bind.columns import Columns, name_taken
from flowql.plan.bind.keys import bind_key, bind_keys
from flowql.plan.bind.measures import ROW_COUNT, bind_measure, bind_measures
from flowql.plan.bind.truncation import note_truncation
from flowql.plan.logical import Column, Measure
from flowql.schema import Kind, normalize_name
from flowql.syntax import nodes
from flowql.syntax.refusal import Refusal, replace

_ORDERING = (Kind.COUNT, Kind.REAL)
"""The kinds whose sums top orders by: a share of them is a number."""


def bind_count(plan: logical.Node, columns: Columns, stage: nodes.CountStage) -> logical.Node:
    """`count`: one row with the number of rows."""
    note_truncation(columns.binding, plan, ROW_COUNT, stage.span)
    return logical.Aggregate(plan, (), (ROW_COUNT,))


def bind_stats(plan: logical.Node, columns: Columns, stage: nodes.StatsStage) -> logical.Node:
    """`stats sum(bytes) by srcaddr`."""
    keys = bind_keys(columns, stage.keys, stage.span)
    measures = bind_measures(columns, stage.aggregates, [key.output for key in keys])
    note_measures(plan, columns, measures, stage.aggregates)
    return logical.Aggregate(plan, keys, measures)


def bind_top(plan: logical.Node, columns: Columns, stage: nodes.TopStage) -> logical.Node:
    """`top 10 srcaddr by sum(bytes)`, and `rare`."""
    key = bind_key(columns, stage.key)
    measure = _top_measure(columns, stage)
    for name in (measure.output.name, "share"):
        if normalize_name(key.output.name) == normalize_name(name):
            message = f"{_word(stage)} yields a column {name} beside its key"
            raise Refusal("duplicate-column", message, stage.key.span)
    if normalize_name(measure.output.name) == "share":
        aggregate = stage.measure
        assert isinstance(aggregate, nodes.Aggregate), "only an alias can be named share"
        span = aggregate.alias.span if aggregate.alias else aggregate.span
        raise name_taken("share", span, replace(span, "share_2"))
    span = stage.span if stage.measure is None else stage.measure.span
    note_truncation(columns.binding, plan, measure, span)
    return logical.Top(plan, stage.row_count, key, measure, stage.rarest)


def note_measures(
    plan: logical.Node,
    columns: Columns,
    measures: Sequence[Measure],
    aggregates: Sequence[nodes.Aggregate],
) -> None:
    """The notes of a stage's measures."""
    for measure, aggregate in zip(measures, aggregates, strict=True):
        note_truncation(columns.binding, plan, measure, aggregate.span)


def _word(stage: nodes.TopStage) -> str:
    return "rare" if stage.rarest else "top"


def _top_measure(columns: Columns, stage: nodes.TopStage) -> Measure:
    match stage.measure:
        case None:
            return ROW_COUNT
        case nodes.Name() as name:
            column = columns.find(name.text)
            if column is None and name.text.lower() == "count":
                return ROW_COUNT
            column = columns.named(name)
            if column.kind not in _ORDERING:
                raise _wrong_by(columns, stage, name.span)
            return Measure("sum", column, Column(f"sum_{column.name}", column.kind))
        case nodes.Aggregate() as aggregate:
            measure = bind_measure(columns, aggregate)
            if measure.function not in ("count", "sum") or measure.output.kind not in _ORDERING:
                raise _wrong_by(columns, stage, aggregate.span, measure)
            return measure
        case _:
            raise AssertionError(f"no such measure: {stage.measure}")


def _wrong_by(columns: Columns, stage: nodes.TopStage, span: Span, measure: Measure | None = None) -> Refusal:
    """The error for a measure that top does not take; stats does the same with any aggregate."""
    word, written = _word(stage), columns.binding.source(span)
    ordering = [column.name for column in columns.columns if column.kind in _ORDERING]
    measures = ", ".join(["count()", *(f"sum({name})" for name in ordering)])
    details = (f"{word} takes {measures}; stats takes every aggregate",)
    message = f"{word} orders by a count or a sum, found {written}"
    if measure is None:
        return Refusal("bad-measure", message, span, replace(span, "count()"), details=details)
    order = "" if stage.rarest else "-"
    key = columns.binding.source(stage.key.span)
    meant = f"stats {written} by {key} | sort {order}{measure.output.name} | head {stage.row_count}"
    return Refusal("bad-measure", message, span, replace(stage.span, meant), details=details)
