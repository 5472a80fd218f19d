"""The clauses that give a query its range: `last`, `since`, `until`, `between`, `on`.

Owns which of them may stand together and what range they make, half-open, in nanoseconds, and what is said of
a range that is none. Knows nothing of the other scope clauses, nor of what a range tests.
"""

from collections.abc import Sequence
from typing import TypeAlias

from flowql.errors import Span
from flowql.plan.bind.binding import Binding
from flowql.plan.bind.time import read_time, read_with
from flowql.plan.catalog import Catalog
from flowql.plan.logical import TimeRange
from flowql.schema import TopicName
from flowql.syntax import nodes
from flowql.syntax.refusal import Edit, Refusal, replace
from flowql.times import TIME_MIN, TimeUnit, format_time, parse_day
from flowql.values import DAY_NS, SECOND_NS, parse_duration

TimeClause: TypeAlias = nodes.Last | nodes.Since | nodes.Until | nodes.Between | nodes.On

_EXPECTED_DAY = "a day such as 2018-12-13, a month such as 2018-12, today or yesterday for on"
_DATE_LENGTH = len("2018-12-13")


def time_clauses(query: nodes.Query) -> list[TimeClause]:
    """The clauses of a query that give it a range."""
    return [scope for scope in query.scopes if isinstance(scope, TimeClause)]


def bind_clauses(
    binding: Binding, clauses: Sequence[TimeClause], catalog: Catalog, topics: Sequence[TopicName]
) -> TimeRange:
    """The range of one or more clauses; raises `Refusal`."""
    match clauses:
        case [nodes.Last() as last]:
            return _last(binding, last, _end_of_last(binding, last, catalog, topics))
        case [nodes.Since(time=time)]:
            return TimeRange(read_time(binding, time, "since").first, None)
        case [nodes.Until(time=time)]:
            return TimeRange(None, read_time(binding, time, "until").first)
        case [nodes.Between(low=low, high=high, span=span)]:
            return _between(binding, low, high, span)
        case [nodes.On(day=day)]:
            unit = read_with(parse_day, binding, day, _EXPECTED_DAY)
            return TimeRange(unit.first, unit.after)
        case [nodes.Since(time=low), nodes.Until(time=high)] | [
            nodes.Until(time=high),
            nodes.Since(time=low),
        ]:
            return _between(binding, low, high, clauses[0].span.to(clauses[1].span))
        case [nodes.Last(of_data=False) as last, nodes.Until(time=time)] | [
            nodes.Until(time=time),
            nodes.Last(of_data=False) as last,
        ]:
            return _last(binding, last, read_time(binding, time, "until").first)
    raise _second_range(clauses)


def _end_of_last(binding: Binding, last: nodes.Last, catalog: Catalog, topics: Sequence[TopicName]) -> int:
    """Now, or one second after the newest start in scope; without any start there is nothing to find."""
    if not last.of_data:
        return binding.now
    starts = [start for start in map(catalog.newest_start, topics) if start is not None]
    return max(starts) + SECOND_NS if starts else binding.now


def _last(binding: Binding, last: nodes.Last, end: int) -> TimeRange:
    literal = binding.literal(last.duration)
    duration = parse_duration(literal.text)
    if duration is None:
        message = f'expected a duration such as 90s, 10m, 24h or 7d, found "{literal.text}"'
        raise Refusal("bad-duration", message, literal.span)
    if duration == 0:
        raise Refusal("empty-range", "the range is empty: it lasts no time", literal.span)
    if end - duration < TIME_MIN:
        message = f"{literal.text} before {format_time(end, binding.zone)} is out of reach"
        raise Refusal("out-of-domain", message, literal.span)
    return TimeRange(end - duration, end)


def _between(binding: Binding, low: nodes.End, high: nodes.End, span: Span) -> TimeRange:
    start = read_time(binding, low, "the beginning of the range")
    end = read_time(binding, high, "the end of the range")
    if start.first < end.first:
        return TimeRange(start.first, end.first)
    low_text, high_text = binding.source(low.span), binding.source(high.span)
    if start.first > end.first:
        fix = (Edit(low.span, high_text), Edit(high.span, low_text))
        message = f"the range is reversed: {low_text} comes after {high_text}"
        raise Refusal("reversed-range", message, span, fix)
    message = f"the range is empty: its end, the first instant of {high_text}, is not part of it"
    raise Refusal("empty-range", message, span, *_next_day(binding, high, end))


def _next_day(binding: Binding, high: nodes.End, end: TimeUnit) -> tuple[tuple[Edit, ...], ...]:
    """The fix that makes a day, the end of an empty range, part of it."""
    written = format_time(end.after, binding.zone)[:_DATE_LENGTH]
    is_day = len(binding.literal(high).text) == _DATE_LENGTH and end.after - end.first > DAY_NS // 2
    return (replace(high.span, written),) if is_day else ()


def _second_range(clauses: Sequence[TimeClause]) -> Refusal:
    first, second = clauses[0], clauses[-1]
    message = f"a query has one time range, found {_word(first)} and {_word(second)}"
    details = ("last, since with until, last with until, between, and on are the ranges there are",)
    return Refusal("scope-twice", message, second.span, replace(second.span, ""), details=details)


def _word(clause: TimeClause) -> str:
    match clause:
        case nodes.Last(of_data=True):
            return "last of data"
        case nodes.Last():
            return "last"
        case nodes.Since():
            return "since"
        case nodes.Until():
            return "until"
        case nodes.Between():
            return "between"
        case nodes.On():
            return "on"
        case _:
            raise AssertionError(f"no such time clause: {clause}")
