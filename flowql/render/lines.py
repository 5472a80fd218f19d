"""Lines from cells: the loop that every line-by-line format shares.

Owns the cutting of batches into pieces, so that memory stays bounded however large a batch is, and the
joining of columns of texts into the bytes of many lines at once. Does not know what the texts mean.
"""

from collections.abc import Iterator, Sequence
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from flowql.render.answer import Rows
from flowql.render.cells import ColumnCells, Dialect, Texts

PIECE_ROWS_MAX = 1 << 16
"""Rows made into text at once: some MiB of text, and far below the 2 GiB that one array of texts can hold."""


def write_lines(rows: Rows, out: BinaryIO, dialect: Dialect, before: Sequence[str], end: str) -> int:
    """Write a line for each row (see `join_lines`); returns their number."""
    row_count = 0
    for cells in cells_of(rows, dialect):
        out.write(join_lines(cells, before, end))
        row_count += len(cells[0])
    return row_count


def cells_of(rows: Rows, dialect: Dialect, piece_rows_max: int = PIECE_ROWS_MAX) -> Iterator[list[Texts]]:
    """The rows as pieces of 1 to `piece_rows_max` rows: an array of texts for each column."""
    columns = [ColumnCells(column.kind, dialect) for column in rows.columns]
    for batch in rows.batches():
        for first in range(0, batch.num_rows, piece_rows_max):
            piece = batch.slice(first, piece_rows_max)
            yield [cells(values) for cells, values in zip(columns, piece.columns, strict=True)]


def join_lines(cells: list[Texts], before: Sequence[str], end: str) -> memoryview:
    """UTF-8 of the lines: `before[k]` stands before the cell of column k, `end` after the last one."""
    assert cells, "a line has at least one cell"
    first, *others = before
    if len(set(others)) == 1:
        return _join_parted(cells, first, others[0], end)
    pieces = [part for pair in zip(map(pa.scalar, before), cells, strict=True) for part in pair]
    return text_bytes(pc.binary_join_element_wise(*pieces, pa.scalar(end), ""))


def separators(count: int, between: str) -> list[str]:
    """What stands before each of `count` cells when they are only parted."""
    return [""] + [between] * (count - 1)


def text_bytes(texts: Texts) -> memoryview:
    """The bytes of all texts, one after the other, without a copy; none may be null."""
    _, offsets, data = texts.buffers()
    if data is None:
        return memoryview(b"")
    edges = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return memoryview(data)[int(edges[0]) : int(edges[-1])]


def _join_parted(cells: list[Texts], first: str, between: str, end: str) -> memoryview:
    """As `join_lines`, when the same stands before all cells but the first: in half the time."""
    lines = pc.binary_join_element_wise(*cells, between)
    whole = pa.ListArray.from_arrays(pa.array([0, len(lines)], pa.int32()), lines)
    text = pc.binary_join(whole, end + first)
    return text_bytes(pc.binary_join_element_wise(first, text, end, "") if len(lines) else text)
