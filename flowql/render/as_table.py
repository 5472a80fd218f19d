"""Aligned columns for people: numbers to the right, times as RFC 3339, nothing unprintable, missing as `-`.

With a width, the table is fitted into it (`fit`) and the last lines say what is the same in every row or was
left out; a single row that does not fit is shown as one line a value. Widths are those of the first rows;
where later ones are wider, the columns widen from there on.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from flowql.errors import printable
from flowql.render.answer import Column, Rows, Style
from flowql.render.cells import (
    Dialect,
    Texts,
    calendar_texts,
    printable_texts,
    rounded_reals,
    unchanged,
    unit_durations,
)
from flowql.render.fit import GAP, Layout, Measured, fit
from flowql.render.lines import cells_of, join_lines, separators
from flowql.render.widths import align, align_text, display_width, shorten, widest
from flowql.schema import Kind
from flowql.zones import Zone

_PIECE_ROWS_MAX = 10_000
"""Rows that are measured together."""
_SHORTENED = {Kind.TEXT: 12, Kind.ADDRESS: 15, Kind.NETWORK: 18}
"""To which width cells may be shortened when a table is too wide; IPv4 addresses and networks never are."""
_WHOLE = ("why",)
"""Columns that are shortened only when a line cannot hold them: what was asked for is read to its end."""
NUMBERS = (Kind.PORT, Kind.PROTOCOL, Kind.COUNT, Kind.DURATION, Kind.REAL)
"""Kinds whose values stand to the right."""
_BOLD, _DIM, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"


def write_table(rows: Rows, out: BinaryIO, style: Style) -> int:
    """Write the table; returns the number of rows. Without rows nothing is written."""
    pieces = _gathered(cells_of(rows, dialect_for_people(rows.zone, printable_texts), _PIECE_ROWS_MAX))
    first = next(pieces, None)
    if first is None:
        return 0
    second = next(pieces, None)
    layout = _layout(rows.columns, first, style.width, is_all=second is None)
    every_piece = chain([first], [] if second is None else [second], pieces)
    is_one_row = second is None and len(first[0]) == 1
    if style.expanded or (is_one_row and len(layout.shown) < len(rows.columns)):
        return _write_expanded(rows.columns, every_piece, out, style)
    row_count = _write_aligned(rows.columns, layout, every_piece, out, style)
    out.write(_footnotes(rows.columns, layout, first, style).encode())
    return row_count


def dialect_for_people(zone: Zone, text: Callable[[Texts], Texts]) -> Dialect:
    """How people read values: times on the clock of the zone, durations in units; `text` makes the texts."""
    return Dialect(
        missing="-",
        text=text,
        address=unchanged,
        time=calendar_texts(zone),
        real=rounded_reals,
        duration=unit_durations,
    )


def _gathered(pieces: Iterator[list[Texts]]) -> Iterator[list[Texts]]:
    """The pieces, small ones put together: columns are as wide as a good many rows want them."""
    waiting: list[list[Texts]] = []
    row_count = 0
    for piece in pieces:
        waiting.append(piece)
        row_count += len(piece[0])
        if row_count >= _PIECE_ROWS_MAX:
            yield [pa.concat_arrays(column) for column in zip(*waiting, strict=True)]
            waiting, row_count = [], 0
    if waiting:
        yield [pa.concat_arrays(column) for column in zip(*waiting, strict=True)]


def _layout(columns: Sequence[Column], cells: list[Texts], width: int | None, *, is_all: bool) -> Layout:
    measured = []
    for column, texts in zip(columns, cells, strict=True):
        name_width = display_width(printable(column.name))
        full = max(name_width, widest(texts))
        least = min(full, max(name_width, _SHORTENED.get(column.kind, full)))
        if column.name in _WHOLE and width is not None:
            least = min(full, width)
        measured.append(Measured(column.name, full, least, is_constant=is_all and _is_constant(texts)))
    return fit(measured, width)


def _is_constant(texts: Texts) -> bool:
    """Whether there are several texts and they are all alike."""
    return len(texts) > 1 and bool(pc.all(pc.equal(texts, texts[0])).as_py())


def _write_aligned(
    columns: Sequence[Column], layout: Layout, pieces: Iterator[list[Texts]], out: BinaryIO, style: Style
) -> int:
    shown = [columns[k] for k in layout.shown]
    before = separators(len(shown), " " * GAP)
    widths = list(layout.widths)
    out.write(_header(shown, widths, style).encode())
    row_count = 0
    for cells in pieces:
        chosen = [cells[k] for k in layout.shown]
        if style.width is None:
            widths = [max(width, widest(texts)) for width, texts in zip(widths, chosen, strict=True)]
        out.write(join_lines(_fitted(shown, chosen, widths), before, "\n"))
        row_count += len(chosen[0])
    return row_count


def _header(columns: list[Column], widths: list[int], style: Style) -> str:
    names = [
        align_text(printable(column.name), width, right=column.kind in NUMBERS)
        for column, width in zip(columns, widths, strict=True)
    ]
    return _painted((" " * GAP).join(names).rstrip(), _BOLD, style) + "\n"


def _fitted(columns: list[Column], cells: list[Texts], widths: list[int]) -> list[Texts]:
    """The cells cut and filled up to their columns' widths; no blanks at the end of a line."""
    fitted = []
    for column, texts, width in zip(columns, cells, widths, strict=True):
        short = shorten(texts, width) if column.kind in _SHORTENED else texts
        is_right = column.kind in NUMBERS
        is_padded = is_right or column is not columns[-1]
        fitted.append(align(short, width, right=is_right) if is_padded else short)
    return fitted


def _footnotes(columns: Sequence[Column], layout: Layout, cells: list[Texts], style: Style) -> str:
    """What the table itself does not show."""
    lines = []
    if layout.constant:
        values = [f"{printable(columns[k].name)} {cells[k][0].as_py()}" for k in layout.constant]
        lines.append(f"the same in every row: {' · '.join(values)}")
    if layout.left_out:
        names = ", ".join(printable(columns[k].name) for k in layout.left_out)
        lines.append(f"not shown in {style.width} columns: {names}")
    return "".join(_painted(line, _DIM, style) + "\n" for line in lines)


def _write_expanded(
    columns: Sequence[Column], pieces: Iterator[list[Texts]], out: BinaryIO, style: Style
) -> int:
    names = [printable(column.name) for column in columns]
    width = max(map(display_width, names))
    labels = [_painted(align_text(name, width, right=False), _BOLD, style) + " " * GAP for name in names]
    before = [labels[0], *("\n" + label for label in labels[1:])]
    row_count = 0
    for cells in pieces:
        blocks = join_lines(cells, ["\n" + before[0], *before[1:]], "\n")
        out.write(blocks if row_count else blocks[1:])  # a blank line between two rows
        row_count += len(cells[0])
    return row_count


def _painted(text: str, code: str, style: Style) -> str:
    return f"{code}{text}{_PLAIN}" if style.colour else text
