"""Stages that keep rows as rows, in SQL: conditions, expressions, order."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from residual_rows import (
    ACTION,
    BYTES,
    DURATION,
    END,
    NETWORK,
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
from flowql.lists.named_list import read_list
from flowql.plan import expressions as x
from flowql.plan import predicates as p
from flowql.plan.logical import (
    Column,
    Computed,
    Dedup,
    Extend,
    Filter,
    Head,
    Lookup,
    Project,
    Rename,
    Sort,
    SortKey,
    Tail,
)
from flowql.schema import Kind
from flowql.values import DAY_NS, INT64_MAX, parse_address, parse_network
from flowql.zones import find_zone

TEXTS = Rows((ACTION,), (("REJECT",), ("accept OK",), (None,), ("ACCEPT",), ("-",), ("a.b c",), ("Ärger",)))
NUMBERS = Rows((BYTES,), ((5,), (None,), (7,), (0,), (-3,), (1 << 62,)))
ADDRESSES = Rows((SRC,), (("10.0.0.1",), (None,), ("10.0.0.255",), ("2001:db8::1",), ("10.0.1.0",), ("::",)))
NETWORKS = Rows(
    (NETWORK,), (("10.0.0.0/24",), ("10.0.0.0/8",), (None,), ("2001:db8::/64",), ("10.0.0.7/32",))
)


def held(rows: Rows, predicate: p.Predicate) -> list[Any]:
    """The values of the one column for which the predicate holds."""
    return [row[0] for row in rows.through(Filter(NONE, predicate))]


def ranges(*texts: str) -> tuple[tuple[int, int], ...]:
    """Ranges of addresses by networks."""
    found = [parse_network(text) for text in texts]
    return tuple(sorted(each[:2] for each in found if each))


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        (p.Everything(), ["REJECT", "accept OK", None, "ACCEPT", "-", "a.b c", "Ärger"]),
        (p.Nothing(), []),
        (p.Exists(field(ACTION)), ["REJECT", "accept OK", "ACCEPT", "-", "a.b c", "Ärger"]),
        (p.Not(p.Exists(field(ACTION))), [None]),
        (p.TextEquals(field(ACTION), ("Reject",)), ["REJECT"]),
        (p.TextEquals(field(ACTION), ("Reject", "accept")), ["REJECT", "ACCEPT"]),
        (p.TextEquals(field(ACTION), ("ärger",)), []),  # letter case counts beyond ASCII
        (p.TextEquals(field(ACTION), ("ÄRGER",)), ["Ärger"]),
        (p.HasTokens(field(ACTION), "accept"), ["accept OK", "ACCEPT"]),
        (p.HasTokens(field(ACTION), "accept ok"), ["accept OK"]),
        (p.HasTokens(field(ACTION), "-"), ["-"]),
        (p.Like(field(ACTION), "acc*", (3,)), ["accept OK", "ACCEPT"]),
        (p.Like(field(ACTION), "a.b*", (3,)), ["a.b c"]),
        (p.TokenLike(field(ACTION), "o?", (1,)), ["accept OK"]),
        (p.Matches(field(ACTION), "^a.*t$"), ["ACCEPT"]),
        (p.Matches(field(ACTION), "(?-i)^acc"), ["accept OK"]),
        (p.Not(p.Matches(field(ACTION), "c")), [None, "-", "Ärger"]),
        (p.InValues(field(ACTION), pa.array(["accept", "reject"])), ["REJECT", "ACCEPT"]),
        (
            p.Not(p.InValues(field(ACTION), pa.array(["accept"]))),
            ["REJECT", "accept OK", None, "-", "a.b c", "Ärger"],
        ),
        (p.And((p.HasTokens(field(ACTION), "accept"), p.Not(p.HasTokens(field(ACTION), "ok")))), ["ACCEPT"]),
        (p.Or((p.TextEquals(field(ACTION), ("-",)), p.Not(p.Exists(field(ACTION))))), [None, "-"]),
    ],
)
def test_conditions_on_text(predicate: p.Predicate, expected: list[str | None]) -> None:
    assert held(TEXTS, predicate) == expected


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        (p.InRanges(field(BYTES), ((0, 5),)), [5, 0]),
        (p.InRanges(field(BYTES), ((p.OPEN_LOW, -1), (7, p.OPEN_HIGH))), [7, -3, 1 << 62]),
        (p.InRanges(field(BYTES), ((p.OPEN_LOW, p.OPEN_HIGH),)), [5, 7, 0, -3, 1 << 62]),
        (p.Not(p.InRanges(field(BYTES), ((5, 5),))), [None, 7, 0, -3, 1 << 62]),
        # More ranges than are written out.
        (p.InRanges(field(BYTES), tuple((i, i) for i in range(-3, 60, 2))), [5, 7, -3]),
        (p.Not(p.InRanges(field(BYTES), tuple((i, i) for i in range(-3, 60, 2)))), [None, 0, 1 << 62]),
        (p.HasBits(field(BYTES), 5), [5, 7, -3]),
        (p.InValues(field(BYTES), pa.array([0, 7])), [7, 0]),
        (p.Not(p.InValues(field(BYTES), pa.array([0, 7]))), [5, None, -3, 1 << 62]),
        (p.Like(field(BYTES), "4*", (1,)), [1 << 62]),
        (p.Matches(field(BYTES), "^.$"), [5, 7, 0]),
    ],
)
def test_conditions_on_numbers(predicate: p.Predicate, expected: list[int | None]) -> None:
    assert held(NUMBERS, predicate) == expected


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        (p.InRanges(field(SRC), ranges("10.0.0.0/24")), ["10.0.0.1", "10.0.0.255"]),
        (p.InRanges(field(SRC), ranges("10.0.1.0/32")), ["10.0.1.0"]),
        (p.Not(p.InRanges(field(SRC), ranges("10.0.0.0/8"))), [None, "2001:db8::1", "::"]),
        # More ranges than are written out; zeros at the end of an address count.
        (
            p.InRanges(
                field(SRC), ranges("::/128", "2001:db8::/33", *(f"10.0.1.{2 * i}/32" for i in range(30)))
            ),
            ["2001:db8::1", "10.0.1.0", "::"],
        ),
        (p.InValues(field(SRC), pa.array([bytes(16)], pa.binary(16))), ["::"]),
        (p.Like(field(SRC), "10.0.?.*", (5, 7)), ["10.0.0.1", "10.0.0.255", "10.0.1.0"]),
        (p.Matches(field(SRC), "DB8|^::$"), ["2001:db8::1", "::"]),
    ],
)
def test_conditions_on_addresses(predicate: p.Predicate, expected: list[str | None]) -> None:
    assert held(ADDRESSES, predicate) == expected


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        (("10.0.0.0/8",), ["10.0.0.0/24", "10.0.0.0/8", "10.0.0.7/32"]),
        (("10.0.0.0/24",), ["10.0.0.0/24", "10.0.0.7/32"]),
        (("10.0.0.0/25", "10.0.0.128/25"), ["10.0.0.7/32"]),  # as the binder would not write them: two blocks
        (("2001:db8::/32",), ["2001:db8::/64"]),
        (("2001:db8::/65",), []),
    ],
)
def test_a_network_is_in_what_all_of_it_lies_in(blocks: tuple[str, ...], expected: list[str]) -> None:
    assert held(NETWORKS, p.InRanges(field(NETWORK), ranges(*blocks))) == expected


def test_times_of_day_follow_the_clock_of_a_place() -> None:
    # On 2024-03-31 Berlin's clock goes from 02:00 to 03:00.
    rows = Rows((START,), (*tuple((at(1711843200 + hour * 3600),) for hour in range(5)), (None,)))
    night = p.InDaily(field(START), 3 * 3600 * 10**9, 5 * 3600 * 10**9, "Europe/Berlin")
    assert held(rows, night) == [at(1_711_843_200 + hour * 3600) for hour in (1, 2)]
    across = p.InDaily(field(START), 23 * 3600 * 10**9, 1 * 3600 * 10**9, "UTC")
    assert held(rows, across) == [at(1_711_843_200)]
    assert held(rows, p.Not(across)) == [*(at(1_711_843_200 + hour * 3600) for hour in range(1, 5)), None]


@pytest.mark.parametrize(
    ("relation", "expected"),
    [
        (p.Relation.EQUAL, [("a", "A")]),
        (p.Relation.NOT_EQUAL, [("a", "b")]),
    ],
)
def test_texts_are_compared_letter_case_aside(relation: p.Relation, expected: list[tuple[str, str]]) -> None:
    other = Column("other", Kind.TEXT)
    rows = Rows((ACTION, other), (("a", "A"), ("a", "b"), ("a", None), (None, None)))
    assert rows.through(Filter(NONE, p.Compares(field(ACTION), relation, field(other)))) == expected


def test_addresses_are_compared_as_numbers() -> None:
    other = Column("dstaddr", Kind.ADDRESS)
    rows = Rows(
        (SRC, other), (("10.0.0.9", "10.0.0.10"), ("::1", "10.0.0.1"), ("2001::", "10.0.0.1"), (None, "::"))
    )
    less = p.Compares(field(SRC), p.Relation.LESS, field(other))
    assert rows.through(Filter(NONE, less)) == [("10.0.0.9", "10.0.0.10"), ("::1", "10.0.0.1")]


def test_reals_lie_in_intervals_whose_ends_are_rounded_as_they_are() -> None:
    rows = Rows((RATE,), ((0.1,), (0.30000000000000004,), (None,), (1.0,)))
    tenth = p.Interval(Fraction(1, 10), Fraction(1, 10))
    assert held(rows, p.InIntervals(field(RATE), (tenth,))) == [0.1]
    above = p.Interval(Fraction(3, 10), None, low_excluded=True)
    assert held(rows, p.InIntervals(field(RATE), (above,))) == [0.30000000000000004, 1.0]
    assert held(rows, p.InIntervals(field(RATE), (p.Interval(None, None),))) == [
        0.1,
        0.30000000000000004,
        1.0,
    ]


# ---- expressions


def worked_out(
    expression: x.Expression, kind: Kind, *rows: tuple[Any, ...], columns: tuple[Column, ...]
) -> list[Any]:
    """The expression's values."""
    output = Column("outcome", kind)
    return [row[-1] for row in Rows(columns, rows).through(Extend(NONE, (Computed(output, expression),)))]


