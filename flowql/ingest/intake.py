"""The intake: parsed blocks, in order, to the topic's writer, with sequence numbers and accounts.

Owns the numbering of lines, the accounts, and what follows when parsing comes upon a header line that the
reader had not noticed: the lines after it are parsed again under its layout. Called from one thread. Knows
nothing of files.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from flowql.errors import InputError
from flowql.ingest.blocks import Block, Stretch
from flowql.ingest.cutter import FoundHeader
from flowql.ingest.fast import parse_lines
from flowql.ingest.layout import Layout, read_header
from flowql.ingest.parsed import Parsed
from flowql.ingest.report import Problem, Tally
from flowql.schema import Schema
from flowql.store.batch import Batch, Checkpoint, Piece, Reject

FOUND_HEADERS_MAX = 100
"""Headers that parsing may come upon in one block: after each, the rest of the block is parsed again."""
RUBBISH_BYTES_MAX = 64 << 20
"""A source that gave rejects of this size and not one record is no flow log: the rest of it is not read."""


class Writer(Protocol):
    """What ingestion needs of a topic's writer."""

    @property
    def schema(self) -> Schema:
        """Fields of the topic so far."""

    @property
    def next_sequence(self) -> int:
        """The first sequence number that is free."""

    def checkpoints(self) -> list[Checkpoint]:
        """How far which sources are ingested."""

    def add(
        self, batch: Batch, rejects: Sequence[Reject], checkpoints: Sequence[Checkpoint], next_sequence: int
    ) -> None:
        """Take one block's records; `next_sequence` is the first free number after it."""

    def commit(self) -> object:
        """Make everything added durable and visible."""


class Feedback(Protocol):
    """What the intake tells the reader."""

    def adopt(self, found: FoundHeader) -> None:
        """Read on in that source with that header's layout."""

    def refuse(self, source: str) -> None:
        """Read no more of that source."""


@dataclass(frozen=True, slots=True)
class _End:
    """Where a refused source ends for this ingestion: its checkpoints go no further."""

    text_bytes: int
    line_count: int
    layout: tuple[str, ...]


