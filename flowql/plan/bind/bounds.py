"""Ranges and comparisons over ordered values: the same arithmetic for numbers, addresses and times.

Owns how two ends, included or not, or an operator and a value, become one range of integers. A value may
stand for several integers (a day is a range of nanoseconds). Knows nothing of how an end's text is read.
"""

from dataclasses import dataclass

from flowql.plan.bind.binding import Place
from flowql.syntax.nodes import End as NodeEnd
from flowql.syntax.nodes import Operator, Range
from flowql.syntax.refusal import Edit, Refusal


@dataclass(frozen=True, slots=True)
class End:
    """One end of a range: the first and last integer that its text stands for."""

    first: int
    last: int


def range_between(
    place: Place, range_: Range, low: End | None, high: End | None, domain: tuple[int, int]
) -> tuple[int, int]:
    """The integers of `range_`, both ends included; an open end reaches to the end of `domain`."""
    if low is not None and high is not None and low.first > high.first:
        raise _reversed(place, range_)
    first, last = domain
    if low is not None:
        first = low.first + 1 if range_.low_excluded else low.first
    if high is not None:
        last = high.first - 1 if range_.high_excluded else high.last
    if first > last:
        raise Refusal("empty-range", "the range holds no value", range_.span)
    return first, last


def compared(operator: Operator, value: int, domain: tuple[int, int]) -> tuple[int, int]:
    """The integers of `domain` that stand in a relation to `value`; low is above high when there are none."""
    first, last = domain
    match operator:
        case Operator.GREATER:
            return max(first, value + 1), last
        case Operator.GREATER_EQUAL:
            return max(first, value), last
        case Operator.LESS:
            return first, min(last, value - 1)
        case Operator.LESS_EQUAL:
            return first, min(last, value)
        case _:
            raise AssertionError(f"{operator} does not compare")


def _reversed(place: Place, range_: Range) -> Refusal:
    binding = place.binding
    low, high = _literal(range_.low), _literal(range_.high)
    low_text, high_text = binding.source(low.span), binding.source(high.span)
    return Refusal(
        "reversed-range",
        f"the range is reversed: {low_text} comes after {high_text}",
        range_.span,
        (Edit(low.span, high_text), Edit(high.span, low_text)),
    )


def _literal(end: NodeEnd | None) -> NodeEnd:
    assert end is not None, "only a range with two ends can be reversed"
    return end