def of(operation: x.Operation, left: Any, right: Any, kind: Kind) -> x.Arithmetic:
    """Two columns, or integers."""
    sides = [each if not isinstance(each, Column) else x.Read(each) for each in (left, right)]
    return x.Arithmetic(operation, sides[0], sides[1], kind)


NUMBER_PAIRS = ((7, 2), (-7, 2), (7, 0), (None, 2), (7, None), (7, -2))


@pytest.mark.parametrize(
    ("operation", "kind", "expected"),
    [
        (x.Operation.ADD, Kind.COUNT, [9, -5, 7, None, None, 5]),
        (x.Operation.SUBTRACT, Kind.COUNT, [5, -9, 7, None, None, 9]),
        (x.Operation.MULTIPLY, Kind.COUNT, [14, -14, 0, None, None, -14]),
        (x.Operation.DIVIDE, Kind.REAL, [3.5, -3.5, None, None, None, -3.5]),
        (x.Operation.MODULO, Kind.COUNT, [1, -1, None, None, None, 1]),
    ],
)
def test_arithmetic_of_integers(operation: x.Operation, kind: Kind, expected: list[Any]) -> None:
    pair = of(operation, BYTES, PACKETS, kind)
    found = worked_out(pair, kind, *NUMBER_PAIRS, columns=(BYTES, PACKETS))
    assert found == expected
    assert [type(each) for each in found] == [type(each) for each in expected]


