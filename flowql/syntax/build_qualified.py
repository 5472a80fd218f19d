"""Clauses in the order of nfdump and tcpdump: `src port 22`, `dst net 10.0.0.0/8`, `proto tcp`.

Owns the names that the qualifiers stand for, and the refusal of what tcpdump reads otherwise than FlowQL: it
carries a qualifier over to the next bare value, so that `port 22 or 23` has two readings here and is no
query.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from lark import Token

from flowql.errors import Span
from flowql.syntax.nodes import And, Bare, Comparison, Literal, Name, Operator, Or
from flowql.syntax.refusal import Refusal, replace
from flowql.syntax.spans import span_between, token_span
from flowql.syntax.writing import written_value
from flowql.values import parse_address, parse_integer, parse_network

_SIDED = {"ip": "addr", "host": "addr", "net": "addr", "port": "port", "": "addr"}
_EITHER = {"ip": "ip", "host": "ip", "net": "net", "port": "port", "proto": "protocol", "": "ip"}
_BOTH_SIDES = re.compile(
    r"src\s+(?:or|and)\s+dst(?:\s+(?P<what>ip|host|net|port))?\s+(?P<value>\S+)", re.IGNORECASE
)
_FLAGS = {"s": "syn", "a": "ack", "f": "fin", "r": "rst", "p": "psh", "u": "urg"}


@dataclass(frozen=True, slots=True)
class Qualified:
    """A clause in tcpdump's order, which its neighbours must know of."""

    clause: Comparison

    @property
    def span(self) -> Span:
        """The clause's."""
        return self.clause.span


class QualifiedRules:
    """The grammar's rules for qualifiers."""

    def QUALIFIER(self, token: Token) -> Name:  # noqa: N802 - lark calls a terminal's method by its name
        """`src port`, `net`, `proto`: the field that is meant."""
        return qualified_name(token)

    def qualified(self, children: list[Any]) -> Qualified:
        """`src port 22`."""
        field, value = children
        return Qualified(Comparison(field, Operator.MATCH, value, span_between(field, value)))

    def OTHER_QUALIFIER(self, token: Token) -> None:  # noqa: N802
        """`src or dst port 22`, `portrange 22-80`, `flags S`: refused in FlowQL's own form."""
        clause = _own_form(token.value)
        message = "this is tcpdump's form of a clause"
        raise Refusal("foreign-form", message, token_span(token), replace(token_span(token), clause))


def qualified_name(token: Token) -> Name:
    """The field that a qualifier, or the first words of a field clause, stand for: `dst host` is dstaddr."""
    first, *rest = token.value.lower().split()
    is_sided = first in {"src", "dst"}
    if is_sided and (rest or token.type == "QUALIFIER"):
        return Name(first + _SIDED["".join(rest)], token_span(token))
    if token.type == "QUALIFIER":
        return Name(_EITHER[first], token_span(token))
    return Name(token.value, token_span(token))


def refuse_carried(kind: type[And] | type[Or], parts: list[Any]) -> None:
    """Refuse a bare number or address beside a qualified clause, with both readings."""
    for before, after in pairwise(parts):
        if isinstance(before, Qualified) and isinstance(after, Bare) and _is_carried(after.literal):
            raise _carried(kind, before, after)


def _is_carried(literal: Literal) -> bool:
    text = literal.text
    known = (parse_integer(text), parse_address(text), parse_network(text))
    return not literal.quoted and any(value is not None for value in known)


def _carried(kind: type[And] | type[Or], before: Qualified, after: Bare) -> Refusal:
    clause, word = before.clause, "OR" if kind is Or else "AND"
    first, second = f"{clause.field.text}:{written_value(clause.value)}", written_value(after.literal)
    carried = f"{first} {word} {clause.field.text}:{second}"
    if kind is Or:
        carried = f"{clause.field.text} in ({written_value(clause.value)}, {second})"
    plain = f"{first} {word} {second}"
    span = span_between(before, after)
    details = (f"as tcpdump reads it: {carried}", f"as FlowQL reads it: {plain}")
    message = f"{second} after {word} may belong to {clause.field.text} or stand alone"
    return Refusal("carried-qualifier", message, after.span, replace(span, carried), details=details)


def _own_form(text: str) -> str:
    both = _BOTH_SIDES.fullmatch(text)
    if both:
        return f"{_EITHER[(both['what'] or '').lower()]}:{both['value']}"
    word, value = text.lower().split()
    if word == "portrange":
        return f"port:{value.replace('-', '..')}"
    return " ".join(f"tcp-flags:{_FLAGS[letter]}" for letter in value)
