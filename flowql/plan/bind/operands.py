"""Operands of expressions: bound parts with their places, and what a constant is beside a value of some kind.

Owns the readings of constants: a bare number beside a duration is seconds, a quoted text beside an address,
a time or a duration is one. And how operands of several kinds become one kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flowql.errors import Span
from flowql.plan.bind.binding import Binding
from flowql.plan.bind.duration import read_duration
from flowql.plan.bind.nouns import noun_of
from flowql.plan.bind.time import read_time
from flowql.plan.expressions import Arithmetic, Constant, Expression, Operation
from flowql.plan.predicates import OPEN_HIGH, OPEN_LOW
from flowql.schema import Kind
from flowql.syntax import nodes
from flowql.syntax.refusal import Refusal
from flowql.values import SECOND_NS, parse_address

INTEGERS = (Kind.COUNT, Kind.PORT, Kind.PROTOCOL)
NUMBERS = (*INTEGERS, Kind.REAL)

_ZERO, _ONE = Constant(0, Kind.COUNT), Constant(1, Kind.COUNT)


@dataclass(frozen=True, slots=True)
class Operand:
    """A bound expression and where it stands; its span in parentheses is that within them."""

    expression: Expression
    span: Span

    @property
    def kind(self) -> Kind:
        """The expression's."""
        return self.expression.kind

    @property
    def is_number(self) -> bool:
        """Whether it can be added, multiplied and rounded."""
        return self.kind in NUMBERS

    @property
    def noun(self) -> str:
        """What it is, in words."""
        match self.expression:
            case Constant(kind=Kind.COUNT | Kind.REAL):
                return "a number"
            case Constant(kind=Kind.TEXT):
                return "a text"
            case _:
                return noun_of(self.kind)


def constant_as(binding: Binding, operand: Operand, kind: Kind) -> Operand:
    """A constant read as a value of `kind`, where it can be one; any other operand as it is.

    A text that stands for no such value is refused.
    """
    match operand.expression:
        case Constant(int() | float() as seconds, Kind.COUNT | Kind.REAL) if kind is Kind.DURATION:
            value: int = round(Fraction(seconds) * SECOND_NS)
        case Constant(str() as text, Kind.TEXT) if kind in (Kind.ADDRESS, Kind.TIME, Kind.DURATION):
            value = _read(binding, text, operand.span, kind)
        case _:
            return operand
    return Operand(Constant(checked_integer(value, operand.span), kind), operand.span)


def one_kind(binding: Binding, operands: Sequence[Operand], what: str) -> tuple[Expression, ...]:
    """The operands as expressions of one kind, which `what` needs; raises `Refusal`.

    Constants follow the others. Integers of several kinds become counts, beside a real number all are real.
    """
    leading = next((each for each in operands if not isinstance(each.expression, Constant)), operands[0])
    read = [constant_as(binding, each, leading.kind) for each in operands]
    kinds = {each.kind for each in read}
    if len(kinds) == 1:
        return tuple(each.expression for each in read)
    if all(each.is_number for each in read):
        convert = as_real if Kind.REAL in kinds else _as_count
        return tuple(convert(each.expression) for each in read)
    other = next(each for each in read if each.kind is not leading.kind)
    names = (
        f"{binding.source(leading.span)} is {leading.noun} and {binding.source(other.span)} is {other.noun}"
    )
    raise Refusal("mixed-kinds", f"{what} needs values of one kind, but {names}", other.span)


def as_real(expression: Expression) -> Expression:
    """A number as a real one."""
    if expression.kind is Kind.REAL:
        return expression
    if isinstance(expression, Constant) and isinstance(expression.value, int):
        return Constant(float(expression.value), Kind.REAL)
    return Arithmetic(Operation.DIVIDE, expression, _ONE, Kind.REAL)


def checked_integer(value: int, span: Span) -> int:
    """An integer constant, which fits 64 bits; raises `Refusal`."""
    if OPEN_LOW <= value <= OPEN_HIGH:
        return value
    raise Refusal("out-of-domain", f"numbers have at most 64 bits, found {value}", span)


def _as_count(expression: Expression) -> Expression:
    if expression.kind is Kind.COUNT:
        return expression
    return Arithmetic(Operation.ADD, expression, _ZERO, Kind.COUNT)


def _read(binding: Binding, text: str, span: Span, kind: Kind) -> int:
    match kind:
        case Kind.ADDRESS:
            value = parse_address(text)
            expected = "an address"
        case Kind.DURATION:
            value = read_duration(text)
            expected = "a duration such as 90s, 10m or 1h30m"
        case _:
            return read_time(binding, nodes.Literal(text, span, quoted=True), "a comparison").first
    if value is None:
        raise Refusal(f"bad-{kind.value}", f'expected {expected} here, found "{text}"', span)
    return value
