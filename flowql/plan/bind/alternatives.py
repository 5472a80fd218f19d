"""Values of which one has to hold, before they are tied to a field.

Owns the union of values and its predicate on one field or on either of two sides. A set of thousands of
numbers or addresses stays one list of ranges and becomes one `InRanges`. Knows nothing of how a value's text
is read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from flowql.plan import predicates
from flowql.plan.predicates import (
    Exists,
    HasBits,
    HasTokens,
    InIntervals,
    Interval,
    Like,
    Matches,
    Predicate,
    TextEquals,
)
from flowql.schema import Field
from flowql.syntax.nodes import Literal


@dataclass(frozen=True, slots=True)
class Alternatives:
    """A union of typed values.

    `ranges` are integers, both ends included, in any order, `intervals` are of quotients, `masks` bits that
    are set; `wholes` are whole texts; `phrases` are texts or consecutive tokens of one; `patterns` and
    `regexes` are for the value as printed; `present` and `missing` say that any value, or none at all, is one
    of the alternatives.
    """

    ranges: tuple[tuple[int, int], ...] = ()
    intervals: tuple[Interval, ...] = ()
    masks: tuple[int, ...] = ()
    wholes: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    patterns: tuple[Literal, ...] = ()
    regexes: tuple[str, ...] = ()
    present: bool = False
    missing: bool = False


NO_VALUE = Alternatives()
PRESENT = Alternatives(present=True)
MISSING = Alternatives(missing=True)


def one_of(items: Iterable[Alternatives]) -> Alternatives:
    """The union of `items`."""
    parts = list(items)
    if len(parts) == 1:
        return parts[0]
    return Alternatives(
        ranges=tuple(chain.from_iterable(part.ranges for part in parts)),
        intervals=tuple(chain.from_iterable(part.intervals for part in parts)),
        masks=tuple(chain.from_iterable(part.masks for part in parts)),
        wholes=tuple(chain.from_iterable(part.wholes for part in parts)),
        phrases=tuple(chain.from_iterable(part.phrases for part in parts)),
        patterns=tuple(chain.from_iterable(part.patterns for part in parts)),
        regexes=tuple(chain.from_iterable(part.regexes for part in parts)),
        present=any(part.present for part in parts),
        missing=any(part.missing for part in parts),
    )


def on_field(alternatives: Alternatives, field: Field) -> Predicate:
    """The field has one of the values, or is missing where that is one of them."""
    valued = _valued(alternatives, field)
    if not alternatives.missing:
        return valued
    return predicates.any_of([valued, predicates.negation(Exists(field))])


def not_on_field(alternatives: Alternatives, field: Field) -> Predicate:
    """The field is present and has none of the values: what `!=` and `not in` mean."""
    return predicates.all_of([Exists(field), predicates.negation(_valued(alternatives, field))])


def on_some_side(alternatives: Alternatives, sides: tuple[Field, ...]) -> Predicate:
    """Some side has one of the values; where missing is one of them, or neither side is present."""
    items = [_valued(alternatives, side) for side in sides]
    if alternatives.missing:
        items.append(predicates.all_of([predicates.negation(Exists(side)) for side in sides]))
    return predicates.any_of(items)


def on_no_side(alternatives: Alternatives, sides: tuple[Field, ...]) -> Predicate:
    """Both sides are present and neither has one of the values."""
    return predicates.all_of([not_on_field(alternatives, side) for side in sides])


def _valued(alternatives: Alternatives, field: Field) -> Predicate:
    if alternatives.present:
        return Exists(field)
    items: list[Predicate] = []
    if alternatives.ranges:
        items.append(predicates.in_ranges(field, list(alternatives.ranges)))
    if alternatives.wholes:
        items.append(TextEquals(field, tuple(dict.fromkeys(alternatives.wholes))))
    if alternatives.intervals:
        items.append(InIntervals(field, tuple(dict.fromkeys(alternatives.intervals))))
    items += [HasBits(field, mask) for mask in alternatives.masks]
    items += [HasTokens(field, text) for text in alternatives.phrases]
    items += [Like(field, pattern.text, pattern.wildcards) for pattern in alternatives.patterns]
    items += [Matches(field, regex) for regex in alternatives.regexes]
    return items[0] if len(items) == 1 else predicates.any_of(items)
