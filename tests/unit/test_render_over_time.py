"""Sparklines below tables of numbers over time: when there are any, and what they tell."""

import time

import pyarrow as pa
import pytest
from given_answers import START, FakeAnswer, rendered

from flowql.plan.logical import Column
from flowql.render.answer import Style
from flowql.schema import Kind
from flowql.values import DAY_NS, SECOND_NS
from flowql.zones import find_zone

START_COLUMN = Column("start", Kind.TIME)
COUNT, BYTES = Column("n", Kind.COUNT), Column("sum_bytes", Kind.COUNT)
ACTION = Column("action", Kind.TEXT)
MINUTE = 60 * SECOND_NS
TYPES = {Kind.TEXT: pa.string(), Kind.REAL: pa.float64()}


def answer(columns: tuple[Column, ...], *rows: tuple[object, ...]) -> FakeAnswer:
    """An answer with these rows; the first cell of each is in minutes from a start on."""
    arrays = [
        pa.array(values, TYPES.get(column.kind, pa.int64()))
        for column, values in zip(columns, zip(*rows, strict=True), strict=True)
    ]
    names = [column.name for column in columns]
    return FakeAnswer(columns, [pa.RecordBatch.from_arrays(arrays, names=names)])


def course(given: FakeAnswer, style: Style | None = None) -> list[str]:
    """The lines below the rows."""
    rows = sum(batch.num_rows for batch in given.given)
    return rendered("table", given, style or Style(width=80)).splitlines()[rows + 1 :]


def minutes(*values: int | None, step: int = 5) -> FakeAnswer:
    """An answer of one measure, a row every five minutes."""
    rows = [(START + k * step * MINUTE, value) for k, value in enumerate(values)]
    return answer((START_COLUMN, COUNT), *rows)


def test_one_measure() -> None:
    assert course(minutes(0, 2, 8, None, 4)) == [
        "from 2018-12-13T14:00:00Z to 2018-12-13T14:20:00Z, each mark 5m",
        "n   ▂█ ▄  0 to 8",
    ]


def test_series_and_measures() -> None:
    rows = [
        *((START, "ACCEPT", 1, 10), (START, "REJECT", 5, 50), (START, None, 0, None)),
        *((START + MINUTE, "ACCEPT", 2, 20), (START + MINUTE, "REJECT", 0, None)),
        (START + 2 * MINUTE, "ACCEPT", 4, 80),
    ]
    both = course(answer((START_COLUMN, ACTION, COUNT, BYTES), *rows))
    assert both[1:] == [
        "ACCEPT n          ▂▄█  1 to 4",
        "ACCEPT sum_bytes  ▁▂█  10 to 80",
        "REJECT n          █    0 to 5",
        "REJECT sum_bytes  █    50 to 50",
        "- n                    0 to 0",
    ]
    one = course(answer((START_COLUMN, ACTION, COUNT), *(row[:3] for row in rows)))
    assert one[1:] == ["ACCEPT  ▂▄█  1 to 4", "REJECT  █    0 to 5", "-            0 to 0"]


def test_buckets_that_are_no_rows_are_gaps() -> None:
    rows = [(START, 1), (START + MINUTE, 1), (START + 5 * MINUTE, 1)]
    assert course(answer((START_COLUMN, COUNT), *rows))[1] == "n  ██   █  1 to 1"


def test_what_does_not_fit_is_put_together_by_its_greatest() -> None:
    given = minutes(*range(1, 101), step=1)
    heading, line = course(given, Style(width=40))
    assert heading == "from 2018-12-13T14:00:00Z to 2018-12-13T15:39:00Z, each mark 4m, the greatest of 4"
    assert len(line) <= 40
    assert line.split()[1][-1] == "█"
    assert line.endswith("1 to 100")


def test_days_are_days_where_a_clock_changes() -> None:
    berlin = find_zone("Europe/Berlin")
    assert berlin is not None
    midnight = 1_743_202_800 * SECOND_NS  # 2025-03-29, the day before one of 23 hours
    times = [
        midnight,
        midnight + DAY_NS,
        midnight + 2 * DAY_NS - 60 * MINUTE,
        midnight + 3 * DAY_NS - 60 * MINUTE,
    ]
    given = answer((START_COLUMN, COUNT), *((time, 1) for time in times))
    given.zone = berlin
    assert course(given) == [
        "from 2025-03-29T00:00:00+01:00 to 2025-04-01T00:00:00+02:00, each mark 1d",
        "n  ████  1 to 1",
    ]


