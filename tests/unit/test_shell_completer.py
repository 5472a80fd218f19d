"""The menu of the shell: what an engine proposes, put where it belongs, and never in the way."""

from dataclasses import dataclass, field

import pytest
from prompt_toolkit.completion import CompleteEvent, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory

from flowql.errors import StoreError
from flowql.plan.candidates import Candidate, CandidateKind
from flowql.shell.completer import QueryCompleter
from flowql.shell.prompt import make_prompt


@dataclass
class FakeEngine:
    """Proposes `action` in place of the last three characters, or fails."""

    error: Exception | None = None
    asked: list[tuple[str, int | None]] = field(default_factory=list)

    def complete(self, text: str, cursor: int | None = None) -> tuple[Candidate, ...]:
        """A candidate, or an error."""
        self.asked.append((text, cursor))
        if self.error:
            raise self.error
        assert cursor is not None
        return (Candidate("action", CandidateKind.FIELD, "text", cursor - 3),)


def proposed(engine: FakeEngine, text: str, cursor: int | None = None) -> list[Completion]:
    """What the menu would show."""
    return list(QueryCompleter(engine).get_completions(Document(text, cursor), CompleteEvent()))


def test_a_candidate_replaces_what_it_begins_with() -> None:
    engine = FakeEngine()
    (completion,) = proposed(engine, "22 act last 1h", 6)
    assert engine.asked == [("22 act last 1h", 6)]
    assert (completion.text, completion.start_position) == ("action", -3)
    assert completion.display_meta_text == "text"


def test_a_query_behind_a_command_is_completed_and_a_command_is_not() -> None:
    engine = FakeEngine()
    (completion,) = proposed(engine, "\\explain act")
    assert engine.asked == [("act", 3)]
    assert completion.start_position == -3
    assert proposed(engine, "\\expl") == []
    assert proposed(engine, "\\limit 10") == []
    assert len(engine.asked) == 1


@pytest.mark.parametrize("error", [StoreError("gone"), OSError("gone")])
def test_a_store_that_fails_proposes_nothing(error: Exception) -> None:
    assert proposed(FakeEngine(error), "act") == []


def test_the_menu_opens_while_one_types_and_the_history_is_searched_all_the_same() -> None:
    prompt = make_prompt(InMemoryHistory(), QueryCompleter(FakeEngine()))
    assert prompt.default_buffer.complete_while_typing()
    assert prompt.default_buffer.enable_history_search()
    assert prompt.complete_in_thread
