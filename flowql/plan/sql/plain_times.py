"""Times and durations in plain SQL: their texts, buckets on the clock of a zone, hours of the day.

Owns the templates, and how a clock that is changed is written: as a case for each piece of time in which it
is not, over the times that the topics hold (`Span`). A time beyond them ends the query in DuckDB.
"""

from dataclasses import dataclass

import numpy as np
from sqlglot import exp

from flowql.buckets import Bucket
from flowql.plan.logical import BUCKET_COUNT_MAX
from flowql.plan.predicates import InDaily
from flowql.plan.sql.refusal import NoSqlError
from flowql.plan.sql.templates import bound, filled
from flowql.plan.sql.terms import Term, integer, text
from flowql.values import DAY_NS, SECOND_NS
from flowql.zones import UTC, Zone, find_zone

_EDGES_MAX = 1 << 20
"""Edges that are looked through for changes of the clock."""
_RUNS_MAX = 200
"""Pieces of time that are written out, two a year or so."""
_LEAD_NS = 3 * DAY_NS
"""By how much more than its width a bucket may last, amply: clocks went back by a day at most."""
_MILLISECOND_NS = 1_000_000
_UNITS = (("d", DAY_NS), ("h", 3_600 * SECOND_NS), ("m", 60 * SECOND_NS), ("s", SECOND_NS), ("ms", 1_000_000))

_FRACTION = "CASE WHEN $rest = 0 THEN '' ELSE '.' || RTRIM(LPAD(CAST($rest AS VARCHAR), 9, '0'), '0') END"
_CALENDAR = f"""
    STRFTIME(MAKE_TIMESTAMP(($time - $rest) // 1000), '%Y-%m-%dT%H:%M:%S') || {_FRACTION} || 'Z'
"""
_SECONDS = f"""
    CASE WHEN $time < 0 THEN '-' ELSE '' END || CAST(ABS($time) // {SECOND_NS} AS VARCHAR)
    || {_FRACTION.replace("$rest", f"(ABS($time) % {SECOND_NS})")}
"""
_BEYOND = "a time lies beyond those that the topics held when this statement was made"


