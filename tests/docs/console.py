"""Commands of a document and what they are shown to print: `console` blocks as a script that is run.

Owns the form of such blocks (`test_documents` documents it) and the comparison of what is shown with what is
printed.
"""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ANY_LINES = "..."
ANY_TEXT = "…"
_PROMPT, _MORE = "$ ", "> "
_TIME_MAX_S = 100
_PLACES = {
    "HOME": "",
    "XDG_CONFIG_HOME": ".config",
    "XDG_DATA_HOME": ".local/share",
    "XDG_STATE_HOME": ".local/state",
}
"""Where a program looks for what is the user's, below the home."""
_LEAVE_VARIABLES = "code=$?; env -0 > $1; exit $code"


@dataclass(frozen=True, slots=True)
class Command:
    """One command, the lines that are shown below it, and the line of the document at which it stands."""

    text: str
    shown: tuple[str, ...]
    line: int


def commands_of(text: str, first_line: int, prompt: str = _PROMPT, more: str = _MORE) -> list[Command]:
    """The commands of a block, each behind a prompt, and behind another where it goes on."""
    commands: list[Command] = []
    for number, line in enumerate(text.splitlines(), start=first_line):
        if line.startswith(prompt):
            commands.append(Command(line.removeprefix(prompt), (), number))
            continue
        assert commands, f"line {number}: a block begins with a command: {line}"
        last = commands[-1]
        if line.startswith(more) and not last.shown:
            commands[-1] = Command(f"{last.text}\n{line.removeprefix(more)}", (), last.line)
        else:
            commands[-1] = Command(last.text, (*last.shown, line.rstrip()), last.line)
    return commands


class Sandbox:
    """A home in which a document's commands are run one after the other, as if flowql were installed.

    Each is run by a shell of its own, with the variables as the one before left them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "home"
        self.folder.mkdir()
        programs = folder / "bin"
        programs.mkdir()
        program = programs / "flowql"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m flowql "$@"\n')
        program.chmod(0o755)
        self._left = folder / "variables"
        self.environment = {
            **os.environ,
            **{name: str(self.folder / place) for name, place in _PLACES.items()},
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "FLOWQL_STORE": str(self.folder / "store"),
            "FLOWQL_LISTS": str(self.folder / "lists"),
            "COLUMNS": "120",
            "NO_COLOR": "1",
        }

    def link(self, place: Path, target: Path) -> None:
        """Have at a place below the home what lies elsewhere."""
        link = self.folder / place
        link.parent.mkdir(parents=True)
        link.symlink_to(target)

    def difference(self, command: Command) -> str | None:
        """What is wrong with a command's answer; None when it is as shown."""
        done = subprocess.run(
            ["/bin/bash", "-c", f"{command.text}\n{_LEAVE_VARIABLES}", "bash", str(self._left)],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_TIME_MAX_S,
            check=False,
        )
        left = self._left.read_text().split("\0")
        self.environment = dict(each.split("=", maxsplit=1) for each in left if each)
        printed = [line.rstrip() for line in done.stdout.splitlines()]
        fails = any(line.startswith("error:") for line in command.shown)
        if fails != (done.returncode != 0):
            return report(command, printed, f"exit code {done.returncode}")
        if not matches(command.shown, printed):
            return report(command, printed, "printed something else")
        return None


def matches(shown: Sequence[str], printed: Sequence[str]) -> bool:
    """Whether lines are printed as shown: `...` alone stands for any lines, `…` for any text in a line."""
    pattern = []
    for line in shown:
        if line == ANY_LINES:
            pattern.append(r"(?:[^\n]*\n)*")
        else:
            pattern.append(".*".join(map(re.escape, line.split(ANY_TEXT))) + r"\n")
    return re.fullmatch("".join(pattern), "".join(f"{line}\n" for line in printed)) is not None


def report(command: Command, printed: Sequence[str], what: str) -> str:
    """What is wrong with a command's answer, in words."""
    indented = [f"    {line}" for line in (*command.shown, "-- printed:", *printed)]
    return "\n".join([f"line {command.line}: {what}: {command.text}", "    -- shown:", *indented])
