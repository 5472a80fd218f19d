"""Endpoints and arrows, and the names that nfdump and tcpdump have for one side.

Owns what stands on one side: an address, a network, a zone or a list, and behind a colon its ports; `any` is
no address at all. What a text means as an address is the binder's to say.
"""

from dataclasses import replace
from typing import Any

from lark import Token

from flowql.errors import Span
from flowql.syntax.literals import RESERVED_WORDS, read_list_name, read_word
from flowql.syntax.nodes import (
    Arrow,
    Endpoint,
    Group,
    ListName,
    Literal,
    Parameter,
    Value,
)
from flowql.syntax.refusal import Edit, Refusal
from flowql.syntax.spans import span_between, token_span

ANY = "any"


class EndpointRules:
    """The grammar's rules of the section "endpoints", and their terminals."""

    def HOST(self, token: Token) -> Endpoint:  # noqa: N802 - lark calls a terminal's method by its name
        """What stands before the colon of an endpoint, or on a side of an arrow."""
        return Endpoint(_address(token.value, token_span(token)), None, token_span(token))

    ORIGIN = GOAL = HOST

    def ports(self, children: list[Any]) -> Value:
        """`:443`, `:{80, 443}`; `{443}` is 443."""
        value: Value = children[1]
        if isinstance(value, Group) and len(value.items) == 1:
            return value.items[0]
        return value

    def endpoint(self, children: list[Any]) -> Endpoint:
        """`10.0.0.5:443`."""
        return _with_ports(children)

    def arrow(self, children: list[Any]) -> Arrow:
        """`10.0.0.5 -> 10.0.0.9:443`, `a <-> b`."""
        source, sign, destination = _parted(children)
        return Arrow(source, destination, sign.type == "BOTH_WAYS", span_between(source, destination))

    def back_arrow(self, children: list[Any]) -> None:
        """`10.0.0.9 <- 10.0.0.5`, which is refused."""
        left, sign, right = _parted(children)
        message = "an arrow points to the right, from the source to the destination"
        span = token_span(sign)
        fix = (Edit(left.span, right.span), Edit(span, "->"), Edit(right.span, left.span))
        raise Refusal("back-arrow", message, span, fix)


def qualified_field(words: str) -> str:
    """The field that words of nfdump's or tcpdump's stand for: `src port` is srcport, `host` is ip."""
    *side, kind = words.lower().split()
    if not side:
        return "ip" if kind == "host" else kind
    return f"{side[0]}port" if kind == "port" else side[0]


def _address(text: str, span: Span) -> Literal | ListName | Parameter | None:
    match text[0]:
        case "[":
            return Literal(text[1:-1], Span(span.start + 1, span.end - 1))
        case "@":
            return read_list_name(text, span)
        case "$":
            return Parameter(text[1:], span)
        case _ if text.lower() == ANY:
            return None
        case _ if text.lower() in RESERVED_WORDS:
            message = f"{text} is a word of the language, and names no address and no zone"
            raise Refusal("reserved-word", message, span)
        case _:
            return read_word(text, span)


def _parted(children: list[Any]) -> tuple[Endpoint, Token, Endpoint]:
    place = next(i for i, child in enumerate(children) if isinstance(child, Token))
    return _with_ports(children[:place]), children[place], _with_ports(children[place + 1 :])


def _with_ports(parts: list[Any]) -> Endpoint:
    match parts:
        case [Endpoint() as endpoint]:
            return endpoint
        case [Endpoint() as endpoint, ports]:
            return replace(endpoint, port=ports, span=span_between(endpoint, ports))
        case _:
            raise AssertionError(f"no endpoint: {parts}")
