"""Charts of characters: a histogram of records over time, and sparklines.

Owns how bars are drawn in cells of a terminal. The scale is linear, always, and stands on zero; a bucket
without records is empty, and one with any has at least the lowest mark. What let nothing through stands
lowest in a bar, red, or without colours in a character of its own, where it is less than the smallest mark
drawn as one. A bar too low to show two colours is red where anything was refused.
"""

from collections.abc import Sequence
from itertools import groupby

from flowql.render.answer import Histogram, Style
from flowql.render.bars import Bars, bars_of, round_top
from flowql.render.human import count_text
from flowql.render.inks import Ink, inks_for
from flowql.render.paint import DIM, PLAIN, painted
from flowql.render.pieces import shown_text
from flowql.render.ticks import time_ticks
from flowql.render.widths import display_width, shorten_text
from flowql.values import format_duration
from flowql.zones import Zone

HEIGHT = 6
"""Lines of bars, unless the caller says otherwise."""
BAR_COUNT_MAX = 200
_WIDTH = 80
"""The width of a chart where the style has none."""
_BAR_WIDTH_MAX = 4
_GAP_FROM = 3
"""Bars so wide are parted by a blank."""
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_ASCII_LEVELS = " _.-:=+*#"
_ASCII_PARTS = " ...:::##"
_EXACT_MAX = 100_000
"""Scales below are labelled with all digits; above, they are as exact and shorter with a unit."""
_NAME_WIDTH_MAX = 24


def bar_count_for(style: Style) -> int:
    """As many buckets as a histogram of this style has room for: what to ask for."""
    return max(min((style.width or _WIDTH) - _gutter_width(_EXACT_MAX) - 1, BAR_COUNT_MAX), 1)


