"""Ticks of an axis of time: round times on the clock of a zone, with room for their labels."""

from itertools import pairwise

import pytest
from given_histograms import MIDNIGHT_S
from hypothesis import given
from hypothesis import strategies as st

from flowql.render.ticks import Tick, time_ticks
from flowql.times import format_time
from flowql.values import SECOND_NS
from flowql.zones import UTC, Zone, find_zone

HOUR_S = 3_600
DAY_S = 86_400


def zone_of(name: str) -> Zone:
    """A zone that there is."""
    zone = find_zone(name)
    assert zone is not None
    return zone


def ticks(first_s: float, width_s: float, count: int, zone: Zone = UTC, room: int = 90) -> list[Tick]:
    """The ticks of bars of one width, of so many cells together."""
    bounds = [round(first_s * SECOND_NS) + k * round(width_s * SECOND_NS) for k in range(count + 1)]
    return time_ticks(bounds, zone, max(room // count, 1))


def labels(found: list[Tick]) -> list[tuple[int, str, str]]:
    """The ticks as tuples."""
    return [(tick.bar, tick.label, tick.below) for tick in found]


@pytest.mark.parametrize(
    ("first_s", "width_s", "count", "expected"),
    [
        (MIDNIGHT_S, 1800, 48, [(0, "00:00", "2025-03-04 UTC"), (12, "06:00", ""), (24, "12:00", ""), (36, "18:00", "")]),
        (MIDNIGHT_S + 7, 1, 30, [(3, "00:00:10", "2025-03-04 UTC"), (8, "00:00:15", ""), (13, "00:00:20", ""), (18, "00:00:25", ""), (23, "00:00:30", ""), (28, "00:00:35", "")]),
        (MIDNIGHT_S - 2 * HOUR_S, HOUR_S, 4, [(0, "22:00", "2025-03-03 UTC"), (1, "23:00", ""), (2, "00:00", "2025-03-04"), (3, "01:00", "")]),
        (MIDNIGHT_S, DAY_S, 8, [(0, "03-04", "2025 UTC"), (1, "03-05", ""), (2, "03-06", ""), (3, "03-07", ""), (4, "03-08", ""), (5, "03-09", ""), (6, "03-10", ""), (7, "03-11", "")]),
        (MIDNIGHT_S, 0.005, 10, [(0, "00:00:00.000", "2025-03-04 UTC"), (2, "00:00:00.010", ""), (4, "00:00:00.020", ""), (6, "00:00:00.030", ""), (8, "00:00:00.040", "")]),
    ],
)  # fmt: skip
def test_round_times(
    first_s: float, width_s: float, count: int, expected: list[tuple[int, str, str]]
) -> None:
    assert labels(ticks(first_s, width_s, count)) == expected


def test_months_and_years() -> None:
    found = labels(ticks(MIDNIGHT_S, 7 * DAY_S, 60))
    assert found[0] == (4, "2025-04", "UTC")
    assert [label for _, label, _ in found[1:4]] == ["2025-07", "2025-10", "2026-01"]
    decades = [label for _, label, _ in ticks_labels(50 * 365)]
    assert decades == ["1970", "1980", "1990", "2000", "2010"]


def ticks_labels(days: int) -> list[tuple[int, str, str]]:
    """The ticks of many days from 1970 on, in a few bars."""
    return labels(ticks(0, days * DAY_S / 50, 50, room=50))


def test_times_are_those_of_the_zone() -> None:
    found = labels(ticks(MIDNIGHT_S, 1800, 48, zone_of("Asia/Kolkata")))
    assert found[0] == (1, "06:00", "2025-03-04 Asia/Kolkata")
    assert found[-1] == (37, "00:00", "2025-03-05")


def test_a_clock_that_is_put_forward_leaves_a_tick_out() -> None:
    berlin = zone_of("Europe/Berlin")
    before = 1_743_289_200  # 2025-03-30T00:00:00+01:00; at 02:00 it is 03:00
    found = labels(ticks(before, HOUR_S, 6, berlin))
    assert [label for _, label, _ in found] == ["00:00", "01:00", "03:00", "04:00", "05:00", "06:00"]


def test_a_tick_stands_at_the_bar_that_its_time_lies_in() -> None:
    found = ticks(MIDNIGHT_S - 100, 420, 40)
    for tick in found:
        first = MIDNIGHT_S - 100 + tick.bar * 420
        hours, minutes = map(int, tick.label.split(":"))
        clock = hours * HOUR_S + minutes * 60
        assert (clock - first) % DAY_S < 420


def test_without_room_the_first_bar_is_labelled() -> None:
    found = ticks(MIDNIGHT_S + 90, 60, 3, room=6)
    assert labels(found) == [(0, "00:01:30", "2025-03-04 UTC")]


@given(
    st.integers(-(10**9), 4 * 10**9),
    st.sampled_from([0.001, 0.25, 1, 7, 60, 300, 600, 3_600, 10_800, 86_400, 7 * 86_400, 31 * 86_400]),
    st.integers(1, 200),
    st.integers(20, 220),
    st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_labels_never_touch_and_the_first_names_the_zone(
    first_s: int, width_s: float, count: int, room: int, name: str
) -> None:
    bar_width = max(room // count, 1)
    found = ticks(first_s, width_s, count, zone_of(name), room)
    assert found
    assert found[0].below.endswith(name)
    assert all(0 <= tick.bar < count for tick in found)
    for earlier, later in pairwise(found):
        assert (later.bar - earlier.bar) * bar_width > len(earlier.label)


def test_dates_are_those_that_times_are_printed_with() -> None:
    zone = zone_of("America/New_York")
    for tick in ticks(MIDNIGHT_S, HOUR_S, 72, zone):
        printed = format_time((MIDNIGHT_S + tick.bar * HOUR_S) * SECOND_NS, zone)
        assert printed[11:16] == tick.label
        assert not tick.below or tick.below.startswith(printed[:10])
