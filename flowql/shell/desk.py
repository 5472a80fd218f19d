"""What a session has before it, and what its commands act upon: an engine, settings, the last answer.

Owns how a query is asked, what is told of its answer, and what is kept of it. Does not know what is typed,
nor which commands there are.
"""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any, TextIO, TypeVar

from flowql.errors import Diagnostic, FlowqlError, Severity, printable
from flowql.execution.words import WORD_NOTES
from flowql.render.answer import Answer
from flowql.render.as_table import write_table
from flowql.render.characters import writable
from flowql.render.emptiness import emptiness_lines
from flowql.render.first_rows import FirstRows, rows_to_ask_for
from flowql.render.listing import Listing
from flowql.render.paint import BOLD, DIM, painted
from flowql.render.summary import counted, summary_lines
from flowql.render.terminal import style_of
from flowql.shell.asked import NO_PARAMETERS, Asked, within_topics, without_verb
from flowql.shell.clauses import cell_value
from flowql.shell.engines import Found, QueryEngine
from flowql.shell.mistake import Mistake, mistake_in
from flowql.shell.output_file import OutputFile
from flowql.shell.over_time import OverTime
from flowql.shell.refine import is_refinement, refined
from flowql.shell.running import run_stoppable
from flowql.shell.settings import Settings
from flowql.shell.showing import Display, Shown
from flowql.shell.waiting import waiting_line
from flowql.times import now_ns

