"""Ticks of an axis of time: round times on a zone's clock, as many as there is room for.

Owns the steps between ticks and how a tick is labelled: the time of day, with the date below it where a new
day begins; the day, with the year; the month. Does not know what stands above the axis, nor how wide a
letter is: all is counted in whatever unit the caller has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from flowql.values import DAY_NS, SECOND_NS
from flowql.zones import Zone

_MINUTE_NS, _HOUR_NS, _MILLISECOND_NS = 60 * SECOND_NS, 3600 * SECOND_NS, SECOND_NS // 1000
_STEPS_NS = (
    *(each * _MILLISECOND_NS for each in (1, 2, 5, 10, 20, 50, 100, 200, 500)),
    *(each * SECOND_NS for each in (1, 2, 5, 10, 15, 30)),
    *(each * _MINUTE_NS for each in (1, 2, 5, 10, 15, 30)),
    *(each * _HOUR_NS for each in (1, 2, 3, 6, 12)),
    *(each * DAY_NS for each in (1, 2, 7, 14)),
)
_STEPS_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)
_MONDAY_NS = -3 * DAY_NS
_MONTH_NS = 31 * DAY_NS
_GAP = 2
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - what a clock shows has no zone


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark at a bar."""

    bar: int
    label: str
    below: str
    """The date or the year that begins with this tick; empty where it goes on."""


def time_ticks(bounds: Sequence[int], zone: Zone, bar_width: float, letter_width: float = 1) -> list[Tick]:
    """Ticks for bars between bounds (nanoseconds), with room for their labels; at least one.

    `bar_width` and `letter_width` are in the same unit. The first `below` names the zone too.
    """
    local = [_local(bound, zone) for bound in bounds[:-1]]
    last = [_local(bound - 1, zone) for bound in bounds[1:]]
    for step in _steps(bounds):
        ticks = _ticks(local, last, step, zone)
        if not ticks:
            break
        room = [(later.bar - earlier.bar) * bar_width for earlier, later in pairwise(ticks)]
        wanted = (max(len(tick.label) for tick in ticks) + _GAP) * letter_width
        if all(each >= wanted for each in room):
            return ticks
    first = _TimeStep(_finest(local[0]))
    return [Tick(0, first.label(local[0]), _with_zone(first.below(local[0]), zone))]


class _TimeStep:
    """Steps of a fixed length."""

    def __init__(self, step_ns: int) -> None:
        self._step = step_ns
        self._origin = _MONDAY_NS if step_ns % (7 * DAY_NS) == 0 else 0

    def floor(self, local: int) -> int:
        """The last step that is not after a local time."""
        return local - (local - self._origin) % self._step

    def label(self, local: int) -> str:
        """The time of day as fine as the step asks for, or the day of the year."""
        if self._step >= DAY_NS:
            return _date(local).isoformat()[5:]
        seconds = (local % DAY_NS) // SECOND_NS
        text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
        if self._step < _MINUTE_NS:
            text += f":{seconds % 60:02}"
        if self._step < SECOND_NS:
            text += f".{local % SECOND_NS // _MILLISECOND_NS:03}"
        return text

    def below(self, local: int) -> str:
        """The date, or the year."""
        day = _date(local)
        return f"{day.year}" if self._step >= DAY_NS else day.isoformat()


class _MonthStep:
    """Steps of calendar months."""

    def __init__(self, months: int) -> None:
        self._months = months

    def floor(self, local: int) -> int:
        """The first instant of the month at which the step begins."""
        day = _date(local)
        months = (day.year * 12 + day.month - 1) // self._months * self._months
        first = date(months // 12, months % 12 + 1, 1)
        return (first - _EPOCH.date()).days * DAY_NS

    def label(self, local: int) -> str:
        """The month, or the year."""
        day = _date(local)
        return f"{day.year}" if self._months % 12 == 0 else f"{day.year}-{day.month:02}"

    def below(self, local: int) -> str:  # noqa: ARG002 - steps are called alike
        """Nothing: the label has the year."""
        return ""


def _steps(bounds: Sequence[int]) -> list[_TimeStep | _MonthStep]:
    """The steps that are not finer than the bars, the finest first."""
    narrowest = min(after - first for first, after in pairwise(bounds))
    steps: list[_TimeStep | _MonthStep] = [_TimeStep(each) for each in _STEPS_NS if each >= narrowest]
    return [*steps, *(_MonthStep(each) for each in _STEPS_MONTHS if each * _MONTH_NS >= narrowest)]


def _ticks(local: list[int], last: list[int], step: _TimeStep | _MonthStep, zone: Zone) -> list[Tick]:
    """A tick at each bar in which a step begins."""
    ticks: list[Tick] = []
    below_before = None
    for bar, (first, final) in enumerate(zip(local, last, strict=True)):
        at = step.floor(final)
        if at < first:
            continue
        below = step.below(at)
        shown = "" if below == below_before else below
        ticks.append(Tick(bar, step.label(at), shown if ticks else _with_zone(below, zone)))
        below_before = below
    return ticks


def _with_zone(below: str, zone: Zone) -> str:
    return f"{below} {zone}".strip()


def _finest(local: int) -> int:
    """The step that a time is a multiple of, to be labelled with all that it has."""
    return next((each for each in (_MINUTE_NS, SECOND_NS) if local % each == 0), _MILLISECOND_NS)


def _local(instant: int, zone: Zone) -> int:
    return instant + zone.offset_at(instant // SECOND_NS) * SECOND_NS


def _date(local: int) -> date:
    return (_EPOCH + timedelta(days=local // DAY_NS)).date()
