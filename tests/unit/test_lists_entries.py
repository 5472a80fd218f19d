"""Entries of lists: what is one and what is none, and which ranges they join to."""

from ipaddress import ip_network
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowql.lists import BadLine, NamedList
from flowql.lists.named_list import read_list
from flowql.values import ADDRESS_MAX, IPV4_LAST, IPV4_MAPPED, format_address, parse_network


def read(content: str | bytes) -> NamedList:
    """The list that a file with this content is."""
    return read_list(Path("written"), content if isinstance(content, bytes) else content.encode())


def _shown(found: NamedList) -> list[str]:
    """The list's ranges as texts: addresses, then ports."""
    addresses = [f"{format_address(first)}..{format_address(last)}" for first, last in found.addresses]
    return addresses + [f"{first}..{last}" for first, last in found.ports]


# ---- what an entry is


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("10.0.0.5", "10.0.0.5..10.0.0.5"),
        ("10.0.0.0/24", "10.0.0.0..10.0.0.255"),
        ("10.0.0.5/32", "10.0.0.5..10.0.0.5"),
        ("2001:DB8::1", "2001:db8::1..2001:db8::1"),
        ("2001:db8::/126", "2001:db8::..2001:db8::3"),
        ("::ffff:10.0.0.5", "10.0.0.5..10.0.0.5"),
        ("::ffff:10.0.0.0/120", "10.0.0.0..10.0.0.255"),
        ("10.0.0.1-10.0.0.9", "10.0.0.1..10.0.0.9"),
        ("10.0.0.1 - 10.0.0.9", "10.0.0.1..10.0.0.9"),
        ("10.0.0.1\t-10.0.0.9", "10.0.0.1..10.0.0.9"),
        ("10.0.0.9-10.0.0.9", "10.0.0.9..10.0.0.9"),
        ("2001:db8::1-2001:db8::9", "2001:db8::1..2001:db8::9"),
        ("22", "22..22"),
        ("0", "0..0"),
        ("65535", "65535..65535"),
        ("8000-8100", "8000..8100"),
        ("8000 - 8100", "8000..8100"),
        ("  10.0.0.5\t", "10.0.0.5..10.0.0.5"),
        ("10.0.0.5 # a comment, with a comma", "10.0.0.5..10.0.0.5"),
        ("10.0.0.5 # not 10.0.0.6, 10.0.0.7", "10.0.0.5..10.0.0.5"),
        ("10.0.0.5;web,10.0.0.6", "10.0.0.5..10.0.0.5"),
        ("10.0.0.5 ; SBL1", "10.0.0.5..10.0.0.5"),
        ("10.0.0.5#x", "10.0.0.5..10.0.0.5"),
        ('10.0.0.5 # a "quote', "10.0.0.5..10.0.0.5"),
        ("10.0.0.1 - 10.0.0.9 ; x - y", "10.0.0.1..10.0.0.9"),
        ('"10.0.0.5"', "10.0.0.5..10.0.0.5"),
    ],
)
def test_an_entry(line: str, shown: str) -> None:
    found = read(f"{line}\n")
    assert _shown(found) == [shown]
    assert (found.entry_count, found.bad_line_count, found.host_bits_count) == (1, 0, 0)


@pytest.mark.parametrize(
    "line",
    [
        "10.0.0.256",
        "10.0.0",
        "010.0.0.1",
        "10.0.0.0/33",
        "2001:db8::/129",
        "10.0.0.0/255.0.0.0",
        "10.0.0.0 / 8",
        "10.0.0.9-10.0.0.1",
        "10.0.0.1-2001:db8::1",
        "::1-10.0.0.1",
        "10.0.0.1-9",
        "10.0.0.1-",
        "-10.0.0.1",
        "10.0.0.1-10.0.0.2-10.0.0.3",
        "10.0.0.0/24-10.0.1.0/24",
        "10.0.0.1..10.0.0.9",
        "fe80::1%eth0",
        "65536",
        "8100-8000",
        "8000-65536",
        "022",
        "22/tcp",
        "+22",
        "\uff12\uff12",  # digits, but not ours
        "ssh",
        "evil.example",
        "10.0.0.5 10.0.0.6",
        "10.0.0.5:443",
        "10.0.0.5\x0010.0.0.6",
        "10.0.0.5\u202810.0.0.6",
    ],
)
def test_what_is_no_entry_is_counted_and_named(line: str) -> None:
    found = read(f"192.0.2.1\n\n{line}\n192.0.2.9\n")
    assert _shown(found) == ["192.0.2.1..192.0.2.1", "192.0.2.9..192.0.2.9"]
    assert (found.entry_count, found.bad_line_count) == (2, 1)
    assert found.bad_lines == (BadLine(3, line),)


def test_host_bits_mean_the_network_and_are_counted() -> None:
    found = read("10.0.0.5/24\n2001:db8::1/64\n10.1.0.0/24\n10.2.0.1\n")
    assert _shown(found) == [
        "10.0.0.0..10.0.0.255",
        "10.1.0.0..10.1.0.255",
        "10.2.0.1..10.2.0.1",
        "2001:db8::..2001:db8::ffff:ffff:ffff:ffff",
    ]
    assert found.host_bits_count == 2


def test_ranges_are_sorted_and_joined_where_they_touch_or_overlap() -> None:
    found = read(
        "10.0.1.0/24\n10.0.0.0/24\n10.0.0.7\n10.0.2.1-10.0.2.9\n10.0.2.5-10.0.2.20\n10.0.2.22\n"
        "443\n80\n81\n79-80\n80\n"
    )
    assert _shown(found) == [
        "10.0.0.0..10.0.1.255",
        "10.0.2.1..10.0.2.20",
        "10.0.2.22..10.0.2.22",
        "79..81",
        "443..443",
    ]
    assert found.entry_count == 11


def test_an_ipv6_block_around_the_mapped_addresses_holds_no_ipv4() -> None:
    assert _shown(read("::/64\n")) == ["::..::fffe:ffff:ffff", "::1:0:0:0..::ffff:ffff:ffff:ffff"]
    assert read("::ffff:0:0/96\n").addresses == ((IPV4_MAPPED, IPV4_LAST),)


def test_everything_is_the_whole_of_both_families() -> None:
    assert read("0.0.0.0/0\n::/0\n").addresses == ((0, ADDRESS_MAX),)


# ---- against plain Python


def _entries() -> st.SearchStrategy[str]:
    ipv4 = st.tuples(st.integers(0, 255), st.integers(24, 32)).map(lambda p: f"192.0.2.{p[0]}/{p[1]}")
    ipv6 = st.tuples(st.integers(0, 255), st.integers(120, 128)).map(lambda p: f"2001:db8::{p[0]:x}/{p[1]}")
    return st.one_of(ipv4, ipv6)


@given(st.lists(_entries(), max_size=12))
def test_a_list_holds_what_its_networks_hold(entries: list[str]) -> None:
    found = read("\n".join(entries).encode())
    held = {address for entry in entries for address in map(str, ip_network(entry, strict=False))}
    assert {format_address(a) for first, last in found.addresses for a in range(first, last + 1)} == held
    assert all(first <= last for first, last in found.addresses)
    ends = [end for each in found.addresses for end in each]
    assert ends == sorted(ends)
    assert all(before[1] + 1 < after[0] for before, after in pairwise(found.addresses))
    assert found.entry_count == len(entries)
    assert found.host_bits_count == sum(parse_network(entry)[2] for entry in entries)  # type: ignore[index]
