r"""Sequence numbers and provenance: which line of which file a row came from.

Owns the encoding of the rows' 64-bit sequence numbers and of the source table. Every line of input takes one
number, whether it became a record or not, so that a number less the first one of its piece is a line's
distance from the piece's first line.

Arrays in the container:
    sequence/run_rows   u32   the row at which each run of consecutive numbers begins  \  either these two,
    sequence/run_first  u64   the number of that row                                   /
    sequence/offsets    narrowest unsigned: number - "base" of segment.json        or this one, if smaller
    source/first_sequence, source/first_line   u64, u64   where a piece begins, ascending by sequence number
    source/line_count   u64   how many numbers it covers
    source/name         u32   index of the piece's file name
    source/offsets, source/text   u32, u8   the file names, as in a text dictionary
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flowql.store.batch import Piece
from flowql.store.columns import narrowed
from flowql.store.container import Container

_RUN_BYTES = 12


@dataclass(frozen=True)
class EncodedSequences:
    """What segment.json and the container hold of the sequence numbers."""

    meta: dict[str, Any]
    arrays: dict[str, NDArray[Any]]


def encode_sequences(sequences: NDArray[np.uint64]) -> EncodedSequences:
    """Encode the numbers of a segment's rows, of which there is at least one."""
    is_start = np.ones(len(sequences), bool)
    is_start[1:] = sequences[1:] != sequences[:-1] + np.uint64(1)
    run_rows = np.flatnonzero(is_start).astype(np.uint32)
    base, top = int(sequences.min()), int(sequences.max())
    offsets = narrowed(np.array([top - base], np.uint64)).dtype
    meta = {"base": base, "max": top}
    if len(run_rows) * _RUN_BYTES <= len(sequences) * offsets.itemsize:
        return EncodedSequences(meta, {"run_rows": run_rows, "run_first": sequences[run_rows]})
    return EncodedSequences(meta, {"offsets": (sequences - np.uint64(base)).astype(offsets)})


def encode_pieces(pieces: Sequence[Piece]) -> dict[str, NDArray[Any]]:
    """The source table, neighbouring pieces of one file that go on from each other joined."""
    joined: list[Piece] = []
    for piece in sorted(pieces, key=lambda piece: piece.first_sequence):
        last = joined[-1] if joined else None
        if (
            last
            and last.source == piece.source
            and last.first_sequence + last.line_count == piece.first_sequence
            and last.first_line + last.line_count == piece.first_line
        ):
            joined[-1] = Piece(
                last.source, last.first_line, last.first_sequence, last.line_count + piece.line_count
            )
        elif piece != last:  # merged segments that shared a block bring its piece twice
            joined.append(piece)
    names = sorted({piece.source for piece in joined})
    index = {name: place for place, name in enumerate(names)}
    return {
        "first_sequence": np.array([piece.first_sequence for piece in joined], np.uint64),
        "first_line": np.array([piece.first_line for piece in joined], np.uint64),
        "line_count": np.array([piece.line_count for piece in joined], np.uint64),
        "name": np.array([index[piece.source] for piece in joined], np.uint32),
        **_encode_names(names),
    }


def _encode_names(names: list[str]) -> dict[str, NDArray[Any]]:
    # A file's name is any bytes; what is not UTF-8 comes as surrogates, and goes back as such.
    encoded = [name.encode(errors="surrogateescape") for name in names]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.uint32)
    return {"offsets": offsets, "text": np.frombuffer(b"".join(encoded), np.uint8)}


class Provenance:
    """Sequence numbers and source lines of an open segment's rows."""

    def __init__(self, container: Container, meta: dict[str, Any], row_count: int) -> None:
        self._container = container
        self._base = np.uint64(meta["base"])
        self._row_count = row_count
        self.sequence_min: int = meta["base"]
        self.sequence_max: int = meta["max"]

    def sequences(self, start: int, stop: int) -> NDArray[np.uint64]:
        """The sequence numbers of rows `start` to `stop`."""
        if "sequence/offsets" in self._container:
            return np.asarray(self._container.part("sequence/offsets", start, stop) + self._base)
        return self.sequences_at(np.arange(start, stop, dtype=np.uint32))

    def sequences_at(self, rows: NDArray[Any]) -> NDArray[np.uint64]:
        """The sequence numbers of `rows`."""
        if "sequence/offsets" in self._container:
            return np.asarray(self._container.items("sequence/offsets", rows) + self._base)
        run_rows = self._container.array("sequence/run_rows")
        runs = np.searchsorted(run_rows, rows, "right") - 1
        return np.asarray(self._container.array("sequence/run_first")[runs] + (rows - run_rows[runs]))

    def places(self, sequences: NDArray[np.uint64]) -> list[tuple[str, int]]:
        """File name and line of each sequence number."""
        first = self._container.array("source/first_sequence")
        pieces = np.searchsorted(first, sequences, "right") - 1
        lines = self._container.array("source/first_line")[pieces] + (sequences - first[pieces])
        names = self._names()
        return [
            (names[name], line)
            for name, line in zip(self._piece_names()[pieces].tolist(), lines.tolist(), strict=True)
        ]

    def pieces(self) -> tuple[Piece, ...]:
        """The whole source table."""
        names = self._names()
        columns = [
            self._container.array(f"source/{part}").tolist()
            for part in ("first_line", "first_sequence", "line_count")
        ]
        return tuple(
            Piece(names[name], *rest)
            for name, *rest in zip(self._piece_names().tolist(), *columns, strict=True)
        )

    def _piece_names(self) -> NDArray[np.uint32]:
        return self._container.array("source/name")

    def _names(self) -> list[str]:
        offsets, text = (
            self._container.array("source/offsets").tolist(),
            self._container.array("source/text").tobytes(),
        )
        return [text[start:stop].decode(errors="surrogateescape") for start, stop in pairwise(offsets)]
