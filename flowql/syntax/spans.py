"""Places in the text: of a token, and of everything between two parts.

Owns only the step from lark's token positions to spans, which every builder needs.
"""

from typing import Protocol

from lark import Token

from flowql.errors import Span


class Spanned(Protocol):
    """A node, or anything else that knows its place."""

    @property
    def span(self) -> Span:
        """Where it stands in the text."""


def token_span(token: Token) -> Span:
    """The place of a token."""
    assert token.start_pos is not None, "a token from the lexer knows where it starts"
    assert token.end_pos is not None, "a token from the lexer knows where it ends"
    return Span(token.start_pos, token.end_pos)


def span_of(part: Token | Spanned) -> Span:
    """The place of a token or a node."""
    return token_span(part) if isinstance(part, Token) else part.span


def span_between(first: Token | Spanned, last: Token | Spanned) -> Span:
    """From the start of `first` to the end of `last`."""
    return span_of(first).to(span_of(last))
