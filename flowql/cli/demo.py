"""`flowql demo`: make a log with four incidents in it, ingest it, and find them."""

import sys
import tempfile
from pathlib import Path

import click

import flowql
from flowql.cli.answers import Wishes, show
from flowql.cli.ingesting import ingest_visibly
from flowql.cli.options import data_folder
from flowql.demo.tour import TOUR, Stop
from flowql.demo.traffic import DEMO, write_flows
from flowql.engine import Engine
from flowql.errors import UsageError
from flowql.render.terminal import has_colour, style_of
from flowql.shell.loop import run_shell

_TOPIC = "default/flows"
_LEAD_WIDTH = 100


@click.command("demo")
@click.option(
    "--store", type=click.Path(path_type=Path), help="Folder of the store.  [default: one of its own]"
)
@click.pass_context
def command(ctx: click.Context, *, store: Path | None) -> None:
    """Make a million believable records with four incidents, ingest them, and find these by five queries.

    On a terminal the shell opens then, on the same store. The demo never touches your own store:
    $FLOWQL_STORE does not count here.
    """
    with flowql.open(store or _store_before_command(ctx) or data_folder() / "demo") as engine:
        _refuse_other_records(engine)
        click.echo(f"{DEMO.records:,} made-up records of one day go into {engine.path}")
        _fill(engine)
        for number, stop in enumerate(TOUR, 1):
            _show_stop(engine, number, stop)
        if sys.stdin.isatty() and sys.stdout.isatty():
            click.echo("\nYour turn.")
            run_shell(engine)
        else:
            click.echo(f"\nGo on with: flowql --store {engine.path} shell")


def _store_before_command(ctx: click.Context) -> Path | None:
    """The `--store` before the command, unless it comes from the environment."""
    parent = ctx.parent
    if parent is None or parent.get_parameter_source("store") is not click.core.ParameterSource.COMMANDLINE:
        return None
    store: Path | None = parent.params["store"]
    return store


def _refuse_other_records(engine: Engine) -> None:
    """The demo's numbers hold over its own records only, and nobody wants these among theirs."""
    topics = engine.topics() if engine.path.exists() else []
    if any(topic.rows not in (0, DEMO.records) for topic in topics):
        raise UsageError(
            f"{engine.path} holds other records", hint="name a new folder: flowql demo --store DIR"
        )


def _fill(engine: Engine) -> None:
    """Ingest the log; the second time the store knows it already."""
    with tempfile.TemporaryDirectory(prefix="flowql-demo-") as folder:
        log = Path(folder, "flows.log")
        write_flows(DEMO, log)
        ingest_visibly(engine, [log], _TOPIC)


def _show_stop(engine: Engine, number: int, stop: Stop) -> None:
    title = f"{number}. {stop.title[0].upper()}{stop.title[1:]}"
    click.echo()
    click.echo(click.style(title, bold=True) if has_colour(sys.stdout) else title)
    click.echo(click.wrap_text(stop.lead, style_of(sys.stdout).width or _LEAD_WIDTH))
    click.echo(f"flowql> {stop.query}")
    show(engine.search(stop.query), stop.query, Wishes(with_query=False))
