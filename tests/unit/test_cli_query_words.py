"""Where options end and a query begins."""

import io

import click
import pytest

from flowql.cli.query_words import query_start, read_query

OPTIONS = {
    "--format": True,
    "--limit": True,
    "-f": True,
    "--file": True,
    "--no-total": False,
    "--help": False,
}


@pytest.mark.parametrize(
    ("line", "start"),
    [
        ("REJECT", 0),
        ("-log-status:OK REJECT", 0),
        ("-from:x", 0),
        ("-f", None),
        ("-f query.fql", None),
        ("-file:x", 0),
        ("- REJECT", 0),
        ("--format csv REJECT", 2),
        ("--format=csv -srcport:22", 1),
        ("--no-total --limit 5 -REJECT", 3),
        ("--limit -5 REJECT", 2),
        ("--format csv", None),
        ("-- --format", None),
        ("--fromat csv REJECT", None),
        ("", None),
    ],
)
def test_the_query_begins_at_the_first_word_that_is_no_option(line: str, start: int | None) -> None:
    assert query_start(line.split(), OPTIONS) == start


def test_words_are_joined_by_blanks() -> None:
    assert read_query(["-log-status:OK", "REJECT", "|", "head", "5"]) == "-log-status:OK REJECT | head 5"


def test_a_file_may_hold_several_lines() -> None:
    assert read_query([], io.StringIO("REJECT # refused\n| head 5\n\n")) == "REJECT # refused\n| head 5"


@pytest.mark.parametrize(
    ("words", "file"), [([], None), ([" "], None), ([], "\n"), (["a"], "b"), (["\udcff"], None)]
)
def test_no_query_or_two_are_refused(words: list[str], file: str | None) -> None:
    with pytest.raises(click.UsageError):
        read_query(words, None if file is None else io.StringIO(file))
