"""Tokens of a text in another language, and a cursor over them.

Owns the kinds of tokens that the readers of all languages share. How a text falls into them is each
language's.
"""

from dataclasses import dataclass
from enum import Enum

from flowql.errors import Span
from flowql.syntax.refusal import Refusal


class Kind(Enum):
    """What a token is; the value is how messages name it."""

    WORD = "a word"
    QUOTED = "a text in quotes"
    NUMBER = "a number"
    SIGN = "a sign"
    AND = "and"
    OR = "or"
    NOT = "not"
    OPEN = "("
    CLOSE = ")"
    END = "the end"


@dataclass(frozen=True, slots=True)
class Token:
    """A part of the text; in `text` quotes and escapes are resolved, `wildcards` are places in it."""

    kind: Kind
    text: str
    span: Span
    wildcards: tuple[int, ...] = ()

    def is_sign(self, *signs: str) -> bool:
        """Whether this is one of some signs."""
        return self.kind is Kind.SIGN and self.text in signs

    def is_word(self, *words: str) -> bool:
        """Whether this is one of some words, letter case aside."""
        return self.kind is Kind.WORD and self.text.lower() in words


class Cursor:
    """A place among tokens, of which the last is the END."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self._text = text
        self._tokens = tokens
        self._place = 0

    @property
    def next(self) -> Token:
        """The token ahead."""
        return self._tokens[self._place]

    @property
    def after_next(self) -> Token:
        """The token behind that."""
        return self._tokens[min(self._place + 1, len(self._tokens) - 1)]

    def take(self) -> Token:
        """The token ahead, which is then behind; the END stays ahead."""
        token = self.next
        self._place = min(self._place + 1, len(self._tokens) - 1)
        return token

    def take_sign(self, *signs: str) -> Token | None:
        """The token ahead if it is one of these signs."""
        return self.take() if self.next.is_sign(*signs) else None

    def expected(self, what: str) -> Refusal:
        """The refusal of the token ahead, where something else had to stand."""
        token = self.next
        if token.kind is Kind.END:
            return Refusal("unexpected-end", f"expected {what}, found the end", token.span)
        found = self._text[token.span.start : token.span.end]
        return Refusal("unexpected-token", f'expected {what}, found "{found}"', token.span)


def end_token(text: str) -> Token:
    """The token behind the last one."""
    return Token(Kind.END, "", Span(len(text), len(text)))
