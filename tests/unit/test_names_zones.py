"""Zones of addresses: a partition, the longest block wins, and the command that makes the table."""

import subprocess
import sys
from datetime import date
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from itertools import pairwise
from pathlib import Path

import pytest

from flowql import names
from flowql.names import generate
from flowql.names.tables import FOLDER
from flowql.values import ADDRESS_MAX, IPV4_LAST, IPV4_MAPPED, format_address, parse_address

DAY = date(2026, 7, 18)

# What the registries and their RFCs say of single addresses: this file does not trust the table it tests.
# Inside a block that differs from it, and on both sides of every edge that people know.
ZONE_OF = """
0.0.0.0=unspecified 0.0.0.1=reserved 0.255.255.255=reserved 1.0.0.0=public
9.255.255.255=public 10.0.0.0=private 10.255.255.255=private 11.0.0.0=public
100.63.255.255=public 100.64.0.0=shared 100.127.255.255=shared 100.128.0.0=public
126.255.255.255=public 127.0.0.0=loopback 127.255.255.255=loopback 128.0.0.0=public
169.253.255.255=public 169.254.0.0=linklocal 169.254.169.254=linklocal 169.255.0.0=public
172.15.255.255=public 172.16.0.0=private 172.31.255.255=private 172.32.0.0=public
192.0.0.0=reserved 192.0.0.8=reserved 192.0.0.9=public 192.0.0.10=public 192.0.0.11=reserved
192.0.0.170=reserved 192.0.0.171=reserved 192.0.0.255=reserved 192.0.1.0=public
192.0.2.0=documentation 192.0.2.255=documentation 192.0.3.0=public
192.31.196.1=public 192.52.193.1=public 192.175.48.1=public
192.88.98.255=public 192.88.99.0=reserved 192.88.99.1=reserved 192.88.99.2=reserved 192.88.100.0=public
192.167.255.255=public 192.168.0.0=private 192.168.255.255=private 192.169.0.0=public
198.17.255.255=public 198.18.0.0=reserved 198.19.255.255=reserved 198.20.0.0=public
198.51.100.7=documentation 198.51.101.0=public 203.0.113.7=documentation 203.0.114.0=public
223.255.255.255=public 224.0.0.0=multicast 239.255.255.255=multicast
240.0.0.0=reserved 255.255.255.254=reserved 255.255.255.255=broadcast
8.8.8.8=public ::ffff:10.0.0.1=private ::ffff:8.8.8.8=public

::=unspecified ::1=loopback ::2=public ::fffe:ffff:ffff=public ::1:0:0:0=public ::10.0.0.1=public
64:ff9b::8.8.8.8=public 64:ff9b:1::1=reserved 64:ff9b:2::=public
100::1=reserved 100:0:0:1::1=reserved 100:0:0:2::=public
2001::1=public 2001:0:ffff::1=public 2001:1::=reserved 2001:1::1=public 2001:1::2=public 2001:1::3=public
2001:1::4=reserved 2001:2::1=reserved 2001:2:1::=reserved 2001:3::1=public 2001:4:111::=reserved
2001:4:112::1=public 2001:4:113::=reserved 2001:10::1=reserved 2001:1f:ffff::=reserved 2001:20::1=public
2001:2f:ffff::=public 2001:30::1=public 2001:3f::=public 2001:40::=reserved 2001:1ff::=reserved
2001:200::=public 2001:db7::=public 2001:db8::1=documentation 2001:db9::=public
2002::1=public 2002:c0a8:1::1=public 2606:4700::1=public 2620:4f:8000::1=public 3ffe::1=public
3fff::1=documentation 3fff:fff::=documentation 3fff:1000::=public 4000::1=public
5eff::=public 5f00::1=reserved 5f01::=public
fbff::=public fc00::=private fd12:3456::1=private fdff:ffff::=private fe00::=public fe7f::=public
fe80::=linklocal fe80::1=linklocal febf:ffff::1=linklocal fec0::1=public feff::=public
ff00::=multicast ff02::fb=multicast ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff=multicast
"""

