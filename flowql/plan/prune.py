"""Pruning: what a segment's metadata proves about a predicate, without reading a row.

Owns one question, with one-sided answers: NEVER and ALWAYS are proofs, MAYBE is ignorance and always allowed.
A field that the metadata does not describe is missing in every row.

    predicate                 NEVER                                ALWAYS
    Exists                    no row has the field                 every row has it
    InRanges                  no range meets [low, high]           all have it, one range holds [low, high]
    TextEquals                no value lies in [low, high]         -
    HasTokens, Like, ...      no row has the field                 -
    Not p                     p is ALWAYS                          p is NEVER
    And                       some item NEVER                      all items ALWAYS
    Or                        all items NEVER                      some item ALWAYS
"""

from enum import Enum
from typing import Protocol

from flowql.plan.predicates import (
    And,
    Everything,
    Exists,
    HasTokens,
    InRanges,
    Like,
    Not,
    Nothing,
    Or,
    Predicate,
    TextEquals,
    TokenLike,
)
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


def prove(predicate: Predicate, metadata: Metadata) -> Verdict:
    """What the metadata proves of the predicate over all of the segment's rows."""
    match predicate:
        case Everything():
            return Verdict.ALWAYS
        case Nothing():
            return Verdict.NEVER
        case Not(item):
            return _negated(prove(item, metadata))
        case And(items):
            return _negated(_any([_negated(prove(item, metadata)) for item in items]))
        case Or(items):
            return _any([prove(item, metadata) for item in items])
        case (
            Exists(field)
            | InRanges(field)
            | TextEquals(field)
            | HasTokens(field)
            | Like(field)
            | TokenLike(field)
        ):
            summary = metadata.summary(field.name)
            return Verdict.NEVER if summary is None else _prove_leaf(predicate, summary, metadata.row_count)
        case _:
            raise AssertionError(predicate)


def _prove_leaf(predicate: Predicate, summary: Summary, row_count: int) -> Verdict:
    complete = summary.present_count == row_count
    match predicate:
        case Exists():
            return Verdict.ALWAYS if complete else Verdict.MAYBE
        case InRanges(_, ranges):
            least, greatest = int(summary.low), int(summary.high)
            meeting = [each for each in ranges if each[0] <= greatest and each[1] >= least]
            if not meeting:
                return Verdict.NEVER
            covered = meeting[0][0] <= least and meeting[0][1] >= greatest
            return Verdict.ALWAYS if complete and covered else Verdict.MAYBE
        case TextEquals(_, values):
            inside = any(str(summary.low) <= lower_ascii(value) <= str(summary.high) for value in values)
            return Verdict.MAYBE if inside else Verdict.NEVER
        case _:
            return Verdict.MAYBE


def _negated(verdict: Verdict) -> Verdict:
    match verdict:
        case Verdict.NEVER:
            return Verdict.ALWAYS
        case Verdict.ALWAYS:
            return Verdict.NEVER
        case Verdict.MAYBE:
            return Verdict.MAYBE


def _any(verdicts: list[Verdict]) -> Verdict:
    if Verdict.ALWAYS in verdicts:
        return Verdict.ALWAYS
    return Verdict.MAYBE if Verdict.MAYBE in verdicts else Verdict.NEVER
