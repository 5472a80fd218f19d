"""Expressions: how the operands and signs of an `eval` become one tree.

Owns the names of the functions, which side of an operation comes first, and that operations are nested at
most `NESTING_MAX` deep. Whether a column exists, and what may be added to what, is the binder's.
"""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeAlias

from lark import Token

from flowql.errors import Span
from flowql.syntax.build_aggregates import is_function
from flowql.syntax.build_filter import FilterRules, Search, whole_clause
from flowql.syntax.nesting import NESTING_MAX
from flowql.syntax.nodes import (
    Arithmetic,
    Assignment,
    Call,
    Expression,
    If,
    Literal,
    Name,
    Negative,
    Number,
    Operator,
    Parameter,
    Relation,
)
from flowql.syntax.parts import Noted
from flowql.syntax.refusal import Refusal, replace
from flowql.syntax.spans import span_between, token_span

EXPRESSION_FUNCTIONS = ("coalesce", "round", "concat", "lower", "prefix", "bucket")
"""The functions of expressions, beside `if`, whose first argument is a filter."""

_OTHER_NAMES = {
    **dict.fromkeys(("ifnull", "nvl", "isnull"), "coalesce"),
    **dict.fromkeys(("tolower", "to_lower", "lcase", "lowercase", "lower_case"), "lower"),
    **dict.fromkeys(("strcat", "concat_ws", "join"), "concat"),
    **dict.fromkeys(("bin", "floor_time", "date_bin", "time_bucket", "timeslice", "span"), "bucket"),
    **dict.fromkeys(("iff", "iif"), "if"),
    **dict.fromkeys(("subnet", "network", "cidr", "mask", "ipv4_netmask_suffix"), "prefix"),
}
_OPERATORS = {**{operator.value: operator for operator in Operator}, "==": Operator.EQUAL}


@dataclass(frozen=True, slots=True)
class Operand:
    """An expression with what a parent must know of it: outer span, nesting, mixed Ors of its conditions."""

    expression: Expression
    span: Span
    nesting: int = 0
    mixed_or: tuple[Span, ...] = ()
    is_grouped: bool = False
    """Whether it stands in parentheses."""


Part: TypeAlias = Operand | Name | Number | Literal | Parameter


class ExpressionRules:
    """The grammar's rules of the section "expressions"."""

    either = FilterRules.alternatives
    both = FilterRules.sequence

    def NUMBER(self, token: Token) -> Number:  # noqa: N802 - lark calls a terminal's method by its name
        """`8`, `10MB`, `5m`."""
        return Number(token.value, token_span(token))

    def assignment(self, children: list[Any]) -> Noted:
        """`kb = bytes / 1024`."""
        name, sign = children[0], children[1]
        if sign != "=":
            message = f"a column is computed with =, as in {name.text} = ..., found {sign}"
            raise Refusal("assignment-form", message, token_span(sign), replace(token_span(sign), "="))
        operand = as_operand(children[2])
        span = span_between(name, operand)
        return Noted(Assignment(name, operand.expression, span), operand.mixed_or)

    def relation(self, children: list[Any]) -> Operand:
        """`a > b`."""
        left, sign, right = as_operand(children[0]), children[1], as_operand(children[2])
        span = span_between(left, right)
        relation = Relation(_OPERATORS[sign.value], left.expression, right.expression, span)
        return _over(relation, span, left, right)

    def sum(self, children: list[Any]) -> Part:
        """`a + b - c`, which is `(a + b) - c`."""
        whole: Part = children[0]
        for sign, part in zip(children[1::2], children[2::2], strict=True):
            left, right = as_operand(whole), as_operand(part)
            span = span_between(left, right)
            whole = _over(Arithmetic(str(sign), left.expression, right.expression, span), span, left, right)
        return whole

    product = sum  # noqa: A003 - the rule of the grammar

    def negative(self, children: list[Any]) -> Operand:
        """`-a`."""
        item = as_operand(children[1])
        span = span_between(children[0], item)
        return _over(Negative(item.expression, span), span, item)

    def grouped(self, children: list[Any]) -> Operand:
        """`(a + b)`."""
        inner = as_operand(children[1])
        is_operation = isinstance(inner.expression, Arithmetic | Relation | Negative)
        is_needless = inner.is_grouped or not is_operation  # an operation has counted itself
        span = span_between(children[0], children[2])
        nesting = inner.nesting + is_needless
        return _checked(Operand(inner.expression, span, nesting, inner.mixed_or, is_grouped=True))

    def function(self, children: list[Any]) -> Operand:
        """`round(x, 2)`; whether there is such a function is seen where it stands."""
        arguments = [as_operand(child) for child in children[2:-1] if not isinstance(child, Token)]
        span = span_between(children[0], children[-1])
        name = Name(children[0].text.lower(), children[0].span)
        return _over(Call(name, tuple(each.expression for each in arguments), span), span, *arguments)

    def known_function(self, children: list[Operand]) -> Operand:
        """A function where an expression stands."""
        call = children[0].expression
        assert isinstance(call, Call), "the rule function makes a call"
        if call.function.text not in EXPRESSION_FUNCTIONS:
            raise _unknown(call.function)
        return children[0]

    def choice_of_two(self, children: list[Any]) -> Operand:
        """`if(FILTER, a, b)`."""
        return _choice(children[2], as_operand(children[4]), as_operand(children[6]), children)


def as_operand(part: Part) -> Operand:
    """A part of an expression, operations and columns alike."""
    return part if isinstance(part, Operand) else Operand(part, part.span)


def _choice(condition: Search, then: Operand, otherwise: Operand, children: list[Any]) -> Operand:
    span = span_between(children[0], children[-1])
    part = whole_clause(condition)
    nesting = 1 + max(part.nesting, then.nesting, otherwise.nesting)
    choice = If(part.clause, then.expression, otherwise.expression, span)
    return _checked(
        Operand(choice, span, nesting, (*part.mixed_or, *then.mixed_or, *otherwise.mixed_or)),
    )


def _over(expression: Expression, span: Span, *operands: Operand) -> Operand:
    """An operation over its operands: one deeper than the deepest."""
    nesting = 1 + max((each.nesting for each in operands), default=0)
    mixed_or = tuple(place for each in operands for place in each.mixed_or)
    return _checked(Operand(expression, span, nesting, mixed_or))


def _checked(operand: Operand) -> Operand:
    if operand.nesting <= NESTING_MAX:
        return operand
    message = f"operations are nested more than {NESTING_MAX} deep (limit: nesting_max)"
    raise Refusal("nesting-too-deep", message, operand.span)


def _unknown(name: Name) -> Refusal:
    """The refusal of a function that expressions do not have, with the nearest one."""
    if is_function(name.text):
        message = (
            f"{name.text} computes a value of many rows: it stands in stats, eval computes one for each row"
        )
        return Refusal("aggregate-in-eval", message, name.span)
    near = _OTHER_NAMES.get(name.text)
    names = [near] if near else get_close_matches(name.text, (*EXPRESSION_FUNCTIONS, "if"), n=1)
    details = (f"the functions are if, {', '.join(EXPRESSION_FUNCTIONS)}",)
    fixes = [replace(name.span, each) for each in names]
    return Refusal("unknown-function", f'unknown function "{name.text}"', name.span, *fixes, details=details)
