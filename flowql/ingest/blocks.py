"""Blocks: runs of whole lines of one layout, from one source or many small ones, big enough to parse at once.

Owns what the reader hands to parsing and accounting, and the packing of lines into blocks. Knows nothing of
how files are opened or lines are parsed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from flowql.ingest.layout import DEFAULT, Layout
from flowql.ingest.lines import count_lines
from flowql.ingest.report import Problem
from flowql.store.batch import Checkpoint, Reject

BLOCK_BYTES = 8 << 20
"""A block is sent once it is at least this big; what comes in one piece from a source is not cut for it."""
BLOCK_BYTES_MAX = BLOCK_BYTES * 5 // 4
"""A block is sent before it grows beyond this."""
BLOCK_LINES_MAX = 1 << 18
"""Bounds the objects that a block of tiny lines, each of them a reject, can make."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive lines of one source inside a block, all under the block's layout.

    `header_count` header lines stood right before them, and were cut out. `first_line` counts from 1;
    `text_start` is the offset of the first line in the source's text.
    """

    source: str
    first_line: int
    line_count: int
    byte_count: int
    header_count: int
    text_start: int


@dataclass(frozen=True, slots=True)
class Header:
    """A header line among others: begin and end of it, without its newline, and the layout that it gives."""

    begin: int
    end: int
    layout: Layout


@dataclass(slots=True)
class News:
    """What the reader found out while it read a block's lines: to be told once the block is taken.

    `checkpoints` say how far the sources are at the block's end; `rejects` are lines that the reader itself
    refused, which are in no stretch.
    """

    checkpoints: dict[str, Checkpoint] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    sources_read: int = 0
    sources_skipped: list[str] = field(default_factory=list)
    sources_continued: list[str] = field(default_factory=list)
    raw_bytes: int = 0
    skipped_bytes: int = 0
    text_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """Lines to parse, each ended by a newline; the stretches lie in `data` one after the other.

    `is_recut` says that the layout is not the reader's, but one found by parsing.
    """

    data: bytes
    layout: Layout
    stretches: tuple[Stretch, ...]
    news: News
    is_recut: bool = False

    @property
    def line_count(self) -> int:
        """The lines in `data`."""
        return sum(stretch.line_count for stretch in self.stretches)

    def split_at_header(self, line: int) -> "tuple[Block, Block, Block]":
        """The block around a header line that turned up in it, in three parts.

        The lines before it; itself and those of the same stretch after it; the stretches after that. The last
        part has the news.
        """
        i, first, offset = self._stretch_at(line)
        stretch = self.stretches[i]
        begin = _skip_lines(self.data, offset, line - first)
        end = offset + stretch.byte_count
        left = replace(stretch, line_count=line - first, byte_count=begin - offset)
        right = Stretch(
            stretch.source,
            first_line=left.first_line + left.line_count,
            line_count=stretch.line_count - left.line_count,
            byte_count=end - begin,
            header_count=0,
            text_start=stretch.text_start + left.byte_count,
        )
        return (
            replace(self, data=self.data[:begin], stretches=(*self.stretches[:i], left), news=News()),
            replace(self, data=self.data[begin:end], stretches=(right,), news=News()),
            replace(self, data=self.data[end:], stretches=self.stretches[i + 1 :]),
        )

    def split_after_first_stretch(self) -> "tuple[Block, Block]":
        """The first stretch alone, and the others; those have the news."""
        cut = self.stretches[0].byte_count
        return (
            replace(self, data=self.data[:cut], stretches=self.stretches[:1], news=News()),
            replace(self, data=self.data[cut:], stretches=self.stretches[1:]),
        )

    def recut(self, layout: Layout, headers: "Sequence[Header]") -> "Iterator[Block]":
        """The parts of a block of one stretch without news: under `layout`, then under each header's."""
        (stretch,) = self.stretches
        line, begin, header_count = stretch.first_line, 0, stretch.header_count
        for header in [*headers, Header(len(self.data), len(self.data), layout)]:
            part = Stretch(
                stretch.source,
                first_line=line,
                line_count=count_lines(self.data, begin, header.begin),
                byte_count=header.begin - begin,
                header_count=header_count,
                text_start=stretch.text_start + begin,
            )
            yield Block(self.data[begin : header.begin], layout, (part,), News(), is_recut=True)
            line, begin, header_count = part.first_line + part.line_count + 1, header.end + 1, 1
            layout = header.layout

    def _stretch_at(self, line: int) -> tuple[int, int, int]:
        """The stretch that holds a line: its index, its first line in the block, its offset in `data`."""
        first = offset = 0
        for i, stretch in enumerate(self.stretches):
            if line < first + stretch.line_count:
                return i, first, offset
            first += stretch.line_count
            offset += stretch.byte_count
        raise AssertionError(f"line {line} is in no stretch")


