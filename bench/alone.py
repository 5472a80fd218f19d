"""What has no peer: opening a store, its first question with a cold page cache, questions by the thousand.

Owns what is measured and what is right: how many records each address has was counted by DuckDB. Each is
measured in new processes (`asker`), which have imported FlowQL before.
"""

import ctypes
import mmap
import os
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from bench import data
from bench.askers import Asker
from bench.results import RefusedError, Result, Results, Samples, require_same
from bench.suite_draw import SuiteDraw
from bench.suite_filters import host_question

_BENCH = "peers"
_HOST_COUNT = 1_000
_RESIDENT_MAX = 0.01
"""Part of a store's pages that may be in memory when it is called cold."""


def run(results: Results, store: Path, draws: Sequence[SuiteDraw], runs: int) -> None:
    """Look at a store that nobody has open."""
    counts = draws[0].population.counts
    results.measure(_BENCH, "store opened", partial(_opened, store, runs))
    results.measure(_BENCH, "page cache cold", partial(_first_questions, store, counts, runs))
    results.measure(_BENCH, "hosts on one thread", partial(_hosts, store, counts))


def _opened(store: Path, runs: int) -> Iterator[Result]:
    times = []
    for _ in range(runs + 1):
        asker = Asker("flowql", store)
        asker.close()
        times.append(1000 * asker.open_seconds)
    yield Result("store opened", "ms", Samples(tuple(times[1:])), goal="< 100 ms")


def _first_questions(store: Path, counts: dict[str, int], runs: int) -> Iterator[Result]:
    """One host, count and newest 50, asked of a store that was just opened and lies on disk alone."""
    opened, asked = [], []
    for host in islice(counts, runs):
        _forget(store)
        asker = Asker("flowql", store)
        try:
            opened.append(1000 * asker.open_seconds)
            asked.append(1000 * _seconds(asker, {host: counts[host]}))
        finally:
            asker.close()
    yield Result("page cache cold, store opened", "ms", Samples(tuple(opened)), goal="")
    yield Result("page cache cold, first question, one host", "ms", Samples(tuple(asked)), goal="< 1,000 ms")


def _hosts(store: Path, counts: dict[str, int]) -> Iterator[Result]:
    """Count and newest 50 of host after host, on one core, of a store in the page cache."""
    data.warm(store)
    asker = Asker("flowql", store, cores=1)
    try:
        hosts = list(counts)
        for name, some, goal in (
            (f"first {_HOST_COUNT:,}", hosts[:_HOST_COUNT], ""),
            ("all others", hosts[_HOST_COUNT:], ">= 1,000"),
        ):
            seconds = _seconds(asker, {host: counts[host] for host in some})
            rate = Samples((len(some) / seconds,))
            yield Result(f"hosts on one thread, count and newest 50, {name}", "queries/s", rate, goal=goal)
    finally:
        asker.close()


def _seconds(asker: Asker, counts: dict[str, int]) -> float:
    """How long it took to find these hosts; raises `RefusedError` where one has another number of records."""
    questions = [host_question(host) for host in counts]
    seconds, answers = asker.ask_series(questions)
    for question, rows, count in zip(questions, answers, counts.values(), strict=True):
        require_same(f"matched by {question.flowql}", [rows[-1]], [[count]])
    return seconds


# ---- the page cache


def _forget(store: Path) -> None:
    """Let nothing of the store be in memory. Raises `RefusedError` when it still is."""
    os.sync()
    files = [path for path in store.rglob("*") if path.is_file() and path.stat().st_size]
    for path in files:
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    resident, pages = (sum(one) for one in zip(*map(_resident_pages, files), strict=True))
    if resident > _RESIDENT_MAX * pages:
        raise RefusedError(f"{resident:,} of {pages:,} pages of {store} stayed in memory")


def _resident_pages(path: Path) -> tuple[int, int]:
    """How many pages of a file are in memory, and how many it has; mincore(2) tells."""
    size = path.stat().st_size
    pages = -(-size // mmap.PAGESIZE)
    told = (ctypes.c_ubyte * pages)()
    with path.open("rb") as file, mmap.mmap(file.fileno(), size, mmap.MAP_PRIVATE) as mapped:
        place = ctypes.c_ubyte.from_buffer(mapped)
        libc = ctypes.CDLL(None, use_errno=True)
        failed = libc.mincore(ctypes.c_void_p(ctypes.addressof(place)), ctypes.c_size_t(size), told)
        del place  # the map cannot be closed before
    if failed:
        raise OSError(ctypes.get_errno(), f"mincore of {path}")
    return sum(page & 1 for page in told), pages
