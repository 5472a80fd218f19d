"""What a document shows of the shell: typed into a real one, on a pseudo-terminal.

Owns how a text is typed and which lines of the screen are its answer.
"""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.terminal import CTRL_C, CTRL_L, ENTER, Terminal, pasted
from docs.console import Command, commands_of, matches, report

PROMPT, MORE = "flowql> ", "   ...> "
_LINES, _COLUMNS = 90, 100
_TAIL = 20
"""So much of a text's end is looked for on the screen."""


class Typist:
    """A shell in which a document's texts are typed one after the other."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        told = {name: text for name, text in environment.items() if name != "COLUMNS"}
        told["FLOWQL_PAGER"] = "never"
        self._terminal = Terminal(["-m", "flowql", "shell"], folder, told, lines=_LINES, columns=_COLUMNS)

    def differences(self, text: str, first_line: int) -> list[str]:
        """What is wrong with the answers that a block shows."""
        found = []
        for each in commands_of(text, first_line, PROMPT, MORE):
            printed = self._answer(each)
            if not matches(each.shown, printed):
                found.append(report(each, printed, "the shell shows something else"))
        return found

    def _answer(self, command: Command) -> list[str]:
        """The lines of the screen between a text and the next prompt."""
        terminal = self._terminal
        terminal.press(CTRL_C, CTRL_L)
        terminal.wait_until(lambda: terminal.cursor == (0, len(PROMPT)), "an empty prompt")
        terminal.press(pasted(command.text))
        tail = command.text.splitlines()[-1][-_TAIL:]
        terminal.wait_until(lambda: terminal.lines[terminal.cursor[0]].endswith(tail), f"...{tail}")
        last = terminal.cursor[0]
        terminal.press(ENTER)
        terminal.wait_until(
            lambda: (
                terminal.cursor[0] > last and terminal.lines[terminal.cursor[0]].startswith(PROMPT.rstrip())
            ),
            "the next prompt",
        )
        assert terminal.lines[0].startswith(PROMPT), (
            f"line {command.line}: the answer fills more than a screen"
        )
        return terminal.lines[last + 1 : terminal.cursor[0]]

    def __enter__(self) -> Self:
        self._terminal.__enter__()
        self._terminal.wait_for(PROMPT.rstrip())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._terminal.__exit__(kind, error, trace)