def _skip_lines(data: bytes, offset: int, count: int) -> int:
    for _ in range(count):
        offset = data.index(b"\n", offset) + 1
    return offset


class Packer:
    """Packs stretches into blocks: `add` them in order, and `send` is called with every full block."""

    def __init__(self, send: Callable[[Block], None]) -> None:
        self._send = send
        self._texts: list[bytes] = []
        self._stretches: list[Stretch] = []
        self._layout = DEFAULT
        self._byte_count = 0
        self._line_count = 0
        self.news = News()

    @property
    def is_empty(self) -> bool:
        """Whether no line waits to be sent."""
        return not self._stretches

    def add(self, stretch: Stretch, text: bytes, layout: Layout, checkpoint: Checkpoint | None) -> None:
        """Take a stretch, and the checkpoint of its source at its end."""
        parts = list(_few_lines(stretch, text))
        for i, (part, part_text) in enumerate(parts):
            if layout != self._layout or not self._has_room(part):
                self.flush()
            self._layout = layout
            self._append(part, part_text)
            if checkpoint is not None:
                at_end = i == len(parts) - 1
                self.news.checkpoints[part.source] = checkpoint if at_end else _up_to(checkpoint, part)
            if self._byte_count >= BLOCK_BYTES:
                self.flush()

    def flush(self) -> None:
        """Send what waits, were it only news."""
        if self._stretches or self.news != News():
            data = self._texts[0] if len(self._texts) == 1 else b"".join(self._texts)
            self._send(Block(data, self._layout, tuple(self._stretches), self.news))
        self._texts, self._stretches, self._byte_count, self._line_count = [], [], 0, 0
        self.news = News()

    def _has_room(self, stretch: Stretch) -> bool:
        return (
            self._line_count + stretch.line_count <= BLOCK_LINES_MAX
            and self._byte_count + stretch.byte_count <= BLOCK_BYTES_MAX
        )

    def _append(self, stretch: Stretch, text: bytes) -> None:
        last = self._stretches[-1] if self._stretches else None
        if last is not None and last.source == stretch.source and not stretch.header_count:
            self._stretches[-1] = replace(
                last,
                line_count=last.line_count + stretch.line_count,
                byte_count=last.byte_count + stretch.byte_count,
            )
        else:
            self._stretches.append(stretch)
        self._texts.append(text)
        self._byte_count += len(text)
        self._line_count += stretch.line_count


def _few_lines(stretch: Stretch, text: bytes) -> Iterator[tuple[Stretch, bytes]]:
    """The stretch in parts of few enough lines."""
    if stretch.line_count <= BLOCK_LINES_MAX:
        yield stretch, text
        return
    cut = text.rfind(b"\n", 0, len(text) // 2) + 1 or text.index(b"\n") + 1
    line_count = count_lines(text, 0, cut)
    left = replace(stretch, line_count=line_count, byte_count=cut)
    right = Stretch(
        stretch.source,
        first_line=stretch.first_line + line_count,
        line_count=stretch.line_count - line_count,
        byte_count=stretch.byte_count - cut,
        header_count=0,
        text_start=stretch.text_start + cut,
    )
    yield from _few_lines(left, text[:cut])
    yield from _few_lines(right, text[cut:])


def _up_to(checkpoint: Checkpoint, stretch: Stretch) -> Checkpoint:
    return replace(
        checkpoint,
        text_bytes=stretch.text_start + stretch.byte_count,
        line_count=stretch.first_line + stretch.line_count - 1,
        complete=False,
    )
