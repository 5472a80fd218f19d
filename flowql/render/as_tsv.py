r"""Tab-separated values: a header, a tab between cells, and never a quote.

What would break a line is escaped instead: a tab is `\t`, a line feed `\n`, a carriage return `\r`, a
backslash `\\`. So every line is one row and every tab parts two cells, for `cut`, `awk` and `sort` too.

Times are epoch seconds and missing is empty, except that the only cell of a line is then `\N`: an empty line
would be read as no row.
"""

from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from flowql.render.answer import Rows, Style
from flowql.render.cells import Dialect, Texts, epoch_texts, exact_reals, printable_texts, unchanged
from flowql.render.lines import separators, write_lines

_NEEDS_ESCAPES = r"[\t\n\r\\]"
_ESCAPES = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}
"""In this order: the backslashes that the others bring are not doubled."""


def write_tsv(rows: Rows, out: BinaryIO, style: Style) -> int:
    """Write the header and all rows; returns the number of rows."""
    dialect = Dialect(
        missing=r"\N" if len(rows.columns) == 1 else "",
        text=_printable_cells if style.escape else _cells,
        address=unchanged,
        time=epoch_texts,
        real=exact_reals,
    )
    names = dialect.text(pa.array([column.name for column in rows.columns])).to_pylist()
    out.write(("\t".join(names) + "\n").encode())
    return write_lines(rows, out, dialect, separators(len(names), "\t"), "\n")


def _cells(texts: Texts) -> Texts:
    """The texts with backslash escapes where they are needed."""
    if not pc.any(pc.match_substring_regex(texts, _NEEDS_ESCAPES)).as_py():
        return texts
    for character, escape in _ESCAPES.items():
        texts = pc.replace_substring(texts, character, escape)
    return texts


def _printable_cells(texts: Texts) -> Texts:
    return printable_texts(_cells(texts))
