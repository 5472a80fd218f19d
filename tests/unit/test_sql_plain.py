"""FlowQL's own functions in plain SQL: DuckDB gives by them what the code gives that they stand for."""

import struct
from random import Random
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from residual_rows import bits, net

from flowql.buckets import Bucket
from flowql.execution.residual.works import vectorized
from flowql.plan import predicates as p
from flowql.plan.expressions import Prefix
from flowql.plan.sql.functions import (
    AsRecorded,
    Divided,
    EdgesOf,
    Holds,
    Joined,
    Mean,
    NetworkOf,
    Rounded,
    Scaled,
    Shown,
    StartOf,
    Work,
    types_of,
)
from flowql.plan.sql.plain import RANGES_MAX, Plain
from flowql.plan.sql.plain_addresses import from_text
from flowql.plan.sql.plain_times import Span
from flowql.plan.sql.refusal import NoSqlError
from flowql.plan.sql.terms import cast, named, real
from flowql.schema import Field, Kind
from flowql.values import DAY_NS, SECOND_NS, format_address, parse_address, parse_network
from flowql.zones import UTC, Zone, find_zone

HOUR_NS = 3_600 * SECOND_NS
BEGIN = 1_704_067_200 * SECOND_NS
SPAN = Span(BEGIN - 200 * DAY_NS, BEGIN + 400 * DAY_NS)
SEED = 7
ADDRESSES = (
    *("10.0.0.5", "0.0.0.0", "255.255.255.255", "::", "::1", "1::", "2001:db8::1", "2001:db8:0:1::"),  # noqa: S104
    *("fe80::1:0:0:1", "1:0:0:2::3", "0:0:1::", "::1:0:0", "1:2:3:4:5:6:7:8", "::102:304", "64:ff9b::a00:5"),
    *("1:0:2:3:4:5:6:7", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:7:0", "100:0:0:10::", "::fffe:a00:5"),
)


def zone(name: str) -> Zone:
    found = find_zone(name)
    assert found is not None, name
    return found


def never(_: Any) -> str:
    raise AssertionError("there is no subquery here")


def by_sql(work: Work, *arguments: list[Any], terms: dict[int, Any] | None = None) -> list[Any]:
    """What DuckDB gives by the plain form, row by row; some arguments may be terms of their own."""
    types, _ = types_of(work)
    given = (terms or {}).get
    shown = [given(i) or cast(named(f"a{i}"), types[i]) for i in range(len(types))]
    term = Plain(SPAN, never).of(work, shown).sql("duckdb", normalize_functions=False)
    table = pa.table({f"a{i}": values for i, values in enumerate(arrays_of(work, *arguments))})
    with duckdb.connect(":memory:") as connection:
        connection.register("given", table)
        return [row[0] for row in connection.sql(f"SELECT {term} FROM given").fetchall()]  # noqa: S608


def by_code(work: Work, *arguments: list[Any]) -> list[Any]:
    """What FlowQL's code gives for the same."""
    found: list[Any] = vectorized(work)(*arrays_of(work, *arguments)).to_pylist()
    return found


def arrays_of(work: Work, *arguments: list[Any]) -> list[pa.Array]:
    """The arguments in the types that the function is called with."""
    kinds = {"BLOB": pa.binary(), "BIGINT": pa.int64(), "DOUBLE": pa.float64(), "VARCHAR": pa.string()}
    kinds |= {f"{name}[]": pa.list_(kind) for name, kind in kinds.items()}
    kinds["DECIMAL(38, 0)"] = pa.decimal128(38, 0)
    types, _ = types_of(work)
    return [pa.array(values, kinds[sql]) for values, sql in zip(arguments, types, strict=True)]


def assert_same(work: Work, *arguments: list[Any]) -> None:
    found, expected = by_sql(work, *arguments), by_code(work, *arguments)
    wrong = [
        each for each in zip(zip(*arguments, strict=True), found, expected, strict=True) if each[1] != each[2]
    ]
    assert not wrong, wrong[:5]


def addresses() -> list[bytes | None]:
    """Addresses of every form, and made-up ones with many zeros."""
    random = Random(SEED)  # noqa: S311 - the same values in every run
    groups = [[random.choice((0, 0, 0, 1, 0x10, 0xDB8, 0xFFFF)) for _ in range(8)] for _ in range(400)]
    made = [struct.pack(">8H", *each) for each in groups]
    return [*map(bits, ADDRESSES), *made, *(bits(f"10.{i}.0.{255 - i}") for i in range(0, 256, 5)), None]


def test_addresses_are_printed_as_flowql_prints_them() -> None:
    assert_same(Shown(Kind.ADDRESS), addresses())


def test_an_address_comes_back_from_its_text() -> None:
    known = [each for each in addresses() if each]
    texts = [format_address(int.from_bytes(each, "big")) for each in known]
    term = from_text(named("text")).sql("duckdb", normalize_functions=False)
    with duckdb.connect(":memory:") as connection:
        connection.register("given", pa.table({"text": [*texts, None]}))
        found = [row[0] for row in connection.sql(f"SELECT {term} FROM given").fetchall()]  # noqa: S608
    assert found == [*known, None]


@pytest.mark.parametrize("text", ["10.0.0", "10.0.0.256", "host", "2001:db8::x"])
def test_what_is_no_address_ends_the_query(text: str) -> None:
    term = from_text(named("text")).sql("duckdb", normalize_functions=False)
    with duckdb.connect(":memory:") as connection:
        connection.register("given", pa.table({"text": [text]}))
        asked = connection.sql(f"SELECT {term} FROM given")  # noqa: S608
        with pytest.raises(duckdb.Error):
            asked.fetchall()


@pytest.mark.parametrize(
    "prefix", [Prefix(24, 64), Prefix(0, 0), Prefix(32, 128), Prefix(9, 47), Prefix(31, 1)]
)
def test_networks(prefix: Prefix) -> None:
    assert_same(NetworkOf(prefix), addresses())
    assert_same(Shown(Kind.NETWORK), [*by_code(NetworkOf(prefix), addresses())])


def test_networks_that_lie_in_ranges() -> None:
    blocks = ("10.0.0.0/8", "10.1.2.0/23", "2001:db8::/33", "0.0.0.0/0", "::/0", "10.1.2.4/30", "fe80::/126")
    ranges = [parse_network(each) for each in ("10.0.0.0/9", "2001:db8::/32", "fe80::/125")]
    bounds = tuple((each[0], each[1]) for each in ranges if each)
    leaf = p.InRanges(Field("net", Kind.NETWORK), bounds)
    assert_same(Holds(leaf), [net(each) for each in blocks])
    assert by_sql(Holds(leaf), [net("10.1.2.0/23"), None]) == [True, None]


def test_many_ranges_are_a_table_and_a_set() -> None:
    at = [parse_address(f"10.0.{i}.7") or 0 for i in range(40)]
    leaf = p.InRanges(Field("srcaddr", Kind.ADDRESS), tuple((low, low + i % 3) for i, low in enumerate(at)))
    texts = ("10.0.0.7", "10.0.0.8", "10.0.1.8", "10.0.2.9", "10.0.2.10", "10.0.39.7", "::1")
    assert_same(Holds(leaf), [bits(each) for each in texts])
    ports = p.InRanges(Field("dstport", Kind.PORT), tuple((i * 10, i * 10 + 1) for i in range(20)))
    assert_same(Holds(ports), [0, 1, 2, 190, 191, 192])


def test_a_list_without_end_is_refused() -> None:
    ranges = tuple((2 * i, 2 * i) for i in range(RANGES_MAX + 1))
    with pytest.raises(NoSqlError, match=r"limit: ranges_max"):
        by_sql(Holds(p.InRanges(Field("bytes", Kind.COUNT), ranges)), [1])


def integers() -> list[int | None]:
    random = Random(SEED)  # noqa: S311 - the same values in every run
    return [0, 1, -1, 7, -7, None, (1 << 63) - 1, *(random.randrange(-(10**9), 10**9) for _ in range(200))]


def test_texts_of_times_and_durations() -> None:
    random = Random(SEED)  # noqa: S311 - the same values in every run
    fine = [BEGIN + random.randrange(-(10**18), 10**18) for _ in range(100)]
    whole = [each // SECOND_NS * SECOND_NS for each in fine]
    for kind in (Kind.TIME, Kind.DURATION):
        times = [
            *fine,
            *whole,
            *(each // 10**6 * 10**6 for each in fine),
            0,
            -1,
            60 * SECOND_NS,
            -90 * SECOND_NS,
            None,
        ]
        assert_same(Shown(kind), times)
        assert_same(AsRecorded(kind), times)


def test_values_are_joined_in_the_order_of_their_kind() -> None:
    assert_same(Joined(Kind.TEXT), [["b", "A", "a", "B", "é", "É"], ["x"], None])
    assert_same(Joined(Kind.ADDRESS), [[bits("::1"), bits("10.0.0.10"), bits("10.0.0.9")], None])
    assert_same(Joined(Kind.PORT), [[443, 80, 9], None])


def test_quotients_of_integers_are_rounded_half_to_even() -> None:
    random = Random(SEED)  # noqa: S311 - the same values in every run
    dividends = [5, 7, -5, -7, 5, -5, 0, None, 4, *(random.randrange(-(10**18), 10**18) for _ in range(300))]
    divisors = [2, 2, 2, 2, -2, -2, 0, 3, 0, *(random.choice((-7, -2, 2, 3, 10, 10**9)) for _ in range(300))]
    assert_same(Divided(), dividends, divisors)


@pytest.mark.parametrize("factor", [1.5, 0.1, -2.5, 0.001, 3.0, 0.0])
@pytest.mark.parametrize("divides", [False, True])
def test_products_of_durations_and_constants(factor: float, *, divides: bool) -> None:
    work = Scaled(divides)
    durations = [each for each in integers() if each is None or abs(each) < 10**9]
    factors = [factor] * len(durations)
    assert by_sql(work, durations, factors, terms={1: real(factor)}) == by_code(work, durations, factors)


def test_products_that_are_not_exact_are_refused() -> None:
    with pytest.raises(NoSqlError, match=r"rounds twice"):
        by_sql(Scaled(divides=False), [1], [1.5])
    with pytest.raises(NoSqlError, match=r"128 bits"):
        by_sql(Scaled(divides=False), [1], [1e-9], terms={1: real(1e-9)})


@pytest.mark.parametrize("digits", [0, 1, 2, 3, 6])
def test_reals_are_rounded_as_if_they_were_exact(digits: int) -> None:
    random = Random(SEED)  # noqa: S311 - the same values in every run
    near = [random.randrange(-(10**6), 10**6) / 10 ** random.randrange(1, 8) for _ in range(500)]
    halves = [sign * (i + 0.5) / 2**k for i in range(20) for k in range(5) for sign in (1, -1)]
    exact = [1.115, 2.675, 1.005, 0.285, -0.004, 0.0, 1e15 + 0.5, 123456789.125, None]
    assert_same(Rounded(digits), [*near, *halves, *exact])


def test_means_are_rounded_once() -> None:
    random = Random(SEED)  # noqa: S311 - the same values in every run
    totals = [random.randrange(-(2**90), 2**90) >> random.randrange(60) for _ in range(500)]
    counts = [random.randrange(1, 2 ** random.randrange(1, 40)) for _ in totals]
    assert_same(Mean(Kind.REAL), [*totals, None, 2**62 + 1], [*counts, 0, 3])
    small = [total >> 30 for total in totals]
    assert_same(Mean(Kind.DURATION), [*small, None], [*counts, 0])


@pytest.mark.parametrize(
    ("name", "width"),
    [
        *(
            (name, width)
            for name in ("UTC", "+05:45", "Asia/Kathmandu")
            for width in (HOUR_NS, DAY_NS, 7 * DAY_NS)
        ),
        *(("UTC", width) for width in (300 * SECOND_NS, 7 * HOUR_NS, 10 * DAY_NS)),
        ("-03:30", 7 * HOUR_NS),
        *(("America/New_York", width) for width in (300 * SECOND_NS, HOUR_NS, DAY_NS, 7 * DAY_NS)),
    ],
)
def test_buckets_on_every_clock(name: str, width: int) -> None:
    random = Random(SEED)  # noqa: S311 - the same values in every run
    bucket = Bucket(width, zone(name))
    times = [random.randrange(SPAN.first, SPAN.last) for _ in range(300)]
    changes = [first for first, _, _ in SPAN.offsets(bucket.zone)][1:]
    times += [change + shift for change in changes for shift in (-HOUR_NS, -1, 0, 1, HOUR_NS, 26 * HOUR_NS)]
    assert_same(StartOf(bucket), [*times, SPAN.first, SPAN.last, None])
    lows = times[:40]
    lasts = [low + random.randrange(0, 200) * width // 3 for low in lows]
    lasts = [min(last, SPAN.last) for last in lasts]
    assert_same(EdgesOf(bucket), [*lows, None, 5], [*lasts, 5, None])


def test_a_time_beyond_those_that_are_known_ends_the_query() -> None:
    bucket = Bucket(DAY_NS, zone("America/New_York"))
    with pytest.raises(duckdb.Error, match=r"beyond"):
        by_sql(StartOf(bucket), [SPAN.last + DAY_NS])


def test_buckets_that_no_few_pieces_tell_are_refused() -> None:
    with pytest.raises(NoSqlError, match=r"bucket of 7h"):
        by_sql(StartOf(Bucket(7 * HOUR_NS, zone("America/New_York"))), [BEGIN])


def test_more_buckets_than_a_chart_may_have_end_the_query() -> None:
    work = EdgesOf(Bucket(SECOND_NS, UTC))
    assert len(by_sql(work, [BEGIN], [BEGIN + 99_999 * SECOND_NS])[0]) == 100_000
    for count in (100_000, 10**9):
        with pytest.raises(duckdb.Error, match=r"bucket_count_max"):
            by_sql(work, [BEGIN], [BEGIN + count * SECOND_NS])


@pytest.mark.parametrize("name", ["UTC", "Asia/Shanghai", "America/New_York"])
@pytest.mark.parametrize(("low", "high"), [(8, 17), (22, 6), (0, 2)])
def test_hours_of_the_day(name: str, low: int, high: int) -> None:
    random = Random(SEED)  # noqa: S311 - the same values in every run
    times = [random.randrange(SPAN.first, SPAN.last) for _ in range(500)]
    leaf = p.InDaily(Field("start", Kind.TIME), low * HOUR_NS, high * HOUR_NS, name)
    assert_same(Holds(leaf), times)
    assert by_sql(Holds(leaf), [None]) == [None]


@pytest.mark.parametrize("work", [Shown(Kind.REAL), AsRecorded(Kind.REAL), Joined(Kind.REAL)])
def test_texts_of_reals_are_refused(work: Work) -> None:
    with pytest.raises(NoSqlError, match=r"the text of a real number"):
        Plain(SPAN, never).of(work, [named("a")])
