"""The course of numbers over time: a sparkline for each measure of an answer that goes by time.

Owns what counts as such an answer, by its rows alone: a column of times, at most one column that parts the
rows into series, and measures; the times ascend, and no series has two rows of one time. Each sparkline
stands on zero (on its least value where one is below), and its least and greatest value are told beside it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import Any

import pyarrow as pa

from flowql.render.answer import Column, Style
from flowql.render.fit import ROW_NUMBER
from flowql.render.paint import DIM, painted
from flowql.render.pieces import cells_for
from flowql.render.widths import align_text, display_width, shorten_text
from flowql.schema import Kind
from flowql.times import format_time
from flowql.values import DAY_NS, SECOND_NS, format_duration
from flowql.zones import Zone

_MEASURES = (Kind.COUNT, Kind.REAL, Kind.DURATION)
_ROWS_MAX = 100_000
"""From more rows nothing is drawn; timechart has no more buckets than this."""
_TIMES_MIN = 3
"""Fewer times have no course."""
_CLOCK_CHANGE_NS = 3 * 3600 * SECOND_NS
"""More than what a change of the clock takes from a day."""
_LINES_MAX = 12
_LABEL_WIDTH_MAX = 24
_GAP = "  "


class Course:
    """What the rows of one table say over time; it sees them on their way into the table."""

    def __init__(self, columns: Sequence[Column], zone: Zone, style: Style) -> None:
        self._columns, self._zone, self._style = columns, zone, style
        own = [k for k, column in enumerate(columns) if column.name != ROW_NUMBER]
        times = [k for k in own if columns[k].kind is Kind.TIME]
        self._measures = [k for k in own if columns[k].kind in _MEASURES]
        self._keys = [k for k in own if k not in (*times, *self._measures)]
        has_shape = len(times) == 1 and bool(self._measures) and len(self._keys) <= 1
        self.is_drawn = has_shape and style.width is not None and not style.expanded
        """Whether rows of these columns may have a course, and there is a terminal to draw it on."""
        self._time = times[0] if times else 0
        self._seen: list[pa.RecordBatch] = []
        self._row_count = 0

    def watched(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The batches as they are, each kept while there are not too many rows."""
        for batch in batches:
            self._row_count += batch.num_rows
            if self._row_count <= _ROWS_MAX:
                self._seen.append(batch)
            else:
                self._seen.clear()
            yield batch

    def lines(self) -> list[str]:
        """A heading and a line for each series and measure; nothing where there is no course."""
        if not self.is_drawn or self._row_count > _ROWS_MAX:
            return []
        times = self._values(self._time)
        if None in times or any(later < earlier for earlier, later in pairwise(times)):
            return []
        distinct = sorted(set(times))
        keys = self._key_texts()
        if len(distinct) < _TIMES_MIN or len(set(zip(times, keys, strict=True))) < len(times):
            return []
        return self._drawn(_Steps.of(distinct), times, keys)

    def _drawn(self, steps: "_Steps", times: list[int], keys: list[str]) -> list[str]:
        courses = self._courses(keys)
        shown = _greatest(courses)
        if not shown:
            return []
        ends = [self._ends(course) for course in shown]
        label_width = min(_LABEL_WIDTH_MAX, max(display_width(course.label) for course in shown))
        # Loaded here: most tables have no course.
        from flowql.render.chart import sparkline  # noqa: PLC0415

        assert self._style.width is not None
        room = self._style.width - label_width - max(map(display_width, ends)) - 2 * len(_GAP)
        group = -(-steps.count // max(room, 1))
        lines = [painted(steps.heading(group, self._zone), DIM, self._style)]
        for course, text in zip(shown, ends, strict=True):
            marks = steps.grouped(((times[row], value) for row, value in course.values), group)
            drawn = sparkline(marks, unicode=self._style.unicode)
            label = align_text(shorten_text(course.label, label_width), label_width, right=False)
            lines.append(f"{label}{_GAP}{drawn}{_GAP}{text}")
        if len(courses) > len(shown):
            told = f"{len(courses) - len(shown):,} with smaller sums are not drawn"
            lines.append(painted(told, DIM, self._style))
        return lines

    def _courses(self, keys: list[str]) -> list["_Course"]:
        """Every series of every measure that has a value; the series in the order of their first rows."""
        rows = _rows_by_key(keys)
        is_alone = len(self._measures) == 1
        courses = []
        measured = {k: self._values(k) for k in self._measures}
        for key, places in rows.items():
            for k, values in measured.items():
                label = _label(key, self._columns[k].name, is_alone=is_alone)
                present = [(row, values[row]) for row in places if _is_number(values[row])]
                if present:
                    courses.append(_Course(label, k, present))
        return courses

    def _values(self, place: int) -> list[Any]:
        return [value for batch in self._seen for value in batch.column(place).to_pylist()]

    def _key_texts(self) -> list[str]:
        if not self._keys:
            return [""] * self._row_count
        column = self._columns[self._keys[0]]
        cells = cells_for(column, self._zone, self._style)
        return [text for batch in self._seen for text in cells(batch.column(self._keys[0])).to_pylist()]

    def _ends(self, course: "_Course") -> str:
        """The least and the greatest value, as the table has them."""
        values = [value for _, value in course.values]
        ends = pa.array([min(values), max(values)], self._seen[0].column(course.place).type)
        cells = cells_for(self._columns[course.place], self._zone, self._style)
        return " to ".join(cells(ends).to_pylist())


@dataclass(frozen=True, slots=True)
class _Course:
    """One measure of one series: the place of its column, and its rows with their values."""

    label: str
    place: int
    values: list[tuple[int, float]]


def _greatest(courses: list[_Course]) -> list[_Course]:
    """As many as are drawn: those with the greatest sums, in their own order."""
    if len(courses) <= _LINES_MAX:
        return courses
    sums = [sum(value for _, value in course.values) for course in courses]
    kept = sorted(range(len(courses)), key=lambda k: -sums[k])[:_LINES_MAX]
    return [courses[k] for k in sorted(kept)]


def _is_number(value: float | None) -> bool:
    return value is not None and isfinite(value)


@dataclass(frozen=True, slots=True)
class _Steps:
    """Equal steps of time, by which marks stand beside each other."""

    first: int
    last: int
    step: int
    count: int

    @staticmethod
    def of(times: Sequence[int]) -> "_Steps":
        """The steps of ascending times: as long as the least distance of two of them."""
        step = min(later - earlier for earlier, later in pairwise(times))
        if step > DAY_NS - _CLOCK_CHANGE_NS:  # a day may last 23 hours
            step = max(round(step / DAY_NS), 1) * DAY_NS
        return _Steps(times[0], times[-1], step, round((times[-1] - times[0]) / step) + 1)

    def grouped(self, values: Iterable[tuple[int, float]], group: int) -> list[float | None]:
        """The greatest value of every `group` steps; None where there is none."""
        marks: list[float | None] = [None] * -(-self.count // group)
        for time, value in values:
            k = round((time - self.first) / self.step) // group
            held = marks[k]
            if held is None or value > held:
                marks[k] = value
        return marks

    def heading(self, group: int, zone: Zone) -> str:
        """What the marks stand for."""
        text = f"from {format_time(self.first, zone)} to {format_time(self.last, zone)}, each mark "
        return (
            f"{text}{format_duration(self.step * group)}{f', the greatest of {group}' if group > 1 else ''}"
        )


def _rows_by_key(keys: Sequence[str]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, key in enumerate(keys):
        rows.setdefault(key, []).append(row)
    return rows


def _label(key: str, measure: str, *, is_alone: bool) -> str:
    """What a sparkline is of: the measure, the series, or both."""
    if not key:
        return measure
    return key if is_alone else f"{key} {measure}"
