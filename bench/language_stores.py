"""Queries of many values, run: a list of 10,000 networks, and a regular expression over 100,000 values.

Owns the two stores and how the answers are known otherwise: of the list from DuckDB's distinct addresses and
Python's `ipaddress`, of the expression from Python's `re` over the texts that were written.
"""

import random
import re
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import partial
from ipaddress import IPv4Network, ip_address
from pathlib import Path

import duckdb

import flowql
from bench import data
from bench.duckdb_peer import connect_duckdb
from bench.loading import load_apart, remove_store
from bench.results import RefusedError, Result, Results, Samples, require_same
from flowql.engine import Engine

_BENCH = "language"
_SEED = 13
NETWORK_COUNT = 10_000
VALUE_COUNT = 100_000
_RECORDS_PER_VALUE = 2
_LIST_GOAL = "< 300 ms"
_REGEX_GOAL = "< 100 ms"
_LISTED = {"src in a list of 10,000 networks": "src", "ip in a list of 10,000 networks": "ip"}
_REGEX = "interface-id~/re/, 100,000 values"
_EXPRESSIONS = (
    "^eni-0{}[0-9a-f]*{}$",
    "{}{}",
    "{}.*{}.*7",
    "(a|b|c){}+{}",
    "^eni-.{{4}}{}.*{}$",
    "[{}{}]{{3}}",
)

_Ranges = list[tuple[int, int]]


def run(results: Results, records: int, runs: int, cache: Path) -> None:
    """Load the stores that are asked, and ask them."""
    stores = cache / "stores"
    try:
        if any(map(results.wants, _LISTED)):
            _run_lists(results, data.plain(cache, records), runs, stores)
        results.measure(_BENCH, _REGEX, partial(_matched, runs, stores / "values"))
    except RefusedError as error:
        results.refuse(_BENCH, "loading", error)
    finally:
        for name in ("lists", "lists.duckdb", "list files", "values", "values.log"):
            remove_store(stores / name)


# ---- lists


def _run_lists(results: Results, log: data.Log, runs: int, stores: Path) -> None:
    load_apart("flowql", log, stores / "lists")
    load_apart("duckdb", log, stores / "lists.duckdb")
    folder = stores / "list files"
    folder.mkdir(parents=True, exist_ok=True)
    with (
        connect_duckdb(stores / "lists.duckdb") as connection,
        flowql.open(stores / "lists", lists=folder) as engine,
    ):
        for name, field in _LISTED.items():
            lists = _write_lists(connection, folder, field, runs + 1)
            results.measure(_BENCH, name, partial(_listed, name, field, engine, connection, lists))


def _write_lists(
    connection: duckdb.DuckDBPyConnection, folder: Path, field: str, count: int
) -> dict[str, _Ranges]:
    """Lists of networks by name, a file each: one in ten about an address of the log, the others anywhere."""
    chance = random.Random(f"{_SEED} {field}")  # noqa: S311 - a benchmark repeats itself
    found = connection.execute(
        "SELECT DISTINCT srcaddr FROM flows WHERE srcaddr LIKE '%.%' ORDER BY 1 LIMIT 100000"
    )
    known = [text for (text,) in found.fetchall()]
    lists = {}
    for turn in range(count):
        networks = draw_networks(chance, known)
        name = f"{field}-{turn}"
        (folder / f"{name}.txt").write_text("".join(f"{network}\n" for network in sorted(networks)))
        lists[name] = _ranges(networks)
    return lists


def draw_networks(chance: random.Random, known: Sequence[str]) -> set[IPv4Network]:
    """10,000 networks: one in ten about a known address, the others anywhere."""
    return {
        IPv4Network((int(ip_address(chance.choice(known))), chance.randint(24, 32)), strict=False)
        if place % 10 == 0
        else IPv4Network((chance.randrange(1 << 32), chance.randint(24, 32)), strict=False)
        for place in range(NETWORK_COUNT)
    }


