"""The process of one load: `python -m bench.loader ORDER`, which is JSON, as is what it prints.

Owns the clock, which runs from before the store is opened to after it is closed, and the sampling of memory
by a thread. Imports the one engine that it is to measure, before the clock runs, and nothing of the other,
whose memory would be counted too.
"""

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.memory import PeakMemory


def _flowql_load(order: dict[str, Any]) -> Callable[[], None]:
    open_engine = import_module("flowql.engine").open_engine

    def load() -> None:
        with open_engine(Path(order["store"])) as engine:
            report = engine.ingest(order["path"])
        if report.records != order["records"] or report.rejects or report.problems:
            sys.exit(f"of {order['records']:,} records, this became: {report}")

    return load


def _peer_load(order: dict[str, Any]) -> Callable[[], None]:
    engine = order["engine"]
    load = getattr(import_module(f"bench.{engine}_peer"), f"load_{engine}")
    return partial(load, Path(order["path"]), order["layout"], order["header"], Path(order["store"]))


_LOADS = {"flowql": _flowql_load, "duckdb": _peer_load, "clickhouse": _peer_load}


def _main() -> None:
    order = json.loads(sys.argv[1])
    if order.get("settle"):
        engine = order["engine"]
        getattr(import_module(f"bench.{engine}_peer"), f"settle_{engine}")(Path(order["store"]))
        return
    load = _LOADS[order["engine"]](order)
    with PeakMemory() as memory:
        begin = time.perf_counter()
        load()
        seconds = time.perf_counter() - begin
    sys.stdout.write(json.dumps({"seconds": seconds, "peak_bytes": memory.peak_bytes}))


if __name__ == "__main__":
    _main()
