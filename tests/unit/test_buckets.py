"""Buckets: against a walk along the clock, by their properties, and where the clock is changed."""

import re
from collections.abc import Callable
from datetime import UTC as DATETIME_UTC
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from math import gcd
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from flowql.buckets import WIDTH_MAX_NS, Bucket
from flowql.times import TIME_MAX, TIME_MIN, format_time
from flowql.values import DAY_NS, SECOND_NS, parse_duration
from flowql.zones import UTC, Zone, find_zone

MINUTE_NS = 60 * SECOND_NS
CHANGES = {
    "Europe/Berlin": ["2024-03-31T01:00Z", "2024-10-27T01:00Z"],
    "America/New_York": ["2024-03-10T07:00Z", "2024-11-03T06:00Z"],
    # By half an hour.
    "Australia/Lord_Howe": ["2024-04-06T15:00Z", "2024-10-05T15:30Z"],
    # From 00:00 to 01:00, and back from 24:00 to 23:00.
    "America/Sao_Paulo": ["2018-11-04T03:00Z", "2018-02-18T02:00Z"],
    "Africa/Cairo": ["2024-04-25T22:00Z", "2024-10-31T21:00Z"],
    # From 23:30 to 00:30.
    "America/Toronto": ["1919-03-31T04:30Z"],
    # Back from 00:01 to 23:01.
    "America/St_Johns": ["2010-11-07T02:31Z", "2010-03-14T03:31Z"],
    "Asia/Kathmandu": ["1985-12-31T18:30Z"],
    # Without 2011-12-30, 1993-08-21; with most of 1969-09-30 twice.
    "Pacific/Apia": ["2011-12-30T10:00Z", "2011-04-02T14:00Z"],
    "Pacific/Kwajalein": ["1993-08-21T12:00Z", "1969-09-30T13:00Z"],
    "UTC": ["1970-01-01T00:00Z", "2024-03-31T01:00Z"],
    "+05:30": ["1969-12-31T18:30Z", "2024-03-31T01:00Z"],
}
"""Zones, and instants at which their clocks are changed in all the ways that there are."""
DAILY_WIDTHS = ("500ms", "1s", "90s", "5m", "7m", "15m", "1h", "1h30m", "2h", "6h", "7h", "12h", "23h30m")
DAYS_WIDTHS = ("1d", "2d", "3d", "1w", "2w")
WIDTHS = DAILY_WIDTHS + DAYS_WIDTHS


def zone(name: str) -> Zone:
    """The zone of a name that exists."""
    found = find_zone(name)
    assert found is not None
    return found


def width(text: str) -> int:
    """The nanoseconds of a duration."""
    found = parse_duration(text)
    assert found is not None
    return found


def bucket(width_text: str, zone_name: str = "UTC") -> Bucket:
    return Bucket(width(width_text), zone(zone_name))


def at(text: str) -> int:
    """The nanosecond of an instant."""
    return int(datetime.fromisoformat(text).timestamp()) * SECOND_NS


def array(*times: int) -> NDArray[np.int64]:
    return np.array(times, np.int64)


def edge_texts(width_text: str, zone_name: str, low: str, high: str) -> list[str]:
    """The edges of the buckets between two instants as the zone's clock shows them, without seconds."""
    one = bucket(width_text, zone_name)
    texts = [format_time(int(edge), one.zone) for edge in one.edges(at(low), at(high))]
    return [text.replace(":00+", "+").replace(":00-", "-").replace(":00Z", "Z") for text in texts]


@cache
def clock(zone_name: str, instant_s: int) -> int:
    """What a clock shows, in seconds since 1970-01-01 00:00, by the standard library alone."""
    if zone_name.startswith("+"):
        return instant_s + int(zone_name[1:3]) * 3600 + int(zone_name[4:]) * 60
    local = (datetime(1970, 1, 1, tzinfo=DATETIME_UTC) + timedelta(seconds=instant_s)).astimezone(
        ZoneInfo(zone_name)
    )
    return (local.replace(tzinfo=None) - datetime(1970, 1, 1)) // timedelta(seconds=1)  # noqa: DTZ001


