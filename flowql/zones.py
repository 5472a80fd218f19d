"""Zones: what the clock of a place reads at an instant, and when it reads a given time.

Owns the way from instants (seconds since 1970 UTC) to the local clock and back, the changes of a clock, and
the names of zones. The rules come from the package tzdata, never from the host, so that an answer does not
depend on the machine; nothing global is touched. A local time is a number, too: the seconds from 1970-01-01
00:00 as the clock shows them. Knows nothing of how times are written.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC as DATETIME_UTC
from datetime import datetime, timedelta, timezone, tzinfo
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from flowql.names.nearest import nearest

DAY_S = 86_400
EPOCH_ORDINAL = datetime(1970, 1, 1, tzinfo=DATETIME_UTC).toordinal()
SIMILAR_MAX = 3

_EPOCH = datetime(1970, 1, 1, tzinfo=DATETIME_UTC)
_LOCAL_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - what a clock shows has no zone
_PROBE_S = DAY_S
"""Between two looks for a change of the clock; no clock was ever changed twice within six days."""
_OFFSET = re.compile(
    r"(?:utc|gmt)?(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?", re.ASCII | re.IGNORECASE
)
_STRICT_OFFSET = re.compile(r"[+-]\d\d:?\d\d", re.ASCII)
_NO_PLACES = frozenset(("Factory", "localtime", "posixrules"))
_AREAS = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
_SAID = {
    "beijing": ("Asia/Shanghai",),
    "shenzhen": ("Asia/Shanghai",),
    "guangzhou": ("Asia/Shanghai",),
    "mumbai": ("Asia/Kolkata",),
    "delhi": ("Asia/Kolkata",),
    "bangalore": ("Asia/Kolkata",),
    "washington": ("America/New_York",),
    "boston": ("America/New_York",),
    "seattle": ("America/Los_Angeles",),
    "sanfrancisco": ("America/Los_Angeles",),
    "frankfurt": ("Europe/Berlin",),
    "munich": ("Europe/Berlin",),
    "geneva": ("Europe/Zurich",),
    "edt": ("America/New_York",),
    "cst": ("America/Chicago", "Asia/Shanghai"),
    "cdt": ("America/Chicago",),
    "mdt": ("America/Denver",),
    "pst": ("America/Los_Angeles",),
    "pdt": ("America/Los_Angeles",),
    "bst": ("Europe/London",),
    "cest": ("Europe/Berlin",),
    "eest": ("Europe/Helsinki",),
    "msk": ("Europe/Moscow",),
    "ist": ("Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin"),
    "jst": ("Asia/Tokyo",),
    "kst": ("Asia/Seoul",),
    "sgt": ("Asia/Singapore",),
    "hkt": ("Asia/Hong_Kong",),
    "aest": ("Australia/Sydney",),
    "aedt": ("Australia/Sydney",),
    "nzst": ("Pacific/Auckland",),
    "nzdt": ("Pacific/Auckland",),
}
"""Cities and abbreviations that people say and that no zone is called after, and the zones to propose."""


@dataclass(frozen=True, slots=True)
class Zone:
    """The clock of a place, or one of a fixed offset; zones of one name are equal.

    `name` is the name in the tz database, `UTC`, or an offset such as `+08:00`.
    """

    name: str
    rules: tzinfo = field(compare=False, repr=False)

    def __str__(self) -> str:
        return self.name

    def offset_at(self, instant_s: int) -> int:
        """How far the clock is ahead of UTC at an instant, in seconds."""
        return _seconds((_EPOCH + timedelta(seconds=instant_s)).astimezone(self.rules).utcoffset())

    def local_at(self, instant_s: int) -> int:
        """What the clock reads at an instant."""
        return instant_s + self.offset_at(instant_s)

    def instants_of(self, local_s: int) -> tuple[int, int]:
        """The two readings of a local time, which are the same one if nothing is in doubt.

        The first is by the offset before a change of the clock, the second by the one after it: the clock
        reads `local_s` twice where the first is the earlier one, and never where it is the later one.
        """
        local = _LOCAL_EPOCH + timedelta(seconds=local_s)
        before, after = (_seconds(local.replace(tzinfo=self.rules, fold=fold).utcoffset()) for fold in (0, 1))
        return local_s - before, local_s - after

    def reached_at(self, local_s: int) -> tuple[int, ...]:
        """The instants, ascending, at which the clock comes to read `local_s`, or leaps over it."""
        first, second = self.instants_of(local_s)
        if first == second:
            return (first,)
        return (first, second) if first < second else (self._change_between(second, first),)

    def day_start(self, day: int) -> int:
        """The first instant of a calendar day, a number of days since 1970-01-01.

        Days follow each other without a gap: where the clock goes back over midnight, what it then shows
        again of the old day belongs to the new one. A day that a zone left out ends where it starts.
        """
        return self.reached_at(day * DAY_S)[0]

    def day_at(self, instant_s: int) -> int:
        """The calendar day of an instant, a number of days since 1970-01-01."""
        day = self.local_at(instant_s) // DAY_S
        return day + 1 if self.day_start(day + 1) <= instant_s else day

    def pieces(self, first_s: int, after_s: int) -> list[tuple[int, int, int]]:
        """`[first_s, after_s)` cut where the clock is changed: `(first, after, offset)`, ascending."""
        pieces = []
        start, offset = first_s, self.offset_at(first_s)
        never_changes = isinstance(self.rules, timezone)
        for here in () if never_changes else range(first_s, after_s, _PROBE_S):
            there = min(here + _PROBE_S, after_s)
            new = self.offset_at(there)
            if new != offset:
                change = self._change_between(here, there)
                pieces.append((start, change, offset))
                start, offset = change, new
        pieces.append((start, after_s, offset))
        return [piece for piece in pieces if piece[0] < piece[1]]

    def _change_between(self, before_s: int, after_s: int) -> int:
        """The instant in `(before_s, after_s]` from which on the offset is the one of `after_s`."""
        offset = self.offset_at(after_s)
        while after_s - before_s > 1:
            middle = (before_s + after_s) // 2
            if self.offset_at(middle) == offset:
                after_s = middle
            else:
                before_s = middle
        return after_s


UTC = Zone("UTC", DATETIME_UTC)


def find_zone(name: str) -> Zone | None:
    """The zone of a name in any letter case, of `UTC` or `Z`, or of an offset such as `+08:00` or `+0530`."""
    lowered = name.lower()
    if lowered in ("utc", "z"):
        return UTC
    if _STRICT_OFFSET.fullmatch(name):
        return _fixed(name)
    known = _names().get(lowered)
    return None if known is None else _load(known)


@cache
def zone_names() -> tuple[str, ...]:
    """Every name that `find_zone` knows, offsets aside: `UTC`, the places, then older names."""
    return ("UTC", *(name for name in sorted(_names().values(), key=_by_fame) if name != "UTC"))


def similar_zones(name: str) -> tuple[str, ...]:
    """At most `SIMILAR_MAX` names to propose for one that is no zone's, the nearest first.

    `Shanghai` is Asia/Shanghai, `newyork` America/New_York, `GMT+8` and `+8` are +08:00.
    """
    if offset := _OFFSET.fullmatch(name):
        zone = _fixed(f"{offset['sign']}{offset['hours']:>02}:{offset['minutes'] or '00'}")
        return (zone.name,) if zone else ()
    if named := zones_of_city(name):
        return named
    by_city = _names_by_city()
    cities = nearest(_plain(name), by_city, ())
    return tuple(dict.fromkeys(known for city in cities for known in by_city[city]))[:SIMILAR_MAX]


def zones_of_city(name: str) -> tuple[str, ...]:
    """The names of the zones of a city, or of an abbreviation, however it is written: `New York`."""
    word = _plain(name)
    return _SAID.get(word) or tuple(_names_by_city().get(word, ())[:SIMILAR_MAX])


def _fixed(text: str) -> Zone | None:
    """The zone of an offset; None when it is not below a day."""
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 23 or minutes > 59:
        return None
    if hours == minutes == 0:
        return UTC
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if text[0] == "-" else 1)
    return Zone(f"{text[0]}{hours:02}:{minutes:02}", timezone(offset))


@cache
def _names() -> dict[str, str]:
    """Every name of the tz database, by its lower case."""
    names = (resources.files("tzdata") / "zones").read_text("ascii").split()
    return {name.lower(): name for name in names if name not in _NO_PLACES}


@cache
def _names_by_city() -> dict[str, list[str]]:
    """The names by their last part, and by themselves, as `_plain` has them; the best known first."""
    by_city: dict[str, list[str]] = {}
    for name in sorted(_names().values(), key=_by_fame):
        for spelling in {_plain(name), _plain(name.rpartition("/")[2])}:
            by_city.setdefault(spelling, []).append(name)
    return by_city


@cache
def _load(name: str) -> Zone:
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return Zone(name, ZoneInfo.from_file(file, key=name))


def _plain(name: str) -> str:
    """A name without what people write in different ways: case, blanks, `_`, `-`."""
    return re.sub(r"[\s_-]", "", name).lower()


def _by_fame(name: str) -> tuple[bool, str]:
    """Names of the form Area/City before the older ones, such as `PRC` or `US/Eastern`."""
    return not name.startswith(_AREAS), name


def _seconds(offset: timedelta | None) -> int:
    assert offset is not None, "every zone has an offset at every time"
    return offset.days * DAY_S + offset.seconds
