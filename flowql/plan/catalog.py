"""What the binder has to ask of whoever holds the data: names, schemas and the newest record.

Owns the interface only; the engine implements it over a snapshot of a store, a test over a dict.
"""

from typing import Protocol

from flowql.plan.logical import Column
from flowql.schema import Schema, TopicName


class Catalog(Protocol):
    """The names and schemas of one snapshot. Answers must not change while a query is bound and run."""

    @property
    def default_logset(self) -> str:
        """The logset that an unqualified topic name means."""

    def topics(self) -> tuple[TopicName, ...]:
        """Every topic, ascending by name."""

    def schema(self, topic: TopicName) -> Schema:
        """The topic's fields. The topic must be one of `topics()`."""

    def newest_start(self, topic: TopicName) -> int | None:
        """The greatest start of the topic's records in nanoseconds, None when no record has one."""

    def select_columns(self, sql: str, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        """What a checked SELECT over rows of these columns yields; raises `SelectError`.

        Places in the error are those of `sql`.
        """
