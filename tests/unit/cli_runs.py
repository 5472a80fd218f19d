"""The program as tests run it: inside their process over a store of a hundred records, or as one of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

import flowql
from flowql.cli.program import run

BEGIN = 1_544_709_600
"""2018-12-13T14:00:00Z"""


def log_line(number: int, *, action: str = "ACCEPT", port: int = 443) -> str:
    """A record."""
    start = BEGIN + number
    ends = f"10.0.0.{number % 7 + 1} 10.0.1.1 {40000 + number} {port}"
    return f"2 1 eni-{number % 3} {ends} 6 10 840 {start} {start + 9} {action} OK"


LOG = "".join(f"{log_line(n) if n < 90 else log_line(n, action='REJECT', port=22)}\n" for n in range(100))
"""A hundred records, of which ten are rejected ones to port 22."""


def make_store(folder: Path, text: str = LOG) -> Path:
    """A store of the records of a log."""
    (folder / "flows.log").write_text(text)
    with flowql.open(folder / "store") as engine:
        engine.ingest([folder / "flows.log"])
    return folder / "store"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run left behind."""

    code: int
    out: str
    err: str


class Program:
    """The program over one store, run inside the test's process."""

    def __init__(self, store: Path, capture: pytest.CaptureFixture[bytes]) -> None:
        self.store = store
        self._capture = capture

    def __call__(self, *arguments: str) -> Ran:
        """Run it."""
        self._capture.readouterr()
        code = run(["--store", str(self.store), *arguments])
        out, err = self._capture.readouterr()
        return Ran(code, out.decode(), err.decode())


def command_line(
    *arguments: str, text: str = "", environment: Mapping[str, str] | None = None, imports: bool = False
) -> Ran:
    """Run the program as a process of its own; `imports` has it tell of them on standard error."""
    done = subprocess.run(
        [sys.executable, *(("-X", "importtime") if imports else ()), "-m", "flowql", *arguments],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **(environment or {})},
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def imported(ran: Ran) -> set[str]:
    """The modules that a process told of."""
    return {line.rpartition("|")[2].strip() for line in ran.err.splitlines()}
