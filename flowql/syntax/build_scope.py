"""Scopes: which topics and which time a query looks at.

Owns the nodes of every scope clause. Which of them may stand together, and what a time means, is the
binder's.
"""

import re
from typing import Any

from lark import Token

from flowql.errors import Span
from flowql.syntax.literals import plain_keyword
from flowql.syntax.nodes import (
    Between,
    Daily,
    From,
    Last,
    Literal,
    Match,
    On,
    Since,
    TopicPattern,
    Until,
    Zone,
)
from flowql.syntax.spans import span_between, token_span

_BLANKS = re.compile(r"\s+")


class ScopeRules:
    """The grammar's rules of the section "verb and scope", and its terminals."""

    def EXPLAIN(self, token: Token) -> Token:  # noqa: N802 - lark calls a terminal's method by its name
        """A verb."""
        return plain_keyword(token)

    PROFILE = EXPLAIN

    def TOPIC(self, token: Token) -> Literal:  # noqa: N802
        """The name or the pattern of topics."""
        return Literal(token.value, token_span(token))

    DURATION = DAY = ZONE = TOPIC

    def TIME(self, token: Token) -> Literal:  # noqa: N802
        """An instant; the blanks between a day and an hour become one."""
        return Literal(_BLANKS.sub(" ", token.value), token_span(token))

    def topic(self, children: list[Literal]) -> TopicPattern:
        """A topic of `from`."""
        return TopicPattern(children[0].text, children[0].span)

    def excluded_topic(self, children: list[Any]) -> TopicPattern:
        """`-topic` of `from`."""
        return TopicPattern(children[1].text, span_between(children[0], children[1]), excluded=True)

    def from_topics(self, children: list[Any]) -> From:
        """`from a, b, -c`."""
        patterns = tuple(child for child in children if isinstance(child, TopicPattern))
        return From(patterns, span_between(children[0], children[-1]))

    def last(self, children: list[Any]) -> Last:
        """`last 24h`, `last 24h of data`."""
        return Last(children[1], of_data=len(children) > 2, span=span_between(children[0], children[-1]))

    def since(self, children: list[Any]) -> Since:
        """`since T`."""
        return Since(children[1], span_between(children[0], children[1]))

    def until(self, children: list[Any]) -> Until:
        """`until T`."""
        return Until(children[1], span_between(children[0], children[1]))

    def on(self, children: list[Any]) -> On:
        """`on DAY`."""
        return On(children[1], span_between(children[0], children[1]))

    def daily(self, children: list[Any]) -> Daily:
        """`daily 22:00..06:00`."""
        hours = children[1]
        low, _, high = hours.value.partition("..")
        start = token_span(hours).start
        low_span = Span(start, start + len(low))
        high_span = Span(low_span.end + len(".."), token_span(hours).end)
        return Daily(Literal(low, low_span), Literal(high, high_span), span_between(children[0], children[1]))

    def zone(self, children: list[Any]) -> Zone:
        """`tz NAME`."""
        return Zone(children[1], span_between(children[0], children[1]))

    def matching(self, children: list[Any]) -> Match:
        """`match start`, `match overlap`."""
        overlap = children[1].lower() == "overlap"
        return Match(overlap, span_between(children[0], children[1]))

    def between(self, children: list[Any]) -> Between:
        """`between T and T`."""
        return Between(children[1], children[3], span_between(children[0], children[3]))
