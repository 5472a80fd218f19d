"""One load of one log by one engine, in a process of its own.

Owns the process, so that time and memory are that load's alone: the clock runs from before the store is
opened to after it is closed, libraries imported before; the process's anonymous memory is sampled by a
thread. Run as `python -m bench.loading`, it is that process, and prints what it measured as JSON.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import flowql
import flowql.engine
from bench.data import Log
from bench.machine import anonymous_bytes
from bench.peers import load_duckdb
from bench.results import RefusedError
from flowql.demo.traffic import Traffic

_PROJECT = Path(__file__).resolve().parent.parent
_SAMPLE_S = 0.020


@dataclass(frozen=True, slots=True)
class Load:
    """What a load took, and where its store is."""

    store: Path
    seconds: float
    peak_bytes: int
    """The most anonymous memory (RssAnon), interpreter and libraries included."""

    @property
    def stored_bytes(self) -> int:
        """Everything on disk: every file of the store."""
        files = [self.store, *self.store.rglob("*")]
        return sum(file.stat().st_size for file in files if file.is_file())


def load_apart(engine: str, log: Log, store: Path) -> Load:
    """Load the log into a new store with `flowql` or `duckdb`, in a new process.

    Raises `RefusedError` when the process fails; what it said is on standard error then.
    """
    remove_store(store)
    store.parent.mkdir(parents=True, exist_ok=True)
    os.sync()  # what the last load left to be written must not slow this one
    words = [engine, str(log.path), str(log.traffic.records), str(int(log.traffic.v5)), str(store)]
    command = [sys.executable, "-m", "bench.loading", *words]
    done = subprocess.run(command, cwd=_PROJECT, stdout=subprocess.PIPE, check=False)  # noqa: S603 - our own
    if done.returncode:
        raise RefusedError(f"{engine} did not load {log.path}: exit code {done.returncode}")
    measured = json.loads(done.stdout)
    return Load(store, measured["seconds"], measured["peak_bytes"])


def remove_store(store: Path) -> None:
    """Remove what an earlier load left."""
    if store.is_dir():
        shutil.rmtree(store)
    store.unlink(missing_ok=True)


def _load_flowql(log: Log, store: Path) -> None:
    with flowql.open(store) as engine:
        report = engine.ingest(log.path)
    if report.records != log.traffic.records or report.rejects or report.problems:
        raise RefusedError(f"of {log.traffic.records:,} records, this became: {report}")


_ENGINES: dict[str, Callable[[Log, Path], None]] = {"flowql": _load_flowql, "duckdb": load_duckdb}


class _PeakMemory(threading.Thread):
    """Samples this process's anonymous memory until left; a context manager."""

    def __init__(self) -> None:
        super().__init__(name="bench-memory", daemon=True)
        self.peak_bytes = anonymous_bytes()
        self._left = threading.Event()

    def run(self) -> None:
        while not self._left.wait(_SAMPLE_S):
            self.peak_bytes = max(self.peak_bytes, anonymous_bytes())

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()
        self.join()


def _main() -> None:
    engine, path, records, v5, store = sys.argv[1:]
    log = Log(Path(path), Traffic(int(records), v5=bool(int(v5))))
    with _PeakMemory() as memory:
        begin = time.perf_counter()
        _ENGINES[engine](log, Path(store))
        seconds = time.perf_counter() - begin
    sys.stdout.write(json.dumps({"seconds": seconds, "peak_bytes": memory.peak_bytes}))


if __name__ == "__main__":
    _main()