@pytest.mark.parametrize("operation", [x.Operation.ADD, x.Operation.MULTIPLY])
def test_integers_past_64_bits_end_the_query(operation: x.Operation) -> None:
    pair = of(operation, BYTES, PACKETS, Kind.COUNT)
    with pytest.raises(LimitError) as caught:
        worked_out(pair, Kind.COUNT, (1, 1), (INT64_MAX, 3), columns=(BYTES, PACKETS))
    assert caught.value.limit_name == "integer_max"


def test_constants_are_64_bits_wide() -> None:
    big = x.Constant(1 << 31, Kind.COUNT)
    assert worked_out(of(x.Operation.MULTIPLY, big, big, Kind.COUNT), Kind.COUNT, (1,), columns=(BYTES,)) == [
        1 << 62
    ]
    least = x.Constant(-1 << 63, Kind.COUNT)
    assert worked_out(least, Kind.COUNT, (1,), columns=(BYTES,)) == [-1 << 63]
    assert worked_out(x.Constant(None, Kind.ADDRESS), Kind.ADDRESS, (1,), columns=(BYTES,)) == [None]
    assert worked_out(x.Constant("it's", Kind.TEXT), Kind.TEXT, (1,), columns=(BYTES,)) == ["it's"]
    assert worked_out(x.Constant(1e300, Kind.REAL), Kind.REAL, (1,), columns=(BYTES,)) == [1e300]
    address = x.Constant(parse_address("::1"), Kind.ADDRESS)
    assert worked_out(address, Kind.ADDRESS, (1,), columns=(BYTES,)) == ["::1"]


