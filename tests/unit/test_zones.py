"""Zones: names, offsets, and what the clock does where it is changed."""

import struct
from datetime import UTC as DATETIME_UTC
from datetime import date, datetime
from importlib import resources
from itertools import pairwise

import pytest

from flowql import zones
from flowql.zones import DAY_S, EPOCH_ORDINAL, UTC, Zone, find_zone, similar_zones


def zone(name: str) -> Zone:
    """The zone of a name that exists."""
    found = find_zone(name)
    assert found is not None
    return found


def at(text: str) -> int:
    """The second of an instant."""
    return int(datetime.fromisoformat(text).timestamp())


def day(text: str) -> int:
    """The number of a calendar day."""
    return date.fromisoformat(text).toordinal() - EPOCH_ORDINAL


def local(text: str) -> int:
    """The number of a local time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=DATETIME_UTC).timestamp())


def all_names() -> list[str]:
    """Every name of the tz database."""
    return (resources.files("tzdata") / "zones").read_text().split()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("UTC", "UTC"),
        ("utc", "UTC"),
        ("Z", "UTC"),
        ("z", "UTC"),
        ("+00:00", "UTC"),
        ("-0000", "UTC"),
        ("Asia/Shanghai", "Asia/Shanghai"),
        ("asia/SHANGHAI", "Asia/Shanghai"),
        ("america/argentina/buenos_aires", "America/Argentina/Buenos_Aires"),
        ("Etc/GMT+8", "Etc/GMT+8"),
        ("+08:00", "+08:00"),
        ("+0530", "+05:30"),
        ("-03:30", "-03:30"),
        ("+23:59", "+23:59"),
        ("", None),
        ("Shanghai", None),
        ("+8", None),
        ("+8:00", None),
        ("+24:00", None),
        ("+08:60", None),
        ("08:00", None),
        ("Factory", None),
        ("../tzdata/zones", None),
        ("/etc/localtime", None),
        ("localtime", None),
        ("+\u0660\u0668:\u0660\u0660", None),
    ],
)
def test_names(text: str, name: str | None) -> None:
    found = find_zone(text)
    assert (found.name if found else None) == name


def test_every_name_of_the_database_is_a_zone_in_any_letter_case() -> None:
    for name in set(all_names()) - {"Factory"}:
        expected = "UTC" if name == "UTC" else name
        assert zone(name.upper()).name == zone(name.lower()).name == expected


def test_zones_of_one_name_are_equal() -> None:
    assert zone("+0800") == zone("+08:00")
    assert len({zone("asia/shanghai"), zone("Asia/Shanghai"), zone("+08:00")}) == 2
    assert zone("Etc/UTC") != UTC


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Shanghai", ("Asia/Shanghai",)),
        ("beijing", ("Asia/Shanghai",)),
        ("newyork", ("America/New_York",)),
        ("New York", ("America/New_York",)),
        ("new-york", ("America/New_York",)),
        ("Sidney", ("Australia/Sydney",)),
        ("PST", ("America/Los_Angeles",)),
        ("CST", ("America/Chicago", "Asia/Shanghai")),
        ("GMT+8", ("+08:00",)),
        ("UTC-3:30", ("-03:30",)),
        ("+8", ("+08:00",)),
        ("+8:00", ("+08:00",)),
        ("+99:00", ()),
        ("local", ()),
        ("x" * 100_000, ()),
        ("", ()),
    ],
)
def test_similar_names(text: str, names: tuple[str, ...]) -> None:
    assert similar_zones(text) == names


def test_a_misspelled_name_has_the_right_one_first() -> None:
    assert similar_zones("Europe/Berln")[0] == "Europe/Berlin"


def test_every_name_to_propose_is_a_zone() -> None:
    assert all(zone(name) for names in zones._SAID.values() for name in names)
    assert not [word for word in zones._SAID if find_zone(word)]


@pytest.mark.parametrize(
    ("name", "instant", "offset"),
    [
        ("UTC", "2024-07-01T00:00Z", 0),
        ("Asia/Shanghai", "2024-07-01T00:00Z", 8 * 3600),
        ("Asia/Shanghai", "1988-07-01T00:00Z", 9 * 3600),
        ("Asia/Kolkata", "2024-07-01T00:00Z", 5 * 3600 + 1800),
        ("Europe/Berlin", "2024-03-31T00:59:59Z", 3600),
        ("Europe/Berlin", "2024-03-31T01:00:00Z", 7200),
        ("Europe/Berlin", "2090-07-01T00:00Z", 7200),
        ("America/New_York", "2024-11-03T05:59:59Z", -4 * 3600),
        ("America/New_York", "2024-11-03T06:00:00Z", -5 * 3600),
        ("Australia/Lord_Howe", "2024-04-06T14:59:59Z", 11 * 3600),
        ("Australia/Lord_Howe", "2024-04-06T15:00:00Z", 10 * 3600 + 1800),
        ("Asia/Shanghai", "1890-01-01T00:00Z", 8 * 3600 + 5 * 60 + 43),
        ("-03:30", "2024-01-01T00:00Z", -12_600),
    ],
)
def test_offset(name: str, instant: str, offset: int) -> None:
    assert zone(name).offset_at(at(instant)) == offset
    assert zone(name).local_at(at(instant)) == at(instant) + offset


@pytest.mark.parametrize(
    ("name", "time", "first", "second"),
    [
        ("Europe/Berlin", "2024-07-01T12:00", "2024-07-01T10:00Z", "2024-07-01T10:00Z"),
        ("Europe/Berlin", "2024-10-27T02:30", "2024-10-27T00:30Z", "2024-10-27T01:30Z"),
        ("Europe/Berlin", "2024-03-31T02:30", "2024-03-31T01:30Z", "2024-03-31T00:30Z"),
        ("Europe/Berlin", "2024-03-31T03:00", "2024-03-31T01:00Z", "2024-03-31T01:00Z"),
        ("America/New_York", "2024-11-03T01:00", "2024-11-03T05:00Z", "2024-11-03T06:00Z"),
        ("Australia/Lord_Howe", "2024-04-07T01:45", "2024-04-06T14:45Z", "2024-04-06T15:15Z"),
        ("Australia/Lord_Howe", "2024-10-06T02:15", "2024-10-05T15:45Z", "2024-10-05T15:15Z"),
        ("+08:00", "2024-03-31T02:30", "2024-03-30T18:30Z", "2024-03-30T18:30Z"),
    ],
)
def test_readings_of_a_local_time(name: str, time: str, first: str, second: str) -> None:
    assert zone(name).instants_of(local(time)) == (at(first), at(second))


@pytest.mark.parametrize(
    ("name", "time", "instants"),
    [
        ("Europe/Berlin", "2024-10-27T02:00", ["2024-10-27T00:00Z", "2024-10-27T01:00Z"]),
        ("Europe/Berlin", "2024-03-31T02:00", ["2024-03-31T01:00Z"]),
        ("Europe/Berlin", "2024-03-31T02:59:59", ["2024-03-31T01:00Z"]),
        ("Europe/Berlin", "2024-03-31T03:00", ["2024-03-31T01:00Z"]),
        ("Pacific/Apia", "2011-12-30T12:00", ["2011-12-30T10:00Z"]),
    ],
)
def test_when_the_clock_comes_to_a_time(name: str, time: str, instants: list[str]) -> None:
    assert zone(name).reached_at(local(time)) == tuple(map(at, instants))


@pytest.mark.parametrize(
    ("name", "date_text", "start"),
    [
        ("UTC", "2024-01-01", "2024-01-01T00:00Z"),
        ("Asia/Shanghai", "2024-01-01", "2023-12-31T16:00Z"),
        ("Europe/Berlin", "2024-03-31", "2024-03-30T23:00Z"),
        ("Europe/Berlin", "2024-04-01", "2024-03-31T22:00Z"),
        # The clock leaps from 00:00 to 01:00.
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00Z"),
        # It leaps from 23:30 to 00:30, in the middle of which midnight is.
        ("America/Toronto", "1919-03-31", "1919-03-31T04:30Z"),
        # It goes back from 00:01 to 23:01: the new day has begun.
        ("America/St_Johns", "2010-11-07", "2010-11-07T02:30Z"),
        ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00Z"),
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00Z"),
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00Z"),
    ],
)
def test_the_start_of_a_day(name: str, date_text: str, start: str) -> None:
    assert zone(name).day_start(day(date_text)) == at(start)


@pytest.mark.parametrize(
    ("name", "instant", "date_text"),
    [
        ("Asia/Shanghai", "2024-01-01T15:59:59Z", "2024-01-01"),
        ("Asia/Shanghai", "2024-01-01T16:00:00Z", "2024-01-02"),
        ("America/St_Johns", "2010-11-07T02:29:59Z", "2010-11-06"),
        ("America/St_Johns", "2010-11-07T02:31:00Z", "2010-11-07"),  # 23:01 again
        ("America/St_Johns", "2010-11-07T03:31:00Z", "2010-11-07"),
        ("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31"),
    ],
)
def test_the_day_of_an_instant(name: str, instant: str, date_text: str) -> None:
    assert zone(name).day_at(at(instant)) == day(date_text)


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Asia/Gaza"])
def test_every_instant_lies_in_its_day(name: str) -> None:
    place = zone(name)
    for instant in range(at("2010-01-01T00:00Z"), at("2012-01-08T00:00Z"), 997):
        number = place.day_at(instant)
        assert place.day_start(number) <= instant < place.day_start(number + 1)


def test_pieces() -> None:
    spring, autumn = at("2024-03-31T01:00Z"), at("2024-10-27T01:00Z")
    first, after = at("2024-01-01T00:00:07Z"), at("2025-01-01T00:00:03Z")
    berlin = zone("Europe/Berlin")
    assert berlin.pieces(first, after) == [
        (first, spring, 3600),
        (spring, autumn, 7200),
        (autumn, after, 3600),
    ]
    assert berlin.pieces(spring, spring + 1) == [(spring, spring + 1, 7200)]
    assert berlin.pieces(spring - 1, spring) == [(spring - 1, spring, 3600)]
    assert berlin.pieces(spring - 1, spring + 1) == [(spring - 1, spring, 3600), (spring, spring + 1, 7200)]
    assert berlin.pieces(spring, spring) == []


def changes(name: str) -> list[int]:
    """When a zone's offset changes, from the file itself (RFC 9636), whose second half has 64-bit times."""
    data = (resources.files("tzdata") / "zoneinfo" / name).read_bytes()
    start = 0
    for width in (4, 8):
        standard, utc, leap, time_count, type_count, letters = struct.unpack_from(">6l", data, start + 20)
        times = struct.unpack_from(f">{time_count}{'l' if width == 4 else 'q'}", data, start + 44)
        places = start + 44 + time_count * width
        types = places + time_count
        offsets = [struct.unpack_from(">l", data, types + 6 * i)[0] for i in range(type_count)]
        used = [offsets[i] for i in data[places:types]]
        start = types + 6 * type_count + letters + leap * (width + 4) + standard + utc
    return [times[i] for i, (old, new) in enumerate(pairwise([offsets[0], *used])) if old != new]


def test_no_clock_is_changed_twice_within_what_is_probed() -> None:
    """Else a change and its undoing between two probes would be overlooked."""
    count = 0
    for name in set(all_names()):
        found = changes(name)
        count += len(found)
        assert all(later - earlier > 6 * zones._PROBE_S for earlier, later in pairwise(found)), name
    assert count > 10_000


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/Toronto", "Pacific/Apia", "Africa/Casablanca"])
def test_every_change_in_the_file_is_found(name: str) -> None:
    first, after = at("1900-01-01T00:00Z"), at("2030-01-01T00:00Z")
    expected = [change for change in changes(name) if first < change < after]
    found = [start for start, _, _ in zone(name).pieces(first, after)[1:]]
    assert found[: len(expected)] == expected
    # The file ends with a rule where its list of changes does.
    assert all(there > expected[-1] + DAY_S for there in found[len(expected) :])


def test_every_listed_name_is_a_zone_and_places_come_first() -> None:
    listed = zones.zone_names()
    assert listed[0] == "UTC"
    assert len(set(listed)) == len(listed) > 400
    assert all(zone(name).name == name for name in listed)
    assert listed.index("Asia/Shanghai") < listed.index("PRC")
