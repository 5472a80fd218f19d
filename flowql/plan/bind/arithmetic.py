"""What becomes of two values that are added, divided or compared, by their kinds.

Owns the table of the kinds. Numbers of any kind go together; times and durations keep their units.
"""

import re

from flowql.plan.bind.binding import Binding
from flowql.plan.bind.operands import INTEGERS, Operand, as_real, constant_as
from flowql.plan.expressions import Arithmetic, Compared, Constant, Expression, Operation
from flowql.plan.predicates import Relation
from flowql.schema import Kind
from flowql.syntax import nodes
from flowql.syntax.refusal import Fix, Refusal, replace

_EQUALITIES = (Relation.EQUAL, Relation.NOT_EQUAL)
_UNORDERED = (Kind.TEXT, Kind.NETWORK)
_ADDING = (Operation.ADD, Operation.SUBTRACT)
_SCALED = (Kind.TIME, Kind.DURATION)
_MINUTES = re.compile(r"[\d_]+m", re.ASCII)


def combine(
    binding: Binding, node: nodes.Arithmetic, operation: Operation, left: Operand, right: Operand
) -> Expression:
    """`left operation right`; raises `Refusal`."""
    if operation in _ADDING:  # beside a time or a duration a bare number is seconds
        if left.kind in _SCALED:
            right = constant_as(binding, right, Kind.DURATION) if right.is_number else right
        elif right.kind in _SCALED:
            left = constant_as(binding, left, Kind.DURATION) if left.is_number else left
    if operation is Operation.SUBTRACT and left.kind is Kind.TIME:
        right = constant_as(binding, right, Kind.TIME)  # which is a text
    elif operation is Operation.SUBTRACT and right.kind is Kind.TIME:
        left = constant_as(binding, left, Kind.TIME)
    kind = _outcome(operation, left.kind, right.kind)
    if kind is None:
        raise _not_combined(binding, node, left, right)
    return Arithmetic(operation, left.expression, right.expression, kind)


def negated(binding: Binding, operand: Operand) -> Expression:
    """`-x`; raises `Refusal`."""
    match operand.expression:
        case Constant(int() | float() as value, kind) if kind is not Kind.TIME and kind is not Kind.ADDRESS:
            return Constant(-value, kind)
        case item if operand.kind is Kind.REAL:
            return Arithmetic(Operation.SUBTRACT, Constant(0.0, Kind.REAL), item, Kind.REAL)
        case item if operand.kind in INTEGERS:
            return Arithmetic(Operation.SUBTRACT, Constant(0, Kind.COUNT), item, Kind.COUNT)
        case item if operand.kind is Kind.DURATION:
            return Arithmetic(Operation.SUBTRACT, Constant(0, Kind.DURATION), item, Kind.DURATION)
        case _:
            message = f"- needs a number or a duration, but {binding.source(operand.span)} is {operand.noun}"
            raise Refusal("bad-arithmetic", message, operand.span)


def compare(binding: Binding, node: nodes.Relation, left: Operand, right: Operand) -> Expression:
    """`left > right` as a number, 1 or 0; raises `Refusal`."""
    relation = Relation(node.operator.value)
    left, right = constant_as(binding, left, right.kind), constant_as(binding, right, left.kind)
    if left.is_number and right.is_number:
        first, second = left.expression, right.expression
        if Kind.REAL in (left.kind, right.kind):
            first, second = as_real(first), as_real(second)
        return Compared(relation, first, second)
    texts = [binding.source(each.span) for each in (left, right)]
    if left.kind is not right.kind:
        message = f"{texts[0]} is {left.noun} and {texts[1]} is {right.noun}: they do not compare"
        raise Refusal("bad-comparison", message, node.span, *_millions(binding, left, right))
    if left.kind in _UNORDERED and relation not in _EQUALITIES:
        message = f"{texts[0]} is {left.noun}, which {relation.value} does not compare"
        raise Refusal("bad-operator", message, node.span)
    return Compared(relation, left.expression, right.expression)


def _outcome(operation: Operation, left: Kind, right: Kind) -> Kind | None:
    """The kind of the outcome; None where there is none."""
    left, right = (Kind.COUNT if kind in INTEGERS else kind for kind in (left, right))
    match operation, left, right:
        case Operation.DIVIDE, Kind.COUNT | Kind.REAL, Kind.COUNT | Kind.REAL:
            return Kind.REAL
        case _, Kind.COUNT, Kind.COUNT:
            return Kind.COUNT
        case _, Kind.COUNT | Kind.REAL, Kind.COUNT | Kind.REAL:
            return Kind.REAL
        case ((Operation.ADD | Operation.SUBTRACT), Kind.DURATION, Kind.DURATION):
            return Kind.DURATION
        case ((Operation.ADD | Operation.SUBTRACT), Kind.TIME, Kind.DURATION):
            return Kind.TIME
        case Operation.ADD, Kind.DURATION, Kind.TIME:
            return Kind.TIME
        case Operation.SUBTRACT, Kind.TIME, Kind.TIME:
            return Kind.DURATION
        case Operation.MULTIPLY, Kind.DURATION, Kind.COUNT | Kind.REAL:
            return Kind.DURATION
        case Operation.MULTIPLY, Kind.COUNT | Kind.REAL, Kind.DURATION:
            return Kind.DURATION
        case Operation.DIVIDE, Kind.DURATION, Kind.COUNT | Kind.REAL:
            return Kind.DURATION
        case Operation.DIVIDE, Kind.COUNT | Kind.REAL | Kind.DURATION, Kind.DURATION:
            return Kind.REAL
        case _:
            return None


def _not_combined(binding: Binding, node: nodes.Arithmetic, left: Operand, right: Operand) -> Refusal:
    texts = [binding.source(each.span) for each in (left, right)]
    fixes: tuple[Fix, ...] = ()
    if node.operator == "+" and Kind.TEXT in (left.kind, right.kind):
        message = "texts are put together with concat, + adds numbers"
        fixes = (replace(node.span, f"concat({texts[0]}, {texts[1]})"),)
    else:
        message = f"{node.operator} has no meaning between {left.noun} and {right.noun}"
        fixes = _millions(binding, left, right)
    details = (f"{texts[0]} is {left.noun}, {texts[1]} is {right.noun}",)
    return Refusal("bad-arithmetic", message, node.span, *fixes, details=details)


def _millions(binding: Binding, left: Operand, right: Operand) -> tuple[Fix, ...]:
    """The proposal for `bytes > 5m`, in which a million may be meant and not minutes."""
    for operand, other in ((left, right), (right, left)):
        text = binding.source(operand.span)
        if other.is_number and isinstance(operand.expression, Constant) and _MINUTES.fullmatch(text):
            return (replace(operand.span, f"{text[:-1]}M"),)
    return ()
