"""Times, from text and back: the units that texts stand for, and the hours of days.

Owns the one reading and the one printing of times. A time is an int of nanoseconds since 1970 UTC; its text
stands for the half-open range of the unit that it is written in, so that `2018-12-13` is a day and
`1544709600` a second. A text without an offset is read on the clock of a zone. Knows nothing of fields,
queries or columns.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC as DATETIME_UTC
from datetime import date, datetime, timedelta

from flowql.values import DAY_NS, INT64_MAX, SECOND_NS, parse_duration
from flowql.zones import DAY_S, EPOCH_ORDINAL, UTC, Zone, find_zone

TIME_MIN = -INT64_MAX - 1
"""The first and the last nanosecond that int64 holds: in the years 1677 and 2262."""
TIME_MAX = INT64_MAX

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - what a clock shows has no zone
_YEARS = range(1677, 2263)
_STEPS_S = {"m": 60, "h": 3_600}
_MONDAY = 3
"""Day 0, 1970-01-01, was a Thursday: this many days after a Monday."""
_CALENDAR = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:(?:T|[ ]+)(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d+))?)?)?"
    r"(?P<offset>Z|[+-]\d\d:?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
_RELATIVE = re.compile(
    r"(?=.)(?:now|-(?P<ago>(?:\d+(?:ms|[smhdw]))+))?(?:@(?P<snap>mon|[smhdw]))?", re.ASCII | re.IGNORECASE
)
_EPOCH_TIME = re.compile(
    r"(?P<seconds>\d{9,10})(?:\.(?P<fraction>\d{1,9}))?|(?P<milliseconds>\d{12,13})", re.ASCII
)
_CLOCK = re.compile(r"(\d\d?):(\d\d)(?::(\d\d))?", re.ASCII)
_OTHER_DATE = re.compile(r"(\d{4})([/.]?)(\d\d)\2(\d\d)(?:(?:T|[ ]+)(.+))?", re.ASCII | re.IGNORECASE)
_FRACTION_LENGTH_MAX = 9
_SAID = {"today": "@d", "yesterday": "-1d@d"}
_SAID_DAYS = {"now": "today", "@d": "today", "-1d": "yesterday", "-1d@d": "yesterday"}


@dataclass(frozen=True, slots=True)
class TimeUnit:
    """The half-open range `[first, after)`, in nanoseconds, that a time's text stands for.

    `other` is the reading of `first` that was not taken, where a change of the clock leaves a doubt: a later
    instant where the clock reads the time twice, an earlier one where it never does; else None.
    """

    first: int
    after: int
    other: int | None = None


class BadTimeError(ValueError):
    """A text that is no time: what is wrong with it, where that can be told, and what to write instead."""

    def __init__(self, reason: str | None = None, instead: str | None = None) -> None:
        super().__init__(reason or "no time")
        self.reason = reason
        self.instead = instead


class TimeOutOfReachError(BadTimeError):
    """A time that nanoseconds in 64 bits do not reach."""

    def __init__(self) -> None:
        first, last = format_time(TIME_MIN)[:10], format_time(TIME_MAX)[:10]
        super().__init__(f"a time is from {first} to {last}")


def parse_time(text: str, *, now: int, zone: Zone = UTC) -> TimeUnit:
    """The unit of time that a text stands for. Raises `BadTimeError`.

    RFC 3339 (a blank for `T`, seconds and offset optional), a date, a month `YYYY-MM`, epoch seconds (9 or 10
    digits, perhaps decimals) or milliseconds (12 or 13), `now`, and `-6h`: now less a duration, in which a
    day has 24 hours. With `@` and one of s m h d w mon behind it, or alone, the latter two stand for the unit
    around that instant on the zone's clock: `-1d@d`. Weeks start on Monday.
    """
    unit = _read(text, now, zone)
    if unit is None:
        raise BadTimeError(_reason(text), _instead(text, zone))
    return unit


def parse_day(text: str, *, now: int, zone: Zone = UTC) -> TimeUnit:
    """The day or the month that a text stands for, `today` and `yesterday` too. Raises `BadTimeError`."""
    match text.lower():
        case "today":
            return _days_unit(zone, *_around(zone.day_at(now // SECOND_NS), "d"))
        case "yesterday":
            today = zone.day_at(now // SECOND_NS)
            return _days_unit(zone, today - 1, today)
        case lowered if lowered in _SAID_DAYS:
            raise BadTimeError(None, _SAID_DAYS[lowered])
    written = _CALENDAR.fullmatch(text)
    if written and written["hour"] is None:
        return _calendar_unit(written, zone)
    instead = text[:10] if written else _instead(text, zone)
    raise BadTimeError(None, instead if instead and len(instead) == 10 else None)


def parse_clock(text: str) -> int:
    """A time of day such as `22:00`, `6:30` or `24:00`, in nanoseconds since midnight.

    Raises `BadTimeError`.
    """
    match = _CLOCK.fullmatch(text)
    if not match:
        raise BadTimeError
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    clock = (hour * 3_600 + minute * 60 + second) * SECOND_NS
    if minute > 59 or second > 59 or clock > DAY_NS:
        raise BadTimeError("a time of day is from 00:00 to 24:00")
    return clock


def format_time(time_ns: int, zone: Zone = UTC) -> str:
    """RFC 3339 on the zone's clock, with just the decimals that are not zero: `2018-12-13T14:00:00Z`.

    Only UTC itself is `Z`. Offsets with seconds, which clocks had when they followed the sun, are beyond RFC
    3339: such times are given in UTC.
    """
    seconds, fraction = divmod(time_ns, SECOND_NS)
    offset, suffix = (0, "Z") if zone == UTC else written_offset(zone, zone.offset_at(seconds))
    decimals = f".{fraction:09}".rstrip("0") if fraction else ""
    return f"{(_EPOCH + timedelta(seconds=seconds + offset)).isoformat()}{decimals}{suffix}"


def written_offset(zone: Zone, offset_s: int) -> tuple[int, str]:
    """How an offset of a zone is written behind a time, and the seconds that the time is moved by for it."""
    if zone == UTC or offset_s % 60:
        return 0, "Z"
    hours, minutes = divmod(abs(offset_s) // 60, 60)
    return offset_s, f"{'-' if offset_s < 0 else '+'}{hours:02}:{minutes:02}"


def format_epoch(time_ns: int) -> str:
    """Epoch seconds with just the decimals that are not zero: `1544709600`, `1544709600.25`."""
    sign = "-" if time_ns < 0 else ""
    seconds, fraction = divmod(abs(time_ns), SECOND_NS)
    return f"{sign}{seconds}" + (f".{fraction:09d}".rstrip("0") if fraction else "")


def daily_ranges(low: int, high: int, zone: Zone, first: int, last: int) -> list[tuple[int, int]]:
    """When, from `first` to `last` (both included), the zone's time of day lies in `[low, high)`.

    `low` and `high` are nanoseconds from midnight; where `low` is above `high` the window goes across
    midnight. Half-open ranges of instants, ascending, disjoint and not touching. What a change of the clock
    leaves out is in none, what it repeats is there twice.
    """
    assert low != high, "a window of no time or of the whole day is the caller's to see"
    length = (high - low) % DAY_NS
    ranges: list[tuple[int, int]] = []
    for start_s, after_s, offset_s in zone.pieces(first // SECOND_NS, last // SECOND_NS + 1):
        start, after = max(first, start_s * SECOND_NS), min(last + 1, after_s * SECOND_NS)
        offset = offset_s * SECOND_NS
        opening = (start + offset - low) // DAY_NS * DAY_NS + low - offset
        for begin in range(opening, after, DAY_NS):
            here, there = max(begin, start), min(begin + length, after)
            if here >= there:
                continue
            if ranges and ranges[-1][1] == here:
                ranges[-1] = (ranges[-1][0], there)
            else:
                ranges.append((here, there))
    return ranges


def now_ns() -> int:
    """The current time, in whole seconds as nanoseconds: finer would only make answers look different."""
    return int(datetime.now(DATETIME_UTC).timestamp()) * SECOND_NS


def _read(text: str, now: int, zone: Zone) -> TimeUnit | None:
    """The unit, None when the text has no form of a time; raises `BadTimeError` when it has, but is none."""
    if relative := _RELATIVE.fullmatch(text):
        return _relative_unit(relative, now, zone)
    if epoch := _EPOCH_TIME.fullmatch(text):
        return _epoch_unit(epoch)
    written = _CALENDAR.fullmatch(text)
    return _calendar_unit(written, zone) if written else None


def _relative_unit(match: re.Match[str], now: int, zone: Zone) -> TimeUnit | None:
    ago = parse_duration(match["ago"]) if match["ago"] else 0
    if ago is None:
        return None
    instant = now - ago
    if not TIME_MIN <= instant < TIME_MAX:
        raise TimeOutOfReachError
    if match["snap"] is None:
        return TimeUnit(instant, instant + 1)
    return _reachable(_unit_around(instant // SECOND_NS, match["snap"].lower(), zone))


def _unit_around(instant_s: int, step: str, zone: Zone) -> TimeUnit:
    """The second, minute, hour, day, week or month of an instant."""
    if step == "s":
        return TimeUnit(instant_s * SECOND_NS, (instant_s + 1) * SECOND_NS)
    if step not in _STEPS_S:
        return _days_unit(zone, *_around(zone.day_at(instant_s), step))
    start = zone.local_at(instant_s) // _STEPS_S[step] * _STEPS_S[step]
    # A change of the clock may repeat, cut or leave out either end.
    edges = [*zone.reached_at(start), *zone.reached_at(start + _STEPS_S[step])]
    first = max(edge for edge in edges if edge <= instant_s)
    after = min(edge for edge in edges if edge > instant_s)
    return TimeUnit(first * SECOND_NS, after * SECOND_NS)


def _around(day: int, step: str) -> tuple[int, int]:
    """The half-open range of days of the day, week or month that holds a day."""
    match step:
        case "d":
            return day, day + 1
        case "w":
            monday = day - (day + _MONDAY) % 7
            return monday, monday + 7
        case "mon":
            there = date.fromordinal(day + EPOCH_ORDINAL)
            first = day - there.day + 1
            return first, first + monthrange(there.year, there.month)[1]
        case _:
            raise AssertionError(f"no such unit: {step}")


def _days_unit(zone: Zone, day: int, after: int) -> TimeUnit:
    first_s, after_s = _days_range(zone, day, after)
    return _reachable(TimeUnit(first_s * SECOND_NS, after_s * SECOND_NS))


def _days_range(zone: Zone, day: int, after: int) -> tuple[int, int]:
    """The half-open range of seconds from one day to another; the zone must not have left them out."""
    first_s, after_s = zone.day_start(day), zone.day_start(after)
    if first_s == after_s:
        left_out, next_day = (date.fromordinal(each + EPOCH_ORDINAL).isoformat() for each in (day, after))
        raise BadTimeError(f"the day {left_out} was left out in {zone}", next_day)
    return first_s, after_s


def _epoch_unit(match: re.Match[str]) -> TimeUnit:
    if match["milliseconds"]:
        length = SECOND_NS // 1000
        first = int(match["milliseconds"]) * length
    else:
        fraction = match["fraction"] or ""
        length = 10 ** (_FRACTION_LENGTH_MAX - len(fraction))
        first = int(match["seconds"] + fraction) * length
    return _reachable(TimeUnit(first, first + length))


def _calendar_unit(match: re.Match[str], zone: Zone) -> TimeUnit:
    year, month = int(match["year"]), int(match["month"])
    if not 1 <= month <= 12:
        raise BadTimeError("a year has the months 01 to 12")
    day_count = monthrange(year or 4, month)[1]  # 0 was a leap year as 4 was
    day = int(match["day"] or 1)
    if not 1 <= day <= day_count:
        last = f"{match['year']}-{match['month']}-{day_count}"
        instead = _checked(last + match.string[len(last) :], zone)
        raise BadTimeError(f"{match['year']}-{match['month']} has the days 01 to {day_count}", instead)
    if year not in _YEARS:
        raise TimeOutOfReachError
    zone = _written_zone(match["offset"], zone)
    first_day = date(year, month, day).toordinal() - EPOCH_ORDINAL
    if match["day"] is None:
        return _days_unit(zone, first_day, first_day + day_count)
    if match["hour"] is None:
        return _days_unit(zone, first_day, first_day + 1)
    _days_range(zone, first_day, first_day + 1)
    return _clock_unit(match, zone, first_day)


def _written_zone(offset: str | None, zone: Zone) -> Zone:
    if offset is None:
        return zone
    written = find_zone(offset)
    if written is None:
        raise BadTimeError("an offset is from -23:59 to +23:59")
    return written


def _clock_unit(match: re.Match[str], zone: Zone, day: int) -> TimeUnit:
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    fraction = match["fraction"] or ""
    if hour > 23 or minute > 59 or second > 59:
        raise BadTimeError("the time of a day is from 00:00:00 to 23:59:59")
    if len(fraction) > _FRACTION_LENGTH_MAX:
        raise BadTimeError(f"a second has at most {_FRACTION_LENGTH_MAX} decimals")
    local = day * DAY_S + hour * 3_600 + minute * 60 + second
    decimals = int(fraction.ljust(_FRACTION_LENGTH_MAX, "0"))
    taken, other = (each * SECOND_NS + decimals for each in zone.instants_of(local))
    length = 60 * SECOND_NS if match["second"] is None else 10 ** (_FRACTION_LENGTH_MAX - len(fraction))
    return _reachable(TimeUnit(taken, taken + length, None if other == taken else other))


def _reachable(unit: TimeUnit) -> TimeUnit:
    if unit.first < TIME_MIN or unit.after > TIME_MAX:
        raise TimeOutOfReachError
    return unit


def _reason(text: str) -> str | None:
    if text.isascii() and text.isdigit() and len(text) > 8:
        return "epoch seconds have 9 or 10 digits, milliseconds 12 or 13"
    return None


def _instead(text: str, zone: Zone) -> str | None:
    """The text of a time that is probably meant by one that is none."""
    other = _OTHER_DATE.fullmatch(text)
    lowered = text.lower()
    if lowered in _SAID:
        instead = _SAID[lowered]
    elif other:
        year, _, month, day, clock = other.groups()
        instead = f"{year}-{month}-{day}" + (f"T{clock}" if clock else "")
    else:
        instead = "-" + re.sub(r"^(?:now)?\s*-?\s*", "", lowered)
    return _checked(instead, zone)


def _checked(text: str, zone: Zone) -> str | None:
    """The text if it is a time."""
    try:
        return text if _read(text, 0, zone) else None
    except BadTimeError:
        return None
