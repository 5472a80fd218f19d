"""Showing an answer: its rows on standard output, everything else on standard error.

Owns who gets what: people get the query as understood, range, totals and notes with every table; programs
that read a machine format get nothing but it, unless someone looks at standard error, and warnings. Does not
know how a query is run, nor how a format looks.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import click

from flowql.cli.output import opened
from flowql.render.answer import Answer
from flowql.render.emptiness import emptiness_lines
from flowql.render.first_rows import FirstRows
from flowql.render.formats import FORMATS
from flowql.render.summary import note_texts, summary_lines

TABLE_ROWS_MAX = 50
"""Rows of a table unless `--limit` says otherwise."""
NO_MATCH = 1
PARTIAL = 4


@dataclass(frozen=True, slots=True)
class Wishes:
    """How an answer should be shown."""

    format: str = "table"
    row_count_max: int | None = TABLE_ROWS_MAX
    with_total: bool = True
    with_query: bool = True
    """Whether the query as understood is told."""
    why_empty: bool = False
    """Whether an empty answer is explained wherever it is shown, not only below a table on a terminal."""
    output: Path | None = None
    """The file that gets the rows; None for standard output."""


def show(result: Answer, text: str, wishes: Wishes) -> int:
    """Print the answer to the query `text`; 0, or PARTIAL when a limit of the engine stopped it.

    The result should hold one row more than are to be shown, if there are more. Binary formats have been
    refused on a terminal (`require_no_terminal`) before the query was run.
    """
    answer = FirstRows(result, wishes.row_count_max, with_total=wishes.with_total)
    chosen = FORMATS[wishes.format]
    with opened(wishes.output) as (out, style):
        row_count = chosen.write(answer, out, style)
    for_people = not chosen.is_machine or sys.stderr.isatty()
    if for_people:
        lines = summary_lines(answer, row_count, is_cut=answer.is_cut, more="--limit N")
        _say_lines(lines if wishes.with_query else lines[1:])
    if for_people or not chosen.has_notes:
        notes = [*answer.notes, *(answer.word_notes if for_people else ())]
        _say_lines(note_texts(notes, text, with_information=for_people))
    is_looked_at = not chosen.is_machine and sys.stderr.isatty() and wishes.with_total
    empty = result.why_empty() if wishes.why_empty or is_looked_at else None
    if empty:
        _say_lines(emptiness_lines(empty, answer.zone))
    return 0 if answer.complete else PARTIAL


def _say_lines(lines: list[str]) -> None:
    for line in lines:
        click.echo(line, err=True)
