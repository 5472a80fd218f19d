"""The time range of a query: `last`, `since`, `until`, `between`.

Owns which of them may stand together and what range they make, half-open, in nanoseconds. A range tests
`start`, so records without one match no range. Knows nothing of filters on time fields.
"""

from collections.abc import Sequence
from typing import TypeAlias

from flowql.errors import Severity, Span
from flowql.plan.bind.binding import Binding
from flowql.plan.bind.time import read_time
from flowql.plan.catalog import Catalog
from flowql.plan.logical import ALL_TIME, TimeRange
from flowql.plan.predicates import OPEN_LOW
from flowql.schema import TopicName
from flowql.syntax import nodes
from flowql.syntax.refusal import Edit, Refusal, replace
from flowql.values import DAY_NS, SECOND_NS, format_time, parse_duration

TimeClause: TypeAlias = nodes.Last | nodes.Since | nodes.Until | nodes.Between


def bind_range(binding: Binding, catalog: Catalog, topics: Sequence[TopicName]) -> TimeRange:
    """The effective range of `start`; raises `Refusal`."""
    clauses = [scope for scope in binding.query.scopes if not isinstance(scope, nodes.From)]
    match clauses:
        case []:
            return ALL_TIME
        case [nodes.Last() as last]:
            return _last(last, _end_of_last(binding, last, catalog, topics))
        case [nodes.Since(time=time)]:
            return TimeRange(read_time(binding, time, "since")[0], None)
        case [nodes.Until(time=time)]:
            return TimeRange(None, read_time(binding, time, "until")[0])
        case [nodes.Between(low=low, high=high, span=span)]:
            return _between(binding, low, high, span)
        case [nodes.Since(time=low), nodes.Until(time=high)] | [
            nodes.Until(time=high),
            nodes.Since(time=low),
        ]:
            return _between(binding, low, high, clauses[0].span.to(clauses[1].span))
        case [nodes.Last(of_data=False) as last, nodes.Until(time=time)] | [
            nodes.Until(time=time),
            nodes.Last(of_data=False) as last,
        ]:
            return _last(last, read_time(binding, time, "until")[0])
    raise _second_range(clauses)


def note_range_after_data(
    binding: Binding, catalog: Catalog, topics: Sequence[TopicName], time_range: TimeRange
) -> None:
    """Say so when every record is older than the range: `last 24h` on old data gives nothing."""
    starts = [start for start in map(catalog.newest_start, topics) if start is not None]
    if not starts or time_range.low is None or time_range.low <= max(starts):
        return
    (scope, *_) = [scope for scope in binding.query.scopes if not isinstance(scope, nodes.From)]
    fix = None
    if isinstance(scope, nodes.Last):
        fix = replace(scope.span, f"last {scope.duration.text} of data")
    message = f"the range begins after the newest record, which starts at {format_time(max(starts))}"
    binding.note("range-after-data", message, scope.span, severity=Severity.WARNING, fix=fix)


def _end_of_last(binding: Binding, last: nodes.Last, catalog: Catalog, topics: Sequence[TopicName]) -> int:
    """Now, or one second after the newest start in scope; without any start there is nothing to find."""
    if not last.of_data:
        return binding.now
    starts = [start for start in map(catalog.newest_start, topics) if start is not None]
    return max(starts) + SECOND_NS if starts else binding.now


def _last(last: nodes.Last, end: int) -> TimeRange:
    duration = parse_duration(last.duration.text)
    if duration is None:
        raise _not_a_duration(last.duration)
    if duration == 0:
        raise Refusal("empty-range", "the range is empty: it lasts no time", last.duration.span)
    if end - duration < OPEN_LOW:
        message = f"{last.duration.text} before {format_time(end)} is out of reach"
        raise Refusal("out-of-domain", message, last.duration.span)
    return TimeRange(end - duration, end)


def _not_a_duration(literal: nodes.Literal) -> Refusal:
    message = f'expected a duration such as 90s, 10m, 24h or 7d, found "{literal.text}"'
    return Refusal("bad-duration", message, literal.span)


def _between(binding: Binding, low: nodes.Literal, high: nodes.Literal, span: Span) -> TimeRange:
    start, _ = read_time(binding, low, "the beginning of the range")
    end, after = read_time(binding, high, "the end of the range")
    if start < end:
        return TimeRange(start, end)
    if start > end:
        fix = (Edit(low.span, binding.source(high.span)), Edit(high.span, binding.source(low.span)))
        message = f"the range is reversed: {low.text} comes after {high.text}"
        raise Refusal("reversed-range", message, span, fix)
    message = f"the range is empty: its end, the first instant of {high.text}, is not part of it"
    next_day = (replace(high.span, format_time(after)[:10]),) if after - end == DAY_NS else ()
    raise Refusal("empty-range", message, span, *next_day)


def _second_range(clauses: Sequence[TimeClause]) -> Refusal:
    first, second = clauses[0], clauses[-1]
    message = f"a query has one time range, found {_word(first)} and {_word(second)}"
    details = ("last, since with until, last with until, and between are the ranges there are",)
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
        case _:
            raise AssertionError(f"no such time clause: {clause}")