IPV4_CSV = """\
Address Block,Name,RFC,Allocation Date,Termination Date,Source,Destination,Forwardable,Globally Reachable,Other
0.0.0.0/8,\"\"\"This network\"\"\",\"[RFC791], Section 3.2\",1981-09,N/A,True,False,False,False,True
0.0.0.0/32,\"\"\"This host\"\"\",,1981-09,N/A,True,False,False,False,True
10.0.0.0/8,Private-Use,[RFC1918],1996-02,N/A,True,True,True,False,False
100.64.0.0/10,Shared,,2012-04,N/A,True,True,True,False,False
127.0.0.0/8,Loopback,,1981-09,N/A,False [1],False [1],False [1],False [1],True
169.254.0.0/16,Link Local,,2005-05,N/A,True,True,False,False,True
172.16.0.0/12,Private-Use,[RFC1918],1996-02,N/A,True,True,True,False,False
192.0.0.0/24 [2],IETF Protocol Assignments,,2010-01,N/A,False,False,False,False,False
192.0.0.9/32,Port Control Protocol Anycast,,2015-10,N/A,True,True,True,True,False
\"192.0.0.170/32, 192.0.0.171/32\",NAT64/DNS64 Discovery,,2013-02,N/A,False,False,False,False,True
192.0.2.0/24,Documentation (TEST-NET-1),,2010-01,N/A,False,False,False,False,False
192.88.99.0/24,Deprecated (6to4 Relay Anycast),,2001-06,2015-03,,,,,
192.168.0.0/16,Private-Use,[RFC1918],1996-02,N/A,True,True,True,False,False
255.255.255.255/32,Limited Broadcast,\"[RFC8190]
        [RFC919], Section 7\",1984-10,N/A,False,True,False,False,True
"""

IPV6_CSV = """\
Address Block,Name,RFC,Allocation Date,Termination Date,Source,Destination,Forwardable,Globally Reachable,Other
::1/128,Loopback Address,,2006-02,N/A,False,False,False,False,True
::/128,Unspecified Address,,2006-02,N/A,True,False,False,False,True
::ffff:0:0/96,IPv4-mapped Address,,2006-02,N/A,False,False,False,False,True
2001::/23,IETF Protocol Assignments,,2000-09,N/A,False [1],False [1],False [1],False [1],False
2001::/32,TEREDO,,2006-01,N/A,True,True,True,N/A [2],False
3fff::/20,Documentation,,2024-07,N/A,False,False,False,False,False
fc00::/7,Unique-Local,,2005-10,N/A,True,True,True,False [4],False
fe80::/10,Link-Local Unicast,,2006-02,N/A,True,True,False,False,True
"""


def _address(text: str) -> int:
    address = parse_address(text)
    assert address is not None, text
    return address


def _plain(address: int) -> IPv4Address | IPv6Address:
    return ip_address(format_address(address))


