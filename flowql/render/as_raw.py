"""Lines as flow logs have them: in order, a blank between, `-` for missing, times as epoch seconds."""

from typing import BinaryIO

from flowql.render.answer import Rows, Style
from flowql.render.cells import Dialect, epoch_texts, exact_reals, printable_texts, unchanged
from flowql.render.lines import cells_of, join_lines, separators


def write_raw(rows: Rows, out: BinaryIO, style: Style) -> int:
    """Write all rows; returns their number."""
    dialect = Dialect(
        missing="-",
        text=printable_texts if style.escape else unchanged,
        address=unchanged,
        time=epoch_texts,
        real=exact_reals,
    )
    before = separators(len(rows.columns), " ")
    row_count = 0
    for cells in cells_of(rows, dialect):
        out.write(join_lines(cells, before, "\n"))
        row_count += len(cells[0])
    return row_count
