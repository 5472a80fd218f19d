"""Pruning: what a segment's metadata proves about a predicate, without reading a row.

Owns one question, with one-sided answers: NEVER and ALWAYS are proofs, MAYBE is ignorance and always allowed.
A stored field that the metadata does not describe is missing in every row; of a computed one nothing is known
but what its parts tell.

    predicate                 NEVER                                ALWAYS
    Exists                    no row has the field                 every row has it
    InRanges                  no range meets [low, high]           all have it, one range holds [low, high]
    InValues                  no value lies in [low, high]         -
    TextEquals                no value lies in [low, high]         -
    HasBits                   the mask is above high               -
    HasTokens, Like, ...      no row has the field                 -
    Compares                  no two values in the bounds of the   all rows have both, and any two values in
                              two fields stand in the relation     their bounds stand in the relation
    InIntervals               no row has some part                 -
    Not p                     p is ALWAYS                          p is NEVER
    And                       some item NEVER                      all items ALWAYS
    Or                        all items NEVER                      some item ALWAYS

The bounds of a duration are those of its parts: [end.low - start.high, end.high - start.low].
"""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeAlias

import pyarrow as pa

from flowql.plan.predicates import (
    And,
    Compares,
    Everything,
    Exists,
    FieldLeaf,
    HasBits,
    InRanges,
    InValues,
    Not,
    Nothing,
    OnComputed,
    OnTopics,
    Or,
    Predicate,
    Relation,
    TextEquals,
)
from flowql.schema import Field, virtual_parts
from flowql.values import lower_ascii


class Verdict(Enum):
    """What is proven of all rows at once."""

    NEVER = "never"
    MAYBE = "maybe"
    ALWAYS = "always"


class Summary(Protocol):
    """Bounds of the present values of a field: ints, or lowered text."""

    @property
    def present_count(self) -> int:
        """The number of rows that have the field."""

    @property
    def low(self) -> int | str:
        """At most the least value."""

    @property
    def high(self) -> int | str:
        """At least the greatest value."""


class Metadata(Protocol):
    """What a plan may know of a segment."""

    @property
    def row_count(self) -> int:
        """The number of rows."""

    def summary(self, name: str) -> Summary | None:
        """Of a field; None when no row has it."""


Prover: TypeAlias = Callable[[Metadata], Verdict]
"""What a segment's metadata proves of one predicate over all of the segment's rows."""


def prove(predicate: Predicate, metadata: Metadata) -> Verdict:
    """What the metadata proves of the predicate over all of the segment's rows."""
    return prover(predicate)(metadata)


def prover(predicate: Predicate) -> Prover:
    """The proof of a predicate, made once to be tried on every segment."""
    match predicate:
        case Everything():
            return lambda _: Verdict.ALWAYS
        case Nothing():
            return lambda _: Verdict.NEVER
        case OnTopics() | OnComputed():
            return lambda _: Verdict.MAYBE
        case Not(item):
            inner = prover(item)
            return lambda metadata: _negated(inner(metadata))
        case And(items):
            parts = tuple(map(prover, items))
            return lambda metadata: _all([part(metadata) for part in parts])
        case Or(items):
            parts = tuple(map(prover, items))
            return lambda metadata: _any([part(metadata) for part in parts])
        case Compares(field, relation, other):
            return lambda metadata: _prove_comparison(
                relation, _bounds(field, metadata), _bounds(other, metadata), metadata.row_count
            )
        case _:
            return _leaf_prover(predicate)


def _leaf_prover(leaf: FieldLeaf) -> Prover:
    name = leaf.field.name
    if leaf.field.is_virtual:
        return lambda metadata: _prove_leaf(leaf, _bounds(leaf.field, metadata), metadata.row_count)

    def prove_stored(metadata: Metadata) -> Verdict:
        summary = metadata.summary(name)
        return Verdict.NEVER if summary is None else _prove_bounded(leaf, summary, metadata.row_count)

    return prove_stored


@dataclass(frozen=True, slots=True)
class _Bounds:
    """A summary that was derived."""

    present_count: int
    low: int | str
    high: int | str


class _Unknown(Enum):
    """No summary, and that proves nothing."""

    UNKNOWN = "unknown"


def _bounds(field: Field, metadata: Metadata) -> Summary | _Unknown | None:
    """What is known of a field's values; None when no row has it."""
    if not field.is_virtual:
        return metadata.summary(field.name)
    parts = [metadata.summary(name) for name in virtual_parts(field.name)]
    known = [part for part in parts if part is not None]
    match known:
        case [start, end] if field.name == "duration":
            low, high = int(end.low) - int(start.high), int(end.high) - int(start.low)
            # Every row has it if every row has both; else how many do is not known, but not all of them.
            return _Bounds(min(start.present_count, end.present_count), low, high)
        case _ if field.name == "service" and known:  # one port is enough
            return _Unknown.UNKNOWN
        case _:
            return _Unknown.UNKNOWN if len(known) == len(parts) else None


