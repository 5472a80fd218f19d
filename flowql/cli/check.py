"""`flowql check`: verify every checksum of the store."""

from pathlib import Path

import click

from flowql.cli.helping import Example, ExampleCommand
from flowql.cli.opening import open_engine
from flowql.cli.options import store_option
from flowql.cli.output import say
from flowql.errors import StoreError, printable

_EXAMPLES = (Example("is a copy whole?", "flowql --store /backup/flows check && echo whole"),)


@click.command("check", cls=ExampleCommand, examples=_EXAMPLES)
@store_option
def command(*, store: Path) -> int:
    """Verify every checksum of the store, and that its counts agree; exit with 3 on damage."""
    with open_engine(store) as engine:
        report = engine.check()
    for line in report.lines:
        click.echo(printable(line))
    for damage in report.damages:
        say(f"damaged: {printable(str(damage))}")
    return 0 if report.ok else StoreError.exit_code
