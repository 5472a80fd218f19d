"""The cutter: one source's text cut into whole lines, its header lines cut out, the rest given to a packer.

Owns the position in a source (line, offset, layout in force) and so its checkpoints. Knows nothing of
records: a header that is neither its source's first line nor written like one before in it is found by
parsing, and comes back as guidance.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from flowql.errors import InputError
from flowql.ingest.blocks import Packer, Stretch
from flowql.ingest.layout import (
    DEFAULT,
    HEADER_TEXTS_MAX,
    DuplicateNameError,
    Layout,
    header_places,
    header_text,
    layout_of,
    read_header,
)
from flowql.ingest.lines import LINE_BYTES_MAX, count_lines, tokens_of
from flowql.ingest.raw import DamagedError, RawInput
from flowql.ingest.report import Problem
from flowql.ingest.resume import head_of
from flowql.ingest.sources import Source
from flowql.ingest.texts import texts_of
from flowql.store.batch import Checkpoint, Reject

STREAM_FLUSH_S = 1.0
"""What a stream gave is sent on after this time, were it less than a block."""


class LineTooLongError(InputError):
    """A source with a line of more than LINE_BYTES_MAX bytes."""

    code = "line-too-long"


@dataclass(frozen=True, slots=True)
class FoundHeader:
    """A header that parsing came upon: the source, its line there, its bytes, the layout that it gives."""

    source: str
    line: int
    text: bytes
    layout: Layout


@dataclass(slots=True)
class Guidance:
    """What the other threads have to say to the cutter: a found header, a source to leave, or to stop."""

    is_stopped: Callable[[], bool]
    found_header: FoundHeader | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class _Run:
    """Whole lines, each ended by a newline, from `text_start` to `text_end` in the source's text.

    These are one byte less than `lines` when the last newline is ours.
    """

    lines: bytes
    text_start: int
    text_end: int

    def text_offset(self, place: int) -> int:
        """Where a place in `lines` is in the source's text."""
        return min(self.text_start + place, self.text_end)


