"""The fast road against its definition, the careful road, on good lines and on mutilated ones."""

from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ingest_recorder import outcome

from flowql.ingest import fast
from flowql.ingest.careful import LineReader
from flowql.ingest.layout import DEFAULT, Layout, layout_of

SHORT = layout_of(("srcaddr", "srcport", "protocol", "bytes", "start", "note"))
LAYOUTS = [DEFAULT, SHORT, layout_of(("note", "action")), layout_of(("bytes",)), layout_of(("srcaddr",))]


def _words(text: str) -> list[str]:
    return text.split()


_TOKENS = {
    "text": ["", "V1", "0x1F", '"a', 'a"', "a\0b", "a\vb", "-1", "x\x1b[1m", "a\ufeff", "null", "\x1c", "\\"],
    "address": _words("""
        10.0.0.1 - 10.0.0.2 255.255.255.255 0.0.0.0 2001:db8::1 2001:DB8:0::1 ::ffff:10.0.0.1 ::1.2.3.4 ::
        010.0.0.1 10.1 256.1.1.1 1.2.3.4.5 1.2.3 fe80::1%eth0 1..2.3 1.2.3. 999 x 1.2.3.4x srcaddr
    """),
    "number": _words("""
        0 1 22 - 65535 65536 255 256 -1 -2 -0 007 00000000000000000000000000000001 9223372036854775807
        9223372036854775808 -9223372036854775809 99999999999999999999 +5 1_000 0x10 0X1f 1.0 1e3 \u0663 bytes
    """),
    "time": _words("""
        1439387263 - 0 5 999999999 1439387263000 1439387263000000 1439387263000000000 9223372036 9223372037
        99999999999 100000000000 -5 9223372036854775807 0x5 start
    """),
}
_GROUPS = {
    "address": ("srcaddr", "dstaddr"),
    "number": ("srcport", "dstport", "protocol", "packets", "bytes"),
    "time": ("start", "end"),
}


def _group(name: str) -> str:
    return next((group for group, names in _GROUPS.items() if name in names), "text")


_GOOD = {
    "address": ["10.0.0.1", "10.0.0.2", "2001:db8::1", "-"],
    "number": ["6", "17", "0", "-"],
    "time": ["1439387263", "1439387264", "-"],
    "text": ["2", "eni-1", "OK", "\u00fc", "-"],
}
_ODD_LINES = [
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


@st.composite
def _line(draw: st.DrawFn, layout: Layout) -> bytes:
    """A good line, with at most one thing wrong, so that no fault hides another."""
    tokens = [draw(st.sampled_from(_GOOD[_group(name)])) for name in layout.names]
    place = draw(st.integers(0, len(tokens) - 1))
    match draw(st.sampled_from(["good", "good", "value", "value", "value", "blank", "edge", "width", "odd"])):
        case "value":
            tokens[place] = draw(st.sampled_from(_TOKENS[_group(layout.names[place])]))
        case "blank":
            tokens[place] += draw(st.sampled_from([" ", "\t", "\r", "\v", " \t"]))
        case "edge":
            tokens[0] = draw(st.sampled_from([" ", "\t", "\ufeff", " \ufeff"])) + tokens[0]
        case "width":
            del tokens[place]
        case "odd":
            return draw(st.sampled_from(_ODD_LINES))
        case _:
            pass
    return " ".join(tokens).encode()


@st.composite
def _blocks(draw: st.DrawFn) -> tuple[Layout, bytes]:
    layout = draw(st.sampled_from(LAYOUTS))
    newline = draw(st.sampled_from([b"\n", b"\n", b"\r\n", b" \n", b"\t\r\n"]))
    begin = draw(st.sampled_from([b"", b"", b"", b"\xef\xbb\xbf", b"  "]))
    between = draw(st.sampled_from([b" ", b" ", b" ", b"\t", b"   "]))
    lines = draw(st.lists(_line(layout), min_size=1, max_size=8))
    return layout, begin + b"".join(line.replace(b" ", between) + newline for line in lines)


_SHORT = b"10.0.0.1 443 6 840 1439387263 x"


@given(_blocks(), st.sampled_from([0, 200]))
@example((SHORT, b"bogus\r" + _SHORT + b"\n\n"), 0)  # a lone return and a blank line: as many rows as lines
@example((SHORT, b"".join(a + b" 1 2 3 4 x\n" for a in (b"::1", b"0::1", b"::ffff:1.2.3.4", b"1.2.3.4"))), 0)
@example((LAYOUTS[2], b"a b\nstart end\nc d\n"), 0)
@example((SHORT, b"\n\r\n" + _SHORT + b"\n\nbad\n"), 0)
@example((SHORT, _SHORT[:-1] + b"\n" + _SHORT + b"\n"), 0)  # an empty text is as wide as a text
@example((SHORT, _SHORT[:-1] + b"\n" + _SHORT.replace(b"443", b"0x1") + b"\n"), 0)
@settings(max_examples=600)
def test_both_roads_say_the_same(block: tuple[Layout, bytes], careful_bytes: int) -> None:
    layout, data = block
    expected = outcome(fast.parse_lines_carefully(data, layout))
    with patch.object(fast, "CAREFUL_BYTES_MAX", careful_bytes):
        assert outcome(fast.parse_lines(data, layout)) == expected


@pytest.mark.parametrize(
    "untidy",
    [
        b" " + _SHORT + b"\n",
        _SHORT + b" \r\n",
        _SHORT.replace(b" ", b"   ") + b"  \n",
        _SHORT.replace(b" ", b"\t") + b"\n",
    ],
)
def test_untidy_blanks_stay_on_the_fast_road(untidy: bytes) -> None:
    with patch.object(fast, "CAREFUL_BYTES_MAX", 0), patch.object(LineReader, "read") as read:
        assert len(fast.parse_lines(untidy * 20, SHORT).record_lines) == 20
    read.assert_not_called()


def test_one_bad_line_leaves_the_others_on_the_fast_road() -> None:
    lines = [_SHORT] * 2_000
    lines[700] = _SHORT.replace(b"443", b"0x1")
    with patch.object(LineReader, "read", autospec=True, side_effect=LineReader.read) as read:
        parsed = fast.parse_lines(b"\n".join(lines) + b"\n", SHORT)
    assert [rejected.line for rejected in parsed.rejects] == [700]
    assert parsed.record_lines.tolist() == [*range(700), *range(701, 2_000)]
    assert read.call_count == 1


@pytest.mark.filterwarnings("error")  # what Arrow's callback cannot raise, it prints
def test_lines_of_other_bytes_make_no_noise(capfd: pytest.CaptureFixture[str]) -> None:
    parsed = fast.parse_lines((_SHORT + b"\n\xff\xfe rubbish\n") * 1_000, SHORT)
    assert (len(parsed.record_lines), len(parsed.rejects)) == (1_000, 1_000)
    assert capfd.readouterr() == ("", "")
