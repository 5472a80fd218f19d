"""Whole screens as people see them, as files under tests/golden/screens; `--accept` writes them anew.

In a file the escape character is written `␛`, so that colours are seen where they begin and end.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from given_answers import START, FakeAnswer, rendered
from given_flows import flows, wide_flows
from given_histograms import daily, histogram

from flowql.errors import Diagnostic, Severity
from flowql.plan.logical import Column, TimeRange
from flowql.render.answer import Style
from flowql.render.as_html import html_of
from flowql.render.chart import histogram_lines
from flowql.schema import Kind
from flowql.values import SECOND_NS
from flowql.zones import UTC, find_zone

FOLDER = Path(__file__).parents[1] / "golden" / "screens"
ESCAPE = "␛"
WIDTHS = (60, 80, 100, 120, 200)


def table(answer: FakeAnswer, **style: object) -> str:
    """A table on a terminal."""
    return rendered("table", answer, replace(Style(escape=True), **style))  # type: ignore[arg-type]


def chart(width: int, **style: object) -> str:
    """The histogram of a day and a half."""
    lines = histogram_lines(daily(), replace(Style(width=width), **style), UTC)  # type: ignore[arg-type]
    return "\n".join(lines) + "\n"


def chart_in_kolkata() -> str:
    """Hours, counted in millions, on a clock half an hour beside the hours of UTC."""
    zone = find_zone("Asia/Kolkata")
    assert zone is not None
    counts = [7_000_000 * (12 - abs(k - 12)) for k in range(24)]
    given = histogram(3600, ACCEPT=counts, REJECT=[each // 30 for each in counts])
    return "\n".join(histogram_lines(given, Style(width=80), zone, 5)) + "\n"


def by_time(*, is_split: bool) -> FakeAnswer:
    """What `timechart 5m count() as n, sum(bytes)` gives, by action or not."""
    minute = 60 * SECOND_NS
    rows = [
        (START + k * 5 * minute, action, (k * k % 17) * 90 // (1 + 3 * place), (k * k % 17) * 131_072 or None)
        for k in range(24)
        for place, action in enumerate(("ACCEPT", "REJECT", None) if is_split else ("ACCEPT",))
    ]
    columns = [("start", Kind.TIME), ("action", Kind.TEXT), ("n", Kind.COUNT), ("sum_bytes", Kind.COUNT)]
    chosen = [k for k in range(4) if is_split or k != 1]
    arrays = [pa.array([row[k] for row in rows]) for k in chosen]
    names = [columns[k][0] for k in chosen]
    return FakeAnswer(
        tuple(Column(*columns[k]) for k in chosen), [pa.RecordBatch.from_arrays(arrays, names=names)]
    )


def page() -> str:
    """An answer in a notebook, an element a line."""
    note = Diagnostic("mixed", "AND binds before OR", severity=Severity.WARNING, details=("a AND b OR c",))
    answer = replace(flows(3), range=TimeRange(START, START + SECOND_NS), notes=(note,), query="REJECT <22>")
    drawn = html_of(answer, histogram(600, ACCEPT=[4, 0, 9], REJECT=[1, 0, 0], untimed=1))
    return drawn.replace("><", ">\n<") + "\n"


SCREENS: dict[str, Callable[[], str]] = {
    **{f"table-{width}": lambda width=width: table(flows(), width=width) for width in WIDTHS},
    **{f"names-{width}": lambda width=width: table(flows(), width=width, names=True) for width in WIDTHS},
    **{f"wide-{width}": lambda width=width: table(wide_flows(), width=width, names=True) for width in WIDTHS},
    "human-100": lambda: table(flows(), width=100, names=True, human=True),
    "human-file": lambda: table(flows(), human=True),
    "colour-120": lambda: table(flows(), width=120, names=True, colour=True),
    "ascii-80": lambda: table(flows(), width=80, names=True, unicode=False),
    "cut-80": lambda: table(flows(5_000), width=80, rows_max=12),
    "cut-colour-80": lambda: table(flows(5_000), width=80, rows_max=6, colour=True),
    "expanded": lambda: table(flows(2), width=80, names=True, human=True, expanded=True),
    "expanded-cut": lambda: table(flows(100), width=80, expanded=True, rows_max=3),
    "one-wide-row-100": lambda: table(wide_flows(1), width=100, names=True, colour=True),
    **{f"histogram-{width}": lambda width=width: chart(width) for width in WIDTHS},
    "histogram-colour-100": lambda: chart(100, colour=True),
    "histogram-ascii-100": lambda: chart(100, unicode=False),
    "histogram-ascii-colour-60": lambda: chart(60, unicode=False, colour=True),
    "histogram-kolkata-80": chart_in_kolkata,
    "by-time-80": lambda: table(by_time(is_split=False), width=80, rows_max=5),
    "by-time-and-action-80": lambda: table(by_time(is_split=True), width=80, human=True, rows_max=8),
    "by-time-and-action-ascii-60": lambda: table(by_time(is_split=True), width=60, unicode=False, rows_max=8),
    "notebook": page,
}


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_looks_as_it_was_accepted(name: str, request: pytest.FixtureRequest) -> None:
    screen = SCREENS[name]().replace("\x1b", ESCAPE)
    path = FOLDER / f"{name}.txt"
    if request.config.getoption("accept"):
        FOLDER.mkdir(exist_ok=True)
        path.write_text(screen, encoding="utf-8")
    assert screen == path.read_text(encoding="utf-8")


def test_every_file_is_a_screen() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(SCREENS)
