"""Values that no operator takes as they stand: refused once the field and the operator before them are known.

Each method of `RefusedValues` is a rule of the grammar's section "refused", which gives an `Unfit` value; the
field clause around it raises the refusal, whose proposal is the clause in FlowQL's own form.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lark import Token

from flowql.errors import Span
from flowql.syntax.nodes import AllOf, Literal, Missing, Name, Range, Value
from flowql.syntax.refusal import Refusal, replace
from flowql.syntax.spans import span_between
from flowql.syntax.writing import written_value

_CLAUSE = re.compile(r"[^\W\d][\w.-]*:\S")


@dataclass(frozen=True, slots=True)
class Unfit:
    """A value that is refused, and how, given the field and the operator."""

    span: Span
    refusal: Callable[[Name, Token], Refusal]


class RefusedValues:
    """What may be written behind an operator, and is no value."""

    def negated_value(self, children: list[Any]) -> Unfit:
        """`f:!v`, `f:-v`, `f:NOT v`."""
        sign, value = children
        span = span_between(sign, value)
        if isinstance(value, Unfit):
            return Unfit(span, value.refusal)

        def refusal(field: Name, operator: Token) -> Refusal:
            if sign.type == "NEGATIVE" and isinstance(value, Literal) and value.text == "1":
                return _minus_one(field, operator, span)
            ours = ":" if _is_negative(operator) else "!="
            message = f"a value is not negated: expected {field.text}{ours}"
            return Refusal(
                "negated-value", message, span, replace(Span(field.span.end, value.span.start), ours)
            )

        return Unfit(span, refusal)

    def blank_values(self, children: list[Any]) -> Unfit:
        """`port:[22 80]`, `port in (22 80)`, `port:[22, 80]`."""
        values, span = _values(children), span_between(children[0], children[-1])
        match values:
            case (Literal() as low, Literal() as high) if _may_be_range(low, high):
                has_comma = any(isinstance(child, Token) and child.type == "COMMA" for child in children)
                is_bracket = children[0].type == "LEFT_BRACKET"
                return _range_or_set(Range(low, high, span), values, range_first=is_bracket and not has_comma)
            case (Literal() as low, Missing(), Literal() as high):
                return _as_range("a range is written a..b", Range(low, high, span))
            case (Range() as range_,):
                return _as_range("a range is written without brackets", range_, span)
            case (_,):
                return _as_set("missing-parentheses", "a set stands in parentheses", values, span)
            case _:
                return _as_set("missing-comma", "expected commas between the values of a set", values, span)

    def comma_interval(self, children: list[Any]) -> Unfit:
        """`bytes:[1, 2)`."""
        span = span_between(children[0], children[-1])
        opening, closing = children[0], children[-1].replace(")", "}")
        ends = f"{written_value(children[1])} TO {written_value(children[-2])}"
        ours = f"{opening.replace('(', '{')}{ends}{closing}"
        message = "the ends of a range are joined by TO"
        return Unfit(
            span, lambda _field, _operator: Refusal("range-comma", message, span, replace(span, ours))
        )

    def no_values(self, children: list[Token]) -> Unfit:
        """`port in ()`."""
        span = span_between(children[0], children[1])
        return Unfit(
            span, lambda _field, _operator: Refusal("empty-set", "a set holds at least one value", span)
        )


def value_without_set(field: Name, operator: Token, value: Value) -> Refusal:
    """`src in 10.0.0.0/8`."""
    ours = "!=" if _is_negative(operator) else ":"
    message = f"expected a set in parentheses after {operator.lower()}"
    return Refusal("missing-set", message, value.span, replace(Span(field.span.end, value.span.start), ours))


def and_of_values(field: Name, operator: str, value: AllOf) -> Refusal:
    """`dstport:(22 AND 80)`, `port in (22 AND 80)`: only a field of two sides has two values."""
    ours = f"{field.text} {operator} ({', '.join(map(written_value, value.items))})"
    if any(map(_is_clause, value.items[1:])):
        parts = [
            each.text
            if isinstance(each, Literal) and _is_clause(each)
            else f"{field.text}:{written_value(each)}"
            for each in value.items
        ]
        message = "a group holds values of one field; clauses are joined outside of it"
        return Refusal(
            "and-of-values",
            message,
            value.span,
            replace(field.span.to(value.span), f"({' AND '.join(parts)})"),
        )
    message = f"{field.text} has one value: expected OR between values, found AND"
    return Refusal("and-of-values", message, value.span, replace(field.span.to(value.span), ours))


def or_in_set(field: Name, operator: Token, values: tuple[Value, ...], span: Span) -> Refusal:
    """`port in (22 OR 80)`."""
    message = "expected commas between the values of a set, found OR"
    return Refusal(
        "missing-comma", message, span, replace(field.span.to(span), _membership(field, operator, values))
    )


def _may_be_range(low: Literal, high: Literal) -> bool:
    """Whether two values may be the ends of a range: words are none."""
    return all(text[:1].isdigit() or ":" in text or text == "*" for text in (low.text, high.text))


def _is_clause(value: Value) -> bool:
    return isinstance(value, Literal) and not value.quoted and _CLAUSE.match(value.text) is not None


def _as_range(message: str, range_: Range, span: Span | None = None) -> Unfit:
    whole = span or range_.span
    ours = written_value(range_)
    return Unfit(whole, lambda _field, _operator: Refusal("range-form", message, whole, replace(whole, ours)))


def _as_set(code: str, message: str, values: tuple[Value, ...], span: Span) -> Unfit:
    return Unfit(
        span,
        lambda field, operator: Refusal(
            code, message, span, replace(field.span.to(span), _membership(field, operator, values))
        ),
    )


def _range_or_set(ends: Range, values: tuple[Value, ...], *, range_first: bool) -> Unfit:
    def refusal(field: Name, operator: Token) -> Refusal:
        whole = field.span.to(ends.span)
        as_range = f"{'NOT ' * _is_negative(operator)}{field.text}:{written_value(ends)}"
        as_set = _membership(field, operator, values)
        readings = (as_range, as_set) if range_first else (as_set, as_range)
        details = (f"as a range: {as_range}", f"as a set: {as_set}")
        message = "this may be a range or a set"
        return Refusal(
            "range-or-set", message, ends.span, *(replace(whole, each) for each in readings), details=details
        )

    return Unfit(ends.span, refusal)


def _minus_one(field: Name, operator: Token, span: Span) -> Refusal:
    """`packets:-1`, as records of no data have it."""
    ours = ":*" if _is_negative(operator) else ":-"
    message = "-1 stands for a missing value, which is written -"
    return Refusal("negative-number", message, span, replace(Span(field.span.end, span.end), ours))


def _values(children: list[Any]) -> tuple[Value, ...]:
    return tuple(child for child in children if not isinstance(child, Token))


def _is_negative(operator: Token) -> bool:
    return operator == "!=" or operator.lower().startswith("not")


def _membership(field: Name, operator: Token, values: tuple[Value, ...]) -> str:
    word = "not in" if _is_negative(operator) else "in"
    return f"{field.text} {word} ({', '.join(map(written_value, values))})"
