"""Binding: a syntax tree and a snapshot's names to a typed logical plan; the order is in `query`."""

from flowql.plan.bind.query import bind

__all__ = ["bind"]
