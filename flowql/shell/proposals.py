r"""What may be typed next: in a query, behind a bar that goes on from the previous one, in a command.

Owns which part of a typed text is a query. What may stand there is the engine's to say, and of commands what
their arguments are is `proposed_arguments`'. Knows no keys and no menu; may be asked from any thread.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from flowql.errors import FlowqlError
from flowql.shell.asked import from_text
from flowql.shell.commands import ALIASES, COMMANDS, Command, Completes
from flowql.shell.proposed_arguments import PROPOSED, Proposal, beginning_with, last_word
from flowql.shell.refine import is_refinement, refined
from flowql.shell.settings import Settings

if TYPE_CHECKING:
    from flowql.plan.candidates import Candidate

_CARRIERS = {
    Completes.FIELD: "* | fields ",
    Completes.BY_FIELD: "* | stats count() by ",
    Completes.TOPIC: "from ",
}
"""For arguments that stand in queries too, how a query begins in which such a one stands."""


class CompletingEngine(Protocol):
    """What proposals need of an engine."""

    def complete(
        self, text: str, cursor: int | None = None, *, now: int | None = None, tz: str | None = None
    ) -> "Sequence[Candidate]":
        """What may stand at the cursor of a query."""


class Surroundings(Protocol):
    """What a query is completed within."""

    @property
    def settings(self) -> Settings:
        """The zone and the clock."""

    @property
    def previous(self) -> str | None:
        """The query that a line with a bar goes on from."""

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics of a query that names none."""


@dataclass(frozen=True, slots=True)
class Proposer:
    """What may be typed next in a session."""

    engine: CompletingEngine
    around: Surroundings

    def at(self, text: str, cursor: int) -> list[Proposal]:
        """What may go in at the cursor, the likeliest first; nothing where the store cannot tell."""
        begun = text[:cursor]
        command = begun.lstrip()
        blank_count = len(begun) - len(command)
        try:
            if not command.startswith("\\"):
                return list(self._in_query(begun, 0))
            return [replace(each, start=each.start + blank_count) for each in self._in_command(command)]
        except (FlowqlError, OSError):
            return []  # a search will say what is wrong with the store

    def _in_query(self, begun: str, start: int) -> Iterator[Proposal]:
        """What may stand at the end of a query that begins at `start` of the text."""
        whole = begun
        if self.around.previous is not None and is_refinement(begun):
            # The letter keeps the blanks at the end, which say that a word is over.
            whole = refined(self.around.previous, f"{begun}x")[:-1]
        if self.around.topics and "from" not in whole.lower():
            whole = f"{from_text(self.around.topics)} {whole}"
        settings = self.around.settings
        shift = start + len(begun) - len(whole)
        for each in self.engine.complete(whole, len(whole), now=settings.now, tz=settings.tz):
            yield Proposal(each.text, max(each.start + shift, start), each.detail)

    def _in_command(self, begun: str) -> Iterator[Proposal]:
        name, blank, _ = begun[1:].partition(" ")
        if not blank:
            commands = [(f"\\{each.name}", each.summary) for each in COMMANDS.values()]
            yield from beginning_with(begun, 0, commands)
            return
        command = COMMANDS.get(ALIASES.get(name, name))
        if command is not None:
            rest = begun[len(name) + 2 :].lstrip()
            yield from self._in_argument(command, rest, len(begun) - len(rest))

    def _in_argument(self, command: Command, argument: str, start: int) -> Iterator[Proposal]:
        place, _, _ = last_word(argument)
        expected = _expected_word(command, place)
        match command.completes:
            case Completes.QUERY:
                yield from self._in_query(argument, start)
            case Completes.SAVED if expected == "query":
                query = argument.partition(" ")[2]
                yield from self._in_query(query, start + len(argument) - len(query))
            case Completes.BY_FIELD if place == 0:
                yield from beginning_with(argument, start, [("by", "the values of a field apart")])
            case Completes.FIELD if expected not in ("field", "column"):
                return
            case Completes.FIELD | Completes.BY_FIELD | Completes.TOPIC as what:
                yield from self._carried(_CARRIERS[what], argument, start)
            case what:
                yield from PROPOSED[what](argument, start)

    def _carried(self, carrier: str, argument: str, start: int) -> Iterator[Proposal]:
        """What would stand in a query in the place of the argument's last word."""
        _, word, word_start = last_word(argument)
        word_start += len(word) - len(word.removeprefix("-"))  # which leaves out what stands behind it
        query = carrier + word.removeprefix("-")
        for each in self.engine.complete(query, len(query)):
            if each.start == len(carrier):
                yield Proposal(each.text, start + word_start, each.detail)


def _expected_word(command: Command, place: int) -> str:
    """How the command's usage calls the word at a place of its argument; the last one may be several."""
    words = [word.strip("[].|-") for word in command.arguments.split()]
    is_open = command.arguments.endswith("...]")
    return words[place] if place < len(words) else words[-1] if words and is_open else ""
