"""A writer that keeps what it is given, and batches as plain rows: what the tests of ingestion look at."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flowql.ingest.parsed import Parsed
from flowql.schema import Schema
from flowql.store.batch import AddressChunk, Batch, Checkpoint, Chunk, IntegerChunk, Reject, TextChunk

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT.parent / "shared" / "samples"


@dataclass
class Recorder:
    """A topic's writer as ingestion knows it."""

    schema: Schema = field(default_factory=lambda: Schema(()))
    next_sequence: int = 1
    batches: list[Batch] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    latest: dict[tuple[str, str], Checkpoint] = field(default_factory=dict)
    commit_count: int = 0
    committed_records: int = 0

    def checkpoints(self) -> list[Checkpoint]:
        return list(self.latest.values())

    def add(
        self, batch: Batch, rejects: Sequence[Reject], checkpoints: Sequence[Checkpoint], next_sequence: int
    ) -> None:
        check_batch(batch, self.next_sequence, next_sequence)
        self.next_sequence = next_sequence
        self.batches.append(batch)
        self.rejects += rejects
        self.latest.update({(each.source, each.head): each for each in checkpoints})

    def commit(self) -> None:
        self.commit_count += 1
        self.committed_records = sum(batch.record_count for batch in self.batches)

    def rows(self) -> list[dict[str, object]]:
        """Every record, missing values left out."""
        return [row for batch in self.batches for row in rows_of(batch.columns, batch.record_count)]

    def lines(self) -> list[tuple[str, int]]:
        """Per record, its source's name and line, by way of the pieces."""
        found = []
        for batch in self.batches:
            for sequence in batch.sequences.tolist():
                (piece,) = (p for p in batch.pieces if 0 <= sequence - p.first_sequence < p.line_count)
                found.append((Path(piece.source).name, piece.first_line + sequence - piece.first_sequence))
        return found


def check_batch(batch: Batch, first_sequence: int, next_sequence: int) -> None:
    """The contract of store/batch.py."""
    sequences = batch.sequences.tolist()
    assert len(sequences) == batch.record_count
    assert sequences == sorted(set(sequences))
    numbers = [first_sequence, *sequences, next_sequence]
    assert numbers == sorted(numbers)
    assert not sequences or sequences[-1] < next_sequence
    ends = [first_sequence]
    for piece in batch.pieces:
        assert piece.line_count > 0
        assert piece.first_sequence >= ends[-1]
        ends.append(piece.first_sequence + piece.line_count)
    assert ends[-1] <= next_sequence
    for chunk in batch.columns.values():
        check_chunk(chunk, batch.record_count)


def check_chunk(chunk: Chunk, count: int) -> None:
    match chunk:
        case IntegerChunk():
            assert len(chunk.values) == count
            assert chunk.present is None or len(chunk.present) == count
        case TextChunk():
            values = chunk.values.to_pylist()
            assert len(set(values)) == len(values) == len({*chunk.codes.tolist()} - {-1})
            assert None not in values
            assert len(chunk.codes) == count
        case AddressChunk():
            pairs = list(zip(chunk.high.tolist(), chunk.low.tolist(), strict=True))
            assert len(set(pairs)) == len(pairs) == len({*chunk.codes.tolist()} - {-1})
            assert len(chunk.codes) == count


def values_of(chunk: Chunk) -> list[object]:
    match chunk:
        case IntegerChunk():
            present = [True] * len(chunk.values) if chunk.present is None else chunk.present.tolist()
            return [v if p else None for v, p in zip(chunk.values.tolist(), present, strict=True)]
        case TextChunk():
            distinct: list[object] = chunk.values.to_pylist()
        case AddressChunk():
            distinct = [h << 64 | low for h, low in zip(chunk.high.tolist(), chunk.low.tolist(), strict=True)]
    return [None if code < 0 else distinct[code] for code in chunk.codes.tolist()]


def rows_of(columns: dict[str, Chunk], count: int) -> list[dict[str, object]]:
    """Every record of a batch's columns, missing values left out."""
    rows: list[dict[str, object]] = [{} for _ in range(count)]
    for name, chunk in columns.items():
        for row, value in zip(rows, values_of(chunk), strict=True):
            if value is not None:
                row[name] = value
    return rows


def outcome(parsed: Parsed) -> tuple[object, ...]:
    """All that a parsed block says, in comparable form."""
    for chunk in parsed.columns.values():
        check_chunk(chunk, len(parsed.record_lines))
    rows = rows_of(parsed.columns, len(parsed.record_lines))
    records = list(zip(parsed.record_lines.tolist(), rows, strict=True))
    return parsed.line_count, records, parsed.rejects, parsed.blank_count, parsed.header
