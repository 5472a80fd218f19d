"""The value of an expression for one row: missing where a value that is needed is, or a divisor is 0."""

from collections.abc import Callable
from fractions import Fraction
from math import fmod
from typing import TypeAlias

from flowql.errors import LimitError
from flowql.plan import expressions
from flowql.plan.expressions import Expression, Operation
from flowql.plan.predicates import Predicate
from flowql.schema import Kind
from flowql.values import is_ipv4, lower_ascii
from oracle.cells import Network, Row, Value, comparable, number, printed
from oracle.clocks import bucket_start
from oracle.matching import RELATIONS

Asked: TypeAlias = Callable[[Predicate, Row], bool]
"""Whether a predicate holds for a row."""
_INTEGERS = range(-(1 << 63), 1 << 63)


def worked_out(expression: Expression, row: Row, asked: Asked) -> Value | None:
    """The expression's value; raises LimitError `integer_max` for an integer beyond 64 bits."""
    match expression:
        case expressions.Read(column):
            return row.get(column.name)
        case expressions.Constant(constant):
            return constant
        case expressions.Choice(predicate, then, otherwise):
            return worked_out(then if asked(predicate, row) else otherwise, row, asked)
        case expressions.Coalesce(items):
            values = [worked_out(item, row, asked) for item in items]
            return next((value for value in values if value is not None), None)
        case expressions.Concat(items):
            texts = [
                None if (value := worked_out(item, row, asked)) is None else printed(value, item.kind)
                for item in items
            ]
            return None if None in texts else "".join(text for text in texts if text is not None)
        case expressions.Arithmetic() | expressions.Compared():
            left = worked_out(expression.left, row, asked)
            right = worked_out(expression.right, row, asked)
            return None if left is None or right is None else _of_two(expression, left, right)
        case _:
            item = worked_out(expression.item, row, asked)
            return None if item is None else _of_one(expression, item)


def _of_one(
    expression: expressions.Round | expressions.Lower | expressions.Prefixed | expressions.Bucketed,
    value: Value,
) -> Value:
    match expression:
        case expressions.Round(_, digits):
            return _rounded(Fraction(number(value)), digits)
        case expressions.Lower():
            return lower_ascii(str(value))
        case expressions.Prefixed(_, prefix):
            return prefixed(int(number(value)), prefix)
        case expressions.Bucketed(_, bucket):
            return bucket_start(int(number(value)), bucket)
        case _:
            raise AssertionError(f"no such expression: {expression}")


def prefixed(address: int, prefix: expressions.Prefix) -> Network:
    """The network of an address."""
    length, bits = (prefix.ipv4_length, 32) if is_ipv4(address) else (prefix.ipv6_length, 128)
    return Network(address >> bits - length << bits - length, length)


def _rounded(value: Fraction, digits: int) -> int | float:
    scaled = abs(value) * 10**digits
    whole = int(scaled + Fraction(1, 2)) * (-1 if value < 0 else 1)
    return whole if digits == 0 else float(Fraction(whole, 10**digits))


def _of_two(
    expression: expressions.Arithmetic | expressions.Compared, left: Value, right: Value
) -> Value | None:
    if isinstance(expression, expressions.Compared):
        return int(RELATIONS[expression.relation](comparable(left), comparable(right)))
    a, b = number(left), number(right)
    if expression.operation in (Operation.DIVIDE, Operation.MODULO) and not b:
        return None
    if expression.kind is Kind.REAL:
        return _real(expression, float(a), float(b))
    return _whole(expression, Fraction(a), Fraction(b))


def _real(expression: expressions.Arithmetic, a: float, b: float) -> float:
    kinds = (expression.left.kind, expression.right.kind)
    match expression.operation:
        case Operation.ADD:
            return a + b
        case Operation.SUBTRACT:
            return a - b
        case Operation.MULTIPLY:
            return a * b
        case Operation.DIVIDE:
            is_rate = kinds[0] is not Kind.DURATION and kinds[1] is Kind.DURATION
            return a / (b / 1e9) if is_rate else a / b
        case Operation.MODULO:
            return fmod(a, b)


def _whole(expression: expressions.Arithmetic, a: Fraction, b: Fraction) -> int:
    """Exact; what is no integer is a duration over, or times, a number: rounded half to even."""
    match expression.operation:
        case Operation.ADD:
            outcome = a + b
        case Operation.SUBTRACT:
            outcome = a - b
        case Operation.MULTIPLY:
            outcome = a * b
        case Operation.DIVIDE:
            outcome = a / b
        case Operation.MODULO:
            outcome = abs(a) % abs(b) * (-1 if a < 0 else 1)
    whole = round(outcome)
    if whole not in _INTEGERS:
        raise LimitError("integer_max", "an integer passes 64 bits", hint="divide before multiplying")
    return whole
