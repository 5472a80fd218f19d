"""The time of a query: its zone, its range, its hours, and what the range tests.

Owns `tz`, `daily` and `match`, and how the clauses of time come together with what is given outside the query
or stated by the query around it. A range tests `start` alone unless `match overlap` has it test the whole
flow; records without a start match no range either way. The clauses that make a range are in `timeclauses`.
"""

import re
from collections.abc import Sequence

from flowql.errors import NOWHERE, Severity, Span
from flowql.plan.bind.binding import Binding
from flowql.plan.bind.timebinding import TimeBinding
from flowql.plan.bind.timeclauses import bind_clauses, time_clauses
from flowql.plan.catalog import Catalog
from flowql.plan.logical import ALL_TIME, TimeRange
from flowql.plan.predicates import (
    OPEN_HIGH,
    Everything,
    Exists,
    InDaily,
    Nothing,
    Predicate,
    all_of,
    in_ranges,
)
from flowql.schema import TopicName, field_named
from flowql.syntax import nodes
from flowql.syntax.refusal import Refusal, replace
from flowql.times import BadTimeError, format_time, parse_clock
from flowql.values import DAY_NS
from flowql.zones import Zone, find_zone, similar_zones, zones_of_city

_NEXT_WORD = re.compile(r"\s+([^\W\d_]+)(?![^\s|])")
_START, _END = field_named("start"), field_named("end")


def bind_time(
    binding: Binding,
    catalog: Catalog,
    topics: Sequence[TopicName],
    inherited: TimeBinding | None = None,
) -> TimeBinding:
    """Bind every clause of time; what is refused is kept in `binding`.

    Sets the zone of `binding`, in which times are read from there on, to the query's. A subquery takes from
    `inherited`, the time of the query around it, what it does not state. Needs the schema of the topics in
    `binding`.
    """
    outer_zone = inherited.zone if inherited else binding.zone
    binding.zone = binding.attempt(lambda: bind_zone(binding, outer_zone), otherwise=outer_zone)
    outer_range = inherited.range if inherited else ALL_TIME
    time_range = binding.attempt(
        lambda: _bind_range(binding, catalog, topics, outer_range), otherwise=ALL_TIME
    )
    outer_daily = inherited.daily if inherited else Everything()
    daily = binding.attempt(lambda: bind_daily(binding, outer_daily), otherwise=outer_daily)
    overlaps = binding.attempt(
        lambda: bind_match(binding, time_range, is_inherited=inherited is not None and inherited.overlaps),
        otherwise=False,
    )
    _note_range_after_data(binding, catalog, topics, time_range)
    scan_range, tested = (time_range, Everything()) if not overlaps else _overlapping(time_range)
    if time_range.is_empty:
        scan_range, tested = time_range, Nothing()
    return TimeBinding(
        range=time_range,
        zone=binding.zone,
        daily=daily,
        overlaps=overlaps,
        scan_range=scan_range,
        predicate=all_of([tested, daily]),
        reaching=_reaching(binding, time_range, daily),
    )


def bind_zone(binding: Binding, otherwise: Zone) -> Zone:
    """The zone of `tz`, or `otherwise`; raises `Refusal`."""
    clauses = [scope for scope in binding.query.scopes if isinstance(scope, nodes.Zone)]
    if not clauses:
        return otherwise
    if len(clauses) > 1:
        first, second = clauses[0].name.text, clauses[-1].name.text
        raise _twice(clauses[-1], f"a query has one zone, found {first} and {second}")
    name = clauses[0].name
    zone = find_zone(name.text)
    if zone is None:
        raise _unknown_zone(binding, name)
    return zone


def bind_daily(binding: Binding, otherwise: Predicate) -> Predicate:
    """The condition of `daily` on the field start, or `otherwise`; raises `Refusal`."""
    clauses = [scope for scope in binding.query.scopes if isinstance(scope, nodes.Daily)]
    if not clauses and (otherwise == Everything() or _START.name in binding.schema):
        return otherwise
    if not clauses:
        return Nothing()
    if len(clauses) > 1:
        raise _twice(clauses[-1], "a query has one daily, found two")
    (clause,) = clauses
    _require(binding, _START.name, clause, "daily")
    low, high = _hours(clause.low), _hours(clause.high)
    if low == DAY_NS:
        raise Refusal(
            "bad-hours", "a day begins at 00:00", clause.low.span, replace(clause.low.span, "00:00")
        )
    if low == high:
        message = f"the hours are empty: they begin and end at {clause.low.text}"
        details = ("the whole day is daily 00:00..24:00",)
        raise Refusal("empty-range", message, clause.low.span.to(clause.high.span), details=details)
    if high - low == DAY_NS:
        return Exists(_START)
    return InDaily(_START, low, high % DAY_NS, binding.zone.name)


