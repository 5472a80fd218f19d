r"""`\?`, the commands and what each does, and `\help`, the reference of the language.

Owns how help reads. Gets the commands it lists from whoever has the list.
"""

import textwrap
from collections.abc import Collection, Sequence

from flowql.errors import UsageError
from flowql.names.nearest import nearest
from flowql.shell.commands.command import Command, Completes
from flowql.shell.commands.two_columns import in_two_columns, text_width
from flowql.shell.desk import Desk
from flowql.shell.reference import readable, sections_for, titles

_USAGE_WIDTH_MAX = 22
"""How a longer command is written stands on a line of its own."""
_TYPING = r"""A query is words and field clauses, then stages behind bars:
  action:REJECT dstport:22 last 1d | top 10 srcaddr
A line that begins with | goes on from the previous query.
A line of a log, pasted, finds its record.
"""
_KEYS = (
    ("Enter", "runs the text, or begins a new line while something is open"),
    ("Esc Enter", "runs it as it is; so does Enter behind a ;"),
    ("Tab", "goes through the menu, or puts a mistake right as proposed below"),
    ("right arrow", "takes what stands in grey: a text from the history"),
    ("Ctrl-R", "searches the history for letters in their order"),
    ("Ctrl-C", "clears the line, or stops a query"),
    ("Ctrl-D", "leaves"),
)


def help_commands(others: Sequence[Command]) -> tuple[Command, Command]:
    r"""`\?` over the other commands and these two, and `\help`."""

    def run(desk: Desk, argument: str) -> None:
        name = argument.removeprefix("\\")
        known = {command.name: command for command in (*helps, *others)}
        if not name:
            desk.show_lines(_listed(known.values(), text_width(desk)))
            return
        if name not in known:
            near = nearest(name, known, ())
            meant = ", ".join(f"\\{each}" for each in near)
            hint = f"did you mean {meant}?" if near else r"\? lists them"
            raise UsageError(f"there is no command \\{name}", hint=hint)
        desk.show_lines(_described(known[name], text_width(desk)))

    helps = (
        Command(
            "?", "[command]", "The commands, or what one of them does.", r"\? drill", Completes.COMMAND, run
        ),
        Command(
            "help",
            "[construct]",
            "What the reference says of a word, a sign or a stage.\n\nAlone, it lists the sections.",
            r"\help timechart",
            Completes.CONSTRUCT,
            _help,
        ),
    )
    return helps


def _help(desk: Desk, argument: str) -> None:
    if not argument:
        desk.show_lines(
            [*titles(), "", r"\help NAME shows one; so does any word of the language: \help daily"]
        )
        return
    shown = [readable(section, text_width(desk)) for section in sections_for(argument)]
    desk.show_lines([line for k, lines in enumerate(shown) for line in ([""] * bool(k)) + lines])


def _listed(commands: Collection[Command], width: int) -> list[str]:
    told = in_two_columns([(each.usage, each.summary) for each in commands], width, _USAGE_WIDTH_MAX)
    return [
        *_TYPING.splitlines(),
        "",
        *in_two_columns(_KEYS, width, _USAGE_WIDTH_MAX),
        "",
        *told,
        "",
        r"\? NAME tells more of a command, \help NAME of a word of the language.",
    ]


def _described(command: Command, width: int) -> list[str]:
    """A command's section: how it is written, what it does, an example."""
    lines = [command.usage]
    for paragraph in command.help.split("\n\n"):
        lines += ["", *textwrap.wrap(paragraph, width)]
    return [*lines, "", f"for example: {command.example}"]
