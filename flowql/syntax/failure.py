"""Where and with what a text stops being a query: the facts that a message is made of.

Owns the second reading of a text that did not parse, token by token, and what the parser would have taken at
the place of the failure. Knows nothing of what is said about it.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from flowql.errors import Span
from flowql.syntax.spans import token_span

if TYPE_CHECKING:
    from collections.abc import Callable

GROUPING = ("STATS", "TIMECHART")
"""The terminals of the stages whose aggregates stand in a list."""
_CHUNK = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'|&&|\|\||[^\s()\[\]{}|,\"'`]+|[\s\S]")
_OPENING = {"LEFT_PARENTHESIS": ")", "LEFT_BRACKET": "]", "LEFT_BRACE": "}"}
_CLOSING = frozenset({"RIGHT_PARENTHESIS", "RIGHT_BRACKET", "RIGHT_BRACE"})


@dataclass(frozen=True, slots=True)
class Failure:
    """A text, the tokens that were read of it, and what stands where the next one was expected.

    `found` is the text there up to the next blank or bracket, "" at the end; `accepted` are the terminals
    that the grammar allows there, `$END` among them.
    """

    text: str
    tokens: tuple[Token, ...]
    span: Span
    found: str
    accepted: frozenset[str]

    @property
    def at_end(self) -> bool:
        """Whether the text ended too early."""
        return not self.found

    @property
    def last(self) -> Token | None:
        """The token before the failure."""
        return self.tokens[-1] if self.tokens else None

    @property
    def last_type(self) -> str:
        """The terminal before the failure; "" at the start."""
        return self.tokens[-1].type if self.tokens else ""

    @property
    def open_brackets(self) -> tuple[Token, ...]:
        """The brackets that are not closed, the outermost first."""
        stack: list[Token] = []
        for token in self.tokens:
            if token.type in _OPENING:
                stack.append(token)
            elif token.type in _CLOSING and stack:
                stack.pop()
        return tuple(stack)

    @property
    def closers(self) -> str:
        """The brackets that would close what is open, the innermost first."""
        return "".join(_OPENING[token.type] for token in reversed(self.open_brackets))

    @property
    def in_aggregates(self) -> bool:
        """Whether an aggregate of `stats` or `timechart` is to begin."""
        behind = [token.type for token in self.tokens if token.type in {*GROUPING, "BY", "PIPE"}]
        return behind[-1:] in ([each] for each in GROUPING) and self.last_type in {
            *GROUPING,
            "COMMA",
            "DURATION",
        }

    @property
    def stage(self) -> str:
        """The terminal behind the last bar, such as `STATS`; "" before the first."""
        for before, token in zip(reversed(self.tokens[:-1]), reversed(self.tokens), strict=False):
            if before.type == "PIPE":
                return token.type
        return ""


def failure_in(parser: Lark, text: str) -> Failure | None:
    """Read a text that `parser` refused once more; None when it is read to its end without a failure."""
    tokens: list[Token] = []
    interactive = parser.parse_interactive(text)
    try:
        tokens.extend(interactive.iter_parse())  # keeps those before a failure
        interactive.feed_token(Token("$END", ""))
    except UnexpectedToken as unexpected:
        if tokens and tokens[-1] is unexpected.token:
            tokens.pop()
        end = unexpected.token.type == "$END"
        return _failure(parser, text, tokens, len(text) if end else _start(unexpected))
    except UnexpectedCharacters as unexpected:
        return _failure(parser, text, tokens, _start(unexpected))
    return None


def _start(unexpected: UnexpectedInput) -> int:
    assert unexpected.pos_in_stream is not None, "lark says where a token that it read stands"
    return unexpected.pos_in_stream


def _failure(parser: Lark, text: str, tokens: list[Token], start: int) -> Failure:
    chunk = _CHUNK.match(text, start)
    found = chunk[0] if chunk else ""
    if not found:
        start = token_span(tokens[-1]).end if tokens else 0
    accepted = _accepted_after(parser, tokens)
    return Failure(text, tuple(tokens), Span(start, start + len(found)), found, accepted)


def _accepted_after(parser: Lark, tokens: list[Token]) -> frozenset[str]:
    """What may follow the tokens; asked anew, since a parser that failed has reduced too much to tell."""
    interactive = parser.parse_interactive("")
    for token in tokens:
        interactive.feed_token(token)
    accepts = cast("Callable[[], set[str]]", interactive.accepts)  # lark leaves it without types
    return frozenset(accepts())