def test_extremes_are_written_as_in_the_table() -> None:
    rows = [(START + k * MINUTE, value, value / 3) for k, value in enumerate([2048, 4096, 5000])]
    given = answer((START_COLUMN, BYTES, Column("avg", Kind.REAL)), *rows)
    assert [line.split("  ")[-1] for line in course(given)[1:]] == ["2048 to 5000", "682.6667 to 1666.6667"]
    human = course(given, Style(width=80, human=True))[1:]
    assert [line.split("  ")[-1] for line in human] == ["2.0 KiB to 4.9 KiB~", "682.6667 to 1.7 k~"]


def test_many_series_are_counted_and_names_are_escaped() -> None:
    rows = [(START + k * MINUTE, f"{name}\x1b", 1) for k in range(3) for name in range(20)]
    lines = course(answer((START_COLUMN, ACTION, COUNT), *rows))
    assert len(lines) == 1 + 12 + 1
    assert lines[1].startswith(r"0\x1b")
    assert lines[-1] == "8 with smaller sums are not drawn"


def test_the_series_with_the_greatest_sums_are_drawn() -> None:
    rows = [(START + k * MINUTE, f"s{name:02}", name * 7 % 20) for k in range(3) for name in range(20)]
    labels = [line.split()[0] for line in course(answer((START_COLUMN, ACTION, COUNT), *rows))[1:-1]]
    assert labels == [f"s{name:02}" for name in range(20) if name * 7 % 20 >= 8]


def test_many_series_take_no_long() -> None:
    rows = [(START + k * MINUTE, f"s{name}", name) for k in range(5) for name in range(10_000)]
    given = answer((START_COLUMN, ACTION, COUNT), *rows)
    began = time.process_time()
    assert course(given)[-1] == "9,988 with smaller sums are not drawn"
    assert time.process_time() - began < 3


def test_what_is_no_number_is_no_mark() -> None:
    rows = [(START + k * MINUTE, value) for k, value in enumerate([1.0, float("nan"), float("inf"), 2.0])]
    given = answer((START_COLUMN, Column("avg", Kind.REAL)), *rows)
    assert course(given)[1] == "avg  ▄  █  1 to 2"


def test_without_unicode_the_marks_are_ascii() -> None:
    assert course(minutes(0, 2, 8, None, 4), Style(width=80, unicode=False))[1] == "n   .# :  0 to 8"


@pytest.mark.parametrize(
    "given",
    [
        minutes(1, 2),  # no course
        answer(
            (START_COLUMN, COUNT), (START, 1), (START - 1, 1), (START - 2, 1)
        ),  # records, the newest first
        answer((START_COLUMN, COUNT), (START, 1), (START, 1), (START + 1, 1), (START + 2, 1)),
        answer((START_COLUMN, COUNT), (None, 1), (START, 1), (START + 1, 1), (START + 2, 1)),
        answer((START_COLUMN, ACTION), (START, "a"), (START + 1, "b"), (START + 2, "c")),
        answer((START_COLUMN, COUNT), *((START + k, None) for k in range(4))),
        answer(
            (START_COLUMN, ACTION, Column("x", Kind.TEXT), COUNT),
            *((START + k, "a", "b", k) for k in range(4)),
        ),
        answer((COUNT,), (1,), (2,), (3,)),
    ],
)
def test_what_has_no_course(given: FakeAnswer) -> None:
    assert course(given) == []


def test_only_a_table_on_a_terminal_has_sparklines() -> None:
    given = minutes(1, 2, 3)
    assert course(given, Style()) == []
    assert "█" not in rendered("table", given, Style(width=80, expanded=True))
    assert "█" not in rendered("markdown", given, Style(width=80))


def test_a_table_that_is_cut_draws_all_rows() -> None:
    lines = rendered("table", minutes(*range(1, 41)), Style(width=80, rows_max=5)).splitlines()
    assert len(lines) == 1 + 5 + 2
    assert lines[-1].endswith("1 to 40")
