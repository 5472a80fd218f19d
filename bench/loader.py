"""The process of one load: `python -m bench.loader ORDER`, which is JSON, as is what it prints.

Owns the clock, which runs from before the store is opened to after it is closed, and the sampling of memory
by a thread. Imports the one engine that it is to measure, before the clock runs, and nothing of the other,
whose memory would be counted too.
"""

import json
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Self

from bench.machine import anonymous_bytes

_SAMPLE_S = 0.020


class PeakMemory(threading.Thread):
    """Samples this process's anonymous memory until left; a context manager."""

    def __init__(self) -> None:
        super().__init__(name="bench-memory", daemon=True)
        self.peak_bytes = anonymous_bytes()
        self._left = threading.Event()

    def run(self) -> None:
        """Sample until it is left."""
        while not self._left.wait(_SAMPLE_S):
            self.peak_bytes = max(self.peak_bytes, anonymous_bytes())

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()
        self.join()


def _flowql_load(order: dict[str, Any]) -> Callable[[], None]:
    open_engine = import_module("flowql.engine").open_engine

    def load() -> None:
        with open_engine(Path(order["store"])) as engine:
            report = engine.ingest(order["path"])
        if report.records != order["records"] or report.rejects or report.problems:
            sys.exit(f"of {order['records']:,} records, this became: {report}")

    return load


def _duckdb_load(order: dict[str, Any]) -> Callable[[], None]:
    load_duckdb = import_module("bench.peers").load_duckdb
    return partial(load_duckdb, Path(order["path"]), order["layout"], order["header"], Path(order["store"]))


_LOADS = {"flowql": _flowql_load, "duckdb": _duckdb_load}


def _main() -> None:
    order = json.loads(sys.argv[1])
    load = _LOADS[order["engine"]](order)
    with PeakMemory() as memory:
        begin = time.perf_counter()
        load()
        seconds = time.perf_counter() - begin
    sys.stdout.write(json.dumps({"seconds": seconds, "peak_bytes": memory.peak_bytes}))


if __name__ == "__main__":
    _main()
