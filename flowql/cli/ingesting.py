"""An ingestion as people watch it: with a bar while it runs on a terminal, then the accounts.

Owns the choice whether there is a bar. Shared by `flowql ingest` and `flowql demo`.
"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from pathlib import Path

import click

from flowql.cli.accounts import account_lines, problem_lines
from flowql.engine import Engine
from flowql.ingest.report import IngestReport, Progress


def ingest_visibly(engine: Engine, paths: Sequence[str | Path], topic: str) -> IngestReport:
    """Ingest, and print the accounts: to standard output what was done, to standard error what failed."""
    began = time.monotonic()
    with _bar() as progress:
        report = engine.ingest(paths, topic=topic, stdin=sys.stdin.buffer, progress=progress)
    duration_s = time.monotonic() - began
    # Rejects are kept in the order in which they came: the last ones are this ingestion's.
    rejects = engine.rejects(topic)[-report.rejects :] if report.rejects else []
    for line in account_lines(report, rejects, duration_s):
        click.echo(line)
    for line in problem_lines(report):
        click.echo(line, err=True)
    return report


def _bar() -> AbstractContextManager[Callable[[Progress], None] | None]:
    """The bar, if standard error is a terminal that can move its cursor; rich is imported only then."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return nullcontext()
    shown: AbstractContextManager[Callable[[Progress], None]] = import_module("flowql.cli.progress").bar()
    return shown
