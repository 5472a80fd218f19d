"""An answer as HTML: everything escaped, bounded, and what is shown is what there is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pyarrow as pa
import pytest
from given_answers import START, FakeAnswer, one_column
from given_histograms import daily, histogram

from flowql.errors import Diagnostic, Severity
from flowql.plan.logical import Column, TimeRange
from flowql.render.as_html import ROWS_MAX, html_of
from flowql.render.as_svg import svg_of
from flowql.schema import Kind
from flowql.values import SECOND_NS
from flowql.zones import UTC, find_zone

HOSTILE = '<script>alert(1)</script><img src=x onerror="y">&amp;\x1b[31m\u202e\''
VOID = {"br", "img", "hr", "input", "meta", "link"}
SVG = "{http://www.w3.org/2000/svg}"


@dataclass
class Cell:
    """A cell of a table."""

    tag: str
    style: str
    text: str = ""


class Page(HTMLParser):
    """What a browser makes of a fragment: elements, attributes, texts."""

    def __init__(self, fragment: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.rows: list[list[Cell]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(fragment)
        self.close()
        assert not self._open, "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append(Cell(tag, dict(attrs).get("style") or ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.rows and "table" in self._open:
            self.rows[-1][-1].text += data


def texts(page: Page) -> list[list[str]]:
    """The cells' texts, row by row."""
    return [[cell.text for cell in row] for row in page.rows]


def test_query_range_and_total_are_told() -> None:
    berlin = find_zone("Europe/Berlin")
    assert berlin is not None
    answer = FakeAnswer(zone=berlin, range=TimeRange(START, None), reaching=2)
    text = Page(html_of(answer, None)).text
    assert answer.query in text
    assert "4 rows · 1,234 records matched · range [2018-12-13T15:00:00+01:00, end)" in text
    assert "2 records began before it" in text
    assert "partial: a limit stopped it" in Page(html_of(replace(answer, complete=False), None)).text


def test_cells_are_those_of_a_table() -> None:
    page = Page(html_of(FakeAnswer(), None))
    assert texts(page) == [
        ["interface-id", "srcaddr", "dstport", "start", "share"],
        ['eni "a", b', "10.0.0.1", "22 ssh", "2018-12-13T14:00:00Z", "0.5"],
        ["-", "::1", "-", "-", "-"],
        ["eni-\\x1b[31m", "-", "443 https", "2018-12-13T14:00:00.25Z", "0.3333"],
        ["網絡", "0.0.0.0", "65535", "1970-01-01T00:00:00Z", "1"],  # noqa: S104 - an address of a record
    ]
    sides = [["right" in cell.style for cell in row] for row in page.rows]
    assert sides == [[False, False, True, False, True]] * 5


@pytest.mark.parametrize("rows", [0, 1, ROWS_MAX, ROWS_MAX + 1, 10_000])
@pytest.mark.parametrize("batch_rows", [1, 7, 10_000])
def test_the_table_is_bounded(rows: int, batch_rows: int) -> None:
    asked = 0

    class Counting(FakeAnswer):
        def batches(self) -> Iterator[pa.RecordBatch]:
            nonlocal asked
            for first in range(0, rows, batch_rows):
                asked += 1
                numbers = pa.array(range(first, min(first + batch_rows, rows)), pa.int64())
                yield pa.RecordBatch.from_arrays([numbers], names=["x"])

    page = Page(html_of(Counting((Column("x", Kind.COUNT),), []), None))
    shown = min(rows, ROWS_MAX)
    assert texts(page) == ([["x"], *([str(k)] for k in range(shown))] if rows else [])
    assert asked * batch_rows <= ROWS_MAX + batch_rows
    told = "the first 20 rows" if rows > ROWS_MAX else {0: "no rows", 1: "1 row"}.get(rows, f"{rows} rows")
    assert f"{told} · 1,234 records matched" in page.text


def test_nothing_that_is_shown_is_markup() -> None:
    note = Diagnostic("x", HOSTILE, severity=Severity.WARNING, details=(HOSTILE,))
    names = (Column(HOSTILE, Kind.TEXT),)
    batch = pa.RecordBatch.from_arrays([pa.array([HOSTILE])], names=[HOSTILE])
    answer = FakeAnswer(names, [batch], query=HOSTILE, notes=(note,), word_notes=(note,))
    drawn = html_of(answer, histogram(**{HOSTILE: [3], "missing": [1]}))
    page = Page(drawn)
    assert {"script", "img", "style", "link", "iframe", "object"}.isdisjoint(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in ("href", "src")]
    assert page.text.count("<script>alert(1)</script>") == 2 * 3 + 1 + 2  # notes, query, table, chart
    assert page.text.isprintable()


def test_notes_are_a_list() -> None:
    note = Diagnostic("reread", "read as (a b)", severity=Severity.WARNING, details=("of two", "ways"))
    page = Page(html_of(FakeAnswer(notes=(note,)), None))
    assert page.tags.count("li") == 1
    assert "warning: read as (a b)of twoways" in page.text
    assert "ul" not in Page(html_of(FakeAnswer(), None)).tags


def test_colours_of_texts_are_those_of_the_page() -> None:
    drawn = html_of(FakeAnswer(), daily())
    assert "currentColor" in drawn
    assert "background" not in drawn
    fills = set(re.findall(r'fill="([^"]*)"', drawn))
    assert fills == {"currentColor", "#1b9aaa", "#d1495b", "#8a8a8a"}


def test_bars_have_the_heights_of_their_counts() -> None:
    given = histogram(3600, ACCEPT=[8, 0, 4, 2], REJECT=[0, 0, 4, 1], untimed=3)
    root = ET.fromstring(svg_of(given, UTC))  # noqa: S314 - a picture of our own
    bars = root.findall(f"{SVG}g")
    assert [bar.findtext(f"{SVG}title") for bar in bars] == [
        "2025-03-04T00:00:00Z, 1h: ACCEPT 8",
        "2025-03-04T02:00:00Z, 1h: REJECT 4, ACCEPT 4",
        "2025-03-04T03:00:00Z, 1h: REJECT 1, ACCEPT 2",
    ]
    heights = [[float(part.get("height", "")) for part in bar.findall(f"{SVG}rect")] for bar in bars]
    assert heights == [[120.0], [60.0, 60.0], [15.0, 30.0]]
    feet = [float(bar.findall(f"{SVG}rect")[0].get("y", "")) for bar in bars]
    assert feet == [8.0, 68.0, 113.0]
    assert (
        root.findtext(f"{SVG}title") == "19 records over time, each bar 1h, 3 without a start are not drawn"
    )


def test_the_picture_is_well_formed_and_bounded() -> None:
    picture = svg_of(daily(), UTC)
    root = ET.fromstring(picture)  # noqa: S314 - a picture of our own
    assert 0 < len(root.findall(f"{SVG}g")) <= 200
    assert len(picture) < 80_000


def test_a_picture_without_records_is_an_axis() -> None:
    root = ET.fromstring(svg_of(histogram(ACCEPT=[0, 0]), UTC))  # noqa: S314 - a picture of our own
    assert not root.findall(f"{SVG}g")
    assert "00:00" in [text.text for text in root.findall(f"{SVG}text")]


def test_an_answer_without_a_total_is_shown() -> None:
    answer = one_column(Kind.TIME, START + SECOND_NS)
    answer.matched = None  # type: ignore[assignment]
    assert "1 row · range" in Page(html_of(answer, None)).text
