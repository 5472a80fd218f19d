"""What is asked of an engine: a query's whole text, and what it is given beside it.

Owns how topics that were chosen for the session come into a query, and what is told from a query's text
alone. Does not know how a query is run.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from flowql.errors import QueryError, printable
from flowql.syntax.canonical import canonical
from flowql.syntax.nodes import (
    CountStage,
    FacetsStage,
    From,
    SelectStage,
    Stage,
    StatsStage,
    TimechartStage,
    TopStage,
    Verb,
)
from flowql.syntax.parser import parse
from flowql.syntax.writing import written_topic

GROUPING = (CountStage, StatsStage, TopStage, TimechartStage, FacetsStage, SelectStage)
"""Stages behind which rows are no records any more."""
NO_PARAMETERS: Mapping[str, Any] = MappingProxyType({})

_VERB = re.compile(r"(?:\s|#[^\n]*(?:\n|\Z))*(?:explain|profile)(?=\s|\Z)", re.IGNORECASE)
"""A query's verb with the comments before it."""
_OF_DATA = re.compile(r"\blast \S+ of data\b", re.IGNORECASE)
_RELATIVE = re.compile(
    r"(?<![\w:-])(?:last|now|today|yesterday|@(?:mon|[smhdw])|-\d+(?:ms|[smhdw]))(?!\w)"
    r"|[:<>= ]-\d+(?:ms|[smhdw])",
    re.IGNORECASE,
)
"""What in a query may depend on the clock; it may be found where it does not."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as it was asked: whole, in canonical form, and what would give the same answer again.

    `typed` is the text that the user wrote, `ran` the same over the topics of the session: what the places of
    notes are about. `now` is the instant of asking, in nanoseconds, `is_pinned` whether the user chose it.
    """

    query: str
    typed: str
    ran: str
    now: int
    is_pinned: bool
    tz: str | None = None
    strict: bool = False
    params: Mapping[str, Any] = field(default_factory=lambda: NO_PARAMETERS)

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of an engine's methods that these are."""
        return {"now": self.now, "tz": self.tz, "strict": self.strict, "params": self.params}

    @property
    def params_text(self) -> str:
        """What the parameters are: `net=10.0.0.0/8, port=22, port=23`."""
        pairs = [
            f"{name}={each}"
            for name, value in self.params.items()
            for each in (value if isinstance(value, list) else [value])
        ]
        return printable(", ".join(pairs))

    @property
    def depends_on_clock(self) -> bool:
        """Whether the answer may be another at another time; may say yes wrongly, never no."""
        return _RELATIVE.search(_OF_DATA.sub("", self.query)) is not None

    @property
    def makes_groups(self) -> bool:
        """Whether its rows are something else than records."""
        return "|" in self.query and any(map(is_grouping, parse(self.query).stages))


def is_grouping(stage: Stage) -> bool:
    """Whether rows behind the stage are no records any more."""
    return isinstance(stage, GROUPING)


def within_topics(text: str, topics: tuple[str, ...]) -> str:
    """The query over these topics, if it names none itself.

    before: action:REJECT | count
    after:  from vpc-a, -vpc-a-test action:REJECT | count
    """
    if not topics or _names_topics(text):
        return text
    verb = _VERB.match(text)
    place = verb.end() if verb else 0
    return f"{text[:place]}{' ' * bool(place)}{from_text(topics)} {text[place:].lstrip()}"


def from_text(topics: tuple[str, ...]) -> str:
    """`from` and the topics; those with `-` before them are left out."""
    return "from " + ", ".join(
        f"-{written_topic(name[1:])}" if name.startswith("-") else written_topic(name) for name in topics
    )


def without_verb(query: str) -> str:
    """A canonical query as a search."""
    return query.removeprefix("explain ").removeprefix("profile ")


def search_part(query: str) -> str:
    """A query without its stages and its verb."""
    return canonical(replace(parse(query), verb=Verb.SEARCH, stages=()))


def _names_topics(text: str) -> bool:
    try:
        return any(isinstance(scope, From) for scope in parse(text).scopes)
    except QueryError:
        return True  # nothing is put into what cannot be read: the error is about the text as it was typed
