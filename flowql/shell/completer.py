"""The menu of completions: asked for on a thread of its own, within a budget of time, and never out of date.

Owns when an answer is still wanted: not once the text has changed, and not after the budget. Typing waits for
nothing. Does not know what is proposed.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Protocol

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

_LOG = logging.getLogger(__name__)

BUDGET_S = 1.0
"""How long an answer is waited for while the text stays as it is; then it is dropped, and its thread is."""
THREAD_COUNT_MAX = 4
"""Threads that may be at work on answers that nobody waits for any more."""


class Proposed(Protocol):
    """A text in place of what stands from `start` to the cursor, and what it means."""

    @property
    def text(self) -> str:
        """What goes in."""

    @property
    def start(self) -> int:
        """Where it goes in."""

    @property
    def detail(self) -> str:
        """What it means."""


Propose = Callable[[str, int], Sequence[Proposed]]
"""What may go in at the cursor of a text."""


@dataclass(frozen=True, slots=True)
class Question:
    """A text and the cursor in it; `propose` is called with them, and `give` with its answer, on a thread."""

    text: str
    cursor: int
    propose: Propose
    give: Callable[[Sequence[Proposed]], None]


class LatestAnswer:
    """Answers the newest question on a thread; one that was not begun when a newer came is never answered."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._next: Question | None = None
        self._began: dict[int, float] = {}
        """When each thread at work began its question."""
        self._thread_count = 0

    @property
    def is_busy(self) -> bool:
        """Whether a question is being answered."""
        return bool(self._began)

    def ask(self, question: Question) -> None:
        """Have the question answered, if no newer one comes."""
        with self._lock:
            self._next = question
            late = time.monotonic() - BUDGET_S
            in_time = [began for began in self._began.values() if began > late]
            if in_time or len(self._began) >= THREAD_COUNT_MAX:
                return  # who is at work takes the question up
            self._thread_count += 1
            name = self._thread_count
            self._began[name] = time.monotonic()
        Thread(target=self._work, args=(name,), name="flowql-completion", daemon=True).start()

    def _work(self, name: int) -> None:
        while (question := self._begun(name)) is not None:
            try:
                answer = question.propose(question.text, question.cursor)
            except Exception:  # noqa: BLE001 - a fault of ours
                # It is logged: on the terminal it would stand in the text that is being typed.
                _LOG.exception("completion of %r failed", question.text)
                answer = ()
            question.give(answer)

    def _begun(self, name: int) -> Question | None:
        """The newest question, which the thread begins now; None when there is none, and the thread ends."""
        with self._lock:
            question, self._next = self._next, None
            if question is None:
                del self._began[name]  # under the lock: who asks from here on begins another thread
            else:
                self._began[name] = time.monotonic()
            return question


class MenuCompleter(Completer):
    """What is proposed under a text that is being typed; `propose` gives None while nothing is known yet."""

    def __init__(self, propose: Callable[[], Propose | None]) -> None:
        self._propose = propose
        self._answers = LatestAnswer()
        self._awaited: asyncio.Future[Sequence[Proposed]] | None = None

    def drop(self) -> None:
        """The text has changed: nobody waits for the answer about the old one any more."""
        if self._awaited is not None and not self._awaited.done():
            self._awaited.set_result(())

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """What is proposed at the cursor, worked out here and now."""
        del complete_event
        propose = self._propose()
        found = propose(document.text, document.cursor_position) if propose else ()
        return _completions(found, document.cursor_position)

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """What is proposed at the cursor, if that is known in time."""
        del complete_event
        propose = self._propose()
        if propose is None:
            return
        loop = asyncio.get_running_loop()
        awaited: asyncio.Future[Sequence[Proposed]] = loop.create_future()

        def settle(answer: Sequence[Proposed]) -> None:
            if not awaited.done():
                awaited.set_result(answer)

        def give(answer: Sequence[Proposed]) -> None:
            try:
                loop.call_soon_threadsafe(settle, answer)
            except RuntimeError:
                return  # the prompt is over, and its loop closed

        self._awaited = awaited
        self._answers.ask(Question(document.text, document.cursor_position, propose, give))
        try:
            found = await asyncio.wait_for(awaited, BUDGET_S)
        except TimeoutError:
            return
        for completion in _completions(found, document.cursor_position):
            yield completion


def _completions(found: Sequence[Proposed], cursor: int) -> list[Completion]:
    return [
        Completion(each.text, each.start - cursor, " ".join(each.text.split()), each.detail) for each in found
    ]
