"""The cells of a table for people, piece by piece.

Owns how each kind of value reads in a table, names beside numbers and rounding among it, and that control
characters, and characters that a terminal cannot show, are escaped. Does not know widths.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from flowql.errors import printable
from flowql.render.answer import Column, Style
from flowql.render.cells import (
    ColumnCells,
    Dialect,
    Texts,
    calendar_texts,
    each,
    rounded_reals,
    unchanged,
    unit_durations,
)
from flowql.render.fit import ROW_NUMBER
from flowql.render.human import human_texts
from flowql.render.named import NamesBeside
from flowql.schema import Kind
from flowql.zones import Zone

PIECE_ROWS_MAX = 10_000
"""Rows that are measured together."""
MISSING = "-"
NUMBERS = (Kind.PORT, Kind.PROTOCOL, Kind.COUNT, Kind.DURATION, Kind.REAL)
"""Kinds whose values stand to the right."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows: a text for each cell, and what stands beside it, by the column's place."""

    cells: list[Texts]
    names: dict[int, Texts]

    @property
    def row_count(self) -> int:
        """The number of rows; there is at least one."""
        return len(self.cells[0])

    def slice(self, first: int, row_count: int | None = None) -> "Piece":
        """Some of the rows."""
        return Piece(
            [texts.slice(first, row_count) for texts in self.cells],
            {k: texts.slice(first, row_count) for k, texts in self.names.items()},
        )

    def whole(self, place: int) -> Texts:
        """The texts of a column with what stands beside them."""
        if place not in self.names:
            return self.cells[place]
        return pc.binary_join_element_wise(self.cells[place], self.names[place], "")


class PieceMaker:
    """Makes the pieces of one table."""

    def __init__(self, columns: Sequence[Column], zone: Zone, style: Style) -> None:
        self._cells = [cells_for(column, zone, style) for column in columns]
        self._names = NamesBeside(columns) if style.names else None

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[Piece]:
        """The rows, small batches put together: columns are as wide as a good many rows want them."""
        waiting: list[Piece] = []
        row_count = 0
        for batch in batches:
            for first in range(0, batch.num_rows, PIECE_ROWS_MAX):
                waiting.append(self._piece(batch.slice(first, PIECE_ROWS_MAX)))
                row_count += waiting[-1].row_count
                if row_count >= PIECE_ROWS_MAX:
                    yield joined(waiting)
                    waiting, row_count = [], 0
        if waiting:
            yield joined(waiting)

    def _piece(self, batch: pa.RecordBatch) -> Piece:
        texts = [cells(values) for cells, values in zip(self._cells, batch.columns, strict=True)]
        return Piece(texts, self._names(batch.columns) if self._names else {})


def cells_for(column: Column, zone: Zone, style: Style) -> ColumnCells:
    """What makes the cells of a column, without names beside them."""
    dialect = dialect_for_people(zone, partial(each, change=partial(shown_text, style=style)))
    if style.human and is_quantity(column):
        human = human_texts(column.name)
        dialect = replace(dialect, count=human, real=human)
    return ColumnCells(column.kind, dialect)


def is_quantity(column: Column) -> bool:
    """Whether the values of a column say how much, so that they may be rounded."""
    return column.kind in (Kind.COUNT, Kind.REAL) and column.name != ROW_NUMBER


def dialect_for_people(zone: Zone, text: Callable[[Texts], Texts]) -> Dialect:
    """How people read values: times on the clock of the zone, durations in units; `text` makes the texts."""
    return Dialect(
        missing=MISSING,
        text=text,
        address=unchanged,
        time=calendar_texts(zone),
        real=rounded_reals,
        duration=unit_durations,
    )


def shown_text(text: str, style: Style) -> str:
    """A text in one line that does nothing to a terminal: what is not printable is escaped, tabs too."""
    shown = printable(text).replace("\t", r"\t")
    if style.unicode or shown.isascii():
        return shown
    return shown.encode("ascii", "backslashreplace").decode()


def joined(pieces: Sequence[Piece]) -> Piece:
    """Pieces of the same table as one; there is at least one."""
    if len(pieces) == 1:
        return pieces[0]
    columns = zip(*(piece.cells for piece in pieces), strict=True)
    places = pieces[0].names
    names = {k: pa.concat_arrays([piece.names[k] for piece in pieces]) for k in places}
    return Piece([pa.concat_arrays(texts) for texts in columns], names)
