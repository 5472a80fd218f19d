"""Showing an answer: its rows on standard output, everything else on standard error.

Owns who gets what: people get the query as understood, range, totals and notes with every table; programs
that read a machine format get nothing but it, unless someone looks at standard error, and warnings. Does not
know how a query is run, nor how a format looks.
"""

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from flowql.cli.looks import Looks
from flowql.cli.output import opened, say
from flowql.cli.progress import Progress
from flowql.errors import FlowqlError
from flowql.render.answer import Answer, Histogram, Style
from flowql.render.first_rows import FirstRows
from flowql.render.formats import FORMATS
from flowql.render.summary import note_texts, summary_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

TABLE_ROWS_MAX = 50
"""Rows of a table unless `--limit` says otherwise."""
_HISTOGRAM_MIN = 2
"""Fewer records than this have no course over time."""
NO_MATCH = 1
PARTIAL = 4


class Found(Answer, Protocol):
    """An answer as an engine gives it."""

    def histogram(self, bucket_count_max: int = ...) -> Histogram | None:
        """The matched records by time; None where there are none, or the answer is a plan."""


@dataclass(slots=True)
class Tally:
    """How many rows have been written so far, for whoever waits for more."""

    row_count: int = 0
    has_begun: bool = False

    def text(self, passed_s: float) -> str:
        """The line of progress."""
        return f"{f'{self.row_count:,} rows' if self.row_count else 'searching'} · {passed_s:.0f} s"


class _Counted(FirstRows):
    """The first rows, counted as they are taken."""

    tally: Tally

    def batches(self) -> "Iterator[pa.RecordBatch]":
        """The rows; what was taken before the next is asked for has been written."""
        self.tally.has_begun = True
        for batch in super().batches():
            yield batch
            self.tally.row_count += batch.num_rows


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
    exit_status: bool = False
    """Whether an answer without matches has an exit code of its own."""
    output: Path | None = None
    """The file that gets the rows; None for standard output."""
    looks: Looks = field(default_factory=Looks)
    tally: Tally = field(default_factory=Tally)


def show(result: Found, text: str, wishes: Wishes, progress: Progress | None = None) -> int:
    """Print the answer to the query `text`; 0, PARTIAL when a limit of the engine stopped it, or NO_MATCH.

    The result should hold one row more than are to be shown, if there are more. Binary formats have been
    refused on a terminal (`require_no_terminal`) before the query was run.
    """
    answer = _Counted(result, wishes.row_count_max, with_total=wishes.with_total)
    answer.tally = wishes.tally
    chosen = FORMATS[wishes.format]
    is_screen = wishes.output is None and sys.stdout.isatty()
    with opened(wishes.output) as (out, style):
        above = _above(result, wishes, style, is_screen=is_screen)
        if is_screen and progress:
            progress.end()
        out.write("".join(f"{line}\n" for line in above).encode())
        try:
            row_count = chosen.write(answer, out, wishes.looks.applied(style, is_terminal=is_screen))
        except FlowqlError:
            if wishes.output is None and chosen.is_machine and wishes.tally.has_begun:
                _say_cut(wishes.format, progress)
            raise
    if progress:
        progress.end()
    for_people = not chosen.is_machine or sys.stderr.isatty()
    if for_people:
        lines = summary_lines(answer, row_count, is_cut=answer.is_cut, more="--limit N")
        _say_lines(lines if wishes.with_query else lines[1:])
    is_looked_at = not chosen.is_machine and sys.stderr.isatty() and wishes.with_total
    # Each of these may take a limit to its end, which the notes tell.
    word_notes = answer.word_notes if for_people else ()
    empty = result.why_empty() if wishes.why_empty or is_looked_at else None
    is_no_match = wishes.exit_status and result.matched == 0
    if for_people or not chosen.has_notes:
        _say_lines(note_texts([*answer.notes, *word_notes], text, with_information=for_people))
    if empty:
        # Loaded here, as below: it is for people, and programs should not wait for it.
        from flowql.render.emptiness import emptiness_lines  # noqa: PLC0415

        _say_lines(emptiness_lines(empty, answer.zone))
    if not answer.complete:
        return PARTIAL
    return NO_MATCH if is_no_match else 0


def _above(result: Found, wishes: Wishes, style: Style, *, is_screen: bool) -> list[str]:
    """What stands above the rows of a table: records by time, unless the rows are something else."""
    # It counts all that matches, which nobody waits for who wants no total and did not ask for it.
    is_expected = is_screen and wishes.with_total
    if wishes.format != "table" or not wishes.looks.has_histogram(is_terminal=is_expected):
        return []
    from flowql.render.chart import bar_count_for, histogram_lines  # noqa: PLC0415
    from flowql.shell.asked import is_grouping  # noqa: PLC0415
    from flowql.syntax.parser import parse  # noqa: PLC0415

    if any(map(is_grouping, parse(result.query).stages)):
        return []
    histogram = result.histogram(bar_count_for(style))
    if histogram is None or sum(sum(each.counts) for each in histogram.series) < _HISTOGRAM_MIN:
        return []
    return histogram_lines(histogram, style, result.zone)


def _say_cut(format_name: str, progress: Progress | None) -> None:
    """Tell that an error stands behind a part of the rows, which a reader might take for all of them."""
    if progress:
        progress.end()
    say(f"what was written is not whole: the {format_name} ends early")


def _say_lines(lines: list[str]) -> None:
    for line in lines:
        say(line)
