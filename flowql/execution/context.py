"""What one query's operators share: cancelling, threads, and what was worked out once.

Owns the cancellation check and the caches of one engine's queries. Knows nothing of plans.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import TypeVar

import pyarrow as pa

from flowql.errors import CancelledError
from flowql.execution.recorder import Recorder
from flowql.plan.bound import BoundClause
from flowql.plan.predicates import Predicate
from flowql.store.bounds import Bounds
from flowql.zones import Zone

Item = TypeVar("Item")
Answer = TypeVar("Answer")

THREADS = 2
"""Segments read at once. numpy lets go of the interpreter lock in the scans and sorts where the time goes."""
THREADED_ROWS = 1 << 17
"""Work over fewer rows than this is done by the caller: handing it to threads costs more than it saves."""


class Threads:
    """The threads that the queries of one engine share, started when first needed."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._lock = Lock()

    def map(self, work: Callable[[Item], Answer], items: Iterable[Item]) -> Iterator[Answer]:
        """`work` of each item, in order."""
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(THREADS, "flowql-segment")
        return self._pool.map(work, items)

    def ahead(self, works: Iterator[Callable[[], Answer]], count: int) -> Iterator[Answer]:
        """What each work gives, in order; at most `count` of them are begun before they are asked for."""
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(THREADS, "flowql-segment")
            pool = self._pool
        begun: deque[Future[Answer]] = deque()
        try:
            for work in works:
                begun.append(pool.submit(work))
                if len(begun) >= count:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            for future in begun:
                future.cancel()

    def close(self) -> None:
        """End the threads; the next `map` starts others."""
        with self._lock:
            if self._pool is not None:
                self._pool.shutdown(cancel_futures=True)
                self._pool = None


@dataclass(frozen=True, slots=True)
class Why:
    """That each row says why it matched: by which clauses, and in which zone times are told."""

    clauses: tuple[BoundClause, ...]
    zone: Zone


@dataclass(slots=True)
class Context:
    """Shared by all operators of one query."""

    threads: Threads
    cancelled: Event = field(default_factory=Event)
    matching_values: dict[tuple[int, Predicate], pa.StringArray] = field(default_factory=dict)
    """The values of a text predicate by (identity of the vocabulary, predicate).

    Worked out once for all segments.
    """
    few_texts: dict[tuple[int, Predicate], tuple[bytes, ...] | None] = field(default_factory=dict)
    """The same values lowered, each once; None where they are many."""

    bounds: dict[int, Bounds] = field(default_factory=dict)
    """Ranges made ready, by the identity of what they were made from."""
    recorder: Recorder | None = None
    """Where rows and times are noted; None: nowhere."""
    why: Why | None = None
    """Whether rows say why they matched."""

    def bounds_of(self, ranges: tuple[tuple[int, int], ...]) -> Bounds:
        """Ranges of a predicate made ready for the dictionaries of all segments."""
        known = self.bounds.get(id(ranges))
        if known is None:
            known = self.bounds[id(ranges)] = Bounds(ranges)
        return known

    def check(self) -> None:
        """Raise `CancelledError` when the query was cancelled; called between blocks and segments."""
        if self.cancelled.is_set():
            raise CancelledError("the query was cancelled")

    def map(self, work: Callable[[Item], Answer], items: Sequence[Item], row_count: int) -> Iterator[Answer]:
        """`work` of each item, in order.

        On threads when there are several and they look at many rows in all.
        """

        def checked(item: Item) -> Answer:
            self.check()
            return work(item)

        if len(items) < 2 or row_count < THREADED_ROWS:
            return map(checked, items)
        return self.threads.map(checked, items)
