"""Clauses on columns that are arithmetic of a record's counts, as clauses on the arithmetic itself.

Owns which clauses and which expressions a search can answer by working them out.
"""

from collections.abc import Mapping
from dataclasses import replace

from flowql.plan.expressions import Arithmetic, Constant, Expression, Read
from flowql.plan.leaves import fields_of, leaves_of, rewrite_leaves
from flowql.plan.logical import Extend
from flowql.plan.predicates import Exists, InIntervals, InRanges, Leaf, OnComputed, Predicate
from flowql.schema import Kind

_NUMBERS = (Kind.COUNT, Kind.REAL)


def through_arithmetic(item: Predicate, extend: Extend) -> Predicate | None:
    """A clause on the outcome of an Extend as one on its input; None where the search cannot work it out.

    before: r in (1000..]  over Extend r = bytes / packets
    after:  (bytes / packets) in (1000..]
    """
    made = expressions_of(extend)
    if not all(_is_answered(leaf, made) for leaf in leaves_of(item)):
        return None
    return rewrite_leaves(item, lambda leaf: _on_input(leaf, made))


def expressions_of(extend: Extend) -> dict[str, Expression]:
    """What an Extend makes, by name, as expressions of its input alone."""
    made: dict[str, Expression] = {}
    for each in extend.computed:
        made[each.output.name] = _substituted(each.expression, made)
    return made


def _is_answered(leaf: Leaf, made: Mapping[str, Expression]) -> bool:
    """Whether the leaf reads no computed column, or numbers that can be worked out."""
    if not any(field.name in made for field in fields_of(leaf)):
        return True
    match leaf:
        case OnComputed(expression):
            return is_arithmetic(_substituted(expression, made))
        case Exists(field) | InRanges(field) | InIntervals(field):
            return is_arithmetic(made[field.name])
        case _:
            return False


def _on_input(leaf: Leaf, made: Mapping[str, Expression]) -> Predicate:
    match leaf:
        case OnComputed(expression, inner):
            return OnComputed(_substituted(expression, made), inner)
        case Exists(field) | InRanges(field) | InIntervals(field) if field.name in made:
            return OnComputed(made[field.name], leaf)
        case _:
            return leaf


def _substituted(expression: Expression, made: Mapping[str, Expression]) -> Expression:
    """The expression with what computed columns are made of in their place."""
    match expression:
        case Read(column):
            return made.get(column.name, expression)
        case Arithmetic(_, left, right):
            return replace(expression, left=_substituted(left, made), right=_substituted(right, made))
        case _:
            return expression


def is_arithmetic(expression: Expression) -> bool:
    """Whether it is made of stored counts and constants by arithmetic of numbers."""
    match expression:
        case Read(column):
            return column.kind is Kind.COUNT and not column.is_virtual
        case Constant(value, kind):
            return kind in _NUMBERS and value is not None
        case Arithmetic(_, left, right, kind):
            return kind in _NUMBERS and is_arithmetic(left) and is_arithmetic(right)
        case _:
            return False