def histogram_lines(histogram: Histogram, style: Style, zone: Zone, height: int = HEIGHT) -> list[str]:
    """The histogram as lines: what is what, `height` lines of bars with the scale, the axis of time.

    Needs a bucket. Where there are more than the width has room for, neighbours share a bar, whose width is
    told.
    """
    width = style.width or _WIDTH
    totals = [sum(counts) for counts in zip(*(each.counts for each in histogram.series), strict=True)]
    room = max(width - _gutter_width(max(totals, default=0)), 1)
    bars = bars_of(histogram, min(room, BAR_COUNT_MAX), zone)
    top = round_top(max(bars.totals, default=0))
    bar_width = min(max((width - _gutter_width(top)) // bars.count, 1), _BAR_WIDTH_MAX)
    inks = inks_for(bars.stacks, style)
    return [
        *_legend(bars, inks, histogram.untimed, style, width),
        *_bar_lines(bars, inks, top, height, bar_width, style),
        *_axis_lines(bars, top, bar_width, style, zone),
    ]


def sparkline(counts: Sequence[float | None], *, unicode: bool = True) -> str:
    """One character a number, as high as the number is; nothing and a missing one are a blank.

    Zero is the ground, unless numbers are below it: then their least is.
    """
    numbers = [count for count in counts if count is not None]
    low, high = min(0, *numbers, 0), max(0, *numbers, 0)
    levels = _EIGHTHS if unicode else _ASCII_LEVELS
    if high == low:
        return " " * len(counts)
    drawn = []
    for count in counts:
        is_drawn = count is not None and (count != 0 or low < 0)
        level = max(round((count - low) / (high - low) * 8), 1) if is_drawn and count is not None else 0
        drawn.append(levels[level])
    return "".join(drawn)


def _legend(bars: Bars, inks: Sequence[Ink], untimed: int, style: Style, width: int) -> list[str]:
    """The series with their records, most first, and the width of a bar; as many lines as needed."""
    parts: list[tuple[int, str]] = []
    for stack, ink in sorted(zip(bars.stacks, inks, strict=True), key=lambda pair: -pair[0].total):
        if stack.total:
            name = "missing" if stack.name is None else shown_text(stack.name, style)
            text = f"{shorten_text(name, _NAME_WIDTH_MAX)} {stack.total:,}"
            part_width = len(ink.sign) + 1 + display_width(text)
            parts.append((part_width, f"{painted(ink.sign, ink.front, style)} {text}"))
    told = [f"each bar {format_duration(bars.width_ns)}"]
    if untimed:
        told.append(f"{untimed:,} without a start are not drawn")
    parts += [(display_width(text), painted(text, DIM, style)) for text in told]
    lines, used = [parts[0][1]], parts[0][0]
    for part_width, text in parts[1:]:
        if used + 3 + part_width > width:
            lines.append(text)
            used = part_width
        else:
            lines[-1] += "   " + text
            used += 3 + part_width
    return lines


def _bar_lines(
    bars: Bars, inks: Sequence[Ink], top: int, height: int, bar_width: int, style: Style
) -> list[str]:
    marks = [
        _edges(counts, inks, top, height) for counts in zip(*(s.counts for s in bars.stacks), strict=True)
    ]
    labels = {height * label / top: label for label in scale_labels(top)}
    post, tee = ("│", "┤") if style.unicode else ("|", "+")
    lines = []
    for row in range(height - 1, -1, -1):
        label = labels.get(row + 1)
        text = "" if label is None else scale_text(label)
        gutter = f"{text:>{_gutter_width(top) - 2}} {tee if text else post}"
        cells = [_cell(edges, row, inks, style) for edges in marks]
        lines.append(painted(gutter, DIM, style) + _joined_cells(cells, bar_width).rstrip())
    return lines


def _edges(counts: tuple[int, ...], inks: Sequence[Ink], top: int, height: int) -> list[int]:
    """Up to which eighth of a cell each series of a bar reaches, from the lowest on."""
    eighths = height * 8
    edges: list[int] = []
    reached = drawn = 0
    for count, ink in zip(counts, inks, strict=True):
        reached += count
        edge = max(round(reached * eighths / top), drawn)
        if count and edge == drawn and (ink.is_refused or not drawn):
            edge = drawn + 1
        edges.append(edge)
        drawn = edge
    return edges


def _cell(edges: Sequence[int], row: int, inks: Sequence[Ink], style: Style) -> tuple[str, str]:
    """The colours of one cell of a bar, and its character."""
    floor = row * 8
    parts: list[tuple[Ink, int]] = []  # from the lowest: what, and up to which eighth of the cell
    low = floor
    for ink, edge in zip(inks, edges, strict=True):
        high = min(edge, floor + 8)
        if high > low:
            parts.append((ink, high - floor))
            low = high
    if not parts:
        return "", " "
    filled = parts[-1][1]
    lowest, edge = parts[0]
    needs_red = lowest.is_refused and len(parts) > 1 and row == 0
    ink = _greatest(parts)
    if style.colour and style.unicode:
        if len(parts) == 2 and (filled == 8 or (lowest.is_refused and filled > 4)):
            # Two inks need a full cell: where red has to be seen, a bar may be a little too high.
            return lowest.front + parts[1][0].back, _EIGHTHS[edge]
        return (lowest if needs_red else ink).front, _EIGHTHS[filled]
    if needs_red and not ink.is_refused:
        return lowest.front, lowest.trace
    if ink.is_solid:
        return ink.front, (_EIGHTHS if style.unicode else _ASCII_PARTS)[filled]
    return ink.front, ink.sample if filled >= 4 or row == 0 else " "


def _greatest(parts: Sequence[tuple[Ink, int]]) -> Ink:
    """The ink that fills most of a cell."""
    floors = [0, *(edge for _, edge in parts)]
    return max(zip(parts, floors, strict=False), key=lambda pair: pair[0][1] - pair[1])[0][0]


def _joined_cells(cells: Sequence[tuple[str, str]], bar_width: int) -> str:
    """The cells of a line, each as wide as a bar; a colour is named once for all neighbours that have it."""
    blanks = 1 if bar_width >= _GAP_FROM else 0
    text = ""
    if not blanks:
        for codes, run in groupby(cells, key=lambda cell: cell[0]):
            drawn = "".join(character * bar_width for _, character in run)
            text += f"{codes}{drawn}{PLAIN}" if codes else drawn
        return text
    for codes, character in cells:
        drawn = character * (bar_width - blanks)
        text += (f"{codes}{drawn}{PLAIN}" if codes else drawn) + " " * blanks
    return text


def _axis_lines(bars: Bars, top: int, bar_width: int, style: Style, zone: Zone) -> list[str]:
    corner, line, tick_mark = ("└", "─", "┴") if style.unicode else ("+", "-", "+")
    ticks = time_ticks(bars.bounds, zone, bar_width)
    axis = [line] * (bars.count * bar_width)
    for tick in ticks:
        axis[tick.bar * bar_width] = tick_mark
    gutter = _gutter_width(top)
    rows = [
        f"{'0':>{gutter - 2}} {corner}{''.join(axis)}",
        _labels([(gutter + tick.bar * bar_width, tick.label) for tick in ticks]),
        _labels([(gutter + tick.bar * bar_width, tick.below) for tick in ticks if tick.below]),
    ]
    width = style.width or _WIDTH
    return [painted(row[:width], DIM, style) for row in rows if row]


def _labels(labels: Sequence[tuple[int, str]]) -> str:
    """A line with each text at its place; one that would touch the text before it is left out."""
    line = ""
    for place, text in labels:
        if not line or place > len(line):
            line = line.ljust(place) + text
    return line


def _gutter_width(top: int) -> int:
    """What the labels of the scale take, with the blank and the line behind them."""
    return max(len(scale_text(label)) for label in scale_labels(top)) + 2


def scale_labels(top: int) -> tuple[int, ...]:
    """The numbers at which a scale is labelled, beside zero."""
    return (top // 2, top) if top % 2 == 0 else (top,)


def scale_text(count: int) -> str:
    """A number on a scale: in digits, or where it is large, and round, with a unit."""
    return f"{count:,}" if count < _EXACT_MAX else count_text(count).replace(".0 ", " ")
