"""From a failure of the parser to a refusal in words: what was expected, what was found, what would be right.

Owns the cases that deserve words of their own, tried in order, and the general words for all others. Each case looks
at the failure and gives a refusal, or None when it is not its own. Whether a fix parses is checked by `parser`.
"""

import re
from collections.abc import Callable
from typing import TypeAlias

from lark import Token

from flowql.errors import Span
from flowql.syntax.failure import Failure
from flowql.syntax.literals import RESERVED_WORDS
from flowql.syntax.refusal import Edit, Fix, Refusal, replace
from flowql.syntax.spans import token_span
from flowql.syntax.words import expected_words

Case: TypeAlias = Callable[[Failure], Refusal | None]

_CONNECTIVES = frozenset({"AND", "OR", "NOT", "BANG", "MINUS", "COMMA", "PIPE"})
_SIGNS = frozenset("()[]{}|,:=<>!&~")
_SHOWN_LENGTH_MAX = 30


def diagnose(failure: Failure) -> Refusal:
    """The refusal of a text that does not parse."""
    for case in _CASES:
        refusal = case(failure)
        if refusal is not None:
            return refusal
    return _anything(failure)


# ---- quotes and characters


def _unterminated(failure: Failure) -> Refusal | None:
    if failure.found not in {'"', "'", "`"}:
        return None
    line_end = failure.text.find("\n", failure.span.start)
    end = len(failure.text.rstrip()) if line_end < 0 else line_end
    message = f"this {failure.found} opens a text that is not closed on its line"
    if failure.last is not None and token_span(failure.last).end == failure.span.start:
        message = f"a {failure.found} inside a word opens a text, and this one is not closed"
    return Refusal("unterminated-string", message, failure.span, replace(Span(end, end), failure.found))


def _curly_quote(failure: Failure) -> Refusal | None:
    if failure.found[:1] not in {"“", "”"}:
        return None
    edits = tuple(
        Edit(Span(index, index + 1), '"') for index, character in enumerate(failure.text) if character in "“”"
    )
    message = "texts are quoted with straight quotes"
    return Refusal("curly-quote", message, Span(failure.span.start, failure.span.start + 1), edits)


def _lone_minus(failure: Failure) -> Refusal | None:
    if failure.found != "-":
        return None
    after = failure.text[failure.span.end :]
    gap = Span(failure.span.end, failure.span.end + len(after) - len(after.lstrip()))
    message = "a lone - is nothing to search for: it stands directly before what it excludes"
    return Refusal("lone-minus", message, failure.span, replace(gap, ""), replace(failure.span, ""))


def _ampersand(failure: Failure) -> Refusal | None:
    if not failure.found.startswith("&"):
        return None
    span = Span(failure.span.start, failure.span.start + 1)
    return Refusal("unexpected", "expected AND or &&, found &", span, replace(span, " AND "))


def _backslash(failure: Failure) -> Refusal | None:
    if failure.found != "\\":
        return None
    message = "a backslash stands before the character that it escapes"
    return Refusal("unknown-escape", message, failure.span, replace(failure.span, ""))


def _slash(failure: Failure) -> Refusal | None:
    if not failure.found.startswith("/") or "WORD" not in failure.accepted:
        return None
    message = "a word does not begin with /: quote it"
    return Refusal("unexpected", message, failure.span, replace(failure.span, f'"{failure.found}"'))
