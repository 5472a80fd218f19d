"""What the shell needs of an engine, and of what it answers.

Owns these shapes; `flowql.open` gives what has them.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from flowql.lists import Lists
from flowql.render.answer import Answer
from flowql.shell.over_time import Timed


class Topic(Protocol):
    """What the shell tells of a topic."""

    @property
    def name(self) -> str:
        """Its full name."""

    @property
    def rows(self) -> int:
        """Its number of records."""

    @property
    def start_bounds(self) -> tuple[int, int] | None:
        """The least and greatest start in nanoseconds; None when no record has one."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of its fields."""


class Found(Answer, Timed, Protocol):
    """An answer as an engine gives it; its `whole()` has no limit on the rows, and is not cancelled."""

    def cancel(self) -> None:
        """Stop the work, from another thread."""


class QueryEngine(Protocol):
    """What a session needs of an engine; queries take the options of `flowql.engine.Engine`."""

    path: Path
    lists: Lists

    @property
    def search(self) -> Callable[..., Found]:
        """Gives the answer to a query."""

    @property
    def explain(self) -> Callable[..., str]:
        """Tells how a query is understood and run."""

    @property
    def sql(self) -> Callable[..., str]:
        """Says a query in SQL."""

    def topics(self) -> Sequence[Topic]:
        """What the store holds."""