def test_reals_too_great_are_missing() -> None:
    square = of(x.Operation.MULTIPLY, RATE, RATE, Kind.REAL)
    assert worked_out(square, Kind.REAL, (1e200,), (2.0,), (None,), columns=(RATE,)) == [None, 4.0, None]
    rest = of(x.Operation.MODULO, RATE, x.Constant(1.5, Kind.REAL), Kind.REAL)
    assert worked_out(rest, Kind.REAL, (-4.0,), (4.0,), columns=(RATE,)) == [-1.0, 1.0]


def test_times_and_durations() -> None:
    columns = (START, END, BYTES)
    rows = ((at(10), at(12.5), 4), (at(10), None, 4), (at(10), at(10), 4))
    lasted = of(x.Operation.SUBTRACT, END, START, Kind.DURATION)
    assert worked_out(lasted, Kind.DURATION, *rows, columns=columns) == [at(2.5), None, 0]
    rate = of(x.Operation.DIVIDE, BYTES, lasted, Kind.REAL)
    assert worked_out(rate, Kind.REAL, *rows, columns=columns) == [1.6, None, None]
    of_both = of(x.Operation.DIVIDE, lasted, x.Constant(at(5), Kind.DURATION), Kind.REAL)
    assert worked_out(of_both, Kind.REAL, *rows, columns=columns) == [0.5, None, 0.0]
    later = of(x.Operation.ADD, START, x.Constant(at(60), Kind.DURATION), Kind.TIME)
    assert worked_out(later, Kind.TIME, *rows, columns=columns) == [at(70)] * 3


@pytest.mark.parametrize(
    ("duration", "divisor", "expected"),
    [
        (5, 2, 2),
        (7, 2, 4),
        (-5, 2, -2),
        (1, 0, None),
        (INT64_MAX, 2, 1 << 62),
        (INT64_MAX, 1, INT64_MAX),
        (None, 1, None),
    ],
)
def test_a_duration_over_an_integer_is_exact_and_rounds_half_to_even(
    duration: int | None, divisor: int, expected: int | None
) -> None:
    quotient = of(x.Operation.DIVIDE, DURATION, BYTES, Kind.DURATION)
    assert worked_out(quotient, Kind.DURATION, (duration, divisor), columns=(DURATION, BYTES)) == [expected]