def bind_match(binding: Binding, time_range: TimeRange, *, is_inherited: bool) -> bool:
    """Whether the range tests the whole flow: as `match` says, or the query around; raises `Refusal`."""
    clauses = [scope for scope in binding.query.scopes if isinstance(scope, nodes.Match)]
    if not clauses:
        return is_inherited and _END.name in binding.schema
    if len(clauses) > 1:
        raise _twice(clauses[-1], "a query has one match, found two")
    (clause,) = clauses
    if not clause.overlap:
        return False
    if time_range == ALL_TIME:
        message = "match overlap changes nothing: the query has no time range"
        binding.note("match-without-range", message, clause.span)
        return False
    if time_range.low is not None:
        _require(binding, _END.name, clause, "match overlap")
    return True


def _unknown_zone(binding: Binding, name: nodes.Literal) -> Refusal:
    text, span = name.text, name.span
    next_word = _NEXT_WORD.match(binding.query.text, span.end)
    if next_word and zones_of_city(f"{text} {next_word[1]}"):  # tz New York
        text, span = f"{text} {next_word[1]}", Span(span.start, next_word.end())
    similar = similar_zones(text)
    details = (
        f"zones that may be meant: {', '.join(similar)}"
        if similar
        else "a zone is a place such as Asia/Shanghai, UTC, or an offset such as +08:00"
    )
    fixes = [replace(span, each) for each in similar]
    return Refusal("unknown-zone", f'unknown zone "{text}"', span, *fixes, details=(details,))


def _bind_range(
    binding: Binding, catalog: Catalog, topics: Sequence[TopicName], outer: TimeRange
) -> TimeRange:
    """The query's range, or that of the query around, within the one given outside."""
    clauses = time_clauses(binding.query)
    stated = bind_clauses(binding, clauses, catalog, topics) if clauses else outer
    effective = stated.intersection(binding.outer_range)
    if effective.is_empty and not stated.is_empty:
        message = (
            f"nothing of the query's range {stated.text_in(binding.zone)} lies in the range given beside it, "
            f"{binding.outer_range.text_in(binding.zone)}"
        )
        span = clauses[0].span.to(clauses[-1].span) if clauses else NOWHERE
        binding.note("range-outside", message, span, severity=Severity.WARNING)
    return effective


def _overlapping(time_range: TimeRange) -> tuple[TimeRange, Predicate]:
    """`start < to AND end >= from`: the range of start to scan, and the rest."""
    tested = [] if time_range.low is None else [_ends_from(time_range.low)]
    # Where the scan is open at both ends, records without a start would be in it.
    started = [Exists(_START)] if time_range.high is None else []
    return TimeRange(None, time_range.high), all_of([*started, *tested])


def _reaching(
    binding: Binding, time_range: TimeRange, daily: Predicate
) -> tuple[TimeRange, Predicate] | None:
    if time_range.low is None or time_range.is_empty or _END.name not in binding.schema:
        return None
    return TimeRange(None, time_range.low), all_of([_ends_from(time_range.low), daily])


def _ends_from(low: int) -> Predicate:
    return in_ranges(_END, [(low, OPEN_HIGH)])


def _note_range_after_data(
    binding: Binding, catalog: Catalog, topics: Sequence[TopicName], time_range: TimeRange
) -> None:
    """Say so when every record is older than the range: `last 24h` on old data gives nothing."""
    starts = [start for start in map(catalog.newest_start, topics) if start is not None]
    low = None if time_range.is_empty else time_range.low
    if not starts or low is None or low <= max(starts):
        return
    (scope, *_) = [*time_clauses(binding.query), None]
    fix = None
    if isinstance(scope, nodes.Last):
        fix = replace(scope.span, f"last {binding.source(scope.duration.span)} of data")
    newest = format_time(max(starts), binding.zone)
    message = f"the range begins after the newest record, which starts at {newest}"
    span = scope.span if scope else NOWHERE
    binding.note("range-after-data", message, span, severity=Severity.WARNING, fix=fix)


def _hours(literal: nodes.Literal) -> int:
    try:
        return parse_clock(literal.text)
    except BadTimeError as error:
        reason = error.reason or "expected a time of day such as 22:00"
        raise Refusal("bad-hours", f'{reason}, found "{literal.text}"', literal.span) from error


def _require(binding: Binding, name: str, clause: nodes.Daily | nodes.Match, what: str) -> None:
    if name not in binding.schema:
        message = f"{what} tests the field {name}, which no topic in scope has"
        raise Refusal("unknown-field", message, clause.span, replace(clause.span, ""))


def _twice(clause: nodes.Zone | nodes.Daily | nodes.Match, message: str) -> Refusal:
    return Refusal("scope-twice", message, clause.span, replace(clause.span, ""))
