"""What is told of a translation: one note of each code, at the place where it is first needed."""

from flowql.errors import Diagnostic, Severity, Span


class Notes:
    """Notes as they come up."""

    def __init__(self) -> None:
        self._notes: dict[str, Diagnostic] = {}

    def add(self, code: str, message: str, span: Span) -> None:
        """Keep a note, unless one of its code is there."""
        self._notes.setdefault(code, Diagnostic(code, message, span, Severity.INFO))

    def all(self) -> tuple[Diagnostic, ...]:
        """All of them, in the order in which they came."""
        return tuple(self._notes.values())
