"""Values to texts by columns: the same as one value at a time, whatever the Arrow type."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowql.render.cells import (
    ColumnCells,
    Dialect,
    address_texts,
    calendar_texts,
    epoch_texts,
    exact_reals,
    network_texts,
    rounded_reals,
    unchanged,
)
from flowql.render.widths import align, display_width, shorten, widest
from flowql.schema import Kind
from flowql.times import format_epoch, format_time
from flowql.values import ADDRESS_MAX, IPV4_LAST, IPV4_MAPPED, SECOND_NS, format_address
from flowql.zones import UTC, find_zone

PLAIN = Dialect(missing="-", text=unchanged, address=unchanged, time=epoch_texts, real=exact_reals)
ADDRESSES = st.one_of(st.integers(IPV4_MAPPED, IPV4_LAST), st.integers(0, ADDRESS_MAX))
NANOSECONDS = st.one_of(
    st.integers(-(10**18), 10**18),
    st.integers(-(10**9), 10**9).map(lambda seconds: seconds * 10**9),
)


def packed(addresses: list[int | None]) -> pa.Array:
    """Addresses as the engine has them."""
    return pa.array([None if a is None else a.to_bytes(16, "big") for a in addresses], pa.binary(16))


@given(st.lists(ADDRESSES))
def test_addresses_are_those_of_values(addresses: list[int]) -> None:
    assert address_texts(packed(addresses)).to_pylist() == [format_address(a) for a in addresses]


@given(st.lists(st.tuples(ADDRESSES, st.integers(0, 128))), st.integers(0, 3))
def test_networks_are_addresses_with_a_length(networks: list[tuple[int, int]], first: int) -> None:
    array = pa.array([a.to_bytes(16, "big") + bytes([length]) for a, length in networks], pa.binary(17))
    expected = [f"{format_address(a)}/{length}" for a, length in networks]
    assert network_texts(array.slice(first)).to_pylist() == expected[first:]


@given(st.lists(NANOSECONDS))
def test_epochs_are_those_of_values(times: list[int]) -> None:
    assert epoch_texts(pa.array(times, pa.int64())).to_pylist() == [format_epoch(t) for t in times]


@given(st.lists(NANOSECONDS))
def test_calendar_times_are_those_of_values(times: list[int]) -> None:
    assert calendar_texts(UTC)(pa.array(times, pa.int64())).to_pylist() == [format_time(t) for t in times]


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "Asia/Shanghai", "Australia/Lord_Howe", "-03:30"])
@pytest.mark.parametrize("step", [86_399_999_999_937, 1_800_000_000_000 * 1_000, 437_000_000_000])
def test_many_calendar_times_are_those_of_values(name: str, step: int) -> None:
    zone = find_zone(name)
    assert zone is not None
    for first in (-2_500_000_000 * SECOND_NS, 0, 1_711_000_000 * SECOND_NS):
        times = [first + step * n for n in range(1_000)]
        column = pa.array([None, *times, times[7]], pa.int64())
        expected = [format_time(time, zone) for time in times]
        assert calendar_texts(zone)(column).to_pylist() == [None, *expected, expected[7]]


def test_missing_times_are_missing_in_both_forms() -> None:
    times = pa.array([None, 0, 1_500_000_000], pa.int64())
    assert epoch_texts(times).to_pylist() == [None, "0", "1.5"]
    assert calendar_texts(UTC)(times).to_pylist() == [None, "1970-01-01T00:00:00Z", "1970-01-01T00:00:01.5Z"]


@pytest.mark.parametrize("first", [0, 1, 3])
def test_a_dictionary_gives_the_texts_of_its_values(first: int) -> None:
    host = IPV4_MAPPED | 0x0A000001
    plain = packed([host, None, 1, host, ADDRESS_MAX])
    expected = ["10.0.0.1", "-", "::1", "10.0.0.1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"][first:]
    for values in (plain, plain.dictionary_encode()):
        assert ColumnCells(Kind.ADDRESS, PLAIN)(values.slice(first)).to_pylist() == expected


def test_only_the_used_values_of_a_large_dictionary_are_formatted() -> None:
    formatted = []

    def count(texts: pa.StringArray) -> pa.StringArray:
        formatted.append(len(texts))
        return texts

    dialect = Dialect(missing="-", text=count, address=unchanged, time=epoch_texts, real=exact_reals)
    values = pa.array([f"eni-{i}" for i in range(1000)]).dictionary_encode()
    cells = ColumnCells(Kind.TEXT, dialect)
    assert cells(values.slice(998)).to_pylist() == ["eni-998", "eni-999"]
    assert formatted == [2]


def test_a_dictionary_that_stays_is_formatted_once() -> None:
    formatted = []

    def count(texts: pa.StringArray) -> pa.StringArray:
        formatted.append(len(texts))
        return texts

    dialect = Dialect(missing="-", text=count, address=unchanged, time=epoch_texts, real=exact_reals)
    values = pa.array(["a", "b"] * 50).dictionary_encode()
    cells = ColumnCells(Kind.TEXT, dialect)
    assert cells(values.slice(0, 50)).to_pylist() == cells(values.slice(50)).to_pylist()
    assert formatted == [2]


def test_reals_for_programs_are_exact_and_finite() -> None:
    reals = pa.array([0.1, 1 / 3, float("nan"), float("inf"), None])
    assert exact_reals(reals).to_pylist() == ["0.1", "0.3333333333333333", None, None, None]


@pytest.mark.parametrize(
    ("real", "text"),
    [
        *[(0.0, "0"), (-0.0, "0"), (1.0, "1"), (0.5, "0.5"), (1 / 3, "0.3333"), (1 / 30_000, "3.333e-05")],
        *[(1234567.891, "1234567.891"), (-2.5, "-2.5"), (0.00125, "0.0013")],
    ],
)
def test_reals_for_people_are_rounded(real: float, text: str) -> None:
    assert rounded_reals(pa.array([real])).to_pylist() == [text]


def test_widths_count_cells_of_a_terminal() -> None:
    assert display_width("網絡") == 4
    assert display_width("e\u0301") == 1
    assert widest(pa.array(["a", "網絡"])) == 4
    assert widest(pa.array([], pa.string())) == 0


def test_too_wide_texts_lose_their_middle() -> None:
    texts = pa.array(["eni-0123456789abcdef", "short", "網絡網絡網絡網絡"])
    assert shorten(texts, 12).to_pylist() == ["eni-01…bcdef", "short", "網絡網…網絡"]


def test_alignment_counts_wide_characters() -> None:
    texts = pa.array(["ab", "網"])
    assert align(texts, 4, right=True).to_pylist() == ["  ab", "  網"]
    assert align(texts, 4, right=False).to_pylist() == ["ab  ", "網  "]
