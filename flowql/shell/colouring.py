"""Which parts of a typed text look like what: of a query, and of a command that a query follows.

Owns the reading of a command's line. What parts a query has is the language's to say; loading this module
loads the language, and not what commands do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flowql.shell.highlight import Parts
from flowql.syntax.completion import treeless_parser
from flowql.syntax.highlighting import highlighted

treeless_parser()  # so that the first key does not wait for its tables


@dataclass(slots=True)
class Colouring:
    """The parts of texts; `commands` says of each command whether a query follows, once that is known."""

    commands: Mapping[str, bool] = field(default_factory=dict)

    def parts_of(self, text: str) -> Parts:
        """The parts of a text, with the classes of `highlight.STYLES`."""
        command = text.lstrip()
        if not command.startswith("\\"):
            return _query_parts(text, 0)
        start = len(text) - len(command)
        name, blank, rest = command[1:].partition(" ")
        is_known = not self.commands or name in self.commands
        head = [(start, start + len(name) + 1, "command" if is_known or not blank else "wrong")]
        return [*head, *_query_parts(rest, len(text) - len(rest))] if self.commands.get(name) else head


def _query_parts(text: str, start: int) -> list[tuple[int, int, str]]:
    return [(span.start + start, span.end + start, looks.value) for span, looks in highlighted(text)]
