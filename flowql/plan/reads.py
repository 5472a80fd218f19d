"""What the parts of a plan read: the fields of a predicate, the columns of an expression and of stages.

Owns the walk over predicates and expressions for their names, and the one from the last stage down to what a
chain of stages needs of its input. Changes nothing.
"""

from collections.abc import Sequence

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
from flowql.plan.leaves import fields_of, leaves_of
from flowql.plan.logical import (
    Aggregate,
    Compute,
    Dedup,
    Extend,
    Facets,
    Filter,
    Head,
    Key,
    Lookup,
    Measure,
    Node,
    Project,
    Rename,
    Scan,
    Select,
    Sort,
    Tail,
    Timechart,
    Top,
)
from flowql.plan.predicates import OnTopics, Predicate

_START = "start"
BY_START = ("first", "last")
"""The measures that go by the start of rows."""


def names_of_predicate(predicate: Predicate) -> frozenset[str]:
    """The names of the fields that the predicate looks at."""
    names = frozenset(field.name for field in fields_of(predicate))
    return names | {"topic"} if any(isinstance(leaf, OnTopics) for leaf in leaves_of(predicate)) else names


def names_of_expression(expression: Expression) -> frozenset[str]:
    """The names of the columns that the expression reads."""
    match expression:
        case Read(column):
            return frozenset({column.name})
        case Constant():
            return frozenset()
        case Arithmetic(left=left, right=right) | Compared(left=left, right=right):
            return names_of_expression(left) | names_of_expression(right)
        case Choice(predicate, then, otherwise):
            return names_of_predicate(predicate) | names_of_expression(then) | names_of_expression(otherwise)
        case Coalesce(items) | Concat(items):
            return frozenset().union(*map(names_of_expression, items))
        case Round(item=item) | Lower(item) | Prefixed(item=item) | Bucketed(item=item):
            return names_of_expression(item)
        case _:
            raise AssertionError(expression)


def names_of_groups(keys: Sequence[Key], measures: Sequence[Measure]) -> frozenset[str]:
    """The names of the columns that groups are made of."""
    found = set[str]()
    for column in (*(key.column for key in keys), *(m.argument for m in measures if m.argument)):
        found |= set(column.sides or (column.name,))
    for measure in measures:
        if measure.condition:
            found |= names_of_predicate(measure.condition)
        if measure.function in BY_START:
            found.add(_START)
    return frozenset(found)


def needed_names(stages: Sequence[Node], wanted: frozenset[str]) -> frozenset[str]:
    """The names of the input's columns that the stages need, for `wanted` ones of the last stage's."""
    for stage in reversed(stages):
        wanted = _needed(stage, wanted)
    return wanted


def needs_identity(stages: Sequence[Node]) -> bool:
    """Whether the first groups that the stages make tell rows of one start apart by their identity."""
    for stage in stages:
        match stage:
            case Aggregate(measures=measures) | Timechart(measures=measures):
                return any(measure.function in BY_START for measure in measures)
            case Top() | Facets() | Select():
                return False
            case _:
                continue
    return False


def _needed(stage: Node, wanted: frozenset[str]) -> frozenset[str]:
    match stage:
        case Project(_, columns):
            return frozenset(column.name for column in columns)
        case Rename(_, renamed):
            names = {new.name: old.name for old, new in renamed}
            return frozenset(names.get(name, name) for name in wanted)
        case Extend(_, computed):
            for each in reversed(computed):
                wanted = (wanted - {each.output.name}) | names_of_expression(each.expression)
            return wanted
        case Filter(_, predicate):
            return wanted | names_of_predicate(predicate)
        case Sort(_, keys):
            return wanted | {key.column.name for key in keys}
        case Dedup(_, columns):
            return wanted | {column.name for column in columns}
        case Head() | Tail():
            return wanted
        case Lookup(_, _, on, added):
            return (wanted - {column.name for column in added}) | {on.name}
        case Aggregate(_, group_keys, measures):
            return names_of_groups(group_keys, measures)
        case Top(_, _, key, measure):
            return names_of_groups((key,), (measure,))
        case Timechart(_, time, group_keys, measures):
            return names_of_groups((time, *group_keys), measures)
        case Facets() | Select():
            return frozenset(column.name for column in stage.input.columns)
        case Scan() | Compute():
            raise AssertionError(f"no stage: {stage}")
        case _:
            raise AssertionError(stage)
