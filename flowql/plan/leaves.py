"""Predicates wherever they stand in a plan: walking their leaves, and putting others in their place.

Owns where predicates stand: filters, conditions of measures, choices of expressions. Knows nothing of what
leaves mean; the names that are read are told by `reads`.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

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
    Prefixed,
    Read,
    Round,
)
from flowql.plan.logical import Aggregate, Column, Computed, Extend, Filter, Measure, Node, Timechart, Top
from flowql.plan.predicates import (
    And,
    Compares,
    Everything,
    Leaf,
    Not,
    Nothing,
    OnComputed,
    OnTopics,
    Or,
    Predicate,
    all_of,
    any_of,
    negation,
)
from flowql.schema import Field

AnyNode = TypeVar("AnyNode", bound=Node)


def rewrite_leaves(predicate: Predicate, rewrite: Callable[[Leaf], Predicate]) -> Predicate:
    """The predicate with every leaf rewritten."""
    match predicate:
        case Everything() | Nothing():
            return predicate
        case Not(item):
            return negation(rewrite_leaves(item, rewrite))
        case And(items):
            return all_of([rewrite_leaves(item, rewrite) for item in items])
        case Or(items):
            return any_of([rewrite_leaves(item, rewrite) for item in items])
        case _:
            return rewrite(predicate)


def leaves_of(predicate: Predicate) -> Iterator[Leaf]:
    """Every leaf of a predicate."""
    match predicate:
        case Everything() | Nothing():
            return
        case Not(item):
            yield from leaves_of(item)
        case And(items) | Or(items):
            for each in items:
                yield from leaves_of(each)
        case _:
            yield predicate


def fields_of(predicate: Predicate) -> tuple[Field, ...]:
    """The fields that a predicate looks at, in the order of its text; those of a subquery are its own."""
    fields: list[Field] = []
    for leaf in leaves_of(predicate):
        match leaf:
            case OnTopics():
                continue
            case OnComputed(expression):
                fields += [Field(column.name, column.kind) for column in columns_read(expression)]
            case Compares(field, _, other):
                fields += [field, other]
            case _:
                fields.append(leaf.field)
    return tuple(dict.fromkeys(fields))


def columns_read(expression: Expression) -> Iterator[Column]:
    """The columns that arithmetic of numbers reads."""
    match expression:
        case Read(column):
            yield column
        case Arithmetic(_, left, right):
            yield from columns_read(left)
            yield from columns_read(right)
        case _:
            return


def rewrite_fields(predicate: Predicate, rewrite: Callable[[Field], Field]) -> Predicate:
    """The predicate with other fields in the place of those that it looks at."""

    def rewritten(leaf: Leaf) -> Predicate:
        match leaf:
            case OnTopics() | OnComputed():
                return leaf  # the latter reads stored fields only, under their own names
            case Compares(field, relation, other):
                return Compares(rewrite(field), relation, rewrite(other))
            case _:
                return replace(leaf, field=rewrite(leaf.field))

    return rewrite_leaves(predicate, rewritten)


def with_predicates(node: AnyNode, rewrite: Callable[[Predicate], Predicate]) -> AnyNode:
    """The node with every predicate in it rewritten."""
    match node:
        case Filter(_, predicate):
            return replace(node, predicate=rewrite(predicate))
        case Extend(_, computed):
            expressions = [_with_choices(each.expression, rewrite) for each in computed]
            pairs = zip(computed, expressions, strict=True)
            return replace(node, computed=tuple(Computed(each.output, made) for each, made in pairs))
        case Aggregate(_, _, measures) | Timechart(_, _, _, measures):
            return replace(node, measures=tuple(_with_condition(each, rewrite) for each in measures))
        case Top(_, _, _, measure):
            return replace(node, measure=_with_condition(measure, rewrite))
        case _:
            return node


def _with_condition(measure: Measure, rewrite: Callable[[Predicate], Predicate]) -> Measure:
    if measure.condition is None:
        return measure
    condition = rewrite(measure.condition)
    return replace(measure, condition=None if condition == Everything() else condition)


def _with_choices(expression: Expression, rewrite: Callable[[Predicate], Predicate]) -> Expression:
    def within(part: Expression) -> Expression:
        return _with_choices(part, rewrite)

    match expression:
        case Read() | Constant():
            return expression
        case Choice(predicate, then, otherwise):
            return Choice(rewrite(predicate), within(then), within(otherwise))
        case Arithmetic(_, left, right) | Compared(_, left, right):
            return replace(expression, left=within(left), right=within(right))
        case Coalesce(items) | Concat(items):
            return replace(expression, items=tuple(map(within, items)))
        case Round(item) | Lower(item) | Prefixed(item) | Bucketed(item):
            return replace(expression, item=within(item))
        case _:
            raise AssertionError(f"no such expression: {expression}")
