"""The most specific entry of a list, against a loop and an if, on random ranges and on a million."""

import time
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flowql.lists import LookupTable
from flowql.lists.named_list import read_list
from flowql.lists.narrowest import partition
from flowql.values import ADDRESS_MAX, IPV4_LAST, IPV4_MAPPED, format_address, is_ipv4, parse_address


def _table(*entries: str, cells: tuple[str, ...] | None = None) -> LookupTable:
    """A table of entries whose one column holds their numbers, from 0, or `cells`."""
    lines = [f"{entry},{cells[place] if cells else place}" for place, entry in enumerate(entries)]
    found = read_list(Path("written"), "\n".join(["entry,n", *lines]).encode())
    assert found.bad_line_count == 0
    return found.lookup_table()


def _addresses(*addresses: int | None) -> pa.Array:
    return pa.array([None if a is None else a.to_bytes(16, "big") for a in addresses], pa.binary(16))


def _found(table: LookupTable, *texts: str) -> list[int]:
    places = table.places(_addresses(*(parse_address(text) for text in texts)))
    assert places.dtype == np.int32
    return [int(place) for place in places]


# ---- against a loop


def _naive(ranges: list[tuple[int, int]], value: int) -> int:
    """The place of the narrowest range that holds the value, by looking at each; -1 for none."""
    best, width = -1, ADDRESS_MAX + 1
    for place, (first, last) in enumerate(ranges):
        is_kin = is_ipv4(value) == (is_ipv4(first) and is_ipv4(last))
        if is_kin and first <= value <= last and last - first < width:
            best, width = place, last - first
    return best


# Few numbers, near to each other and to every edge: ranges often nest, overlap, touch and repeat.
_BASES = (
    0,
    IPV4_MAPPED - 8,
    IPV4_MAPPED,
    IPV4_LAST - 7,
    IPV4_LAST + 1,
    (1 << 64) - 8,
    1 << 64,
    0x2001 << 112,
)
_ADDRESSES = st.tuples(st.sampled_from((*_BASES, ADDRESS_MAX - 15)), st.integers(0, 15)).map(sum)


@st.composite
def _ranges(draw: st.DrawFn) -> tuple[int, int]:
    first, last = sorted((draw(_ADDRESSES), draw(_ADDRESSES)))
    return (first, last) if is_ipv4(first) == is_ipv4(last) else (first, first)


def _written(first: int, last: int) -> str:
    return f"{format_address(first)} - {format_address(last)}"


@given(st.lists(_ranges(), max_size=12), st.lists(_ADDRESSES, max_size=12))
@example([(0, ADDRESS_MAX), (IPV4_MAPPED, IPV4_LAST)], [0, IPV4_MAPPED, IPV4_LAST + 1, ADDRESS_MAX])
@example([(1 << 64, (1 << 64) + 9), ((1 << 64) - 2, (1 << 64) + 1)], [(1 << 64) + 1, (1 << 64) + 2])
def test_addresses_in_ranges_against_a_loop(ranges: list[tuple[int, int]], values: list[int]) -> None:
    values = [*values, *(end for each in ranges for end in each)]
    table = _table(*(_written(*each) for each in ranges))
    expected = [_naive(ranges, value) for value in values]
    assert list(table.places(_addresses(*values))) == expected
    high = np.array([value >> 64 for value in values], np.uint64)
    low = np.array([value & (1 << 64) - 1 for value in values], np.uint64)
    assert list(table.addresses.places(high, low)) == expected
    assert table.duplicate_count == table.conflict_count == len(ranges) - len(set(ranges))


@st.composite
def _networks(draw: st.DrawFn) -> IPv4Network | IPv6Network:
    if draw(st.booleans()):
        return ip_network(
            (draw(st.integers(0, 255)) << 24 | draw(st.integers(0, 3)), draw(st.integers(0, 32))),
            strict=False,
        )
    address = draw(st.integers(0, 7)) << 112 | draw(st.integers(0, 3)) << 62 | draw(st.integers(0, 3))
    length = draw(st.integers(0, 95) | st.integers(97, 128))
    return ip_network((address, length), strict=False)


