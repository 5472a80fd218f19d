"""JSON objects, one a line, keyed by column name; also how any row becomes an object.

Addresses and texts are strings, everything else is a number; times are epoch seconds; missing is null.
"""

import json
from collections.abc import Sequence
from typing import BinaryIO

import pyarrow.compute as pc

from flowql.render.answer import Column, Rows, Style
from flowql.render.cells import Dialect, Texts, each, epoch_texts, exact_reals
from flowql.render.lines import write_lines

_NOT_PLAIN = r"[^ !#-\[\]-~]"
"""Whatever may need an escape: a quote, a backslash, anything beyond printable ASCII."""


def write_ndjson(rows: Rows, out: BinaryIO, style: Style) -> int:  # noqa: ARG001 - all formats are called alike
    """Write all rows; returns their number."""
    return write_lines(rows, out, JSON, object_keys(rows.columns, opening="{"), "}\n")


def object_keys(columns: Sequence[Column], opening: str) -> list[str]:
    """What stands before the value of each column in a row's object."""
    keys = [json_text(column.name) + ":" for column in columns]
    return [opening + keys[0], *("," + key for key in keys[1:])]


def json_text(text: str) -> str:
    """A JSON string; no control character stays in it as it is."""
    quoted = json.dumps(text, ensure_ascii=False)
    if quoted.isprintable():
        return quoted
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in quoted)


def _json_texts(texts: Texts) -> Texts:
    if pc.any(pc.match_substring_regex(texts, _NOT_PLAIN)).as_py():
        return each(texts, json_text)
    return _quoted(texts)


def _quoted(texts: Texts) -> Texts:
    return pc.binary_join_element_wise('"', texts, '"', "")


JSON = Dialect(missing="null", text=_json_texts, address=_quoted, time=epoch_texts, real=exact_reals)
"""How JSON writes values."""
