"""The backslash commands, a module a family.

Owns the one list of them. A new command is a function and a `Command` in the module of its family.
"""

from collections.abc import Mapping
from types import MappingProxyType

from flowql.shell.commands import control, files, plans, rows, saving, store, timeline
from flowql.shell.commands.command import Command, Completes
from flowql.shell.commands.helping import help_commands

__all__ = ["ALIASES", "COMMANDS", "Command", "Completes"]

_OTHERS = (
    *store.COMMANDS,
    *timeline.COMMANDS,
    *rows.COMMANDS,
    *plans.COMMANDS,
    *saving.COMMANDS,
    *files.COMMANDS,
    *control.COMMANDS,
)

COMMANDS: Mapping[str, Command] = MappingProxyType(
    {command.name: command for command in (*help_commands(_OTHERS), *_OTHERS)}
)
"""The commands by name, in the order in which they are listed."""

ALIASES: Mapping[str, str] = MappingProxyType({"h": "help", "quit": "q", "exit": "q"})
"""Other words for commands, as users of other shells type them."""
