"""The tokens of nfdump's filters."""

import re
from collections.abc import Iterator

from flowql.errors import Span
from flowql.syntax.refusal import Refusal
from flowql.translate.cursor import Kind, Token, end_token

_TOKEN = re.compile(
    r"""(?P<skipped>[\s]+|\#[^\n]*)
      | (?P<include>@include\b[^\n]*)
      | (?P<number>(?:0x[0-9a-f]+|[0-9]+[kmgt]?)(?![\w:.\-]))
      | (?P<word>[\w:.\-]+)
      | (?P<quoted>"[^"\n]*"|'[^'\n]*')
      | (?P<sign>[<>]=?|==?|[\[\]/,])
      | (?P<other>&&|\|\||[()!])""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
_CONNECTIVES = {
    "and": Kind.AND,
    "&&": Kind.AND,
    "or": Kind.OR,
    "||": Kind.OR,
    "not": Kind.NOT,
    "!": Kind.NOT,
    "(": Kind.OPEN,
    ")": Kind.CLOSE,
}


def read_tokens(text: str) -> Iterator[Token]:
    """Every token, the END last; raises `Refusal`."""
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        span = Span(place, place + 1 if match is None else match.end())
        if match is None:
            raise Refusal("unexpected-sign", f'"{text[place]}" is no sign of a filter', span)
        if match["include"]:
            raise Refusal("include", "what a file holds is not translated: put its filter in place", span)
        written = match[0]
        if match["number"]:
            yield Token(Kind.NUMBER, written, span)
        elif match["sign"]:
            yield Token(Kind.SIGN, written, span)
        elif match["quoted"]:
            yield Token(Kind.QUOTED, written[1:-1], span)
        elif not match["skipped"]:
            yield Token(_CONNECTIVES.get(written.lower(), Kind.WORD), written, span)
        place = match.end()
    yield end_token(text)
