"""What parsing makes of a block of lines, and how the results of both roads are put together.

Owns `Parsed` and its gathering: columns from the fast road and records from the careful one, in line order.
Knows nothing of how lines are read, nor of files and sequence numbers.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from flowql.ingest.careful import Fault, LineKind, LineReader, Record
from flowql.ingest.columns import chunk_of, join_rows, take_rows
from flowql.ingest.layout import Layout
from flowql.store.batch import Chunk

Lines: TypeAlias = NDArray[np.int64]
"""Line numbers inside a block, from 0, ascending."""


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """A line of a block, from 0, that is no record."""

    line: int
    fault: Fault
    raw: bytes


@dataclass(frozen=True, slots=True)
class Parsed:
    """The lines of a block up to its end, or up to a header line that its reader had not noticed.

    `line_count` lines are accounted for: records (whose lines are `record_lines`, ascending), rejects and
    blanks. When `header` is not None, it is the line that follows them, and what comes after it has not been
    looked at.
    """

    line_count: int
    columns: dict[str, Chunk]
    record_lines: Lines
    rejects: tuple[RejectedLine, ...]
    blank_count: int
    header: bytes | None = None

    def __post_init__(self) -> None:
        assert self.line_count == len(self.record_lines) + len(self.rejects) + self.blank_count


@dataclass(slots=True)
class Gathering:
    """The parts of one block's result, as they come in line order."""

    layout: Layout
    fast_parts: list[tuple[dict[str, Chunk], Lines]] = field(default_factory=list)
    careful_records: list[Record] = field(default_factory=list)
    careful_lines: list[int] = field(default_factory=list)
    rejects: list[RejectedLine] = field(default_factory=list)
    blank_count: int = 0
    header: bytes | None = None
    line_reader: LineReader = field(init=False)

    def __post_init__(self) -> None:
        self.line_reader = LineReader(self.layout)

    def add_line(self, line: int, raw: bytes) -> bool:
        """Read one line carefully. False when it is a header: then nothing after it belongs to this block."""
        match self.line_reader.read(raw):
            case LineKind.HEADER:
                self.header = raw
                return False
            case LineKind.BLANK:
                self.blank_count += 1
            case Fault() as fault:
                self.rejects.append(RejectedLine(line, fault, raw))
            case list() as record:
                self.careful_records.append(record)
                self.careful_lines.append(line)
        return True

    def add_lines(self, first_line: int, data: bytes) -> bool:
        """Read whole lines, each ended by a newline, carefully. False when a header ended it early."""
        lines = data.split(b"\n")
        lines.pop()
        return all(self.add_line(line, raw) for line, raw in enumerate(lines, first_line))

    def finish(self) -> Parsed:
        """Everything gathered, in line order."""
        parts = list(self.fast_parts)
        if self.careful_records:
            parts.append((self._careful_columns(), np.array(self.careful_lines, np.int64)))
        columns, record_lines = _in_line_order(parts)
        line_count = len(record_lines) + len(self.rejects) + self.blank_count
        return Parsed(line_count, columns, record_lines, tuple(self.rejects), self.blank_count, self.header)

    def _careful_columns(self) -> dict[str, Chunk]:
        values = zip(*self.careful_records, strict=True)
        return {
            each.name: chunk_of(column, each.kind)
            for each, column in zip(self.layout.fields, values, strict=True)
        }


def _in_line_order(parts: list[tuple[dict[str, Chunk], Lines]]) -> tuple[dict[str, Chunk], Lines]:
    if not parts:
        return {}, np.zeros(0, np.int64)
    if len(parts) == 1:
        return parts[0]
    lines = np.concatenate([part_lines for _, part_lines in parts])
    columns = {name: join_rows([columns[name] for columns, _ in parts]) for name in parts[0][0]}
    if (np.diff(lines) > 0).all():
        return columns, lines
    order = np.argsort(lines)
    return {name: take_rows(chunk, order) for name, chunk in columns.items()}, lines[order]
