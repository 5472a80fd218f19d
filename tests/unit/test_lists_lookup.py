"""Tables of lists: which entry holds a value most specifically, and when a table is made."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import numpy as np
import pyarrow as pa
import pytest

from flowql.lists import Lists, LookupTable, named_list
from flowql.lists.lookup_table import CONFLICT_LINES_KEPT_MAX
from flowql.lists.named_list import read_list
from flowql.values import ADDRESS_MAX, IPV4_LAST, IPV4_MAPPED, parse_address


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


# ---- which entry


def test_the_longest_prefix_wins_whatever_the_order_of_lines() -> None:
    entries = ("0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3")
    values = ("9.9.9.9", "10.9.9.9", "10.1.9.9", "10.1.2.9", "10.1.2.3", "10.1.2.4", "::1")
    assert _found(_table(*entries), *values) == [0, 1, 2, 3, 4, 3, -1]
    assert _found(_table(*reversed(entries)), *values) == [4, 3, 2, 1, 0, 1, -1]


def test_ranges_may_overlap_and_the_narrowest_that_holds_the_value_wins() -> None:
    table = _table("10.0.0.0-10.0.0.100", "10.0.0.50-10.0.0.200", "10.0.0.60-10.0.0.64", "10.0.0.0/24")
    values = (0, 49, 50, 59, 60, 64, 65, 100, 101, 200, 201, 255)
    expected = [0, 0, 0, 0, 2, 2, 0, 0, 1, 1, 3, 3]
    assert _found(table, *(f"10.0.0.{value}" for value in values)) == expected


def test_of_entries_as_wide_as_each_other_the_first_line_wins() -> None:
    assert _found(_table("10.0.0.0-10.0.0.9", "10.0.0.5-10.0.0.14"), "10.0.0.5", "10.0.0.10") == [0, 1]
    assert _found(_table("10.0.0.5-10.0.0.14", "10.0.0.0-10.0.0.9"), "10.0.0.5", "10.0.0.4") == [0, 1]
    assert _found(_table("10.0.0.0/24", "10.0.0.7/24", "10.0.0.0-10.0.0.255"), "10.0.0.1") == [0]


def test_ipv6_holds_no_ipv4_and_mapped_addresses_are_ipv4() -> None:
    table = _table("::/0", "::/64", "::ffff:0:0/96", "2001:db8::/32")
    values = ("::", "::ffff:0.0.0.0", "255.255.255.255", "::1:0:0:0", "0:0:0:1::", "2001:db8::1", "ffff::")
    assert _found(table, *values) == [1, 2, 2, 1, 0, 3, 0]
    assert _found(_table("::/0"), "10.0.0.1", "::fffe:ffff:ffff", "::1:0:0:0") == [-1, 0, 0]
    assert _found(_table("::ffff:0:0/90"), "10.0.0.1", "::ffc0:0:0", "::fffe:ffff:ffff") == [-1, 0, 0]


def test_a_block_around_ipv4_is_as_wide_as_it_is_written() -> None:
    # Its piece below the IPv4 addresses alone is as narrow as that of the smaller block.
    assert _found(_table("::/64", "::/72", "::-::ff:0:0:0"), "::5") == [2]
    assert _found(_table("::/64", "::/72"), "::5", "::1:0:0:5", "0:0:0:0:100::") == [1, 1, 0]


def test_the_last_address_and_the_first_are_found() -> None:
    table = _table(
        "ffff::/16", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::", "255.255.255.255", "::ffff:0:0"
    )
    assert list(table.places(_addresses(ADDRESS_MAX, ADDRESS_MAX - 1, 0, 1))) == [1, 0, 2, -1]
    assert list(table.places(_addresses(IPV4_LAST, IPV4_LAST + 1, IPV4_MAPPED, IPV4_MAPPED - 1))) == [
        3,
        -1,
        4,
        -1,
    ]


def test_ports_and_addresses_are_apart() -> None:
    table = _table("22", "0-1023", "20-25", "::16", "65535")
    ports = pa.array([22, 20, 0, 1023, 1024, 65_535, 65_536, None, -1, -(2**63), 2**63 - 1], pa.int64())
    assert list(table.places(ports)) == [0, 2, 1, 1, -1, 4, -1, -1, -1, -1, -1]
    assert _found(table, "::16", "::17") == [3, -1]


def test_missing_values_and_slices_of_arrays() -> None:
    table = _table("10.0.0.1", "10.0.0.2", "7", "::/0", "0-65535")
    one, two = IPV4_MAPPED | 0x0A000001, IPV4_MAPPED | 0x0A000002
    values = _addresses(two, None, one, 0, None, two)
    assert list(table.places(values)) == [1, -1, 0, 3, -1, 1]
    assert list(table.places(values[2:5])) == [0, 3, -1]
    assert list(table.places(values[1:1])) == []
    assert list(table.places(_addresses(None, None))) == [-1, -1]
    assert list(table.places(pa.array([7, None, 8], pa.int64())[1:])) == [-1, 4]
    for dtype in (pa.uint16(), pa.int32()):
        assert list(table.places(pa.array([7, None], dtype))) == [2, -1]


def test_a_table_without_entries_finds_nothing() -> None:
    table = read_list(Path("written"), b"ip,a\n").lookup_table()
    assert list(table.places(_addresses(0, IPV4_MAPPED, ADDRESS_MAX))) == [-1, -1, -1]
    assert list(table.places(pa.array([0, 22], pa.int64()))) == [-1, -1]
    assert [cells.to_pylist() for cells in table.cells_at(np.array([-1], np.int32))] == [[None]]


def test_the_cells_at_places() -> None:
    content = b"ip,a,b\n10.0.0.0/8,x,\n10.0.0.1,,y\n"
    table = read_list(Path("written"), content).lookup_table()
    a, b = table.cells_at(table.places(_addresses(IPV4_MAPPED | 0x0A000001, 0, IPV4_MAPPED | 0x0A000002)))
    assert (a.to_pylist(), b.to_pylist()) == ([None, None, "x"], ["y", None, None])
    assert a.type == b.type == pa.string()


# ---- duplicates


def test_duplicates_are_counted_and_so_are_those_that_say_something_else() -> None:
    content = (
        "ip,a,b\n10.0.0.0/24,x,\n10.0.0.7/24,x\n10.0.0.0-10.0.0.255,x,y\n# z\n10.0.0.0/24,,\n"
        "10.0.0.0/24,x\n::16,p\n22,q\n22,q\n22,r\n"
    )
    table = read_list(Path("written"), content.encode()).lookup_table()
    assert (table.duplicate_count, table.conflict_count) == (6, 3)
    assert table.conflict_lines == (4, 6, 11)
    (place,) = _found(table, "10.0.0.1")
    assert table.cells[0][place].as_py() == "x"


def test_the_first_conflicts_are_kept_and_all_are_counted() -> None:
    table = _table(*["10.0.0.1"] * 30, "10.0.0.2")
    assert (table.duplicate_count, table.conflict_count) == (29, 29)
    assert table.conflict_lines == tuple(range(3, 3 + CONFLICT_LINES_KEPT_MAX))


# ---- when a table is made


@pytest.fixture
def buildings(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The contents of which tables were made, in order."""
    seen: list[bytes] = []
    build = named_list.build_table

    def noted(content: bytes) -> LookupTable:
        seen.append(content)
        return build(content)

    monkeypatch.setattr(named_list, "build_table", noted)
    return seen


