"""The formats, by name.

Owns the one list of them. A new format is a module `as_<name>` and a line here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import BinaryIO, TypeAlias

from flowql.render.answer import Answer, Rows, Style
from flowql.render.as_arrow import write_arrow
from flowql.render.as_csv import write_csv
from flowql.render.as_json import write_json
from flowql.render.as_markdown import write_markdown
from flowql.render.as_ndjson import write_ndjson
from flowql.render.as_parquet import write_parquet
from flowql.render.as_raw import write_raw
from flowql.render.as_table import write_table
from flowql.render.as_tsv import write_tsv

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
    is_binary: bool = False
    """Whether the output is no text: it has no place on a terminal."""


ROWS_WRITERS: Mapping[str, RowsWriter] = MappingProxyType(
    {
        "table": write_table,
        "ndjson": write_ndjson,
        "csv": write_csv,
        "tsv": write_tsv,
        "raw": write_raw,
        "markdown": write_markdown,
    }
)
"""Formats that need nothing but rows, by name: they also show lists that no query made."""

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "table": Format("table", write_table, is_machine=False),
        "json": Format("json", write_json, has_notes=True),
        "ndjson": Format("ndjson", write_ndjson),
        "csv": Format("csv", write_csv),
        "tsv": Format("tsv", write_tsv),
        "raw": Format("raw", write_raw),
        "markdown": Format("markdown", write_markdown, is_machine=False),
        "arrow": Format("arrow", write_arrow, is_binary=True),
        "parquet": Format("parquet", write_parquet, is_binary=True),
    }
)
"""Formats of answers, by name."""
