"""Comma-separated values after RFC 4180: a header, quotes where a text needs them; lines end in LF.

RFC 4180 has CR LF, which would hang on to the last cell in every awk and cut.

Times are epoch seconds and missing is empty, while a text without characters is `""`. The only cell of a line
is `""` in both cases: an empty line would be read as no row.
"""

from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from flowql.render.answer import Rows, Style
from flowql.render.cells import Dialect, Texts, epoch_texts, exact_reals, printable_texts, unchanged
from flowql.render.lines import separators, write_lines

_LINE_END = "\n"
_NEEDS_QUOTES = '^$|[,"\r\n]'


def write_csv(rows: Rows, out: BinaryIO, style: Style) -> int:
    """Write the header and all rows; returns the number of rows."""
    dialect = _dialect(style, only_column=len(rows.columns) == 1)
    names = dialect.text(pa.array([column.name for column in rows.columns])).to_pylist()
    out.write((",".join(names) + _LINE_END).encode())
    return write_lines(rows, out, dialect, separators(len(names), ","), _LINE_END)


def _dialect(style: Style, *, only_column: bool) -> Dialect:
    return Dialect(
        missing='""' if only_column else "",
        text=_printable_cells if style.escape else _cells,
        address=unchanged,
        time=epoch_texts,
        real=exact_reals,
    )


def _cells(texts: Texts) -> Texts:
    """The texts in quotes, inner quotes doubled, where a comma, a quote, a line end or nothing is inside."""
    needs_quotes = pc.match_substring_regex(texts, _NEEDS_QUOTES)
    if not pc.any(needs_quotes).as_py():
        return texts
    quoted = pc.binary_join_element_wise('"', pc.replace_substring(texts, '"', '""'), '"', "")
    return pc.if_else(needs_quotes, quoted, texts)


def _printable_cells(texts: Texts) -> Texts:
    return _cells(printable_texts(texts))