def walked_start(width_ns: int, zone_name: str, time: int) -> int:
    """The first instant of a time's bucket, from the definition, step by step along the clock."""
    if width_ns < DAY_NS:
        return walked_back(width_ns, zone_name, time)
    return walked_days(width_ns // DAY_NS, zone_name, time)


def walked_back(width_ns: int, zone_name: str, time: int) -> int:
    """Back to where the clock reads a multiple, or another multiple or day than a step before."""
    step = gcd(width_ns, MINUTE_NS)

    def reading(instant: int) -> tuple[int, int, int]:
        local = clock(zone_name, instant // SECOND_NS) * SECOND_NS + instant % SECOND_NS
        day, since_midnight = divmod(local, DAY_NS)
        return day, *divmod(since_midnight, width_ns)

    instant = time - time % step
    while reading(instant)[2] and reading(instant)[:2] == reading(instant - step)[:2]:
        instant -= step
    return instant


def walked_days(day_count: int, zone_name: str, time: int) -> int:
    """Forward, to the last minute in which the clock for the first time shows a day of another bucket."""
    monday = 4 if day_count % 7 == 0 else 0  # 1970-01-05; from there 2w begin in the weeks between
    if day_count == 14:
        monday -= 7
    minute = time // MINUTE_NS * 60
    first = minute - (day_count + 3) * 86_400
    day = clock(zone_name, first) // 86_400
    start = first
    for here in range(first, minute + 60, 60):
        shown = clock(zone_name, here) // 86_400
        if (shown - monday) // day_count > (day - monday) // day_count:
            start = here
        day = max(day, shown)
    return start * SECOND_NS


@st.composite
def places(draw: st.DrawFn) -> tuple[str, int]:
    """A zone, and an instant at which its clock is changed or the start of a bucket may be in doubt."""
    name = draw(st.sampled_from(sorted(CHANGES)))
    return name, at(draw(st.sampled_from(CHANGES[name])))


@st.composite
def times_around(draw: st.DrawFn, middle: int, reach_ns: int) -> NDArray[np.int64]:
    """Times in any order, some on the minute, some just before it."""
    minutes = st.integers(-reach_ns // MINUTE_NS, reach_ns // MINUTE_NS)
    rest = st.sampled_from((0, -1, 1)) | st.integers(0, MINUTE_NS - 1)
    distances = st.lists(st.tuples(minutes, rest), min_size=1, max_size=12)
    return array(*(middle + minute * MINUTE_NS + ns for minute, ns in draw(distances)))


@settings(max_examples=400)
@given(place=places(), width_text=st.sampled_from(DAILY_WIDTHS), data=st.data())
def test_buckets_of_a_part_of_a_day_are_what_a_walk_finds(
    place: tuple[str, int], width_text: str, data: st.DataObject
) -> None:
    name, middle = place
    times = data.draw(times_around(middle, 30 * 60 * MINUTE_NS))
    expected = [walked_start(width(width_text), name, time) for time in times.tolist()]
    assert bucket(width_text, name).starts(times).tolist() == expected


@settings(max_examples=60)
@given(place=places(), width_text=st.sampled_from(DAYS_WIDTHS), data=st.data())
def test_buckets_of_days_are_what_a_walk_finds(
    place: tuple[str, int], width_text: str, data: st.DataObject
) -> None:
    name, middle = place
    times = data.draw(times_around(middle, 3 * DAY_NS))
    expected = [walked_start(width(width_text), name, time) for time in times.tolist()]
    assert bucket(width_text, name).starts(times).tolist() == expected


@settings(max_examples=300)
@given(place=places(), width_text=st.sampled_from(WIDTHS), data=st.data())
def test_starts_are_before_their_times_and_their_own_and_ascend_with_them(
    place: tuple[str, int], width_text: str, data: st.DataObject
) -> None:
    name, middle = place
    one = bucket(width_text, name)
    times = data.draw(times_around(middle, 400 * DAY_NS))
    starts = one.starts(times)
    assert starts.dtype == np.int64
    assert (starts <= times).all()
    # No clock was ever set back by more than a day.
    assert (times - starts < one.width_ns + DAY_NS).all()
    assert (one.starts(starts) == starts).all()
    assert (np.diff(one.starts(np.sort(times))) >= 0).all()
    alone = [int(one.starts(array(time))[0]) for time in times.tolist()]
    assert starts.tolist() == alone


@settings(max_examples=300)
@given(place=places(), width_text=st.sampled_from(WIDTHS), data=st.data())
def test_edges_are_the_starts_of_all_times_between(
    place: tuple[str, int], width_text: str, data: st.DataObject
) -> None:
    name, middle = place
    one = bucket(width_text, name)
    step = gcd(one.width_ns, MINUTE_NS)
    reach = min(20 * DAY_NS, 4_000 * step)
    low = middle - data.draw(st.integers(0, reach))
    high = low + data.draw(st.integers(1, 2 * reach))
    dense = np.append(low, np.arange(low - low % step + step, high, step))
    edges = one.edges(low, high)
    assert edges.tolist() == np.unique(one.starts(dense)).tolist()
    assert one.edge_count(low, high) == len(edges)


@settings(max_examples=200)
@given(place=places(), width_text=st.sampled_from(WIDTHS), data=st.data(), repeat=st.sampled_from((1, 40)))
def test_cuts_are_the_buckets_that_hold_rows(
    place: tuple[str, int], width_text: str, data: st.DataObject, repeat: int
) -> None:
    """Many rows a bucket are cut at edges, few by their starts."""
    name, middle = place
    one = bucket(width_text, name)
    times = np.sort(np.repeat(data.draw(times_around(middle, 3 * one.width_ns + MINUTE_NS)), repeat))
    edges, rows = one.cuts(times)
    starts, first_rows = np.unique(one.starts(times), return_index=True)
    assert edges.tolist() == starts.tolist()
    assert rows.tolist() == first_rows.tolist()


def test_cuts_by_edges_and_by_starts_are_both_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof of `cuts` covers both of its ways only as long as each is taken where it should be."""
    asked: list[str] = []
    for name in ("starts", "edges"):
        method = getattr(Bucket, name)

        def recorded(*given: object, name: str = name, method: Callable[..., object] = method) -> object:
            asked.append(name)
            return method(*given)

        monkeypatch.setattr(Bucket, name, recorded)
    bucket("1h").cuts(np.arange(0, DAY_NS, MINUTE_NS))
    bucket("1s").cuts(np.arange(0, DAY_NS, MINUTE_NS))
    assert asked == ["edges", "starts"]


@pytest.mark.parametrize(
    "name",
    [
        "Africa/Cairo",
        "Africa/Casablanca",
        "America/Juneau",
        "America/St_Johns",
        "Asia/Manila",
        "Pacific/Apia",
        "Pacific/Kwajalein",
    ],
)
def test_days_are_those_of_the_zone(name: str) -> None:
    """Every day from 1841, when clocks followed the sun, to 2038, that was not left out."""
    one = bucket("1d", name)
    days = range(-47_000, 25_000)
    expected = sorted({one.zone.day_start(day) * SECOND_NS for day in days})
    edges = one.edges(expected[0], expected[-1] + 1)
    assert edges.tolist() == expected
    assert one.edge_count(expected[0], expected[-1] + 1) == len(expected)
    assert (one.starts(edges) == edges).all()
    assert (one.starts(edges[1:] - 1) == edges[:-1]).all()


def test_an_hour_that_is_shown_twice_is_two_buckets_of_an_hour() -> None:
    texts = edge_texts("1h", "Europe/Berlin", "2024-10-26T22:00Z", "2024-10-27T23:00Z")
    assert len(texts) == 25
    assert texts[:5] == [
        "2024-10-27T00:00+02:00",
        "2024-10-27T01:00+02:00",
        "2024-10-27T02:00+02:00",
        "2024-10-27T02:00+01:00",
        "2024-10-27T03:00+01:00",
    ]


@pytest.mark.parametrize(
    ("width_text", "name", "low", "high", "expected"),
    [
        # An hour less in spring, and more in autumn.
        (
            "6h",
            "Europe/Berlin",
            "2024-03-30T23:00Z",
            "2024-03-31T22:00Z",
            [
                "2024-03-31T00:00+01:00",
                "2024-03-31T06:00+02:00",
                "2024-03-31T12:00+02:00",
                "2024-03-31T18:00+02:00",
            ],
        ),
        (
            "6h",
            "Europe/Berlin",
            "2024-10-26T22:00Z",
            "2024-10-27T23:00Z",
            [
                "2024-10-27T00:00+02:00",
                "2024-10-27T06:00+01:00",
                "2024-10-27T12:00+01:00",
                "2024-10-27T18:00+01:00",
            ],
        ),
        # The clock reads 02:00 twice; 00:00 it does not.
        (
            "2h",
            "Europe/Berlin",
            "2024-10-26T22:00Z",
            "2024-10-27T04:00Z",
            [
                "2024-10-27T00:00+02:00",
                "2024-10-27T02:00+02:00",
                "2024-10-27T02:00+01:00",
                "2024-10-27T04:00+01:00",
            ],
        ),
        (
            "2h",
            "America/New_York",
            "2024-11-03T04:00Z",
            "2024-11-03T08:00Z",
            ["2024-11-03T00:00-04:00", "2024-11-03T02:00-05:00"],
        ),
        # 02:00 is leapt over: the bucket is named for what the clock shows.
        (
            "30m",
            "Europe/Berlin",
            "2024-03-31T00:30Z",
            "2024-03-31T02:00Z",
            ["2024-03-31T01:30+01:00", "2024-03-31T03:00+02:00", "2024-03-31T03:30+02:00"],
        ),
        (
            "2h",
            "Europe/Berlin",
            "2024-03-31T00:30Z",
            "2024-03-31T03:00Z",
            ["2024-03-31T00:00+01:00", "2024-03-31T03:00+02:00", "2024-03-31T04:00+02:00"],
        ),
        # By half an hour, from 02:00 back to 01:30.
        (
            "1h",
            "Australia/Lord_Howe",
            "2024-04-06T13:00Z",
            "2024-04-06T16:31Z",
            [
                "2024-04-07T00:00+11:00",
                "2024-04-07T01:00+11:00",
                "2024-04-07T02:00+10:30",
                "2024-04-07T03:00+10:30",
            ],
        ),
        # A day's last bucket is shorter.
        (
            "7h",
            "UTC",
            "2024-01-01T00:00Z",
            "2024-01-02T01:00Z",
            [
                "2024-01-01T00:00Z",
                "2024-01-01T07:00Z",
                "2024-01-01T14:00Z",
                "2024-01-01T21:00Z",
                "2024-01-02T00:00Z",
            ],
        ),
        # A day that starts at 01:00, and one of 25 hours.
        (
            "12h",
            "America/Sao_Paulo",
            "2018-11-03T20:00Z",
            "2018-11-04T15:00Z",
            ["2018-11-03T12:00-03:00", "2018-11-04T01:00-02:00", "2018-11-04T12:00-02:00"],
        ),
        (
            "1d",
            "America/Sao_Paulo",
            "2018-02-17T12:00Z",
            "2018-02-19T00:00Z",
            ["2018-02-17T00:00-02:00", "2018-02-18T00:00-03:00"],
        ),
        # What is shown again of the old day belongs to the new one.
        (
            "1d",
            "America/St_Johns",
            "2010-11-06T12:00Z",
            "2010-11-08T12:00Z",
            ["2010-11-06T00:00-02:30", "2010-11-07T00:00-02:30", "2010-11-08T00:00-03:30"],
        ),
        (
            "1d",
            "America/St_Johns",
            "2010-11-07T02:00Z",
            "2010-11-07T02:50Z",
            ["2010-11-06T00:00-02:30", "2010-11-07T00:00-02:30"],
        ),
        # A width later, when the change is no longer near.
        (
            "1d",
            "America/St_Johns",
            "2010-11-08T02:41Z",
            "2010-11-08T03:00Z",
            ["2010-11-07T00:00-02:30"],
        ),
        # A day that was left out.
        (
            "1d",
            "Pacific/Apia",
            "2011-12-29T12:00Z",
            "2012-01-01T00:00Z",
            ["2011-12-29T00:00-10:00", "2011-12-31T00:00+14:00", "2012-01-01T00:00+14:00"],
        ),
        # Mondays; two weeks are counted from 1969-12-29.
        (
            "1w",
            "Europe/Berlin",
            "2024-10-25T00:00Z",
            "2024-11-05T00:00Z",
            ["2024-10-21T00:00+02:00", "2024-10-28T00:00+01:00", "2024-11-04T00:00+01:00"],
        ),
        (
            "2w",
            "UTC",
            "1969-12-28T00:00Z",
            "1970-01-13T00:00Z",
            ["1969-12-15T00:00Z", "1969-12-29T00:00Z", "1970-01-12T00:00Z"],
        ),
        (
            "2d",
            "UTC",
            "1969-12-31T00:00Z",
            "1970-01-03T00:00Z",
            ["1969-12-30T00:00Z", "1970-01-01T00:00Z"],
        ),
    ],
)
def test_edges(width_text: str, name: str, low: str, high: str, expected: list[str]) -> None:
    assert edge_texts(width_text, name, low, high) == expected
    assert bucket(width_text, name).edge_count(at(low), at(high)) == len(expected)


def test_a_range_ends_before_its_end() -> None:
    one, edge = bucket("1h"), at("2024-01-01T01:00Z")
    assert one.edges(edge - 1, edge).tolist() == [edge - 3600 * SECOND_NS]
    assert one.edges(edge - 1, edge + 1).tolist() == [edge - 3600 * SECOND_NS, edge]
    assert one.edges(edge, edge + 1).tolist() == [edge]
    for high in (edge, edge - 1):
        assert one.edges(edge, high).tolist() == []
        assert one.edge_count(edge, high) == 0


def test_no_times_have_no_buckets() -> None:
    one = bucket("1h", "Europe/Berlin")
    assert one.starts(array()).tolist() == []
    assert [part.tolist() for part in one.cuts(array())] == [[], []]
    assert one.starts(array()).dtype == one.cuts(array())[0].dtype == np.int64


@pytest.mark.parametrize("name", ["UTC", "+05:30", "-11:00", "Asia/Kathmandu"])
@pytest.mark.parametrize("width_text", [*WIDTHS, "5214w"])
def test_the_ends_of_int64(width_text: str, name: str) -> None:
    """Where nothing reaches, a bucket starts at the first instant that there is."""
    one = bucket(width_text, name)
    for end in (TIME_MIN, TIME_MAX):
        piece = range(
            max(TIME_MIN, end - 40 * DAY_NS), min(TIME_MAX, end + 40 * DAY_NS), 7 * 3600 * SECOND_NS
        )
        times = [*piece, end]
        offset = one.zone.offset_at(end // SECOND_NS) * SECOND_NS
        origin = -3 * DAY_NS if one.width_ns % (7 * DAY_NS) == 0 else 0
        span = max(one.width_ns, DAY_NS)
        clocks = [(time + offset - origin) % span for time in times]
        expected = [
            max(TIME_MIN, time - each % one.width_ns) for time, each in zip(times, clocks, strict=True)
        ]
        assert one.starts(array(*times)).tolist() == expected
    low_start, high_start = one.starts(array(TIME_MIN, TIME_MAX)).tolist()
    assert low_start == TIME_MIN
    assert one.edges(TIME_MIN, TIME_MIN + 1).tolist() == [TIME_MIN]
    assert one.edges(TIME_MAX, TIME_MAX + 1).tolist() == [high_start]


def test_all_of_int64_at_once() -> None:
    one = bucket("30d", "Europe/Berlin")
    edges = one.edges(TIME_MIN, TIME_MAX + 1)
    assert one.edge_count(TIME_MIN, TIME_MAX + 1) == len(edges) == 7_118
    assert edges[0] == TIME_MIN
    assert all(earlier < later for earlier, later in pairwise(edges.tolist()))
    assert (one.starts(edges) == edges).all()
    assert bucket("1ms").edge_count(TIME_MIN, TIME_MAX + 1) == (TIME_MAX + 1) // 10**6 * 2 + 2


def test_a_century_is_the_widest() -> None:
    one = Bucket(WIDTH_MAX_NS, UTC)
    assert one.edges(at("1960-01-01T00:00Z"), at("2024-01-01T00:00Z")).tolist() == [-WIDTH_MAX_NS, 0]


@pytest.mark.parametrize(
    ("width_ns", "reason"),
    [
        (0, "a bucket of 0s holds no time"),
        (-SECOND_NS, "a bucket of -1s holds no time"),
        (width("36h"), "a bucket above a day has whole days: 1d or 2d, not 1d12h"),
        (width("1w") + 1, "a bucket above a day has whole days: 7d or 8d, not 604800.000000001s"),
        (WIDTH_MAX_NS + DAY_NS, "a bucket of 36501d is above the 36500d that one may have"),
        (10**30, "a bucket of 11574074074074074d1h46m40s is above the 36500d that one may have"),
    ],
)
def test_widths_that_are_refused(width_ns: int, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}$"):
        Bucket(width_ns, UTC)


@pytest.mark.parametrize(
    ("text", "printed"),
    [("500ms", "500ms"), ("5m", "5m"), ("90m", "1h30m"), ("24h", "1d"), ("1w", "7d")],
)
def test_a_bucket_is_printed_as_its_width(text: str, printed: str) -> None:
    assert str(bucket(text)) == printed
