"""The menu under a text that is being typed: asked for on a thread, dropped when late, never in the way."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event

import pytest
from patience import WITHIN_S, until
from prompt_toolkit.completion import CompleteEvent, Completion
from prompt_toolkit.document import Document

from flowql.shell import completer as module
from flowql.shell.completer import LatestAnswer, MenuCompleter, Propose, Proposed, Question
from flowql.shell.proposed_arguments import Proposal


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer is late only where a test says so."""
    monkeypatch.setattr(module, "BUDGET_S", WITHIN_S)


@dataclass
class Slow:
    """Proposes what was typed in capitals, once it is let go."""

    go: Event = field(default_factory=Event)
    began: Event = field(default_factory=Event)
    asked: list[str] = field(default_factory=list)

    def propose(self, text: str, cursor: int) -> Sequence[Proposed]:
        """An answer, late."""
        self.asked.append(text)
        self.began.set()
        assert self.go.wait(WITHIN_S)
        return [Proposal(text[:cursor].upper(), 0, "in capitals")]


def menu(
    completer: MenuCompleter, text: str, beside: Callable[[], object] = lambda: None
) -> list[Completion]:
    """What the menu gets; `beside` is called while it waits."""

    async def gather() -> list[Completion]:
        generator = completer.get_completions_async(Document(text), CompleteEvent())
        asyncio.get_running_loop().call_later(0.02, beside)
        return [each async for each in generator]

    return asyncio.run(gather())


def at_once(_: str, cursor: int) -> Sequence[Proposed]:
    return [Proposal("action", cursor - 3, "text"), Proposal("a\nb", 0)]


def test_a_proposal_replaces_what_it_begins_with() -> None:
    first, second = menu(MenuCompleter(lambda: at_once), "22 act")
    assert (first.text, first.start_position, first.display_meta_text) == ("action", -3, "text")
    assert second.display_text == "a b"


def test_nothing_is_proposed_before_anything_is_known() -> None:
    assert menu(MenuCompleter(lambda: None), "a") == []


def test_an_answer_about_a_text_that_has_changed_is_dropped_at_once() -> None:
    slow = Slow()
    completer = MenuCompleter(lambda: slow.propose)
    began = time.monotonic()
    assert menu(completer, "a", completer.drop) == []
    assert time.monotonic() - began < module.BUDGET_S
    slow.go.set()


def test_an_answer_behind_its_time_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUDGET_S", 0.05)
    slow = Slow()
    assert menu(MenuCompleter(lambda: slow.propose), "a") == []
    slow.go.set()


def test_the_event_loop_goes_on_while_an_answer_is_worked_out() -> None:
    slow = Slow()
    completer = MenuCompleter(lambda: slow.propose)
    assert [each.text for each in menu(completer, "ab", slow.go.set)] == ["AB"]


def asked(answers: LatestAnswer, propose: Propose, text: str, given: list[str]) -> None:
    """Ask about a text; the answers come into `given`."""
    answers.ask(Question(text, len(text), propose, lambda found: given.extend(each.text for each in found)))


def test_only_the_newest_of_the_waiting_questions_is_answered() -> None:
    slow, answers, given = Slow(), LatestAnswer(), list[str]()
    for text in ["a", "ab", "abc"]:
        asked(answers, slow.propose, text, given)
        assert slow.began.wait(WITHIN_S)
    slow.go.set()
    until(lambda: "ABC" in given)
    assert slow.asked == ["a", "abc"]


def test_a_question_that_takes_too_long_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUDGET_S", 0.01)
    slow, answers, given = Slow(), LatestAnswer(), list[str]()
    asked(answers, slow.propose, "a", given)
    assert slow.began.wait(WITHIN_S)
    time.sleep(0.02)
    asked(answers, at_once, "x", given)
    until(lambda: "action" in given)
    slow.go.set()
    until(lambda: "A" in given)


def test_questions_that_never_end_do_not_gather_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUDGET_S", 0.0)
    slow, answers = Slow(), LatestAnswer()
    for number in range(20):
        asked(answers, slow.propose, str(number), [])
        time.sleep(0.001)
    assert len(slow.asked) <= module.THREAD_COUNT_MAX
    slow.go.set()


def test_a_fault_of_who_proposes_is_logged_and_the_next_question_answered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answers, given = LatestAnswer(), list[str]()
    asked(answers, lambda text, _: [][len(text)], "a", given)
    until(lambda: not answers.is_busy)
    assert "completion of 'a' failed" in caplog.text
    asked(answers, at_once, "b", given)
    until(lambda: bool(given))
