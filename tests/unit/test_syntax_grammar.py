"""The grammar as such: no conflict is resolved in silence, and no terminal is without a name or words."""

import logging
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lark import Lark
from lark import logger as lark_logger

from flowql.syntax import nodes
from flowql.syntax.grammar_files import RULES_FILE, grammar_folder
from flowql.syntax.literals import RESERVED_WORDS
from flowql.syntax.parser import build_parser, grammar_parser, parse
from flowql.syntax.tree_builder import TreeBuilder
from flowql.syntax.words import expected_words, known_terminals
from flowql.values import format_address, parse_address

RULES = (grammar_folder() / RULES_FILE).read_text(encoding="utf-8")
TERMINALS = (grammar_folder() / "tokens.lark").read_text(encoding="utf-8")
KNOWN_CONFLICTS: list[str] = []


def test_every_conflict_is_listed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger=lark_logger.name)
    lark_logger.addHandler(caplog.handler)
    try:
        Lark.open(
            str(grammar_folder() / RULES_FILE),
            parser="lalr",
            start="query",
            g_regex_flags=re.IGNORECASE,
            debug=True,
        )
    finally:
        lark_logger.removeHandler(caplog.handler)
    conflicts = [message for message in caplog.messages if "conflict" in message.lower()]
    assert conflicts == KNOWN_CONFLICTS


def test_every_terminal_has_a_name_and_is_spoken_of() -> None:
    names = {terminal.name for terminal in build_parser().terminals} - set(build_parser().ignore_tokens)
    assert not [name for name in names if name.startswith("__")]
    assert names == known_terminals() - {"$END"}


def test_every_rule_and_alternative_is_built() -> None:
    """A rule without a method would leave a lark tree among the nodes."""
    named = {
        rule.alias or rule.origin.name
        for rule in grammar_parser().rules
        if not rule.options.expand1 or rule.alias
    }
    unbuilt = {str(name) for name in named if not name.startswith("_") and not hasattr(TreeBuilder, name)}
    assert unbuilt == set()


def test_expected_words_hold_no_terminal_names() -> None:
    spelled = {name: re.compile(rf"\b{re.escape(name)}\b") for name in known_terminals() if len(name) > 2}
    for name in known_terminals():
        words = expected_words({name})
        assert not [each for each, spelling in spelled.items() if spelling.search(words)], words
        assert not re.search(r"[A-Z]_|__|\$", words), words


def test_the_reserved_words_are_those_of_the_grammar() -> None:
    lists = re.findall(r"\(\?:(and\|or\|not\|in\|from[a-z|]+)\)", TERMINALS)
    assert lists
    assert all(set(words.split("|")) == RESERVED_WORDS for words in lists)


def test_the_parser_is_built_on_first_use_only() -> None:
    script = (
        "import sys, flowql.syntax, flowql.syntax.nodes; assert 'lark' not in sys.modules;"
        "from flowql.syntax import parser; assert parser.grammar_parser.cache_info().currsize == 0;"
        "parser.parse('a'); parser.parse('b'); assert parser.grammar_parser.cache_info().misses == 1"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


# ---- IPv6 against field clauses

HEXTETS = st.lists(st.from_regex(r"[0-9a-f]{1,4}", fullmatch=True), max_size=9)


@given(
    HEXTETS, HEXTETS, st.sampled_from(["", "::", ":"]), st.sampled_from(["", ":10.0.0.1", "/64", "10.0.0.1"])
)
def test_a_bare_ipv6_address_is_one_exactly_when_it_is_valid(
    low: list[str], high: list[str], middle: str, tail: str
) -> None:
    text = ":".join(low) + middle + ":".join(high) + tail
    address, slash, _ = text.partition("/")
    is_address = ":" in text and parse_address(address) is not None
    matches = next(t for t in grammar_parser().terminals if t.name == "IPV6").pattern.to_regexp()
    assert (re.fullmatch(matches, text, re.IGNORECASE) is not None) == is_address, (text, slash)


@given(st.integers(0, (1 << 128) - 1))
def test_any_address_is_a_word_and_a_value(address: int) -> None:
    text = format_address(address)
    match parse(text).filter:
        case nodes.Bare(nodes.Literal(text=found)):
            assert found == text
        case other:
            pytest.fail(repr(other))
    match parse(f"src:{text}").filter:
        case nodes.Comparison(nodes.Name("src"), nodes.Operator.MATCH, nodes.Literal(text=found)):
            assert found == text
        case other:
            pytest.fail(repr(other))
