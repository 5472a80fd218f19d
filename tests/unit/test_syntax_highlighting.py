"""What each part of a text is while it is typed: whole or not, right or wrong."""

import time

import pytest

from flowql.syntax.completion import treeless_parser
from flowql.syntax.highlighting import HIGHLIGHTED_LENGTH_MAX, LOOKS_OF_TERMINALS, highlighted

WITHIN_S = 0.005
"""How long a query of 200 characters may take: it is read at every key."""


def shown(text: str) -> str:
    """The parts, each with what it is."""
    return " ".join(f"{text[span.start : span.end]}<{looks.value}>" for span, looks in highlighted(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("action:REJECT", "action<field> :<operator> REJECT<word>"),
        (
            "dstport in (22, @web)",
            "dstport<field> in<keyword> (<bracket> 22<number> ,<operator> @web<list> )<bracket>",
        ),
        ("NOT 10.0.0.0/8 last 1h", "NOT<keyword> 10.0.0.0/8<number> last<keyword> 1h<number>"),
        ("a~/x/ $p", "a<field> ~<operator> /x/<pattern> $p<parameter>"),
        ("| top 5 ip by bytes", "|<stage> top<stage> 5<number> ip<name> by<keyword> bytes<name>"),
        ("REJECT # of (all", "REJECT<word> # of (all<comment>"),
        ("# all\nREJECT", "# all<comment> REJECT<word>"),
        (
            "* | select a, 'b|c' from log -- d",
            "*<operator> |<stage> select<stage> a<name> ,<bracket> 'b|c'<quoted> from<keyword> log<name> -- d<comment>",
        ),
    ],
)
def test_parts_are_what_the_parser_takes_them_for(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_a_word_is_what_its_place_makes_it() -> None:
    assert shown("count | count").endswith("|<stage> count<stage>")
    assert shown("count").startswith("count<word>")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('action:"RE', 'action<field> :<operator> "RE<quoted>'),
        ("a~/x[", "a<field> ~<operator> /x[<pattern>"),
        ("* | st", "*<operator> |<stage> st<word>"),
        ("(a OR", "(<bracket> a<word> OR<keyword>"),
    ],
)
def test_what_is_open_at_the_end_is_no_mistake_yet(text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a OR OR b", "a<word> OR<keyword> OR<wrong> b<word>"),
        ("* | st | head 3", "*<operator> |<stage> st<wrong> |<stage> head<stage> 3<number>"),
        (") dstport:22", ")<wrong> dstport<field> :<operator> 22<number>"),
        ("a => b", "a<field> =><wrong> b<word>"),
    ],
)
def test_reading_goes_on_behind_a_mistake(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_every_terminal_looks_like_something() -> None:
    terminals = {terminal.name for terminal in treeless_parser().terminals}
    assert terminals == set(LOOKS_OF_TERMINALS)


@pytest.mark.parametrize(
    "text", ["\ud800", "a" * 10_000, "((((" * 2_000, "\x00\x1b", '"', "`", "/", "\\", "| |", "“"]
)
def test_any_text_has_parts_in_order_and_apart(text: str) -> None:
    end = 0
    for span, _ in highlighted(text):
        assert end <= span.start < span.end <= min(len(text), HIGHLIGHTED_LENGTH_MAX)
        end = span.end


@pytest.mark.parametrize(
    "text",
    [
        "action:REJECT dstport:22 src:10.0.0.0/8 last 24h | stats count() as n, dc(dstport) by srcaddr/24, start 5m",
        "a OR OR " * 25,
        "([{" * 66,
    ],
)
def test_a_query_of_200_characters_takes_few_milliseconds(text: str) -> None:
    highlighted(text)
    taken = []
    for _ in range(10):
        began = time.perf_counter()
        highlighted(text[:200])
        taken.append(time.perf_counter() - began)
    assert min(taken) < WITHIN_S
