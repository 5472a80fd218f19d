"""The limits of one query, and what ends it before its answer is whole.

Owns how long a query may take and how much its stages may hold, as numbers that everything else derives from,
and the one question that all work asks between two of its parts: whether to go on. Who cancels, and what
becomes of the rows so far, is the caller's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from threading import Event, Lock
from time import perf_counter

from flowql.errors import CancelledError, FlowqlError, LimitError, UsageError

MEMORY_BYTES = 512 << 20
"""What the stages of a query may hold, unless it says otherwise."""
TIMEOUT = "timeout"
"""The name of the limit of time."""
MEMORY = "memory_max"
"""The name of the limit of memory."""
_ROW_BYTES = 256
"""A row that is sorted, or a group: some 100 bytes, and as many again while they are put in order."""
_COUNT_BYTES = 64
"""A count in an array of one a value: 8 bytes on each of two threads, and what is made of them."""
_CHART_ROW_BYTES = 50
_CHART_ROWS_MAX = 10_000_000
"""Rows of a timechart, however much memory there is: more of them tell nobody anything."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may take.

    `timeout_s` is the time in which the engine works for it (None: as long as it takes); while nobody waits
    for rows, as when a reader turns pages, the clock stands. `memory_bytes` is about what its stages may hold
    beside the rows that are on their way: rows that are sorted, groups, the values of a subquery, the
    database of the stages that run in SQL. What the engine keeps for all queries, such as the dictionaries of
    a snapshot, is not part of it. What passes the memory goes to a temporary folder where SQL can take it
    there, and ends the query where not. `allow_partial` says that an answer of the rows so far is wanted
    where the time is up.
    """

    timeout_s: float | None = None
    memory_bytes: int = MEMORY_BYTES
    allow_partial: bool = False

    def __post_init__(self) -> None:
        if self.timeout_s is not None and not (isfinite(self.timeout_s) and self.timeout_s > 0):
            raise UsageError(f"a timeout is a number of seconds above 0, found {self.timeout_s}")
        if self.memory_bytes <= 0:
            raise UsageError(f"a limit of memory is a number of bytes above 0, found {self.memory_bytes}")

    def but(
        self, timeout_s: float | None, memory_bytes: int | None, *, allow_partial: bool | None
    ) -> "Limits":
        """These limits, others in place of those that are given."""
        return Limits(
            self.timeout_s if timeout_s is None else timeout_s,
            self.memory_bytes if memory_bytes is None else memory_bytes,
            self.allow_partial if allow_partial is None else allow_partial,
        )

    @property
    def sorted_rows_max(self) -> int:
        """Rows that are sorted in memory; more are sorted in SQL, which can spill them."""
        return self.memory_bytes // _ROW_BYTES

    @property
    def group_count_max(self) -> int:
        """Groups that are made in memory; more are made in SQL, which can spill them."""
        return self.memory_bytes // _ROW_BYTES

    @property
    def counted_values_max(self) -> int:
        """Values, from the least one on, that are counted in an array; the few beyond are sorted."""
        return self.memory_bytes // _COUNT_BYTES

    @property
    def chart_rows_max(self) -> int:
        """Rows of a timechart: buckets times combinations of keys."""
        return min(_CHART_ROWS_MAX, self.memory_bytes // _CHART_ROW_BYTES)

    def check_held(self, byte_count: int, what: str) -> None:
        """Raise `LimitError` when something takes more than all the memory; `what` names it in words."""
        if byte_count > self.memory_bytes:
            message = f"{what} take more than the {self.memory_bytes:,} bytes that the query may"
            raise LimitError(MEMORY, message, hint="narrow the search, or give it more memory")

    def check_chart(self, row_count: int) -> None:
        """Raise `LimitError` when a timechart of so many rows is too much."""
        if row_count <= self.chart_rows_max:
            return
        name = "timechart_rows_max" if self.chart_rows_max == _CHART_ROWS_MAX else MEMORY
        message = f"the timechart has {row_count:,} rows, a bucket and a combination of keys each"
        raise LimitError(name, message, hint="take wider buckets, or fewer keys")


DEFAULT_LIMITS = Limits()


class Stop:
    """Whether a query is to end: cancelled from here, by an event of the caller's, or by the clock.

    Threads may share it. Looking costs less than a microsecond: it is asked between two blocks, never a row.
    """

    def __init__(self, timeout_s: float | None = None, given: Event | None = None) -> None:
        self._cancelled = Event()
        self._given = given
        self._timeout_s = timeout_s
        self._lock = Lock()
        self._waiting_count = 0
        self._began_s = 0.0
        self._spent_s = 0.0

    def set(self) -> None:
        """Cancel."""
        self._cancelled.set()

    def is_set(self) -> bool:
        """Whether work should end."""
        return self.reason() is not None

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody wants it to end."""
        return self._cancelled.is_set() or (self._given is not None and self._given.is_set())

    def check(self) -> None:
        """Raise `CancelledError`, or `LimitError` when the time is up."""
        reason = self.reason()
        if reason is not None:
            raise reason

    def reason(self) -> FlowqlError | None:
        """Why work should end; None while it may go on."""
        if self.is_cancelled:
            return CancelledError("the query was cancelled")
        if self._timeout_s is not None and self._elapsed_s() >= self._timeout_s:
            message = f"the query took longer than the {self._timeout_s:g} s that it may"
            return LimitError(TIMEOUT, message, hint="narrow the search, or give it more time")
        return None

    @contextmanager
    def working(self) -> Iterator[None]:
        """While somebody waits for the query, by whom its time is counted."""
        with self._lock:
            if not self._waiting_count:
                self._began_s = perf_counter()
            self._waiting_count += 1
        try:
            yield
        finally:
            with self._lock:
                self._waiting_count -= 1
                if not self._waiting_count:
                    self._spent_s += perf_counter() - self._began_s

    def _elapsed_s(self) -> float:
        with self._lock:
            running_s = perf_counter() - self._began_s if self._waiting_count else 0.0
            return self._spent_s + running_s
