"""Completion of times: durations, times, days, hours and time zones.

Owns the examples that stand for what has no end of values. A number that was begun gets its units; the days
are today's, and those of the newest record in scope, since logs are often old.
"""

from collections.abc import Iterator
from datetime import date

from flowql.plan.candidates import Around, Candidate, CandidateKind
from flowql.values import SECOND_NS
from flowql.zones import EPOCH_ORDINAL, Zone, find_zone, zone_names

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks", "s": "seconds"}
_LAST = {"15m": "", "1h": "", "24h": "", "7d": "", "30d": ""}
_AGO = {
    "-1h": "an hour ago",
    "-24h": "24 hours ago",
    "-7d": "7 days ago",
    "@d": "the last midnight",
    "-1d@d": "the midnight before",
    "now": "this instant",
}
_HOURS = {
    "22:00..06:00": "the night",
    "09:00..17:00": "office hours",
    "00:00..06:00": "after midnight",
}


def durations(at: Around) -> Iterator[Candidate]:
    """Durations; of a number that was begun, its units."""
    number = at.place.prefix
    pairs = [*_LAST.items()]
    if number.isascii() and number.isdigit():
        pairs += [(f"{number}{unit}", word) for unit, word in _UNITS.items()]
    return at.fitting(pairs, CandidateKind.EXAMPLE)


def times(at: Around) -> Iterator[Candidate]:
    """Times before now, and the newest record's day."""
    return at.fitting([*_AGO.items(), *_newest_day(at)], CandidateKind.EXAMPLE)


def days(at: Around) -> Iterator[Candidate]:
    """Today, yesterday, the newest record's day and its month."""
    zone = at.given.zone
    today = zone.day_at(at.now // SECOND_NS)
    named = [("today", _written(today)), ("yesterday", _written(today - 1))]
    newest = _newest_day(at)
    months = [(day[:7], "its month") for day, _ in newest]
    return at.fitting([*named, *newest, *months], CandidateKind.EXAMPLE)


def hours(at: Around) -> Iterator[Candidate]:
    """Hours of the day."""
    return at.fitting(_HOURS.items(), CandidateKind.EXAMPLE)


def time_zones(at: Around) -> Iterator[Candidate]:
    """The zones whose name, or whose city, begins so, with what their clocks are ahead of UTC now."""
    prefix = at.place.prefix.lower()
    names = [name for name in zone_names() if name.lower().startswith(prefix)]
    cities = [name for name in zone_names() if name.lower().rpartition("/")[2].startswith(prefix)]
    for name in dict.fromkeys([*names, *cities]):
        if name != at.place.prefix:
            yield at.candidate(name, CandidateKind.ZONE, _offset(name, at.now))


def written_day(time_ns: int, zone: Zone) -> str:
    """The day of a time on the clock of a zone."""
    return _written(zone.day_at(time_ns // SECOND_NS))


def _newest_day(at: Around) -> list[tuple[str, str]]:
    starts = [at.source.newest_start(topic) for topic in at.binding.topics]
    newest = max((start for start in starts if start is not None), default=None)
    return [] if newest is None else [(written_day(newest, at.given.zone), "the newest record's day")]


def _written(day: int) -> str:
    return date.fromordinal(day + EPOCH_ORDINAL).isoformat()


def _offset(name: str, now: int) -> str:
    zone = find_zone(name)
    minutes = 0 if zone is None else zone.offset_at(now // SECOND_NS) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
