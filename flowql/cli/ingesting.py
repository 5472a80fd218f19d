"""An ingestion as people watch it: how far it is while it runs, then the accounts.

Owns the words of its progress. Shared by `flowql ingest` and `flowql demo`.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flowql.cli.accounts import account_lines, problem_lines
from flowql.cli.output import say
from flowql.cli.process import leave_interrupts
from flowql.cli.progress import told

if TYPE_CHECKING:
    from flowql.engine import Engine
    from flowql.ingest.report import IngestReport, Progress

_BAR_CELLS = 24
_MEGABYTE = 1_000_000


def ingest_visibly(
    engine: "Engine", paths: Sequence[str | Path], topic: str, *, wants_progress: bool | None = None
) -> "IngestReport":
    """Ingest, and print the accounts: to standard output what was done, to standard error what failed."""
    leave_interrupts()
    began = time.monotonic()
    news: list[Progress] = []

    def take(latest: "Progress") -> None:
        news[:] = [latest]

    def tell(passed_s: float) -> str:
        return progress_line(news[0], passed_s) if news else f"looking for files · {passed_s:.0f} s"

    with told(tell, wanted=wants_progress):
        report = engine.ingest(paths, topic=topic, stdin=sys.stdin.buffer, progress=take)
    duration_s = time.monotonic() - began
    # Rejects are kept in the order in which they came: the last ones are this ingestion's.
    rejects = engine.rejects(topic)[-report.rejects :] if report.rejects else []
    for line in account_lines(report, rejects, duration_s):
        click.echo(line)
    for line in problem_lines(report):
        say(line)
    return report


def progress_line(status: "Progress", passed_s: float) -> str:
    """How far an ingestion is, after so many seconds."""
    records, megabytes = status.records / passed_s, status.bytes_done / passed_s / _MEGABYTE
    counts = f"{status.records:,} records  {records:,.0f} records/s  {megabytes:,.1f} MB/s  {passed_s:.0f} s"
    if not status.bytes_total:
        return counts
    share = min(status.bytes_done / status.bytes_total, 1.0)
    done = int(share * _BAR_CELLS)
    return f"[{'#' * done}{'.' * (_BAR_CELLS - done)}] {share:4.0%}  {counts}"
