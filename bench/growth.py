"""`python -m bench peers --growth`: the suite on logs that have ten times the records of the one before.

Owns which sizes, and what is told of them: FlowQL's medians, and how many times more the larger log takes.
DuckDB holds the same logs, for it knows what is right; it is asked beside, and so is compared too.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bench import data
from bench.asker import lists_beside
from bench.loading import remove_store, settle_apart
from bench.peers import loaded
from bench.results import RefusedError, Result, Results, Samples, beside_peers
from bench.suite import TASKS, SuiteTask
from bench.turns import around
from flowql.demo.traffic import Traffic

_BENCH = "growth"
_ENGINES = ("flowql", "duckdb")
_STEP = 10
_STEPS = 3
_FLAT = "newest 50"
"""In the names of questions that should hardly grow."""
_FLAT_GOAL, _GOAL = "<= 3", "<= 11"


def run(results: Results, traffic: Traffic, runs: int, cache: Path, seed: int) -> None:
    """Ask the suite on a hundredth of the records, on a tenth, and on all; tell how the medians grow."""
    before: dict[str, Samples] = {}
    for step in reversed(range(_STEPS)):
        records = traffic.records // _STEP**step
        sized = data.resized(traffic, records)
        stores = {engine: cache / "stores" / f"growth.{engine}" for engine in _ENGINES}
        try:
            log = data.of_traffic(cache, sized)
            for engine, store in stores.items():
                loaded(engine, log, store)
            settle_apart("duckdb", stores["duckdb"])
            before = _asked(results, stores, records, before, runs, seed)
        except RefusedError as error:
            results.refuse(_BENCH, f"loading {records:,} records", error)
        finally:
            for store in (*stores.values(), lists_beside(stores["flowql"])):
                remove_store(store)


def _asked(
    results: Results, stores: dict[str, Path], records: int, before: dict[str, Samples], runs: int, seed: int
) -> dict[str, Samples]:
    """Tell of one size; FlowQL's times by the question's name."""
    ours: dict[str, Samples] = {}

    def told(task: SuiteTask) -> Iterator[Result]:
        values = table.asked(task)
        ours[task.name] = values["flowql"]
        yield beside_peers(f"{task.name}, {records:,} records", "ms", values, "")

    with around(stores, seed, runs) as table:
        for task in TASKS:
            results.measure(_BENCH, task.name, partial(told, task))
    for name in (name for name in ours if name in before):
        grown = ours[name].median / before[name].median
        goal = _FLAT_GOAL if _FLAT in name else _GOAL
        results.tell(_BENCH, Result(f"{name}, growth to {records:,}", "times", Samples((grown,)), goal=goal))
    return ours
