"""Candidates: what a completion proposes, one by one, and what has to be asked of whoever holds the data.

Owns the shape of a candidate, whether one begins as the word under the cursor does, and what is known around
that word: the topics in scope and their fields. What is proposed where is `complete`'s.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from flowql.errors import NOWHERE
from flowql.plan.bind.binding import Binding
from flowql.plan.bind.topics import bind_topics, scope_layouts
from flowql.plan.catalog import Catalog
from flowql.plan.given import Given
from flowql.schema import Kind, TopicName
from flowql.syntax import nodes
from flowql.syntax.completion import Place


class CandidateKind(Enum):
    """What sort of thing is proposed; the value is the word that shows it."""

    FIELD = "field"
    OPERATOR = "operator"
    VALUE = "value"  # that some record holds
    NAME = "name"  # of a zone of addresses, a service, a protocol, a flag
    EXAMPLE = "example"  # of a number or a time, to be changed
    KEYWORD = "keyword"
    STAGE = "stage"
    AGGREGATE = "aggregate"
    COLUMN = "column"
    TOPIC = "topic"
    ZONE = "zone"
    LIST = "list"
    PARAMETER = "parameter"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that may be put in place of what stands in the query from `start` to the cursor.

    `detail` says what it means or how many records hold it, in a few words; it may be empty.
    """

    text: str
    kind: CandidateKind
    detail: str
    start: int


class Source(Catalog, Protocol):
    """A catalog that also knows which values are frequent; the greatest count first, then the least value."""

    def frequent_texts(
        self, field: str, topics: Sequence[TopicName], prefix: str, count_max: int
    ) -> Sequence[tuple[str, int]]:
        """At most `count_max` values of a text field that begin so, letter case aside, and their rows."""

    def frequent_numbers(
        self, field: str, kind: Kind, topics: Sequence[TopicName], count_max: int
    ) -> Sequence[tuple[int, int]]:
        """At most `count_max` values of a port or protocol field, and their rows."""


@dataclass(frozen=True, slots=True)
class Around:
    """A place, and what is known around it; `binding` has the topics in scope and their schema."""

    place: Place
    source: Source
    binding: Binding

    @property
    def now(self) -> int:
        """The time that counts as now, in nanoseconds."""
        return self.binding.now

    @property
    def given(self) -> Given:
        """What is given beside the query."""
        return self.binding.given

    def fits(self, text: str) -> bool:
        """Whether `text` begins with the word under the cursor, letter case aside, and is not that word."""
        prefix = self.place.prefix
        return text != prefix and text.lower().startswith(prefix.lower())

    def candidate(self, text: str, kind: CandidateKind, detail: str = "") -> Candidate:
        """A candidate for this place."""
        return Candidate(text, kind, detail, self.place.start)

    def fitting(self, pairs: Iterable[tuple[str, str]], kind: CandidateKind) -> Iterator[Candidate]:
        """The candidates of these texts and details that fit."""
        return (self.candidate(text, kind, detail) for text, detail in pairs if self.fits(text))

    def fitting_names(
        self,
        names: Iterable[str],
        kind: CandidateKind,
        detail_of: Callable[[str], str],
        written: Callable[[str], str] = str,
    ) -> Iterator[Candidate]:
        """The candidates of these names that fit, each with a detail that is worked out when it is wanted."""
        return (self.candidate(written(name), kind, detail_of(name)) for name in names if self.fits(name))


def around(place: Place, source: Source, given: Given, now: int) -> Around:
    """The topics that the query's `from` names so far, or all of the default logset, and their fields."""
    for patterns in (place.topics, ()):
        scopes = (nodes.From(patterns, NOWHERE),) if patterns else ()
        query = nodes.Query("", nodes.Verb.SEARCH, scopes, nodes.Everything(NOWHERE), ())
        binding = Binding(query, source, now, given, given.zone)
        topics = bind_topics(binding, source)
        if topics:
            break
    binding.layouts = scope_layouts(source, topics)
    schemas = [layout.schema for layout in binding.layouts]
    binding.schema = schemas[0].union(schemas[1:])
    return Around(place, source, binding)


def counted(count: int) -> str:
    """A number of records in words."""
    return "1 record" if count == 1 else f"{count:,} records"
