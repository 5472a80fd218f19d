"""`flowql explain`: show how a query is understood and run."""

from pathlib import Path
from typing import TextIO

import click

import flowql
from flowql.cli.options import file_option, now_option, store_option
from flowql.cli.query_words import QueryCommand, query_argument, read_query
from flowql.errors import printable


@click.command("explain", cls=QueryCommand)
@store_option
@now_option
@file_option
@query_argument
def command(*, store: Path, now: int | None, file: TextIO | None, words: tuple[str, ...]) -> None:
    """Show a query's canonical form, its range and its plans, without running it."""
    with flowql.open(store) as engine:
        for line in engine.explain(read_query(words, file), now=now).splitlines():
            click.echo(printable(line))
