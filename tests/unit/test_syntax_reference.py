"""The language reference: every query in it is one."""

import re

import pytest

from flowql.syntax.canonical import canonical
from flowql.syntax.grammar_files import grammar_folder
from flowql.syntax.parser import parse
from flowql.syntax.spanless import without_spans

REFERENCE = (grammar_folder() / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```flowql\n(.*?)^```$", REFERENCE, re.MULTILINE | re.DOTALL)
QUERIES = [line for block in BLOCKS for line in block.splitlines()]
CARD_LENGTH = 15
LANGUAGES = {"flowql", "error", "console", "list", "python"}


def test_the_reference_opens_with_a_card() -> None:
    assert len(BLOCKS[0].splitlines()) == CARD_LENGTH


def test_every_block_says_what_it_is() -> None:
    openings = re.findall(r"^```(.*)$", REFERENCE, re.MULTILINE)[::2]
    assert set(openings) == LANGUAGES
    assert openings.count("flowql") == len(BLOCKS) > len(openings) / 2


@pytest.mark.parametrize("text", QUERIES)
def test_every_query_of_the_reference_parses(text: str) -> None:
    query = parse(text)
    assert without_spans(parse(canonical(query))) == without_spans(query)


@pytest.mark.parametrize("text", QUERIES)
def test_printing_is_stable(text: str) -> None:
    assert canonical(parse(canonical(parse(text)))) == canonical(parse(text))
