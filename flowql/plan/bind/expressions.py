"""Expressions of `eval`: a syntax tree to a typed expression.

Owns what names, numbers, texts and parameters mean in them. Kinds go together as `arithmetic` says; functions
are in `functions`. Recursion follows nesting, which the parser bounds.
"""

import re
from collections.abc import Sequence

from flowql.errors import Span
from flowql.plan.bind.arithmetic import combine, compare, negated
from flowql.plan.bind.columns import Columns
from flowql.plan.bind.functions import bind_call
from flowql.plan.bind.operands import Operand, checked_integer, one_kind
from flowql.plan.bind.time import read_time
from flowql.plan.bind.where import bind_condition
from flowql.plan.expressions import Choice, Constant, Expression, Operation, Read
from flowql.plan.logical import Column
from flowql.schema import Kind
from flowql.syntax import nodes
from flowql.syntax.refusal import Refusal, replace
from flowql.values import parse_address, parse_count, parse_duration

_MILLIONS = re.compile(r"\d+(?:_\d+)*M", re.ASCII)
_REAL = re.compile(r"\d[\d_]*\.\d+", re.ASCII)
_PARTS_MAX = 8


def bind_expression(columns: Columns, node: nodes.Expression) -> Expression:
    """The typed expression; raises `Refusal`."""
    match node:
        case nodes.Name():
            return Read(_column(columns, node))
        case nodes.Number():
            return _number(node.text, node.span)
        case nodes.Literal():
            return Constant(node.text, Kind.TEXT)
        case nodes.Parameter():
            return _parameter(columns, node)
        case nodes.Negative():
            return negated(columns.binding, _operand(columns, node.item))
        case nodes.Arithmetic():
            sides = _operand(columns, node.left), _operand(columns, node.right)
            return combine(columns.binding, node, Operation(node.operator), *sides)
        case nodes.Relation():
            sides = _operand(columns, node.left), _operand(columns, node.right)
            return compare(columns.binding, node, *sides)
        case nodes.Call():
            return bind_call(columns, node, [_operand(columns, each) for each in node.arguments])
        case nodes.If():
            predicate = bind_condition(columns, node.condition)
            branches = [_operand(columns, each) for each in (node.then, node.otherwise)]
            return Choice(predicate, *one_kind(columns.binding, branches, "if"))
        case _:
            raise AssertionError(f"no such expression: {node}")


def _operand(columns: Columns, node: nodes.Expression) -> Operand:
    return Operand(bind_expression(columns, node), node.span)


def _column(columns: Columns, name: nodes.Name) -> Column:
    if columns.find(name.text) is None and "-" in name.text:
        parts = _difference(columns, name.text.split("-"))
        if parts:
            meant = " - ".join(parts)
            message = f'unknown column "{name.text}": a minus stands between blanks'
            raise Refusal("unknown-column", message, name.span, replace(name.span, meant))
    return columns.named(name)


def _difference(columns: Columns, parts: Sequence[str]) -> list[str]:
    """The columns and numbers of which a name without blanks is the difference; [] when it is none."""
    if len(parts) > _PARTS_MAX:
        return []
    for count in range(len(parts), 0, -1):
        first, rest = "-".join(parts[:count]), parts[count:]
        if first.isdecimal() or columns.find(first) is not None:
            others = _difference(columns, rest)
            if others or not rest:
                return [first, *others]
    return []


def _number(text: str, span: Span) -> Constant:
    """A count, a real number or a duration: `m` is minutes, `M` a million."""
    duration_ns = None if _MILLIONS.fullmatch(text) else parse_duration(text)
    if duration_ns is not None:
        return Constant(checked_integer(duration_ns, span), Kind.DURATION)
    count = parse_count(text)
    if count is not None and not _REAL.fullmatch(text):
        return Constant(checked_integer(count, span), Kind.COUNT)
    if _REAL.fullmatch(text):
        return Constant(float(text.replace("_", "")), Kind.REAL)
    message = f"expected a number such as 8, 0.5, 10MB or 5m, found {text}"
    raise Refusal("bad-number", message, span)


def _parameter(columns: Columns, parameter: nodes.Parameter) -> Constant:
    """The value given, as it is: a text, a number, an address or a time."""
    binding = columns.binding
    literal = binding.literal(parameter)
    if literal.quoted:
        return Constant(literal.text, Kind.TEXT)
    address = parse_address(literal.text)
    if address is not None:
        return Constant(address, Kind.ADDRESS)
    if parse_count(literal.text) is not None or _REAL.fullmatch(literal.text):
        return _number(literal.text, parameter.span)
    if "/" in literal.text:
        message = f"the parameter {parameter.name} holds a network, which no expression computes with"
        raise Refusal("bad-parameter", message, parameter.span)
    return Constant(read_time(binding, literal, f"the parameter {parameter.name}").first, Kind.TIME)