@dataclass(frozen=True, slots=True)
class Span:
    """The times that there are, from `first` to `last` in nanoseconds."""

    first: int
    last: int

    def offsets(self, zone: Zone, lead: int = 0) -> list[tuple[int, int, int]]:
        """`(first, after, offset)` in nanoseconds for each piece of time in which the clock is not changed.

        They begin so much earlier as `lead` says.
        """
        pieces = zone.pieces((self.first - lead) // SECOND_NS, self.last // SECOND_NS + 1)
        if len(pieces) > _RUNS_MAX:
            raise NoSqlError(
                f"the clock of {zone}", f"it is changed {len(pieces):,} times in the time asked for"
            )
        return [(first * SECOND_NS, after * SECOND_NS, offset * SECOND_NS) for first, after, offset in pieces]


def calendar_text(time: Term) -> Term:
    """RFC 3339 on UTC's clock."""
    rest = filled(_modulo("$time", SECOND_NS), time=time)
    return bound(_CALENDAR, time=time, rest=rest)


def seconds_text(time: Term) -> Term:
    """Seconds, with just the decimals that are not zero."""
    return bound(_SECONDS, time=time)


def duration_text(duration: Term) -> Term:
    """The largest units that keep a duration exact: `1h30m`."""
    parts, before = [], ""
    for unit, width in _UNITS:
        count = f"(ABS($time){before} // {width})"
        parts.append(f"CASE WHEN {count} > 0 THEN CAST({count} AS VARCHAR) || '{unit}' ELSE '' END")
        before = f" % {width}"
    units = f"CASE WHEN $time < 0 THEN '-' ELSE '' END || {' || '.join(parts)}"
    template = f"""
        CASE WHEN $time = 0 THEN '0s' WHEN $time % {_MILLISECOND_NS} <> 0 THEN {_SECONDS} || 's'
        WHEN NOT $time IS NULL THEN {units} END
    """
    return bound(template, time=duration)


def start_of(time: Term, bucket: Bucket, span: Span) -> Term:
    """The first instant of the bucket of a time."""
    offsets = _offsets(bucket, span)
    if len(offsets) == 1:
        return bound(_start_template(bucket, offsets[0][2]), time=time)
    runs = _runs(bucket, span)
    starts = [
        f"{first} + LEAST(($time - {first}) // {step}, {count - 1}) * {step}" for first, step, count in runs
    ]
    return _by_piece(time, starts, [first for first, _, _ in runs], span)


def edges_of(low: Term, last: Term, bucket: Bucket, span: Span) -> Term:
    """The first instants of the buckets from the one of a time to that of another; too many end the query."""
    offsets = _offsets(bucket, span)
    if len(offsets) > 1:
        series = ", ".join(
            f"GENERATE_SERIES(CAST({first} AS BIGINT), {first + (count - 1) * step}, {step})"
            for first, step, count in _runs(bucket, span)
        )
        every = f"FLATTEN([{series}])"
    elif _starts_daily(bucket):
        day = _start_template(Bucket(DAY_NS, bucket.zone), offsets[0][2]).replace("$time", "$low")
        every = (
            f'FLATTEN([GENERATE_SERIES("#day", "#day" + {DAY_NS - 1}, {bucket.width_ns}) '
            f'FOR "#day" IN GENERATE_SERIES({day}, $last, {DAY_NS})])'
        )
    else:
        every = f"GENERATE_SERIES($start, $last, {bucket.width_ns})"
    message = f"a chart has more than {BUCKET_COUNT_MAX:,} buckets (limit: bucket_count_max)"
    too_many = f"CAST(ERROR('{message}') AS BIGINT[])"
    edges = f'["#edge" FOR "#edge" IN {every} IF "#edge" >= $start AND "#edge" <= $last]'
    counted = f'CASE WHEN LENGTH("#edges") > {BUCKET_COUNT_MAX} THEN {too_many} ELSE "#edges" END'
    template = f"""
        CASE WHEN $low IS NULL OR $last IS NULL OR $low > $last THEN CAST([] AS BIGINT[])
        WHEN ($last - $low) // {bucket.width_ns} > {2 * BUCKET_COUNT_MAX} THEN {too_many}
        ELSE [{counted} FOR "#edges" IN [{edges}]][1] END
    """
    return bound(template, low=low, last=last, start=start_of(low, bucket, span))


def is_daily(time: Term, leaf: InDaily, span: Span) -> Term:
    """Whether the clock of a zone shows one of the hours."""
    zone = find_zone(leaf.zone)
    assert zone is not None, leaf
    offsets = span.offsets(zone)
    clocks = [_modulo(f"$time + {offset}", DAY_NS) for _, _, offset in offsets]
    clock = (
        filled(clocks[0], time=time)
        if len(clocks) == 1
        else _by_piece(time, clocks, [first for first, _, _ in offsets], span)
    )
    joint = "AND" if leaf.low < leaf.high else "OR"
    return exp.Paren(this=bound(f"$clock >= {leaf.low} {joint} $clock < {leaf.high}", clock=clock))


def _offsets(bucket: Bucket, span: Span) -> list[tuple[int, int, int]]:
    """The pieces of time over which buckets lie: the first one may have begun before the span."""
    return span.offsets(bucket.zone, bucket.width_ns + _LEAD_NS)


def _start_template(bucket: Bucket, offset: int) -> str:
    """The start of a bucket on a clock that is never changed."""
    if _starts_daily(bucket):
        return f"$time - ({_modulo(f'$time + {offset}', DAY_NS)}) % {bucket.width_ns}"
    in_utc = Bucket(bucket.width_ns, UTC).starts(np.array([0], np.int64))
    begun = (int(in_utc[0]) - offset) % bucket.width_ns
    return f"$time - {_modulo(f'$time - {begun}' if begun else '$time', bucket.width_ns)}"


def _starts_daily(bucket: Bucket) -> bool:
    """Whether buckets begin anew at every midnight, as they do not fill a day."""
    return bucket.width_ns < DAY_NS and DAY_NS % bucket.width_ns != 0


def _modulo(number: str, width: int) -> str:
    """The remainder that is never below 0."""
    return f"((({number}) % {width} + {width}) % {width})"


def _by_piece(time: Term, templates: list[str], firsts: list[int], span: Span) -> Term:
    """A case for each piece of time, which begin at `firsts`, the first one with the span."""
    beyond = filled("CAST(ERROR($message) AS BIGINT)", message=text(_BEYOND))
    is_beyond = filled(f"$time < {span.first} OR $time > {span.last}", time=time)
    ifs = [exp.If(this=is_beyond, true=beyond)]
    for template, after in zip(templates[:-1], firsts[1:], strict=True):
        is_before = exp.LT(this=time.copy(), expression=integer(after))
        ifs.append(exp.If(this=is_before, true=filled(template, time=time)))
    is_any = exp.Not(this=exp.Is(this=time.copy(), expression=exp.null()))
    ifs.append(exp.If(this=is_any, true=filled(templates[-1], time=time)))
    return exp.Case(ifs=ifs)


def _runs(bucket: Bucket, span: Span) -> list[tuple[int, int, int]]:
    """The buckets' first instants as runs: the first one, the step to the next, and how many there are."""
    if bucket.edge_count(span.first, span.last + 1) > _EDGES_MAX:
        raise _too_irregular(bucket)
    edges = bucket.edges(span.first, span.last + 1)
    runs: list[tuple[int, int, int]] = []
    place = 0
    while place < len(edges):
        steps = np.diff(edges[place:])
        step = int(steps[0]) if len(steps) else bucket.width_ns
        others = np.flatnonzero(steps != step)
        count = int(others[0]) + 1 if len(others) else len(edges) - place
        runs.append((int(edges[place]), step, count))
        if len(runs) > _RUNS_MAX:
            raise _too_irregular(bucket)
        place += count
    return runs


def _too_irregular(bucket: Bucket) -> NoSqlError:
    return NoSqlError(
        f"a bucket of {bucket} on the clock of {bucket.zone}",
        "over the time asked for its changes are too many to be written out",
        hint="narrow the range, or ask on UTC's clock: tz UTC",
    )
