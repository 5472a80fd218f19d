"""What it costs to start: the program, a one-shot search, and opening a store of many segments.

Owns how each is started and what its output is compared with. There is no peer: these have figures to reach.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from unittest.mock import patch

import duckdb

import flowql
from bench import data
from bench.asking import Question, Row, ask_duckdb
from bench.data import Log
from bench.loading import remove_store
from bench.machine import descriptor_count
from bench.questions import TASKS, draws
from bench.results import RefusedError, Result, Results, Samples, require_same
from flowql.store import writer

_BENCH = "search"
_ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(flowql.__file__).parent.parent)}
"""So that the program started is the FlowQL imported here, whatever else is installed."""


def run(results: Results, connection: duckdb.DuckDBPyConnection, store: Path, runs: int) -> None:
    """Start the program, on the store of the other questions, whose answers `connection` knows."""
    results.measure(_BENCH, "flowql --version", partial(_version, runs))
    results.measure(_BENCH, "flowql search, one shot", partial(_one_shot, connection, store, runs))


def run_open(results: Results, cache: Path, records: int, store: Path, runs: int) -> None:
    """Open a store of many segments."""
    name = f"open {data.SEGMENT_COUNT} segments"
    results.measure(_BENCH, name, lambda: _opened(name, data.pieces(cache, records), store, runs))


def _version(runs: int) -> Iterator[Result]:
    times = []
    for _ in range(runs + 1):
        seconds, done = _timed(["--version"])
        require_same("flowql --version", [done.stdout], [f"flowql {flowql.__version__}\n"])
        times.append(1000 * seconds)
    yield Result("flowql --version", "ms", Samples(tuple(times[1:])), goal="< 150 ms")


def _one_shot(connection: duckdb.DuckDBPyConnection, store: Path, runs: int) -> Iterator[Result]:
    """One host, count and newest 50, as people see it: a table, and the number of matches below it."""
    times = []
    for draw in islice(draws(connection), runs + 1):
        question = TASKS[0].make(draw)
        seconds, done = _timed(["search", "--store", str(store), question.flowql])
        _require_right_table(question, done, connection)
        times.append(1000 * seconds)
    yield Result("flowql search, one shot", "ms", Samples(tuple(times[1:])), goal="< 600 ms")


def _require_right_table(
    question: Question, done: subprocess.CompletedProcess[str], connection: duckdb.DuckDBPyConnection
) -> None:
    expected = ask_duckdb(connection, question)
    names = [name for name, *_ in connection.execute("SELECT * FROM flows LIMIT 0").description or ()]
    _, *lines = done.stdout.splitlines()
    rows = [_as_printed(row, names) for row in expected.rows]
    require_same(question.flowql, [line.split() for line in lines], rows)
    total = f"{expected.total:,} records matched"
    if total not in done.stderr:
        raise RefusedError(f"{question.flowql}: the peer says {total}, FlowQL {done.stderr.strip()!r}")


def _as_printed(row: Row, names: Sequence[str]) -> list[str]:
    return [
        "-"
        if value is None
        else datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if name in {"start", "end"}
        else str(value)
        for name, value in zip(names, row, strict=True)
    ]


def _timed(words: list[str]) -> tuple[float, subprocess.CompletedProcess[str]]:
    program = shutil.which("flowql", path=str(Path(sys.executable).parent))
    command = [program] if program else [sys.executable, "-m", "flowql"]
    begin = time.perf_counter()
    done = subprocess.run([*command, *words], capture_output=True, text=True, check=False, env=_ENVIRONMENT)  # noqa: S603 - our own program
    seconds = time.perf_counter() - begin
    if done.returncode:
        raise RefusedError(f"flowql {' '.join(words)} ended with {done.returncode}: {done.stderr.strip()}")
    return seconds, done


def _opened(name: str, log: Log, store: Path, runs: int) -> Iterator[Result]:
    """Open in this process, libraries imported: from path to topics; then the descriptors that are open."""
    _make_segments(log, store)
    times, descriptors = [], []
    for _ in range(runs + 1):
        before = descriptor_count()
        begin = time.perf_counter()
        engine = flowql.open(store)
        topics = engine.topics()
        seconds = time.perf_counter() - begin
        with engine:
            found = [(topic.segments, topic.rows) for topic in topics]
            require_same("segments and records", found, [(len(log.files), log.traffic.records)])
            open_count = descriptor_count() - before
            # The first word opens the vocabulary.
            counted = engine.count("ACCEPT") + engine.count("NOT ACCEPT")
            require_same("ACCEPT, and NOT ACCEPT", [counted], [log.traffic.records])
            descriptors.append(max(open_count, descriptor_count() - before))
        times.append(1000 * seconds)
    yield Result(name, "ms", Samples(tuple(times[1:])), goal="< 100 ms")
    yield Result(f"{name}, then search", "descriptors", Samples(tuple(descriptors[1:])), goal="<= 64")


def _make_segments(log: Log, store: Path) -> None:
    """Commit every file by itself, with merging switched off."""
    remove_store(store)
    with patch.object(writer, "choose_merge", return_value=[]), flowql.open(store) as engine:
        for path in log.files:
            engine.ingest(path)
    os.sync()
