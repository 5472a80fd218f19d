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
_PROMPT = "$ "
_MORE = "> "
_TIME_MAX_S = 100


@dataclass(frozen=True, slots=True)
class Command:
    """One command, the lines that are shown below it, and the line of the document at which it stands."""

    text: str
    shown: tuple[str, ...]
    line: int


def commands_of(text: str, first_line: int) -> list[Command]:
    """The commands of a `console` block."""
    commands: list[Command] = []
    for number, line in enumerate(text.splitlines(), start=first_line):
        if line.startswith(_PROMPT):
            commands.append(Command(line.removeprefix(_PROMPT), (), number))
            continue
        assert commands, f"line {number}: a console block begins with a command: {line}"
        last = commands[-1]
        if line.startswith(_MORE) and not last.shown:
            commands[-1] = Command(f"{last.text}\n{line.removeprefix(_MORE)}", (), last.line)
        else:
            commands[-1] = Command(last.text, (*last.shown, line.rstrip()), last.line)
    return commands


class Sandbox:
    """A folder in which a document's commands are run one after the other, as if flowql were installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "home"
        self.folder.mkdir()
        programs = folder / "bin"
        programs.mkdir()
        program = programs / "flowql"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m flowql "$@"\n')
        program.chmod(0o755)
        self.environment = {
            **os.environ,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "FLOWQL_STORE": str(self.folder / "store"),
            "FLOWQL_LISTS": str(self.folder / "lists"),
            "COLUMNS": "120",
            "NO_COLOR": "1",
        }

    def difference(self, command: Command) -> str | None:
        """What is wrong with a command's answer; None when it is as shown."""
        done = subprocess.run(
            ["/bin/bash", "-c", command.text],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_TIME_MAX_S,
            check=False,
        )
        printed = [line.rstrip() for line in done.stdout.splitlines()]
        fails = any(line.startswith("error:") for line in command.shown)
        if fails != (done.returncode != 0):
            return _report(command, printed, f"exit code {done.returncode}")
        if not matches(command.shown, printed):
            return _report(command, printed, "printed something else")
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


def _report(command: Command, printed: Sequence[str], what: str) -> str:
    indented = [f"    {line}" for line in (*command.shown, "-- printed:", *printed)]
    return "\n".join([f"line {command.line}: {what}: {command.text}", "    -- shown:", *indented])
