"""A histogram of records over time as an SVG picture to stand in a page.

As in `chart`: linear from zero, what let nothing through lowest and red, empty buckets empty, and nothing
that has records invisible. Each bar tells its time and its counts when it is pointed at. Lines and texts have
the colour of the page.
"""

from html import escape
from itertools import pairwise

from flowql.render.answer import Histogram, Style
from flowql.render.bars import Bars, bars_of, round_top
from flowql.render.chart import BAR_COUNT_MAX, scale_labels, scale_text
from flowql.render.paint import is_refused
from flowql.render.pieces import shown_text
from flowql.render.ticks import time_ticks
from flowql.times import format_time
from flowql.values import format_duration
from flowql.zones import Zone

_WIDTH, _HEIGHT = 760, 120
"""Of the bars and the scale beside them, in units of the picture."""
_LEFT, _TOP, _LINE, _LETTER = 60, 8, 14, 6.5
_REFUSED, _MISSING = "#d1495b", "#8a8a8a"
_PALETTE = ("#1b9aaa", "#d8a13a", "#8e6bbf", "#5b8c3e", "#3a7ca5")
_STYLE = Style()


def svg_of(histogram: Histogram, zone: Zone) -> str:
    """The picture, an `svg` element. Needs a bucket."""
    bars = bars_of(histogram, BAR_COUNT_MAX, zone)
    top = round_top(max(bars.totals, default=0))
    colours = _colours(bars)
    height = _TOP + _HEIGHT + 3 * _LINE + 2
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'style="width:100%;max-width:{_WIDTH}px;height:auto;color:inherit" '
        'font-family="sans-serif" font-size="11" fill="currentColor">'
    )
    parts = [
        opening,
        f"<title>{escape(_title(bars, histogram.untimed))}</title>",
        *_scale(top),
        *_bars(bars, top, colours, zone),
        *_axis(bars, zone),
        *_legend(bars, colours, histogram.untimed),
        "</svg>",
    ]
    return "".join(parts)


def _title(bars: Bars, untimed: int) -> str:
    total = sum(bars.totals)
    left_out = f", {untimed:,} without a start are not drawn" if untimed else ""
    return f"{total:,} records over time, each bar {format_duration(bars.width_ns)}{left_out}"


def _colours(bars: Bars) -> list[str]:
    palette = iter(_PALETTE * len(bars.stacks))
    return [
        _REFUSED if is_refused(each.name) else _MISSING if each.name is None else next(palette)
        for each in bars.stacks
    ]


def _scale(top: int) -> list[str]:
    lines = []
    for count in (0, *scale_labels(top)):
        y = _TOP + _HEIGHT * (1 - count / top)
        opacity = 0.6 if count == 0 else 0.2
        ends = f'x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"'
        lines.append(f'<line {ends} stroke="currentColor" stroke-opacity="{opacity}"/>')
        lines.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{scale_text(count)}</text>')
    return lines


def _bars(bars: Bars, top: int, colours: list[str], zone: Zone) -> list[str]:
    width = _bar_width(bars)
    drawn = []
    for k, (first, after) in enumerate(pairwise(bars.bounds)):
        counts = [
            (each.name, each.counts[k], colour) for each, colour in zip(bars.stacks, colours, strict=True)
        ]
        counts = [each for each in counts if each[1]]
        if not counts:
            continue
        told = ", ".join(f"{_name(name)} {count:,}" for name, count, _ in counts)
        title = f"{format_time(first, zone)}, {format_duration(after - first)}: {told}"
        y = float(_TOP + _HEIGHT)
        parts = []
        for _, count, colour in counts:
            high = max(_HEIGHT * count / top, 1)
            y -= high
            parts.append(
                f'<rect x="{_LEFT + k * width:.2f}" y="{y:.2f}" width="{width * 0.92:.2f}" '
                f'height="{high:.2f}" fill="{colour}"/>'
            )
        drawn.append(f"<g><title>{escape(title)}</title>{''.join(parts)}</g>")
    return drawn


def _axis(bars: Bars, zone: Zone) -> list[str]:
    width = _bar_width(bars)
    foot = _TOP + _HEIGHT
    lines = []
    for tick in time_ticks(bars.bounds, zone, width, _LETTER):
        x = _LEFT + tick.bar * width
        lines.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{foot}" y2="{foot + 4}" stroke="currentColor"/>')
        for row, label in enumerate((tick.label, tick.below), start=1):
            if label:
                is_late = x + len(label) * _LETTER > _WIDTH
                place = f'x="{_WIDTH}" text-anchor="end"' if is_late else f'x="{x:.1f}"'
                lines.append(f'<text {place} y="{foot + row * _LINE}">{escape(label)}</text>')
    return lines


def _legend(bars: Bars, colours: list[str], untimed: int) -> list[str]:
    """The series with their records, most first, and the width of a bar."""
    y = _TOP + _HEIGHT + 3 * _LINE
    x = float(_LEFT)
    parts = []
    for stack, colour in sorted(zip(bars.stacks, colours, strict=True), key=lambda pair: -pair[0].total):
        if stack.total:
            text = f"{_name(stack.name)} {stack.total:,}"
            parts.append(f'<rect x="{x:.1f}" y="{y - 9}" width="9" height="9" fill="{colour}"/>')
            parts.append(f'<text x="{x + 13:.1f}" y="{y}">{escape(text)}</text>')
            x += 13 + (len(text) + 2) * _LETTER
    told = f"each bar {format_duration(bars.width_ns)}"
    if untimed:
        told += f", {untimed:,} without a start are not drawn"
    parts.append(f'<text x="{x:.1f}" y="{y}" opacity=".6">{told}</text>')
    return parts


def _bar_width(bars: Bars) -> float:
    return (_WIDTH - _LEFT) / bars.count


def _name(name: str | None) -> str:
    return "missing" if name is None else shown_text(name, _STYLE)
