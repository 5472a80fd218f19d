"""Stages: what happens to the rows behind each bar.

Owns the nodes of the stages, their defaults, and the names of the functions. Whether a column exists, and
what a measure computes, is the binder's.
"""

from difflib import get_close_matches
from typing import Any

from lark import Token

from flowql.syntax.later import later_function
from flowql.syntax.nodes import (
    Aggregate,
    CountStage,
    FieldsStage,
    HeadStage,
    Name,
    SortKey,
    SortStage,
    StatsStage,
    TopStage,
)
from flowql.syntax.refusal import Refusal, replace
from flowql.syntax.spans import span_between, token_span

ROW_COUNT_DEFAULT = 10
"""How many rows `head` and `top` keep when no number is given."""

FUNCTIONS = ("count", "sum", "min", "max", "avg", "dc")
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
        ),
        "dc",
    ),
    "total": "sum",
}


class StageRules:
    """The grammar's rules of the section "stages"."""

    def count(self, children: list[Token]) -> CountStage:
        """`| count`."""
        return CountStage(token_span(children[1]))

    def head(self, children: list[Token]) -> HeadStage:
        """`| head 20`."""
        return HeadStage(_row_count(children), span_between(children[1], children[-1]))

    def sort(self, children: list[Any]) -> SortStage:
        """`| sort -bytes, srcaddr`."""
        keys = tuple(child for child in children if isinstance(child, SortKey))
        return SortStage(keys, span_between(children[1], children[-1]))

    def sort_key(self, children: list[Any]) -> SortKey:
        """`-bytes`, `bytes`, `bytes desc`."""
        (column,) = _names(children)
        orders = {child.type for child in children if isinstance(child, Token)}
        span = span_between(children[0], children[-1])
        if orders == {"DESCENDING", "ASC"}:
            message = "- sorts downwards and asc upwards: expected one of them"
            raise Refusal(
                "sort-order", message, span, replace(span, column.text), replace(span, f"-{column.text}")
            )
        return SortKey(column, bool(orders - {"ASC"}), span)

    def fields(self, children: list[Any]) -> FieldsStage:
        """`| fields start, srcaddr`."""
        return FieldsStage(_names(children), span_between(children[1], children[-1]))

    def top(self, children: list[Any]) -> TopStage:
        """`| top 10 srcaddr by sum(bytes)`."""
        key, *measure = (child for child in children if not isinstance(child, Token))
        span = span_between(children[1], children[-1])
        return TopStage(_row_count(children), key, measure[0] if measure else None, span)

    def stats(self, children: list[Any]) -> StatsStage:
        """`| stats count() as n, sum(bytes) by srcaddr`."""
        aggregates = tuple(child for child in children if isinstance(child, Aggregate))
        keys: tuple[Name, ...] = children[-1] if isinstance(children[-1], tuple) else ()
        return StatsStage(aggregates, keys, span_between(children[1], keys[-1] if keys else aggregates[-1]))

    def keys(self, children: list[Any]) -> tuple[Name, ...]:
        """`by srcaddr, dstaddr`."""
        return _names(children)

    def aggregate(self, children: list[Any]) -> Aggregate:
        """`count() as n`; without parentheses only `count`."""
        call = children[0]
        if isinstance(call, Name):
            call = _bare_count(call)
        alias = children[2] if len(children) > 1 else None
        return Aggregate(call.function, call.argument, alias, span_between(call, children[-1]))

    def call(self, children: list[Any]) -> Aggregate:
        """`sum(bytes)`."""
        function = _function(children[0])
        argument = children[2] if isinstance(children[2], Name) else None
        span = span_between(children[0], children[-1])
        if argument is None and function.text != "count":
            message = f"{function.text} needs a field: {function.text}(bytes)"
            raise Refusal("missing-argument", message, span, replace(span, f"{function.text}(bytes)"))
        return Aggregate(function, argument, None, span)


def _names(children: list[Any]) -> tuple[Name, ...]:
    return tuple(child for child in children if isinstance(child, Name))


def _row_count(children: list[Any]) -> int:
    for child in children:
        if isinstance(child, Token) and child.type == "INTEGER":
            return int(child.value.replace("_", ""))
    return ROW_COUNT_DEFAULT


def _bare_count(name: Name) -> Aggregate:
    if name.text.lower() == "count":
        return Aggregate(Name("count", name.span), None, None, name.span)
    known = name.text.lower() in FUNCTIONS
    message = f'an aggregate is written with parentheses, as in sum(bytes); found "{name.text}"'
    fixes = (replace(name.span, f"{name.text}(bytes)"),) if known else ()
    raise Refusal("aggregate-form", message, name.span, *fixes)


def _function(name: Name) -> Name:
    """The function's name in lower case, or its refusal with the nearest one."""
    text = name.text.lower()
    if text in FUNCTIONS:
        return Name(text, name.span)
    later_function(text, name.span)
    near = [_OTHER_NAMES[text]] if text in _OTHER_NAMES else get_close_matches(text, FUNCTIONS, n=1)
    fixes = [replace(name.span, each) for each in near]
    details = (f"the aggregates are {', '.join(FUNCTIONS)}",)
    raise Refusal("unknown-function", f'unknown aggregate "{name.text}"', name.span, *fixes, details=details)
