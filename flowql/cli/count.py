"""`flowql count`: print how many records the search part of a query matches."""

import sys
from pathlib import Path
from typing import TextIO

import click

import flowql
from flowql.cli.answers import NO_MATCH
from flowql.cli.given import Given, given_options, lists_options
from flowql.cli.options import (
    exit_status_option,
    file_option,
    now_option,
    store_option,
    tz_option,
    why_empty_option,
)
from flowql.cli.query_words import QueryCommand, query_argument, read_query
from flowql.errors import printable
from flowql.lists import Lists
from flowql.render.emptiness import emptiness_lines
from flowql.render.summary import note_texts, range_text


@click.command("count", cls=QueryCommand)
@store_option
@now_option
@tz_option
@given_options
@lists_options
@why_empty_option
@exit_status_option
@file_option
@query_argument
def command(
    *,
    store: Path,
    given: Given,
    lists: Lists,
    why_empty: bool,
    exit_status: bool,
    file: TextIO | None,
    words: tuple[str, ...],
) -> int:
    """Print how many records match, exactly.

    Only the search part of QUERY counts, not its stages.
    """
    text = read_query(words, file)
    with flowql.open(store, lists=lists) as engine:
        result = engine.search(text, **given.options)
        matched = result.matched
        click.echo(matched)
        if sys.stderr.isatty():
            click.echo(f"{printable(result.query)}\n{range_text(result)}", err=True)
        notes = [*result.notes, *(result.word_notes if sys.stderr.isatty() else ())]
        for note in note_texts(notes, text, with_information=sys.stderr.isatty()):
            click.echo(note, err=True)
        empty = result.why_empty() if why_empty or sys.stderr.isatty() else None
        for line in emptiness_lines(empty, result.zone) if empty else ():
            click.echo(line, err=True)
    return NO_MATCH if exit_status and not matched else 0
