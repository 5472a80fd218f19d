"""The search part of a whole query as a condition on records.

Owns what only records are asked: their topics, the exact quotients of their computed fields. All other
predicates read as they do in a stage.
"""

from sqlglot import exp

from flowql.plan.predicates import Compares, InIntervals, OnTopics, Predicate
from flowql.plan.sql import quotients, terms
from flowql.plan.sql.conditions import Conditions
from flowql.plan.sql.quotients import QUOTIENTS
from flowql.plan.sql.records import TOPIC
from flowql.plan.sql.terms import Term, named, text


class SearchConditions(Conditions):
    """What turns predicates on records into conditions on the columns of `records`."""

    def of(self, predicate: Predicate) -> Term:
        """The condition: true where the predicate is, else false or unknown."""
        match predicate:
            case OnTopics(topics):
                return exp.In(this=named(TOPIC), expressions=[text(str(topic)) for topic in topics])
            case InIntervals(field, intervals) if field.is_virtual:
                held = (quotients.in_interval(QUOTIENTS[field.name], each) for each in intervals)
                return exp.Paren(this=terms.any_of(held))
            case Compares(field, relation, other) if field.is_virtual and field.name in QUOTIENTS:
                return quotients.compared(QUOTIENTS[field.name], relation, QUOTIENTS[other.name])
            case _:
                return super().of(predicate)
