"""`python -m bench ingest`: from text to searchable.

Owns which logs are loaded and what is told of it. FlowQL and the peers load by turns, each in a process of
its own; after every turn, all stores are asked for the same accounts of the log, and times are told only if
they agree. ClickHouse is there where chDB is installed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import flowql
from bench import data
from bench.askers import Asker
from bench.asking import Question, ask_duckdb, ask_flowql, require_right
from bench.data import Log
from bench.duckdb_peer import connect_duckdb
from bench.loading import Load, load_apart, remove_store
from bench.results import Result, Results, Samples, beside_peers, require_same
from bench.suite_question import SuiteQuestion

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
_SHARED_ACCOUNT = (
    'SELECT count(*), sum(bytes), sum(packets), min(start), max("end"), count(DISTINCT interface_id)'
    " FROM flows"
)
"""What both peers are asked in the same words; FlowQL's other accounts are compared with DuckDB's."""


@dataclass(frozen=True, slots=True)
class _Goals:
    """Figures to reach with a log of 10 million records; empty where there is none."""

    rate: str = ""
    size: str = ""


def run(results: Results, records: int, runs: int, cache: Path) -> None:
    """Load the logs, `runs` times each."""
    stores = cache / "stores"
    split = max(data.GZIP_LINES, records // data.GZIP_LINES * data.GZIP_LINES)
    large = -(-records // data.LARGE_COUNT)

    def measure(name: str, make: Callable[[], Log], goals: _Goals) -> None:
        results.measure(_BENCH, name, lambda: _compared(name, make(), stores, runs, goals))

    goals = _Goals(">= 1,500,000; ratio >= 1.1", "<= 40")
    measure("plain text", partial(data.plain, cache, records), goals)
    goals = _Goals("ratio >= 1")
    measure(f"{data.LARGE_COUNT} gzip files", partial(data.gzipped, cache, records, large), goals)
    measure("v5", partial(data.v5, cache, records), _Goals("ratio >= 0.77", "ratio >= 0.5"))
    name = f"{split // data.GZIP_LINES:,} gzip files of {data.GZIP_LINES:,} lines"
    measure(name, partial(data.gzipped, cache, split), _Goals(">= 700,000"))


def engines() -> tuple[str, ...]:
    """Who loads here."""
    return ("flowql", "duckdb", *(["clickhouse"] if find_spec("chdb") else []))


def _compared(name: str, log: Log, stores: Path, runs: int, goals: _Goals) -> Iterator[Result]:
    """Load by turns, check the accounts, and say what it took."""
    log.warm()
    places = {engine: stores / f"ingest.{engine}" for engine in engines()}
    loads: dict[str, list[Load]] = {engine: [] for engine in places}
    try:
        for _ in range(runs):
            for engine, place in places.items():
                loads[engine].append(load_apart(engine, log, place))
            _require_right_accounts(log, places)
        yield from _results(name, log.traffic.records, loads, goals)
    finally:
        for place in places.values():
            remove_store(place)


def _require_right_accounts(log: Log, places: Mapping[str, Path]) -> None:
    with flowql.open(places["flowql"]) as engine, connect_duckdb(places["duckdb"]) as connection:
        require_same("number of records", [topic.rows for topic in engine.topics()], [log.traffic.records])
        for question in (*_ACCOUNTS, *(_V5_ACCOUNTS if log.traffic.v5 else ())):
            theirs = ask_duckdb(connection, question)
            require_right(question, ask_flowql(engine, question), theirs, connection)
        expected = connection.execute(_SHARED_ACCOUNT).fetchall()
    if "clickhouse" in places:
        asker = Asker("clickhouse", places["clickhouse"])
        try:
            _, rows = asker.ask(SuiteQuestion("", (), (_SHARED_ACCOUNT,)))
        finally:
            asker.close()
        require_same("accounts of clickhouse", [tuple(map(int, row)) for row in rows], expected)


def _results(name: str, records: int, loads: Mapping[str, list[Load]], goals: _Goals) -> Iterator[Result]:
    def result(what: str, unit: str, of_load: Callable[[Load], float], goal: str) -> Result:
        values = {engine: Samples(tuple(map(of_load, one))) for engine, one in loads.items()}
        return beside_peers(f"{name}, {what}", unit, values, goal)

    yield result("rate", "records/s", lambda load: records / load.seconds, goals.rate)
    yield result("peak anonymous memory", "MiB", lambda load: load.peak_bytes / _MIB, _MEMORY_GOAL)
    yield result("size on disk", "bytes/record", lambda load: load.stored_bytes / records, goals.size)
