"""A tree without its places: what two texts that say the same have in common."""

from dataclasses import fields, is_dataclass, replace
from typing import TypeVar

from flowql.errors import NOWHERE, Span
from flowql.syntax.nodes import Query, SelectStage
from flowql.syntax.sql_text import on_one_line

Node = TypeVar("Node")


def without_spans(query: Query) -> Query:
    """The query with every span nowhere, no text, no mixed Ors, which are spans too, and SQL on one line."""
    return replace(_spanless(query), text="", mixed_or=())


def _spanless(node: Node) -> Node:
    if isinstance(node, SelectStage):
        return replace(node, sql=on_one_line(node.sql), span=NOWHERE)
    if not is_dataclass(node) or isinstance(node, type):
        return node
    changes: dict[str, object] = {}
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, Span):
            changes[field.name] = NOWHERE
        elif isinstance(value, tuple):
            changes[field.name] = tuple([_spanless(item) for item in value])
        else:
            changes[field.name] = _spanless(value)
    return replace(node, **changes)
