"""Aggregates and keys: what the stages that group rows compute, and by what.

Owns the nodes of these stages and the names of the aggregates. Whether a column exists, and whether an
address has a prefix of that length, is the binder's.
"""

import re
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from lark import Token

from flowql.errors import Span
from flowql.syntax import refusal
from flowql.syntax.build_filter import whole_clause
from flowql.syntax.nodes import (
    Aggregate,
    Clause,
    Key,
    Literal,
    Name,
    StatsStage,
    TimechartStage,
    TopStage,
)
from flowql.syntax.parts import Noted, noted, row_count_in
from flowql.syntax.refusal import Refusal
from flowql.syntax.spans import span_between

FUNCTIONS = ("count", "sum", "avg", "min", "max", "dc", "first", "last", "values")
"""The aggregates that are words; beside them `p1` to `p99` are percentiles."""
PERCENTILES = ("p50", "p90", "p95", "p99")
"""The percentiles that are proposed."""

_PERCENTILE = re.compile(r"p[1-9][0-9]?", re.ASCII)
_OTHER_PERCENTILE = re.compile(
    r"(?:p|perc|percentile|pct|quantile|exactperc|upperperc)_?([1-9][0-9]?)(?:th)?", re.ASCII
)
_CONDITIONAL = re.compile(r"(?P<function>count|sum|avg|min|max|dc|dcount)_?(?:if|where)")
_OTHER_NAMES = {
    **dict.fromkeys(("average", "mean"), "avg"),
    **dict.fromkeys(
        (
            "dcount",
            "distinct",
            "count_distinct",
            "uniq",
            "unique",
            "cardinality",
            "count_uniq",
            "countdistinct",
            "distinct_count",
            "estdc",
        ),
        "dc",
    ),
    **dict.fromkeys(("total", "sum_bytes"), "sum"),
    **dict.fromkeys(("median", "med", "percentile", "quantile", "p"), "p50"),
    **dict.fromkeys(("earliest", "any", "take_any", "arg_min"), "first"),
    **dict.fromkeys(("latest", "arg_max"), "last"),
    **dict.fromkeys(("list", "make_set", "make_list", "uniq_values", "collect", "array_agg"), "values"),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """`if (FILTER)`."""

    clause: Clause
    span: Span
    mixed_or: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """A call, or the name of one without its parentheses, and the condition behind it."""

    called: Aggregate | Name
    condition: Condition | None
    span: Span


class AggregateRules:
    """The grammar's rules of the stages that group, in the section "stages"."""

    def top(self, children: list[Any]) -> Noted:
        """`| top 10 srcaddr by sum(bytes)`; `rare` too."""
        key = next(child for child in children if isinstance(child, Key))
        measured = _measured(children[-1]) if isinstance(children[-1], Measure) else None
        span = span_between(children[1], children[-1])
        measure = measured.node if measured else None
        stage = TopStage(row_count_in(children), key, measure, span, children[1].type == "RARE")
        return Noted(stage, measured.mixed_or if measured else ())

    def stats(self, children: list[Any]) -> Noted:
        """`| stats count() as n, sum(bytes) by srcaddr`."""
        aggregates, mixed_or = children[2]
        keys: tuple[Key, ...] = children[3] if len(children) > 3 else ()
        span = span_between(children[1], (*aggregates, *keys)[-1])
        return Noted(StatsStage(aggregates, keys, span), mixed_or)

    def timechart(self, children: list[Any]) -> Noted:
        """`| timechart 5m sum(bytes) by action`."""
        aggregates, mixed_or = children[3]
        keys: tuple[Key, ...] = children[4] if len(children) > 4 else ()
        span = span_between(children[1], (*aggregates, *keys)[-1])
        return Noted(TimechartStage(children[2], aggregates, keys, span), mixed_or)

    def aggregates(self, children: list[Any]) -> tuple[tuple[Aggregate, ...], tuple[Span, ...]]:
        """The aggregates of a stage, and the mixed Ors of their conditions."""
        return noted(children)

    def aggregate(self, children: list[Any]) -> Noted:
        """`count() if (FILTER) as n`, in either order; without parentheses only `count`."""
        measure: Measure = children[0]
        alias = children[2] if len(children) > 2 else None
        condition = children[3] if len(children) > 3 else None
        if measure.condition is not None and condition is not None:
            message = "an aggregate has one condition: join them with AND"
            raise Refusal("second-condition", message, condition.span)
        condition = measure.condition or condition
        call = measure.called if isinstance(measure.called, Aggregate) else _bare_count(measure.called)
        span = span_between(measure, children[-1])
        clause = condition.clause if condition else None
        aggregate = replace(call, alias=alias, span=span, condition=clause)
        return Noted(aggregate, condition.mixed_or if condition else ())

    def measure(self, children: list[Any]) -> Measure:
        """`sum(bytes) if (FILTER)`, `count`."""
        condition = children[1] if len(children) > 1 else None
        return Measure(children[0], condition, span_between(children[0], children[-1]))

    def condition(self, children: list[Any]) -> Condition:
        """`if (FILTER)`."""
        part = whole_clause(children[2])
        return Condition(part.clause, span_between(children[0], children[-1]), part.mixed_or)

    def call(self, children: list[Any]) -> Aggregate:
        """`sum(bytes)`."""
        argument = children[2] if isinstance(children[2], Name) else None
        span = span_between(children[0], children[-1])
        function = _function(children[0], argument, span)
        if argument is None and function.text != "count":
            message = f"{function.text} needs a field: {function.text}(bytes)"
            raise Refusal("missing-argument", message, span, refusal.replace(span, f"{function.text}(bytes)"))
        return Aggregate(function, argument, None, span)

    def keys(self, children: list[Any]) -> tuple[Key, ...]:
        """`by srcaddr, dstaddr/24, start 5m`."""
        return tuple(child for child in children if isinstance(child, Key))

    def key(self, children: list[Any]) -> Key:
        """`srcaddr`, `srcaddr/24`, `srcaddr/24/48`, `start 5m`."""
        column, *steps = children
        span = span_between(column, children[-1])
        match steps:
            case []:
                return Key(column, span)
            case [Token(type="PREFIX") as lengths]:
                first, *second = map(int, lengths[1:].split("/"))
                return Key(column, span, prefix=(first, second[0] if second else None))
            case [Literal() as duration]:
                return Key(column, span, bucket=duration)
            case _:
                raise AssertionError(f"no key: {children!r}")


def is_function(name: str) -> bool:
    """Whether an aggregate, in lower case, is one."""
    return name in FUNCTIONS or _PERCENTILE.fullmatch(name) is not None


def _measured(measure: Measure) -> Noted:
    """What a `top` is by: with a condition the name of a column is its sum, as without."""
    condition, called = measure.condition, measure.called
    if condition is None:
        return Noted(called, ())
    if isinstance(called, Name):
        is_count = called.text.lower() == "count"
        name = Name("count" if is_count else "sum", called.span)
        called = Aggregate(name, None if is_count else called, None, called.span)
    return Noted(replace(called, span=measure.span, condition=condition.clause), condition.mixed_or)


def _bare_count(name: Name) -> Aggregate:
    text = name.text.lower()
    if text == "count":
        return Aggregate(Name("count", name.span), None, None, name.span)
    message = f'an aggregate is written with parentheses, as in sum(bytes); found "{name.text}"'
    fixes = (refusal.replace(name.span, f"{name.text}(bytes)"),) if is_function(text) else ()
    raise Refusal("aggregate-form", message, name.span, *fixes)


def _function(name: Name, argument: Name | None, span: Span) -> Name:
    """The function's name in lower case, or its refusal with the nearest one."""
    text = name.text.lower()
    if is_function(text):
        return Name(text, name.span)
    conditional = _CONDITIONAL.fullmatch(text)
    if conditional and argument is not None:
        message = "a condition stands behind the aggregate: count() if (FILTER)"
        ours = f"count() if ({argument.text})"
        counted = (refusal.replace(span, ours),) if conditional["function"] == "count" else ()
        raise Refusal("condition-form", message, span, *counted)
    percentile = _OTHER_PERCENTILE.fullmatch(text)
    if percentile:
        near = [f"p{percentile[1]}"]
    elif text in _OTHER_NAMES:
        near = [_OTHER_NAMES[text]]
    else:
        near = get_close_matches(text, (*FUNCTIONS, *PERCENTILES), n=1)
    fixes = tuple(refusal.replace(name.span, each) for each in near)
    details = (f"the aggregates are {', '.join(FUNCTIONS)}, and the percentiles p1 to p99",)
    raise Refusal("unknown-function", f'unknown aggregate "{name.text}"', name.span, *fixes, details=details)
