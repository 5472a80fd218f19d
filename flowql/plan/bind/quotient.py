"""Values of quotients (bps, pps, bpp) and other real numbers: whole or decimal, with units, compared exactly.

Owns the reading of a value as a fraction and the intervals that operators make of it. Knows nothing of which
fields are divided.
"""

import re
from fractions import Fraction

from flowql.plan.bind.alternatives import Alternatives
from flowql.plan.bind.binding import Place
from flowql.plan.bind.nouns import noun_of
from flowql.plan.predicates import Interval
from flowql.syntax.nodes import Literal, Operator, Range, Regex
from flowql.syntax.refusal import Edit, Refusal, replace

_NUMBER = re.compile(
    r"(?P<sign>-?)(?P<digits>\d{1,18}(?:_\d{1,18})*)(?:\.(?P<fraction>\d{1,18}))?(?P<unit>[kmgt]i?)?b?",
    re.ASCII | re.IGNORECASE,
)
_UNITS = {"k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}


def match(place: Place, literal: Literal) -> Alternatives:
    """Exactly this number; no printed form of it is there for a pattern to match."""
    value = _number(place, literal)
    return Alternatives(intervals=(Interval(value, value),))


def regex(place: Place, value: Regex) -> Alternatives:
    """Refused: the digits of a real number are those of the format it is printed in."""
    message = f"{place.field_name} is {_noun(place)}, which has no digits for an expression to match"
    raise Refusal("bad-operator", message, value.span)


def between(place: Place, range_: Range) -> Alternatives:
    """A range of numbers."""
    binding = place.binding
    low = None if range_.low is None else _number(place, binding.literal(range_.low))
    high = None if range_.high is None else _number(place, binding.literal(range_.high))
    if low is not None and high is not None:
        assert range_.low is not None
        assert range_.high is not None
        texts = [binding.source(end.span) for end in (range_.low, range_.high)]
        if low > high:
            fix = (Edit(range_.low.span, texts[1]), Edit(range_.high.span, texts[0]))
            message = f"the range is reversed: {texts[0]} comes after {texts[1]}"
            raise Refusal("reversed-range", message, range_.span, fix)
        if low == high and (range_.low_excluded or range_.high_excluded):
            raise Refusal("empty-range", "the range holds no value", range_.span)
    return Alternatives(intervals=(Interval(low, high, range_.low_excluded, range_.high_excluded),))


def compare(place: Place, operator: Operator, literal: Literal) -> Alternatives:
    """The numbers above or below a value."""
    value = _number(place, literal)
    match operator:
        case Operator.GREATER:
            interval = Interval(value, None, low_excluded=True)
        case Operator.GREATER_EQUAL:
            interval = Interval(value, None)
        case Operator.LESS:
            interval = Interval(None, value, high_excluded=True)
        case Operator.LESS_EQUAL:
            interval = Interval(None, value)
        case _:
            raise AssertionError(f"{operator} does not compare")
    return Alternatives(intervals=(interval,))


def _noun(place: Place) -> str:
    return noun_of(place.kind, is_virtual=place.is_virtual)


def _number(place: Place, literal: Literal) -> Fraction:
    if literal.wildcards:
        message = f"{place.field_name} is {_noun(place)}, which has no digits for a wildcard to stand for"
        raise Refusal("bad-operator", message, literal.span)
    number = _NUMBER.fullmatch(literal.text)
    if number:
        digits, fraction = number["digits"].replace("_", ""), number["fraction"] or ""
        scale = _UNITS[number["unit"].lower()] if number["unit"] else 1
        return Fraction(int(number["sign"] + digits + fraction) * scale, 10 ** len(fraction))
    low, hyphen, high = literal.text.partition("-")
    if hyphen and _NUMBER.fullmatch(low) and _NUMBER.fullmatch(high):
        message = f'a range is written with two dots, found "{literal.text}"'
        raise Refusal("hyphen-range", message, literal.span, replace(literal.span, f"{low}..{high}"))
    message = f'expected a number such as 1500, 2.5 or 10M for {place.field_name}, found "{literal.text}"'
    raise Refusal("bad-number", message, literal.span)
