"""Showing rows: on the screen, through the pager, or in a file.

Owns where rows go, how they look there, what stands above them, and how long the reader was waited for. Does
not know where an answer comes from, nor what is told of it afterwards.
"""

import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import BinaryIO, TextIO

from flowql.errors import UsageError
from flowql.render.answer import Answer, Style
from flowql.render.as_table import write_table
from flowql.render.characters import writable
from flowql.render.formats import FORMATS
from flowql.render.terminal import style_of
from flowql.shell.numbered import Numbered
from flowql.shell.output_file import OutputFile
from flowql.shell.pager import paged
from flowql.shell.settings import Settings

_TABLE = "table"


@dataclass(slots=True)
class Shown:
    """What became of rows: how many were written, and how long making and writing them took.

    The time that whoever reads them let them wait is not in it.
    """

    row_count: int = 0
    busy_s: float = 0.0


class _Waiting(io.RawIOBase, BinaryIO):
    """A sink that notes how long its reader lets it wait."""

    def __init__(self, sink: BinaryIO, shown: Shown) -> None:
        super().__init__()
        self._sink = sink
        self._shown = shown

    def writable(self) -> bool:
        """A sink is written to."""
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        """Pass all of `data` on."""
        began = time.perf_counter()
        try:
            return self._sink.write(data)
        finally:
            self._shown.busy_s -= time.perf_counter() - began


@dataclass(frozen=True, slots=True)
class Display:
    """Where and how the rows of a session are shown; `file` is None for the screen."""

    out: TextIO
    settings: Settings
    file: OutputFile | None = None

    @property
    def style(self) -> Style:
        """How the reader wants rows to look; in a file as the command line writes them."""
        settings = self.settings
        if self.file is not None:
            return Style(expanded=settings.expanded)
        return replace(
            style_of(self.out),
            expanded=settings.expanded,
            names=settings.names,
            human=settings.human,
            rows_max=settings.lines,
        )

    @property
    def has_room_above(self) -> bool:
        """Whether something may stand above the rows: a person looks at a table."""
        return self.settings.mode == _TABLE and self.file is None and self.out.isatty()

    def check(self) -> None:
        """Raise `UsageError` if rows of this format have no place where they would go."""
        name = self.settings.mode
        if self.file is not None:
            self.file.check(name)
        elif FORMATS[name].is_binary:
            raise UsageError(
                f"{name} is binary and cannot be shown on a terminal",
                hint=rf"send it to a file first: \o FILE.{name}",
            )

    @contextmanager
    def opened(self, shown: Shown, before: Callable[[], None] = lambda: None) -> Iterator[BinaryIO]:
        """Where rows are to be written; `before` is called when some are about to appear on the screen."""
        if self.file is not None:
            with self.file.answer(self.settings.mode) as sink:
                yield sink
        else:
            with paged(self.out, self.settings, before) as sink:
                yield _Waiting(sink, shown)

    def write(
        self, answer: Answer, sink: BinaryIO, shown: Shown, above: Callable[[Style], list[str]]
    ) -> None:
        """Write what stands above the rows, then the rows, numbered in a table on the screen."""
        began = time.perf_counter()
        try:
            self._write(answer, sink, shown, above)
        finally:
            shown.busy_s += time.perf_counter() - began

    def _write(
        self, answer: Answer, sink: BinaryIO, shown: Shown, above: Callable[[Style], list[str]]
    ) -> None:
        style = self.style
        if self.settings.mode == _TABLE and self.file is None:
            sink.write("".join(line + "\n" for line in above(style)).encode())
            numbered = Numbered(answer)
            try:
                write_table(numbered, sink, style)
            finally:
                shown.row_count = numbered.row_count
        else:
            shown.row_count = FORMATS[self.settings.mode].write(answer, sink, style)

    def write_lines(self, lines: list[str]) -> None:
        """Write lines of text where rows go: on the screen, through the pager when there are many."""
        with self.opened(Shown()) as sink:
            text = "".join(line + "\n" for line in lines)
            sink.write(writable(text, self.out.encoding).encode())
