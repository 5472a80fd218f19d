"""A real program on a real pseudo-terminal, and what its screen shows."""

import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import pexpect
import pyte

WITHIN_S = 15.0
"""How long something that is to appear is waited for."""
ENTER, TAB, ESCAPE, BACKSPACE = "\r", "\t", "\x1b", "\x7f"
LEFT, RIGHT, UP, DOWN = "\x1b[D", "\x1b[C", "\x1b[A", "\x1b[B"
CTRL_A, CTRL_C, CTRL_D, CTRL_R, CTRL_UNDERLINE = "\x01", "\x03", "\x04", "\x12", "\x1f"
PROMPT = "flowql>"


def pasted(text: str) -> str:
    """The keys that a terminal sends for a paste."""
    return f"\x1b[200~{text}\x1b[201~"


class Screen:
    """A terminal of some lines and columns, on which a Python program runs."""

    def __init__(
        self, arguments: list[str], environment: Mapping[str, str], *, lines: int = 24, columns: int = 80
    ) -> None:
        given = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
        self._program = pexpect.spawn(
            sys.executable,
            arguments,
            env={**given, "TERM": "xterm-256color", **environment},
            dimensions=(lines, columns),
            timeout=WITHIN_S,
        )
        self._program.delaybeforesend = None
        self._screen = pyte.Screen(columns, lines)
        self._screen.write_process_input = self._program.send  # where the cursor is, when that is asked
        self._stream = pyte.ByteStream(self._screen)

    @property
    def lines(self) -> list[str]:
        """What stands on the screen, without the blanks at the ends of lines."""
        return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(self.lines).rstrip("\n")

    @property
    def cursor(self) -> tuple[int, int]:
        """The line and the column of the cursor, from 0."""
        return self._screen.cursor.y, self._screen.cursor.x

    @property
    def cursor_line(self) -> str:
        """The line of the cursor."""
        return self.lines[self._screen.cursor.y]

    def colour_of(self, word: str) -> str:
        """The colour of the first letter of a word, where it stands last."""
        line = max(i for i, text in enumerate(self.lines) if word in text)
        return str(self._screen.buffer[line][self.lines[line].rindex(word)].fg)

    def press(self, *keys: str) -> None:
        """Press keys."""
        self._program.send("".join(keys))

    def pressed(self, *keys: str) -> bool:
        """Press keys that do no harm when they are pressed again; True."""
        self.press(*keys)
        return True

    def wait_for(self, *texts: str, within_s: float = WITHIN_S) -> None:
        """Look at the screen until all of the texts stand there."""
        self.wait_until(lambda: all(text in self.text for text in texts), f"{texts}", within_s)

    def wait_for_line(self, text: str) -> None:
        """Look at the screen until the line of the cursor is this text."""
        self.wait_until(lambda: self.cursor_line == text, f"the line {text!r}")

    def wait_until(self, holds: Callable[[], bool], what: str, within_s: float = WITHIN_S) -> None:
        """Look at the screen until something holds of it."""
        deadline = time.monotonic() + within_s
        while not holds():
            assert time.monotonic() < deadline, f"no {what} within {within_s} s on:\n{self.text}"
            assert self._look(), f"the program ended without {what}:\n{self.text}"

    def run(self, text: str) -> None:
        """Type a text and Enter at an empty prompt, and wait for the next one."""
        self.press(text)
        self.wait_until(lambda: self.cursor_line.startswith(PROMPT) and text in self.text, text)
        self.press(ENTER)

    def resize(self, lines: int, columns: int) -> None:
        """Change the size of the terminal."""
        self._screen.resize(lines, columns)
        self._program.setwinsize(lines, columns)

    def exit_code(self) -> int:
        """Wait for the end of the program."""
        deadline = time.monotonic() + WITHIN_S
        while self._look():
            assert time.monotonic() < deadline, f"no end:\n{self.text}"
        self._program.close()
        return int(self._program.exitstatus)

    def _look(self) -> bool:
        """Take in what the program has written; False when it has ended."""
        try:
            self._stream.feed(self._program.read_nonblocking(65536, timeout=0.02))
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._program.close(force=True)


_NOT_INHERITED = frozenset(
    {"COLUMNS", "LINES", "PAGER", "LESS", "NO_COLOR", "FORCE_COLOR", "FLOWQL_STORE", "CI"}
)


def history_of(state: Path) -> list[str]:
    """The entries of the history in a state folder, oldest first."""
    lines = (state / "flowql" / "history").read_text().splitlines()
    return [line[1:] for line in lines if line.startswith("+")]
