"""Times: every form of text, on clocks that are changed, and back."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowql.times import (
    TIME_MAX,
    TIME_MIN,
    BadTimeError,
    TimeOutOfReachError,
    TimeUnit,
    daily_ranges,
    format_epoch,
    format_time,
    parse_clock,
    parse_day,
    parse_time,
)
from flowql.values import DAY_NS, SECOND_NS
from flowql.zones import UTC, Zone, find_zone

HOUR_NS = 3600 * SECOND_NS
CHANGED = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai", "Pacific/Apia")


def zone(name: str) -> Zone:
    """The zone of a name that exists."""
    found = find_zone(name)
    assert found is not None
    return found


def at(text: str) -> int:
    """The nanosecond of an instant, by other means."""
    return int(datetime.fromisoformat(text).timestamp()) * SECOND_NS


NOW = at("2024-05-15T13:14:15Z")


def read(text: str, name: str = "UTC", now: int = NOW) -> tuple[str, str]:
    """The unit of a text, printed in its zone."""
    unit = parse_time(text, now=now, zone=zone(name))
    assert unit.other is None
    return format_time(unit.first, zone(name)), format_time(unit.after, zone(name))


# ---- what is written with an offset, or stands by itself


@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("2018-12-13T14:00:00Z", "2018-12-13T14:00:00Z", "2018-12-13T14:00:01Z"),
        ("2018-12-13t14:00:00z", "2018-12-13T14:00:00Z", "2018-12-13T14:00:01Z"),
        ("2018-12-13 14:00:00", "2018-12-13T14:00:00Z", "2018-12-13T14:00:01Z"),
        ("2018-12-13  14:00", "2018-12-13T14:00:00Z", "2018-12-13T14:01:00Z"),
        ("2018-12-13T14:00+08:00", "2018-12-13T06:00:00Z", "2018-12-13T06:01:00Z"),
        ("2018-12-13T14:00-0330", "2018-12-13T17:30:00Z", "2018-12-13T17:31:00Z"),
        ("2018-12-13T14:00:00.5Z", "2018-12-13T14:00:00.5Z", "2018-12-13T14:00:00.6Z"),
        ("2018-12-13T14:00:00.250Z", "2018-12-13T14:00:00.25Z", "2018-12-13T14:00:00.251Z"),
        ("2018-12-13T14:00:00.123456789Z", "2018-12-13T14:00:00.123456789Z", "2018-12-13T14:00:00.12345679Z"),
        ("2018-12-13", "2018-12-13T00:00:00Z", "2018-12-14T00:00:00Z"),
        ("2018-12-13+08:00", "2018-12-12T16:00:00Z", "2018-12-13T16:00:00Z"),
        ("2018-12-13Z", "2018-12-13T00:00:00Z", "2018-12-14T00:00:00Z"),
        ("2018-12", "2018-12-01T00:00:00Z", "2019-01-01T00:00:00Z"),
        ("2024-02", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"),
        ("1544709600", "2018-12-13T14:00:00Z", "2018-12-13T14:00:01Z"),
        ("544709600", "1987-04-06T12:13:20Z", "1987-04-06T12:13:21Z"),
        ("1544709600.25", "2018-12-13T14:00:00.25Z", "2018-12-13T14:00:00.26Z"),
        ("1544709600250", "2018-12-13T14:00:00.25Z", "2018-12-13T14:00:00.251Z"),
        ("now", "2024-05-15T13:14:15Z", "2024-05-15T13:14:15.000000001Z"),
        ("NOW", "2024-05-15T13:14:15Z", "2024-05-15T13:14:15.000000001Z"),
        ("-6h", "2024-05-15T07:14:15Z", "2024-05-15T07:14:15.000000001Z"),
        ("-1h30m", "2024-05-15T11:44:15Z", "2024-05-15T11:44:15.000000001Z"),
        ("-1w", "2024-05-08T13:14:15Z", "2024-05-08T13:14:15.000000001Z"),
        ("-0s", "2024-05-15T13:14:15Z", "2024-05-15T13:14:15.000000001Z"),
        # Snaps
        ("@s", "2024-05-15T13:14:15Z", "2024-05-15T13:14:16Z"),
        ("now@m", "2024-05-15T13:14:00Z", "2024-05-15T13:15:00Z"),
        ("@h", "2024-05-15T13:00:00Z", "2024-05-15T14:00:00Z"),
        ("@D", "2024-05-15T00:00:00Z", "2024-05-16T00:00:00Z"),
        ("-1d@d", "2024-05-14T00:00:00Z", "2024-05-15T00:00:00Z"),
        ("-14h@d", "2024-05-14T00:00:00Z", "2024-05-15T00:00:00Z"),
        ("@w", "2024-05-13T00:00:00Z", "2024-05-20T00:00:00Z"),
        ("-1w@w", "2024-05-06T00:00:00Z", "2024-05-13T00:00:00Z"),
        ("-2d@w", "2024-05-13T00:00:00Z", "2024-05-20T00:00:00Z"),
        ("-3d@w", "2024-05-06T00:00:00Z", "2024-05-13T00:00:00Z"),
        ("@mon", "2024-05-01T00:00:00Z", "2024-06-01T00:00:00Z"),
        ("-15d@mon", "2024-04-01T00:00:00Z", "2024-05-01T00:00:00Z"),
    ],
)
def test_units(text: str, first: str, after: str) -> None:
    assert read(text) == (first, after)


def test_an_offset_in_the_text_goes_before_the_zone() -> None:
    text = "2024-10-27T02:30+02:00"
    assert parse_time(text, now=0, zone=zone("Europe/Berlin")) == parse_time(text, now=0)


# ---- in a zone


@pytest.mark.parametrize(
    ("text", "name", "first", "after"),
    [
        ("2018-12-13", "Asia/Shanghai", "2018-12-13T00:00:00+08:00", "2018-12-14T00:00:00+08:00"),
        ("2018-12-13 14:00", "Asia/Shanghai", "2018-12-13T14:00:00+08:00", "2018-12-13T14:01:00+08:00"),
        ("2018-12", "-03:30", "2018-12-01T00:00:00-03:30", "2019-01-01T00:00:00-03:30"),
        # Days of 23 and of 25 hours, a month with a change in it.
        ("2024-03-31", "Europe/Berlin", "2024-03-31T00:00:00+01:00", "2024-04-01T00:00:00+02:00"),
        ("2024-10-27", "Europe/Berlin", "2024-10-27T00:00:00+02:00", "2024-10-28T00:00:00+01:00"),
        ("2024-11", "America/New_York", "2024-11-01T00:00:00-04:00", "2024-12-01T00:00:00-05:00"),
        ("2024-10-06", "Australia/Lord_Howe", "2024-10-06T00:00:00+10:30", "2024-10-07T00:00:00+11:00"),
        # A day without a midnight, and one left out.
        ("2018-11-04", "America/Sao_Paulo", "2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"),
        ("2011-12-29", "Pacific/Apia", "2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00"),
        ("2011-12", "Pacific/Apia", "2011-12-01T00:00:00-10:00", "2012-01-01T00:00:00+14:00"),
        ("@d", "Asia/Shanghai", "2024-05-15T00:00:00+08:00", "2024-05-16T00:00:00+08:00"),
        ("@d", "Pacific/Kiritimati", "2024-05-16T00:00:00+14:00", "2024-05-17T00:00:00+14:00"),
        ("@h", "Asia/Kolkata", "2024-05-15T18:00:00+05:30", "2024-05-15T19:00:00+05:30"),
        ("@w", "America/New_York", "2024-05-13T00:00:00-04:00", "2024-05-20T00:00:00-04:00"),
    ],
)
def test_units_in_a_zone(text: str, name: str, first: str, after: str) -> None:
    assert read(text, name) == (first, after)


@pytest.mark.parametrize(
    ("text", "name", "first", "other"),
    [
        # Twice: the first of the two.
        ("2024-10-27T02:30", "Europe/Berlin", "2024-10-27T02:30:00+02:00", "2024-10-27T02:30:00+01:00"),
        (
            "2024-10-27T02:59:59.9",
            "Europe/Berlin",
            "2024-10-27T02:59:59.9+02:00",
            "2024-10-27T02:59:59.9+01:00",
        ),
        ("2024-11-03 01:00", "America/New_York", "2024-11-03T01:00:00-04:00", "2024-11-03T01:00:00-05:00"),
        ("2024-04-07 01:45", "Australia/Lord_Howe", "2024-04-07T01:45:00+11:00", "2024-04-07T01:45:00+10:30"),
        # Never: by the offset before the change.
        ("2024-03-31T02:30", "Europe/Berlin", "2024-03-31T03:30:00+02:00", "2024-03-31T01:30:00+01:00"),
        ("2024-03-10 02:00", "America/New_York", "2024-03-10T03:00:00-04:00", "2024-03-10T01:00:00-05:00"),
        ("2024-10-06 02:15", "Australia/Lord_Howe", "2024-10-06T02:45:00+11:00", "2024-10-06T01:45:00+10:30"),
        ("1986-05-04 02:30", "Asia/Shanghai", "1986-05-04T03:30:00+09:00", "1986-05-04T01:30:00+08:00"),
    ],
)
def test_a_change_of_the_clock_leaves_a_doubt(text: str, name: str, first: str, other: str) -> None:
    unit = parse_time(text, now=0, zone=zone(name))
    assert unit.other is not None
    assert (format_time(unit.first, zone(name)), format_time(unit.other, zone(name))) == (first, other)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("2024-10-27T01:59:59.9", "Europe/Berlin"),
        ("2024-10-27T03:00", "Europe/Berlin"),
        ("2024-03-31T01:59", "Europe/Berlin"),
        ("2024-03-31T03:00", "Europe/Berlin"),
        ("2024-10-27T02:30Z", "Europe/Berlin"),
        ("2024-10-27T02:30", "UTC"),
        ("2024-10-27T02:30", "+02:00"),
        ("2018-11-04", "America/Sao_Paulo"),
        ("2010-11-07", "America/St_Johns"),
    ],
)
def test_where_there_is_no_doubt(text: str, name: str) -> None:
    assert parse_time(text, now=0, zone=zone(name)).other is None


@pytest.mark.parametrize("text", ["2011-12-30", "2011-12-30T10:00"])
def test_a_day_that_was_left_out_is_refused(text: str) -> None:
    with pytest.raises(BadTimeError) as caught:
        parse_time(text, now=0, zone=zone("Pacific/Apia"))
    assert caught.value.reason == "the day 2011-12-30 was left out in Pacific/Apia"
    assert caught.value.instead == "2011-12-31"


@pytest.mark.parametrize(
    ("now", "text", "name", "first", "after"),
    [
        # The hour that comes twice, each time by itself.
        (
            "2024-10-27T00:30Z",
            "@h",
            "Europe/Berlin",
            "2024-10-27T02:00:00+02:00",
            "2024-10-27T02:00:00+01:00",
        ),
        (
            "2024-10-27T01:30Z",
            "@h",
            "Europe/Berlin",
            "2024-10-27T02:00:00+01:00",
            "2024-10-27T03:00:00+01:00",
        ),
        (
            "2024-03-31T01:30Z",
            "@h",
            "Europe/Berlin",
            "2024-03-31T03:00:00+02:00",
            "2024-03-31T04:00:00+02:00",
        ),
        (
            "2024-03-31T00:30Z",
            "@h",
            "Europe/Berlin",
            "2024-03-31T01:00:00+01:00",
            "2024-03-31T03:00:00+02:00",
        ),
        # An hour of 90 minutes, and one of 30.
        (
            *("2024-04-06T15:15Z", "@h", "Australia/Lord_Howe"),
            *("2024-04-07T01:00:00+11:00", "2024-04-07T02:00:00+10:30"),
        ),
        (
            *("2024-10-05T15:45Z", "@h", "Australia/Lord_Howe"),
            *("2024-10-06T02:30:00+11:00", "2024-10-06T03:00:00+11:00"),
        ),
        ("2011-12-30T10:00Z", "@d", "Pacific/Apia", "2011-12-31T00:00:00+14:00", "2012-01-01T00:00:00+14:00"),
        # A day of a duration has 24 hours: on a day after one of 23, the day before yesterday.
        (
            *("2024-03-31T22:30Z", "-1d@d", "Europe/Berlin"),
            *("2024-03-30T00:00:00+01:00", "2024-03-31T00:00:00+01:00"),
        ),
    ],
)
def test_snaps_where_the_clock_is_changed(now: str, text: str, name: str, first: str, after: str) -> None:
    assert read(text, name, at(now)) == (first, after)


@pytest.mark.parametrize("name", CHANGED)
@pytest.mark.parametrize("step", ["m", "h", "d", "w", "mon"])
def test_units_around_instants_part_time(name: str, step: str) -> None:
    """Every instant lies in the unit around it, and the last instant of a unit in the same one."""
    for now in range(at("2011-12-20T00:00Z"), at("2012-11-20T00:00Z"), 40_000 * SECOND_NS + 7):
        unit = parse_time(f"@{step}", now=now, zone=zone(name))
        assert unit.first <= now < unit.after
        assert parse_time(f"@{step}", now=unit.first, zone=zone(name)) == unit
        assert parse_time(f"@{step}", now=unit.after - 1, zone=zone(name)) == unit
        assert parse_time(f"@{step}", now=unit.after, zone=zone(name)).first == unit.after


# ---- what is no time


@pytest.mark.parametrize(
    ("text", "reason", "instead"),
    [
        ("2024-02-30", "2024-02 has the days 01 to 29", "2024-02-29"),
        ("2023-02-29T12:00Z", "2023-02 has the days 01 to 28", "2023-02-28T12:00Z"),
        ("2023-02-29T25:00", "2023-02 has the days 01 to 28", None),
        ("2024-01-00", "2024-01 has the days 01 to 31", "2024-01-31"),
        ("2024-13-01", "a year has the months 01 to 12", None),
        ("2024-00", "a year has the months 01 to 12", None),
        ("2024-01-01T25:00", "the time of a day is from 00:00:00 to 23:59:59", None),
        ("2024-01-01T24:00", "the time of a day is from 00:00:00 to 23:59:59", None),
        ("2024-01-01T12:60", "the time of a day is from 00:00:00 to 23:59:59", None),
        ("2016-12-31T23:59:60Z", "the time of a day is from 00:00:00 to 23:59:59", None),
        ("2024-01-01T12:00:00.1234567890", "a second has at most 9 decimals", None),
        ("2024-01-01T12:00+24:00", "an offset is from -23:59 to +23:59", None),
        ("12345678901", "epoch seconds have 9 or 10 digits, milliseconds 12 or 13", None),
        ("1544709600000000000", "epoch seconds have 9 or 10 digits, milliseconds 12 or 13", None),
        ("2018/12/13", None, "2018-12-13"),
        ("2018.12.13 14:00", None, "2018-12-13T14:00"),
        ("20181213", None, "2018-12-13"),
        ("2018/13/13", None, None),
        ("24h", None, "-24h"),
        ("1d@d", None, "-1d@d"),
        ("now-6h", None, "-6h"),
        ("now - 6h", None, "-6h"),
        ("today", None, "@d"),
        ("Yesterday", None, "-1d@d"),
        ("@y", None, None),
        ("-1d@w1", None, None),
        ("-", None, None),
        ("", None, None),
        ("noon", None, None),
        ("2024", None, None),
        ("2024-1-1", None, None),
        ("2024-01-01T12", None, None),
        ("2024-01-01T1200", None, None),
        ("2024-01-01\t12:00", None, None),
        ("\uff12\uff10\uff12\uff14-01-01", None, None),
        ("-" + "9" * 100_000 + "d", None, None),
    ],
)
def test_what_is_no_time(text: str, reason: str | None, instead: str | None) -> None:
    with pytest.raises(BadTimeError) as caught:
        parse_time(text, now=NOW)
    assert (caught.value.reason, caught.value.instead) == (reason, instead)
    assert not isinstance(caught.value, TimeOutOfReachError)
    if instead is not None:
        parse_time(instead, now=NOW)


@pytest.mark.parametrize(
    "text",
    ["0000-01-01", "0001-01-01T00:00Z", "1677-01", "2262-05", "9999-12", "9999-12-31T23:59:59Z", "-9999999w"],
)
def test_what_is_out_of_reach(text: str) -> None:
    with pytest.raises(TimeOutOfReachError) as caught:
        parse_time(text, now=NOW, zone=zone("Europe/Berlin"))
    assert caught.value.reason == "a time is from 1677-09-21 to 2262-04-11"


@given(st.text(max_size=40) | st.from_regex(r"-?[0-9tT:.@ dwhmosn-]{0,30}", fullmatch=True))
def test_any_text_is_a_time_or_a_bad_one(text: str) -> None:
    try:
        unit = parse_time(text, now=NOW, zone=zone("Australia/Lord_Howe"))
    except BadTimeError:
        return
    assert TIME_MIN <= unit.first < unit.after <= TIME_MAX


# ---- days and times of day


@pytest.mark.parametrize(
    ("text", "name", "first", "after"),
    [
        ("2018-12-13", "UTC", "2018-12-13T00:00:00Z", "2018-12-14T00:00:00Z"),
        ("2018-12", "UTC", "2018-12-01T00:00:00Z", "2019-01-01T00:00:00Z"),
        ("today", "UTC", "2024-05-15T00:00:00Z", "2024-05-16T00:00:00Z"),
        ("Yesterday", "UTC", "2024-05-14T00:00:00Z", "2024-05-15T00:00:00Z"),
        ("today", "Pacific/Kiritimati", "2024-05-16T00:00:00+14:00", "2024-05-17T00:00:00+14:00"),
    ],
)
def test_days(text: str, name: str, first: str, after: str) -> None:
    unit = parse_day(text, now=NOW, zone=zone(name))
    assert unit.other is None
    assert (format_time(unit.first, zone(name)), format_time(unit.after, zone(name))) == (first, after)


def test_yesterday_is_the_day_before_whatever_its_length() -> None:
    berlin = zone("Europe/Berlin")
    unit = parse_day("yesterday", now=at("2024-03-31T22:30Z"), zone=berlin)
    assert unit == TimeUnit(at("2024-03-31T00:00+01:00"), at("2024-04-01T00:00+02:00"))
    assert unit.after - unit.first == 23 * HOUR_NS


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("2018-12-13T14:00", "2018-12-13"),
        ("2018/12/13", "2018-12-13"),
        ("2018/12/13 14:00", None),
        ("2024-02-30", "2024-02-29"),
        ("now", "today"),
        ("@d", "today"),
        ("-1d", "yesterday"),
        ("-1d@d", "yesterday"),
        ("-2d", None),
        ("2018", None),
        ("1544709600", None),
        ("tomorrow", None),
    ],
)
def test_what_is_no_day(text: str, instead: str | None) -> None:
    with pytest.raises(BadTimeError) as caught:
        parse_day(text, now=NOW)
    assert caught.value.instead == instead
    if instead is not None:
        parse_day(instead, now=NOW)


@pytest.mark.parametrize(
    ("text", "minutes"), [("00:00", 0), ("6:30", 390), ("22:00", 1320), ("24:00", 1440), ("23:59:30", 1439.5)]
)
def test_times_of_day(text: str, minutes: float) -> None:
    assert parse_clock(text) == minutes * 60 * SECOND_NS


@pytest.mark.parametrize(
    "text", ["24:01", "25:00", "12:60", "12:00:60", "12", "1200", "-1:00", "", "\u0661\u0662:\u0660\u0660"]
)
def test_what_is_no_time_of_day(text: str) -> None:
    with pytest.raises(BadTimeError):
        parse_clock(text)


# ---- the hours of days


def hours(low: str, high: str, name: str, first: str, after: str) -> list[tuple[str, str]]:
    """The hours of days in a range, printed in their zone."""
    place = zone(name)
    found = daily_ranges(parse_clock(low), parse_clock(high), place, at(first), at(after) - 1)
    return [(format_time(here, place)[:19], format_time(there, place)[:19]) for here, there in found]


def test_hours_of_days() -> None:
    assert hours("09:00", "17:30", "Asia/Shanghai", "2024-05-01T00:00+08:00", "2024-05-03T00:00+08:00") == [
        ("2024-05-01T09:00:00", "2024-05-01T17:30:00"),
        ("2024-05-02T09:00:00", "2024-05-02T17:30:00"),
    ]


def test_hours_across_midnight_are_cut_at_the_ends() -> None:
    assert hours("22:00", "06:00", "UTC", "2024-05-01T00:00Z", "2024-05-03T00:00Z") == [
        ("2024-05-01T00:00:00", "2024-05-01T06:00:00"),
        ("2024-05-01T22:00:00", "2024-05-02T06:00:00"),
        ("2024-05-02T22:00:00", "2024-05-03T00:00:00"),
    ]


def test_hours_that_a_change_leaves_out_are_never() -> None:
    assert hours("02:00", "03:00", "Europe/Berlin", "2024-03-30T00:00Z", "2024-04-02T00:00Z") == [
        ("2024-03-30T02:00:00", "2024-03-30T03:00:00"),
        ("2024-04-01T02:00:00", "2024-04-01T03:00:00"),
    ]
    assert hours("01:30", "03:30", "Europe/Berlin", "2024-03-31T00:00Z", "2024-03-31T12:00Z") == [
        ("2024-03-31T01:30:00", "2024-03-31T03:30:00")
    ]


def test_hours_that_a_change_repeats_are_twice() -> None:
    berlin = daily_ranges(2 * HOUR_NS, 3 * HOUR_NS, zone("Europe/Berlin"), at("2024-10-27T00:00Z"), TIME_MAX)
    assert berlin[0] == (at("2024-10-27T00:00Z"), at("2024-10-27T02:00Z"))
    assert hours("02:15", "02:45", "Europe/Berlin", "2024-10-27T00:00Z", "2024-10-27T12:00Z") == [
        ("2024-10-27T02:15:00", "2024-10-27T02:45:00"),
        ("2024-10-27T02:15:00", "2024-10-27T02:45:00"),
    ]


def test_hours_end_at_midnight() -> None:
    assert hours("23:00", "24:00", "UTC", "2024-05-01T00:00Z", "2024-05-02T12:00Z") == [
        ("2024-05-01T23:00:00", "2024-05-02T00:00:00")
    ]


def test_hours_of_no_time_are_none() -> None:
    assert daily_ranges(0, HOUR_NS, UTC, 5 * HOUR_NS, 6 * HOUR_NS) == []
    assert daily_ranges(0, HOUR_NS, UTC, 0, 0) == [(0, 1)]
    assert daily_ranges(0, HOUR_NS, UTC, HOUR_NS, HOUR_NS) == []


@pytest.mark.parametrize("name", [*CHANGED, "UTC", "America/St_Johns", "-03:30"])
@pytest.mark.parametrize(
    ("low", "high"),
    [("22:00", "06:00"), ("01:30", "02:30"), ("00:00", "12:00"), ("02:10", "02:20"), ("12:00", "00:00")],
)
@pytest.mark.parametrize(
    "first", ["2011-12-28T00:00Z", "2011-03-05T00:00Z", "2011-11-01T00:00Z", "1988-04-08T00:00Z"]
)
def test_hours_minute_by_minute(name: str, low: str, high: str, first: str) -> None:
    """Against the clock itself, asked every ten minutes for 35 days."""
    place, start = zone(name), at(first) + 7
    last = start + 35 * DAY_NS
    lower, upper = parse_clock(low), parse_clock(high)
    ranges = daily_ranges(lower, upper, place, start, last)
    assert all(here < there for here, there in ranges)
    assert all(there < here for (_, there), (here, _) in pairwise(ranges))
    assert start <= ranges[0][0]
    assert ranges[-1][1] <= last + 1
    for instant in range(start, last + 1, 600 * SECOND_NS):
        seconds = instant // SECOND_NS
        local = datetime.fromtimestamp(seconds, place.rules)
        clock = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second) // timedelta(
            seconds=1
        )
        clock_ns = clock * SECOND_NS + instant % SECOND_NS
        expected = lower <= clock_ns < upper if lower < upper else clock_ns >= lower or clock_ns < upper
        assert any(here <= instant < there for here, there in ranges) == expected, local


# ---- printing


@pytest.mark.parametrize(
    ("time", "name", "text"),
    [
        (0, "UTC", "1970-01-01T00:00:00Z"),
        (-1, "UTC", "1969-12-31T23:59:59.999999999Z"),
        (SECOND_NS // 4, "UTC", "1970-01-01T00:00:00.25Z"),
        (0, "Asia/Shanghai", "1970-01-01T08:00:00+08:00"),
        (0, "+05:30", "1970-01-01T05:30:00+05:30"),
        (0, "-03:30", "1969-12-31T20:30:00-03:30"),
        (0, "Europe/London", "1970-01-01T01:00:00+01:00"),
        (at("2024-01-01T00:00Z"), "Europe/London", "2024-01-01T00:00:00+00:00"),
        (TIME_MIN, "UTC", "1677-09-21T00:12:43.145224192Z"),
        (TIME_MAX, "UTC", "2262-04-11T23:47:16.854775807Z"),
        # Of the time of the sun, whose offset has seconds.
        (at("1890-01-01T00:00Z"), "Asia/Shanghai", "1890-01-01T00:00:00Z"),
    ],
)
def test_printing(time: int, name: str, text: str) -> None:
    assert format_time(time, zone(name)) == text


@given(st.integers(TIME_MIN, TIME_MAX - 1), st.sampled_from([*CHANGED, "UTC", "+05:30", "America/St_Johns"]))
def test_what_is_printed_reads_back(time: int, name: str) -> None:
    unit = parse_time(format_time(time, zone(name)), now=0, zone=zone("Asia/Kathmandu"))
    assert unit.first == time
    assert unit.other is None


@given(st.integers(10**8, 10**10 - 1), st.integers(0, 10**9 - 1))
def test_epoch_seconds_read_back(seconds: int, fraction: int) -> None:
    time = seconds * SECOND_NS + fraction
    if time < TIME_MAX:
        assert parse_time(format_epoch(time), now=0).first == time
