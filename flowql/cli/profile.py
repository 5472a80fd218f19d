"""`flowql profile`: run a query and show what took how long."""

from pathlib import Path
from typing import TextIO

import click

import flowql
from flowql.cli.given import Given, given_options, lists_options
from flowql.cli.options import file_option, now_option, store_option, tz_option
from flowql.cli.query_words import QueryCommand, query_argument, read_query
from flowql.errors import printable
from flowql.lists import Lists


@click.command("profile", cls=QueryCommand)
@store_option
@now_option
@tz_option
@given_options
@lists_options
@file_option
@query_argument
def command(*, store: Path, given: Given, lists: Lists, file: TextIO | None, words: tuple[str, ...]) -> None:
    """Run a query and show, in place of its rows, how many there are and what each step took."""
    with flowql.open(store, lists=lists) as engine:
        for line in engine.profile(read_query(words, file), **given.options).splitlines():
            click.echo(printable(line))
