"""`flowql count`: print how many records the search part of a query matches."""

import sys
from pathlib import Path
from typing import TextIO

import click

import flowql
from flowql.cli.answers import NO_MATCH
from flowql.cli.options import exit_status_option, file_option, now_option, store_option
from flowql.cli.query_words import QueryCommand, query_argument, read_query
from flowql.errors import printable
from flowql.render.summary import note_texts


@click.command("count", cls=QueryCommand)
@store_option
@now_option
@exit_status_option
@file_option
@query_argument
def command(
    *, store: Path, now: int | None, exit_status: bool, file: TextIO | None, words: tuple[str, ...]
) -> int:
    """Print how many records match, exactly.

    Only the search part of QUERY counts, not its stages.
    """
    text = read_query(words, file)
    with flowql.open(store) as engine:
        result = engine.search(text, now=now)
        matched = result.matched
        click.echo(matched)
        if sys.stderr.isatty():
            click.echo(f"{printable(result.query)}\nrange {result.range}", err=True)
        for note in note_texts(result.notes, text, with_information=sys.stderr.isatty()):
            click.echo(note, err=True)
    return NO_MATCH if exit_status and not matched else 0
