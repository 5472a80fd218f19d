"""Predicates as they read in one segment: what does not depend on its rows is settled.

Owns what a topic, a segment's place in time and its sequence numbers decide: `OnTopics` is true or false,
`InDaily` becomes the instants of the segment's span, an `_id` names a row of the segment or none. Computed
fields that exist where their parts do are asked for through those. Pruning sees what comes of it.
"""

from collections.abc import Iterable
from typing import Protocol

from flowql.plan.leaves import leaves_of
from flowql.plan.predicates import (
    And,
    Everything,
    Exists,
    InDaily,
    Not,
    Nothing,
    OnTopics,
    Or,
    Predicate,
    TextEquals,
    all_of,
    any_of,
    in_ranges,
    negation,
)
from flowql.plan.prune import Metadata
from flowql.schema import Field, Kind, TopicName, field_named
from flowql.store.store import DEFAULT_LOGSET
from flowql.times import daily_ranges
from flowql.values import lower_ascii
from flowql.zones import find_zone

_ALWAYS = ("raw", "_source", "_id", "topic")
_PARTS = {
    "duration": ("start", "end"),
    "conversation": ("srcaddr", "dstaddr"),
    "src-zone": ("srcaddr",),
    "dst-zone": ("dstaddr",),
}


class Provenance(Protocol):
    """What a segment's metadata tells of its sequence numbers."""

    sequence_min: int
    sequence_max: int


class Numbered(Metadata, Protocol):
    """A segment's metadata with its sequence numbers."""

    @property
    def provenance(self) -> Provenance:
        """The bounds of its sequence numbers."""


def is_local(predicate: Predicate) -> bool:
    """Whether the predicate may read differently in different segments."""
    for leaf in leaves_of(predicate):
        match leaf:
            case OnTopics() | InDaily():
                return True
            case TextEquals(Field(is_virtual=True)) | Exists(Field(is_virtual=True)):
                return True
            case _:
                continue
    return False


def localized(predicate: Predicate, topic: TopicName, segment: Numbered) -> Predicate:
    """The predicate over the rows of one segment of a topic; true for the same of them."""
    match predicate:
        case Not(item):
            return negation(localized(item, topic, segment))
        case And(items):
            return all_of([localized(item, topic, segment) for item in items])
        case Or(items):
            return any_of([localized(item, topic, segment) for item in items])
        case OnTopics(topics):
            return Everything() if topic in topics else Nothing()
        case InDaily():
            return _daily(predicate, segment)
        case TextEquals(Field(name="_id", is_virtual=True) as field, values):
            return _ids(field, values, topic, segment)
        case TextEquals(Field(name="topic", is_virtual=True), values):
            shown = topic.topic if topic.logset == DEFAULT_LOGSET else str(topic)
            return Everything() if lower_ascii(shown) in map(lower_ascii, values) else Nothing()
        case Exists(Field(is_virtual=True) as field) if field.name in _ALWAYS:
            return Everything()
        case Exists(Field(is_virtual=True) as field) if field.name in _PARTS:
            return all_of([Exists(field_named(part)) for part in _PARTS[field.name]])
        case _:
            return predicate


def sequences_of_ids(ids: Iterable[str], topic: TopicName) -> list[int]:
    """The sequence numbers that `LOGSET/TOPIC:SEQUENCE` texts name in a topic; others name none."""
    found = []
    for text in ids:
        name, _, number = lower_ascii(text).rpartition(":")
        is_number = number.isascii() and number.isdigit() and len(number) <= _DIGITS_MAX
        if name == str(topic) and is_number and str(int(number)) == number and int(number) < 1 << 64:
            found.append(int(number))
    return found


_DIGITS_MAX = 20


def _daily(predicate: InDaily, segment: Numbered) -> Predicate:
    summary = segment.summary(predicate.field.name)
    if summary is None:
        return Nothing()
    assert predicate.field.kind is Kind.TIME, predicate
    zone = find_zone(predicate.zone)
    assert zone is not None, predicate
    instants = daily_ranges(predicate.low, predicate.high, zone, int(summary.low), int(summary.high))
    return in_ranges(predicate.field, [(first, after - 1) for first, after in instants])


def _ids(field: Field, ids: tuple[str, ...], topic: TopicName, segment: Numbered) -> Predicate:
    bounds = segment.provenance
    held = [
        number
        for number in sequences_of_ids(ids, topic)
        if bounds.sequence_min <= number <= bounds.sequence_max
    ]
    return TextEquals(field, tuple(f"{topic}:{number}" for number in held)) if held else Nothing()
