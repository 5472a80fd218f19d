"""The formats, by name.

Owns the one list of them. A new format is a module `as_<name>` with a function `write_<name>`, and a line
here; it is imported by the first answer that is written so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

if TYPE_CHECKING:
    from flowql.render.answer import Answer, Rows, Style

RowsWriter: TypeAlias = Callable[["Rows", BinaryIO, "Style"], int]
"""Writes rows and returns their number; bytes appear as batches arrive, where the format can."""
AnswerWriter: TypeAlias = Callable[["Answer", BinaryIO, "Style"], int]
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


def _writer(name: str) -> Callable[[Any, BinaryIO, "Style"], int]:
    def write(rows: Any, out: BinaryIO, style: "Style") -> int:
        written: int = getattr(import_module(f"flowql.render.as_{name}"), f"write_{name}")(rows, out, style)
        return written

    return write


ROWS_WRITERS: Mapping[str, RowsWriter] = MappingProxyType(
    {name: _writer(name) for name in ("table", "ndjson", "csv", "tsv", "raw", "markdown")}
)
"""Formats that need nothing but rows, by name: they also show lists that no query made."""

_FORMATS = (
    Format("table", _writer("table"), is_machine=False),
    Format("json", _writer("json"), has_notes=True),
    Format("ndjson", _writer("ndjson")),
    Format("csv", _writer("csv")),
    Format("tsv", _writer("tsv")),
    Format("raw", _writer("raw")),
    Format("markdown", _writer("markdown"), is_machine=False),
    Format("arrow", _writer("arrow"), is_binary=True),
    Format("parquet", _writer("parquet"), is_binary=True),
)
FORMATS: Mapping[str, Format] = MappingProxyType({each.name: each for each in _FORMATS})
"""Formats of answers, by name."""
