"""`flowql ingest`: read flow logs into the store."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from flowql.cli.completing import complete_topic
from flowql.cli.helping import Example, ExampleCommand
from flowql.cli.ingesting import ingest_visibly
from flowql.cli.opening import open_engine
from flowql.cli.options import store_option
from flowql.cli.progress import progress_option
from flowql.errors import InputError

if TYPE_CHECKING:
    from flowql.ingest.report import IngestReport

_TOO_MANY_REJECTS = 5
_EXAMPLES = (
    Example("every file below a folder; those that are known add nothing", "flowql ingest /var/log/flows"),
    Example("into a topic of its own, from a pipe", "zcat flows-*.gz | flowql ingest --topic lab/web -"),
    Example("in a script that wants no bad lines at all", "flowql ingest --max-rejects 0 'flows/*.gz'"),
)


@click.command("ingest", cls=ExampleCommand, examples=_EXAMPLES)
@store_option
@click.option(
    "--topic",
    default="default/flows",
    show_default=True,
    metavar="[LOGSET/]TOPIC",
    shell_complete=complete_topic,
    help="Where the records go; it is made when there is none.",
)
@click.option("--format", type=click.Choice(["auto"]), default="auto", expose_value=False, hidden=True)
@click.option(
    "--max-rejects", type=click.IntRange(min=0), metavar="N", help="Exit with 5 when more lines are rejected."
)
@progress_option
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(allow_dash=True))
def command(
    *, store: Path, topic: str, max_rejects: int | None, wants_progress: bool | None, paths: tuple[str, ...]
) -> int:
    """Read flow logs into the store: files, folders, globs, or `-` for standard input; gzip is recognized.

    A header line names the columns; without one, lines have the default 14 fields. What is in the store
    already is skipped. Every line is accounted for, and rejected lines are kept: see `flowql rejects`.
    """
    with open_engine(store) as engine:
        report = ingest_visibly(engine, paths, topic, wants_progress=wants_progress)
    return _exit_code(report, max_rejects)


def _exit_code(report: "IngestReport", max_rejects: int | None) -> int:
    if report.problems:
        return InputError.exit_code
    if max_rejects is not None and report.rejects > max_rejects:
        return _TOO_MANY_REJECTS
    return 0
