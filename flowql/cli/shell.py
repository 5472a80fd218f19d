"""`flowql shell`: type queries one after the other."""

import sys
from functools import partial
from pathlib import Path

import click

from flowql.cli.given import ListFiles, lists_options
from flowql.cli.helping import Example, ExampleCommand
from flowql.cli.limits import Limits, whole_limits_options
from flowql.cli.opening import open_engine
from flowql.cli.options import chosen, store_option
from flowql.cli.process import leave_interrupts

_EXAMPLES = (
    Example("on the store of the demo", "flowql --store ~/.local/share/flowql/demo shell"),
    Example("with lists to name in queries: src:@threats", "flowql shell --lists ~/lists"),
)


@click.command("shell", cls=ExampleCommand, examples=_EXAMPLES)
@store_option
@lists_options
@whole_limits_options
@click.pass_context
def command(ctx: click.Context, *, store: Path, lists: ListFiles, limits: Limits) -> None:
    r"""Type queries one after the other; \? in the shell explains it.

    It begins with the settings of `flowql config`. The limits hold for each query.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("the shell needs a terminal; use: flowql search")
    # Loaded here: whoever reads help or completes a word does not wait for the line editor.
    from flowql.shell.loop import open_shell  # noqa: PLC0415

    leave_interrupts()
    settings = chosen(ctx).configuration.shell_settings()
    open_shell(store, partial(open_engine, store, lists, limits), settings)