@pytest.mark.parametrize(
    ("operation", "duration", "factor", "expected"),
    [
        (x.Operation.MULTIPLY, 5, 0.5, 2),
        (x.Operation.MULTIPLY, 7, 0.5, 4),
        (x.Operation.MULTIPLY, (1 << 60) + 1, 2.0, (1 << 61) + 2),
        (x.Operation.DIVIDE, 3, 2.0, 2),
        (x.Operation.DIVIDE, 1, 0.0, None),
    ],
)
def test_a_duration_and_a_real(
    operation: x.Operation, duration: int, factor: float, expected: int | None
) -> None:
    scaled = of(operation, DURATION, RATE, Kind.DURATION)
    assert worked_out(scaled, Kind.DURATION, (duration, factor), columns=(DURATION, RATE)) == [expected]


def test_a_duration_that_a_real_makes_too_long_ends_the_query() -> None:
    scaled = of(x.Operation.MULTIPLY, DURATION, RATE, Kind.DURATION)
    with pytest.raises(LimitError) as caught:
        worked_out(scaled, Kind.DURATION, (1 << 62, 4.0), columns=(DURATION, RATE))
    assert caught.value.limit_name == "integer_max"


@pytest.mark.parametrize(
    ("digits", "value", "expected"),
    [
        (0, 2.5, 3),
        (0, -2.5, -3),
        (0, 0.49999999999999994, 0),
        (2, 1.005, 1.0),
        (2, 1.115, 1.11),
        (2, 0.125, 0.13),
        (1, None, None),
    ],
)
def test_rounding_is_exact_halves_away_from_zero(
    digits: int, value: float | None, expected: float | None
) -> None:
    kind = Kind.REAL if digits else Kind.COUNT
    assert worked_out(x.Round(x.Read(RATE), digits), kind, (value,), columns=(RATE,)) == [expected]


def test_comparisons_are_numbers_and_missing_where_a_side_is() -> None:
    less = x.Compared(p.Relation.LESS, x.Read(BYTES), x.Read(PACKETS))
    assert worked_out(less, Kind.COUNT, *NUMBER_PAIRS, columns=(BYTES, PACKETS)) == [0, 1, 0, None, None, 0]
    alike = x.Compared(p.Relation.EQUAL, x.Read(ACTION), x.Constant("Accept", Kind.TEXT))
    assert worked_out(alike, Kind.COUNT, ("ACCEPT",), ("x",), (None,), columns=(ACTION,)) == [1, 0, None]


def test_choices_and_the_first_present_value() -> None:
    choice = x.Choice(p.InRanges(field(BYTES), ((0, 5),)), x.Constant("few", Kind.TEXT), x.Read(ACTION))
    rows = ((3, "a"), (9, "b"), (None, "c"), (9, None))
    assert worked_out(choice, Kind.TEXT, *rows, columns=(BYTES, ACTION)) == ["few", "b", "c", None]
    first = x.Coalesce((x.Read(BYTES), x.Constant(0, Kind.COUNT)))
    assert worked_out(first, Kind.COUNT, *rows, columns=(BYTES, ACTION)) == [3, 9, 0, 9]


def test_texts_as_in_tables() -> None:
    columns = (SRC, START, DURATION, PORT, RATE, NETWORK)
    shown = x.Concat((*tuple(x.Read(each) for each in columns), x.Constant("!", Kind.TEXT)))
    rows = (
        ("2001:db8::1", at(0.5), at(5400), 22, 1.5, "10.0.0.0/8"),
        ("10.0.0.1", at(0), at(1), None, 1.5, "::/0"),
    )
    assert worked_out(shown, Kind.TEXT, *rows, columns=columns) == [
        "2001:db8::11970-01-01T00:00:00.5Z1h30m221.510.0.0.0/8!",
        None,
    ]
    assert worked_out(x.Lower(x.Read(ACTION)), Kind.TEXT, ("ÄBC",), (None,), columns=(ACTION,)) == [
        "Äbc",
        None,
    ]


