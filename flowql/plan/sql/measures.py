"""Measures as aggregates of SQL.

Owns the exactness of each: sums of integers are made in 128 bits and must fit into 64 at the end, means are
rounded once, percentiles have a decimal fraction, by which DuckDB finds the nearest rank in integers.
"""

from collections.abc import Callable

from sqlglot import exp

from flowql.plan.logical import Column, Measure
from flowql.plan.sql import terms
from flowql.plan.sql.conditions import Conditions
from flowql.plan.sql.functions import SUM_TYPE, Joined, Mean, Work
from flowql.plan.sql.terms import Term, call, cast, integer, named
from flowql.schema import Kind

START = "start"


class Measures:
    """What turns measures into terms over the rows of a group."""

    def __init__(self, function: Callable[[Work], str], conditions: Conditions) -> None:
        self._function = function
        self._conditions = conditions

    def of(self, measure: Measure, argument: Column | None, place: Column | None, only: list[Term]) -> Term:
        """The aggregate of a measure; `argument` is where its values stand, `place` the rows' places.

        Rows for which not all of `only` hold are left aside.
        """
        if measure.condition is not None:
            only = [*only, self._conditions.of(measure.condition)]
        if argument is None:
            return _of_some(exp.Count(this=exp.Star()), only)
        value = named(argument.name)
        match measure.function:
            case "count":
                return _of_some(exp.Count(this=value), only)
            case "dc":
                return _of_some(exp.Count(this=exp.Distinct(expressions=[value])), only)
            case "sum" if argument.kind is Kind.REAL:
                return terms.finite(_of_some(call("FSUM", value), only))
            case "sum":
                return cast(_of_some(exp.Sum(this=value), only), "BIGINT")
            case "avg":
                return self._mean(measure, argument, only)
            case "min" | "max":
                return _extreme(measure.function, argument, only)
            case "first" | "last":
                assert place is not None, "rows that have a first one have places"
                return _outermost(measure.function, argument, place, only)
            case "values":
                return self._values(argument, only)
            case _ if measure.percent is not None:
                # A decimal, not a double: 0.29 of 100 values is the 29th.
                fraction = exp.Literal.number(f"{measure.percent // 100}.{measure.percent % 100:02}")
                return _of_some(call("QUANTILE_DISC", value, fraction), only)
            case _:
                raise AssertionError(measure)

    def _mean(self, measure: Measure, argument: Column, only: list[Term]) -> Term:
        count = _of_some(exp.Count(this=named(argument.name)), only)
        if argument.kind is Kind.REAL:
            total = _of_some(call("FSUM", named(argument.name)), only)
            return terms.finite(exp.Div(this=total, expression=exp.Nullif(this=count, expression=integer(0))))
        total = cast(_of_some(exp.Sum(this=named(argument.name)), only), SUM_TYPE)
        return call(self._function(Mean(measure.output.kind)), total, count)

    def _values(self, argument: Column, only: list[Term]) -> Term:
        present = exp.Not(this=exp.Is(this=named(argument.name), expression=exp.null()))
        values = call("ARRAY_AGG", exp.Distinct(expressions=[named(argument.name)]))
        return call(self._function(Joined(argument.kind)), _of_some(values, [*only, present]))


def _of_some(aggregate: Term, only: list[Term]) -> Term:
    if not only:
        return aggregate
    return exp.Filter(this=aggregate, expression=exp.Where(this=terms.all_of(only)))


def _extreme(function: str, argument: Column, only: list[Term]) -> Term:
    value = named(argument.name)
    if argument.kind is not Kind.TEXT:
        return _of_some(call(function.upper(), value), only)
    rank = call("ROW", terms.lowered(value), value.copy())
    present = exp.Not(this=exp.Is(this=value.copy(), expression=exp.null()))
    return _of_some(call(f"ARG_{function.upper()}", value.copy(), rank), [*only, present])


def _outermost(function: str, argument: Column, place: Column, only: list[Term]) -> Term:
    """The order of results is the newest first, so that the first of all has the greatest place."""
    rank = call("ROW", named(START), exp.Neg(this=named(place.name)))
    present = [
        exp.Not(this=exp.Is(this=named(name), expression=exp.null())) for name in (argument.name, START)
    ]
    aggregate = call("ARG_MIN" if function == "first" else "ARG_MAX", named(argument.name), rank)
    return _of_some(aggregate, [*only, *present])
