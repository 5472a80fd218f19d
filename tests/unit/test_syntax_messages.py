"""Every way to go wrong that has words of its own: its code, its place, and the query that is proposed."""

import pytest

from flowql.errors import QueryError
from flowql.syntax.parser import PROPOSAL_LENGTH_MAX, parse
from flowql.syntax.refused_stages import LATER_STAGES


def message(text: str) -> str:
    with pytest.raises(QueryError) as caught:
        parse(text)
    return caught.value.render()


WHOLE = [
    """
error: expected a search term or a field clause after AND, found OR
  action:REJECT AND OR dstport:22
                    ^^
  try: action:REJECT OR dstport:22
""",
    """
error: expected a search term or a field clause after AND, found the end of the query
  action:REJECT AND
                   ^
  try: action:REJECT
""",
    """
error: this ( is not closed: expected )
  a (b OR c | count
    ^
  try: a (b OR c) | count
""",
    """
error: nothing opens this )
  a b)
     ^
  try: a b
""",
    """
error: this may be a range or a set
  port in [22 80]
          ^^^^^^^
  as a range: port:22..80
  as a set: port in (22, 80)
  try: port:22..80
""",
    """
error: this " opens a text that is not closed on its line
  action:"REJECT dstport:22
         ^
  try: action:"REJECT dstport:22"
""",
    """
error: a lone - is nothing to search for: it stands directly before what it excludes
  REJECT - dstport:22
         ^
  try: REJECT -dstport:22
""",
    """
error: unknown stage "tpo"
  REJECT | tpo srcaddr
           ^^^
  the stages are count, where, eval, rename, head, tail, sort, dedup, fields, top, rare, stats, timechart, facets, lookup, select
  try: REJECT | top srcaddr
""",
    """
error: a regular expression stands between slashes
  interface-id ~ "^eni-lq6"
                 ^^^^^^^^^^
  try: interface-id~/^eni-lq6/
""",
]


@pytest.mark.parametrize("expected", WHOLE)
def test_whole_messages(expected: str) -> None:
    text = expected.splitlines()[2].strip()
    assert message(text) == expected.strip()


