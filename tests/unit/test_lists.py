"""List files: what an entry is, what a list holds, where lists lie, and that they are read once."""

import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from itertools import pairwise
from pathlib import Path
from threading import Barrier

import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from flowql import lists
from flowql.lists import BadLine, ListError, Lists, NamedList, UnknownListError, UnreadableListError
from flowql.values import ADDRESS_MAX, IPV4_LAST, IPV4_MAPPED, format_address, parse_address, parse_network

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "threat-lists"
IS_ROOT = os.geteuid() == 0

Load = Callable[[str | bytes], NamedList]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write a list and load it."""

    def load(content: str | bytes) -> NamedList:
        path = tmp_path / "written"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return Lists(paths={"written": path}, allow_everything=True).load("written")

    return load


def _shown(found: NamedList) -> list[str]:
    """The list's ranges as texts: addresses, then ports."""
    addresses = [f"{format_address(first)}..{format_address(last)}" for first, last in found.addresses]
    return addresses + [f"{first}..{last}" for first, last in found.ports]


def _bad(found: NamedList) -> list[int]:
    assert found.bad_line_count == len(found.bad_lines)
    return [bad.line for bad in found.bad_lines]


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
def test_an_entry(load: Load, line: str, shown: str) -> None:
    found = load(f"{line}\n")
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
def test_what_is_no_entry_is_counted_and_named(load: Load, line: str) -> None:
    found = load(f"192.0.2.1\n\n{line}\n192.0.2.9\n")
    assert _shown(found) == ["192.0.2.1..192.0.2.1", "192.0.2.9..192.0.2.9"]
    assert (found.entry_count, found.bad_line_count) == (2, 1)
    assert found.bad_lines == (BadLine(3, line),)


def test_host_bits_mean_the_network_and_are_counted(load: Load) -> None:
    found = load("10.0.0.5/24\n2001:db8::1/64\n10.1.0.0/24\n10.2.0.1\n")
    assert _shown(found) == [
        "10.0.0.0..10.0.0.255",
        "10.1.0.0..10.1.0.255",
        "10.2.0.1..10.2.0.1",
        "2001:db8::..2001:db8::ffff:ffff:ffff:ffff",
    ]
    assert found.host_bits_count == 2