def _ranges(networks: set[IPv4Network]) -> _Ranges:
    """Ascending, disjoint."""
    joined: _Ranges = []
    for network in sorted(networks):
        first, last = int(network[0]), int(network[-1])
        if not joined or last > joined[-1][1]:
            joined.append((first, last))
    return joined


def _listed(
    name: str, field: str, engine: Engine, connection: duckdb.DuckDBPyConnection, lists: dict[str, _Ranges]
) -> Iterator[Result]:
    """Each list is asked for once, its file read within the time, and once more."""
    counts = _address_counts(connection, field)
    first_ms: list[float] = []
    again_ms: list[float] = []
    for list_name, ranges in lists.items():
        expected = sum(
            count for addresses, count in counts if any(_lies_in(ranges, each) for each in addresses)
        )
        query = f"{field}:@{list_name} | count"
        for times in (first_ms, again_ms):
            begin = time.perf_counter()
            rows = list(engine.search(query))
            times.append(1000 * (time.perf_counter() - begin))
            require_same(query, rows, [{"count": expected}])
    yield Result(f"{name}, its file read", "ms", Samples(tuple(first_ms[1:])), goal=_LIST_GOAL)
    yield Result(f"{name}, again", "ms", Samples(tuple(again_ms[1:])), goal=_LIST_GOAL)


def _address_counts(connection: duckdb.DuckDBPyConnection, field: str) -> list[tuple[tuple[int, ...], int]]:
    """The distinct addresses, or pairs of them, as numbers (IPv4 alone), and how many records have each."""
    columns = "srcaddr" if field == "src" else "srcaddr, dstaddr"
    found = connection.execute(f"SELECT {columns}, count(*) FROM flows GROUP BY ALL").fetchall()  # noqa: S608 - our own words
    numbers = {text: _ipv4(text) for *texts, _ in found for text in texts}
    return [
        (tuple(number for text in texts if (number := numbers[text]) is not None), count)
        for *texts, count in found
    ]


def _ipv4(text: str | None) -> int | None:
    return int(ip_address(text)) if text is not None and ":" not in text else None


def _lies_in(ranges: _Ranges, address: int) -> bool:
    place = bisect_right(ranges, (address, 1 << 32))
    return place > 0 and address <= ranges[place - 1][1]


# ---- expressions


def _matched(runs: int, store: Path) -> Iterator[Result]:
    """Every run asks for another expression, whose matches among the values written are counted by `re`."""
    chance = random.Random(_SEED)  # noqa: S311 - a benchmark repeats itself
    values = [f"eni-{number:017x}" for number in chance.sample(range(1 << 60), VALUE_COUNT)]
    log = store.with_suffix(".log")
    _write_log(log, values)
    remove_store(store)
    times = []
    with flowql.open(store) as engine:
        engine.ingest(log)
        (topic,) = engine.topics()
        require_same("records", [topic.rows], [VALUE_COUNT * _RECORDS_PER_VALUE])
        require_same("segments, each with all values", [topic.segments], [1])
        for turn in range(runs + 1):
            digits = chance.choices("0123456789abcdef", k=2)
            expression = _EXPRESSIONS[turn % len(_EXPRESSIONS)].format(*digits)
            matched = re.compile(expression, re.IGNORECASE)
            expected = _RECORDS_PER_VALUE * sum(matched.search(value) is not None for value in values)
            query = f"interface-id~/{expression}/ | count"
            begin = time.perf_counter()
            rows = list(engine.search(query))
            times.append(1000 * (time.perf_counter() - begin))
            require_same(query, rows, [{"count": expected}])
    yield Result(_REGEX, "ms", Samples(tuple(times[1:])), goal=_REGEX_GOAL)


def _write_log(log: Path, values: Sequence[str]) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as file:
        for second in range(_RECORDS_PER_VALUE):
            start = 1_741_046_400 + second
            after = f"10.0.0.5 10.0.0.9 40000 443 6 10 4000 {start} {start + 60} ACCEPT OK"
            file.writelines(f"2 123456789010 {value} {after}\n" for value in values)