@given(st.lists(_networks(), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_addresses_in_networks_against_the_standard_library(
    networks: list[IPv4Network | IPv6Network], random: Random
) -> None:
    addresses = []
    for network in networks:
        offset = random.choice((0, 1, network.num_addresses - 1, network.num_addresses // 2, -1))
        value = (int(network.network_address) + offset) % (1 << network.max_prefixlen)
        addresses.append(network.network_address.__class__(value))
    # What lies in the mapped block is IPv4 to us, and IPv6 to the standard library.
    addresses = [each for each in addresses if each.version == 4 or each.ipv4_mapped is None]
    expected = []
    for address in addresses:
        holders = [n for n in networks if n.version == address.version and address in n]
        longest = max(holders, key=lambda n: n.prefixlen, default=None)
        expected.append(-1 if longest is None else networks.index(longest))
    assert _found(_table(*map(str, networks)), *map(str, addresses)) == expected


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=12))
def test_ports_against_a_loop(pairs: list[tuple[int, int]]) -> None:
    ranges = [(min(pair) * 2184, max(pair) * 2184) for pair in pairs]  # up to 65,520
    values = [n for port in range(0, 65_536, 2184) for n in (port - 1, port, port + 1)]
    table = _table(*(f"{first}-{last}" for first, last in ranges))
    assert list(table.places(pa.array(values, pa.int64()))) == [_naive(ranges, value) for value in values]


@given(st.lists(_ranges(), max_size=8), st.lists(_ADDRESSES, max_size=8))
def test_a_list_holds_just_what_is_found_in_it(ranges: list[tuple[int, int]], values: list[int]) -> None:
    lines = ["ip,a", *(_written(*each) for each in ranges), "80,x", "bad,y"]
    found = read_list(Path("written"), "\n".join(lines).encode())
    held = [any(first <= value <= last for first, last in found.addresses) for value in values]
    assert list(found.lookup_table().places(_addresses(*values)) >= 0) == held


@given(st.lists(_ranges(), min_size=1, max_size=12))
def test_the_bounds_ascend_and_the_place_changes_at_each(ranges: list[tuple[int, int]]) -> None:
    parted = _table(*(_written(*each) for each in ranges)).addresses
    bounds = [int(high) << 64 | int(low) for high, low in zip(parted.high, parted.low, strict=True)]
    assert bounds == sorted(set(bounds))
    assert len(parted.owners) == len(bounds) + 1
    assert parted.owners[0] == -1
    assert (parted.owners[1:] != parted.owners[:-1]).all()


def test_nothing_parts_into_nothing() -> None:
    none = (np.empty(0, np.uint64), np.empty(0, np.uint64))
    places = np.empty(0, np.int32)
    assert list(partition(none, none, places, places).places(*_one_of_each_half())) == [-1, -1]


def _one_of_each_half() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    return np.array([0, 1], np.uint64), np.array([1, 0], np.uint64)


# ---- a list as large as they come


@pytest.mark.long
@pytest.mark.parametrize("is_nested", [False, True])
def test_a_million_entries_are_a_table_in_seconds(is_nested: bool) -> None:  # noqa: FBT001 - a case of the test
    count = 1_000_000
    lines = list(_nested_ranges(count) if is_nested else _any_networks(count))
    found = read_list(Path("written"), "\n".join(["ip,n,site", *lines]).encode())
    assert (found.entry_count, found.bad_line_count) == (count, 0)
    begin = time.process_time()
    table = found.lookup_table()
    assert time.process_time() - begin < 30
    assert [len(cells) for cells in table.cells] == [count, count]

    random = Random(2)  # noqa: S311 - which values are looked up
    chosen = [random.randrange(count) for _ in range(200)]
    ends = np.array([_ends(line.partition(",")[0]) for line in lines], object)
    values = [random.choice([first, last, (first + last) // 2]) for first, last in ends[chosen]]
    for value, place in zip(values, table.places(_addresses(*values)), strict=True):
        holding = np.flatnonzero((ends[:, 0] <= value) & (ends[:, 1] >= value))
        widths = ends[holding, 1] - ends[holding, 0]
        assert place == holding[int(np.argmin(widths))]  # the first of the least
        assert table.cells[0][int(place)].as_py() == str(place)


def _any_networks(count: int) -> Iterator[str]:
    random = Random(1)  # noqa: S311 - what the entries are
    for number in range(count):
        if random.random() < 0.7:
            address = format_address(IPV4_MAPPED | random.randrange(1 << 24, 224 << 24))
            length = random.choice((8, 16, 20, 24, 28, 32, 32, 32))
        else:
            address = format_address(0x2001 << 112 | random.getrandbits(32) << 80 | random.getrandbits(8))
            length = random.choice((32, 48, 64, 128))
        yield f"{address}/{length},{number},site {number % 97}"


def _nested_ranges(count: int) -> Iterator[str]:
    """Each range holds all that follow it: what a painter from the widest to the narrowest never ends with."""
    for number in range(count):
        first, last = IPV4_MAPPED + number, IPV4_LAST - number
        yield f"{format_address(first)}-{format_address(last)},{number},x"


def _ends(entry: str) -> tuple[int, int]:
    if "-" in entry:
        first, last = map(parse_address, entry.split("-"))
        assert first is not None
        assert last is not None
        return first, last
    network = ip_network(entry, strict=False)
    base = IPV4_MAPPED if network.version == 4 else 0
    return base + int(network.network_address), base + int(network.broadcast_address)
