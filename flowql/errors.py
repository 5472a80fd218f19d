"""Spans, diagnostics and the errors of FlowQL.

Owns the shape of everything that can go wrong: a `Diagnostic` is a value (code, span, words, proposal) and is
rendered here into the text with a caret that people read; an exception class says which exit code it leads
to. Knows nothing of grammars, stores or terminals.
"""

import unicodedata
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import ClassVar


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of character offsets `[start, end)` in a query's text."""

    start: int
    end: int

    def to(self, other: "Span") -> "Span":
        """The span from the start of this one to the end of `other`."""
        return Span(self.start, other.end)


NOWHERE = Span(0, 0)
"""The span of what concerns the whole query: no caret is shown."""


class Severity(Enum):
    """How much a diagnostic weighs: an error stops the query, a warning may change its reading."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing to tell the user about a query.

    `code` is a stable kebab-case name (`unknown-field`); `message` is one sentence without a final stop;
    `proposal` is a whole query that parses, or None; `details` are further lines, printed after the caret;
    `count` is how many of its kind this one stands for.
    """

    code: str
    message: str
    span: Span = NOWHERE
    severity: Severity = Severity.ERROR
    proposal: str | None = None
    details: tuple[str, ...] = ()
    count: int = 1

    def render(self, text: str) -> str:
        """The message as people read it: words, the line of `text` concerned, a caret, a proposal."""
        lines = [f"{self.severity.value}: {printable(self.message)}"]
        if text and self.span != NOWHERE:
            lines += _caret_lines(text, self.span)
        lines += [f"  {printable(line)}" for line in self.details]
        if self.proposal is not None:
            lines.append("  try: " + "\n".join(map(printable, self.proposal.split("\n"))))
        return "\n".join(lines)


def _caret_lines(text: str, span: Span) -> list[str]:
    start = min(span.start, len(text))
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", start)
    line_end = len(text) if line_end < 0 else line_end
    line = text[line_start:line_end]
    width = max(1, sum(map(_columns, text[start : min(span.end, line_end)])))
    # A tab stays a tab under the line, so that the caret stands where the eye expects it.
    indent = "".join(
        "\t" if character == "\t" else " " * _columns(character) for character in line[: start - line_start]
    )
    return ["  " + printable(line), "  " + indent + "^" * width]


def _columns(character: str) -> int:
    """How many columns of a terminal a character takes, as it is printed."""
    if not character.isprintable():
        return len(printable(character))
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def printable(text: str) -> str:
    """`text` with control characters (but not tabs) as backslash escapes: safe to show on a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\t" else c.encode("unicode_escape").decode() for c in text)


class FlowqlError(Exception):
    """Any error that FlowQL raises on purpose.

    `code` is a stable kebab-case name, `hint` says what to do, `exit_code` is what the command line returns.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def span(self) -> Span | None:
        """Where in the query's text the error stands; None when the error is not about a query."""
        return None

    def render(self) -> str:
        """The error as people read it on a terminal."""
        text = f"error: {printable(self.message)}"
        return f"{text}\n  {self.hint}" if self.hint else text


class QueryError(FlowqlError):
    """A query that cannot be understood: one or more diagnostics over its text."""

    code = "query"

    def __init__(self, text: str, diagnostics: tuple[Diagnostic, ...]) -> None:
        assert diagnostics, "a query error carries at least one diagnostic"
        super().__init__(diagnostics[0].message, hint=diagnostics[0].proposal)
        self.text = text
        self.diagnostics = diagnostics

    @property
    def span(self) -> Span | None:
        """The place of the first diagnostic."""
        return self.diagnostics[0].span

    def render(self) -> str:
        """Every diagnostic with its caret, a blank line between two."""
        return "\n\n".join(diagnostic.render(self.text) for diagnostic in self.diagnostics)


class UsageError(FlowqlError):
    """Something asked for outside a query that cannot be done: a bad name, a bad option, a missing file."""

    code = "usage"


class InputError(FlowqlError):
    """An input file that cannot be read, or a header that cannot be understood."""

    code = "input"


class StoreError(FlowqlError):
    """A store that cannot be used as it is."""

    code = "store"
    exit_code = 3


class NotAStoreError(StoreError):
    """The path holds something that is not a FlowQL store."""

    code = "not-a-store"


class StoreVersionError(StoreError):
    """The store was written by a newer FlowQL."""

    code = "store-version"


class StoreLockedError(StoreError):
    """Another process writes to the topic."""

    code = "store-locked"


@dataclass(frozen=True, slots=True)
class Damage:
    """One damaged place of a store: the file, what was expected of it and what was found."""

    path: Path
    expected: str
    found: str
    part: str = ""

    def __str__(self) -> str:
        where = f"{self.path} ({self.part})" if self.part else str(self.path)
        return f"{where}: expected {self.expected}, found {self.found}"


class StoreDamagedError(StoreError):
    """A file of the store does not hold what was written."""

    code = "store-damaged"

    def __init__(self, damage: Damage, *, hint: str | None = None) -> None:
        super().__init__(f"damaged store file {damage}", hint=hint or "run: flowql check")
        self.damage = damage


class LimitError(FlowqlError):
    """A named limit stopped the work; nothing partial is passed off as whole."""

    code = "limit"
    exit_code = 4

    def __init__(self, limit_name: str, message: str, *, hint: str | None = None) -> None:
        super().__init__(f"{message} (limit: {limit_name})", hint=hint)
        self.limit_name = limit_name


class CancelledError(FlowqlError):
    """The user or the embedding program stopped the work."""

    code = "cancelled"
    exit_code = 130


@dataclass(slots=True)
class Notes:
    """Warnings and information gathered on a query's way, one per code."""

    diagnostics: list[Diagnostic] = field(default_factory=list)

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep `diagnostic`, unless one of the same code and message is there already."""
        if all((d.code, d.message) != (diagnostic.code, diagnostic.message) for d in self.diagnostics):
            self.diagnostics.append(diagnostic)
