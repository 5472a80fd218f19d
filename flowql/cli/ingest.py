"""`flowql ingest`: read flow logs into the store."""

from pathlib import Path

import click

import flowql
from flowql.cli.ingesting import ingest_visibly
from flowql.cli.options import store_option
from flowql.errors import InputError
from flowql.ingest.report import IngestReport

_TOO_MANY_REJECTS = 5


@click.command("ingest")
@store_option
@click.option("--topic", default="default/flows", show_default=True, metavar="[LOGSET/]TOPIC")
@click.option("--format", type=click.Choice(["auto"]), default="auto", expose_value=False, hidden=True)
@click.option(
    "--max-rejects", type=click.IntRange(min=0), metavar="N", help="Exit with 5 when more lines are rejected."
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
def command(*, store: Path, topic: str, max_rejects: int | None, paths: tuple[str, ...]) -> int:
    """Read flow logs into the store: files, folders, globs, or `-` for standard input; gzip is recognized.

    A header line names the columns; without one, lines have the default 14 fields. What is in the store
    already is skipped. Every line is accounted for, and rejected lines are kept: see `flowql rejects`.
    """
    with flowql.open(store) as engine:
        report = ingest_visibly(engine, paths, topic)
    return _exit_code(report, max_rejects)


def _exit_code(report: IngestReport, max_rejects: int | None) -> int:
    if report.problems:
        return InputError.exit_code
    if max_rejects is not None and report.rejects > max_rejects:
        return _TOO_MANY_REJECTS
    return 0