class Intake:
    """Takes blocks in order."""

    def __init__(self, writer: Writer, feedback: Feedback, tally: Tally) -> None:
        self._writer = writer
        self._feedback = feedback
        self._tally = tally
        self._next_sequence = writer.next_sequence
        self._known_fields = set(writer.schema.names)
        # Layouts in force at the end of a source's last stretch, where they are not what the reader thinks.
        self._found_layouts: dict[str, Layout] = {}
        self._refused: dict[str, _End] = {}
        self._has_uncommitted = False
        self._fruitless = ""
        self._fruitless_bytes = 0

    def take(self, block: Block, parsed: Parsed | None) -> None:
        """Account for a block and its news, and add its records; `parsed` may be None if it has no lines."""
        parts: deque[tuple[Block, Parsed | None]] = deque([(block, parsed)])
        found_count = 0
        while parts:
            part, part_parsed = parts.popleft()
            first = part.stretches[0] if part.stretches else None
            if first is not None and first.source in self._refused:
                parts.appendleft((part.split_after_first_stretch()[1], None))
            elif first is not None and self._layout_of(first, part) != part.layout:
                one, others = part.split_after_first_stretch()
                one = replace(one, layout=self._layout_of(first, part))
                parts.extendleft([(others, None), (one, None)])
            else:
                part_parsed = part_parsed or parse_lines(part.data, part.layout, part.line_count)
                if part_parsed.header is None:
                    self._add(part, part_parsed)
                    continue
                before, after, rest = part.split_at_header(part_parsed.line_count)
                self._add(before, part_parsed)
                found_count += 1
                self._follow_header(part_parsed.header, after.stretches[0], part.layout, found_count)
                parts.extendleft([(rest, None), (after, None)])

    def commit(self) -> None:
        """Commit what was added since the last time, if anything was."""
        if self._has_uncommitted:
            self._writer.commit()
        self._has_uncommitted = False

    def _layout_of(self, stretch: Stretch, block: Block) -> Layout:
        """The layout that a block's first stretch really has."""
        return block.layout if stretch.header_count else self._found_layouts.get(stretch.source, block.layout)

    def _follow_header(self, line: bytes, after: Stretch, before: Layout, found_count: int) -> None:
        """Read on, with the lines `after`, under a header found by parsing, or refuse the source for it."""
        line_number = after.first_line - 1
        try:
            layout = read_header(line)
            assert layout is not None, "the careful road and the layout agree on what a header is"
            _check_limit(found_count)
        except InputError as error:
            end = _End(after.text_start - len(line) - 1, line_number - 1, before.checkpoint_names)
            self._refuse(
                after.source, end, error.code, f"{after.source}: line {line_number}: {error.message}"
            )
        else:
            self._found_layouts[after.source] = layout
            self._feedback.adopt(FoundHeader(after.source, line_number, line, layout))

    def _refuse(self, source: str, end: _End, code: str, message: str) -> None:
        self._refused[source] = end
        self._feedback.refuse(source)
        self._tally.problems.append(Problem(source, code, message))

    def _add(self, block: Block, parsed: Parsed) -> None:
        """Number, account for and hand over a block whose every line is parsed."""
        assert parsed.line_count == block.line_count
        for stretch in block.stretches:
            if stretch.header_count:
                self._found_layouts.pop(stretch.source, None)
        pieces, bases = self._number(block.stretches)
        rejects = [*_rejects_of(parsed, block.stretches), *block.news.rejects]
        checkpoints = [self._true_checkpoint(each) for each in block.news.checkpoints.values()]
        sequences = (parsed.record_lines + bases[parsed.record_lines]).astype(np.uint64)
        batch = Batch(len(sequences), parsed.columns, sequences, pieces)
        if pieces or rejects or checkpoints:
            self._writer.add(batch, rejects, checkpoints, self._next_sequence)
            self._has_uncommitted = True
        self._account(block, parsed, rejects)
        self._notice_rubbish(block, parsed)

    def _number(self, stretches: Sequence[Stretch]) -> tuple[tuple[Piece, ...], NDArray[np.int64]]:
        """Give every line its sequence number, headers included.

        The array holds, per line of the block, its sequence number less its place in the block.
        """
        pieces = []
        bases = []
        first = 0
        for stretch in stretches:
            self._next_sequence += stretch.header_count
            pieces.append(Piece(stretch.source, stretch.first_line, self._next_sequence, stretch.line_count))
            bases.append(self._next_sequence - first)
            self._next_sequence += stretch.line_count
            first += stretch.line_count
        counts = [stretch.line_count for stretch in stretches]
        return tuple(piece for piece in pieces if piece.line_count), np.repeat(
            np.array(bases, np.int64), counts
        )

    def _true_checkpoint(self, checkpoint: Checkpoint) -> Checkpoint:
        """What the reader says of a source, corrected by what it did not know."""
        end = self._refused.get(checkpoint.source)
        if end is not None:
            return replace(
                checkpoint,
                text_bytes=end.text_bytes,
                line_count=end.line_count,
                layout=end.layout,
                complete=False,
            )
        found = self._found_layouts.get(checkpoint.source)
        return checkpoint if found is None else replace(checkpoint, layout=found.checkpoint_names)

    def _account(self, block: Block, parsed: Parsed, rejects: Sequence[Reject]) -> None:
        tally, news = self._tally, block.news
        header_count = sum(stretch.header_count for stretch in block.stretches)
        tally.lines += block.line_count + header_count + len(news.rejects)
        tally.headers += header_count
        tally.records += len(parsed.record_lines)
        tally.blanks += parsed.blank_count
        tally.reject_counts.update(reject.code for reject in rejects)
        if block.stretches:
            tally.unknown_names.update(dict.fromkeys(block.layout.unknown_names))
        new_fields = [name for name in parsed.columns if name not in self._known_fields]
        tally.new_fields.update(dict.fromkeys(new_fields))
        tally.sources_read += news.sources_read
        tally.sources_skipped += news.sources_skipped
        tally.sources_continued += news.sources_continued
        tally.problems += news.problems
        tally.raw_bytes += news.raw_bytes
        tally.skipped_bytes += news.skipped_bytes
        tally.text_bytes += news.text_bytes

    def _notice_rubbish(self, block: Block, parsed: Parsed) -> None:
        """Refuse a source that gives rejects only, once they are too many bytes."""
        source = block.stretches[0].source if block.stretches else ""
        if len(parsed.record_lines) or source != self._fruitless:
            self._fruitless, self._fruitless_bytes = source, 0
        if not len(parsed.record_lines):
            self._fruitless_bytes += len(block.data)
        checkpoint = block.news.checkpoints.get(source)
        if self._fruitless_bytes > RUBBISH_BYTES_MAX and checkpoint is not None:
            end = _End(checkpoint.text_bytes, checkpoint.line_count, checkpoint.layout)
            message = f"{source}: no record in {self._fruitless_bytes:,} bytes (limit: RUBBISH_BYTES_MAX)"
            self._refuse(source, end, "not-flow-logs", message)


def _check_limit(found_count: int) -> None:
    if found_count > FOUND_HEADERS_MAX:
        raise InputError("the layout changes too often (limit: FOUND_HEADERS_MAX)")


def _rejects_of(parsed: Parsed, stretches: Sequence[Stretch]) -> Iterator[Reject]:
    if not parsed.rejects:
        return
    firsts = np.cumsum([0, *(stretch.line_count for stretch in stretches)])
    lines = np.array([rejected.line for rejected in parsed.rejects], np.int64)
    places = np.searchsorted(firsts, lines, side="right") - 1
    numbers = lines - firsts[places]
    for rejected, place, number in zip(parsed.rejects, places.tolist(), numbers.tolist(), strict=True):
        stretch = stretches[place]
        fault = rejected.fault
        yield Reject(stretch.source, stretch.first_line + number, fault.code, fault.field, rejected.raw)
