"""Stages that group rows, in SQL: stats, top and rare, timechart, facets."""

from math import ceil
from typing import Any

import pytest
from residual_rows import (
    ACTION,
    BYTES,
    DST,
    DURATION,
    IP,
    NONE,
    PACKETS,
    PORT,
    RATE,
    SRC,
    START,
    Rows,
    at,
    counted,
    field,
)

from flowql.buckets import Bucket
from flowql.errors import LimitError
from flowql.plan import predicates as p
from flowql.plan.expressions import Prefix
from flowql.plan.logical import (
    ALL_TIME,
    Aggregate,
    Column,
    Facets,
    Head,
    Key,
    Measure,
    Project,
    Sort,
    SortKey,
    Timechart,
    TimeRange,
    Top,
)
from flowql.schema import Kind
from flowql.values import DAY_NS, INT64_MAX, SECOND_NS
from flowql.zones import UTC, find_zone

COUNT = Measure("count", None, counted("count"))


def measure(function: str, argument: Column, kind: Kind | None = None, name: str = "m") -> Measure:
    """A measure; of its argument's kind unless said otherwise."""
    return Measure(function, argument, Column(name, kind or argument.kind))


def measured(each: Measure, columns: tuple[Column, ...], *rows: tuple[Any, ...]) -> Any:
    """The measure over all rows."""
    ((value,),) = Rows(columns, rows).through(Aggregate(NONE, (), (each,)))
    return value


GROUPED = Rows(
    (ACTION, BYTES),
    (("b", 1), ("B", 2), (None, 3), ("a", None), ("b", 4), (None, None)),
)


def test_groups_are_ascending_missing_last_and_keep_bytes_as_they_are() -> None:
    stage = Aggregate(NONE, (Key(ACTION, ACTION),), (COUNT, measure("sum", BYTES)))
    assert GROUPED.through(stage) == [("a", 1, None), ("B", 1, 2), ("b", 2, 5), (None, 2, 3)]


def test_without_keys_there_is_one_row_even_of_no_rows() -> None:
    measures = (
        COUNT,
        measure("count", BYTES, name="n"),
        measure("dc", ACTION, Kind.COUNT, "d"),
        measure("sum", BYTES, name="s"),
        measure("avg", BYTES, Kind.REAL, "a"),
        measure("min", ACTION, name="least"),
        measure("p50", BYTES, name="median"),
        measure("values", ACTION, Kind.TEXT, "v"),
    )
    assert Rows((ACTION, BYTES), ()).through(Aggregate(NONE, (), measures)) == [(0, 0, 0, *[None] * 5)]
    assert GROUPED.through(Aggregate(NONE, (), measures)) == [(6, 4, 3, 10, 2.5, "a", 2, "a, B, b")]


def test_sums_are_exact_and_end_the_query_past_64_bits() -> None:
    total = measure("sum", BYTES)
    assert measured(total, (BYTES,), (INT64_MAX - 1,), (1,), (None,)) == INT64_MAX
    assert measured(total, (BYTES,), (INT64_MAX,), (1,), (-1,)) == INT64_MAX
    with pytest.raises(LimitError) as caught:
        measured(total, (BYTES,), (INT64_MAX,), (1,))
    assert caught.value.limit_name == "sum_max"


def test_means_are_rounded_once() -> None:
    mean = measure("avg", BYTES, Kind.REAL)
    values = (INT64_MAX, INT64_MAX - 6, 3)
    assert measured(mean, (BYTES,), *((each,) for each in values)) == sum(values) / 3
    assert measured(mean, (BYTES,), (-1,), (-2,), (None,)) == -1.5
    assert measured(measure("avg", RATE), (RATE,), (0.1,), (0.2,), (0.3,), (None,)) == pytest.approx(0.2)


