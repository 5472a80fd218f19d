"""A session: reads what is typed, runs it, shows the answer, and goes on until it is told to stop.

Owns the backslash commands, and that nothing a user types or interrupts ends the session. Does not know how
lines are edited, nor how queries are run.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TextIO

from flowql.errors import Diagnostic, FlowqlError, Severity, printable
from flowql.execution.words import WORD_NOTES
from flowql.render.answer import Answer
from flowql.render.as_table import write_table
from flowql.render.emptiness import emptiness_lines
from flowql.render.first_rows import FirstRows, rows_to_ask_for
from flowql.render.summary import counted, summary_lines
from flowql.render.terminal import style_of
from flowql.values import parse_integer

_HELP = r"""A query is words and field clauses, then stages after bars:
  REJECT dstport:22 src:10.0.0.0/8 | top 10 srcaddr
Enter runs it, or begins a new line while something is open; Esc Enter runs it as it is.
Ctrl-C clears the line, or stops a query; Ctrl-D leaves.
  \?               this text
  \topics          what the store holds
  \explain QUERY   how a query is understood and run
  \limit N|all     rows to show (now %s)
  \x               one line a value, or a table (now %s)
  \q               leave"""
_MORE = r"\limit N"
_MILLISECOND = 1e-3


class Topic(Protocol):
    """What the shell tells of a topic."""

    @property
    def name(self) -> str:
        """Its full name."""

    @property
    def rows(self) -> int:
        """Its number of records."""


class QueryEngine(Protocol):
    """What a session needs of an engine."""

    def search(self, query: str, *, now: int | None = None, limit: int | None = None) -> Answer:
        """The answer to a query."""

    def explain(self, query: str, *, now: int | None = None) -> str:
        """How a query is understood and run."""

    def topics(self) -> Sequence[Topic]:
        """What the store holds."""


@dataclass(slots=True)
class Session:
    """One user's session over an engine."""

    engine: QueryEngine
    out: TextIO = field(default_factory=lambda: sys.stdout)
    row_count_max: int | None = 50
    expanded: bool = False
    is_over: bool = False
    _told: set[str] = field(default_factory=set)
    """Codes of information that was given: each kind is told once a session."""

    def take(self, text: str) -> None:
        """Run a text that was typed; errors are shown and Ctrl-C stops it, and the session goes on."""
        text = text.strip()
        if not text:
            return
        try:
            if text.startswith("\\"):
                self._command(text)
            else:
                self._search(text)
        except FlowqlError as error:
            self.say(error.render())
        except OSError as error:
            self.say(f"error: {error}")
        except KeyboardInterrupt:
            self.say("\nstopped")

    def say(self, text: str) -> None:
        """Write lines of text."""
        self.out.write(text + "\n")
        self.out.flush()  # tables go past the text layer

    def _search(self, text: str) -> None:
        began = time.perf_counter()
        result = self.engine.search(text, limit=rows_to_ask_for(self.row_count_max))
        answer = FirstRows(result, self.row_count_max)
        style = replace(style_of(self.out), expanded=self.expanded)
        row_count = write_table(answer, self.out.buffer, style)
        self.out.buffer.flush()
        lines = summary_lines(answer, row_count, is_cut=answer.is_cut, more=_MORE)
        duration_ms = (time.perf_counter() - began) / _MILLISECOND
        self.say("\n".join(lines) + f" · {duration_ms:,.0f} ms")
        for note in self._untold(self._notes(answer)):
            self.say(note.render(text))
        empty = answer.why_empty()
        if empty:
            self.say("\n".join(emptiness_lines(empty, answer.zone)))

    def _notes(self, answer: Answer) -> Sequence[Diagnostic]:
        """The notes; words are counted only while there is something new to tell of them."""
        return [*answer.notes, *(() if self._told.issuperset(WORD_NOTES) else answer.word_notes)]

    def _untold(self, notes: Sequence[Diagnostic]) -> list[Diagnostic]:
        """Every warning, and information of the kinds that this session has not seen."""
        untold = [note for note in notes if note.severity is not Severity.INFO or note.code not in self._told]
        self._told.update(note.code for note in untold)
        return untold

    def _command(self, text: str) -> None:
        name, _, rest = text[1:].partition(" ")
        match name:
            case "?" | "h" | "help":
                shape = "one line a value" if self.expanded else "a table"
                self.say(_HELP % ("all" if self.row_count_max is None else self.row_count_max, shape))
            case "topics":
                self._topics()
            case "explain":
                self.say("\n".join(map(printable, self.engine.explain(rest).splitlines())))
            case "limit":
                self._set_limit(rest.strip())
            case "x":
                self.expanded = not self.expanded
                self.say("one line a value" if self.expanded else "a table")
            case "q" | "quit" | "exit":
                self.is_over = True
            case _:
                self.say(f"there is no command \\{printable(name)}; \\? lists them")

    def _topics(self) -> None:
        for topic in self.engine.topics():
            self.say(f"{topic.name}  {counted(topic.rows, 'record')}")

    def _set_limit(self, text: str) -> None:
        number = parse_integer(text)
        if number is None and text != "all":
            self.say(r"\limit takes a number of rows, or all")
            return
        self.row_count_max = number
