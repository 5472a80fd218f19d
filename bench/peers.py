"""`python -m bench peers`: FlowQL, DuckDB and ClickHouse, side by side on what people ask of flow logs.

Owns the order of things: one log is loaded by each engine in a process of its own; then each answers in a
process of its own, and every question of the suite goes to all of them by turns; then FlowQL alone is looked
at (`alone`).
"""

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from bench import alone, data
from bench.asker import lists_beside
from bench.data import Log
from bench.loading import Load, load_apart, remove_store, settle_apart
from bench.results import RefusedError, Result, Results, Samples, beside_peers
from bench.suite import TASKS, SuiteTask
from bench.turns import Table, around
from flowql.demo.traffic import Traffic

_BENCH = "peers"
ENGINES = ("flowql", "duckdb", "clickhouse")
_MIB = 1 << 20
_RATIO_MIN, _MEAN_MIN = 2, 12
_MEMORY_GOAL = "< 1,024"


def run(results: Results, traffic: Traffic, runs: int, cache: Path, seed: int, *, keep: bool = False) -> None:
    """Load the log, and ask every question once to warm up and `runs` times for its time.

    With `keep` the stores stay, and those that stayed from another run are not made anew.
    """
    log = data.of_traffic(cache, traffic)
    stores = {engine: cache / "stores" / f"{log.path.name}.{engine}" for engine in ENGINES}
    kept = cache / "stores" / f"{log.path.name}.kept"
    try:
        if not (keep and kept.exists()):
            kept.unlink(missing_ok=True)
            _load(results, log, stores)
            kept.touch()
        with around(stores, seed, runs) as table:
            _tell_suite(results, table)
        alone.run(results, stores["flowql"], table.draws, runs)
    except RefusedError as error:
        results.refuse(_BENCH, "loading", error)
    finally:
        if not keep:
            for path in (kept, *stores.values(), lists_beside(stores["flowql"])):
                remove_store(path)


def _load(results: Results, log: Log, stores: Mapping[str, Path]) -> None:
    """Load plainly, tell of it, and only then let the peers settle."""
    loads = {engine: loaded(engine, log, store) for engine, store in stores.items()}
    _tell_loads(results, loads, log.traffic.records)
    for engine in ENGINES[1:]:
        settle_apart(engine, stores[engine])


def loaded(engine: str, log: Log, store: Path) -> Load:
    """Load the log, which is in the page cache."""
    log.warm()
    return load_apart(engine, log, store)


def _tell_loads(results: Results, loads: Mapping[str, Load], records: int) -> None:
    def tell(what: str, unit: str, of_load: Callable[[Load], float], goal: str) -> None:
        values = {engine: Samples((of_load(load),)) for engine, load in loads.items()}
        name = f"load, {what}"
        results.measure(_BENCH, name, lambda: [beside_peers(name, unit, values, goal)])

    tell("rate", "records/s", lambda load: records / load.seconds, ">= 1,500,000; ratio >= 1.1")
    tell("peak memory", "MiB", lambda load: load.peak_bytes / _MIB, "< 1,536")
    tell("size", "bytes/record", lambda load: load.stored_bytes / records, "<= 40")


def _tell_suite(results: Results, table: Table) -> None:
    ratios: dict[str, float] = {}
    for task in TASKS:
        results.measure(_BENCH, task.name, partial(_asked, task, table, ratios))
    if not ratios:
        return
    mean = math.exp(math.fsum(map(math.log, ratios.values())) / len(ratios))
    worst = min(ratios, key=ratios.__getitem__)
    peaks = {engine: Samples((asker.peak_bytes / _MIB,)) for engine, asker in table.askers.items()}
    for result in (
        Result("geometric mean of the ratios", "times", Samples((mean,)), goal=f">= {_MEAN_MIN}"),
        Result(f"worst ratio: {worst}", "times", Samples((ratios[worst],)), goal=f">= {_RATIO_MIN}"),
        beside_peers("suite, peak memory", "MiB", peaks, _MEMORY_GOAL),
    ):
        results.tell(_BENCH, result)


def _asked(task: SuiteTask, table: Table, ratios: dict[str, float]) -> Iterator[Result]:
    result = beside_peers(task.name, "ms", table.asked(task), f"ratio >= {_RATIO_MIN}")
    assert result.ratio is not None
    ratios[task.name] = result.ratio
    yield result
