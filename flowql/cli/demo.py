"""`flowql demo`: make a log with four incidents in it, ingest it, and find them."""

import shlex
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flowql.cli.answers import Wishes, show
from flowql.cli.helping import Example, ExampleCommand
from flowql.cli.ingesting import ingest_visibly
from flowql.cli.opening import open_engine
from flowql.cli.options import chosen, data_folder
from flowql.demo.incidents import BLOCKED_REPLY
from flowql.demo.tour import TOUR, Stop
from flowql.demo.traffic import DEMO, write_flows
from flowql.errors import UsageError
from flowql.render.terminal import has_colour, style_of

if TYPE_CHECKING:
    from flowql.engine import Engine

_TOPIC = "default/flows"
_LEAD_WIDTH = 100
_EXAMPLES = (Example("in a folder that you choose", "flowql demo --store /tmp/demo"),)


@click.command("demo", cls=ExampleCommand, examples=_EXAMPLES)
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of the store.  [default: one of its own]",
)
@click.pass_context
def command(ctx: click.Context, *, store: Path | None) -> None:
    """Make a million believable records with four incidents, ingest them, and find these by five queries.

    On a terminal the shell opens then, on the same store, which stays: its place is told at the end. The
    demo never touches your own store: $FLOWQL_STORE does not count here.
    """
    with open_engine(store or chosen(ctx).store or data_folder() / "demo") as engine:
        _refuse_other_records(engine)
        click.echo(f"{DEMO.records:,} made-up records of one day go into {engine.path}")
        _fill(engine)
        for number, stop in enumerate(TOUR, 1):
            _show_stop(engine, number, stop)
        if sys.stdin.isatty() and sys.stdout.isatty():
            click.echo(f"\nYour turn. For example: ip:{BLOCKED_REPLY.outside}")
            # Loaded here: only who stays waits for the line editor.
            from flowql.shell.loop import run_shell  # noqa: PLC0415

            run_shell(engine, chosen(ctx).configuration.shell_settings())
        click.echo("\nThe store stays where it is. To go on with it, here or with flowql shell:")
        click.echo(f"  export FLOWQL_STORE={shlex.quote(str(engine.path))}")


def _refuse_other_records(engine: "Engine") -> None:
    """The demo's numbers hold over its own records only, and nobody wants these among theirs."""
    topics = engine.topics() if engine.path.exists() else []
    if any(topic.rows not in (0, DEMO.records) for topic in topics):
        raise UsageError(
            f"{engine.path} holds other records", hint="name a new folder: flowql demo --store DIR"
        )


def _fill(engine: "Engine") -> None:
    """Ingest the log; the second time the store knows it already."""
    with tempfile.TemporaryDirectory(prefix="flowql-demo-") as folder:
        log = Path(folder, "flows.log")
        write_flows(DEMO, log)
        ingest_visibly(engine, [log], _TOPIC)


def _show_stop(engine: "Engine", number: int, stop: Stop) -> None:
    title = f"{number}. {stop.title[0].upper()}{stop.title[1:]}"
    click.echo()
    click.echo(click.style(title, bold=True) if has_colour(sys.stdout) else title)
    click.echo(click.wrap_text(stop.lead, style_of(sys.stdout).width or _LEAD_WIDTH))
    click.echo(f"flowql> {stop.query}")
    show(engine.search(stop.query), stop.query, Wishes(with_query=False))
