"""Completion while one types: what an engine proposes, as the line editor shows it.

Owns what part of a typed line is a query. Does not know what is proposed, nor when the menu opens; it runs in
a thread of the editor's, so that typing never waits for it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from flowql.errors import FlowqlError

if TYPE_CHECKING:
    from flowql.plan.candidates import Candidate

_QUERY_COMMAND = "\\explain "
"""The command that a query follows."""


class CompletingEngine(Protocol):
    """What completion needs of an engine."""

    def complete(self, text: str, cursor: int | None = None) -> "tuple[Candidate, ...]":
        """What may stand at the cursor."""


class QueryCompleter(Completer):
    """The menu under a query that is being typed."""

    def __init__(self, engine: CompletingEngine) -> None:
        self._engine = engine

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """The candidates at the cursor, each with what it means; none when the store cannot tell."""
        del complete_event
        query_start = len(_QUERY_COMMAND) if document.text.startswith(_QUERY_COMMAND) else 0
        if document.text.startswith("\\") and not query_start:
            return
        cursor = document.cursor_position - query_start
        try:
            candidates = self._engine.complete(document.text[query_start:], cursor)
        except (FlowqlError, OSError):
            return  # a search will say what is wrong with the store
        for each in candidates:
            yield Completion(each.text, each.start - cursor, display_meta=each.detail)
