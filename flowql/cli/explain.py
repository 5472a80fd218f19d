"""`flowql explain`: show how a query is understood and run."""

from pathlib import Path
from typing import TextIO

import click

import flowql
from flowql.cli.given import Given, given_options, lists_options
from flowql.cli.options import file_option, now_option, store_option, tz_option
from flowql.cli.query_words import QueryCommand, query_argument, read_query
from flowql.errors import printable
from flowql.lists import Lists


@click.command("explain", cls=QueryCommand)
@store_option
@now_option
@tz_option
@given_options
@lists_options
@file_option
@query_argument
def command(*, store: Path, given: Given, lists: Lists, file: TextIO | None, words: tuple[str, ...]) -> None:
    """Show a query's canonical form, its range and its plans, without running it."""
    with flowql.open(store, lists=lists) as engine:
        for line in engine.explain(read_query(words, file), **given.options).splitlines():
            click.echo(printable(line))