def test_a_mean_of_durations_is_a_duration_half_to_even() -> None:
    mean = measure("avg", DURATION)
    assert measured(mean, (DURATION,), (1,), (2,)) == 2
    assert measured(mean, (DURATION,), (2,), (3,)) == 2
    assert measured(mean, (DURATION,), (INT64_MAX,), (INT64_MAX - 2,)) == INT64_MAX - 1


def test_sums_of_reals_carry_what_rounding_loses() -> None:
    values = [0.1] * 10
    assert sum(values) != 1.0  # added one by one, as Python did up to 3.11
    assert measured(measure("sum", RATE), (RATE,), *((value,) for value in values)) == 1.0


@pytest.mark.parametrize("percent", [0, 1, 7, 29, 50, 57, 95, 99, 100])
@pytest.mark.parametrize("count", [1, 2, 3, 7, 99, 100, 101, 300])
def test_percentiles_are_nearest_ranks(percent: int, count: int) -> None:
    rows = [(value,) for value in range(count, 0, -1)]
    rank = max(-(-percent * count // 100), 1)
    assert measured(measure(f"p{percent:02}", BYTES), (BYTES,), *rows, (None,)) == rank


def test_every_rank_of_many_counts() -> None:
    # Floating-point fractions go wrong at a few of them: 0.07 * 100 is above 7, 0.29 * 100 below 29.
    assert ceil(0.07 * 100) != 7
    percents = tuple(range(1, 100))
    measures = tuple(measure(f"p{each:02}", BYTES, name=f"p{each}") for each in percents)
    for count in (50, 100, 1000):
        (found,) = Rows((BYTES,), tuple((value,) for value in range(1, count + 1))).through(
            Aggregate(NONE, (), measures)
        )
        assert list(found) == [-(-percent * count // 100) for percent in percents]


@pytest.mark.parametrize(
    ("column", "values", "least", "greatest"),
    [
        (ACTION, ("b", "A", "a", "B", None), "A", "b"),
        (SRC, ("10.0.0.9", "10.0.0.10", "2001:db8::1", "::1", None), "::1", "2001:db8::1"),
        (PORT, (443, 22, None), 22, 443),
        (START, (at(2), at(1), None), at(1), at(2)),
        (RATE, (1.5, -0.5, None), -0.5, 1.5),
        (BYTES, (None, None), None, None),
    ],
)
def test_the_least_and_the_greatest(
    column: Column, values: tuple[Any, ...], least: Any, greatest: Any
) -> None:
    rows = [(value,) for value in values]
    assert measured(measure("min", column), (column,), *rows) == least
    assert measured(measure("max", column), (column,), *rows) == greatest


def test_the_first_and_the_last_by_start_then_identity() -> None:
    # The newest first, and of one start the greatest identity first.
    rows = Rows(
        (START, BYTES),
        ((at(9), None), (at(9), 5), (at(9), 4), (at(7), 3), (at(7), 2), (at(7), None), (None, 1)),
    )
    stage = Aggregate(NONE, (), (measure("first", BYTES, name="f"), measure("last", BYTES, name="l")))
    assert rows.through(stage) == [(2, 5)]
    by_bytes = Sort(NONE, (SortKey(BYTES, descending=False),))
    assert rows.through(by_bytes, stage) == [(2, 5)]
    assert rows.through(by_bytes, Head(NONE, 3), stage) == [(2, 3)]
    assert rows.through(Project(NONE, (START, BYTES)), by_bytes, Project(NONE, (BYTES, START)), stage) == [
        (2, 5)
    ]


def test_values_are_distinct_ascending_and_as_in_tables() -> None:
    stage = Aggregate(NONE, (Key(ACTION, ACTION),), (measure("values", SRC, Kind.TEXT),))
    rows = Rows(
        (ACTION, SRC),
        (("x", "10.0.0.10"), ("y", None), ("x", "10.0.0.9"), ("x", None), ("x", "10.0.0.10"), ("z", "::")),
    )
    assert rows.through(stage) == [("x", "10.0.0.9, 10.0.0.10"), ("y", None), ("z", "::")]
    durations = measure("values", DURATION, Kind.TEXT)
    assert measured(durations, (DURATION,), (at(90),), (at(5),), (None,)) == "5s, 1m30s"


def test_a_condition_narrows_one_measure() -> None:
    few = p.InRanges(field(BYTES), ((0, 2),))
    rejected = Measure("count", None, counted("few"), few)
    others = Measure("count", None, counted("others"), p.Not(few))
    stage = Aggregate(NONE, (Key(ACTION, ACTION),), (COUNT, rejected, others))
    assert GROUPED.through(stage) == [("a", 1, 0, 1), ("B", 1, 1, 0), ("b", 2, 1, 1), (None, 2, 0, 2)]


def test_a_measure_may_take_the_name_of_the_column_that_it_is_of() -> None:
    few = p.InRanges(field(BYTES), ((0, 3),))
    stage = Aggregate(
        NONE, (), (measure("sum", BYTES, name="bytes"), Measure("max", BYTES, counted("most"), few))
    )
    assert GROUPED.through(stage) == [(10, 3)]


# ---- keys


SIDES = Rows(
    (SRC, DST, BYTES),
    (
        ("10.0.0.1", "10.0.0.2", 1),
        ("10.0.0.2", "10.0.0.1", 2),
        ("10.0.0.1", "10.0.0.1", 4),
        (None, "10.0.1.1", 8),
        ("2001:db8::1", None, 16),
        (None, None, 32),
    ),
)


def test_a_row_counts_once_for_each_of_its_different_sides() -> None:
    stage = Aggregate(NONE, (Key(IP, Column("ip", Kind.ADDRESS)),), (COUNT, measure("sum", BYTES)))
    assert SIDES.through(stage) == [
        ("10.0.0.1", 3, 7),
        ("10.0.0.2", 2, 3),
        ("10.0.1.1", 1, 8),
        ("2001:db8::1", 1, 16),
        (None, 1, 32),
    ]


def test_both_sides_in_one_network_are_one() -> None:
    key = Key(IP, Column("ip", Kind.NETWORK), Prefix(24, 64))
    assert SIDES.through(Aggregate(NONE, (key,), (COUNT, measure("sum", BYTES)))) == [
        ("10.0.0.0/24", 3, 7),
        ("10.0.1.0/24", 1, 8),
        ("2001:db8::/64", 1, 16),
        (None, 1, 32),
    ]


def test_the_values_of_both_sides_are_one_set() -> None:
    distinct = measure("dc", IP, Kind.COUNT, "ips")
    assert SIDES.through(Aggregate(NONE, (), (distinct, COUNT, measure("sum", BYTES)))) == [(4, 6, 63)]
    few = Measure("dc", IP, counted("few"), p.InRanges(field(BYTES), ((0, 2),)))
    by_source = Aggregate(NONE, (Key(SRC, SRC),), (distinct, few, COUNT))
    assert SIDES.through(by_source) == [
        ("10.0.0.1", 2, 2, 2),
        ("10.0.0.2", 2, 2, 1),
        ("2001:db8::1", 1, 0, 1),
        (None, 1, 0, 2),
    ]
    both = Aggregate(NONE, (Key(IP, Column("ip", Kind.ADDRESS)),), (distinct, COUNT))
    assert SIDES.through(both)[:2] == [("10.0.0.1", 2, 3), ("10.0.0.2", 2, 2)]


def test_several_keys_with_steps() -> None:
    keys = (
        Key(SRC, Column("srcaddr", Kind.NETWORK), Prefix(31, 128)),
        Key(START, START, Bucket(60 * SECOND_NS, UTC)),
    )
    rows = Rows(
        (START, SRC),
        (
            (at(125), "10.0.0.1"),
            (at(119), "10.0.0.0"),
            (at(60), "10.0.0.1"),
            (None, "10.0.0.1"),
            (at(60), None),
        ),
    )
    assert rows.through(Aggregate(NONE, keys, (COUNT,))) == [
        ("10.0.0.0/31", at(60), 2),
        ("10.0.0.0/31", at(120), 1),
        ("10.0.0.0/31", None, 1),
        (None, at(60), 1),
    ]


# ---- top and rare


def test_the_greatest_then_key_ascending_missing_last() -> None:
    by_count = Top(NONE, 9, Key(ACTION, ACTION), COUNT)
    assert GROUPED.through(by_count) == [("b", 2, 2 / 6), (None, 2, 2 / 6), ("a", 1, 1 / 6), ("B", 1, 1 / 6)]
    by_sum = Top(NONE, 9, Key(ACTION, ACTION), measure("sum", BYTES))
    assert GROUPED.through(by_sum) == [("b", 5, 0.5), (None, 3, 0.3), ("B", 2, 0.2), ("a", None, None)]
    assert GROUPED.through(Top(NONE, 2, Key(ACTION, ACTION), COUNT)) == [("b", 2, 2 / 6), (None, 2, 2 / 6)]


def test_the_rarest_with_a_missing_measure_last() -> None:
    rare = Top(NONE, 9, Key(ACTION, ACTION), measure("sum", BYTES), rarest=True)
    assert GROUPED.through(rare) == [("B", 2, 0.2), (None, 3, 0.3), ("b", 5, 0.5), ("a", None, None)]


def test_shares_of_two_sides_are_of_the_rows() -> None:
    top = Top(NONE, 2, Key(IP, Column("ip", Kind.ADDRESS)), measure("sum", BYTES))
    assert SIDES.through(top) == [(None, 32, 32 / 63), ("2001:db8::1", 16, 16 / 63)]
    by_count = Top(NONE, 2, Key(IP, Column("ip", Kind.ADDRESS)), COUNT)
    assert SIDES.through(by_count) == [("10.0.0.1", 3, 3 / 6), ("10.0.0.2", 2, 2 / 6)]


def test_there_is_no_share_of_nothing() -> None:
    rows = Rows((ACTION, BYTES), (("a", 0), ("b", None)))
    assert rows.through(Top(NONE, 9, Key(ACTION, ACTION), measure("sum", BYTES))) == [
        ("a", 0, None),
        ("b", None, None),
    ]
    assert Rows((ACTION, BYTES), ()).through(Top(NONE, 9, Key(ACTION, ACTION), COUNT)) == []


# ---- timecharts


TIMES = Rows(
    (START, ACTION, BYTES), ((at(130), "b", 1), (at(70), "a", None), (at(65), "b", 2), (None, "z", 9))
)
MINUTES = Key(START, START, Bucket(60 * SECOND_NS, UTC))


def test_every_bucket_of_the_range_has_a_row() -> None:
    chart = Timechart(NONE, MINUTES, (), (COUNT, measure("sum", BYTES)), TimeRange(at(59), at(241)))
    assert TIMES.through(chart) == [
        (0, 0, None),
        (at(60), 2, 2),
        (at(120), 1, 1),
        (at(180), 0, None),
        (at(240), 0, None),
    ]


def test_an_open_end_is_that_of_the_rows() -> None:
    chart = Timechart(NONE, MINUTES, (), (COUNT,), ALL_TIME)
    assert TIMES.through(chart) == [(at(60), 2), (at(120), 1)]
    later = Timechart(NONE, MINUTES, (), (COUNT,), TimeRange(None, at(200)))
    assert TIMES.through(later) == [(at(60), 2), (at(120), 1), (at(180), 0)]
    assert Rows(TIMES.columns, ()).through(chart) == []
    assert Rows(TIMES.columns, ((None, "a", 1),)).through(later) == []
    closed = Timechart(NONE, MINUTES, (), (COUNT,), TimeRange(0, at(61)))
    assert Rows(TIMES.columns, ()).through(closed) == [(0, 0), (at(60), 0)]


def test_every_combination_of_keys_has_a_row_in_every_bucket() -> None:
    distinct = measure("dc", BYTES, Kind.COUNT, "d")
    chart = Timechart(
        NONE, MINUTES, (Key(ACTION, ACTION),), (COUNT, measure("sum", BYTES), distinct), ALL_TIME
    )
    assert TIMES.through(chart) == [
        (at(60), "a", 1, None, 0),
        (at(60), "b", 1, 2, 1),
        (at(120), "a", 0, None, 0),
        (at(120), "b", 1, 1, 1),
    ]
    missing = Rows(TIMES.columns, ((at(61), None, 1), (at(1), "a", 2)))
    assert [row[:3] for row in missing.through(chart)] == [
        (0, "a", 1),
        (0, None, 0),
        (at(60), "a", 0),
        (at(60), None, 1),
    ]


def test_records_that_reach_into_the_range_are_not_lost() -> None:
    chart = Timechart(NONE, MINUTES, (), (COUNT,), TimeRange(at(120), at(180)))
    assert TIMES.through(chart) == [(at(60), 2), (at(120), 1)]


def test_days_follow_the_clock_of_a_place() -> None:
    berlin = find_zone("Europe/Berlin")
    assert berlin is not None
    days = Key(START, START, Bucket(DAY_NS, berlin))
    midnight = 1_711_839_600  # 2024-03-31 00:00 in Berlin; the day has 23 hours
    rows = Rows((START,), ((at(midnight + 23 * 3600),), (at(midnight + 23 * 3600 - 1),), (at(midnight - 1),)))
    chart = Timechart(NONE, days, (), (COUNT,), ALL_TIME)
    assert rows.through(chart) == [
        (at(midnight - 86_400), 1),
        (at(midnight), 1),
        (at(midnight + 23 * 3600), 1),
    ]


def test_too_many_buckets_end_the_query() -> None:
    seconds = Key(START, START, Bucket(SECOND_NS, UTC))
    chart = Timechart(NONE, seconds, (), (COUNT,), TimeRange(0, at(100_001)))
    with pytest.raises(LimitError) as caught:
        TIMES.through(chart)
    assert caught.value.limit_name == "bucket_count_max"
    assert len(TIMES.through(Timechart(NONE, seconds, (), (COUNT,), TimeRange(0, at(100_000))))) == 100_000


# ---- facets


def test_the_most_frequent_values_of_every_column() -> None:
    rows = Rows(
        (ACTION, SRC, PACKETS),
        (
            ("b", "10.0.0.10", 1),
            ("B", "10.0.0.9", 1),
            (None, "10.0.0.9", 2),
            ("a", None, None),
            (None, "10.0.0.10", 3),
        ),
    )
    assert rows.through(Facets(NONE, 3)) == [
        ("action", None, 2, 0.4),
        ("action", "a", 1, 0.2),
        ("action", "B", 1, 0.2),
        ("srcaddr", "10.0.0.9", 2, 0.4),
        ("srcaddr", "10.0.0.10", 2, 0.4),
        ("srcaddr", None, 1, 0.2),
        ("packets", "1", 2, 0.4),
        ("packets", "2", 1, 0.2),
        ("packets", "3", 1, 0.2),
    ]
    assert Rows((ACTION,), ()).through(Facets(NONE, 3)) == []


def test_stages_follow_groups() -> None:
    by_action = Aggregate(NONE, (Key(ACTION, ACTION),), (COUNT, measure("sum", BYTES, name="total")))
    total = counted("total")
    assert GROUPED.through(
        by_action, Sort(NONE, (SortKey(total, descending=True),)), Head(NONE, 2), Project(NONE, (ACTION,))
    ) == [("b",), (None,)]
