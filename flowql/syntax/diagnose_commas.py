"""Failures at a comma behind the value of a field: several values, a grouped number, or clauses side by side.

No rule of the grammar reads such commas, since behind the condition of an `if` a comma has a meaning. What is
proposed is cut from the text.
"""

import re

from flowql.errors import Span
from flowql.syntax.build_endpoints import qualified_field
from flowql.syntax.failure import Failure
from flowql.syntax.refusal import Refusal, replace
from flowql.syntax.spans import token_span

_ELEMENTS = re.compile(r"""(?:\s*,\s*(?:"[^"]*"|'[^']*'|[^\s,()\[\]{}|"'`]+))+""")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+", re.ASCII)
_CLAUSE = re.compile(r"\s*,\s*[^\W\d][\w.-]*:\S")
_FIELD_OPERATORS = frozenset({"MATCH", "EQUALITY"})


def comma_values(failure: Failure) -> Refusal | None:
    """`port:22,80`, `port 22,80`, `bytes:1,000,000`."""
    place = _value_before(failure)
    if place is None:
        return None
    field, operator, start = place
    rest = _ELEMENTS.match(failure.text, failure.span.start)
    if rest is None:
        return None
    if _CLAUSE.match(failure.text, failure.span.start):
        message = "clauses are not separated by commas: a blank or AND joins them"
        return Refusal("unexpected", message, failure.span, replace(failure.span, _gap_behind(failure)))
    span = Span(start, rest.end())
    values = failure.text[start : rest.end()]
    spaced = re.sub(r"\s*,\s*", ", ", values)
    if _GROUPED.fullmatch(values):
        message = (
            f"the digits of a number are not grouped with commas; several values are written in ({spaced})"
        )
        return Refusal("grouped-digits", message, span, replace(span, values.replace(",", "")))
    message = "several values stand in parentheses"
    return Refusal(
        "missing-parentheses",
        message,
        span,
        replace(Span(field.start, rest.end()), f"{operator} ({spaced})"),
    )


def _value_before(failure: Failure) -> tuple[Span, str, int] | None:
    """Of a comma behind a field's value: the field's place, the words before a set, the value's start."""
    if failure.found != "," or "FIELD" not in failure.accepted:
        return None
    types = [token.type for token in failure.tokens]
    for place in reversed(range(max(0, len(types) - 4), len(types) - 1)):
        token = failure.tokens[place]
        begin = token_span(failure.tokens[place + 1]).start
        if types[place] == "QUALIFIER":
            words = failure.text[token_span(token).start : token_span(token).end]
            return token_span(token), f"{qualified_field(words)} in", begin
        if types[place] in _FIELD_OPERATORS and place and types[place - 1] == "FIELD":
            field = failure.tokens[place - 1]
            words = failure.text[token_span(field).start : token_span(field).end]
            return token_span(field), f"{words} {'not in' if token.value == '!=' else 'in'}", begin
    return None


def _gap_behind(failure: Failure) -> str:
    return "" if failure.text[failure.span.end :][:1].isspace() else " "