def test_networks_and_buckets() -> None:
    prefixed = x.Prefixed(x.Read(SRC), x.Prefix(24, 48))
    rows = (("10.1.2.3",), ("2001:db8:1:2::3",), (None,), ("::ffff:255.255.255.255",))
    assert worked_out(prefixed, Kind.NETWORK, *rows, columns=(SRC,)) == [
        "10.1.2.0/24",
        "2001:db8:1::/48",
        None,
        "255.255.255.0/24",
    ]
    berlin = find_zone("Europe/Berlin")
    assert berlin is not None
    days = x.Bucketed(x.Read(START), Bucket(DAY_NS, berlin))
    # The day on which the clock goes forward begins at 23:00Z and ends at 22:00Z.
    times = (*tuple((at(1711839600 + hour * 3600),) for hour in (-1, 0, 22, 23)), (None,))
    assert worked_out(days, Kind.TIME, *times, columns=(START,)) == [
        at(1_711_839_600 - 86_400),
        at(1_711_839_600),
        at(1_711_839_600),
        at(1_711_839_600 + 23 * 3600),
        None,
    ]


def test_a_computed_column_may_use_those_before_it() -> None:
    double = Computed(counted("double"), of(x.Operation.ADD, BYTES, BYTES, Kind.COUNT))
    more = Computed(counted("more"), of(x.Operation.ADD, counted("double"), BYTES, Kind.COUNT))
    assert Rows((BYTES,), ((1,), (None,))).through(Extend(NONE, (double, more))) == [
        (1, 2, 3),
        (None, None, None),
    ]


# ---- order


MIXED = Rows(
    (ACTION, BYTES),
    (("b", 1), ("B", 2), (None, 3), ("a", 2), ("A", None), ("a", 1)),
)


def test_sorting_is_by_lowered_text_then_bytes_missing_last_and_stable() -> None:
    assert MIXED.through(Sort(NONE, (SortKey(ACTION, descending=False),))) == [
        ("A", None),
        ("a", 2),
        ("a", 1),
        ("B", 2),
        ("b", 1),
        (None, 3),
    ]
    assert MIXED.through(Sort(NONE, (SortKey(ACTION, descending=True),))) == [
        ("b", 1),
        ("B", 2),
        ("a", 2),
        ("a", 1),
        ("A", None),
        (None, 3),
    ]
    assert MIXED.through(Sort(NONE, (SortKey(BYTES, descending=True),))) == [
        (None, 3),
        ("B", 2),
        ("a", 2),
        ("b", 1),
        ("a", 1),
        ("A", None),
    ]


def test_an_order_outlives_the_columns_that_made_it() -> None:
    renamed = Column("x", Kind.COUNT)
    stages = (
        Sort(NONE, (SortKey(BYTES, descending=True),)),
        Project(NONE, (ACTION,)),
        Extend(NONE, (Computed(BYTES, x.Constant(1, Kind.COUNT)),)),
        Rename(NONE, ((BYTES, renamed),)),
        Head(NONE, 3),
    )
    assert MIXED.through(*stages) == [(None, 1), ("B", 1), ("a", 1)]


def test_names_can_be_exchanged() -> None:
    packets_first = Rename(NONE, ((BYTES, PACKETS), (PACKETS, BYTES)))
    rows = Rows((BYTES, PACKETS), ((1, 10), (2, 5)))
    assert rows.through(Sort(NONE, (SortKey(PACKETS, descending=False),)), packets_first) == [(2, 5), (1, 10)]


