"""Literals, ranges, groups and field clauses: the parts of a search that hold text.

Owns the turn from terminals to literals, which happens as each is read, and the field clauses that FlowQL
takes. The text stays text: what `10.0.0.0/8` or `22` is depends on the field, which is the binder's to know.
"""

import re
from dataclasses import dataclass
from dataclasses import replace as with_changes
from typing import Any

from lark import Token

from flowql.errors import Span
from flowql.syntax.build_endpoints import qualified_field
from flowql.syntax.build_filter import Part, with_subquery
from flowql.syntax.literals import (
    RESERVED_WORDS,
    plain_keyword,
    read_list_name,
    read_quoted,
    read_raw,
    read_record,
    read_regex,
    read_word,
)
from flowql.syntax.nodes import (
    AllOf,
    Comparison,
    End,
    Group,
    ListName,
    Literal,
    Missing,
    Name,
    Operator,
    Parameter,
    Present,
    Range,
    Regex,
    Subquery,
    Value,
)
from flowql.syntax.refusal import Refusal, replace
from flowql.syntax.refused_clauses import refuse_time_field
from flowql.syntax.refused_values import Unfit, and_of_values, or_in_set, value_without_set
from flowql.syntax.spans import span_between, token_span
from flowql.syntax.writing import written_value

_OPERATORS = {
    **{operator.value: operator for operator in Operator},
    "==": Operator.EQUAL,
}
_NAME = re.compile(r"[^\W\d](?:\w|-(?=[\w.-])|\.(?!\.))*")
_EXISTS = "_exists_"


