"""What a backslash command is.

Owns the shape of a command: its words, its help, and what its argument is, for whoever completes it. Does not
know any command.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from flowql.shell.desk import Desk


class Completes(Enum):
    """What the argument of a command is: what may be proposed while it is typed."""

    NOTHING = auto()
    QUERY = auto()
    FIELD = auto()
    BY_FIELD = auto()
    """`by` and a field."""
    TOPIC = auto()
    """Topics and patterns of them, separated by blanks."""
    FORMAT = auto()
    SETTING = auto()
    """A setting's name, then its value (`Setting.values`)."""
    SAVED = auto()
    FILE = auto()
    CONSTRUCT = auto()
    COMMAND = auto()


@dataclass(frozen=True, slots=True)
class Command:
    """A command: `name` stands behind the backslash, `arguments` is how they are written in its help.

    `help` is a first line for the list of commands, then, behind a blank line, what else is to be known;
    `example` is a whole line that works on any store with records, after a query has run. `run` gets what
    stands behind the name, stripped; it raises `FlowqlError` for a wrong argument.
    """

    name: str
    arguments: str
    help: str
    example: str
    completes: Completes
    run: Callable[[Desk, str], None]

    @property
    def usage(self) -> str:
        r"""How it is written: `\top field [n]`."""
        return rf"\{self.name} {self.arguments}".rstrip()

    @property
    def summary(self) -> str:
        """The first line of its help."""
        return self.help.partition("\n")[0]
