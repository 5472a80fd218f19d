"""A session: reads what is typed, does it, and goes on until it is told to stop.

Owns what sort of text was typed (a command, a query, one that goes on from the previous query, a pasted line
of a log), and that nothing a user types or interrupts ends the session. Does not know how lines are edited,
what the commands do, nor how queries are run.
"""

import traceback
from dataclasses import dataclass

from flowql.errors import FlowqlError, QueryError, UsageError, printable
from flowql.names.nearest import nearest
from flowql.shell.commands import ALIASES, COMMANDS
from flowql.shell.desk import Desk
from flowql.shell.engines import QueryEngine
from flowql.shell.mistake import Mistake
from flowql.shell.pasted import record_query

__all__ = ["Mistake", "QueryEngine", "Session"]

_RECORD_TOKENS_MIN = 8
"""No layout that tells when a record was, and between whom, has fewer fields: shorter texts are queries."""
_MEANT = {"exit": r"\q leaves", "quit": r"\q leaves", "help": r"\? helps"}
"""What other shells take for commands is a word to be found here, and may have been meant otherwise."""
_NO_VALUE = "unknown-parameter"
_FAULT = "internal error: this is a fault of FlowQL's, not of what was typed; the session goes on"


@dataclass(slots=True)
class Session(Desk):
    """One user's session over an engine: a desk at which someone types."""

    def take(self, text: str) -> None:
        """Do what a text says; errors are shown and Ctrl-C stops it, and the session goes on."""
        text = text.strip()
        self.mistake = None
        if not text:
            return
        try:
            if text.startswith("\\"):
                self._command(text)
            else:
                self.search(*self.going_on(self._of_record(text) or text))
                if text.lower() in _MEANT:
                    self.say(_MEANT[text.lower()])
        except FlowqlError as error:
            self.refuse(error, text)
        except OSError as error:
            self.say(f"error: {error}")
        except KeyboardInterrupt:
            self.say("\nstopped")
        except Exception as error:  # noqa: BLE001 - a fault of ours must not take the user's session with it
            trace = "".join(traceback.format_exception(error))
            self.say("\n".join(map(printable, [*trace.splitlines(), _FAULT])))

    def _command(self, text: str) -> None:
        name, _, argument = text[1:].partition(" ")
        command = COMMANDS.get(ALIASES.get(name, name))
        if command is None:
            raise _UnknownCommandError(text, name)
        command.run(self, argument.strip())

    def _of_record(self, text: str) -> str | None:
        """The query for a pasted record; None for any other text."""
        if len(text.split()) < _RECORD_TOKENS_MIN:
            return None
        return record_query(text, [topic.fields for topic in self.engine.topics()])

    def refuse(self, error: FlowqlError, text: str) -> None:
        """Tell what is wrong with a text, and keep it for whoever corrects it."""
        Desk.refuse(self, error, text)
        if isinstance(error, QueryError) and any(each.code == _NO_VALUE for each in error.diagnostics):
            self.say(r"  in the shell: \save NAME QUERY, then \run NAME PARAMETER=VALUE")
        if isinstance(error, _UnknownCommandError):
            self.mistake = Mistake(text, 1, error.proposal)


class _UnknownCommandError(UsageError):
    """A name behind a backslash that is no command's; `proposal` is the text with the nearest one."""

    def __init__(self, text: str, name: str) -> None:
        near = nearest(name, COMMANDS, ())
        meant = ", ".join(f"\\{each}" for each in near)
        super().__init__(
            f"there is no command \\{name}",
            hint=f"did you mean {meant}?" if near else r"\? lists the commands",
        )
        self.proposal = f"\\{near[0]}{text[1 + len(name) :]}" if near else None
