"""`flowql explain` and `flowql profile`: how a query is understood and run, without its rows.

Owns these two commands, which take the same and differ in whether the query is run.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from flowql.cli.clock import now_option, tz_option
from flowql.cli.given import Given, ListFiles, given_options, lists_options
from flowql.cli.helping import Example
from flowql.cli.limits import Limits, whole_limits_options
from flowql.cli.opening import open_engine
from flowql.cli.options import store_option
from flowql.cli.query_words import QueryCommand, file_option, query_argument, read_query
from flowql.errors import printable

if TYPE_CHECKING:
    from flowql.engine import Engine


def _command(
    name: str, does: str, asked: "Callable[[Engine], Callable[..., str]]", examples: Sequence[Example]
) -> click.Command:
    @click.command(name, cls=QueryCommand, help=does, examples=examples)
    @store_option
    @now_option
    @tz_option
    @given_options
    @lists_options
    @whole_limits_options
    @file_option
    @query_argument
    def command(
        *,
        store: Path,
        given: Given,
        lists: ListFiles,
        limits: Limits,
        file: TextIO | None,
        words: tuple[str, ...],
    ) -> None:
        with open_engine(store, lists, limits) as engine:
            for line in asked(engine)(read_query(words, file), **given.options).splitlines():
                click.echo(printable(line))

    return command


explain = _command(
    "explain",
    """Show how a query is understood and would be run, without running it.

    That is its canonical form, topics and range, how each value is read, its plans, and what each clause
    costs.
    """,
    lambda engine: engine.explain,
    (
        Example("what do these words mean, and which clause is dear?", "flowql explain 22 src:10.0.0.0/8"),
        Example("which records would `last 1h` be about?", "flowql explain last 1h REJECT"),
    ),
)
profile = _command(
    "profile",
    """Run a query and show what it took.

    In place of its rows there are their number and the time, of every step and every clause.
    """,
    lambda engine: engine.profile,
    (
        Example(
            "where does the time go?",
            "flowql profile 'action:REJECT | stats count() by srcaddr'",
        ),
    ),
)
