"""`flowql search`: run a query and print its rows."""

from pathlib import Path
from typing import TextIO

import click

import flowql
from flowql.cli.answers import NO_MATCH, TABLE_ROWS_MAX, Wishes, show
from flowql.cli.given import Given, given_options, lists_options
from flowql.cli.options import (
    RowLimit,
    exit_status_option,
    file_option,
    limit_option,
    now_option,
    store_option,
    tz_option,
    why_empty_option,
)
from flowql.cli.output import require_no_terminal
from flowql.cli.query_words import QueryCommand, query_argument, read_query
from flowql.lists import Lists
from flowql.render.first_rows import rows_to_ask_for
from flowql.render.formats import FORMATS


@click.command("search", cls=QueryCommand)
@store_option
@click.option(
    "--format",
    "format_name",
    type=click.Choice(list(FORMATS)),
    default="table",
    show_default=True,
    help="How rows are written. arrow (an IPC stream) and parquet are binary: for a file or a pipe.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the rows to a file, which appears when it is whole.  [default: standard output]",
)
@limit_option
@now_option
@tz_option
@given_options
@lists_options
@click.option("--no-total", is_flag=True, help="Do not count all matching records.")
@click.option("--why", is_flag=True, help="Give each row a column `why`: the clauses that hold for it.")
@why_empty_option
@exit_status_option
@file_option
@query_argument
def command(
    *,
    store: Path,
    format_name: str,
    output: Path | None,
    limit: RowLimit | None,
    given: Given,
    lists: Lists,
    no_total: bool,
    why: bool,
    why_empty: bool,
    exit_status: bool,
    file: TextIO | None,
    words: tuple[str, ...],
) -> int:
    """Run a query and print its rows.

    The words of QUERY are joined by blanks, and its first word ends the options: `-word` is query text from
    there on. Rows go to standard output or a file; the query as understood, totals and notes go to standard
    error. A table is cut to a width on a terminal only.
    """
    require_no_terminal(format_name, output)
    text = read_query(words, file)
    row_count_max = _row_count_max(limit, format_name)
    wishes = Wishes(format_name, row_count_max, with_total=not no_total, why_empty=why_empty, output=output)
    with flowql.open(store, lists=lists) as engine:
        result = engine.search(text, limit=rows_to_ask_for(row_count_max), why=why, **given.options)
        code = show(result, text, wishes)
        return NO_MATCH if exit_status and code == 0 and result.matched == 0 else code


def _row_count_max(limit: RowLimit | None, format_name: str) -> int | None:
    if limit is not None:
        return limit.row_count_max
    return None if FORMATS[format_name].is_machine else TABLE_ROWS_MAX
