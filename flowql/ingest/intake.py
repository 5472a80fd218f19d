"""The intake: parsed blocks, in order, to the topic's writer, with sequence numbers and accounts.

Owns the numbering of lines, the accounts, and what follows when parsing comes upon a header line that the
reader had not noticed: the lines after it are parsed again under its layout. Called from one thread. Knows
nothing of files.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from flowql.errors import InputError
from flowql.ingest.blocks import Block, Header, Stretch
from flowql.ingest.cutter import FoundHeader
from flowql.ingest.fast import parse_lines
from flowql.ingest.layout import HEADER_TEXTS_MAX, Layout, header_places, header_text, read_header
from flowql.ingest.parsed import Parsed
from flowql.ingest.report import Problem, Tally
from flowql.schema import Schema
from flowql.store.batch import Batch, Checkpoint, Piece, Reject

RUBBISH_BYTES_MAX = 64 << 20
"""A source that gave rejects of this size and not one record is no flow log: the rest of it is not read."""


class TooManyHeadersError(InputError):
    """A source with more different header lines than HEADER_TEXTS_MAX."""

    code = "too-many-headers"


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
        self._header_texts: dict[str, list[bytes]] = defaultdict(list)
        self._refused: dict[str, _End] = {}
        self._has_uncommitted = False
        self._fruitless = ""
        self._fruitless_bytes = 0

    def take(self, block: Block, parsed: Parsed | None) -> None:
        """Account for a block and its news, and add its records; `parsed` may be None if it has no lines."""
        parts: deque[tuple[Block, Parsed | None]] = deque([(block, parsed)])
        while parts:
            part, part_parsed = parts.popleft()
            pieces = self._recut(part, is_parsed=part_parsed is not None)
            if pieces is not None:
                parts.extendleft((piece, None) for piece in reversed(pieces))
                continue
            part_parsed = part_parsed or parse_lines(part.data, part.layout, part.line_count)
            if part_parsed.header is None:
                self._add(part, part_parsed)
                continue
            before, after, rest = part.split_at_header(part_parsed.line_count)
            self._add(before, part_parsed)
            self._follow_header(part_parsed.header, after)
            parts.extendleft([(rest, None), (after, None)])

    def _recut(self, block: Block, *, is_parsed: bool) -> list[Block] | None:
        """What to take instead of a block that was cut without knowing of a header; None if it was not."""
        if not block.stretches:
            return None
        first = block.stretches[0]
        if first.source in self._refused:
            return [block.split_after_first_stretch()[1]]
        found = self._found_layouts.get(first.source, block.layout)
        layout = block.layout if first.header_count else found
        if is_parsed and layout == block.layout:
            return None
        one, others = block.split_after_first_stretch()
        headers = self._headers_in(one)
        if layout == block.layout and not headers:
            return None
        return [*one.recut(layout, headers), others]

    def _headers_in(self, block: Block) -> list[Header]:
        """The lines of a block of one stretch that are like headers found before in its source."""
        headers = []
        texts = self._header_texts.get(block.stretches[0].source, ())
        for begin, end in header_places(block.data, 0, len(block.data), texts):
            try:
                layout = read_header(block.data[begin:end])
            except InputError:  # parsing comes upon it, too, and has it refused
                break
            if layout is not None:
                headers.append(Header(begin, end, layout))
        return headers

    def commit(self) -> None:
        """Commit what was added since the last time, if anything was."""
        if self._has_uncommitted:
            self._writer.commit()
        self._has_uncommitted = False

    def _follow_header(self, line: bytes, block: Block) -> None:
        """Know the header line that a block of one stretch begins with, or refuse its source for it."""
        (stretch,) = block.stretches
        try:
            layout = read_header(line)
            assert layout is not None, "the careful road and the layout agree on what a header is"
            self._know_header(header_text(line), stretch.source)
        except InputError as error:
            header = replace(stretch, line_count=0, byte_count=0, header_count=1)
            self._add(replace(block, data=b"", stretches=(header,)), parse_lines(b"", block.layout))
            end = _End(stretch.text_start, stretch.first_line - 1, block.layout.checkpoint_names)
            message = f"{stretch.source}: line {stretch.first_line}: {error.message}"
            self._refuse(stretch.source, end, error.code, message)
        else:
            self._feedback.adopt(FoundHeader(stretch.source, stretch.first_line, line, layout))

    def _know_header(self, text: bytes, source: str) -> None:
        texts = self._header_texts[source]
        if text not in texts:
            if len(texts) == HEADER_TEXTS_MAX:
                raise TooManyHeadersError(f"more than {HEADER_TEXTS_MAX} headers (limit: HEADER_TEXTS_MAX)")
            texts.append(text)

    def _refuse(self, source: str, end: _End, code: str, message: str) -> None:
        self._refused[source] = end
        self._feedback.refuse(source)
        self._tally.problems.append(Problem(source, code, message))

    def _add(self, block: Block, parsed: Parsed) -> None:
        """Number, account for and hand over a block whose every line is parsed."""
        assert parsed.line_count == block.line_count
        for stretch in block.stretches:
            if block.is_recut:
                self._found_layouts[stretch.source] = block.layout
            elif stretch.header_count:
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
