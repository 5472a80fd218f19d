"""`python -m bench ingest`: from text to searchable.

Owns which logs are loaded and what is told of it. FlowQL and DuckDB load by turns, each in a process of its
own; after every pair of loads, both stores are asked for the same accounts of the log, and times are told
only if they agree.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import flowql
from bench import data
from bench.asking import Question, ask_duckdb, ask_flowql, require_right
from bench.data import Log
from bench.loading import Load, load_apart, remove_store
from bench.peers import DUCKDB, connect_duckdb
from bench.results import Result, Results, Samples, require_same

_MIB = 1 << 20
_MEMORY_GOAL = "< 1,536"
_BENCH = "ingest"
_ACCOUNTS = (
    Question("* | count", "SELECT count(*) FROM flows"),
    Question("* | stats sum(bytes)", "SELECT sum(bytes) FROM flows"),
    Question(
        "* | stats count() as n by action",
        "SELECT action, count(*) FROM flows GROUP BY action ORDER BY action",
    ),
    Question("* | stats dc(srcaddr)", "SELECT count(DISTINCT srcaddr) FROM flows"),
    Question(
        "* | stats sum(packets), min(start), max(end), dc(interface-id), dc(dstport)",
        'SELECT sum(packets), min(start), max("end"), count(DISTINCT interface_id), count(DISTINCT dstport)'
        " FROM flows",
    ),
)
_V5_ACCOUNTS = (
    Question(
        "* | stats count() as n, sum(traffic-path) as paths by flow-direction",
        "SELECT flow_direction, count(*), sum(traffic_path) FROM flows GROUP BY 1 ORDER BY 1",
    ),
    Question(
        "* | stats dc(subnet-id), dc(instance-id), dc(pkt-dstaddr), sum(tcp-flags)",
        "SELECT count(DISTINCT subnet_id), count(DISTINCT instance_id), count(DISTINCT pkt_dstaddr),"
        " sum(tcp_flags) FROM flows",
    ),
)


@dataclass(frozen=True, slots=True)
class _Goals:
    """Figures to reach with a log of 10 million records; empty where there is none."""

    rate: str = ""
    size: str = ""


def run(results: Results, records: int, runs: int, cache: Path) -> None:
    """Load the three logs, `runs` times each."""
    stores = cache / "stores"
    split = max(data.GZIP_LINES, records // data.GZIP_LINES * data.GZIP_LINES)
    plain_goals = _Goals(">= 1,200,000; ratio >= 1", "< 50")
    measure = partial(results.measure, _BENCH)
    measure(
        "plain text", lambda: _compared("plain text", data.plain(cache, records), stores, runs, plain_goals)
    )
    measure("v5", lambda: _compared("v5", data.v5(cache, records), stores, runs, _Goals()))
    name = f"{split // data.GZIP_LINES:,} gzip files"
    measure(name, lambda: _compared(name, data.gzipped(cache, split), stores, runs, _Goals(">= 500,000")))


def _compared(name: str, log: Log, stores: Path, runs: int, goals: _Goals) -> Iterator[Result]:
    """Load by turns, check the accounts, and say what it took."""
    log.warm()
    ours: list[Load] = []
    theirs: list[Load] = []
    try:
        for _ in range(runs):
            ours.append(load_apart("flowql", log, stores / "ingest"))
            theirs.append(load_apart("duckdb", log, stores / "ingest.duckdb"))
            _require_right_accounts(log, ours[-1].store, theirs[-1].store)
        yield from _results(name, log.traffic.records, ours, theirs, goals)
    finally:
        remove_store(stores / "ingest")
        remove_store(stores / "ingest.duckdb")


def _require_right_accounts(log: Log, store: Path, database: Path) -> None:
    with flowql.open(store) as engine, connect_duckdb(database) as connection:
        require_same("number of records", [topic.rows for topic in engine.topics()], [log.traffic.records])
        for question in (*_ACCOUNTS, *(_V5_ACCOUNTS if log.traffic.v5 else ())):
            theirs = ask_duckdb(connection, question)
            require_right(question, ask_flowql(engine, question), theirs, connection)


def _results(
    name: str, records: int, ours: list[Load], theirs: list[Load], goals: _Goals
) -> Iterator[Result]:
    def result(what: str, unit: str, of_load: Callable[[Load], float], goal: str) -> Result:
        ours_values, theirs_values = (Samples(tuple(map(of_load, loads))) for loads in (ours, theirs))
        return Result(f"{name}, {what}", unit, ours_values, DUCKDB, theirs_values, goal)

    yield result("rate", "records/s", lambda load: records / load.seconds, goals.rate)
    yield result("peak anonymous memory", "MiB", lambda load: load.peak_bytes / _MIB, _MEMORY_GOAL)
    yield result("size on disk", "bytes/record", lambda load: load.stored_bytes / records, goals.size)
