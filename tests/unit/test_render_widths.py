"""The width of texts: what a terminal makes of them, and what is made of those that are too wide."""

import pyarrow as pa
import pyte
import pytest
from given_answers import one_column, rendered
from hypothesis import given
from hypothesis import strategies as st

from flowql.render.answer import Style
from flowql.render.widths import display_width, shorten_text
from flowql.schema import Kind

TEXTS = [
    "plain",
    "網絡流量",
    "\uff57\uff49\uff44\uff45",
    "e\u0301te\u0301",
    "한국어",
    "🚀 up",
    "Ünïcödé",
    "ﬀ",
]


def cells_on_a_terminal(text: str) -> int:
    """Where the cursor is after a text, by a terminal that knows nothing of FlowQL."""
    screen = pyte.Screen(200, 2)
    pyte.Stream(screen).feed(text)
    return int(screen.cursor.x)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_as_wide_as_a_terminal_shows_it(text: str) -> None:
    assert display_width(text) == cells_on_a_terminal(text)


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("ไทยที่นี่", 5),
        ("\u1112\u1161\u11ab", 2),
        ("שָׁלוֹם", 4),
        ("☁\ufe0f", 1),
        ("", 0),
        ("a\u20dd", 1),
        ("नि", 2),
    ],
)
def test_marks_and_joined_letters_take_no_room(text: str, width: int) -> None:
    assert display_width(text) == width


@pytest.mark.parametrize("unicode", [True, False])
def test_columns_stand_below_each_other_whatever_is_in_them(unicode: bool) -> None:  # noqa: FBT001 - a table
    lines = rendered("table", one_column(Kind.TEXT, *TEXTS), Style(unicode=unicode)).splitlines()
    answer = one_column(Kind.TEXT, *TEXTS)
    two = type(answer)(
        (*answer.columns, *answer.columns),
        [pa.RecordBatch.from_arrays([answer.given[0].column(0)] * 2, names=["x", "y"])],
    )
    for line, single in zip(rendered("table", two, Style(unicode=unicode)).splitlines(), lines, strict=True):
        assert line.isascii() or unicode
        assert cells_on_a_terminal(line) == max(map(display_width, lines)) + 2 + cells_on_a_terminal(single)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", r"a\x1b[31mb"),
        ("a\tb\nc\rd\x00", r"a\tb\nc\rd\x00"),
        ("\u202edesrever", r"\u202edesrever"),
        ("\u2066iso\u2069\u200f", r"\u2066iso\u2069\u200f"),
        ("zero\u200bwidth\u200djoiner\ufeff", r"zero\u200bwidth\u200djoiner\ufeff"),
        ("\x9b31m", r"\x9b31m"),
        ("\u2028line", r"\u2028line"),
        ("\ue000private", r"\ue000private"),
    ],
)
def test_what_would_move_a_terminal_is_escaped(text: str, shown: str) -> None:
    assert rendered("table", one_column(Kind.TEXT, text)) == f"x\n{shown}\n"


def test_without_unicode_nothing_leaves_ascii() -> None:
    text = rendered("table", one_column(Kind.TEXT, "網絡é\U0001f680"), Style(unicode=False))
    assert text == "x\n\\u7db2\\u7d61\\xe9\\U0001f680\n"


@given(st.text(st.characters(codec="utf-8", categories=["L", "M", "N"])), st.integers(3, 20))
def test_a_shortened_text_fits_and_keeps_both_ends(text: str, width: int) -> None:
    short = shorten_text(text, width)
    if display_width(text) <= width:
        assert short == text
        return
    assert display_width(short) <= width
    head, _, tail = short.partition("…")
    assert text.startswith(head)
    assert text.endswith(tail)
    assert display_width(short) >= width - 2
    assert not tail or display_width(tail[0])


def test_no_mark_is_left_without_its_letter() -> None:
    assert shorten_text("aaaaaae\u0301x", 3) == "a…x"
    assert shorten_text("e\u0301e\u0301e\u0301e\u0301", 3) == "e\u0301…e\u0301"
