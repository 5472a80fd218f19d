"""Loading a log into a new store, by one engine in a process of its own, whose time and memory are its alone.

Owns the order to that process, and what becomes of stores. What the process does is in `loader`.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.data import Log
from bench.results import RefusedError

_PROJECT = Path(__file__).resolve().parent.parent


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
    """Load the log into a new store with `flowql`, `duckdb` or `clickhouse`.

    Raises `RefusedError` when the process fails; what it said is on standard error then.
    """
    remove_store(store)
    store.parent.mkdir(parents=True, exist_ok=True)
    os.sync()  # what the last load left to be written must not slow this one
    order = {
        "engine": engine,
        "path": str(log.path.resolve()),
        "records": log.traffic.records,
        "layout": log.traffic.layout,
        "header": bool(log.traffic.header),
        "store": str(store.resolve()),
    }
    measured = json.loads(_loader(order, f"{engine} did not load {log.path}"))
    return Load(store, measured["seconds"], measured["peak_bytes"])


def settle_apart(engine: str, store: Path) -> None:
    """Let a peer make of its loaded store what it likes best for questions, which no time is told of."""
    order = {"engine": engine, "store": str(store.resolve()), "settle": True}
    _loader(order, f"{engine} did not settle {store}")


def _loader(order: dict[str, Any], problem: str) -> bytes:
    command = [sys.executable, "-m", "bench.loader", json.dumps(order)]
    done = subprocess.run(command, cwd=_PROJECT, stdout=subprocess.PIPE, check=False)  # noqa: S603 - our own
    if done.returncode:
        raise RefusedError(f"{problem}: exit code {done.returncode}")
    return done.stdout


def remove_store(store: Path) -> None:
    """Remove what an earlier load left."""
    if store.is_dir():
        shutil.rmtree(store)
    store.unlink(missing_ok=True)
