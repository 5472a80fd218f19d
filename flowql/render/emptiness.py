"""Why nothing matched, in words.

Owns the words. What is told is worked out elsewhere; a query's `EmptyAnswer` has the shape needed here.
"""

from collections.abc import Sequence
from typing import Protocol

from flowql.errors import printable
from flowql.render.summary import counted
from flowql.times import format_time
from flowql.zones import Zone

_CLAUSE_LENGTH_MAX = 60
"""Characters of a clause that a line repeats: pasted lists go on for pages."""
_LEFT_OUT_SHOWN_MAX = 4
"""Things that one line says were left out."""


class WithoutPart(Protocol):
    """A top-level clause as written, and how many records match without it."""

    @property
    def text(self) -> str:
        """The clause."""

    @property
    def count(self) -> int:
        """The records."""


class PresentValue(Protocol):
    """A value of a field, and how many records have it."""

    @property
    def field(self) -> str:
        """The field's name."""

    @property
    def text(self) -> str:
        """The value as it prints."""

    @property
    def count(self) -> int:
        """The records."""


class NearestValues(Protocol):
    """A clause that no record meets, and the present values nearest to what it asks for."""

    @property
    def text(self) -> str:
        """The clause."""

    @property
    def values(self) -> Sequence[PresentValue]:
        """The values, those of a field together."""


class Emptiness(Protocol):
    """Why no record matched."""

    @property
    def part_count(self) -> int:
        """How many top-level clauses the query has."""

    @property
    def parts(self) -> Sequence[WithoutPart]:
        """Those that were left out in turn."""

    @property
    def in_scope(self) -> int | None:
        """The records of the topics and the time; None when they were not counted."""

    @property
    def without_time(self) -> int | None:
        """How many records match at any time; None when that was not asked or not counted."""

    @property
    def nearest(self) -> Sequence[NearestValues]:
        """What is there instead of values that are not."""

    @property
    def newest_start(self) -> int | None:
        """The newest start of the topics, in nanoseconds."""

    @property
    def left_out(self) -> Sequence[str]:
        """What the time did not suffice for."""


def emptiness_lines(empty: Emptiness, zone: Zone) -> list[str]:
    """A heading and, indented below it, what was found out; times are shown on the clock of the zone."""
    return ["why nothing matched:", *(f"  {line}" for line in _lines(empty, zone))]


def _lines(empty: Emptiness, zone: Zone) -> list[str]:
    lines = []
    if empty.in_scope == 0:
        lines.append("no record of the topics lies in the time asked for")
    lines += _counts(empty)
    further = empty.part_count - len(empty.parts)
    if empty.parts and further > 0 and not empty.left_out:
        lines.append(f"{counted(further, 'further clause')} not left out in turn")
    lines += [_nearest_text(each) for each in empty.nearest]
    if empty.newest_start is None:
        lines.append("no record of the topics has a start")
    else:
        lines.append(f"the newest record starts at {format_time(empty.newest_start, zone)}")
    if empty.left_out:
        shown = [_shortened(each) for each in empty.left_out[:_LEFT_OUT_SHOWN_MAX]]
        more = len(empty.left_out) - len(shown)
        lines.append(
            f"the time did not suffice for: {', '.join([*shown, *([f'{more} more'] if more else [])])}"
        )
    return lines


def _counts(empty: Emptiness) -> list[str]:
    """The counts below one another."""
    told = [(part.count, f"without {_shortened(part.text)}") for part in empty.parts]
    if len(told) > 1 and not any(count for count, _ in told):
        told = [(0, f"whichever one of {len(told)} clauses is left out")]
    if empty.without_time is not None:
        told.append((empty.without_time, "at any time"))
    width = max((len(f"{count:,}") for count, _ in told), default=0)
    one = "record" if all(count == 1 for count, _ in told) else "record "
    return [f"{count:>{width},} {one if count == 1 else 'records'} {what}" for count, what in told]


def _nearest_text(nearest: NearestValues) -> str:
    """`dstport:3390 is in no record in scope; near it: dstport 3389 in 12 records, 3391 in 2`."""
    texts: list[str] = []
    field_before = ""
    for value in nearest.values:
        name = "" if value.field == field_before else f"{value.field} "
        records = counted(value.count, "record") if not texts else f"{value.count:,}"
        texts.append(f"{name}{printable(value.text)} in {records}")
        field_before = value.field
    return f"{_shortened(nearest.text)} is in no record in scope; near it: {', '.join(texts)}"


def _shortened(text: str) -> str:
    """One line of a clause."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= _CLAUSE_LENGTH_MAX else f"{line[: _CLAUSE_LENGTH_MAX - 3]}..."
