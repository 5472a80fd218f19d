"""Failures in an `eval`: assignments without a name or a sign, and what no expression holds.

Each case looks at a failure and gives a refusal in words of its own, or None when it is not its own.
"""

import re

from flowql.errors import Span
from flowql.syntax.bracketed import item_at
from flowql.syntax.failure import Failure
from flowql.syntax.refusal import Fix, Refusal, replace
from flowql.syntax.spans import token_span

_AS = re.compile(r"\s+as\s+(?P<name>[^\W\d][\w.-]*)\s*\Z", re.IGNORECASE)
_COMPARES = frozenset("<>!:~")
_NAME = re.compile(r"[^\W\d][\w.-]*")
_VALUE = re.compile(r"[\w.:/*-]+")
_FRACTION = re.compile(r"\.[0-9]+", re.ASCII)
_FILTER_WORDS = frozenset(("and", "or", "not", "in", "&&"))


def assignment(failure: Failure) -> Refusal | None:
    """`eval bytes / 1024`, `eval bytes / 1024 as kb`, `eval bytes > 5`, `eval x`."""
    if failure.stage != "EVAL" or failure.open_brackets:
        return None
    types = [token.type for token in failure.tokens]
    if types[-1] in {"EVAL", "COMMA"}:
        start = failure.span.start
    elif types[-1] == "NAME" and types[-2] in {"EVAL", "COMMA"}:
        start = token_span(failure.tokens[-1]).start
    else:
        return None
    message = "a column is computed as in eval kb = bytes / 1024: a new name, =, and what it is"
    return Refusal("assignment-form", message, failure.span, *_assigned(failure, start, types))


def filter_in_expression(failure: Failure) -> Refusal | None:
    """`eval x = action:REJECT`, `eval x = a and b`: a filter decides an if."""
    word = failure.found.lower()
    if failure.stage != "EVAL" or not ({"ADD", "TIMES"} <= failure.accepted):
        return None
    if word not in _FILTER_WORDS and failure.found[:1] not in {":", "~"}:
        return None
    message = "an expression holds no filter: if(FILTER, 1, 0) makes a number of one"
    sign = max(
        (token_span(token).end for token in failure.tokens if token.type == "EQUALITY"),
        default=failure.span.start,
    )
    item = item_at(failure.text, sign)
    inside = item[0].strip()
    fixes = (replace(Span(sign, item.end()), f" if({inside}, 1, 0)"),) if not failure.open_brackets else ()
    return Refusal("expression-form", message, failure.span, *fixes)


def half_choice(failure: Failure) -> Refusal | None:
    """`if(action:REJECT, 1)`, `if(action:REJECT)`."""
    if failure.stage != "EVAL" or not failure.open_brackets or failure.found not in {")", ","}:
        return None
    place = failure.tokens.index(failure.open_brackets[-1])
    if failure.tokens[place - 1].type != "IF":
        return None
    message = "if takes a filter and two values, as in if(action:REJECT, 1, 0)"
    fixes: tuple[Fix, ...] = ()
    if failure.found == ")" and "COMMA" in failure.accepted:
        end = Span(failure.span.start, failure.span.start)
        has_comma = any(token.type == "COMMA" for token in failure.tokens[place:])
        fixes = (replace(end, ", 0" if has_comma else ", 1, 0"),)
    return Refusal("if-form", message, failure.span, *fixes)


def unquoted_value(failure: Failure) -> Refusal | None:
    """`eval x = srcaddr == 10.0.0.1`, `eval x = .5`, `eval x = 5x`."""
    if failure.stage != "EVAL" or "NUMBER" not in failure.accepted or failure.at_end:
        return None
    value = _VALUE.match(failure.text, failure.span.start)
    if value is None:
        return None
    span = Span(value.start(), value.end())
    if _FRACTION.fullmatch(value[0]):
        return Refusal(
            "bad-number", "a number has a digit before its point", span, replace(span, f"0{value[0]}")
        )
    if not value[0][0].isalnum() and value[0][0] != ":":
        return None
    message = f"{value[0]} is no number: what is compared as a text or an address is quoted"
    return Refusal("bad-number", message, span, replace(span, f'"{value[0]}"'))


def _assigned(failure: Failure, start: int, types: list[str]) -> tuple[Fix, ...]:
    item = item_at(failure.text, start)
    text = item[0].rstrip()
    whole = Span(start, start + len(text))
    named = _AS.search(text)
    if named is not None:
        return (replace(whole, f"{named['name']} = {text[: named.start()]}"),)
    if failure.found[:2] == ":=":
        return (replace(Span(failure.span.start, failure.span.start + 2), "="),)
    if failure.found[:1] in _COMPARES and types[-2] == "EVAL" and _is_last(failure, whole.end):
        return (replace(token_span(failure.tokens[-2]), "where"),)
    if not text or _NAME.fullmatch(text):
        return ()
    return (replace(whole, f"value = {text}"),)


def _is_last(failure: Failure, end: int) -> bool:
    return failure.text[end:].lstrip()[:1] in {"", "|", ")"}


EXPRESSION_CASES = (
    assignment,
    filter_in_expression,
    half_choice,
    unquoted_value,
)
