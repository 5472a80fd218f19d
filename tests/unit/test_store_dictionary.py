"""Dictionaries and postings against plain Python: order, ranges, equality, rows."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowql.schema import Kind
from flowql.store import docset as ds
from flowql.store.batch import AddressChunk, IntegerChunk, TextChunk
from flowql.store.bounds import Bounds
from flowql.store.columns import encode_column
from flowql.store.container import Container, ContainerWriter
from flowql.store.dictionary import (
    CodeRanges,
    code_dtype,
    merge_addresses,
    merge_integers,
    merge_texts,
    ranges_of_codes,
)
from flowql.store.postings import Postings, encode_postings
from flowql.values import IPV4_MAPPED, lower_ascii

ADDRESSES = st.one_of(
    st.integers(0, 3),
    st.integers(IPV4_MAPPED, IPV4_MAPPED + 5),
    st.integers(IPV4_MAPPED + 0xFFFFFFF0, IPV4_MAPPED + 0x100000005),
    st.integers(0x2001 << 112, (0x2001 << 112) + 4),
    st.just((1 << 128) - 1),
)


def codes_in(ranges: CodeRanges) -> set[int]:
    return {code for start, stop in zip(*ranges, strict=True) for code in range(start, stop)}


def address_chunk(rows: list[int | None]) -> AddressChunk:
    distinct = list(dict.fromkeys(row for row in rows if row is not None))
    index = {address: place for place, address in enumerate(distinct)}
    high = np.array([address >> 64 for address in distinct], np.uint64)
    low = np.array([address & ((1 << 64) - 1) for address in distinct], np.uint64)
    return AddressChunk(high, low, np.array([-1 if row is None else index[row] for row in rows], np.int32))


@settings(max_examples=200)
@given(
    st.lists(st.lists(st.one_of(st.none(), ADDRESSES), max_size=8), min_size=1, max_size=4),
    ADDRESSES,
    ADDRESSES,
)
def test_addresses_sort_as_numbers_and_a_range_is_codes(
    rows: list[list[int | None]], low: int, high: int
) -> None:
    dictionary, codes = merge_addresses([address_chunk(part) for part in rows])
    flat = [row for part in rows for row in part]
    ordered = sorted({row for row in flat if row is not None})
    values = dictionary.values(np.arange(len(dictionary))).to_pylist()
    assert [int.from_bytes(value, "big") for value in values] == ordered
    assert codes.tolist() == [0 if row is None else ordered.index(row) + 1 for row in flat]
    low, high = min(low, high), max(low, high)
    expected = {place + 1 for place, value in enumerate(ordered) if low <= value <= high}
    assert codes_in(dictionary.ranges(Bounds([(low, high)]))) == expected


@settings(max_examples=200)
@given(
    st.lists(
        st.lists(st.one_of(st.none(), st.text("aAbBéÉ-/ ", max_size=3)), max_size=6), min_size=1, max_size=4
    )
)
def test_texts_sort_without_case_and_keep_it(rows: list[list[str | None]]) -> None:
    chunks = []
    for part in rows:
        distinct = list(dict.fromkeys(text for text in part if text is not None))
        codes = np.array([-1 if text is None else distinct.index(text) for text in part], np.int32)
        chunks.append(TextChunk(pa.array(distinct, pa.string()), codes))
    dictionary, codes = merge_texts(chunks)
    flat = [text for part in rows for text in part]
    ordered = sorted(
        {text for text in flat if text is not None}, key=lambda t: (lower_ascii(t).encode(), t.encode())
    )
    assert dictionary.values(np.arange(len(dictionary))).to_pylist() == ordered
    assert codes.tolist() == [0 if text is None else ordered.index(text) + 1 for text in flat]
    for wanted in ["a", "A", "É", "ab", ""]:
        expected = {
            place + 1 for place, text in enumerate(ordered) if lower_ascii(text) == lower_ascii(wanted)
        }
        assert codes_in(dictionary.equal([wanted])) == expected
        assert codes_in(dictionary.equal([wanted] + ["never"] * 100)) == expected


def test_ports_are_looked_up_in_their_whole_domain() -> None:
    chunk = IntegerChunk(
        np.array([0, 80, 65535, 443, 80], np.uint16), np.array([True, True, True, False, True])
    )
    dictionary, codes = merge_integers([chunk], Kind.PORT)
    assert codes.tolist() == [1, 2, 3, 0, 2]
    assert codes_in(dictionary.ranges(Bounds([(0, 65535)]))) == {1, 2, 3}
    assert codes_in(dictionary.ranges(Bounds([(-5, 0), (81, 1 << 40)]))) == {1, 3}
    assert codes_in(dictionary.ranges(Bounds([(81, 443)]))) == set()


@pytest.mark.parametrize("value_count", [3, 40, 3_000, 50_000, 300_000, 2_000_000])
def test_postings_give_the_rows_of_any_codes(tmp_path: Path, value_count: int) -> None:
    random = np.random.default_rng(value_count)
    row_count = 90_000
    codes = np.minimum(random.geometric(min(0.9, 8 / value_count), row_count) - 1, value_count).astype(
        code_dtype(value_count)
    )
    with (tmp_path / "data").open("wb") as file:
        writer = ContainerWriter(file)
        for part, array in encode_postings(codes, np.bincount(codes, minlength=value_count + 1)).items():
            writer.add(f"f/{part}", array)
        description = writer.describe()
    postings = Postings(Container(tmp_path / "data", description), "f", row_count)
    for _ in range(20):
        chosen = np.unique(random.integers(0, value_count + 1, random.integers(1, 9)))
        ranges = ranges_of_codes(chosen)
        expected = np.flatnonzero(np.isin(codes, chosen))
        assert ds.to_rows(postings.docset(ranges)).tolist() == expected.tolist()
        assert postings.count(ranges) == len(expected)
    everything = (np.array([0], np.uint32), np.array([value_count + 1], np.uint32))
    assert postings.count(everything) == row_count


@pytest.mark.parametrize("value_max", [100, 1 << 40])
def test_totals_are_the_exact_sums_of_each_value(value_max: int) -> None:
    random = np.random.default_rng(value_max)
    row_count = 600_000  # more than are counted at once
    ports = random.integers(0, 500, row_count).astype(np.uint16)
    sizes = random.integers(0, value_max, row_count)
    dictionary, codes = merge_integers([IntegerChunk(ports, sizes % 7 > 0)], Kind.PORT)
    encoded = encode_column(Kind.PORT, dictionary, codes, {"bytes": sizes}, None)
    assert np.diff(encoded.arrays["row_ends"], prepend=0).tolist() == [
        np.count_nonzero(codes == code) for code in range(len(dictionary) + 1)
    ]
    assert encoded.arrays["sum_bytes"].tolist() == [
        sizes[codes == code].sum() for code in range(len(dictionary) + 1)
    ]
