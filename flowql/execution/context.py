"""What one query's operators share: what ends it, its limits, threads, and what was worked out once.

Owns the threads, and that whoever waits for them is heard when the query is to end. Knows nothing of plans.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import pyarrow as pa

from flowql.execution.limits import DEFAULT_LIMITS, Limits, Stop
from flowql.execution.memory import keep_freed_blocks
from flowql.plan.bound import BoundClause
from flowql.plan.predicates import Predicate
from flowql.store.bounds import Bounds
from flowql.zones import Zone

if TYPE_CHECKING:
    from flowql.execution.recorder import Recorder

Item = TypeVar("Item")
Answer = TypeVar("Answer")

THREADS = 2
"""Segments read at once. numpy lets go of the interpreter lock in the scans and sorts where the time goes."""
THREADED_ROWS = 1 << 17
"""Work over fewer rows than this is done by the caller: handing it to threads costs more than it saves."""
_WAIT_S = 0.01
"""Between two looks, by whoever waits for a thread, whether the query is to end."""
_THREAD_NAME = "flowql-segment"

Check: TypeAlias = Callable[[], None]
"""Raises when a query is to end. Kernels ask it between two parts of their work, never a row."""


def unchecked() -> None:
    """The check of work that nobody stops."""


class Threads:
    """The threads that the queries of one engine share, started when first needed."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._lock = Lock()
        keep_freed_blocks()

    def map(
        self, work: Callable[[Item], Answer], items: Iterable[Item], check: Check = unchecked
    ) -> Iterator[Answer]:
        """`work` of each item, in order; what the check raises ends the waiting, and what has not begun."""
        begun = deque(self._submit(partial(work, item)) for item in items)
        return _awaited(begun, iter(()), 0, check)

    def ahead(
        self, works: Iterator[Callable[[], Answer]], count: int, check: Check = unchecked
    ) -> Iterator[Answer]:
        """What each work gives, in order; at most `count` of them are begun before they are asked for."""
        return _awaited(deque(), (self._submit(work) for work in works), count, check)

    def close(self) -> None:
        """End the threads; the next `map` starts others."""
        with self._lock:
            if self._pool is not None:
                self._pool.shutdown(cancel_futures=True)
                self._pool = None

    def _submit(self, work: Callable[[], Answer]) -> "Future[Answer]":
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(THREADS, _THREAD_NAME)
            return self._pool.submit(work)


def outcome_of(future: "Future[Answer]", check: Check) -> Answer:
    """What a thread's work gives, or raises; what the check raises ends the waiting, not the work."""
    while not future.done():
        check()
        wait((future,), _WAIT_S)
    return future.result()


def _awaited(
    begun: "deque[Future[Answer]]", further: "Iterator[Future[Answer]]", ahead_count: int, check: Check
) -> Iterator[Answer]:
    """The outcomes of what is begun, and of what begins as they are asked for."""
    try:
        for future in further:
            begun.append(future)
            if len(begun) >= ahead_count:
                yield outcome_of(begun.popleft(), check)
        while begun:
            yield outcome_of(begun.popleft(), check)
    finally:
        for future in begun:
            future.cancel()


@dataclass(frozen=True, slots=True)
class Why:
    """That each row says why it matched: by which clauses, and in which zone times are told."""

    clauses: tuple[BoundClause, ...]
    zone: Zone


@dataclass(slots=True)
class Context:
    """Shared by all operators of one query."""

    threads: Threads
    stop: Stop = field(default_factory=Stop)
    """What ends the query."""
    limits: Limits = DEFAULT_LIMITS
    matching_values: dict[tuple[int, Predicate], pa.StringArray] = field(default_factory=dict)
    """The values of a text predicate by (identity of the vocabulary, predicate).

    Worked out once for all segments.
    """
    few_texts: dict[tuple[int, Predicate], tuple[bytes, ...] | None] = field(default_factory=dict)
    """The same values lowered, each once; None where they are many."""

    bounds: dict[int, Bounds] = field(default_factory=dict)
    """Ranges made ready, by the identity of what they were made from."""
    recorder: "Recorder | None" = None
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
        """Raise `CancelledError` when the query was cancelled, `LimitError` when its time is up.

        Called between blocks and segments.
        """
        self.stop.check()

    def map(self, work: Callable[[Item], Answer], items: Sequence[Item], row_count: int) -> Iterator[Answer]:
        """`work` of each item, in order; never asked for by such work.

        On threads when they look at many rows in all: even one, for the caller's sake, who does not wait for
        it to see that the query is to end.
        """

        def checked(item: Item) -> Answer:
            self.check()
            return work(item)

        if row_count < THREADED_ROWS:
            return map(checked, items)
        return self.threads.map(checked, items, self.check)

    def apart(self, work: Callable[[], Answer], row_count: int) -> Answer:
        """What the work gives, which looks at so many rows and cannot always be stopped between them."""
        (answer,) = self.map(lambda _: work(), (None,), row_count)
        return answer
