"""Values of duration fields: `10m`, `1h30m`, `250ms`, and bare numbers, which are seconds.

Owns the reading of a duration as a value; the time range of a query has its own. A duration is exact: `90s`
does not mean the whole second. Knows nothing of fields.
"""

import re

from flowql.plan.bind.alternatives import Alternatives
from flowql.plan.bind.binding import Place
from flowql.plan.bind.bounds import End, compared, range_between
from flowql.plan.predicates import OPEN_HIGH, OPEN_LOW
from flowql.syntax.nodes import Literal, Operator, Range, Regex
from flowql.syntax.refusal import Refusal, replace
from flowql.values import SECOND_NS, parse_duration

_DOMAIN = (OPEN_LOW, OPEN_HIGH)
_SECONDS = re.compile(r"(\d{1,10})(?:\.(\d{1,9}))?", re.ASCII)
_DIGITS_AND_SIGNS = re.compile(r"[0-9.*?-]+", re.ASCII)
_HYPHEN_RANGE = re.compile(r"([0-9][0-9a-z]*)-([0-9][0-9a-z]*)", re.ASCII | re.IGNORECASE)


def match(place: Place, literal: Literal) -> Alternatives:
    """A duration, or a pattern for one as printed, in seconds."""
    if literal.wildcards:
        if not _DIGITS_AND_SIGNS.fullmatch(literal.text):
            message = f'a wildcard on {place.field_name} stands for digits of seconds, found "{literal.text}"'
            raise Refusal("bad-duration", message, literal.span)
        return Alternatives(patterns=(literal,))
    value = _duration(place, literal)
    return Alternatives(ranges=((value, value),))


def regex(place: Place, value: Regex) -> Alternatives:
    """A regular expression over the seconds as printed."""
    del place
    return Alternatives(regexes=(value.text,))


def between(place: Place, range_: Range) -> Alternatives:
    """A range of durations."""
    binding = place.binding
    low = None if range_.low is None else _duration(place, binding.literal(range_.low))
    high = None if range_.high is None else _duration(place, binding.literal(range_.high))
    ends = [None if end is None else End(end, end) for end in (low, high)]
    return Alternatives(ranges=(range_between(place, range_, ends[0], ends[1], _DOMAIN),))


def compare(place: Place, operator: Operator, literal: Literal) -> Alternatives:
    """The durations above or below a value."""
    return Alternatives(ranges=(compared(operator, _duration(place, literal), _DOMAIN),))


def _duration(place: Place, literal: Literal) -> int:
    value = None if literal.wildcards else read_duration(literal.text)
    if value is None:
        ends = _HYPHEN_RANGE.fullmatch(literal.text)
        if ends and None not in map(read_duration, ends.groups()):
            message = f'a range is written with two dots, found "{literal.text}"'
            raise Refusal(
                "hyphen-range", message, literal.span, replace(literal.span, f"{ends[1]}..{ends[2]}")
            )
        message = (
            f'expected a duration such as 90s, 10m or 1h30m for {place.field_name}, found "{literal.text}"'
        )
        raise Refusal("bad-duration", message, literal.span)
    if abs(value) > OPEN_HIGH:
        raise Refusal("out-of-domain", f"no flow lasts as long as {literal.text}", literal.span)
    return value


def read_duration(text: str) -> int | None:
    """Nanoseconds of a duration; a number without a unit is seconds. None for anything else."""
    positive = text.removeprefix("-")
    seconds = _SECONDS.fullmatch(positive)
    value = (
        int(seconds[1]) * SECOND_NS + int((seconds[2] or "").ljust(9, "0"))
        if seconds
        else parse_duration(positive)
    )
    return value if value is None or positive is text else -value