def test_a_table_is_made_when_it_is_asked_for_and_kept_with_the_list(
    tmp_path: Path, buildings: list[bytes]
) -> None:
    path = tmp_path / "assets.csv"
    path.write_text("ip,owner\n10.0.0.1,web\n")
    os.utime(path, ns=(1, 1))
    lists = Lists(tmp_path, {"other": path})
    first = lists.load("assets")
    assert first.columns == ("owner",)
    assert buildings == []
    path.write_text("ip,owner\n10.0.0.1,ops\n")  # too late for the first
    os.utime(path, ns=(2, 2))
    table = first.lookup_table()
    assert table.cells[0].to_pylist() == ["web"]
    assert first.lookup_table() is table
    assert len(buildings) == 1

    second, again = lists.load("assets"), lists.load("ASSETS")
    assert second.lookup_table().cells[0].to_pylist() == ["ops"]
    assert second.lookup_table() is again.lookup_table() is lists.load("other").lookup_table()
    assert len(buildings) == 2


def test_the_bytes_of_a_file_are_kept_until_then_and_only_for_columns(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("10.0.0.1,web\n")
    (tmp_path / "assets").write_text("ip,owner\n10.0.0.1,web\n")
    lists = Lists(tmp_path)
    assert lists.load("plain").on_demand is None
    on_demand = lists.load("assets").on_demand
    assert on_demand is not None
    assert on_demand._content
    lists.load("assets").lookup_table()
    assert on_demand._content == b""


def test_threads_that_ask_together_make_one_table(tmp_path: Path, buildings: list[bytes]) -> None:
    lines = (f"10.0.{n >> 8}.{n & 255},{n}" for n in range(20_000))
    (tmp_path / "assets").write_text("\n".join(["ip,n", *lines]))
    lists, together = Lists(tmp_path), Barrier(8)

    def made(_: int) -> LookupTable:
        together.wait()
        return lists.load("assets").lookup_table()

    with ThreadPoolExecutor(8) as threads:
        tables = list(threads.map(made, range(8)))
    assert len(buildings) == 1
    assert all(table is tables[0] for table in tables)