_MORE = r"\set limit N"
_STOPS = "· Ctrl-C stops"
_COUNTING = "counting all that match"
_SEARCHING = "searching"
_GAP = " · "
_INDENT = "  "
_SECONDS_FROM = 10
"""Durations from so many seconds on are told without milliseconds."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Last:
    """The last answer, and how it was asked for and shown."""

    asked: Asked
    result: Found
    row_count_max: int | None


@dataclass(slots=True)
class Desk:
    """One user's work over an engine."""

    engine: QueryEngine
    settings: Settings = field(default_factory=Settings)
    out: TextIO = field(default_factory=lambda: sys.stdout)
    topics: tuple[str, ...] = ()
    """Topics and patterns of them, `-` before those left out, for queries that name none; empty for the
    engine's own rule.
    """
    current: Asked | None = None
    """The query that the user works on, which a line that begins with a bar goes on from."""
    last: Last | None = None
    """The answer that stands last on the screen: to the current query, or to a glance at what it found."""
    file: OutputFile | None = None
    """Where rows go; None for the screen."""
    taken_s: float | None = None
    """What the last answer took, its reader's time aside; None before the first."""
    mistake: Mistake | None = None
    """What is wrong with the last text; None when nothing is."""
    is_over: bool = False
    _told: set[str] = field(default_factory=set)
    """Codes of information that was given: each kind is told once a session."""

    @property
    def previous(self) -> str | None:
        """The current query, whole, in canonical form."""
        return self.current.query if self.current else None

    def say(self, text: str) -> None:
        """Write lines of text."""
        self.out.write(writable(text, self.out.encoding) + "\n")
        self.out.flush()

    def show_lines(self, lines: Sequence[str], *, is_painted: bool = False) -> None:
        """Write lines of text, through the pager when there are many; painted ones are safe as they are."""
        shown = lines if is_painted else map(printable, lines)
        Display(self.out, self.settings).write_lines(list(shown))

    def search(
        self, text: str, params: Mapping[str, Any] = NO_PARAMETERS, *, is_glance: bool = False
    ) -> None:
        """Run a query and show its answer; after a glance the query before it is still the current one."""
        display = Display(self.out, self.settings, self.file)
        display.check()
        began = time.perf_counter()
        limit = self.settings.limit
        asked, result = self.find(text, params, limit=rows_to_ask_for(limit))
        if result.query != asked.query:
            lines = self.ask(lambda _: _texts(result), result)
            self.show_lines(lines)
            return
        self.last = Last(asked, result, limit)
        if not is_glance:
            self.current = asked
        self._show(FirstRows(result, limit), self.last, display, began)

    def show_last(self, mode: str) -> None:
        """Show the last answer again, whole, in some format; nothing is run again."""
        assert self.last is not None, "there is an answer to show"
        display = Display(self.out, replace(self.settings, mode=mode), self.file)
        display.check()
        began = time.perf_counter()
        whole = replace(self.last, result=self.last.result.whole(), row_count_max=None)
        self._show(FirstRows(whole.result, None), whole, display, began)

    def find(
        self, text: str, params: Mapping[str, Any] = NO_PARAMETERS, **options: Any
    ) -> tuple[Asked, Found]:
        """A query as it is asked here, and its answer; `options` are further ones of the engine's."""
        asked = self.asked(text, params)
        result = self.ask(
            lambda cancelled: self.engine.search(asked.query, cancelled=cancelled, **asked.options, **options)
        )
        return replace(asked, query=without_verb(result.query)), result

    def going_on(self, text: str) -> tuple[str, Mapping[str, Any]]:
        """A text that begins with a bar behind the previous query, and what that one's parameters are.

        Any other text as it is.
        """
        if not is_refinement(text):
            return text, NO_PARAMETERS
        return refined(self.previous, text), self.current.params if self.current else NO_PARAMETERS

    def asked(self, text: str, params: Mapping[str, Any] = NO_PARAMETERS) -> Asked:
        """A query as it would be asked here, over the topics of this session if it names none."""
        settings = self.settings
        whole = within_topics(text, self.topics)
        return Asked(
            whole,
            text,
            whole,
            now_ns() if settings.now is None else settings.now,
            is_pinned=settings.now is not None,
            tz=settings.tz,
            strict=settings.strict,
            params=params,
        )

    def ask(self, work: Callable[[Event], T], result: Found | None = None, told: str = _SEARCHING) -> T:
        """What `work` gives, which Ctrl-C stops; so does the answer `result` then, if it is about one.

        `told` is what the user is told when it takes long; nothing for work that writes on the screen.
        """
        try:
            with self._waiting_line(told):
                return run_stoppable(work)
        except KeyboardInterrupt:
            if result is not None:
                result.cancel()
            raise

    def rows_of(self, text: str, params: Mapping[str, Any] = NO_PARAMETERS) -> list[tuple[Any, ...]]:
        """The rows of a query that is asked for something else; cells as `clauses.cell_value` gives them."""
        _, result = self.find(text, params)
        return self.ask(lambda _: _cells(result), result, _COUNTING)

    def show_listing(self, listing: Listing) -> None:
        """Show a list that no query made, as a table."""
        display = Display(self.out, self.settings)
        with display.opened(Shown()) as sink:
            write_table(listing, sink, display.style)

    def refuse(self, error: FlowqlError, text: str) -> None:
        """Tell what is wrong with a text, and keep it for whoever corrects it."""
        self.say(error.render())
        self.mistake = mistake_in(error, text)

    def close(self) -> None:
        """End the session: a file that is being written gets its name."""
        if self.file is not None:
            file, self.file = self.file, None
            file.close()

    def _show(self, answer: FirstRows, last: Last, display: Display, began: float) -> None:
        shown = Shown(busy_s=time.perf_counter() - began)
        is_drawn = self.settings.histogram and display.has_room_above and not last.asked.makes_groups
        over_time = OverTime(last.result, is_drawn)
        with self._waiting_line(_SEARCHING) as end_waiting, display.opened(shown, end_waiting) as sink:
            self.ask(lambda _: display.write(answer, sink, shown, over_time.above), last.result, told="")
        began = time.perf_counter()
        try:
            below = self.ask(lambda _: over_time.below(display.style), last.result, _COUNTING)
            lines, notes = self.ask(lambda _: self._told_of(answer, shown), last.result, _COUNTING)
        except KeyboardInterrupt:
            rows = counted(shown.row_count, "row")
            self.say(f"{printable(last.asked.query)}\n{rows}; stopped before all that match were counted")
            return
        for line in below:
            self.say(line)
        self.taken_s = taken_s = shown.busy_s + time.perf_counter() - began
        lines[0] = painted(lines[0], BOLD, style_of(self.out))
        if last.asked.params:
            lines[0] += f" · with {last.asked.params_text}"
        if self.file is not None:
            lines[-1] += f" · written to {self.file.path}"
        if self.settings.timing:
            lines[-1] += f" · {duration_text(taken_s)}"
        lines[-1] = folded(lines[-1], style_of(self.out).width)
        self.say("\n".join(lines))
        for note in self._untold(notes):
            self.say(note.render(last.asked.ran))
        empty = self.ask(lambda _: answer.why_empty(), last.result)
        if empty:
            self.say("\n".join(emptiness_lines(empty, answer.zone)))

    def _waiting_line(self, told: str) -> AbstractContextManager[Callable[[], None]]:
        text = told and painted(f"{told} {_STOPS}", DIM, style_of(self.out))
        return waiting_line(self.out, text)

    def _told_of(self, answer: Answer, shown: Shown) -> tuple[list[str], list[Diagnostic]]:
        """The lines below the rows, and the notes; words are counted while there is something new to tell."""
        is_cut = isinstance(answer, FirstRows) and answer.is_cut
        lines = summary_lines(answer, shown.row_count, is_cut=is_cut, more=_MORE)
        words = () if self._told.issuperset(WORD_NOTES) else answer.word_notes
        return lines, [*answer.notes, *words]

    def _untold(self, notes: Sequence[Diagnostic]) -> list[Diagnostic]:
        """Every warning, and information of the kinds that this session has not seen."""
        untold = [note for note in notes if note.severity is not Severity.INFO or note.code not in self._told]
        self._told.update(note.code for note in untold)
        return untold


def duration_text(duration_s: float) -> str:
    """How long something took."""
    return f"{duration_s:,.1f} s" if duration_s >= _SECONDS_FROM else f"{duration_s * 1000:,.0f} ms"


def folded(line: str, width: int | None) -> str:
    """What is told, over several lines where one is too narrow for it; never within one of its parts."""
    lines: list[str] = []
    for part in line.split(_GAP):
        longer = f"{lines[-1]}{_GAP}{part}" if lines else part
        if lines and width is not None and len(longer) > width:
            lines.append(_INDENT + part)
        else:
            lines[-1:] = [longer]
    return "\n".join(lines)


def _cells(result: Found) -> list[tuple[Any, ...]]:
    return [
        tuple(cell_value(column, batch.column(k), row) for k, column in enumerate(result.columns))
        for batch in result.batches()
        for row in range(batch.num_rows)
    ]


def _texts(result: Found) -> list[str]:
    return [text for batch in result.batches() for text in batch.column(0).to_pylist()]
