"""Lookups of one value or one range against plain Python: codes, counts, rows; chunks are verified when touched."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from flowql.errors import StoreDamagedError
from flowql.schema import Kind
from flowql.store import checksums, postings
from flowql.store import docset as ds
from flowql.store.batch import AddressChunk, IntegerChunk, TextChunk
from flowql.store.container import Container, ContainerWriter
from flowql.store.dictionary import Codes, Dictionary, merge_addresses, merge_integers, merge_texts
from flowql.store.lookup import Lookup
from flowql.store.postings import encode_postings
from flowql.values import IPV4_MAPPED, lower_ascii

ADDRESSES = st.one_of(
    st.integers(0, 3),
    st.integers(IPV4_MAPPED - 2, IPV4_MAPPED + 5),
    st.integers(IPV4_MAPPED + 0xFFFFFFF0, IPV4_MAPPED + 0x100000005),
    st.integers((0x2001 << 112) - 1, (0x2001 << 112) + 4),
    st.just((1 << 128) - 1),
)
PORTS = st.one_of(st.integers(0, 6), st.integers(65530, 65535))
WORDS = st.sampled_from(["", "a", "A", "ab", "aB", "AB", "b", "é", "É", "z"])


def lookup_of(folder: Path, kind: Kind, dictionary: Dictionary, codes: Codes) -> Lookup:
    """A lookup over a column whose bitmaps begin at three rows."""
    counts = np.bincount(codes, minlength=len(dictionary) + 1)
    arrays = {
        **dictionary.arrays(),
        "codes": codes,
        **encode_postings(codes, counts),
    }
    with (folder / "data").open("wb") as file:
        writer = ContainerWriter(file)
        for part, array in arrays.items():
            writer.add(f"f/{part}", array)
        description = writer.describe()
    return Lookup(Container(folder / "data", description), "f", kind, len(codes))


def require_rows(lookup: Lookup, run: tuple[int, int], expected: list[int]) -> None:
    """Every way to the rows of a run gives the same ones."""
    assert lookup.count(run) == len(expected)
    assert ds.to_rows(lookup.docset(run)).tolist() == expected
    every = np.arange(lookup.row_count, dtype=np.uint32)
    assert np.flatnonzero(lookup.holds(run, every)).tolist() == expected
    planes = lookup.sparse_planes(run)
    assert (planes is None) == bool(lookup.dense_count(run))
    if planes is not None:
        low, high = planes
        assert sorted((high.astype(np.uint32) << 16 | low).tolist()) == expected


@pytest.fixture(autouse=True)
def small_bitmaps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postings, "DENSE_ROWS", 3)


@settings(max_examples=150)
@given(st.lists(st.one_of(st.none(), ADDRESSES), min_size=1, max_size=24), ADDRESSES, ADDRESSES)
def test_addresses(
    tmp_path_factory: pytest.TempPathFactory, rows: list[int | None], one: int, other: int
) -> None:
    distinct = list(dict.fromkeys(row for row in rows if row is not None))
    high = np.array([address >> 64 for address in distinct], np.uint64)
    low = np.array([address & ((1 << 64) - 1) for address in distinct], np.uint64)
    codes = np.array([-1 if row is None else distinct.index(row) for row in rows], np.int32)
    lookup = lookup_of(
        tmp_path_factory.mktemp("a"), Kind.ADDRESS, *merge_addresses([AddressChunk(high, low, codes)])
    )
    for first, last in ((one, one), (min(one, other), max(one, other)), (0, (1 << 128) - 1)):
        expected = [place for place, row in enumerate(rows) if row is not None and first <= row <= last]
        require_rows(lookup, lookup.codes_between(first, last), expected)


@settings(max_examples=150)
@given(st.lists(PORTS, min_size=1, max_size=24), st.integers(-2, 70000), st.integers(-2, 70000))
def test_ports(tmp_path_factory: pytest.TempPathFactory, rows: list[int], one: int, other: int) -> None:
    chunk = IntegerChunk(np.array(rows, np.uint16), None)
    lookup = lookup_of(tmp_path_factory.mktemp("p"), Kind.PORT, *merge_integers([chunk], Kind.PORT))
    for first, last in ((rows[0], rows[0]), (one, one), (min(one, other), max(one, other))):
        expected = [place for place, row in enumerate(rows) if first <= row <= last]
        require_rows(lookup, lookup.codes_between(first, last), expected)


@settings(max_examples=150)
@given(st.lists(WORDS, min_size=1, max_size=24), WORDS)
def test_texts_in_any_spelling(tmp_path_factory: pytest.TempPathFactory, rows: list[str], text: str) -> None:
    distinct = list(dict.fromkeys(rows))
    chunk = TextChunk(
        pa.array(distinct, pa.string()), np.array([distinct.index(row) for row in rows], np.int32)
    )
    lookup = lookup_of(tmp_path_factory.mktemp("t"), Kind.TEXT, *merge_texts([chunk]))
    expected = [place for place, row in enumerate(rows) if lower_ascii(row) == lower_ascii(text)]
    require_rows(lookup, lookup.codes_of_text(lower_ascii(text).encode()), expected)


def damaged_container(tmp_path: Path, numbers: NDArray[np.uint32], place: int) -> Container:
    """A container with the array "many", of which one item has another value than was written."""
    with (tmp_path / "data").open("wb") as file:
        writer = ContainerWriter(file)
        writer.add("few", np.arange(5, dtype=np.uint8))
        writer.add("many", numbers)
        description = writer.describe()
    content = bytearray((tmp_path / "data").read_bytes())
    content[64 + 4 * place] ^= 1
    (tmp_path / "data").write_bytes(content)
    return Container(tmp_path / "data", description)


def test_only_chunks_that_are_touched_are_verified(tmp_path: Path) -> None:
    numbers = np.arange(400_000, dtype=np.uint32)
    container = damaged_container(tmp_path, numbers, 200_000)
    rows = np.array([399_999, 0, 17], np.uint32)
    assert container.items("many", rows).tolist() == rows.tolist()
    assert container.part("many", 100, 200).tolist() == numbers[100:200].tolist()
    with pytest.raises(StoreDamagedError, match="array many"):
        container.items("many", np.array([200_000], np.uint32))
    with pytest.raises(StoreDamagedError):
        container.array("many")
    assert len(container.damages()) == 1


def test_an_array_whose_chunks_are_asked_for_again_and_again_is_verified_whole(tmp_path: Path) -> None:
    numbers = np.arange(400_000, dtype=np.uint32)
    container = damaged_container(tmp_path, numbers, 200_000)
    for row in range(0, 48_000, 4_096):
        container.items("many", np.array([row], np.uint32))
    with pytest.raises(StoreDamagedError):
        container.items("many", np.array([48_000 + 4_096], np.uint32))


def test_a_long_part_is_verified_by_spans_and_damage_is_told_by_its_chunk(tmp_path: Path) -> None:
    numbers = np.arange(1_000_000, dtype=np.uint32)
    container = damaged_container(tmp_path, numbers, 600_000)
    assert container.part("many", 0, 500_000).tolist() == numbers[:500_000].tolist()
    with pytest.raises(StoreDamagedError, match=f"bytes from {(64 + 4 * 600_000) // 16384 * 16384}"):
        container.part("many", 400_000, 900_000)


@pytest.mark.parametrize("kept", [("chunk_bytes", "checksums"), ("checksums",)])
def test_files_of_before_spans_and_of_before_small_chunks_are_read(tmp_path: Path, kept: tuple[str]) -> None:
    numbers = np.arange(600_000, dtype=np.uint32)
    with (tmp_path / "data").open("wb") as file:
        writer = ContainerWriter(file)
        writer.add("many", numbers)
        description = writer.describe()
    old = {name: description[name] for name in ("arrays", "bytes", *kept)}
    if "chunk_bytes" not in kept:
        old["checksums"] = [description["spans"][first : first + 16] for first in range(0, 48, 16)]
    container = Container(tmp_path / "data", old)
    assert container.items("many", np.array([5, 599_999], np.uint32)).tolist() == [5, 599_999]
    assert container.array("many").tolist() == numbers.tolist()
    assert container.damages() == []


def test_the_writer_hashes_whole_chunks_however_arrays_cut_them(tmp_path: Path) -> None:
    size = checksums.CHUNK_BYTES
    with (tmp_path / "data").open("wb") as file:
        writer = ContainerWriter(file)
        for place, length in enumerate((1, size - 64, 3 * size, 5, 2 * size - 7, 0, 70)):
            writer.add(str(place), np.full(length, place, np.uint8))
        description = writer.describe()
    container = Container(tmp_path / "data", description)
    assert container.damages() == []
    assert len(description["checksums"]) == 16 * -(-description["bytes"] // size)
    assert container.array("4").tolist() == [4] * (2 * size - 7)