@pytest.mark.parametrize(("count", "expected"), [(0, []), (2, [1, 2]), (9, [1, 2, 3, 4])])
def test_the_first_rows(count: int, expected: list[int]) -> None:
    rows = Rows((BYTES,), ((1,), (2,), (3,), (4,)))
    assert [row[0] for row in rows.through(Head(NONE, count))] == expected
    assert [row[0] for row in rows.through(Tail(NONE, 4), Head(NONE, count))] == expected


@pytest.mark.parametrize(("count", "expected"), [(0, []), (2, [3, 4]), (9, [1, 2, 3, 4])])
def test_the_last_rows_keep_their_order(count: int, expected: list[int]) -> None:
    rows = Rows((BYTES,), ((1,), (2,), (3,), (4,)))
    assert [row[0] for row in rows.through(Tail(NONE, count))] == expected
    backwards = Sort(NONE, (SortKey(BYTES, descending=True),))
    assert [row[0] for row in rows.through(backwards, Tail(NONE, count))] == [5 - each for each in expected]


def test_missing_values_are_last_and_so_among_the_last_rows() -> None:
    by_bytes = Sort(NONE, (SortKey(BYTES, descending=False),))
    assert MIXED.through(by_bytes, Tail(NONE, 2)) == [(None, 3), ("A", None)]


def test_the_first_row_of_each_combination() -> None:
    assert MIXED.through(Dedup(NONE, (BYTES,))) == [("b", 1), ("B", 2), (None, 3), ("A", None)]
    by_action = Sort(NONE, (SortKey(ACTION, descending=False),))
    assert MIXED.through(by_action, Dedup(NONE, (BYTES,))) == [("A", None), ("a", 2), ("a", 1), (None, 3)]
    twice = Rows((ACTION,), (("x",), (None,), ("x",), (None,), ("X",)))
    assert twice.through(Dedup(NONE, (ACTION,))) == [("x",), (None,), ("X",)]


@pytest.mark.parametrize(
    "stage",
    [Head(NONE, 3), Tail(NONE, 3), Dedup(NONE, (BYTES,)), Sort(NONE, (SortKey(BYTES, descending=True),))],
)
def test_no_rows(stage: Head | Tail | Dedup | Sort) -> None:
    assert Rows((BYTES,), ()).through(stage) == []


def test_the_most_specific_entry_of_a_list() -> None:
    content = b"net,owner,site\n10.0.0.0/8,corp,\n10.1.0.0/16,lab,east\n2001:db8::/32,v6,west\n"
    assets = read_list(Path("assets.csv"), content)
    added = (Column("owner", Kind.TEXT), Column("src-site", Kind.TEXT))
    rows = Rows(
        (SRC, BYTES), (("10.1.2.3", 1), ("10.2.0.1", 2), (None, 3), ("192.0.2.1", 4), ("2001:db8::9", 5))
    )
    assert [row[2:] for row in rows.through(Lookup(NONE, assets, SRC, added))] == [
        ("lab", "east"),
        ("corp", None),
        (None, None),
        (None, None),
        ("v6", "west"),
    ]
    ports = read_list(Path("ports.csv"), b"port,role\n22,admin\n1-1023,system\n")
    found = Rows((PORT,), ((22,), (23,), (None,), (8080,))).through(
        Lookup(NONE, ports, PORT, (Column("role", Kind.TEXT),))
    )
    assert [row[1] for row in found] == ["admin", "system", None, None]


def test_many_rows_stay_in_order() -> None:
    rows = Rows((BYTES, ACTION), tuple((i, "x" if i % 3 else "y") for i in range(20_000)))
    keep = Filter(NONE, p.TextEquals(field(ACTION), ("x",)))
    made = Extend(
        NONE, (Computed(counted("n"), of(x.Operation.ADD, BYTES, x.Constant(1, Kind.COUNT), Kind.COUNT)),)
    )
    expected = [(i, "x", i + 1) for i in range(20_000) if i % 3]
    assert rows.through(keep, made) == expected
    assert rows.through(keep, made, Tail(NONE, 5000)) == expected[-5000:]
