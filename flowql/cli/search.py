"""`flowql search`: run a query and print its rows."""

from pathlib import Path
from typing import TextIO

import click

from flowql.cli.answers import TABLE_ROWS_MAX, Wishes, show
from flowql.cli.clock import now_option, tz_option
from flowql.cli.given import Given, ListFiles, given_options, lists_options
from flowql.cli.helping import Example
from flowql.cli.limits import Limits, limits_options
from flowql.cli.looks import Looks, looks_options
from flowql.cli.opening import open_engine
from flowql.cli.options import (
    RowLimit,
    SettingOption,
    chosen,
    exit_status_option,
    limit_option,
    read_limit,
    store_option,
    why_empty_option,
)
from flowql.cli.output import require_no_terminal
from flowql.cli.progress import progress_option, told
from flowql.cli.query_words import QueryCommand, file_option, query_argument, read_query
from flowql.render.first_rows import rows_to_ask_for
from flowql.render.formats import FORMATS

_STDOUT = Path("-")
_EXAMPLES = (
    Example("refused tries at ssh from one network", "flowql search REJECT dstport:22 src:10.0.0.0/8"),
    Example(
        "all of them as CSV, in a file that appears when it is whole",
        "flowql search --format csv -o tries.csv REJECT dstport:22",
    ),
    Example(
        "who sent most within the last hour of a day",
        "flowql search --now 2018-12-14 'last 1h | top 10 srcaddr by bytes'",
    ),
    Example(
        "a query file with a parameter; 1 when nothing matches, 4 after 30 s",
        "flowql search --exit-status --timeout 30s --param ip=10.0.0.5 -f hunt.fql",
    ),
    Example(
        "rows for another program, as they are found",
        "flowql search --format ndjson dstport:3389 | jq .srcaddr",
    ),
)


@click.command("search", cls=QueryCommand, examples=_EXAMPLES)
@store_option
@click.option(
    "--format",
    "format_name",
    cls=SettingOption,
    setting="format",
    type=click.Choice(list(FORMATS)),
    default="table",
    show_default=True,
    help="How rows are written. arrow (an IPC stream) and parquet are binary: for a file or a pipe.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    callback=lambda _, __, file: None if file == _STDOUT else file,
    help="Write the rows to a file, which appears when it is whole.  [default: `-`, standard output]",
)
@limit_option
@looks_options
@now_option
@tz_option
@given_options
@lists_options
@limits_options
@click.option("--no-total", is_flag=True, help="Do not count all matching records.")
@click.option("--why", is_flag=True, help="Give each row a column `why`: the clauses that hold for it.")
@why_empty_option
@exit_status_option
@progress_option
@file_option
@query_argument
@click.pass_context
def command(
    ctx: click.Context,
    *,
    store: Path,
    format_name: str,
    output: Path | None,
    limit: RowLimit | None,
    looks: Looks,
    given: Given,
    lists: ListFiles,
    limits: Limits,
    no_total: bool,
    why: bool,
    why_empty: bool,
    exit_status: bool,
    wants_progress: bool | None,
    file: TextIO | None,
    words: tuple[str, ...],
) -> int:
    """Run a query and print its rows.

    The words of QUERY are joined by blanks, and its first word ends the options: `-word` is query text from
    there on. A file holds one query, with `#` before what is only a comment.

    Rows go to standard output or a file; the query as understood, totals and notes go to standard error. A
    table is cut to a width on a terminal only.
    """
    require_no_terminal(format_name, output)
    text = read_query(words, file)
    row_count_max = _row_count_max(ctx, limit, format_name)
    wishes = Wishes(
        format_name,
        row_count_max,
        with_total=not no_total,
        why_empty=why_empty,
        exit_status=exit_status,
        output=output,
        looks=looks,
    )
    rows_asked = rows_to_ask_for(row_count_max)
    with (
        open_engine(store, lists, limits) as engine,
        told(wishes.tally.text, wanted=wants_progress) as progress,
    ):
        result = engine.search(text, limit=rows_asked, why=why, **given.options)
        return show(result, text, wishes, progress)


def _row_count_max(ctx: click.Context, limit: RowLimit | None, format_name: str) -> int | None:
    """How many rows are printed: a setting is about tables only, since it must not cut what programs read."""
    if limit is not None:
        return limit.row_count_max
    if FORMATS[format_name].is_machine:
        return None
    configured = chosen(ctx).configuration.get("limit")
    return read_limit(configured.text) if configured else TABLE_ROWS_MAX
