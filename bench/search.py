"""`python -m bench search`: from question to answer.

Owns the order of things: one log in a FlowQL store and in a DuckDB table, both open in this process, each
question asked of both by turns with literals of its own, and the time told only if every answer was the same.
What starting costs is measured by `starting`, on the same store.
"""

from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import duckdb

import flowql
from bench import data, starting
from bench.asking import Answer, ask_duckdb, ask_flowql, require_right
from bench.duckdb_peer import DUCKDB, connect_duckdb
from bench.loading import load_apart, remove_store
from bench.questions import TASKS, Task, draws, fresh_questions
from bench.results import RefusedError, Result, Results, Samples
from flowql.engine import Engine

_BENCH = "search"
_DRAWS_PER_RUN = 20
"""Draws to look at for a question that was not asked before; rankings differ in every one."""


def run(results: Results, records: int, runs: int, cache: Path) -> None:
    """Ask every question once to warm up and `runs` times for its time."""
    log = data.plain(cache, records)
    stores = cache / "stores"
    store, database = stores / "search", stores / "search.duckdb"
    try:
        load_apart("flowql", log, store)
        load_apart("duckdb", log, database)
        with flowql.open(store) as engine, connect_duckdb(database) as connection:
            for task in TASKS:
                results.measure(_BENCH, task.name, partial(asked, task, engine, connection, runs))
            starting.run(results, connection, store, runs)
        starting.run_open(results, cache, records, stores / "pieces", runs)
    except RefusedError as error:
        results.refuse(_BENCH, "loading", error)
    finally:
        for path in (store, database, stores / "pieces"):
            remove_store(path)


def asked(task: Task, engine: Engine, connection: duckdb.DuckDBPyConnection, runs: int) -> Iterator[Result]:
    """Ask, compare, and only then say how long it took. Who goes first has the colder caches: by turns."""
    times: list[tuple[Answer, Answer]] = []
    drawn = islice(draws(connection), _DRAWS_PER_RUN * (runs + 1))
    for turn, question in enumerate(fresh_questions(task.make, drawn, runs + 1)):
        if turn % 2:
            theirs = ask_duckdb(connection, question)
            ours = ask_flowql(engine, question)
        else:
            ours = ask_flowql(engine, question)
            theirs = ask_duckdb(connection, question)
        require_right(question, ours, theirs, connection)
        times.append((ours, theirs))
    ours_ms, theirs_ms = (
        Samples(tuple(1000 * answer.seconds for answer in one)) for one in zip(*times[1:], strict=True)
    )
    yield Result(task.name, "ms", ours_ms, {DUCKDB: theirs_ms}, task.goal)