def _prove_leaf(leaf: FieldLeaf, summary: Summary | _Unknown | None, row_count: int) -> Verdict:
    match summary:
        case None:
            return Verdict.NEVER
        case _Unknown():
            return Verdict.MAYBE
        case _:
            return _prove_bounded(leaf, summary, row_count)


def _prove_bounded(leaf: FieldLeaf, summary: Summary, row_count: int) -> Verdict:
    match leaf:
        case InRanges(_, ranges):
            return _prove_ranges(ranges, summary, row_count)
        case Exists():
            return Verdict.ALWAYS if summary.present_count == row_count else Verdict.MAYBE
        case InValues(_, values):
            return Verdict.MAYBE if _holds_one(values, summary) else Verdict.NEVER
        case TextEquals(_, texts):
            inside = any(str(summary.low) <= lower_ascii(text) <= str(summary.high) for text in texts)
            return Verdict.MAYBE if inside else Verdict.NEVER
        case HasBits(_, mask):
            return Verdict.NEVER if mask > int(summary.high) else Verdict.MAYBE
        case _:
            return Verdict.MAYBE


def _prove_ranges(ranges: tuple[tuple[int, int], ...], summary: Summary, row_count: int) -> Verdict:
    least, greatest = summary.low, summary.high
    assert isinstance(least, int), "what has ranges has numbers"
    assert isinstance(greatest, int), "what has ranges has numbers"
    # Ranges ascend and are disjoint: the first one that reaches up to the least value decides.
    place = 0 if ranges[0][1] >= least else bisect_left(ranges, least, key=_end)
    if place == len(ranges) or ranges[place][0] > greatest:
        return Verdict.NEVER
    covered = ranges[place][0] <= least and ranges[place][1] >= greatest
    return Verdict.ALWAYS if covered and summary.present_count == row_count else Verdict.MAYBE


def _end(bounds: tuple[int, int]) -> int:
    return bounds[1]


def _holds_one(values: pa.Array, summary: Summary) -> bool:
    """Whether one of the ascending values lies in the bounds."""
    low, high = summary.low, summary.high
    place = bisect_left(range(len(values)), low, key=lambda place: _comparable(values[place].as_py()))
    return place < len(values) and _at_least(high, _comparable(values[place].as_py()))


def _comparable(value: bytes | int | str) -> int | str:
    return int.from_bytes(value, "big") if isinstance(value, bytes) else value


def _prove_comparison(
    relation: Relation, a: Summary | _Unknown | None, b: Summary | _Unknown | None, row_count: int
) -> Verdict:
    if a is None or b is None:
        return Verdict.NEVER
    if isinstance(a, _Unknown) or isinstance(b, _Unknown):
        return Verdict.MAYBE
    verdict = _prove_relation(relation, a, b)
    complete = a.present_count == b.present_count == row_count
    return Verdict.MAYBE if verdict is Verdict.ALWAYS and not complete else verdict


def _prove_relation(relation: Relation, a: Summary, b: Summary) -> Verdict:
    """What the bounds prove of any two values in them."""
    match relation:
        case Relation.LESS:
            return _proven(never=_at_least(a.low, b.high), always=not _at_least(a.high, b.low))
        case Relation.LESS_EQUAL:
            return _proven(never=not _at_least(b.high, a.low), always=_at_least(b.low, a.high))
        case Relation.GREATER:
            return _prove_relation(Relation.LESS, b, a)
        case Relation.GREATER_EQUAL:
            return _prove_relation(Relation.LESS_EQUAL, b, a)
        case Relation.EQUAL:
            is_disjoint = not _at_least(a.high, b.low) or not _at_least(b.high, a.low)
            return _proven(never=is_disjoint, always=a.low == a.high == b.low == b.high)
        case Relation.NOT_EQUAL:
            return _negated(_prove_relation(Relation.EQUAL, a, b))


def _proven(*, never: bool, always: bool) -> Verdict:
    return Verdict.NEVER if never else Verdict.ALWAYS if always else Verdict.MAYBE


def _at_least(a: int | str, b: int | str) -> bool:
    if isinstance(a, str) or isinstance(b, str):
        return str(a) >= str(b)
    return a >= b


def _negated(verdict: Verdict) -> Verdict:
    match verdict:
        case Verdict.NEVER:
            return Verdict.ALWAYS
        case Verdict.ALWAYS:
            return Verdict.NEVER
        case Verdict.MAYBE:
            return Verdict.MAYBE


def _all(verdicts: list[Verdict]) -> Verdict:
    if Verdict.NEVER in verdicts:
        return Verdict.NEVER
    return Verdict.MAYBE if Verdict.MAYBE in verdicts else Verdict.ALWAYS


def _any(verdicts: list[Verdict]) -> Verdict:
    if Verdict.ALWAYS in verdicts:
        return Verdict.ALWAYS
    return Verdict.MAYBE if Verdict.MAYBE in verdicts else Verdict.NEVER
