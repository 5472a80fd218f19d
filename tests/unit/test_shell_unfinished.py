"""When Enter runs a query, and when it begins a new line."""

import pytest

from flowql.shell.unfinished import is_unfinished, without_end


@pytest.mark.parametrize(
    "text",
    [
        "",
        "REJECT",
        "action:REJECT dstport:22",
        "(dstport:22 OR dstport:3389)",
        '"ACCEPT (OK"',
        "dstport in (22, 80)",
        "REJECT # a comment (with a bracket",
        "REJECT # said 'so",
        "a)",
        r"a\(b",
        "`a \\`",
        "operand",
        "bytes:{400 TO 499]",
        r"\explain (a",
        r" \explain (a",
        "action:REJECT\n| top 10 srcaddr",
        "10.0.0.5 not-in",
    ],
)
def test_a_whole_query_runs(text: str) -> None:
    assert not is_unfinished(text)


@pytest.mark.parametrize(
    "text",
    [
        "(dstport:22 OR",
        "(dstport:22",
        "dstport in [22",
        "dstport:{22, 80",
        '"ACCEPT',
        "'ACCEPT",
        "`ACCEPT",
        '"escaped \\"',
        "REJECT AND",
        "REJECT and ",
        "REJECT &&",
        "NOT",
        "REJECT |",
        "| stats count() by srcaddr,",
        "| stats count() by",
        "bytes >",
        "dstport:",
        "REJECT AND # more to come",
        "a # (\n(",
    ],
)
def test_what_wants_more_gets_a_line(text: str) -> None:
    assert is_unfinished(text)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("(dstport:22 OR;", "(dstport:22 OR"),
        ("REJECT |; \n", "REJECT |"),
        ("* | select srcaddr;", "* | select srcaddr"),
        (r"\explain a;", r"\explain a"),
    ],
)
def test_a_semicolon_ends_a_text(text: str, whole: str) -> None:
    assert not is_unfinished(text)
    assert without_end(text) == whole


@pytest.mark.parametrize("text", ['"a;"', "REJECT # all;", "a;b", "REJECT"])
def test_a_semicolon_inside_ends_nothing(text: str) -> None:
    assert without_end(text) == text


def test_a_semicolon_in_open_quotes_is_quoted() -> None:
    assert is_unfinished('"a;')
    assert without_end('"a;') == '"a;'
