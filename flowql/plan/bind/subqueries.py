"""Subqueries: the plan of `in (QUERY | fields f)`.

Owns what a subquery takes over from the query around it (topics and the clauses of time, where it states none
of its own), and that it yields one column of the field's kind. How a query is bound is `query`'s.
"""

from dataclasses import replace as with_changes

from flowql.errors import Span
from flowql.plan.bind.binding import Binding
from flowql.plan.bind.column_schema import records_of
from flowql.plan.logical import Node
from flowql.schema import Field, Kind
from flowql.syntax import nodes
from flowql.syntax.refusal import Refusal, replace

NESTING_MAX = 8
"""Subqueries inside one another."""
_NOT_LOOKED_UP = (Kind.REAL, Kind.NETWORK)


def bind_subquery(binding: Binding, value: nodes.Subquery, fields: tuple[Field, ...]) -> Node:
    """The plan of a subquery whose one column the fields are looked up in; raises `Refusal`."""
    if binding.nesting == NESTING_MAX:
        message = f"subqueries are nested more than {NESTING_MAX} deep (limit: nesting_max)"
        raise Refusal("nesting-too-deep", message, value.span)
    # Spans of the inner query are places in the whole text.
    query = with_changes(value.query, text=binding.query.text)
    inner = with_changes(
        binding,
        query=query,
        around=binding,
        nesting=binding.nesting + 1,
        words=[],
        clauses=[],
        parts=[],
        refusals=[],
        computed={},
        schema=records_of(binding.schema),
    )
    assert binding.bind_plan is not None, "a binding is made with what binds the queries in it"
    plan = binding.bind_plan(inner)
    if inner.refusals:
        first, *others = inner.refusals
        binding.refusals += others
        raise first
    _check_columns(value, plan, fields[0])
    return plan


def _check_columns(value: nodes.Subquery, plan: Node, field: Field) -> None:
    columns = plan.columns
    end = Span(value.span.end - 1, value.span.end - 1)
    if len(columns) != 1:
        names = ", ".join(column.name for column in columns)
        message = f"a subquery yields one column, this one yields {len(columns)}: {names}"
        wanted = next((column.name for column in columns if column.name == field.name), None)
        wanted = wanted or next((column.name for column in columns if column.kind is field.kind), None)
        fixes = (replace(end, f" | fields {wanted}"),) if wanted else ()
        raise Refusal("subquery-columns", message, value.span, *fixes)
    (column,) = columns
    if field.is_virtual or field.kind in _NOT_LOOKED_UP:
        sort = "computed fields" if field.is_virtual else f"columns of kind {field.kind.value}"
        message = f"a subquery's values are not looked up in {sort} such as {field.name}"
        raise Refusal("subquery-columns", message, value.span)
    if column.kind is not field.kind:
        message = (
            f"{field.name} is of kind {field.kind.value}, and the subquery yields {column.name}, "
            f"of kind {column.kind.value}"
        )
        raise Refusal("subquery-columns", message, value.span)