@dataclass(frozen=True, slots=True)
class Choice:
    """`(a OR b)`, before it is known whether the operator takes one."""

    items: tuple[Value, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Interval:
    """A range in brackets, which `in` takes, unlike `a..b`."""

    range: Range
    span: Span


class ValueRules:
    """The grammar's rules of the section "field clauses", and the terminals that are literals."""

    # ---- terminals

    def WORD(self, token: Token) -> Literal:  # noqa: N802 - lark calls a terminal's method by its name
        """A bare word, or the value of a field."""
        return read_word(token.value, token_span(token))

    IPV6 = COLON_WORD = AGO = WORD

    def QUOTED(self, token: Token) -> Literal:  # noqa: N802
        """A text in double or single quotes."""
        return read_quoted(token.value, token_span(token))

    def RAW(self, token: Token) -> Literal:  # noqa: N802
        """A text in backticks."""
        return read_raw(token.value, token_span(token))

    def REGEX(self, token: Token) -> Regex:  # noqa: N802
        """A regular expression between slashes."""
        return read_regex(token.value, token_span(token))

    def LIST(self, token: Token) -> ListName:  # noqa: N802
        """`@name`."""
        return read_list_name(token.value, token_span(token))

    def PARAMETER(self, token: Token) -> Parameter:  # noqa: N802
        """`$name`."""
        return Parameter(token.value[1:], token_span(token))

    def RECORD(self, token: Token) -> Literal:  # noqa: N802
        """A record pasted without quotes: the phrase of its words."""
        return read_record(token.value, token_span(token))

    def FIELD(self, token: Token) -> Name:  # noqa: N802
        """The field of a clause; `src port` is srcport."""
        words = token.value
        return Name(words if len(words.split()) == 1 else qualified_field(words), token_span(token))

    def MEMBERSHIP(self, token: Token) -> Token:  # noqa: N802
        """`in`, `not in`."""
        return plain_keyword(token)

    def NAME(self, token: Token) -> Name:  # noqa: N802
        """The name of a field or a column in a stage."""
        return Name(token.value, token_span(token))

    # ---- values

    def missing(self, children: list[Token]) -> Missing:
        """`-`."""
        return Missing(token_span(children[0]))

    def present(self, children: list[Token]) -> Present:
        """`*`."""
        return Present(token_span(children[0]))

    def range(self, children: list[Any]) -> Range:
        """`a..b`, `a..`, `..b`."""
        low = _end(children[0]) if not isinstance(children[0], Token) else None
        high = _end(children[-1]) if not isinstance(children[-1], Token) else None
        return Range(low, high, span_between(children[0], children[-1]))

    def interval(self, children: list[Any]) -> Interval:
        """`[a TO b]`, `{a TO b}`, `[a b)`, `(a b]` and their mixtures: a square bracket takes its end in."""
        opening, closing = children[0], children[-1]
        low, high = _end(children[1]), _end(children[-2])
        span = span_between(opening, closing)
        low_excluded = low is not None and opening.type != "LEFT_BRACKET"
        high_excluded = high is not None and closing.type != "RIGHT_BRACKET"
        return Interval(Range(low, high, span, low_excluded, high_excluded), span)

    def choice(self, children: list[Any]) -> Choice:
        """`(a OR b)`, and `(a)`, which is a set too."""
        return Choice(_values(children), span_between(children[0], children[-1]))

    def set(self, children: list[Any]) -> Group:
        """`(a, b)`, `{a, b}`."""
        return Group(_values(children), span_between(children[0], children[-1]))

    def every(self, children: list[Any]) -> AllOf:
        """`(a AND b)`."""
        return AllOf(_values(children), span_between(children[0], children[-1]))

    # ---- clauses

    def below_zero(self, children: list[Any]) -> Literal:
        """`-10` behind `<` or `>`; whether values there can be below 0 is the binder's to say."""
        sign, value = children
        span = span_between(sign, value)
        assert isinstance(value, Literal), "the grammar puts a literal behind a sign"
        if value.quoted or not value.text[:1].isdigit():
            message = f'expected a number after -, found "{value.text}"'
            raise Refusal("negative-number", message, span)
        return with_changes(value, text=f"-{value.text}", span=span)

    def comparison(self, children: list[Any]) -> Comparison | Part:
        """`field operator value`; of `:>` the operator is `>`."""
        field, token, value = children[0], children[-2], children[-1]
        if isinstance(value, Unfit):
            raise value.refusal(field, token)
        if children[1].type == "REGEX_MATCH":
            operator = Operator.MATCH if token == "~" else Operator.NOT_EQUAL  # noqa: S105 - a terminal
            return Comparison(field, operator, value, span_between(field, value))
        operator = _OPERATORS.get(token.value) or _OPERATORS[" ".join(token.value.lower().split())]
        refuse_time_field(field, value)
        _refuse_misplaced(field, token, value)
        if field.text.lower() == _EXISTS:
            return _exists(field, operator, value)
        fitting = _members(field, token, value) if token.type == "MEMBERSHIP" else _plain(value)
        comparison = Comparison(field, _settled(operator, fitting), fitting, span_between(field, value))
        return with_subquery(comparison, value) if isinstance(value, Subquery) else comparison


def _refuse_misplaced(field: Name, operator: Token, value: Value | Choice | Interval) -> None:
    """Refuse values that this operator does not take, although another one does."""
    if isinstance(value, Literal):
        return
    is_negative = operator == "!=" or operator.lower().startswith("not")
    whole = span_between(field, value)
    match value:
        case (Regex() as regex) | Choice((Regex() as regex,)) | Group((Regex() as regex,)) if (
            operator.type == "EQUALITY"
        ):
            message = f"{operator} compares the whole value: a regular expression stands behind ~"
            ours = f"{field.text}{'!' * is_negative}~{written_value(regex)}"
            raise Refusal("regex-form", message, value.span, replace(whole, ours))
        case Subquery() if operator.type != "MEMBERSHIP":
            message = "a subquery stands behind in"
            between = Span(field.span.end, value.span.start)
            raise Refusal(
                "subquery-form", message, value.span, replace(between, " not in " if is_negative else " in ")
            )
        case AllOf() if operator.type != "MATCH":
            raise and_of_values(field, "not in" if is_negative else "in", value)
        case _:
            return


def _values(children: list[Any]) -> tuple[Value, ...]:
    return tuple(child for child in children if not isinstance(child, Token))


def _end(value: Value) -> End | None:
    """An end of a range; `*` leaves it open."""
    match value:
        case Present() | Literal(text="*", wildcards=(0,)):
            return None
        case Literal() | Parameter():
            return value
        case _:
            raise Refusal("range-end", "an end of a range is a single value, or * for none", value.span)


def _plain(value: Value | Choice | Interval) -> Value:
    """What stands after `:` or `=`: anything, and a choice or a set of one is that one."""
    match value:
        case Literal():
            return value
        case Choice((single,)) | Group((single,)):
            return single
        case Choice(items, span):
            return Group(items, span)
        case Interval(range_):
            return range_
        case _:
            return value


def _members(field: Name, operator: Token, value: Value | Choice | Interval) -> Value:
    """What stands after `in`: a set with commas, a range in brackets, a list, a parameter or a subquery."""
    match value:
        case Group() | Subquery() | ListName() | Parameter():
            return value
        case Choice((single,), span):
            return Group((single,), span)
        case Choice(items, span):
            raise or_in_set(field, operator, items, span)
        case Interval(range_):
            return range_
        case _:
            raise value_without_set(field, operator, value)


def _settled(operator: Operator, value: Value) -> Operator:
    """One operator for one meaning: `f:(a OR b)` is `f in (a, b)`, and `f in [a b)` is `f:[a TO b}`."""
    if operator is Operator.MATCH and isinstance(value, Group):
        return Operator.IN
    if operator is Operator.IN and isinstance(value, Range | ListName):
        return Operator.MATCH
    return operator


def _exists(field: Name, operator: Operator, value: Value) -> Comparison:
    """`_exists_:f`, Lucene's spelling of `f:*`."""
    span = span_between(field, value)
    if operator is Operator.MATCH and isinstance(value, Literal) and _is_name(value.text):
        return Comparison(Name(value.text, value.span), Operator.MATCH, Present(value.span), span)
    raise Refusal("exists-form", "_exists_ is followed by : and the name of a field", span)


def _is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None and text.lower() not in RESERVED_WORDS
