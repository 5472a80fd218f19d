"""Aggregates: `count()`, `sum(bytes) as b`, `dc(dstport)`, typed and named.

Owns which aggregate takes which kind, and the kind and name of what it yields. The names of the functions are
the parser's to check; the stages in which aggregates stand are in `stages`.
"""

from flowql.plan.bind.columns import Columns
from flowql.plan.logical import Column, Measure
from flowql.schema import Kind
from flowql.syntax import nodes
from flowql.syntax.refusal import Refusal, replace

ROW_COUNT = Measure("count", None, Column("count", Kind.COUNT))
"""`count()`: the rows, whatever they hold."""

_SUMMABLE = (Kind.COUNT, Kind.REAL)
_NOUNS = {Kind.ADDRESS: "an address", Kind.TEXT: "text"}


def bind_measure(columns: Columns, aggregate: nodes.Aggregate) -> Measure:
    """The typed measure of an aggregate; raises `Refusal`."""
    function = aggregate.function.text
    name, argument, kind = function, None, Kind.COUNT
    if aggregate.argument is not None:
        argument = columns.named(aggregate.argument)
        name, kind = f"{function}_{argument.name}", _output_kind(columns, aggregate, argument)
    if aggregate.alias is not None:
        name = aggregate.alias.text
    return Measure(function, argument, Column(name, kind))


def summable(columns: Columns) -> tuple[str, ...]:
    """The names of the columns that `sum` and `avg` take."""
    return tuple(column.name for column in columns.columns if column.kind in _SUMMABLE)


def _output_kind(columns: Columns, aggregate: nodes.Aggregate, argument: Column) -> Kind:
    match aggregate.function.text:
        case "count" | "dc":
            return Kind.COUNT
        case "min" | "max":
            return argument.kind
        case "sum" if argument.kind in _SUMMABLE:
            return argument.kind
        case "avg" if argument.kind in _SUMMABLE:
            return Kind.REAL
        case "sum" | "avg":
            raise _not_summable(columns, aggregate, argument)
        case function:
            raise AssertionError(f"no such aggregate: {function}")


def _not_summable(columns: Columns, aggregate: nodes.Aggregate, argument: Column) -> Refusal:
    function, name = aggregate.function.text, argument.name
    noun = _NOUNS.get(argument.kind, f"a {argument.kind.value}")
    taken = ", ".join(summable(columns)) or "counts"
    alias = f" as {aggregate.alias.text}" if aggregate.alias else ""
    return Refusal(
        "bad-aggregate",
        f"{function} adds counts, but {name} is {noun}",
        aggregate.argument.span if aggregate.argument else aggregate.span,
        replace(aggregate.span, f"dc({name}){alias}"),
        details=(f"{function} takes {taken}; dc({name}) counts distinct values",),
    )
