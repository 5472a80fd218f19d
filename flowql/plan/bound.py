"""What binding a query yields: the logical plan and what a caller tells the user about it.

Owns the shapes only. `bind` makes them; the engine runs the plan, and the edges count the readings of bare
words.
"""

from dataclasses import dataclass

from flowql.errors import Diagnostic, Span
from flowql.plan.logical import Node, TimeRange
from flowql.plan.predicates import Predicate
from flowql.schema import TopicName


@dataclass(frozen=True, slots=True)
class Reading:
    """One way in which a bare word is understood: `srcport, dstport port 22` and its predicate."""

    label: str
    predicate: Predicate


@dataclass(frozen=True, slots=True)
class WordReading:
    """A bare word or phrase as written, and its readings; it matches a record that some reading matches."""

    text: str
    span: Span
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class BoundQuery:
    """A query whose names, values and topics are resolved against one snapshot.

    `range` is the effective range of `start`; `topics` are those in scope, ascending; `notes` are warnings
    and information, one per code; `words` are the bare words of the filter in the order of the text.
    """

    plan: Node
    range: TimeRange
    topics: tuple[TopicName, ...]
    notes: tuple[Diagnostic, ...]
    words: tuple[WordReading, ...]
