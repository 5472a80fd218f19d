"""`flowql fmt`: print a query in its taught form, or one of another language as a query."""

import io
import sys
from typing import TextIO

import click

from flowql.cli.helping import Example
from flowql.cli.output import say
from flowql.cli.query_words import QueryCommand, file_option, query_argument, read_query
from flowql.errors import printable

_LANGUAGES = ("cql", "nfdump")
_EXAMPLES = (
    Example("how is this written best?", "flowql fmt 'src: 10.0.0.5 and not ACCEPT'"),
    Example("a filter of nfdump as a query", "flowql fmt --from nfdump 'src ip 10.0.0.5 and dst port 22'"),
    Example("a query file, in place", "flowql fmt -f hunt.fql > hunt.new && mv hunt.new hunt.fql"),
)


@click.command("fmt", cls=QueryCommand, examples=_EXAMPLES)
@click.option("--from", "language", type=click.Choice(_LANGUAGES), help="Translate from this language.")
@file_option
@query_argument
def command(*, language: str | None, file: TextIO | None, words: tuple[str, ...]) -> None:
    """Print QUERY on one line in FlowQL's taught form; no store is needed.

    Without QUERY and file it is read from standard input. With --from, QUERY is a search condition of Tencent
    Cloud's log service (cql) or a filter of nfdump: the query that means the same goes to standard output,
    what differs between the languages to standard error. What has no exact translation is refused.
    """
    # Loaded here: whoever reads help or completes a word does not wait for the grammar.
    from flowql.syntax.canonical import canonical  # noqa: PLC0415
    from flowql.syntax.parser import parse  # noqa: PLC0415
    from flowql.translate import translate  # noqa: PLC0415

    text = read_query(words, _standard_input() if file is None and not words else file)
    if language is None:
        click.echo(printable(canonical(parse(text))))
        return
    translation = translate(language, text)
    click.echo(printable(canonical(translation.query)))
    for note in translation.notes:
        say(note.render(text))


def _standard_input() -> TextIO | None:
    """Standard input, unless somebody sits there."""
    return None if sys.stdin.isatty() else io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8")
