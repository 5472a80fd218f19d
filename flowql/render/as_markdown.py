r"""A table in GitHub's Markdown, for reports.

Values are those of a table for people. What Markdown would take for its own (`|` before all; backslashes,
emphasis, code, links, tags, references) gets a backslash, so that a rendered cell shows just what the value
is; control characters are escaped. Widths are not fitted: rows are written as they come.
"""

import re
from functools import partial
from typing import BinaryIO

from flowql.errors import printable
from flowql.render.answer import Rows, Style
from flowql.render.cells import each
from flowql.render.lines import write_lines
from flowql.render.pieces import NUMBERS, dialect_for_people

_ACTIVE = re.compile(r"[\\|`*~<\[&]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
"""What may mean something in a cell (GFM 4.10, 6); a `_` inside a word never does."""


def write_markdown(rows: Rows, out: BinaryIO, style: Style) -> int:  # noqa: ARG001 - all formats are called alike
    """Write the header and all rows; returns the number of rows."""
    names = [_cell(column.name) for column in rows.columns]
    rules = ["---:" if column.kind in NUMBERS else "---" for column in rows.columns]
    out.write("".join(f"| {' | '.join(line)} |\n" for line in (names, rules)).encode())
    dialect = dialect_for_people(rows.zone, partial(each, change=_cell))
    return write_lines(rows, out, dialect, ["| ", *[" | "] * (len(names) - 1)], " |\n")


def _cell(text: str) -> str:
    return printable(_ACTIVE.sub(r"\\\g<0>", text))
