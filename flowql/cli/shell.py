"""`flowql shell`: type queries one after the other."""

import sys
from pathlib import Path

import click

import flowql
from flowql.cli.given import lists_options
from flowql.cli.options import store_option
from flowql.lists import Lists
from flowql.shell.loop import run_shell


@click.command("shell")
@store_option
@lists_options
def command(*, store: Path, lists: Lists) -> None:
    r"""Type queries one after the other; \? in the shell explains it."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("the shell needs a terminal; use: flowql search")
    with flowql.open(store, lists=lists) as engine:
        run_shell(engine)
