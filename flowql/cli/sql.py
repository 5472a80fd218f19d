"""`flowql sql`: a whole query as SQL for DuckDB."""

from pathlib import Path
from typing import TextIO

import click

from flowql.cli.clock import now_option, tz_option
from flowql.cli.given import Given, ListFiles, given_options, lists_options
from flowql.cli.helping import Example
from flowql.cli.opening import open_engine
from flowql.cli.options import store_option
from flowql.cli.query_words import QueryCommand, file_option, query_argument, read_query

_EXAMPLES = (
    Example("the same question to DuckDB", "flowql sql 'action:REJECT | top 10 srcaddr'"),
    Example("and its answer, from an export", "flowql sql -f query.fql | duckdb flows.duckdb"),
)


@click.command("sql", cls=QueryCommand, examples=_EXAMPLES)
@store_option
@now_option
@tz_option
@given_options
@lists_options
@file_option
@query_argument
def command(
    *, store: Path, given: Given, lists: ListFiles, file: TextIO | None, words: tuple[str, ...]
) -> None:
    """Print a query as one statement of DuckDB's SQL, without running it.

    It reads the table flows, an export of the topics; comments above the statement say which columns it needs
    and how they are made. What SQL cannot say exactly is refused.
    """
    with open_engine(store, lists) as engine:
        click.echo(engine.sql(read_query(words, file), **given.options), nl=False)
