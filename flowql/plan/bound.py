"""What binding a query yields: the logical plan and what a caller tells the user about it.

Owns the shapes only. `bind` makes them; the engine runs the plan, and the edges count the readings of bare
words.
"""

from dataclasses import dataclass

from flowql.errors import Diagnostic, Span
from flowql.plan.logical import Filter, Node, TimeRange, chain
from flowql.plan.predicates import Predicate
from flowql.schema import TopicName
from flowql.zones import UTC, Zone


@dataclass(frozen=True, slots=True)
class Reading:
    """One way in which a bare word is understood: `a number of srcport, dstport` and its predicate."""

    label: str
    predicate: Predicate


@dataclass(frozen=True, slots=True)
class WordReading:
    """A bare word or phrase as written, and its readings; it matches a record that some reading matches."""

    text: str
    span: Span
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class BoundClause:
    """A clause of the filter as written, and what it asks for.

    Of one that holds no other clause, negations around it are left aside, and `negated` says that they make
    it false where it holds.
    """

    text: str
    span: Span
    predicate: Predicate
    negated: bool = False


@dataclass(frozen=True, slots=True)
class ListUse:
    """A list that a query names: the file it was read from, its digest and what it holds, in words."""

    name: str
    path: str
    digest: str
    content: str


@dataclass(frozen=True, slots=True)
class BoundQuery:
    """A query whose names, values and topics are resolved against one snapshot.

    `search` is the plan below the stages: the records that match, though the optimizer may bring filters of
    stages into it. `scope` is the plan of every record of the topics and the time, whatever the filter asks
    for. `range` is the effective range of `start`, and `overlaps` whether records that reach into it match
    too; `reaching` is the plan of those that do and are left out, None where there can be none; `zone` is
    that in which times are shown; `topics` are those in scope, ascending; `notes` are warnings and
    information, one per code; `words` are the bare words of the filter in the order of the text; `lists` are
    those named, in that order; `clauses` are those of the filter that hold no other, `parts` those that AND
    joins at the top.
    """

    plan: Node
    search: Node
    scope: Node
    range: TimeRange
    topics: tuple[TopicName, ...]
    notes: tuple[Diagnostic, ...]
    words: tuple[WordReading, ...]
    zone: Zone = UTC
    overlaps: bool = False
    reaching: Node | None = None
    lists: tuple[ListUse, ...] = ()
    clauses: tuple[BoundClause, ...] = ()
    parts: tuple[BoundClause, ...] = ()

    @property
    def has_where(self) -> bool:
        """Whether some stage filters: what it leaves of the records is not what the search matches."""
        return any(isinstance(node, Filter) for node in chain(self.plan)[len(chain(self.search)) :])
