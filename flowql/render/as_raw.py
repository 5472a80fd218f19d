"""Lines as flow logs have them: in order, a blank between, `-` for missing, times as epoch seconds."""

from typing import BinaryIO

from flowql.render.answer import Rows, Style
from flowql.render.cells import Dialect, epoch_texts, exact_reals, printable_texts, unchanged
from flowql.render.lines import separators, write_lines


def write_raw(rows: Rows, out: BinaryIO, style: Style) -> int:
    """Write all rows; returns their number."""
    dialect = Dialect(
        missing="-",
        text=printable_texts if style.escape else unchanged,
        address=unchanged,
        time=epoch_texts,
        real=exact_reals,
    )
    return write_lines(rows, out, dialect, separators(len(rows.columns), " "), "\n")
