"""Histograms and sparklines of characters: what is drawn is what was counted."""

import re
from dataclasses import dataclass

import pyte
import pytest
from given_histograms import MIDNIGHT_S, GivenHistogram, GivenSeries, daily, histogram
from hypothesis import example, given
from hypothesis import strategies as st

from flowql.render.answer import Style
from flowql.render.bars import bars_of, round_top
from flowql.render.chart import bar_count_for, histogram_lines, sparkline
from flowql.render.widths import display_width
from flowql.values import DAY_NS, SECOND_NS
from flowql.zones import UTC, find_zone

CODES = re.compile(r"\x1b\[\d+m")
COUNTS = st.lists(st.one_of(st.just(0), st.integers(0, 10), st.integers(0, 10**9)), min_size=1, max_size=200)
HISTOGRAMS = st.builds(
    lambda accepted, refused, width: histogram(
        width, ACCEPT=accepted, REJECT=[*refused, *[0] * 200][: len(accepted)]
    ),
    COUNTS,
    COUNTS,
    st.sampled_from([1, 15, 60, 300, 3600, 86_400]),
)
STYLES = st.builds(Style, width=st.integers(20, 220), colour=st.booleans(), unicode=st.booleans())


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a terminal."""

    character: str
    front: str
    back: str

    @property
    def is_red(self) -> bool:
        """Whether any of it is."""
        return self.character != " " and "red" in (self.front, self.back)


def cells_of_bars(lines: list[str], bar_count: int, height: int) -> list[list[Cell]]:
    """The cells of each bar, the lowest first, as a terminal that knows nothing of FlowQL shows them."""
    screen = pyte.Screen(260, len(lines) + 1)
    pyte.Stream(screen).feed("\r\n".join(lines))
    axis = max(k for k, line in enumerate(screen.display) if re.match(r" *0 [└+]", line))
    foot = screen.display[axis]
    first = re.match(r" *0 .", foot)
    assert first is not None
    bar_width = len(foot.rstrip()[first.end() :]) // bar_count
    places = [first.end() + k * bar_width for k in range(bar_count)]
    rows = range(axis - 1, axis - 1 - height, -1)
    return [
        [Cell(each.data, each.fg, each.bg) for each in (screen.buffer[row][place] for row in rows)]
        for place in places
    ]


# ---- bars


@given(HISTOGRAMS, st.integers(1, 200), st.sampled_from(["UTC", "Asia/Kolkata", "America/New_York"]))
def test_bars_hold_what_the_buckets_hold(given_: GivenHistogram, most: int, name: str) -> None:
    zone = find_zone(name)
    assert zone is not None
    bars = bars_of(given_, most, zone)
    assert bars.count <= most
    assert sum(bars.totals) == given_.total
    assert (bars.bounds[0], bars.bounds[-1]) == (given_.bounds[0], given_.bounds[-1])
    for series in given_.series:
        (stack,) = (each for each in bars.stacks if each.name == series.name)
        for k, count in enumerate(stack.counts):
            low, high = (given_.bounds.index(bars.bounds[j]) for j in (k, k + 1))
            assert count == sum(series.counts[low:high])


@given(st.integers(0, 10**18))
def test_the_top_of_a_scale_is_round_and_near(greatest: int) -> None:
    top = round_top(greatest)
    assert max(greatest, 1) <= top <= max(greatest * 2, 1)
    assert len(str(top).rstrip("0")) <= 2


def test_buckets_are_put_together_by_the_clock() -> None:
    kolkata = find_zone("Asia/Kolkata")
    assert kolkata is not None
    given_ = histogram(600, ACCEPT=[1] * 144)  # from 05:30 there
    assert [bound // SECOND_NS % 3600 for bound in bars_of(given_, 30, kolkata).bounds[1:-1]] == [1800] * 24
    assert [bound // SECOND_NS % 3600 for bound in bars_of(given_, 30, UTC).bounds] == [0] * 25


def test_weeks_begin_on_monday() -> None:
    monday_s = MIDNIGHT_S - 86_400
    given_ = histogram(86_400, first_s=monday_s - 3 * 86_400, ACCEPT=[1] * 40)
    bars = bars_of(given_, 7, UTC)
    assert "each bar 7d" in histogram_lines(given_, Style(width=16), UTC)[1]
    assert [(bound // SECOND_NS - monday_s) % (7 * 86_400) for bound in bars.bounds[1:-1]] == [0] * 6


def test_the_usual_width_is_told_where_a_clock_changes() -> None:
    days = [0, DAY_NS, 2 * DAY_NS, 3 * DAY_NS - 3600 * SECOND_NS, 4 * DAY_NS - 3600 * SECOND_NS]
    given_ = GivenHistogram(tuple(days), (GivenSeries("ACCEPT", (1, 1, 1, 1)),))
    assert "each bar 1d" in histogram_lines(given_, Style(width=80), UTC)[0]


# ---- histograms


@given(HISTOGRAMS, STYLES, st.integers(1, 12))
def test_a_histogram_fits_its_width_and_its_characters(
    given_: GivenHistogram, style: Style, height: int
) -> None:
    lines = histogram_lines(given_, style, UTC, height)
    plain = [CODES.sub("", line) for line in lines]
    assert style.unicode or all(map(str.isascii, plain))
    assert style.colour or plain == lines
    assert len(lines) <= height + 7
    assert style.width is not None
    if style.width >= 40:  # below, one part of the legend may be wider than all
        assert max(map(display_width, plain)) <= style.width


@given(HISTOGRAMS, st.booleans(), st.booleans(), st.integers(1, 8))
@example(given_=histogram(60, ACCEPT=[525, 157], REJECT=[1476, 234]), colour=True, unicode=True, height=2)
@example(given_=histogram(60, ACCEPT=[10_000, 4_000], REJECT=[0, 1]), colour=True, unicode=True, height=1)
def test_every_bar_is_seen_and_so_is_every_refusal(
    given_: GivenHistogram,
    colour: bool,  # noqa: FBT001 - drawn by hypothesis
    unicode: bool,  # noqa: FBT001 - likewise
    height: int,
) -> None:
    style = Style(width=220, colour=colour, unicode=unicode)
    bars = bars_of(given_, 200, UTC)
    drawn = cells_of_bars(histogram_lines(given_, style, UTC, height), bars.count, height)
    counts = {stack.name: stack.counts for stack in bars.stacks}
    for total, refused, cells in zip(bars.totals, counts["REJECT"], drawn, strict=True):
        assert (cells[0].character != " ") is (total > 0)
        filled = [cell.character != " " for cell in cells]
        assert filled == sorted(filled, reverse=True), "nothing floats"
        if colour:
            assert any(cell.is_red for cell in cells) is (refused > 0)
        elif sum(counts["ACCEPT"]) == 0:
            assert not any(cell.character in "▒░x," for cell in cells), "nothing to tell it from"
        elif refused == total:
            assert {cell.character for cell in cells} <= {" ", "▒" if unicode else "x"}
        else:
            assert any(cell.character in "▒░x," for cell in cells) is (refused > 0)


@given(COUNTS, st.integers(1, 8))
def test_heights_are_linear(counts: list[int], height: int) -> None:
    given_ = histogram(ACCEPT=counts)
    drawn = cells_of_bars(histogram_lines(given_, Style(width=220), UTC, height), len(counts), height)
    eighths = [sum(" ▁▂▃▄▅▆▇█".index(cell.character) for cell in cells) for cells in drawn]
    top = round_top(max(counts))
    for count, seen in zip(counts, eighths, strict=True):
        exact = count * height * 8 / top
        assert abs(seen - exact) <= (1 if exact < 1 else 0.5)


def test_the_scale_the_legend_and_the_bucket_width_are_told() -> None:
    lines = histogram_lines(daily(), Style(width=100), UTC, 6)
    accepted, refused, missing = (sum(each.counts) for each in daily().series)
    told = " ".join(lines[:2])
    assert f"█ ACCEPT {accepted:,}" in told
    assert f"▒░ REJECT {refused:,}" in told
    assert f"▓ missing {missing:,}" in told
    assert "each bar 15m" in told
    assert "12 without a start are not drawn" in told
    scale = [line.split("┤")[0].strip() for line in lines if "┤" in line]
    assert len(scale) == 2
    assert int(scale[0].replace(",", "")) == 2 * int(scale[1].replace(",", ""))
    assert max(bars_of(daily(), 90, UTC).totals) <= int(scale[0].replace(",", ""))


def test_a_large_scale_is_round_and_has_a_unit() -> None:
    lines = histogram_lines(histogram(ACCEPT=[3_100_000, 1]), Style(width=60), UTC)
    assert [line.split("┤")[0].strip() for line in lines if "┤" in line] == ["4 M", "2 M"]


def test_few_buckets_have_wide_bars_with_gaps() -> None:
    lines = histogram_lines(histogram(3600, ACCEPT=[8, 0, 4]), Style(width=60), UTC, 2)
    assert lines == [
        "█ ACCEPT 12   each bar 1h",
        "8 ┤███",
        "4 ┤███     ███",
        "0 └┴───────┴───",
        "   00:00   02:00",
        "   2025-03-04 UTC",
    ]


def test_names_are_escaped_and_values_of_any_field_have_inks_of_their_own() -> None:
    given_ = histogram(**{"a\x1b[31m": [1], "b": [2], "c": [3], "missing": [4], "other": [5]})
    plain = histogram_lines(given_, Style(width=100), UTC)
    assert r"a\x1b[31m 1" in plain[0]
    signs = [part.strip()[0] for part in plain[0].split("   ")[:-1]]
    assert len(set(signs)) == 5
    coloured = histogram_lines(given_, Style(width=100, colour=True), UTC)[0]
    assert len(set(CODES.findall(coloured))) == 5 + 2  # a reset, and dim for what is told
    assert "\x1b[31m" not in coloured, "red is for what let nothing through"


@pytest.mark.parametrize("name", ["REJECT", "reject", "DENY", "Drop", "BLOCKED"])
def test_whatever_a_refusal_is_called_it_is_red(name: str) -> None:
    lines = histogram_lines(histogram(**{"ACCEPT": [5], name: [5]}), Style(width=80, colour=True), UTC, 2)
    assert "\x1b[31m" in lines[2]
    assert lines[2].index("\x1b[31m") < lines[2].index("█")


def test_nothing_drawn_is_still_a_chart() -> None:
    lines = histogram_lines(histogram(ACCEPT=[0, 0], untimed=7), Style(width=60), UTC, 2)
    assert lines[0].startswith("each bar 5m   7 without a start")
    assert lines[1:3] == ["1 ┤", "  │"]


def test_as_many_buckets_are_asked_for_as_there_is_room() -> None:
    assert bar_count_for(Style(width=1_000)) == 200
    for width in (20, 60, 80, 100, 200):
        count = bar_count_for(Style(width=width))
        assert 1 <= count <= width
        given_ = histogram(ACCEPT=[99_999] * count)
        lines = histogram_lines(given_, Style(width=width), UTC)
        assert "each bar 5m" in " ".join(lines)
        assert max(map(len, lines[1:])) <= width


# ---- sparklines


@pytest.mark.parametrize(
    ("counts", "drawn"),
    [
        ([], ""),
        ([0, 0], "  "),
        ([0, 1, 2, 4, 8], " ▁▂▄█"),
        ([1, 1], "██"),
        ([1, 1_000_000], "▁█"),
        ([None, 3, None, 6], " ▄ █"),
        ([-4, 0, 4], "▁▄█"),
        ([-1, -2], "▄▁"),
        ([0.5, 1.0], "▄█"),
    ],
)
def test_sparklines(counts: list[float | None], drawn: str) -> None:
    assert sparkline(counts) == drawn
    assert sparkline(counts, unicode=False).isascii()
    blanks = [character == " " for character in sparkline(counts, unicode=False)]
    assert blanks == [character == " " for character in drawn]
