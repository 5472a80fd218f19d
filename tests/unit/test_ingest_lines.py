"""What a line means: the careful road's verdicts, one by one, and the recognition of headers."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flowql.ingest.addresses import parse_addresses
from flowql.ingest.careful import Fault, LineKind, LineReader
from flowql.ingest.layout import DEFAULT, DuplicateNameError, layout_of, read_header
from flowql.ingest.times import time_ns, times_ns
from flowql.values import parse_address

GOOD = "2 123456789010 eni-1 10.0.0.1 10.0.0.2 443 49152 6 10 840 1439387263 1439387264 ACCEPT OK"


def _verdict(line: str | bytes) -> object:
    return LineReader(DEFAULT).read(line.encode() if isinstance(line, str) else line)


def _with(name: str, value: str) -> str:
    tokens = GOOD.split()
    tokens[DEFAULT.names.index(name)] = value
    return " ".join(tokens)


def _value(name: str, text: str) -> object:
    record = _verdict(_with(name, text))
    assert isinstance(record, list)
    return record[DEFAULT.names.index(name)]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("version", "V1", "V1"),
        ("account-id", "007", "007"),
        ("srcaddr", "10.0.0.1", 0xFFFF0A000001),
        ("srcaddr", "::FFFF:10.0.0.1", 0xFFFF0A000001),
        ("srcaddr", "2001:DB8::1", 0x20010DB8 << 96 | 1),
        ("srcport", "007", 7),
        ("srcport", "65535", 65535),
        ("protocol", "255", 255),
        ("packets", "-1", None),
        ("bytes", "9223372036854775807", (1 << 63) - 1),
        ("bytes", "0" * 5000 + "1", 1),
        ("start", "999999999", 999_999_999 * 10**9),
        ("start", "1512564058000", 1_512_564_058 * 10**9),
        ("start", "1512564058001002", 1_512_564_058_001_002_000),
        ("start", "1512564058001002003", 1_512_564_058_001_002_003),
        ("end", "-", None),
        ("log-status", "-", None),
    ],
)
def test_values(name: str, text: str, value: object) -> None:
    assert _value(name, text) == value


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        *(
            ("srcaddr", text, "bad-address")
            for text in ("010.0.0.1", "10.1", "1.2.3.4.5", "256.1.1.1", "::x", "host")
        ),
        *(("dstport", text, "bad-port") for text in ("65536", "-1", "+5", "1_0", "٣", "0x10", "1.0", "http")),
        *(("protocol", text, "bad-protocol") for text in ("256", "TCP")),
        *(
            ("packets", text, "bad-number")
            for text in ("-2", "9223372036854775808", "9" * 5000, "1e3", "--1")
        ),
        *(("start", text, "bad-time") for text in ("-5", "99999999999", "9" * 19, "2018-12-13", "14.5")),
    ],
)
def test_values_outside_their_domain_are_rejected(name: str, text: str, code: str) -> None:
    assert _verdict(_with(name, text)) == Fault(code, name)


def test_invalid_utf8_and_nul_are_rejected() -> None:
    line = GOOD.encode()
    assert _verdict(line.replace(b"eni", b"\xff")) == Fault("encoding", "interface-id")
    assert _verdict(line.replace(b"eni", b"\0")) == Fault("nul-byte")
    assert _verdict(line.replace(b"10.0.0.1", b"\xff")) == Fault("bad-address", "srcaddr")


@pytest.mark.parametrize("line", ["", " ", "\r", "\t \r", "\ufeff"])
def test_blank_lines(line: str) -> None:
    assert _verdict(line) is LineKind.BLANK


@pytest.mark.parametrize(
    "line", [f" {GOOD} ", f"{GOOD}\r", f"\ufeff{GOOD}", GOOD.replace(" ", "\t"), GOOD.replace(" ", "  \t")]
)
def test_blanks_around_and_between_do_not_matter(line: str) -> None:
    assert _verdict(line) == _verdict(GOOD)


@pytest.mark.parametrize("line", ["bogus line", GOOD + " x", GOOD.rsplit(" ", 1)[0], GOOD.replace(" ", ",")])
def test_wrong_widths_are_rejected(line: str) -> None:
    assert _verdict(line) == Fault("field-count")


_MISSING = [None] * 7
_TIMES = [1431280876 * 10**9, 1431280934 * 10**9]


@pytest.mark.parametrize(
    ("rest", "values"),
    [
        ("- - - - - - - 1431280876 1431280934 - NODATA", [*_MISSING, *_TIMES, None, "NODATA"]),
        ("- - - - - - 1431280876 1431280934 - NODATA", [*_MISSING, *_TIMES, None, "NODATA"]),
        ("- - - - - - - 1431280876 1431280934 SKIPDATA", [*_MISSING, *_TIMES, None, "SKIPDATA"]),
        ("- - - - -1 -1 1431280876 1431280934 - SKIPDATA", [*_MISSING, *_TIMES, None, "SKIPDATA"]),
        ("- - 0 0 6 0 0 1431280876 1431280934 NODATA", [None, None, 0, 0, 6, 0, 0, *_TIMES, None, "NODATA"]),
    ],
)
def test_status_lines_with_a_field_less(rest: str, values: list[object]) -> None:
    assert _verdict(f"2 1 eni-1 {rest}") == ["2", "1", "eni-1", *values]


@pytest.mark.parametrize(
    "rest",
    [
        "- - - - - 0 1431280876 1431280934 - NODATA",
        "- - - - - - - 1431280876 1431280934 OK",
        "- " * 9 + "NODATA",
    ],
)
def test_other_short_lines_are_rejected(rest: str) -> None:
    assert _verdict(f"2 1 eni-1 {rest}") == Fault("field-count")


def test_headers() -> None:
    layout = read_header(b"\xef\xbb\xbfVersion Account_ID src_addr DSTADDR my_field tcp.flags \r")
    assert layout is not None
    assert layout.names == ("version", "account-id", "srcaddr", "dstaddr", "my-field", "tcp-flags")
    assert layout.unknown_names == ("my-field",)
    assert _verdict("srcaddr dstaddr") is LineKind.HEADER


@pytest.mark.parametrize(
    "line",
    [
        "srcaddr",
        "srcaddr dstaddr 5",
        "srcaddr dstaddr -",
        "srcaddr a b c",
        "version is a word",
        GOOD,
        "a b",
        "",
    ],
)
def test_lines_that_are_no_headers(line: str) -> None:
    assert read_header(line.encode()) is None


def test_an_alias_beside_its_field_is_a_column_of_its_own() -> None:
    layout = read_header(b"interface-id eni srcaddr dstaddr")
    assert layout is not None
    assert layout.names == ("interface-id", "eni", "srcaddr", "dstaddr")


@pytest.mark.parametrize(
    "line", [b"srcaddr dstaddr SRCADDR", b"start end log-status log_status", b"srcip src-addr"]
)
def test_a_name_twice_is_refused(line: bytes) -> None:
    with pytest.raises(DuplicateNameError):
        read_header(line)


def test_default_header_is_the_default_layout() -> None:
    assert read_header(" ".join(DEFAULT.names).upper().encode()) == DEFAULT
    assert DEFAULT.is_default
    assert not layout_of(("srcaddr",)).is_default


_OCTET = st.one_of(
    st.integers(0, 300).map(str), st.sampled_from(["", "00", "01", "1x", "x", "\u0661", "/", ":", "0000"])
)
_NEARLY_ADDRESSES = st.one_of(
    st.lists(_OCTET, min_size=1, max_size=6).map(".".join), st.ip_addresses().map(str), st.text(max_size=12)
)


@given(st.lists(_NEARLY_ADDRESSES, max_size=12, unique=True))
@example(["0.0.10.", "1.2.3.4"])
@example(["12.34.56.7", "8.9.10.11", ".1.2.3", "1.x2.3.4", "1234.5.6.7", "5.6.7.08", "5.6.7.256"])
def test_addresses_by_the_column_are_those_one_by_one(texts: list[str]) -> None:
    expected = [parse_address(text) for text in texts]
    array = pa.array(["pad", *texts], pa.string()).slice(1)
    found = parse_addresses(array)
    numbers = [h << 64 | low for h, low in zip(found.high.tolist(), found.low.tolist(), strict=True)]
    assert [n if ok else None for n, ok in zip(numbers, found.ok.tolist(), strict=True)] == expected
    known = [n for n in expected if n is not None]
    assert not found.are_distinct or len(set(known)) == len(known)


@given(
    st.lists(
        st.one_of(st.integers(-10, (1 << 63) - 1), st.integers(0, 19).map(lambda n: 10**n - 1)), max_size=9
    )
)
def test_times_by_the_column_are_those_one_by_one(values: list[int]) -> None:
    values = [value for value in values if value < 1 << 63]
    nanoseconds, bad = times_ns(np.array(values, np.int64))
    found = [None if bad is not None and bad[i] else int(ns) for i, ns in enumerate(nanoseconds)]
    assert found == [time_ns(value) for value in values]
