"""What the screen of a program on a pseudo-terminal shows, and the keys that are pressed."""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte
from terminal_programs import Program

WITHIN_S = 15.0
"""How long something that is to appear is waited for."""
_LOOK_S = 0.02
ENTER, TAB, ESCAPE, BACKSPACE = "\r", "\t", "\x1b", "\x7f"
LEFT, RIGHT, UP, DOWN = "\x1b[D", "\x1b[C", "\x1b[A", "\x1b[B"
CTRL_A, CTRL_C, CTRL_D, CTRL_R, CTRL_UNDERLINE = "\x01", "\x03", "\x04", "\x12", "\x1f"
PROMPT = "flowql>"


def pasted(text: str) -> str:
    """The keys that a terminal sends for a paste."""
    return f"\x1b[200~{text}\x1b[201~"


class Screen:
    """The screen of a program that runs on a terminal of some lines and columns."""

    def __init__(self, program: Program, *, lines: int, columns: int) -> None:
        self._program = program
        self._screen = pyte.Screen(columns, lines)
        self._screen.write_process_input = program.send  # where the cursor is, when that is asked
        self._stream = pyte.ByteStream(self._screen)
        self._lines: list[str] | None = None
        """What stands there since something was last written."""

    @property
    def lines(self) -> list[str]:
        """What stands on the screen, without the blanks at the ends of lines."""
        if self._lines is None:
            self._lines = [line.rstrip() for line in self._screen.display]
        return self._lines

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
        self._lines = None
        self._program.resize(lines, columns)

    def exit_code(self) -> int:
        """Wait for the end of the program."""
        deadline = time.monotonic() + WITHIN_S
        while self._look():
            assert time.monotonic() < deadline, f"no end:\n{self.text}"
        return self._program.exit_code()

    def _look(self) -> bool:
        """Take in what the program has written; False when it has ended."""
        written = self._program.read(_LOOK_S)
        if written:
            self._stream.feed(written)
            self._lines = None
        return written is not None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._program.close()


def usual(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program on a usual terminal, with what is given on top."""
    ours = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    return {**ours, "TERM": "xterm-256color", **environment}


_NOT_INHERITED = frozenset(
    {"COLUMNS", "LINES", "PAGER", "LESS", "NO_COLOR", "FORCE_COLOR", "FLOWQL_STORE", "CI"}
)


def history_of(state: Path) -> list[str]:
    """The entries of the history in a state folder, oldest first."""
    lines = (state / "flowql" / "history").read_text().splitlines()
    return [line[1:] for line in lines if line.startswith("+")]
