"""`flowql count`: print how many records the search part of a query matches."""

import sys
from pathlib import Path
from typing import TextIO

import click

from flowql.cli.answers import NO_MATCH
from flowql.cli.clock import now_option, tz_option
from flowql.cli.given import Given, ListFiles, given_options, lists_options
from flowql.cli.helping import Example
from flowql.cli.limits import Limits, whole_limits_options
from flowql.cli.opening import open_engine
from flowql.cli.options import (
    exit_status_option,
    store_option,
    why_empty_option,
)
from flowql.cli.output import say
from flowql.cli.progress import progress_option, told
from flowql.cli.query_words import QueryCommand, file_option, query_argument, read_query
from flowql.errors import printable
from flowql.render.emptiness import emptiness_lines
from flowql.render.summary import note_texts, range_text

_EXAMPLES = (
    Example("how many records hold an address of this network?", "flowql count 10.0.0.0/24"),
    Example(
        "does anything match? (for scripts: exit code 1 when nothing does)",
        "flowql count --exit-status --since 2018-12-13 dstport:3389 ACCEPT",
    ),
)


@click.command("count", cls=QueryCommand, examples=_EXAMPLES)
@store_option
@now_option
@tz_option
@given_options
@lists_options
@whole_limits_options
@why_empty_option
@exit_status_option
@progress_option
@file_option
@query_argument
def command(
    *,
    store: Path,
    given: Given,
    lists: ListFiles,
    limits: Limits,
    why_empty: bool,
    exit_status: bool,
    wants_progress: bool | None,
    file: TextIO | None,
    words: tuple[str, ...],
) -> int:
    """Print how many records match, exactly.

    Only the search part of QUERY counts, not its stages.
    """
    text = read_query(words, file)
    with open_engine(store, lists, limits) as engine:
        with told(lambda passed_s: f"counting · {passed_s:.0f} s", wanted=wants_progress):
            result = engine.search(text, **given.options)
            matched = result.matched
        click.echo(matched)
        if sys.stderr.isatty():
            say(f"{printable(result.query)}\n{range_text(result)}")
        notes = [*result.notes, *(result.word_notes if sys.stderr.isatty() else ())]
        for note in note_texts(notes, text, with_information=sys.stderr.isatty()):
            say(note)
        empty = result.why_empty() if why_empty or sys.stderr.isatty() else None
        for line in emptiness_lines(empty, result.zone) if empty else ():
            say(line)
    return NO_MATCH if exit_status and not matched else 0
