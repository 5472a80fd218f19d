"""Words and quoted texts: from the query's text to literals.

Owns the escapes and the active wildcards. A backslash stands before a blank or one of `ESCAPABLE`, in words
and in quotes alike; anywhere else it is refused rather than guessed at. Knows nothing of where a literal
stands.
"""

import re

from flowql.errors import Span
from flowql.syntax.nodes import Literal
from flowql.syntax.refusal import Refusal, replace

ESCAPABLE = frozenset(":\"'*?()[]{}|,\\<>=!~@&#")
RESERVED_WORDS = frozenset(
    ("and", "or", "not", "in", "from", "last", "since", "until", "between", "on", "daily", "tz", "match")
)

_SPECIAL = re.compile(r"\\(?P<escaped>[\s\S])|[*?]")


def read_word(text: str, span: Span) -> Literal:
    """The literal of an unquoted word; its unescaped `*` and `?` are wildcards."""
    if not _SPECIAL.search(text):
        return Literal(text, span)
    resolved, wildcards = _resolve(text, span.start)
    return Literal(resolved, span, wildcards=wildcards)


def read_quoted(text: str, span: Span) -> Literal:
    """The literal of a text in quotes, which are part of `text` and `span`; it has no wildcards."""
    body = text[1:-1]
    if "\\" in body:
        body, _ = _resolve(body, span.start + 1)
    return Literal(body, span, quoted=True)


def read_raw(text: str, span: Span) -> Literal:
    """The literal of a text in backticks, taken as it is."""
    return Literal(text[1:-1], span, quoted=True)


def _resolve(text: str, start: int) -> tuple[str, tuple[int, ...]]:
    """`text` without its backslashes, and where in the outcome wildcards stand."""
    wildcards: list[int] = []
    removed_count = 0
    for match in _SPECIAL.finditer(text):
        if match["escaped"] is None:
            wildcards.append(match.start() - removed_count)
            continue
        _check_escape(match["escaped"], Span(start + match.start(), start + match.end()))
        removed_count += 1
    return _SPECIAL.sub(lambda match: match["escaped"] or match[0], text), tuple(wildcards)


def _check_escape(character: str, span: Span) -> None:
    if character.isspace() or character in ESCAPABLE:
        return
    raise Refusal(
        "unknown-escape",
        f'"\\{character}" is no escape: write "\\\\" for a backslash, or put the text in backticks',
        span,
        replace(span, f"\\\\{character}"),
    )
