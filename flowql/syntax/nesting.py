"""How deep a tree is nested: clauses, expressions and subqueries inside one another.

Owns the limit and the measuring of what was built already, such as a query that becomes a part of another.
"""

from collections.abc import Iterable
from itertools import chain

from flowql.syntax.nodes import (
    Aggregate,
    And,
    Arithmetic,
    Call,
    Clause,
    Comparison,
    EvalStage,
    Expression,
    If,
    Negative,
    Not,
    Or,
    Query,
    Relation,
    Stage,
    StatsStage,
    Subquery,
    TimechartStage,
    TopStage,
    WhereStage,
)

NESTING_MAX = 100
"""Ands, Ors, Nots, operations, calls, subqueries and needless parentheses inside one another. Recursive walks
of the tree (the binder's, the printer's) rely on it to stay below Python's recursion limit of 1,000."""


def nesting_of_query(query: Query) -> int:
    """How deep clauses and expressions are nested in a query: those of its stages are one deeper."""
    return max((nesting_of_clause(query.filter), *map(_of_stage, query.stages)))


def nesting_of_clause(clause: Clause) -> int:
    """How deep clauses are nested in a clause, those of subqueries included."""
    match clause:
        case Not(item):
            return 1 + nesting_of_clause(item)
        case And(items) | Or(items):
            return 1 + max(map(nesting_of_clause, items))
        case Comparison(value=Subquery(query)):
            return 1 + nesting_of_query(query)
        case _:
            return 0


def _of_stage(stage: Stage) -> int:
    match stage:
        case WhereStage(clause):
            return 1 + nesting_of_clause(clause)
        case EvalStage(assignments):
            return 1 + max(_of_expression(each.expression) for each in assignments)
        case StatsStage(aggregates) | TimechartStage(_, aggregates):
            return _of_conditions(aggregates)
        case TopStage(measure=Aggregate() as measure):
            return _of_conditions((measure,))
        case _:
            return 0


def _of_conditions(aggregates: Iterable[Aggregate]) -> int:
    conditions = [each.condition for each in aggregates if each.condition is not None]
    return max((1 + nesting_of_clause(condition) for condition in conditions), default=0)


def _of_expression(expression: Expression) -> int:
    match expression:
        case Negative(item):
            return 1 + _of_expression(item)
        case Arithmetic(_, left, right) | Relation(_, left, right):
            return 1 + max(_of_expression(left), _of_expression(right))
        case Call(_, arguments):
            return 1 + max(map(_of_expression, arguments), default=0)
        case If(condition, then, otherwise):
            depths = chain(map(_of_expression, (then, otherwise)), (nesting_of_clause(condition),))
            return 1 + max(depths)
        case _:
            return 0
