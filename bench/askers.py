"""The engines that are asked, each in a process of its own (`asker`), seen from the process that compares.

Owns the talk with them, and the sampling of their anonymous memory while they answer, and at no other time:
what it takes to hand an answer over is not the engine's.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from bench.memory import PeakMemory
from bench.results import RefusedError
from bench.suite_question import Networks, SuiteQuestion

_PROJECT = Path(__file__).resolve().parent.parent


class Asker:
    """One engine's process, from its start until `close`, on all cores or on some."""

    def __init__(self, engine: str, store: Path, cores: int | None = None) -> None:
        self.engine = engine
        self.peak_bytes = 0
        """The most anonymous memory (RssAnon) while it answered, interpreter and libraries included."""
        self._table = store.with_name(f"{store.name}.arrow")
        self._process = subprocess.Popen(  # noqa: S603 - our own
            [sys.executable, "-m", "bench.asker", engine, str(store.resolve())],
            cwd=_PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if cores:
            os.sched_setaffinity(self._process.pid, set(sorted(os.sched_getaffinity(0))[:cores]))
        self.open_seconds: float = self._heard()["open_seconds"]

    def learn(self, networks: Networks) -> None:
        """Hold a list of networks."""
        self._say({"learn": asdict(networks)})
        self._heard()

    def ask(self, question: SuiteQuestion) -> tuple[float, Any]:
        """The seconds it took, and the rows or the table."""
        order = asdict(question.asked_of(self.engine)) | {"table": str(self._table.resolve())}
        with PeakMemory(self._process.pid) as memory:
            self._say(order)
            seconds: float = self._heard()["seconds"]
        self.peak_bytes = max(self.peak_bytes, memory.peak_bytes)
        told = self._heard()
        if not question.as_arrow:
            return seconds, told["rows"]
        with pa.memory_map(str(self._table)) as file:
            return seconds, pa.ipc.open_file(file).read_all()

    def ask_series(self, questions: Sequence[SuiteQuestion]) -> tuple[float, list[Any]]:
        """The seconds that all questions took one after the other, and the rows of each."""
        self._say({"series": [asdict(question.asked_of(self.engine)) for question in questions]})
        seconds: float = self._heard()["seconds"]
        return seconds, self._heard()["rows"]

    def close(self) -> None:
        """End the process, and remove what it handed over."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        self._table.unlink(missing_ok=True)

    def _say(self, order: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def _heard(self) -> dict[str, Any]:
        """Its next line. Raises `RefusedError` for an error, and when it has ended."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RefusedError(f"{self.engine} has ended with exit code {self._process.wait()}")
        told: dict[str, Any] = json.loads(line)
        if "error" in told:
            raise RefusedError(f"{self.engine}: {told['error']}")
        return told


@contextmanager
def opened(stores: Mapping[str, Path]) -> Iterator[dict[str, Asker]]:
    """A process for each of the engines, by its name."""
    askers: dict[str, Asker] = {}
    try:
        for engine, store in stores.items():
            askers[engine] = Asker(engine, store)
        yield askers
    finally:
        for asker in askers.values():
            asker.close()
