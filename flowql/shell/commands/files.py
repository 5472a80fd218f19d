r"""Commands about files: `\o`, where rows go, and `\e`, a query in the user's editor."""

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from flowql.errors import FlowqlError, UsageError
from flowql.render.formats import FORMATS
from flowql.render.summary import counted
from flowql.shell.commands.command import Command, Completes
from flowql.shell.desk import Desk
from flowql.shell.output_file import OutputFile

_EDITORS = ("VISUAL", "EDITOR")
"""Variables that name the user's editor, the first that is set."""
_EDITOR = "vi"


def _output(desk: Desk, argument: str) -> None:
    if desk.file is None and not argument:
        raise UsageError("no file is being written", hint=r"\o FILE sends rows to a file, until \o closes it")
    if desk.file is not None:
        file, desk.file = desk.file, None
        file.close()
        desk.say(f"{file.path}: {counted(file.answer_count, 'answer')}")
    if argument:
        desk.file = OutputFile(Path(argument).expanduser())
        mode, suffix = desk.settings.mode, Path(argument).suffix.removeprefix(".")
        other = rf" (\mode {suffix} writes {suffix})" if suffix in FORMATS and suffix != mode else ""
        desk.say(rf"rows go to {argument}, as {mode}{other}; \o closes it")


def _edit(desk: Desk, argument: str) -> None:
    text = argument or (desk.current.typed if desk.current else "")
    edited = _edited(text).strip()
    if not edited or edited == text.strip():
        desk.say("nothing was changed, so nothing is run")
        return
    try:
        query, params = desk.going_on(edited)
        desk.search(query, desk.current.params if desk.current and not argument else params)
    except FlowqlError as error:
        desk.refuse(error, edited)  # it is the user's, to be put right at the prompt


def _edited(text: str) -> str:
    """The text as the user's editor leaves it."""
    command = next((os.environ[name] for name in _EDITORS if os.environ.get(name, "").strip()), _EDITOR)
    with tempfile.TemporaryDirectory(prefix="flowql-") as folder:
        path = Path(folder) / "query.flowql"
        path.write_text(text + "\n", encoding="utf-8")
        try:
            code = subprocess.call([*shlex.split(command), str(path)])  # noqa: S603 - the user's own choice
        except (OSError, ValueError) as error:
            raise UsageError(
                f"the editor {command} cannot be run: {error}", hint="set VISUAL or EDITOR"
            ) from error
        if code != 0:
            raise UsageError(f"the editor {command} ended with {code}", hint="nothing is run")
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"what the editor {command} left cannot be read: {error}") from error


COMMANDS = (
    Command(
        "o",
        "[file]",
        "Send rows to a file; alone, close it.\n\n"
        "The file appears under its name when it is closed. A csv, tsv, json, arrow or parquet file holds "
        "one answer; the other formats take several. What is told of an answer stays on the screen.",
        r"\o answers.txt",
        Completes.FILE,
        _output,
    ),
    Command(
        "e",
        "[query]",
        "Edit a query, or the previous one, and run it.\n\n"
        "In $VISUAL or $EDITOR; the previous one stands there as it was typed.",
        r"\e action:REJECT",
        Completes.QUERY,
        _edit,
    ),
)
