"""A program on a pseudo-terminal, and what the terminal's screen shows.

Owns the terminal: its size, the keys that are pressed, the cells of its screen. Does not know what the
program is, nor what becomes of the screen.
"""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pexpect
import pyte
from pyte.screens import Char

ENTER, TAB, BACKSPACE, CTRL_C, CTRL_L = "\r", "\t", "\x7f", "\x03", "\x0c"
DIM = "dim"
"""The colour of cells that are written faintly in no colour of their own."""
_FAINT, _NORMAL = 2, 22
_WITHIN_S = 30.0
_QUIET_S = 0.25
_LOOK_S = 0.02
_OF_THE_USER = ("COLUMNS", "LINES", "PAGER", "LESS", "NO_COLOR", "FORCE_COLOR", "CI")
"""Variables that would change what is shown; those of FlowQL do too."""


def pasted(text: str) -> str:
    """The keys that a terminal sends for a paste."""
    return f"\x1b[200~{text}\x1b[201~"


class Terminal:
    """A terminal of some lines and columns, on which `python ARGUMENTS` runs in a folder."""

    def __init__(
        self,
        arguments: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        *,
        lines: int,
        columns: int,
    ) -> None:
        given = {name: value for name, value in os.environ.items() if not _is_of_the_user(name)}
        self._program = pexpect.spawn(
            sys.executable,
            list(arguments),
            cwd=str(folder),
            env={**given, "TERM": "xterm-256color", **environment},
            dimensions=(lines, columns),
        )
        self._program.delaybeforesend = None
        self._screen = _Screen(columns, lines, self._program.send)
        self._stream = pyte.ByteStream(self._screen)
        self._byte_count = 0

    @property
    def lines(self) -> list[str]:
        """What stands on the screen, without the blanks at the ends of lines."""
        return [line.rstrip() for line in self._screen.display]

    @property
    def cells(self) -> list[list[Char]]:
        """The cells of every line."""
        buffer = self._screen.buffer
        return [[buffer[y][x] for x in range(self._screen.columns)] for y in range(self._screen.lines)]

    @property
    def cursor(self) -> tuple[int, int]:
        """The line and the column of the cursor, from 0."""
        return self._screen.cursor.y, self._screen.cursor.x

    def press(self, *keys: str) -> None:
        """Press keys."""
        self._program.send("".join(keys))

    def wait_for(self, *texts: str) -> None:
        """Look until all of the texts stand on the screen."""
        self.wait_until(lambda: all(text in "\n".join(self.lines) for text in texts), f"{texts}")

    def wait_until(self, holds: Callable[[], bool], what: str) -> None:
        """Look until something holds of the screen. Raises `TimeoutError` when it never does."""
        deadline = time.monotonic() + _WITHIN_S
        while not holds():
            if time.monotonic() > deadline or not self._look(_LOOK_S):
                shown = "\n".join(self.lines).rstrip()
                raise TimeoutError(f"the screen does not show {what}:\n{shown}")

    def settle(self) -> None:
        """Look until nothing has been written for a while."""
        seen, quiet_since = self._byte_count, time.monotonic()
        while time.monotonic() - quiet_since < _QUIET_S and self._look(_LOOK_S):
            if self._byte_count != seen:
                seen, quiet_since = self._byte_count, time.monotonic()

    def _look(self, for_s: float) -> bool:
        """Take in what the program has written; False when it has ended."""
        try:
            written = self._program.read_nonblocking(1 << 16, timeout=for_s)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self._byte_count += len(written)
        self._stream.feed(written)
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._program.close(force=True)


class _Screen(pyte.Screen):
    """A screen that answers the program's questions, and knows faint text, which pyte's does not."""

    def __init__(self, columns: int, lines: int, send: Callable[[str], object]) -> None:
        super().__init__(columns, lines)
        self._send = send

    def write_process_input(self, data: str) -> None:
        """Tell the program, when it asks, where the cursor is."""
        self._send(data)

    def select_graphic_rendition(self, *attrs: int, **options: Any) -> None:
        """Set how the text that follows looks."""
        super().select_graphic_rendition(*attrs, **options)
        looks = self.cursor.attrs
        if _FAINT in attrs and looks.fg == "default":
            self.cursor.attrs = looks._replace(fg=DIM)
        elif _NORMAL in attrs and looks.fg == DIM:
            self.cursor.attrs = looks._replace(fg="default")


def _is_of_the_user(name: str) -> bool:
    return name in _OF_THE_USER or name.startswith("FLOWQL_")
