"""Bound expressions as terms of SQL.

Owns the form of each operation and its outcome's type, which is that of the expression's kind everywhere, so
that integers stay 64 bits wide and a sum that passes them ends the query in DuckDB.
"""

from collections.abc import Callable

from sqlglot import exp

from flowql.plan.expressions import (
    Arithmetic,
    Bucketed,
    Choice,
    Coalesce,
    Compared,
    Concat,
    Constant,
    Expression,
    Lower,
    Operation,
    Prefixed,
    Read,
    Round,
)
from flowql.plan.sql import terms
from flowql.plan.sql.conditions import Conditions, compared
from flowql.plan.sql.functions import SQL_TYPES, Divided, NetworkOf, Rounded, Scaled, Shown, StartOf, Work
from flowql.plan.sql.terms import Term, call, cast, named
from flowql.schema import Kind
from flowql.values import SECOND_NS

_OPERATORS: dict[Operation, type[exp.Binary]] = {
    Operation.ADD: exp.Add,
    Operation.SUBTRACT: exp.Sub,
    Operation.MULTIPLY: exp.Mul,
    Operation.MODULO: exp.Mod,
}


class Values:
    """What turns expressions into terms; `function` notes the functions that they call."""

    def __init__(self, function: Callable[[Work], str], conditions: Conditions) -> None:
        self._function = function
        self._conditions = conditions

    def of(self, expression: Expression) -> Term:
        """The term; NULL where the expression's outcome is missing."""
        match expression:
            case Read(column):
                return named(column.name)
            case Constant(value, kind):
                return terms.constant(value, kind)
            case Arithmetic():
                return self._arithmetic(expression)
            case Compared(relation, left, right):
                sides = self._alike(left, right)
                return cast(exp.Paren(this=compared(relation, *sides, left.kind)), "BIGINT")
            case Choice(predicate, then, otherwise):
                condition = terms.or_false(self._conditions.of(predicate))
                branch = exp.If(this=condition, true=self._as(then, expression.kind))
                return exp.Case(ifs=[branch], default=self._as(otherwise, expression.kind))
            case Coalesce(items):
                first, *others = (self._as(item, expression.kind) for item in items)
                return exp.Coalesce(this=first, expressions=others)
            case Round():
                return self._round(expression)
            case Concat(items):
                return _joined([self.shown(self.of(item), item.kind) for item in items])
            case Lower(item):
                return terms.lowered(self.of(item))
            case Prefixed(item, prefix):
                return call(self._function(NetworkOf(prefix)), self.of(item))
            case Bucketed(item, bucket):
                return call(self._function(StartOf(bucket)), self.of(item))
            case _:
                raise AssertionError(expression)

    def shown(self, value: Term, kind: Kind) -> Term:
        """A value's text as in a table."""
        match kind:
            case Kind.TEXT:
                return value
            case Kind.PORT | Kind.PROTOCOL | Kind.COUNT:
                return cast(value, "VARCHAR")
            case _:
                return call(self._function(Shown(kind)), value)

    def _as(self, expression: Expression, kind: Kind) -> Term:
        """The term in the type of a kind."""
        value = self.of(expression)
        return value if SQL_TYPES[expression.kind] == SQL_TYPES[kind] else cast(value, SQL_TYPES[kind])

    def _alike(self, left: Expression, right: Expression) -> tuple[Term, Term]:
        """Two values in one type: integers beside a real are reals."""
        kind = Kind.REAL if Kind.REAL in (left.kind, right.kind) else left.kind
        return self._as(left, kind), self._as(right, kind)

    def _arithmetic(self, expression: Arithmetic) -> Term:
        left, right = expression.left, expression.right
        if expression.operation is Operation.DIVIDE:
            return self._quotient(expression)
        if expression.kind is Kind.REAL:
            return terms.finite(self._reals(expression))
        if Kind.REAL in (left.kind, right.kind):
            assert expression.operation is Operation.MULTIPLY, "a duration is only scaled by a real"
            whole, factor = (right, left) if left.kind is Kind.REAL else (left, right)
            return call(self._function(Scaled(divides=False)), self.of(whole), self.of(factor))
        return self._binary(expression.operation, self.of(left), self.of(right))

    def _binary(self, operation: Operation, left: Term, right: Term) -> Term:
        divisor = _not_zero(right) if operation is Operation.MODULO else right
        return exp.Paren(this=_OPERATORS[operation](this=left, expression=divisor))

    def _quotient(self, expression: Arithmetic) -> Term:
        left, right = expression.left, expression.right
        if expression.kind is Kind.DURATION:
            if right.kind is not Kind.REAL:
                return call(self._function(Divided()), self.of(left), self.of(right))
            return call(self._function(Scaled(divides=True)), self.of(left), self.of(right))
        return terms.finite(self._reals(expression))

    def _reals(self, expression: Arithmetic) -> Term:
        """Arithmetic of reals that may pass a double on its way: what does so does in the end, too.

        Looked at there alone, and in divisors, which could hide it, so that a long chain is not written twice
        for each of its signs.
        """
        left, right = expression.left, expression.right
        if expression.operation is Operation.MODULO:
            return self._binary(expression.operation, self._part(left), self._real(right))
        if expression.operation is not Operation.DIVIDE:
            return self._binary(expression.operation, self._part(left), self._part(right))
        divisor = self._real(right)
        if right.kind is Kind.DURATION and left.kind is not Kind.DURATION:
            divisor = exp.Paren(this=_divided(divisor, terms.real(float(SECOND_NS))))
        return exp.Paren(this=_divided(self._part(left), divisor))

    def _part(self, expression: Expression) -> Term:
        if isinstance(expression, Arithmetic) and expression.kind is Kind.REAL:
            return self._reals(expression)
        return self._real(expression)

    def _real(self, expression: Expression) -> Term:
        return self._as(expression, Kind.REAL)

    def _round(self, expression: Round) -> Term:
        item = expression.item
        if item.kind is not Kind.REAL:
            return self._as(item, expression.kind)
        return call(self._function(Rounded(expression.digits)), self.of(item))


def _joined(texts: list[Term]) -> Term:
    joined = texts[0]
    for each in texts[1:]:
        joined = exp.DPipe(this=joined, expression=each)
    return joined


def _not_zero(divisor: Term) -> Term:
    return exp.Nullif(this=divisor, expression=exp.Literal.number(0))


def _divided(dividend: Term, divisor: Term) -> Term:
    return exp.Div(this=dividend, expression=_not_zero(divisor), typed=False, safe=False)
