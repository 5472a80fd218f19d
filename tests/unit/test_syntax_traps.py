"""The traps of such a grammar, by the numbers that the language's design gives them.

1, keywords as words, and 2, IPv6 against fields, are in `test_syntax` and `test_syntax_grammar`, as is 7, the list of
conflicts. Of 9, `test_syntax_grammar` has the names of terminals.
"""

import re

import pytest
from lark import Token

from flowql.errors import QueryError, Span
from flowql.syntax.canonical import canonical
from flowql.syntax.grammar_files import grammar_folder
from flowql.syntax.nodes import Comparison, Group, Not, SortStage, Subquery
from flowql.syntax.parser import grammar_parser, parse

RULES = (grammar_folder() / "flowql.lark").read_text(encoding="utf-8")


def code(text: str) -> str:
    """The code of the first diagnostic of a text that is no query."""
    with pytest.raises(QueryError) as caught:
        parse(text)
    return caught.value.diagnostics[0].code


def printed(text: str) -> str:
    """The canonical text."""
    return canonical(parse(text))


def tokens_of(text: str) -> list[Token]:
    """The tokens of a query."""
    interactive = grammar_parser().parse_interactive(text)
    return list(interactive.iter_parse())


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("f in (a OR b | fields f)", Subquery),
        ("f in ([1] -> b | fields f)", Subquery),
        ("f in ((a) (b (c (d))) | fields f)", Subquery),
        ("f in (x in (y in (z in (a | count) | count) | count) | count)", Subquery),
        ("f in (g:(1 OR 2) | fields f)", Subquery),
        ("f in (/)/ | fields f)", Subquery),
        ("f in (/a|b/, c)", Group),
        ("f:(/a|b/ OR 10.0.0.0/8)", Group),
        ('f in ("a | b", `c | d`)', Group),
        (r"f in (a\|b, c)", Group),
        ("f in (1..2, 3)", Group),
        ("f:{1, 2}", Group),
    ],
)
def test_3_brackets_are_ranges_sets_or_subqueries_by_what_is_in_them(text: str, kind: type) -> None:
    clause = parse(text).filter
    assert isinstance(clause, Comparison)
    assert isinstance(clause.value, kind)


@pytest.mark.parametrize("text", ["f in [22 80]", "f:(22 80)", "f:[22, 80]"])
def test_3_brackets_that_may_be_a_range_or_a_set_are_refused_as_one(text: str) -> None:
    assert code(text) == "range-or-set"


def test_4_a_minus_is_negation_missing_a_name_an_exclusion_or_an_order() -> None:
    found = parse("-a-b f:- from x, -y-z since -6h | sort -b")
    assert printed(found.text) == "from x, -y-z since -6h NOT a-b AND f:- | sort -b"
    assert isinstance(parse("-a-b").filter, Not)
    assert isinstance(found.stages[0], SortStage)
    types = [token.type for token in tokens_of(found.text) if token.startswith("-")]
    assert types == ["MINUS", "MISSING", "EXCLUDED", "TIME", "DESCENDING"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a #b\nc", "a AND c"),
        ("a#b", None),
        (r"\#a", r"\#a"),
        ("f:a..b", "f:a..b"),
        ("a..b", None),
        ('"a..b"', '"a..b"'),
        ("bytes:>10 MB", "bytes>10 AND MB"),
        ("a || b | count", "a OR b | count"),
        ("a||b|count", "a OR b | count"),
    ],
)
def test_5_signs_inside_of_words(text: str, expected: str | None) -> None:
    if expected is None:
        assert code(text) in {"unexpected", "bare-range"}
    else:
        assert printed(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("port in (22, 23)", "port in (22, 23)"),
        ("port not in (22)", "port not in (22)"),
        ("port 22", "port:22"),
        ("src port in (22)", "srcport in (22)"),
        ("dst:private net:10.0.0.0/8", "dst:private AND net:10.0.0.0/8"),
        ("proto tcp and port 22", "proto:tcp AND port:22"),
        ("port = 22", "port=22"),
    ],
)
def test_6_the_order_of_tcpdump_does_not_take_field_clauses(text: str, expected: str) -> None:
    assert printed(text) == expected


def test_8_values_are_not_told_apart_by_the_grammar() -> None:
    """An address, a number, a name and a time after an operator are one terminal; the field says which it is."""
    for value in ("10.0.0.1", "10.0.0.0/8", "22", "1.5k", "tcp", "2018-12-13", "10m", "private"):
        assert [token.type for token in tokens_of(f"f:{value}")] == ["FIELD", "MATCH", "WORD"]
    literals = re.search(r"^\?literal: (.*?)\n\n", RULES, re.MULTILINE | re.DOTALL)
    assert literals is not None
    assert re.findall(r"[A-Z_0-9]+", literals[1]) == ["WORD", "COLON_WORD", "IPV6", "AGO", "QUOTED", "RAW"]


@pytest.mark.parametrize("text", ["a AND", "f:", "a | ", "from", "f in (1,", "last", "a -> ", "ip:(a AND  "])
def test_9_the_end_of_the_text_is_where_the_text_ends(text: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    end = len(text.rstrip())
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.span == Span(end, end)
    assert diagnostic.message.endswith("found the end of the query")


TEXTS = (
    "action:REJECT AND (dstport:22 OR dstport in (1..2, @l)) -x last 24h of data",
    "from a, -b between 2018-12-13 and now src in (x | fields src) daily 22:00..06:00 tz UTC match start",
    "10.0.0.5:443 a -> any:{22, 80} f~/a/ $p 2001:db8::/32 port 22 f:[1 TO 2} f:..5 on today",
    "explain * | stats count() as n, sum(bytes) by a, b | sort -n, a desc | head 5 | fields a | top 3 a by n",
    "* | where a OR b:c | eval x = if(d:1, -2, e) / 3, y = (f + 5m) % $p | rename a as b | dedup a, b | tail 3",
    "* | timechart 5m p95(a) if (b c) as n by d/24, start 1h | lookup @l on a as b | facets | select 'a|b' || c",
)


@pytest.mark.parametrize("text", TEXTS)
def test_10_the_parser_tells_which_terminals_may_follow(text: str) -> None:
    """Each token of a query is among what is accepted behind those before it: completion needs no second grammar."""
    interactive = grammar_parser().parse_interactive("")
    for token in tokens_of(text):
        assert token.type in interactive.accepts()
        interactive.feed_token(token)
    assert "$END" in interactive.accepts()
    assert "AND" not in grammar_parser().parse_interactive("").accepts()


def test_a_range_in_braces_before_an_arrow_s_ports_is_no_place_of_the_arrow() -> None:
    query = parse("a:{$p TO $p] AND 10.0.0.5:{22, 80} -> any")
    assert canonical(query) == query.text


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("* | eval x = bytes/24", "* | eval x = bytes / 24"),
        ("* | stats count() by srcaddr /24", "* | stats count() by srcaddr/24"),
        ("a||b | select a||b|count", "a OR b | select a||b | count"),
        ("* | eval x = end-start", "* | eval x = end-start"),
        ("* | eval x = end -start", "* | eval x = end - start"),
    ],
)
def test_5_slashes_bars_and_hyphens_mean_what_their_place_says(text: str, printed: str) -> None:
    assert canonical(parse(text)) == printed