def _edges() -> list[int]:
    """Both sides of every edge of every piece, and something in the middle of each."""
    ranges = [each for zone in names.ZONE_NAMES for each in names.zone_ranges(zone)]
    return sorted({place for first, last in ranges for place in (first, (first + last) // 2, last)})


def _blocks() -> list[tuple[str, str]]:
    lines = (FOLDER / "zones.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [(block, zone) for block, zone, _ in rows]


# ---- the facts


@pytest.mark.parametrize(("text", "zone"), [fact.rsplit("=", 1) for fact in ZONE_OF.split()])
def test_zone_of(text: str, zone: str) -> None:
    assert names.zone_of(_address(text)) == zone


def test_the_facts_name_every_zone() -> None:
    assert {fact.rsplit("=", 1)[1] for fact in ZONE_OF.split()} == set(names.ZONE_NAMES)


def test_private_is_rfc_1918_and_unique_local() -> None:
    blocks = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
    expected = [(_address(str(block[0])), _address(str(block[-1]))) for block in map(ip_network, blocks)]
    assert list(names.zone_ranges("private")) == expected


def test_a_name_is_known_in_any_case_and_no_other_name_is() -> None:
    assert names.zone_ranges("PRIVATE") == names.zone_ranges("private")
    assert names.zone_ranges("privat") == names.zone_ranges("") == names.zone_ranges("any") == ()


# ---- the partition


def test_the_pieces_cover_every_address_once() -> None:
    ranges = sorted(each for zone in names.ZONE_NAMES for each in names.zone_ranges(zone))
    assert ranges[0][0] == 0
    assert ranges[-1][1] == ADDRESS_MAX
    assert all(first <= last for first, last in ranges)
    assert all(before[1] + 1 == after[0] for before, after in pairwise(ranges))


@pytest.mark.parametrize("zone", names.ZONE_NAMES)
def test_ranges_of_a_zone_ascend_and_do_not_touch(zone: str) -> None:
    ranges = names.zone_ranges(zone)
    assert ranges
    assert all(before[1] + 1 < after[0] for before, after in pairwise(ranges))
    assert all(names.zone_of(place) == zone for each in ranges for place in each)


def test_the_table_is_the_ranges_in_order() -> None:
    firsts, zones = names.zone_table()
    assert len(firsts) == len(zones)
    assert firsts[0] == 0
    assert list(firsts) == sorted(set(firsts))
    assert all(before != after for before, after in pairwise(zones))
    pieces = {(first, zone) for zone in names.ZONE_NAMES for first, _ in names.zone_ranges(zone)}
    assert set(zip(firsts, zones, strict=True)) == pieces


def test_no_piece_is_of_both_families() -> None:
    firsts, _ = names.zone_table()
    assert IPV4_MAPPED in firsts
    assert IPV4_LAST + 1 in firsts


def test_the_longest_block_wins_at_every_edge() -> None:
    """Against a plain look through the table with the standard library's networks."""
    blocks = [(ip_network(block), zone) for block, zone in _blocks()]
    for place in _edges():
        address = _plain(place)
        holding = [(block.prefixlen, zone) for block, zone in blocks if address in block]
        assert names.zone_of(place) == (max(holding)[1] if holding else "public"), address


def test_no_block_is_there_twice_and_none_has_host_bits() -> None:
    blocks = [ip_network(block) for block, _ in _blocks()]
    assert len(set(blocks)) == len(blocks) == 52


def test_zones_agree_with_what_the_standard_library_says() -> None:
    """Where its properties mean the same thing; its private and its global follow older registries."""
    for place in _edges():
        address, zone = _plain(place), names.zone_of(place)
        assert (zone == "multicast") == address.is_multicast, address
        assert (zone == "loopback") == address.is_loopback, address
        assert (zone == "linklocal") == address.is_link_local, address
        assert (zone == "unspecified") == address.is_unspecified, address
        if zone in {"private", "documentation", "broadcast"} and address not in ip_network("3fff::/20"):
            assert address.is_private, address
        if zone == "shared":
            assert not address.is_private, address
            assert not address.is_global, address
        if zone == "public" and address.version == 4 and str(address) not in {"192.0.0.9", "192.0.0.10"}:
            assert address.is_global, address


# ---- names that are nearly right


@pytest.mark.parametrize(
    ("word", "zone"),
    [("privat", "private"), ("PUBLC", "public"), ("multcast", "multicast"), ("link-local", "linklocal")],
)
def test_similar_zones_puts_the_likely_one_first(word: str, zone: str) -> None:
    assert names.similar_zones(word)[0] == zone


def test_nothing_is_similar_to_noise() -> None:
    assert names.similar_zones("qqzz") == names.similar_zones("") == names.similar_zones("any") == ()


# ---- the table and its command


def test_the_table_carries_its_source_date_and_command() -> None:
    header = (FOLDER / "zones.tsv").read_text(encoding="utf-8").splitlines()[:3]
    assert header[0].startswith("# Source: IANA, IPv4 and IPv6 Special-Purpose Address Registries")
    day = header[1].removeprefix("# Date: ")
    assert date.fromisoformat(day).isoformat() == day
    assert header[2].startswith("# Made by: python -m flowql.names.generate --ipv4-special ")
    assert header[2].endswith(f"--date {day}")


def _body(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


def _table(ipv4: str = IPV4_CSV, ipv6: str = IPV6_CSV, day: date = DAY) -> str:
    return generate.zones_table(ipv4.splitlines(keepends=True), ipv6.splitlines(keepends=True), day)


def test_generate_gives_every_block_its_zone_in_the_order_of_addresses() -> None:
    assert _body(_table()) == [
        "0.0.0.0/8\treserved\tThis network",
        "0.0.0.0/32\tunspecified\tThis host",
        "10.0.0.0/8\tprivate\tPrivate-Use",
        "100.64.0.0/10\tshared\tShared",
        "127.0.0.0/8\tloopback\tLoopback",
        "169.254.0.0/16\tlinklocal\tLink Local",
        "172.16.0.0/12\tprivate\tPrivate-Use",
        "192.0.0.0/24\treserved\tIETF Protocol Assignments",
        "192.0.0.9/32\tpublic\tPort Control Protocol Anycast",
        "192.0.0.170/32\treserved\tNAT64/DNS64 Discovery",
        "192.0.0.171/32\treserved\tNAT64/DNS64 Discovery",
        "192.0.2.0/24\tdocumentation\tDocumentation (TEST-NET-1)",
        "192.88.99.0/24\treserved\tDeprecated (6to4 Relay Anycast)",
        "192.168.0.0/16\tprivate\tPrivate-Use",
        "224.0.0.0/4\tmulticast\tMulticast",
        "255.255.255.255/32\tbroadcast\tLimited Broadcast",
        "::/128\tunspecified\tUnspecified Address",
        "::1/128\tloopback\tLoopback Address",
        "2001::/23\treserved\tIETF Protocol Assignments",
        "2001::/32\tpublic\tTEREDO",
        "3fff::/20\tdocumentation\tDocumentation",
        "fc00::/7\tprivate\tUnique-Local",
        "fe80::/10\tlinklocal\tLink-Local Unicast",
        "ff00::/8\tmulticast\tMulticast",
    ]


def test_generate_refuses_a_date_before_the_newest_entry() -> None:
    _table(day=date(2024, 7, 1))
    with pytest.raises(generate.RegistryError, match="2024-07"):
        _table(day=date(2024, 6, 30))


@pytest.mark.parametrize(
    ("ipv4", "ipv6", "message"),
    [
        (IPV4_CSV.replace("100.64.0.0/10", "100.64.0.0/11"), IPV6_CSV, "not found: 100.64.0.0/10"),
        (IPV4_CSV, "\n".join(IPV6_CSV.splitlines()[:-1]), "not found: fe80::/10"),
        (IPV4_CSV, IPV6_CSV.replace("N/A [2]", "Maybe"), "reach of 2001::/32, found 'Maybe'"),
        (IPV4_CSV.replace("192.0.2.0/24", "192.0.2.1/24"), IPV6_CSV, "found '192.0.2.1/24'"),
        (IPV4_CSV.replace("192.0.2.0/24", "test"), IPV6_CSV, "found 'test'"),
        (IPV6_CSV, IPV4_CSV, "expected IPv4 blocks, found ::1/128"),
        (IPV4_CSV.replace("Globally Reachable", "Global"), IPV6_CSV, "not found: Globally Reachable"),
    ],
)
def test_generate_refuses_what_is_no_copy_of_the_registries(ipv4: str, ipv6: str, message: str) -> None:
    with pytest.raises(generate.RegistryError, match=message):
        _table(ipv4, ipv6)


def test_command_writes_the_zones_alone_or_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ipv4, ipv6 = tmp_path / "4.csv", tmp_path / "6.csv"
    ipv4.write_text(IPV4_CSV, encoding="utf-8-sig")
    ipv6.write_text("Block\n", encoding="utf-8")
    given = ["--ipv4-special", str(ipv4), "--ipv6-special", str(ipv6)]
    given += ["--date", "2026-07-18", "--into", str(tmp_path)]

    assert generate.main(given) == 2
    assert "not found: Address Block" in capsys.readouterr().err
    assert not list(tmp_path.glob("*.tsv"))

    ipv6.write_text(IPV6_CSV, encoding="utf-8")
    assert generate.main(given) == 0
    assert [path.name for path in tmp_path.glob("*.tsv")] == ["zones.tsv"]
    written = (tmp_path / "zones.tsv").read_text(encoding="utf-8")
    assert written == _table()
    assert str(tmp_path) not in written  # no machine's paths in the package


@pytest.mark.parametrize(
    "given",
    [
        [],
        ["--ipv4-special", "4.csv"],
        ["--services", "s.csv", "--ipv4-special", "4.csv", "--ipv6-special", "6.csv"],
        ["--services", "s.csv", "--protocols", "p.csv", "--ipv4-special", "4", "--ipv6-special", "6"],
    ],
)
def test_command_asks_for_one_pair_of_files(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        generate.main([*given, "--date", "2026-07-18"])
    assert "error: " in capsys.readouterr().err


def test_import_reads_no_table_and_the_first_question_does() -> None:
    script = """
import sys
opened = []
sys.addaudithook(lambda event, given: opened.append(str(given[0])) if event == "open" else None)
import flowql.names
assert not [name for name in opened if name.endswith(".tsv")], opened
assert flowql.names.zone_of(1) == "loopback"
assert flowql.names.zone_of(0) == "unspecified"
assert len([name for name in opened if name.endswith("zones.tsv")]) == 1, opened
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=FOLDER.parents[1], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
