"""Aggregates: `count()`, `sum(bytes) as b`, `p95(bytes) if (action:ACCEPT)`, typed and named.

Owns which aggregate takes which kind, and the kind and name of what it yields. The names of the functions are
the parser's to check; the stages in which aggregates stand are in `grouping` and `timechart`.
"""

from collections.abc import Sequence

from flowql.errors import Span
from flowql.plan.bind.columns import Columns, name_taken
from flowql.plan.bind.nouns import noun_of
from flowql.plan.bind.where import bind_condition
from flowql.plan.logical import Column, Measure
from flowql.plan.predicates import Everything
from flowql.schema import EITHER_SIDE, Kind, normalize_name
from flowql.syntax import nodes
from flowql.syntax.refusal import Refusal, replace

ROW_COUNT = Measure("count", None, Column("count", Kind.COUNT))
"""`count()`: the rows, whatever they hold."""

ADDED = (Kind.COUNT, Kind.REAL, Kind.DURATION)
"""The kinds that sum and avg take."""
RANKED = (*ADDED, Kind.TIME)
"""The kinds that percentiles take."""
START = "start"


def bind_measure(columns: Columns, aggregate: nodes.Aggregate) -> Measure:
    """The typed measure of an aggregate; raises `Refusal`."""
    function = aggregate.function.text
    name, argument, kind = function, None, Kind.COUNT
    if aggregate.argument is not None:
        argument = _argument(columns, aggregate, aggregate.argument)
        name, kind = f"{function}_{argument.name}", _output_kind(columns, aggregate, argument)
    if aggregate.alias is not None:
        name = aggregate.alias.text
    condition = None if aggregate.condition is None else bind_condition(columns, aggregate.condition)
    if condition == Everything():
        condition = None
    return Measure(function, argument, Column(name, kind), condition)


def _argument(columns: Columns, aggregate: nodes.Aggregate, name: nodes.Name) -> Column:
    """The column of an argument: dc counts the values of both sides, too, and nothing else does."""
    if aggregate.function.text == "dc":
        return columns.key(name)
    try:
        return columns.named(name)
    except Refusal as refusal:
        has_sides = aggregate.function.text in ("count", "min", "max", "first", "last", "values")
        if normalize_name(name.text) not in EITHER_SIDE or has_sides:
            raise  # with a side in its place, which has a least and a greatest value, a first and a last one
        counted = replace(aggregate.function.span, "dc")
        raise Refusal(refusal.code, refusal.message, name.span, counted) from refusal


def bind_measures(
    columns: Columns, aggregates: Sequence[nodes.Aggregate], keys: Sequence[Column]
) -> tuple[Measure, ...]:
    """The measures of a stage beside its keys; two columns of one name are refused."""
    taken = {normalize_name(key.name) for key in keys}
    measures = []
    for aggregate in aggregates:
        measure = bind_measure(columns, aggregate)
        name = normalize_name(measure.output.name)
        if name in taken:
            raise _name_taken(measure.output.name, aggregate, taken)
        taken.add(name)
        measures.append(measure)
    return tuple(measures)


def _output_kind(columns: Columns, aggregate: nodes.Aggregate, argument: Column) -> Kind:
    match aggregate.function.text:
        case "count" | "dc":
            return Kind.COUNT
        case "values":
            return Kind.TEXT
        case "min" | "max":
            return argument.kind
        case "first" | "last":
            _check_start(columns, aggregate)
            return argument.kind
        case "sum" if argument.kind in ADDED:
            return argument.kind
        case "avg" if argument.kind in ADDED:
            return Kind.DURATION if argument.kind is Kind.DURATION else Kind.REAL
        case "sum" | "avg":
            raise _not_taken(columns, aggregate, argument, ADDED, "adds counts")
        case _ if argument.kind in RANKED:
            return argument.kind
        case _:
            raise _not_taken(columns, aggregate, argument, RANKED, "ranks numbers and times")


def _check_start(columns: Columns, aggregate: nodes.Aggregate) -> None:
    """Refuse first and last where rows have no start, which they go by."""
    start = columns.schema.resolve(START)
    if start is not None and start.name == START and start.kind is Kind.TIME:
        return
    function = aggregate.function.text
    message = f"{function} goes by the start of records, which is no column here"
    shown = ", ".join(column.name for column in columns.columns)
    details = (f"the columns here are {shown}",)
    raise Refusal("missing-start", message, aggregate.function.span, details=details)


def _not_taken(
    columns: Columns, aggregate: nodes.Aggregate, argument: Column, kinds: tuple[Kind, ...], does: str
) -> Refusal:
    function, name = aggregate.function.text, argument.name
    taken = ", ".join(column.name for column in columns.columns if column.kind in kinds) or "no column here"
    span = aggregate.argument.span if aggregate.argument else aggregate.span
    call = Span(aggregate.function.span.start, span.end)
    return Refusal(
        "bad-aggregate",
        f"{function} {does}, but {name} is {noun_of(argument.kind)}",
        span,
        replace(call, f"dc({name}"),
        details=(f"{function} takes {taken}; dc({name}) counts distinct values",),
    )


def _name_taken(name: str, aggregate: nodes.Aggregate, taken: set[str]) -> Refusal:
    """The error for a second column of one name; proposes another name with `as`."""
    number = 2
    while normalize_name(f"{name}_{number}") in taken:
        number += 1
    end = aggregate.span.end
    fix = replace(Span(end, end), f" as {name}_{number}")
    if aggregate.alias is not None:
        fix = replace(aggregate.alias.span, f"{name}_{number}")
    return name_taken(name, aggregate.span, fix)
