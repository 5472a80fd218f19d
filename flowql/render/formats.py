"""The formats, by name.

Owns the one list of them. A new format is a module `as_<name>` and a line here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import BinaryIO, TypeAlias

from flowql.render.answer import Answer, Rows, Style
from flowql.render.as_csv import write_csv
from flowql.render.as_json import write_json
from flowql.render.as_ndjson import write_ndjson
from flowql.render.as_raw import write_raw
from flowql.render.as_table import write_table

RowsWriter: TypeAlias = Callable[[Rows, BinaryIO, Style], int]
"""Writes rows and returns their number; bytes appear as batches arrive, where the format can."""
AnswerWriter: TypeAlias = Callable[[Answer, BinaryIO, Style], int]
"""The same for formats that also tell what was asked and noted."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format of output: for people, or one that programs read."""

    name: str
    write: AnswerWriter
    is_machine: bool = True
    has_notes: bool = False
    """Whether the output itself carries the notes."""


ROWS_WRITERS: Mapping[str, RowsWriter] = MappingProxyType(
    {"table": write_table, "ndjson": write_ndjson, "csv": write_csv, "raw": write_raw}
)
"""Formats that need nothing but rows, by name: they also show lists that no query made."""

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "table": Format("table", write_table, is_machine=False),
        "json": Format("json", write_json, has_notes=True),
        "ndjson": Format("ndjson", write_ndjson),
        "csv": Format("csv", write_csv),
        "raw": Format("raw", write_raw),
    }
)
"""Formats of answers, by name."""
