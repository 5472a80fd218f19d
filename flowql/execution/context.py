"""What one query's operators share: cancelling, threads, and what was worked out once.

Owns the cancellation check and the caches of one engine's queries. Knows nothing of plans.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import TypeVar

import pyarrow as pa

from flowql.errors import CancelledError
from flowql.plan.predicates import Predicate

Item = TypeVar("Item")
Answer = TypeVar("Answer")

THREADS = 2
"""Segments read at once. numpy lets go of the interpreter lock in the scans and sorts where the time goes."""


@dataclass(slots=True)
class Context:
    """Shared by all operators of one query."""

    cancelled: Event = field(default_factory=Event)
    matching_values: dict[tuple[int, Predicate], pa.StringArray] = field(default_factory=dict)
    """The values of a text predicate by (identity of the vocabulary, predicate): worked out once for all segments."""

    def check(self) -> None:
        """Raise `CancelledError` when the query was cancelled; called between blocks and segments."""
        if self.cancelled.is_set():
            raise CancelledError("the query was cancelled")

    def map(self, work: Callable[[Item], Answer], items: Iterable[Item]) -> Iterator[Answer]:
        """`work` of each item, in order, on threads when there are several."""
        items = list(items)

        def checked(item: Item) -> Answer:
            self.check()
            return work(item)

        if len(items) < 2:
            yield from map(checked, items)
            return
        with ThreadPoolExecutor(THREADS, "flowql-segment") as pool:
            yield from pool.map(checked, items)
