"""The lines of an aligned table: cells cut or filled up to the widths of their columns, and painted.

Owns what stands to the right and what to the left, what a cell that is too wide loses, and which cells have a
colour. The layout, that is which columns are shown and how wide, is given.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from flowql.render.answer import Column, Style
from flowql.render.cells import Texts
from flowql.render.fit import GAP, Layout, Measured, fit, is_main
from flowql.render.human import ROUNDED
from flowql.render.lines import join_lines, separators
from flowql.render.paint import BOLD, DIM, PLAIN, RED, REFUSED, painted
from flowql.render.pieces import MISSING, NUMBERS, Piece, is_quantity, shown_text
from flowql.render.widths import ASCII_ELLIPSIS, ELLIPSIS, align, align_text, display_width, shorten, widest
from flowql.schema import Kind

_SHORTENED = {Kind.TEXT: 12, Kind.ADDRESS: 15, Kind.NETWORK: 18}
"""To which width cells may be shortened when a table is too wide; IPv4 addresses and networks never are."""
_NAME_WIDTH_MIN = len(" https")
"""To which width a name beside a number may be shortened."""
_DATE_WIDTH = len("2018-12-13T")
"""What RFC 3339 calls a full-time is behind it: `14:00:00Z`."""
_WHOLE = ("why",)
"""Columns that are shortened only when a line cannot hold them: what was asked for is read to its end."""
_ACTION = "action"
"""The column whose refusals are red."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """How the cells of one column stand."""

    place: int
    column: Column
    number_width: int | None
    """The width of the numbers of a column with names beside them, which stand to the left; else None."""
    is_marked: bool
    """Whether the cells end in a mark of rounding or a blank in its place."""
    date: str | None = None
    """The date that all times of a column begin with, which can be told once; None if there is no such."""

    @property
    def is_right(self) -> bool:
        return self.column.kind in NUMBERS and self.number_width is None


class AlignedTable:
    """The aligned form of a table, measured by a piece of its rows."""

    def __init__(self, columns: Sequence[Column], measured: Piece, style: Style, *, is_all: bool) -> None:
        """`is_all` tells whether the piece has all rows that are shown."""
        self._style = style
        self.layout, shapes = _fitted(columns, measured, style, is_all=is_all, has_names=False)
        if measured.names:
            named, named_shapes = _fitted(columns, measured, style, is_all=is_all, has_names=True)
            lost = set(named.left_out) - set(self.layout.left_out)
            if not any(is_main(columns[k].name) for k in lost):
                self.layout, shapes = named, named_shapes
        self._shapes = [shapes[k] for k in self.layout.shown]
        self._widths = list(self.layout.widths)
        self.dates: dict[int, str] = {
            shape.place: shape.date
            for shape, width in zip(self._shapes, self._widths, strict=True)
            if shape.date is not None and width < widest(measured.cells[shape.place])
        }
        """The dates that cells do not show, by the place of their column."""

    def header(self) -> str:
        """The line of names."""
        names = [
            align_text(shown_text(shape.column.name, self._style), width, right=shape.is_right)
            for shape, width in zip(self._shapes, self._widths, strict=True)
        ]
        return painted((" " * GAP).join(names).rstrip(), BOLD, self._style) + "\n"

    def lines(self, piece: Piece) -> memoryview:
        """The lines of some rows; without a limit of width, columns widen where wider cells come."""
        last = len(self._shapes) - 1
        cells = []
        for k, shape in enumerate(self._shapes):
            texts = _prepared(shape, piece)
            if self._style.width is None:
                self._widths[k] = max(self._widths[k], widest(texts))
            fitted = self._filled(shape, texts, self._widths[k], is_last=k == last)
            cells.append(self._painted(shape, piece, fitted) if self._style.colour else fitted)
        return join_lines(cells, separators(len(cells), " " * GAP), "\n")

    def _filled(self, shape: _Shape, texts: Texts, width: int, *, is_last: bool) -> Texts:
        """The cells of a column cut and filled up to its width; no blanks at the end of a line."""
        mark = ELLIPSIS if self._style.unicode else ASCII_ELLIPSIS
        if shape.number_width is not None:
            if widest(texts) > width:  # the ends of names are cut, all in ASCII
                cut = pc.binary_join_element_wise(pc.utf8_slice_codeunits(texts, 0, width - 1), mark, "")
                texts = pc.if_else(pc.greater(pc.binary_length(texts), width), cut, texts)
        elif shape.place in self.dates:
            texts = pc.utf8_slice_codeunits(texts, _DATE_WIDTH)
        elif shape.column.kind in _SHORTENED:
            texts = shorten(texts, width, mark)
        if shape.is_right or not is_last:
            texts = align(texts, width, right=shape.is_right)
        return pc.utf8_rtrim(texts, " ") if is_last and shape.is_marked else texts

    def _painted(self, shape: _Shape, piece: Piece, fitted: Texts) -> Texts:
        cells = piece.cells[shape.place]
        fitted = _paint(fitted, pc.equal(cells, MISSING), DIM)
        if shape.column.name != _ACTION:
            return fitted
        return _paint(fitted, pc.is_in(pc.ascii_upper(cells), value_set=pa.array(sorted(REFUSED))), RED)


def _fitted(
    columns: Sequence[Column], piece: Piece, style: Style, *, is_all: bool, has_names: bool
) -> tuple[Layout, list[_Shape]]:
    """The layout with or without names beside numbers, and the shapes of all columns."""
    shapes = []
    for k, column in enumerate(columns):
        names = piece.names.get(k) if has_names else None
        is_named = names is not None and widest(names) > 0
        number_width = widest(piece.cells[k]) if is_named else None
        is_marked = style.human and is_quantity(column)
        date = _date_of(column, piece.cells[k]) if is_all else None
        shapes.append(_Shape(k, column, number_width, is_marked, date))
    return fit([_measured(shape, piece, style, is_all=is_all) for shape in shapes], style.width), shapes


def _measured(shape: _Shape, piece: Piece, style: Style, *, is_all: bool) -> Measured:
    column, cells = shape.column, piece.cells[shape.place]
    name_width = display_width(shown_text(column.name, style))
    full = max(name_width, widest(_prepared(shape, piece)))
    least = _SHORTENED.get(column.kind, full)
    if shape.number_width is not None:
        least = shape.number_width + _NAME_WIDTH_MIN
    elif shape.date is not None:
        least = full - _DATE_WIDTH
    least = min(full, max(name_width, least))
    if column.name in _WHOLE and style.width is not None:
        least = min(full, style.width)
    is_constant = is_all and _is_same(cells)
    is_empty = is_constant and cells[0].as_py() == MISSING
    return Measured(column.name, full, least, is_constant, is_empty, is_stepwise=shape.date is not None)


def _date_of(column: Column, texts: Texts) -> str | None:
    """The date of all times, if they are of one and none is missing."""
    if column.kind is not Kind.TIME:
        return None
    dates = pc.utf8_slice_codeunits(texts, 0, _DATE_WIDTH - 1)
    date = str(dates[0].as_py())
    return date if _is_same(dates) and date != MISSING else None


def _is_same(texts: Texts) -> bool:
    """Whether there are several texts and they are all alike."""
    return len(texts) > 1 and bool(pc.all(pc.equal(texts, texts[0])).as_py())


def _prepared(shape: _Shape, piece: Piece) -> Texts:
    """The cells of a column with what stands beside them, as wide as they need to be."""
    texts = piece.cells[shape.place]
    if shape.is_marked:
        return pc.if_else(pc.ends_with(texts, ROUNDED), texts, pc.binary_join_element_wise(texts, " ", ""))
    if shape.number_width is not None:
        numbers = align(texts, shape.number_width, right=True)
        return pc.binary_join_element_wise(numbers, piece.names[shape.place], "")
    return texts


def _paint(texts: Texts, which: pa.BooleanArray, code: str) -> Texts:
    if not pc.any(which).as_py():
        return texts
    return pc.if_else(which, pc.binary_join_element_wise(code, texts, PLAIN, ""), texts)
