"""`flowql fmt`: print a query in its taught form, or one of another language as a query."""

import io
import sys
from typing import TextIO

import click

from flowql.cli.options import file_option
from flowql.cli.query_words import QueryCommand, query_argument, read_query
from flowql.errors import printable
from flowql.syntax.canonical import canonical
from flowql.syntax.parser import parse
from flowql.translate import LANGUAGES, translate

_from_option = click.option(
    "--from", "language", type=click.Choice(LANGUAGES), help="Translate from this language."
)


@click.command("fmt", cls=QueryCommand)
@_from_option
@file_option
@query_argument
def command(*, language: str | None, file: TextIO | None, words: tuple[str, ...]) -> None:
    """Print QUERY on one line in FlowQL's taught form; no store is needed.

    Without QUERY and file it is read from standard input. With --from, QUERY is a search condition of Tencent
    Cloud's log service (cql) or a filter of nfdump: the query that means the same goes to standard output,
    what differs between the languages to standard error. What has no exact translation is refused.
    """
    text = read_query(words, _standard_input() if file is None and not words else file)
    if language is None:
        click.echo(printable(canonical(parse(text))))
        return
    translation = translate(language, text)
    click.echo(printable(canonical(translation.query)))
    for note in translation.notes:
        click.echo(note.render(text), err=True)


def _standard_input() -> TextIO | None:
    """Standard input, unless somebody sits there."""
    return None if sys.stdin.isatty() else io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8")
