"""What clocks show, and the buckets of time on them, walked from the definition in LANGUAGE.md "Time".

Below a day, a bucket begins where the clock of the zone shows a multiple of the width since local midnight,
and where a change of the clock leads into another multiple, or day, than the instant before it. Whole days
begin with the first instant of a local day: N days are counted from 1970-01-01, multiples of 7 days from a
Monday. Instants are nanoseconds since 1970 UTC.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from flowql.buckets import Bucket
from flowql.values import DAY_NS, SECOND_NS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONDAY = (date(1969, 12, 29) - date(1970, 1, 1)).days
_HOUR_NS = 3600 * SECOND_NS


@cache
def _rules(zone: str) -> tzinfo:
    sign = {"+": 1, "-": -1}.get(zone[0])
    return timezone(sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[4:]))) if sign else ZoneInfo(zone)


def offset_ns(time_ns: int, zone: str) -> int:
    """How far the clock in the zone is ahead of UTC."""
    shown = (_EPOCH + timedelta(seconds=time_ns // SECOND_NS)).astimezone(_rules(zone))
    offset = shown.utcoffset()
    assert offset is not None, "a zone has an offset at every time"
    return int(offset.total_seconds()) * SECOND_NS


def local(time_ns: int, zone: str) -> tuple[int, int]:
    """The day that a clock in the zone shows, since 1970-01-01, and the time of that day."""
    return divmod(time_ns + offset_ns(time_ns, zone), DAY_NS)


def bucket_start(time_ns: int, bucket: Bucket) -> int:
    """The first instant of the bucket that a time lies in."""
    zone = str(bucket.zone)
    day, clock = local(time_ns, zone)
    if bucket.width_ns % DAY_NS == 0:
        if _day_start(day + 1, zone) <= time_ns:
            day += 1  # the clock has gone back over midnight
        return _day_start(_first_day(day, bucket), zone)
    lattice_point = time_ns - clock % bucket.width_ns
    change = _change_before(time_ns, lattice_point + 1, zone)
    if change is None:
        return lattice_point
    day_before, clock_before = local(change - 1, zone)
    changed_day, changed_clock = local(change, zone)
    labels = (
        (day_before, clock_before // bucket.width_ns),
        (changed_day, changed_clock // bucket.width_ns),
    )
    return bucket_start(change - 1, bucket) if labels[0] == labels[1] else change


def bucket_starts(low: int, high: int, bucket: Bucket) -> Iterator[int]:
    """The first instants of all buckets that overlap `[low, high)`, ascending."""
    start = bucket_start(low, bucket)
    while start < high:
        yield start
        start = _next_start(start, bucket)


def _next_start(start: int, bucket: Bucket) -> int:
    zone = str(bucket.zone)
    if bucket.width_ns % DAY_NS == 0:
        return _day_start(_first_day(local(start, zone)[0], bucket) + bucket.width_ns // DAY_NS, zone)
    time_ns = start
    while True:
        _, clock = local(time_ns, zone)
        following = time_ns + min(bucket.width_ns - clock % bucket.width_ns, DAY_NS - clock)
        change = _change_before(following, time_ns + 1, zone)
        time_ns = following if change is None else change
        if bucket_start(time_ns, bucket) == time_ns:
            return time_ns


def _first_day(day: int, bucket: Bucket) -> int:
    """The first of the days that a day is counted with."""
    day_count = bucket.width_ns // DAY_NS
    origin = _MONDAY if day_count % 7 == 0 else 0
    return day - (day - origin) % day_count


def _change_before(time_ns: int, after: int, zone: str) -> int | None:
    """The last instant in `[after, time_ns]` from which on the clock has another offset; None without one.

    Asked hour by hour: no clock has been changed twice within one.
    """
    while time_ns >= after:
        before = max(time_ns - _HOUR_NS, after - 1)
        if offset_ns(before, zone) != offset_ns(time_ns, zone):
            return _halved(before, time_ns, zone)
        time_ns = before
    return None


def _halved(before: int, time_ns: int, zone: str) -> int:
    old = offset_ns(before, zone)
    while time_ns - before > 1:
        middle = (before + time_ns) // 2
        if offset_ns(middle, zone) == old:
            before = middle
        else:
            time_ns = middle
    return time_ns


@cache
def _day_start(day: int, zone: str) -> int:
    """The first instant at which the clock shows this day or, where it leaps over it, a later one."""
    time_ns = day * DAY_NS - 16 * _HOUR_NS  # no clock is ahead of UTC by more
    while local(time_ns, zone)[0] < day:
        time_ns += _HOUR_NS // 4
    before = time_ns - _HOUR_NS // 4
    while time_ns - before > 1:
        middle = (before + time_ns) // 2
        if local(middle, zone)[0] < day:
            before = middle
        else:
            time_ns = middle
    return time_ns
