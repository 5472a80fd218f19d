"""Tables on a terminal: colours, times whose date is told once, and how long rendering takes."""

import io
import time

import pyarrow as pa
import pytest
from given_answers import START, FakeAnswer, one_column, rendered
from given_flows import flows
from given_histograms import MIDNIGHT_S

from flowql.plan.logical import Column
from flowql.render.answer import Style
from flowql.render.as_table import write_table
from flowql.schema import Kind
from flowql.values import SECOND_NS
from flowql.zones import find_zone

COLOUR = Style(colour=True)
ACTIONS = ("ACCEPT", "REJECT", None, "deny", "Dropped", "rejects")
TIMED = (Column("start", Kind.TIME), Column("x", Kind.TEXT))


def timed(*times: int | None, text: str = "0123456789abcdef") -> FakeAnswer:
    """Times, and beside them different texts."""
    texts = [f"{k}{text}" for k in range(len(times))]
    batch = pa.RecordBatch.from_arrays([pa.array(times, pa.int64()), pa.array(texts)], names=["start", "x"])
    return FakeAnswer(TIMED, [batch])


# ---- colours


def test_refusals_are_red_and_missing_is_dim() -> None:
    batch = pa.RecordBatch.from_arrays([pa.array(ACTIONS), pa.array(range(6))], names=["action", "n"])
    answer = FakeAnswer((Column("action", Kind.TEXT), Column("n", Kind.COUNT)), [batch])
    assert rendered("table", answer, COLOUR) == (
        "\x1b[1maction   n\x1b[0m\n"
        "ACCEPT   0\n"
        "\x1b[31mREJECT \x1b[0m  1\n"
        "\x1b[2m-      \x1b[0m  2\n"
        "\x1b[31mdeny   \x1b[0m  3\n"
        "\x1b[31mDropped\x1b[0m  4\n"
        "rejects  5\n"
    )
    assert rendered("table", answer) == (
        "action   n\nACCEPT   0\nREJECT   1\n-        2\ndeny     3\nDropped  4\nrejects  5\n"
    )


def test_only_the_action_is_red() -> None:
    assert "\x1b[31m" not in rendered("table", one_column(Kind.TEXT, "REJECT"), COLOUR)


@pytest.mark.parametrize("width", [None, 40, 80, 200])
@pytest.mark.parametrize("expanded", [True, False])
def test_colours_change_nothing_else(width: int | None, expanded: bool) -> None:  # noqa: FBT001 - a table
    style = Style(width=width, expanded=expanded, names=True, human=True, rows_max=7)
    coloured = Style(width=width, expanded=expanded, names=True, human=True, rows_max=7, colour=True)
    plain = rendered("table", flows(20), coloured)
    for code in ("\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m"):
        plain = plain.replace(code, "")
    assert plain == rendered("table", flows(20), style)
    assert "\x1b" not in rendered("table", flows(20), style)


# ---- times


def test_a_date_that_all_rows_have_is_told_once_where_room_is_short() -> None:
    answer = timed(START, START + SECOND_NS // 4)
    assert rendered("table", answer, Style(width=32)) == (
        "start          x\n"
        "14:00:00Z      00123456789abcdef\n"
        "14:00:00.25Z   10123456789abcdef\n"
        "the same in every row: date of start 2018-12-13\n"
    ).replace("00Z      0", "00Z     0").replace("25Z   1", "25Z  1").replace(
        "start          x", "start         x"
    )
    assert (
        rendered("table", answer, Style(width=42)).splitlines()[1]
        == "2018-12-13T14:00:00Z     00123456789abcdef"
    )


def test_the_date_is_that_of_the_zone() -> None:
    tokyo = find_zone("Asia/Tokyo")
    assert tokyo is not None
    day_s = 86_400
    evening = (MIDNIGHT_S + day_s - 3_600) * SECOND_NS  # the next day there
    answer = timed(evening, evening + SECOND_NS)
    answer.zone = tokyo
    lines = rendered("table", answer, Style(width=32)).splitlines()
    assert lines[1].startswith("08:00:00+09:00  ")
    assert lines[-1] == "the same in every row: date of start 2025-03-05"


@pytest.mark.parametrize("second", [START + 86_400 * SECOND_NS, None])
def test_a_date_that_not_all_rows_have_stays(second: int | None) -> None:
    lines = rendered("table", timed(START, second), Style(width=32)).splitlines()
    assert any("2018-12-13T14:00:00Z" in line for line in lines[1:3])
    assert "date of" not in lines[-1]


# ---- footnotes


def test_footnotes_are_broken_between_their_parts() -> None:
    names = [f"constant-{k}" for k in range(8)]
    columns = (*(Column(name, Kind.COUNT) for name in names), Column("n", Kind.COUNT))
    values = [*([[None, None] if k == 7 else [k, k] for k in range(8)]), [1, 2]]
    arrays = [pa.array(pair, pa.int64()) for pair in values]
    answer = FakeAnswer(columns, [pa.RecordBatch.from_arrays(arrays, names=[*names, "n"])])
    lines = rendered("table", answer, Style(width=50)).splitlines()
    assert lines[3:] == [
        "the same in every row: constant-4 4 ·",
        "  constant-5 5 · constant-6 6",
        "missing in every row: constant-7",
    ]
    assert all(len(line) <= 50 for line in lines)


# ---- time and memory


@pytest.mark.parametrize(
    "style",
    [Style(width=120, escape=True), Style(width=200, escape=True, colour=True, names=True, human=True)],
)
def test_ten_thousand_rows_are_rendered_in_less_than_300_ms(style: Style) -> None:
    answer = flows(10_000)
    took_s = []
    for _ in range(3):
        began = time.process_time()
        assert write_table(answer, io.BytesIO(), style) == 10_000
        took_s.append(time.process_time() - began)
    assert min(took_s) < 0.3


def test_the_numbers_of_rows_are_never_rounded() -> None:
    answer = one_column(Kind.COUNT, 1234)
    answer.columns = (Column("#", Kind.COUNT),)
    assert rendered("table", answer, Style(human=True)) == "   #\n1234\n"
