"""How a list's file is written: comments, line ends, CSV, headers, and lines that are no entries."""

from pathlib import Path

import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from flowql.lists import BadLine, NamedList, named_list
from flowql.lists.named_list import read_list
from flowql.values import format_address


def read(content: str | bytes) -> NamedList:
    """The list that a file with this content is."""
    return read_list(Path("written"), content if isinstance(content, bytes) else content.encode())


def _shown(found: NamedList) -> list[str]:
    """The list's ranges as texts: addresses, then ports."""
    addresses = [f"{format_address(first)}..{format_address(last)}" for first, last in found.addresses]
    return addresses + [f"{first}..{last}" for first, last in found.ports]


def _bad(found: NamedList) -> list[int]:
    assert found.bad_line_count == len(found.bad_lines)
    return [bad.line for bad in found.bad_lines]


# ---- how a file is written


def test_comments_blank_lines_and_line_numbers() -> None:
    found = read("# one\n\n   \n; two\n\t# three\n10.0.0.1\nbad\n  ;\n#\n10.0.0.3\nworse # still")
    assert _shown(found) == ["10.0.0.1..10.0.0.1", "10.0.0.3..10.0.0.3"]
    assert found.bad_lines == (BadLine(7, "bad"), BadLine(11, "worse # still"))


def test_crlf_a_byte_order_mark_and_no_final_line_end() -> None:
    found = read(b"\xef\xbb\xbf10.0.0.1\r\n\r\nbad\r\n10.0.0.3")
    assert _shown(found) == ["10.0.0.1..10.0.0.1", "10.0.0.3..10.0.0.3"]
    assert found.bad_lines == (BadLine(3, "bad"),)


def test_what_is_not_utf_8_is_a_bad_line_but_no_matter_in_a_comment() -> None:
    found = read(b"10.0.0.1 # caf\xe9\n10.0.0.2\xff\n# \xfe\n10.0.0.3\n")
    assert _shown(found) == ["10.0.0.1..10.0.0.1", "10.0.0.3..10.0.0.3"]
    assert found.bad_lines == (BadLine(2, "10.0.0.2\N{REPLACEMENT CHARACTER}"),)


def test_a_form_feed_ends_no_line() -> None:
    assert _bad(read("a\x0cb\x85c\x1cd\nbad\n")) == [1, 2]


def test_an_empty_file_is_a_list_of_nothing() -> None:
    found = read(b"")
    assert (found.entry_count, found.addresses, found.ports, found.bad_line_count) == (0, (), (), 0)


def test_the_first_bad_lines_are_kept_and_all_are_counted() -> None:
    found = read("10.0.0.1\n" + "bad\n" * 30)
    assert found.bad_line_count == 30
    assert [bad.line for bad in found.bad_lines] == list(range(2, 22))


def test_a_bad_line_is_kept_in_part() -> None:
    (bad,) = read("x" * 10_000_000).bad_lines
    assert bad == BadLine(1, "x" * named_list.BAD_LINE_CHARACTERS_MAX)


def test_a_cell_longer_than_the_csv_module_takes_is_a_bad_line() -> None:
    assert _bad(read("ip,note\n10.0.0.1," + "x" * 200_000 + "\n10.0.0.2,y\n")) == [2]


def test_the_digest_is_that_of_the_bytes() -> None:
    assert read(b"10.0.0.1\r\n").digest == xxhash.xxh3_128_hexdigest(b"10.0.0.1\r\n")
    assert read(b"10.0.0.1\r\n").digest != read(b"10.0.0.1\n").digest


# ---- CSV


def test_csv_has_its_entries_in_the_first_column() -> None:
    found = read(
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
def test_a_header_of_one_column_is_a_known_word(header: str) -> None:
    found = read(f"\n# x\n{header}\n10.0.0.1\n")
    assert (found.entry_count, found.bad_line_count) == (1, 0)


@pytest.mark.parametrize("header", ["what,ever", "Eintrag,Wer", "Ä ö (v4),b", '"Name, first",b', "IP/CIDR,x"])
def test_a_header_of_several_columns_is_any_title(header: str) -> None:
    found = read(f"{header}\n10.0.0.1,443\n")
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
def test_a_misspelled_first_entry_is_no_header(line: str) -> None:
    found = read(f"{line}\n10.0.0.1\n")
    assert _shown(found)[0] == "10.0.0.1..10.0.0.1"
    assert found.bad_line_count == 1


def test_a_header_stands_first_only() -> None:
    assert _bad(read("ip,x\nip,x\n10.0.0.1,y\nip,x\n")) == [2, 4]


def test_entries_side_by_side_without_a_header_are_not_half_read() -> None:
    found = read('22, 80, 443\n10.0.0.1,web\n10.0.0.2, 10.0.0.3\n10.0.0.4, x, "10.0.0.5"\n')
    assert _shown(found) == ["10.0.0.1..10.0.0.1"]
    assert _bad(found) == [1, 3, 4]


def test_an_open_quote_takes_its_own_line_only() -> None:
    found = read('ip,note\n10.0.0.1,"open\n10.0.0.2,"closed"\n"10.0.0.3,x\n10.0.0.4,y\n')
    assert _shown(found) == ["10.0.0.1..10.0.0.2", "10.0.0.4..10.0.0.4"]
    assert _bad(found) == [4]


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_list(content: bytes) -> None:
    found = read(content)
    assert found.digest == xxhash.xxh3_128_hexdigest(content)
    text = content.decode("utf-8-sig", errors="replace")
    rows = [line for line in text.split("\n") if line.strip() and line.strip()[0] not in "#;"]
    assert len(rows) - 1 <= found.entry_count + found.bad_line_count <= len(rows)  # less a header
