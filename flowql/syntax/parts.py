"""Parts of stages on their way up: what a rule of the grammar hands to the rule around it.

Owns how mixed Ors travel: a condition knows them, the query tells of them, and no node between holds any.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lark import Token

from flowql.errors import Span
from flowql.syntax.nodes import Name
from flowql.syntax.spans import span_of

ROW_COUNT_DEFAULT = 10
"""How many rows `head`, `tail` and `top` keep, and values `facets` shows, when no number is given."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A stage, or a part of one, and the mixed Ors of the conditions in it."""

    node: Any
    mixed_or: tuple[Span, ...]

    @property
    def span(self) -> Span:
        """The node's."""
        return span_of(self.node)


def noted(children: Iterable[Any]) -> tuple[tuple[Any, ...], tuple[Span, ...]]:
    """The nodes among the children of a list, and all their mixed Ors."""
    parts = [child for child in children if isinstance(child, Noted)]
    return tuple(part.node for part in parts), tuple(place for part in parts for place in part.mixed_or)


def names_in(children: Iterable[Any]) -> tuple[Name, ...]:
    """The names among the children."""
    return tuple(child for child in children if isinstance(child, Name))


def row_count_in(children: Iterable[Any]) -> int:
    """The number that is given, or the one that holds when none is."""
    for child in children:
        if isinstance(child, Token) and child.type == "INTEGER":
            return int(child.value.replace("_", ""))
    return ROW_COUNT_DEFAULT
