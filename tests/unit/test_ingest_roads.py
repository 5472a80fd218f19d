"""The fast road against its definition, the careful road, on lines as they should be and on mutilated ones."""

from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ingest_recorder import outcome

from flowql.ingest import fast
from flowql.ingest.layout import DEFAULT, Layout, layout_of
from flowql.ingest.parsed import RejectedLine

SHORT = layout_of(("srcaddr", "srcport", "protocol", "bytes", "start", "note"))
LAYOUTS = [DEFAULT, SHORT, layout_of(("note", "action")), layout_of(("bytes",)), layout_of(("srcaddr",))]

_TOKENS = {
    "text": st.sampled_from(
        ["2", "V1", "-", "eni-1a2b", "OK", "NODATA", "ü", "0x1F", '"a', "a\0b", "", "a\x0bb", "-1", "x\x1b[1m"]
    ),
    "address": st.sampled_from(
        "10.0.0.1 - 10.0.0.2 255.255.255.255 0.0.0.0 2001:db8::1 2001:DB8:0::1 ::ffff:10.0.0.1 010.0.0.1 10.1 "
        "256.1.1.1 1.2.3.4.5 1.2.3 :: fe80::1%eth0 1..2.3 1.2.3. 999 x 1.2.3.4x ::1.2.3.4 srcaddr".split()
    ),
    "number": st.sampled_from(
        "0 1 22 - 65535 65536 255 256 -1 -2 -0 007 00000000000000000000000000000001 +5 1_000 0x10 0X1f 1.0 1e3 ٣ "
        "9223372036854775807 9223372036854775808 -9223372036854775809 99999999999999999999 bytes".split()
    ),
    "time": st.sampled_from(
        "1439387263 - 0 5 999999999 1439387263000 1439387263000000 1439387263000000000 9223372036 9223372037 "
        "99999999999 100000000000 -5 9223372036854775807 0x5 start".split()
    ),
}
_GROUPS = {
    "address": ("srcaddr", "dstaddr"),
    "number": ("srcport", "dstport", "protocol", "packets", "bytes"),
    "time": ("start", "end"),
}
_GOOD = b"2 123456789010 eni-1 10.0.0.1 10.0.0.2 443 49152 6 10 840 1439387263 1439387264 ACCEPT OK"


def _token(name: str) -> st.SearchStrategy[str]:
    group = next((group for group, names in _GROUPS.items() if name in names), "text")
    return _TOKENS[group]


def _line(layout: Layout) -> st.SearchStrategy[bytes]:
    tokens = st.tuples(*(_token(name) for name in layout.names)).map(list)
    cut = st.sampled_from([None, None, None, None, -1, 3])
    blank = st.sampled_from([" ", " ", " ", " ", " ", "  ", "\t", " \t", "\r"])
    edge = st.sampled_from(["", "", "", "", " ", "\t", "\ufeff", "\r"])
    made = st.tuples(tokens, cut, blank, edge, edge).map(
        lambda parts: (parts[3] + parts[2].join(parts[0][: parts[1]]) + parts[4]).encode()
    )
    odd = st.sampled_from(
        [
            b"",
            b" ",
            b"\r",
            b"\xff\xfe",
            b"bogus line",
            b"srcaddr dstaddr note",
            b"Start END",
            b"2 1 eni-1 - - - - - - - 1431280876 1431280934 - NODATA",
            b"2 1 eni-1 - - - - - - 1431280876 1431280934 - SKIPDATA",
            b"2 1 eni-1 - - - - - - - 1431280876 1431280934 NODATA",
            b"2 1 eni-1 10.0.0.1 10.0.0.2 1 2 6 -1 -1 1431280876 1431280934 NODATA",
        ]
    )
    return st.one_of(made, made, made, odd)


@st.composite
def _blocks(draw: st.DrawFn) -> tuple[Layout, bytes]:
    layout = draw(st.sampled_from(LAYOUTS))
    newline = draw(st.sampled_from([b"\n", b"\n", b"\r\n"]))
    good = _GOOD if layout == DEFAULT else b"10.0.0.1 443 6 840 1439387263 x" if layout == SHORT else b"5"
    lines = draw(st.lists(st.one_of(_line(layout), st.just(good)), min_size=1, max_size=12))
    return layout, b"".join(line + newline for line in lines)


@given(_blocks(), st.sampled_from([0, 200]))
@example((DEFAULT, _GOOD + b"\r\n\r\n" + _GOOD + b"\r\n"), 0)
@example((DEFAULT, b"\n\n" + _GOOD + b"\n"), 0)
@example((SHORT, b"srcaddr srcport protocol bytes start note\n"), 0)
@settings(max_examples=600, deadline=None)
def test_both_roads_say_the_same(block: tuple[Layout, bytes], careful_bytes: int) -> None:
    layout, data = block
    expected = outcome(fast.parse_lines_carefully(data, layout))
    with patch.object(fast, "CAREFUL_BYTES_MAX", careful_bytes):
        assert outcome(fast.parse_lines(data, layout)) == expected