# A text; the code of its first diagnostic; what the caret marks; the proposal.
CASES: list[tuple[str, str, str, str | None]] = [
    # connectives and brackets
    ("OR a", "unexpected", "OR", "a"),
    ("a OR OR b", "unexpected", "OR", "a OR b"),
    ("(a AND", "unexpected-end", "", "(a)"),
    ("(a]", "unexpected-parenthesis", "]", "(a)"),
    ("()", "empty-parentheses", "()", "*"),
    ("a, b", "unexpected", ",", "a b"),
    ("a & b", "unexpected", "&", "a AND b"),
    ("+a b", "plus-sign", "+", "a b"),
    ("NOT last", "reserved-word", "last", 'NOT "last"'),
    ("f:on", "reserved-word", "on", 'f:"on"'),
    ("in", "reserved-word", "in", '"in"'),
    # words and quotes
    ("it's", "quote-in-word", "'", '"it\'s"'),
    ('eni-"x"', "quote-in-word", '"x"', '"eni-x"'),
    ('"a"b', "quote-in-word", "b", '"a" b'),
    ("“a b”", "curly-quote", "“", '"a b"'),
    ("`abc", "unterminated-string", "`", "`abc`"),
    (r"a\d", "unknown-escape", r"\d", r"a\\d"),
    ("a\\", "unknown-escape", "\\", "a"),
    ("a#b", "unexpected", "#b", '"a#b"'),
    ("f:a=b", "unexpected", "=b", 'f:"a=b"'),
    ("/24", "unexpected", "/24", '"/24"'),
    ("10:30", "not-a-field", "10:30", '"10:30"'),
    ("*:*", "not-a-field", "*:*", "*"),
    ("2001:db8", "partial-address", "2001:db8", "2001:db8::/32"),
    ("fe80::1::2", "partial-address", "fe80::1::2", None),
    # operators of other languages
    ("f<>v", "unknown-operator", "<>", "f!=v"),
    ("f=>5", "unknown-operator", "=>", "f>=5"),
    ("f:=v", "unknown-operator", ":=", "f=v"),
    ("f is null", "unknown-operator", "is null", "f:-"),
    ("f IS NOT NULL g is null", "unknown-operator", "IS NOT NULL", "f:* g:-"),
    ('f like "a%b_c"', "unknown-operator", "like", "f:a*b?c"),
    ("f not like a%", "unknown-operator", "not like", "NOT f:a*"),
    ("f contains x", "unknown-operator", "contains", "f:*x*"),
    ("f endswith x", "unknown-operator", "endswith", "f:*x"),
    ("1000 < bytes", "not-a-field", "1000", "bytes > 1000"),
    ('"src" = 5', "not-a-field", '"src"', "src = 5"),
    ("earliest=-24h", "foreign-field", "earliest", "since -24h"),
    ("bytes between 100 and 200", "between-values", "100", "bytes:100..200"),
    # values
    ("f:", "unexpected-end", "", None),
    ("f::v", "unexpected", ":", "f:v"),
    ("f:!v", "negated-value", "!v", "f!=v"),
    ("f:-v", "negated-value", "-v", "f!=v"),
    ("f:NOT (a OR b)", "negated-value", "NOT (a OR b)", "f!=(a OR b)"),
    ("dst:NOT private", "negated-value", "NOT private", "dst!=private"),
    ("f:(a OR NOT b)", "negated-value", "NOT", None),
    ("packets:-1", "negative-number", "-1", "packets:-"),
    ("bytes>-five", "negative-number", "-five", None),
    ("src in 10.0.0.0/8", "missing-set", "10.0.0.0/8", "src:10.0.0.0/8"),
    ("src not in 10.0.0.0/8", "missing-set", "10.0.0.0/8", "src!=10.0.0.0/8"),
    ("port in 22..80", "missing-set", "22..80", "port:22..80"),
    ("port in ()", "empty-set", "()", None),
    ("port:{}", "empty-set", "{}", None),
    ("port in (22, )", "unexpected", ")", "port in (22)"),
    ("port in (22 OR 80)", "missing-comma", "(22 OR 80)", "port in (22, 80)"),
    ("port in (22 80, 443)", "missing-comma", "80", "port in (22, 80, 443)"),
    ("port:(22 8000..8100)", "missing-comma", "(22 8000..8100)", "port in (22, 8000..8100)"),
    ("port:22,80", "missing-parentheses", "22,80", "port in (22, 80)"),
    ("bytes:1,000,000", "grouped-digits", "1,000,000", "bytes:1000000"),
    ("dstport:(22 80)", "range-or-set", "(22 80)", "dstport in (22, 80)"),
    ("dstport not in [22, 80]", "range-or-set", "[22, 80]", "dstport not in (22, 80)"),
    ("dstport in (22 AND 80)", "and-of-values", "(22 AND 80)", "dstport in (22, 80)"),
    ("ip!=(a AND b)", "and-of-values", "(a AND b)", "ip not in (a, b)"),
    ("f:(1 AND 2 OR 3)", "unexpected", "OR", None),
    ("f = /x/", "regex-form", "/x/", "f~/x/"),
    ("f != /x/", "regex-form", "/x/", "f!~/x/"),
    ('f !~ "a/b"', "regex-form", '"a/b"', r"f!~/a\/b/"),
    ("f =~ /x/", "unknown-operator", "=~", "f~/x/"),
    ("f > /x/", "bad-operator", "/x/", "f~/x/"),
    ("f:/x/i", "regex-flags", "i", "f:/x/"),
    ("f:(a | fields x)", "subquery-form", "(a | fields x)", "f in (a | fields x)"),
    ("f!=(a | fields x)", "subquery-form", "(a | fields x)", "f not in (a | fields x)"),
    ("bytes:[1, 2)", "range-comma", "[1, 2)", "bytes:[1 TO 2}"),
    ("bytes:[1..2 TO 3]", "range-end", "1..2", None),
    ("22..80", "bare-range", "22..80", "port:22..80"),
    ("10.0.0.1..10.0.0.9", "bare-range", "10.0.0.1..10.0.0.9", "ip:10.0.0.1..10.0.0.9"),
    ("..80", "bare-range", "..80", "port:..80"),
    ("$p..5", "bare-range", "$p..5", "port:$p..5"),
    ("f:22 .. 80", "range-with-blanks", "..", "f:22..80"),
    ("_exists_ > 5", "exists-form", "_exists_ > 5", None),
    # the order of other tools, and endpoints
    ("port 22 or 23", "carried-qualifier", "23", "port in (22, 23)"),
    ("host 10.0.0.5 and 10.0.0.9", "carried-qualifier", "10.0.0.9", "ip:10.0.0.5 AND ip:10.0.0.9"),
    ("net 10.0.0.0 255.0.0.0", "network-mask", "255.0.0.0", "net:10.0.0.0/8"),
    ("src port 22,80,443", "missing-parentheses", "22,80,443", "srcport in (22, 80, 443)"),
    ("a <- b:{1, 2}", "back-arrow", "<-", "b:{1, 2} -> a"),
    ("re(a)", "no-function", "re", "re (a)"),
    # scope
    ("from", "unexpected-end", "", None),
    ("from -a", "exclusion-first", "-a", "from *, -a"),
    ("from a,", "unexpected-end", "", "from a"),
    ("last 24", "bad-duration", "24", "last 24h"),
    ("last 24 hours REJECT", "bad-duration", "24", "last 24h REJECT"),
    ("last week", "bad-duration", "week", "last 1w"),
    ("since 24h", "bad-time", "24h", "since -24h"),
    ("since 2018/12/13", "bad-time", "2018/12/13", "since 2018-12-13"),
    ("since now-6h", "bad-time", "now-6h", "since -6h"),
    ("since yesterday", "bad-time", "yesterday", "since -1d@d"),
    ("between now", "unexpected-end", "", None),
    ("REJECT last 24h OR b", "scope-misplaced", "last 24h", "last 24h REJECT OR b"),
    ("(last 24h a)", "scope-misplaced", "last 24h", "last 24h (a)"),
    ("a OR last 24h", "scope-beside-or", "last 24h", None),
    ("on 2018", "bad-time", "2018", "between 2018-01-01 and 2019-01-01"),
    ("daily 22..6", "bad-hours", "22..6", "daily 22:00..06:00"),
    ("match status=200", "bad-match", "status=200", "status=200"),
    ("tz $z", "unexpected", "$z", None),
    ("(on today a)", "scope-misplaced", "on today", "on today (a)"),
    # stages
    ("a |", "unexpected-end", "", "a"),
    ("a | | count", "unexpected", "|", "a | count"),
    ("a | project x", "unknown-stage", "project", "a | fields x"),
    ("a | count by srcaddr", "count-by", "count by srcaddr", "a | stats count() by srcaddr"),
    ("a | limit", "missing-number", "limit", "a | head 10"),
    ("a | head ten", "bad-number", "ten", None),
    ("a | head -5", "bad-number", "-5", "a | head 5"),
    ("a | sort a b", "missing-comma", "b", "a | sort a, b"),
    ("a | sort -a asc", "sort-order", "-a asc", "a | sort a"),
    ("a | sort -sum(bytes)", "column-name", "sum(bytes)", "a | sort -sum_bytes"),
    ("a | fields a b c", "missing-comma", "b", "a | fields a, b, c"),
    ('a | fields "a"', "quoted-name", '"a"', "a | fields a"),
    ("a | top srcaddr 10", "number-last", "10", "a | top 10 srcaddr"),
    ("a | top 5 x, y", "one-field", "y", "a | stats count() by x, y | sort -count | head 5"),
    ("a | stats by x", "missing-aggregate", "stats", "a | stats count() by x"),
    ("a | stats sum", "aggregate-form", "sum", "a | stats sum(bytes)"),
    ("a | stats sum()", "missing-argument", "sum()", "a | stats sum(bytes)"),
    ("a | stats sum bytes", "aggregate-form", "bytes", "a | stats sum(bytes)"),
    ("a | stats n=count()", "alias-form", "n=count()", "a | stats count() as n"),
    ("a | stats mean(bytes)", "unknown-function", "mean", "a | stats avg(bytes)"),
    ("a | stats count() by a b", "missing-comma", "b", "a | stats count() by a, b"),
]


