"""`python -m bench stages`: what the stages after a search cost.

Owns the order of things: one log in a FlowQL store and in a DuckDB table, both open in this process, every
question asked of both by turns as in `search`; then facets, which have no peer but whose counts are compared
all the same; then what is read to its end, whose memory `stages_memory` measures. Which questions there are
is known to `stages_questions`.
"""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import duckdb

import flowql
from bench import data, stages_memory
from bench.duckdb_peer import connect_duckdb
from bench.loading import load_apart, remove_store
from bench.results import RefusedError, Result, Results, Samples, require_same
from bench.search import asked
from bench.stages_questions import TASKS
from flowql.engine import Engine
from flowql.schema import Kind, field_named

_BENCH = "stages"
_FACETS = "facets, everything"
_FACETS_GOAL = "< 1,500"
_VALUE_COUNT = 10
"""Values of each field in the first answer of facets; one more in each that follows."""
_PRINTED_TIME = "strftime(make_timestamp({} * 1000000), '%Y-%m-%dT%H:%M:%SZ')"


def run(results: Results, records: int, runs: int, cache: Path) -> None:
    """Ask every question once to warm up and `runs` times for its time; read to the end in new processes."""
    log = data.plain(cache, records)
    stores = cache / "stores"
    store, database = stores / "stages", stores / "stages.duckdb"
    try:
        load_apart("flowql", log, store)
        load_apart("duckdb", log, database)
        with flowql.open(store) as engine, connect_duckdb(database) as connection:
            for task in TASKS:
                results.measure(_BENCH, task.name, partial(asked, task, engine, connection, runs))
            results.measure(_BENCH, _FACETS, partial(_facets, engine, connection, runs))
            for reading in stages_memory.READINGS:
                work = partial(stages_memory.measured, reading, engine, connection, store, runs)
                results.measure(_BENCH, reading.name, work)
    except RefusedError as error:
        results.refuse(_BENCH, "loading", error)
    finally:
        for path in (store, database):
            remove_store(path)


def _facets(engine: Engine, connection: duckdb.DuckDBPyConnection, runs: int) -> Iterator[Result]:
    """Facets of all records, from the text to the rows; the first answer, unmeasured, is the one compared."""
    times = []
    for turn in range(runs + 1):
        begin = time.perf_counter()
        rows = list(engine.search(f"* | facets {_VALUE_COUNT + turn}"))
        times.append(1000 * (time.perf_counter() - begin))
        if not turn:
            _require_right_facets([(row["field"], row["value"], row["count"]) for row in rows], connection)
    yield Result(_FACETS, "ms", Samples(tuple(times[1:])), goal=_FACETS_GOAL)


def _require_right_facets(
    rows: list[tuple[str, str | None, int]], connection: duckdb.DuckDBPyConnection
) -> None:
    """Raise `RefusedError` unless each field has the most frequent values, descending, with their counts.

    Which of values as frequent as the last one are told is left open here: that is the language's business.
    """
    columns = [column[0] for column in connection.execute("SELECT * FROM flows LIMIT 0").description or ()]
    names = [name.replace("_", "-") for name in columns]
    require_same("fields of facets", list(dict.fromkeys(field for field, *_ in rows)), names)
    for column, name in zip(columns, names, strict=True):
        ours = [(value, count) for field, value, count in rows if field == name]
        tied = _most_frequent(column, name, connection)
        expected = sorted(tied.values(), reverse=True)[:_VALUE_COUNT]
        require_same(f"facets, counts of {name}", [count for _, count in ours], expected)
        require_same(f"facets, values of {name}", ours, [(value, tied.get(value)) for value, _ in ours])
        require_same(f"facets, different values of {name}", [len(ours)], [len(dict(ours))])


def _most_frequent(column: str, name: str, connection: duckdb.DuckDBPyConnection) -> dict[str | None, int]:
    """Values as printed, with their counts: all not behind the last one to be told, ties included."""
    is_time = field_named(name).kind is Kind.TIME
    printed = _PRINTED_TIME.format("value") if is_time else "CAST(value AS VARCHAR)"
    counted = f'SELECT "{column}" AS value, count(*) AS n FROM flows GROUP BY ALL'  # noqa: S608 - a column's name
    ranked = f"QUALIFY rank() OVER (ORDER BY n DESC) <= {_VALUE_COUNT}"
    return dict(connection.execute(f"SELECT {printed}, n FROM ({counted}) {ranked}").fetchall())  # noqa: S608 - as above