class Cutter:
    """Cuts one source, from its beginning or from a checkpoint on."""

    def __init__(
        self, packer: Packer, guidance: Guidance, source: Source, raw: RawInput, resume: Checkpoint | None
    ) -> None:
        self._packer = packer
        self._guidance = guidance
        self._source = source
        self._raw = raw
        self._resume = resume
        self._layout = DEFAULT if resume is None else layout_of(resume.layout)
        self._layout_line = 0
        self._header_texts: list[bytes] = []
        self._header_count = 0  # headers cut out since the last stretch
        self._next_line = 1 if resume is None else resume.line_count + 1
        # A continued source is read from its last known byte on, which tells whether the line there had
        # ended.
        self._is_in_known_line = resume is not None and resume.text_bytes > 0
        self._text_offset = 0 if resume is None else max(0, resume.text_bytes - 1)
        self._expects_header = not self._is_in_known_line
        self._rest: list[bytes] = []
        self._rest_bytes = 0
        self._told: Checkpoint | None = None
        self._told_raw_bytes = 0
        self._flushed_at = time.monotonic()

    def cut(self) -> Checkpoint | None:
        """Cut the source to its end, a damaged place, or until stopped; gives how far that was, if told."""
        try:
            for text in texts_of(self._raw, self._source.name, self._text_offset):
                self._take_text(text)
                if self._guidance.is_stopped() or self._guidance.refused == self._source.name:
                    return self._told
            self._take_rest()
            self._tell_checkpoint(complete=True)
        except InputError as error:
            self._packer.news.problems.append(Problem(self._source.name, error.code, error.message))
            if isinstance(error, DamagedError):
                self._reject_rest()
        finally:
            self._tell_bytes()
        return self._told

    def _take_text(self, text: bytes) -> None:
        """Cut the text at its last line's end, and take the lines before it."""
        cut = text.rfind(b"\n") + 1
        if cut:
            is_whole = not self._rest and cut == len(text)
            lines = text if is_whole else b"".join([*self._rest, text[:cut]])
            self._rest, self._rest_bytes = [], 0
            self._take_lines(lines, len(lines))
        if cut < len(text):
            self._rest.append(text[cut:])
            self._rest_bytes += len(text) - cut
            if self._rest_bytes > LINE_BYTES_MAX:
                raise self._line_too_long()
        if self._source.is_stream and time.monotonic() - self._flushed_at > STREAM_FLUSH_S:
            self._packer.flush()
            self._flushed_at = time.monotonic()

    def _take_rest(self) -> None:
        """Take the last line, which has no newline."""
        if self._rest:
            text = b"".join(self._rest)
            self._take_lines(text + b"\n", len(text))

    def _take_lines(self, lines: bytes, text_bytes: int) -> None:
        """Take whole lines, of which `text_bytes` are the source's: the last newline may be ours."""
        run = _Run(lines, self._text_offset, self._text_offset + text_bytes)
        self._text_offset = run.text_end
        self._adopt_found_header()
        begin = self._end_known_line(run) if self._is_in_known_line else 0
        too_long = _long_line(lines, begin)
        end = len(lines) if too_long is None else too_long
        if self._expects_header:
            begin = self._take_first_header(run, begin, end)
        for header_begin, header_end in header_places(lines, begin, end, self._header_texts):
            layout = self._read_header(run, begin, header_begin, header_end)
            if layout is not None:
                begin = self._take_header(run, begin, header_begin, header_end, layout)
        if end > begin or self._header_count:
            self._add(run, begin, end)
        if too_long is not None:
            raise self._line_too_long()

    def _end_known_line(self, run: _Run) -> int:
        """Where the new lines begin. The run's first byte is the last one that the checkpoint knows."""
        self._is_in_known_line = False
        if run.lines.startswith(b"\n"):
            return 1
        end = run.lines.index(b"\n") + 1
        grown = run.lines[1 : end - 1]
        if grown.strip(b"\r"):
            self._reject(self._next_line - 1, "torn-line", grown)
        return end

    def _take_first_header(self, run: _Run, begin: int, end: int) -> int:
        """Take the first line that is not blank, if it is a header; gives where the lines after it begin."""
        line_begin = begin
        while line_begin < end:
            line_end = run.lines.index(b"\n", line_begin)
            if tokens_of(run.lines[line_begin:line_end]):
                self._expects_header = False
                layout = self._read_header(run, begin, line_begin, line_end)
                return (
                    begin if layout is None else self._take_header(run, begin, line_begin, line_end, layout)
                )
            line_begin = line_end + 1
        return begin

    def _read_header(self, run: _Run, begin: int, header_begin: int, header_end: int) -> Layout | None:
        """The layout of what may be a header line; a bad one ends the source, after the lines before it."""
        try:
            return read_header(run.lines[header_begin:header_end])
        except InputError as error:
            self._add(run, begin, header_begin)
            # No checkpoint goes past the bad header, so that ingesting again says it again.
            self._header_count += 1
            self._packer.add(self._stretch(run, header_begin, header_begin), b"", self._layout, None)
            raise DuplicateNameError(
                f"{self._source.name}: line {self._next_line}: {error.message}"
            ) from error

    def _take_header(self, run: _Run, begin: int, header_begin: int, header_end: int, layout: Layout) -> int:
        """Add the lines before a header, and read on with its layout from its end, which is returned."""
        if header_begin > begin or self._header_count:
            self._add(run, begin, header_begin)
        self._know_header(run.lines[header_begin:header_end], layout, self._next_line)
        self._header_count += 1
        self._next_line += 1
        return header_end + 1

    def _know_header(self, line: bytes, layout: Layout, line_number: int) -> None:
        text = header_text(line)
        if text not in self._header_texts and len(self._header_texts) < HEADER_TEXTS_MAX:
            self._header_texts.append(text)
        if line_number > self._layout_line:
            self._layout, self._layout_line = layout, line_number

    def _adopt_found_header(self) -> None:
        found = self._guidance.found_header
        if found is not None and found.source == self._source.name:
            self._know_header(found.text, found.layout, found.line)

    def _add(self, run: _Run, begin: int, end: int) -> None:
        stretch = self._stretch(run, begin, end)
        self._header_count = 0
        self._next_line += stretch.line_count
        self._tell_bytes()
        self._packer.news.text_bytes += stretch.byte_count
        self._told = None if self._source.is_stream else self._checkpoint(run.text_offset(end))
        lines = run.lines if end - begin == len(run.lines) else run.lines[begin:end]
        self._packer.add(stretch, lines, self._layout, self._told)

    def _stretch(self, run: _Run, begin: int, end: int) -> Stretch:
        return Stretch(
            self._source.name,
            first_line=self._next_line,
            line_count=count_lines(run.lines, begin, end),
            byte_count=end - begin,
            header_count=self._header_count,
            text_start=run.text_offset(begin),
        )

    def _checkpoint(self, text_bytes: int) -> Checkpoint:
        return Checkpoint(
            self._source.name,
            raw_bytes=self._raw.byte_count,
            digest=self._raw.digest,
            head=head_of(self._raw.head),
            text_bytes=text_bytes,
            line_count=self._next_line - 1,
            complete=False,
            layout=self._layout.checkpoint_names,
        )

    def _tell_checkpoint(self, *, complete: bool) -> None:
        """Tell how far the source is read, after its last lines were added."""
        if self._source.is_stream or not self._raw.byte_count:
            return
        # The known last byte of a continued source, if nothing came after it, was not taken.
        checkpoint = self._checkpoint(self._text_offset + self._is_in_known_line)
        self._told = replace(checkpoint, complete=complete)
        self._packer.news.checkpoints[self._source.name] = self._told

    def _reject_rest(self) -> None:
        """Reject the line in which a damaged source ends.

        No checkpoint covers it: the whole file may come yet.
        """
        rest = b"".join(self._rest)
        if rest and not self._is_in_known_line and not self._is_as_before():
            self._reject(self._next_line, "truncated", rest)
        self._tell_checkpoint(complete=False)

    def _is_as_before(self) -> bool:
        """Whether a damaged source gave no more than it did the last time."""
        before = self._resume
        return (
            before is not None
            and not before.complete
            and before.raw_bytes == self._raw.byte_count
            and before.line_count + 1 == self._next_line
        )

    def _reject(self, line: int, code: str, raw: bytes) -> None:
        self._packer.news.rejects.append(Reject(self._source.name, line, code, "", raw))

    def _tell_bytes(self) -> None:
        self._packer.news.raw_bytes += self._raw.byte_count - self._told_raw_bytes
        self._told_raw_bytes = self._raw.byte_count

    def _line_too_long(self) -> LineTooLongError:
        return LineTooLongError(
            f"{self._source.name}: line {self._next_line} has more than {LINE_BYTES_MAX:,} bytes"
            " (limit: LINE_BYTES_MAX); the file is not read from there on"
        )


def _long_line(lines: bytes, begin: int) -> int | None:
    """Where a line of more than LINE_BYTES_MAX bytes begins. Such a line fills a window of half that size."""
    window_bytes = LINE_BYTES_MAX // 2
    for window in range(begin, len(lines) - window_bytes + 1, window_bytes):
        if lines.find(b"\n", window, window + window_bytes) < 0:
            line_begin = max(begin, lines.rfind(b"\n", 0, window) + 1)
            if lines.index(b"\n", window) - line_begin > LINE_BYTES_MAX:
                return line_begin
    return None