@pytest.mark.parametrize(("text", "code", "marked", "proposal"), CASES, ids=[case[0] for case in CASES])
def test_cases(text: str, code: str, marked: str, proposal: str | None) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    diagnostic = caught.value.diagnostics[0]
    span = diagnostic.span
    assert (diagnostic.code, text[span.start : span.end], diagnostic.proposal) == (code, marked, proposal)
    if proposal is not None:
        assert parse(proposal)


@pytest.mark.parametrize("name", sorted(LATER_STAGES))
def test_stages_of_later_versions_are_named(name: str) -> None:
    rendered = message(f"* | {name} x")
    assert f"the stage {name} is not part of this version" in rendered
    assert "try:" not in rendered


def test_a_proposal_mends_several_mistakes_each_of_which_is_told() -> None:
    with pytest.raises(QueryError) as caught:
        parse("(src is null AND dst is null")
    marked = [(each.code, each.span.start, each.proposal) for each in caught.value.diagnostics]
    assert marked == [
        ("unknown-operator", 5, "(src:- AND dst:-)"),
        ("unknown-operator", 21, "(src:- AND dst:-)"),
        ("missing-parenthesis", 0, "(src:- AND dst:-)"),
    ]


def test_a_proposal_is_one_line() -> None:
    assert "try: a | stats count() by x" in message("a\n  | count by x")


def test_a_long_text_gets_no_proposal() -> None:
    assert "try:" not in message("a " * PROPOSAL_LENGTH_MAX + "AND")


def test_the_caret_stands_in_the_right_line() -> None:
    assert message("REJECT\n| tpo a").splitlines()[1:3] == ["  | tpo a", "    ^^^"]