def test_ranges_are_sorted_and_joined_where_they_touch_or_overlap(load: Load) -> None:
    found = load(
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


def test_an_ipv6_block_around_the_mapped_addresses_holds_no_ipv4(load: Load) -> None:
    assert _shown(load("::/64\n")) == ["::..::fffe:ffff:ffff", "::1:0:0:0..::ffff:ffff:ffff:ffff"]
    assert load("::ffff:0:0/96\n").addresses == ((IPV4_MAPPED, IPV4_LAST),)


# ---- how a file is written


def test_comments_blank_lines_and_line_numbers(load: Load) -> None:
    found = load("# one\n\n   \n; two\n\t# three\n10.0.0.1\nbad\n  ;\n#\n10.0.0.3\nworse # still")
    assert _shown(found) == ["10.0.0.1..10.0.0.1", "10.0.0.3..10.0.0.3"]
    assert found.bad_lines == (BadLine(7, "bad"), BadLine(11, "worse # still"))


def test_crlf_a_byte_order_mark_and_no_final_line_end(load: Load) -> None:
    found = load(b"\xef\xbb\xbf10.0.0.1\r\n\r\nbad\r\n10.0.0.3")
    assert _shown(found) == ["10.0.0.1..10.0.0.1", "10.0.0.3..10.0.0.3"]
    assert found.bad_lines == (BadLine(3, "bad"),)


def test_what_is_not_utf_8_is_a_bad_line_but_no_matter_in_a_comment(load: Load) -> None:
    found = load(b"10.0.0.1 # caf\xe9\n10.0.0.2\xff\n# \xfe\n10.0.0.3\n")
    assert _shown(found) == ["10.0.0.1..10.0.0.1", "10.0.0.3..10.0.0.3"]
    assert found.bad_lines == (BadLine(2, "10.0.0.2\N{REPLACEMENT CHARACTER}"),)


def test_a_form_feed_ends_no_line(load: Load) -> None:
    assert _bad(load("a\x0cb\x85c\x1cd\nbad\n")) == [1, 2]


def test_an_empty_file_is_a_list_of_nothing(load: Load) -> None:
    found = load(b"")
    assert (found.entry_count, found.addresses, found.ports, found.bad_line_count) == (0, (), (), 0)


def test_the_first_bad_lines_are_kept_and_all_are_counted(load: Load) -> None:
    found = load("10.0.0.1\n" + "bad\n" * 30)
    assert found.bad_line_count == 30
    assert [bad.line for bad in found.bad_lines] == list(range(2, 22))


def test_a_bad_line_is_kept_in_part(load: Load) -> None:
    (bad,) = load("x" * 10_000_000).bad_lines
    assert bad == BadLine(1, "x" * lists.BAD_LINE_CHARACTERS_MAX)


def test_a_cell_longer_than_the_csv_module_takes_is_a_bad_line(load: Load) -> None:
    assert _bad(load("ip,note\n10.0.0.1," + "x" * 200_000 + "\n10.0.0.2,y\n")) == [2]


# ---- CSV


def test_csv_has_its_entries_in_the_first_column(load: Load) -> None:
    found = load(
        "# made today\n"
        "network,owner,port\n"
        "10.0.0.0/24,web,443\n"
        '"10.0.1.0/24","a, b","8080"\n'
        '"10.0.2.1 - 10.0.2.9" , x # y, 1\n'
        "10.0.3.1 # gone, z\n"
        ",nobody\n"
        "10.0.4.x,typo\n"
        "443,https\n"
    )
    assert _shown(found) == [
        "10.0.0.0..10.0.1.255",
        "10.0.2.1..10.0.2.9",
        "10.0.3.1..10.0.3.1",
        "443..443",
    ]
    assert found.bad_lines == (BadLine(7, ",nobody"), BadLine(8, "10.0.4.x,typo"))


@pytest.mark.parametrize(
    "header",
    [
        "ip",
        "IP",
        "cidr",
        "Address",
        "ip_address",
        "IP Address",
        "src-ip",
        "networks",
        "port",
        '"prefix"',
        "ip # x",
    ],
)
def test_a_header_of_one_column_is_a_known_word(load: Load, header: str) -> None:
    found = load(f"\n# x\n{header}\n10.0.0.1\n")
    assert (found.entry_count, found.bad_line_count) == (1, 0)


@pytest.mark.parametrize("header", ["what,ever", "Eintrag,Wer", "Ä ö (v4),b", '"Name, first",b', "IP/CIDR,x"])
def test_a_header_of_several_columns_is_any_title(load: Load, header: str) -> None:
    found = load(f"{header}\n10.0.0.1,443\n")
    assert (found.entry_count, found.bad_line_count) == (1, 0)


@pytest.mark.parametrize(
    "line",
    [
        "threats",
        "threats # a, b",
        "10.0.0.300,x",
        "fe80::zz,x",
        "evil.example,malware",
        "10.0.0.0/33,x",
        ",x",
        "1,ip\n2a,b",
    ],
)
def test_a_misspelled_first_entry_is_no_header(load: Load, line: str) -> None:
    found = load(f"{line}\n10.0.0.1\n")
    assert _shown(found)[0] == "10.0.0.1..10.0.0.1"
    assert found.bad_line_count == 1


def test_a_header_stands_first_only(load: Load) -> None:
    assert _bad(load("ip,x\nip,x\n10.0.0.1,y\nip,x\n")) == [2, 4]


def test_entries_side_by_side_without_a_header_are_not_half_read(load: Load) -> None:
    found = load('22, 80, 443\n10.0.0.1,web\n10.0.0.2, 10.0.0.3\n10.0.0.4, x, "10.0.0.5"\n')
    assert _shown(found) == ["10.0.0.1..10.0.0.1"]
    assert _bad(found) == [1, 3, 4]


def test_an_open_quote_takes_its_own_line_only(load: Load) -> None:
    found = load('ip,note\n10.0.0.1,"open\n10.0.0.2,"closed"\n"10.0.0.3,x\n10.0.0.4,y\n')
    assert _shown(found) == ["10.0.0.1..10.0.0.2", "10.0.0.4..10.0.0.4"]
    assert _bad(found) == [4]


# ---- against plain Python


def _entries() -> st.SearchStrategy[str]:
    ipv4 = st.tuples(st.integers(0, 255), st.integers(24, 32)).map(lambda p: f"192.0.2.{p[0]}/{p[1]}")
    ipv6 = st.tuples(st.integers(0, 255), st.integers(120, 128)).map(lambda p: f"2001:db8::{p[0]:x}/{p[1]}")
    return st.one_of(ipv4, ipv6)


@given(st.lists(_entries(), max_size=12))
def test_a_list_holds_what_its_networks_hold(entries: list[str]) -> None:
    found = lists._read(Path("written"), "\n".join(entries).encode())
    held = {address for entry in entries for address in map(str, ip_network(entry, strict=False))}
    assert {format_address(a) for first, last in found.addresses for a in range(first, last + 1)} == held
    assert all(first <= last for first, last in found.addresses)
    ends = [end for each in found.addresses for end in each]
    assert ends == sorted(ends)
    assert all(before[1] + 1 < after[0] for before, after in pairwise(found.addresses))
    assert found.entry_count == len(entries)
    assert found.host_bits_count == sum(parse_network(entry)[2] for entry in entries)  # type: ignore[index]


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_list(content: bytes) -> None:
    found = lists._read(Path("written"), content)
    assert found.digest == xxhash.xxh3_128_hexdigest(content)
    text = content.decode("utf-8-sig", errors="replace")
    rows = [line for line in text.split("\n") if line.strip() and line.strip()[0] not in "#;"]
    assert len(rows) - 1 <= found.entry_count + found.bad_line_count <= len(rows)  # less a header


# ---- lists of everything


@pytest.mark.parametrize(
    ("content", "families"),
    [
        ("10.0.0.1\n0.0.0.0/0\n", "IPv4"),
        ("10.0.0.1/0\n", "IPv4"),
        ("0.0.0.0/1\n128.0.0.0/1\n", "IPv4"),
        ("0.0.0.0-255.255.255.255\n", "IPv4"),
        ("::ffff:0:0/96\n", "IPv4"),
        ("::/0\n", "IPv6"),
        ("::/1\n8000::/1\n", "IPv6"),
        ("0.0.0.0/0\n::/0\n", "IPv4 and IPv6"),
    ],
)
def test_a_list_of_everything_is_refused_unless_asked_for(
    tmp_path: Path, content: str, families: str
) -> None:
    path = tmp_path / "all.txt"
    path.write_text(content)
    with pytest.raises(ListError) as raised:
        Lists(tmp_path).load("ALL")
    message = f"the list ALL holds every address of {families}, which is taken for a mistake"
    assert raised.value.message == message
    assert raised.value.hint == f"look in {path} for an entry such as 0.0.0.0/0 or ::/0"
    assert Lists(tmp_path, allow_everything=True).load("all").whole_families == tuple(families.split(" and "))


@pytest.mark.parametrize(
    "content", ["0.0.0.0/1\n", "0.0.0.1-255.255.255.255\n", "::/1\n", "::1-ffff::\n", "0-65535\n", ""]
)
def test_less_than_everything_is_a_list(tmp_path: Path, content: str) -> None:
    (tmp_path / "most").write_text(content)
    assert Lists(tmp_path).load("most").whole_families == ()


def test_everything_is_the_whole_of_both_families(load: Load) -> None:
    assert load("0.0.0.0/0\n::/0\n").addresses == ((0, ADDRESS_MAX),)


# ---- where lists lie


def test_a_folder_gives_its_files_by_their_stems(tmp_path: Path) -> None:
    for name in ("a", "B.TXT", "c.csv", "d.list", "e.netset", "f.ipset", "g.v2.txt", "h-i_j.txt"):
        (tmp_path / name).write_text("10.0.0.1\n")
    for name in ("x.md", "x.gz", ".hidden", "my list.txt", "x.txt~", "a..b.txt", "README.rst"):
        (tmp_path / name).write_text("10.0.0.2\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "broken.txt").symlink_to(tmp_path / "nowhere")
    found = Lists(tmp_path)
    assert found.names() == ("a", "b", "c", "d", "e", "f", "g.v2", "h-i_j")
    assert {found.load(name).path.name for name in ("A", "b", "G.V2")} == {"a", "B.TXT", "g.v2.txt"}
    assert found.load("b").name == found.load("B").name == "b"


def test_two_files_of_one_name_are_an_error_that_names_both(tmp_path: Path) -> None:
    (tmp_path / "threats.txt").write_text("10.0.0.1\n")
    (tmp_path / "Threats.netset").write_text("10.0.0.2\n")
    with pytest.raises(ListError) as raised:
        Lists(tmp_path).load("threats")
    expected = f"the list threats is several files of {tmp_path}: Threats.netset and threats.txt"
    assert raised.value.message == expected
    assert Lists(tmp_path).names() == ("threats",)
    chosen = Lists(tmp_path, {"threats": tmp_path / "threats.txt"})
    assert _shown(chosen.load("threats")) == ["10.0.0.1..10.0.0.1"]


def test_a_path_given_by_name_goes_before_the_folder(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "corp.txt").write_text("10.0.0.1\n")
    (tmp_path / "any file.dat").write_text("10.0.0.2\n")
    found = Lists(tmp_path / "folder", {"Corp": tmp_path / "any file.dat"})
    assert found.names() == ("corp",)
    assert _shown(found.load("CORP")) == ["10.0.0.2..10.0.0.2"]
    assert found.load("CORP").name == "corp"


@pytest.mark.parametrize("name", ["", "my list", "a..b", "a/b", "@a", ".a", "-a"])
def test_a_name_that_no_query_can_say_is_refused(name: str) -> None:
    with pytest.raises(ListError, match="the name of a list is made of"):
        Lists(paths={name: Path("x")})


def test_a_name_given_twice_is_refused() -> None:
    with pytest.raises(ListError, match="the list corp is given twice"):
        Lists(paths={"corp": Path("a"), "Corp": Path("b")})


def test_an_unknown_list_comes_with_the_near_ones(tmp_path: Path) -> None:
    for name in ("threats.txt", "corp.txt"):
        (tmp_path / name).write_text("10.0.0.1\n")
    found = Lists(tmp_path)
    with pytest.raises(UnknownListError) as raised:
        found.load("threts")
    error = raised.value
    assert (error.code, error.message) == ("unknown-list", 'unknown list "threts"')
    assert error.similar == found.similar("THRETS") == ("threats",)
    assert error.hint == "the lists are corp, threats"


def test_an_unknown_list_says_what_there_is(tmp_path: Path) -> None:
    (tmp_path / "many").mkdir()
    for number in range(12):
        (tmp_path / "many" / f"n{number:02}").touch()
    hints = {
        None: "no lists are given: their folder is named by --lists DIR, or a file by --list NAME=FILE",
        tmp_path / "nowhere": f"there is no folder {tmp_path / 'nowhere'}",
        tmp_path: f"no lists are in {tmp_path}",
        tmp_path / "many": "the lists are " + ", ".join(f"n{n:02}" for n in range(10)) + ", ...",
    }
    for folder, hint in hints.items():
        with pytest.raises(UnknownListError) as raised:
            Lists(folder).load("threats")
        assert raised.value.hint == hint
        assert raised.value.similar == ()


# ---- files that cannot be read


def test_a_file_that_is_gone_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "gone"
    with pytest.raises(UnreadableListError) as raised:
        Lists(paths={"corp": path}).load("Corp")
    assert raised.value.code == "unreadable-list"
    assert raised.value.message == f"the list Corp cannot be read: {path}: No such file or directory"


@pytest.mark.skipif(IS_ROOT, reason="root may read everything")
def test_a_file_that_is_closed_to_us_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "closed"
    path.write_text("10.0.0.1\n")
    path.chmod(0)
    with pytest.raises(UnreadableListError, match="Permission denied"):
        Lists(paths={"corp": path}).load("corp")


def test_a_folder_or_a_pipe_is_no_list(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path):
        with pytest.raises(UnreadableListError, match="is no file that can be read again"):
            Lists(paths={"corp": path}).load("corp")
    assert Lists(tmp_path).names() == ()


def test_a_folder_of_lists_that_is_a_file_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(UnreadableListError, match=r"the folder of lists cannot be read: .*: Not a directory"):
        Lists(path).names()


def test_a_file_beyond_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.txt"
    with path.open("wb") as file:
        file.truncate(lists.LIST_BYTES_MAX + 1)
    with pytest.raises(ListError, match=r"is larger than 67,108,864 bytes \(limit: list_bytes_max\)"):
        Lists(tmp_path).load("huge")


# ---- read once


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were read, in order."""
    seen: list[Path] = []
    read = lists._read

    def noted(path: Path, content: bytes) -> NamedList:
        seen.append(path)
        return read(path, content)

    monkeypatch.setattr(lists, "_read", noted)
    return seen


def test_a_list_is_read_once_and_again_when_its_file_changes(tmp_path: Path, readings: list[Path]) -> None:
    path = tmp_path / "corp.txt"
    path.write_text("10.0.0.1\n")
    os.utime(path, ns=(1, 1))
    found = Lists(tmp_path, {"other": path})
    first = found.load("corp")
    assert first == found.load("CORP")
    assert found.load("other").name == "other"
    assert found.load("other").addresses is first.addresses
    assert readings == [path]

    path.write_text("10.0.0.2\n")  # of the same size
    os.utime(path, ns=(2, 2))
    second = found.load("corp")
    assert _shown(second) == ["10.0.0.2..10.0.0.2"]
    assert second.digest != first.digest
    path.write_text("10.0.0.2\n10.0.0.9\n")
    os.utime(path, ns=(2, 2))  # of another size, at the same time
    assert found.load("corp").entry_count == 2
    assert len(found._kept) == 1  # what a file held before is not kept


def test_threads_that_ask_together_read_once(tmp_path: Path, readings: list[Path]) -> None:
    path = tmp_path / "corp.txt"
    path.write_text("".join(f"10.0.{n >> 8}.{n & 255}\n" for n in range(0, 20_000, 2)))
    found, together = Lists(tmp_path), Barrier(8)

    def load(_: int) -> NamedList:
        together.wait()
        return found.load("corp")

    with ThreadPoolExecutor(8) as threads:
        loaded = list(threads.map(load, range(8)))
    assert readings == [path]
    assert all(each == loaded[0] for each in loaded)
    assert loaded[0].entry_count == len(loaded[0].addresses) == 10_000


def test_the_digest_is_that_of_the_bytes(load: Load) -> None:
    assert load(b"10.0.0.1\r\n").digest == xxhash.xxh3_128_hexdigest(b"10.0.0.1\r\n")
    assert load(b"10.0.0.1\r\n").digest != load(b"10.0.0.1\n").digest


# ---- lists as their makers write them


@pytest.mark.skipif(not SAMPLES.exists(), reason=f"the sample files are not here: {SAMPLES}")
def test_a_firehol_list_holds_what_its_header_says() -> None:
    path = SAMPLES / "spamhaus_drop-2015-11-02.netset"
    stated = re.search(r"^# Entries +: (\d+) subnets, (\d+) unique IPs", path.read_text(), re.MULTILINE)
    assert stated
    found = Lists(SAMPLES).load("spamhaus_drop-2015-11-02")
    assert found.entry_count == int(stated[1]) == 683
    assert sum(last - first + 1 for first, last in found.addresses) == int(stated[2]) == 22_583_552
    assert (found.bad_line_count, found.host_bits_count, found.ports) == (0, 0, ())
    assert any(first <= parse_address("1.4.0.9") <= last for first, last in found.addresses)  # type: ignore[operator]


@pytest.mark.skipif(not SAMPLES.exists(), reason=f"the sample files are not here: {SAMPLES}")
def test_a_list_with_comments_behind_its_entries() -> None:
    found = Lists(SAMPLES).load("spamhaus-drop-txt-head")
    assert _shown(found) == ["1.4.0.0..1.4.127.255", "1.10.16.0..1.10.31.255"]
    assert (found.entry_count, found.bad_line_count) == (2, 0)
