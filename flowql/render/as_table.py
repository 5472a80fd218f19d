"""Aligned columns for people: numbers to the right, times as RFC 3339, nothing unprintable, missing as `-`.

With a width, the table is fitted into it (`fit`) and the last lines say what is the same in every row or was
left out; a single row that does not fit is shown as one line a value. Widths are those of the first rows;
where later ones are wider, the columns widen from there on. A table that is cut in the middle (`middle`)
says so between its two parts. Numbers over time get their course drawn below (`over_time`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

import pyarrow as pa

from flowql.render.aligned import AlignedTable
from flowql.render.answer import Column, Rows, Style
from flowql.render.fit import GAP
from flowql.render.lines import join_lines
from flowql.render.over_time import Course
from flowql.render.paint import BOLD, DIM, painted
from flowql.render.pieces import Piece, PieceMaker, joined, shown_text
from flowql.render.widths import align_text, display_width

_INDENT = "  "


@dataclass(frozen=True, slots=True)
class _Body:
    """The rows to show: those that the columns are measured by, and all of them, and lines between them."""

    measured: Piece
    is_all: bool
    parts: Iterator[Piece | str]
    is_cut: bool = False


def write_table(rows: Rows, out: BinaryIO, style: Style) -> int:
    """Write the table; returns the number of rows. Without rows nothing is written."""
    course = Course(rows.columns, rows.zone, style)
    batches = course.watched(rows.batches()) if course.is_drawn else rows.batches()
    maker = PieceMaker(rows.columns, rows.zone, style)
    if style.rows_max is None:
        row_count, body = None, _streamed(maker, batches)
    else:
        row_count, body = _cut(maker, batches, style)
    if body is None:
        return 0
    table = AlignedTable(rows.columns, body.measured, style, is_all=body.is_all)
    is_one_row = body.is_all and body.measured.row_count == 1
    if style.expanded or (is_one_row and len(table.layout.shown) < len(rows.columns)):
        shown_count = _write_expanded(rows.columns, body, out, style)
    else:
        shown_count = _write_aligned(table, body, out)
        notes = _footnotes(rows.columns, table, body, style)
        out.write("".join(painted(line, DIM, style) + "\n" for line in notes).encode())
    out.write("".join(line + "\n" for line in course.lines()).encode())
    return shown_count if row_count is None else row_count


def _streamed(maker: PieceMaker, batches: Iterable[pa.RecordBatch]) -> _Body | None:
    """The rows as they come."""
    pieces = maker(batches)
    first = next(pieces, None)
    if first is None:
        return None
    second = next(pieces, None)
    others: list[Piece] = [] if second is None else [second]
    return _Body(first, second is None, chain([first], others, pieces))


def _cut(maker: PieceMaker, batches: Iterable[pa.RecordBatch], style: Style) -> tuple[int, _Body | None]:
    """How many rows there are, and the first and last of them with a line that tells of the others."""
    # Loaded here: only the shell's tables are cut so.
    from flowql.render.middle import cut_in_middle  # noqa: PLC0415

    assert style.rows_max is not None
    ends = cut_in_middle(batches, style.rows_max)
    pieces = list(maker(chain(ends.first, ends.last)))
    if not pieces:
        return ends.row_count, None
    whole = joined(pieces)
    if not ends.hidden_count:
        return ends.row_count, _Body(whole, is_all=True, parts=iter([whole]))
    dots = "…" if style.unicode else "..."
    told = f"{dots} {ends.hidden_count:,} of {ends.row_count:,} rows not shown {dots}"
    first_count = sum(batch.num_rows for batch in ends.first)
    parts: list[Piece | str] = [
        whole.slice(0, first_count),
        painted(told, DIM, style),
        whole.slice(first_count),
    ]
    shown = (part for part in parts if isinstance(part, str) or part.row_count)
    return ends.row_count, _Body(whole, is_all=True, parts=shown, is_cut=True)


def _write_aligned(table: AlignedTable, body: _Body, out: BinaryIO) -> int:
    out.write(table.header().encode())
    row_count = 0
    for part in body.parts:
        if isinstance(part, str):
            out.write(f"{part}\n".encode())
        else:
            out.write(table.lines(part))
            row_count += part.row_count
    return row_count


def _footnotes(columns: Sequence[Column], table: AlignedTable, body: _Body, style: Style) -> list[str]:
    """What the table itself does not show."""
    layout = table.layout
    every_row = "every row shown" if body.is_cut else "every row"
    names = [shown_text(column.name, style) for column in columns]
    dates = [f"date of {names[k]} {date}" for k, date in table.dates.items()]
    same = [
        f"{names[k]} {body.measured.whole(k)[0].as_py()}" for k in layout.constant if k not in layout.empty
    ]
    empty = [names[k] for k in layout.empty]
    left_out = [names[k] for k in layout.left_out]
    dot = " · " if style.unicode else ", "
    return [
        *_wrapped(f"the same in {every_row}: ", [*same, *dates], dot, style),
        *_wrapped(f"missing in {every_row}: ", empty, ", ", style),
        *_wrapped(f"not shown in {style.width} columns: ", left_out, ", ", style),
    ]


def _wrapped(head: str, parts: list[str], between: str, style: Style) -> list[str]:
    """The parts in lines that fit the width, as far as parts do; nothing without parts."""
    if not parts:
        return []
    lines, line, end = [], head + parts[0], between.rstrip()
    for part in parts[1:]:
        if style.width is not None and display_width(line + between + part + end) > style.width:
            lines.append(line + end)
            line = _INDENT + part
        else:
            line += between + part
    return [*lines, line]


def _write_expanded(columns: Sequence[Column], body: _Body, out: BinaryIO, style: Style) -> int:
    names = [shown_text(column.name, style) for column in columns]
    width = max(map(display_width, names))
    labels = [painted(align_text(name, width, right=False), BOLD, style) + " " * GAP for name in names]
    before = [labels[0], *("\n" + label for label in labels[1:])]
    row_count, is_first = 0, True
    for part in body.parts:
        if isinstance(part, str):
            text: bytes | memoryview = f"\n{part}\n".encode()
        else:
            cells = [part.whole(k) for k in range(len(columns))]
            text = join_lines(cells, ["\n" + before[0], *before[1:]], "\n")
            row_count += part.row_count
        out.write(text[1:] if is_first else text)  # a blank line between two rows
        is_first = False
    return row_count
