"""Stages that go wrong: each slip's code, its place, and the stage that is proposed, which is one."""

import pytest

from flowql.errors import QueryError
from flowql.syntax.parser import parse

# A text; the code of its first diagnostic; what the caret marks; the proposal.
CASES: list[tuple[str, str, str, str | None]] = [
    # where
    ("* | where", "missing-condition", "where", "*"),
    ("* | filter | count", "missing-condition", "filter", "* | count"),
    ("* | where last 5m x", "scope-misplaced", "last 5m", "last 5m * | where x"),
    ("* | where a, b", "unexpected", ",", "* | where a b"),
    ("* | where bytes:1,000 | count", "grouped-digits", "1,000", "* | where bytes:1000 | count"),
    ("* | where port:22,80", "missing-parentheses", "22,80", "* | where port in (22, 80)"),
    # eval
    ("* | eval x == 1", "assignment-form", "==", "* | eval x = 1"),
    ("* | eval x != 1", "assignment-form", "!=", "* | eval x = 1"),
    ("* | eval x := 1", "assignment-form", ":=", "* | eval x = 1"),
    ("* | eval x", "assignment-form", "", None),
    ("* | eval", "assignment-form", "", None),
    ("* | eval bytes / 1024", "assignment-form", "/", "* | eval value = bytes / 1024"),
    ("* | eval round(x, 1) as y, z = 2", "assignment-form", "(", "* | eval y = round(x, 1), z = 2"),
    ("* | eval bytes > 5 | count", "assignment-form", ">", "* | where bytes > 5 | count"),
    ("* | eval x = action:REJECT", "expression-form", ":REJECT", "* | eval x = if(action:REJECT, 1, 0)"),
    ("* | eval x = a and b, y = 2", "expression-form", "and", "* | eval x = if(a and b, 1, 0), y = 2"),
    ("* | eval x = srcaddr == 10.0.0.1", "bad-number", "10.0.0.1", '* | eval x = srcaddr == "10.0.0.1"'),
    ("* | eval x = .5", "bad-number", ".5", "* | eval x = 0.5"),
    ("* | eval x = 5x", "bad-number", "5x", '* | eval x = "5x"'),
    ("* | eval x = sum(bytes)", "aggregate-in-eval", "sum", None),
    ("* | eval x = ifnull(a, b)", "unknown-function", "ifnull", "* | eval x = coalesce(a, b)"),
    ("* | eval x = iff(a, b, c)", "unknown-function", "iff", "* | eval x = if(a, b, c)"),
    ("* | eval x = ruond(a)", "unknown-function", "ruond", "* | eval x = round(a)"),
    ("* | eval x = (a + b", "missing-parenthesis", "(", "* | eval x = (a + b)"),
    ("* | eval x = a +", "unexpected-end", "", "* | eval x = a"),
    ("* | eval x = a * | count", "unexpected", "|", "* | eval x = a | count"),
    ("* | eval x = a < b < c", "unexpected", "<", None),
    ("* | eval x = if(a, b)", "if-form", ")", "* | eval x = if(a, b, 0)"),
    ("* | eval x = if(a)", "if-form", ")", "* | eval x = if(a, 1, 0)"),
    ("* | eval x = if(a:b, c, d, e)", "if-form", ",", None),
    ("* | eval x = if(last 5m, 1, 2)", "reserved-word", "last", '* | eval x = if("last" 5m, 1, 2)'),
    # rename
    ("* | rename a = b", "rename-form", "=", "* | rename a as b"),
    ("* | rename a to b", "rename-form", "to", "* | rename a as b"),
    ("* | rename a b", "rename-form", "b", "* | rename a as b"),
    # dedup
    ("* | dedup", "missing-columns", "dedup", "* | dedup srcaddr, dstaddr"),
    ("* | dedup 3", "missing-columns", "dedup 3", "* | dedup srcaddr, dstaddr"),
    ("* | dedup 3 srcaddr", "dedup-form", "3", "* | dedup srcaddr"),
    ("* | dedup by a, b", "dedup-form", "by", "* | dedup a, b"),
    ("* | dedup a b", "missing-comma", "b", "* | dedup a, b"),
    # numbers of rows
    ("* | tail -5", "bad-number", "-5", "* | tail 5"),
    ("* | rare a 10", "number-last", "10", "* | rare 10 a"),
    ("* | rare 5 a, b", "one-field", "b", "* | stats count() by a, b | sort count | head 5"),
    ("* | top a/24, b", "one-field", "b", "* | stats count() by a/24, b | sort -count | head 10"),
    ("* | facets 5 srcaddr, action", "facets-form", "srcaddr", "* | fields srcaddr, action | facets 5"),
    ("* | facets by action", "facets-form", "by", "* | fields action | facets"),
    # timechart
    ("* | timechart", "missing-aggregate", "timechart", "* | timechart 5m count()"),
    ("* | timechart 1h", "missing-aggregate", "timechart 1h", "* | timechart 1h count()"),
    ("* | timechart 5m by a", "missing-aggregate", "timechart 5m", "* | timechart 5m count() by a"),
    ("* | timechart by a", "missing-aggregate", "timechart", "* | timechart 5m count() by a"),
    ("* | timechart sum(bytes)", "missing-bucket", "timechart", "* | timechart 5m sum(bytes)"),
    ("* | timechart 5 count()", "missing-bucket", "5", "* | timechart 5m count()"),
    ("* | timechart 2 hours count()", "missing-bucket", "2", "* | timechart 2h count()"),
    ("* | timechart span=5m count() by a", "bucket-form", "span=5m", "* | timechart 5m count() by a"),
    ("* | timechart bin=1h count()", "bucket-form", "bin=1h", "* | timechart 1h count()"),
    ("* | timechart count() span=5m by a", "bucket-form", "span=5m", "* | timechart 5m count() by a"),
    # conditions
    ("* | stats count(if(a:b, 1, 0)) as n", "condition-form", "(", "* | stats count() if (a:b) as n"),
    ("* | stats count(a:b)", "condition-form", ":b", "* | stats count() if (a:b)"),
    ("* | stats countif(a > 5), dc(x)", "condition-form", ">", "* | stats count() if (a > 5), dc(x)"),
    ("* | stats countif(x)", "condition-form", "countif(x)", "* | stats count() if (x)"),
    ("* | stats sumif(b, a:c)", "condition-form", "a:c", "* | stats sum(b) if (a:c)"),
    ("* | stats sum(if(a:b, c, 0)) by d", "condition-form", "(", "* | stats sum(c) if (a:b) by d"),
    ("* | stats count() if a:b as n", "condition-form", "a:b", "* | stats count() if (a:b) as n"),
    ("* | stats count() if a b by c", "condition-form", "a", "* | stats count() if (a b) by c"),
    ("* | stats count() if (a) as n if (b)", "second-condition", "if (b)", None),
    # aggregates
    ("* | stats sum(bytes / 8) by a", "aggregate-form", "/", "* | eval value = bytes / 8 | stats sum(value) by a"),
    ("* | stats percentile(bytes, 95)", "percentile-form", "percentile(bytes, 95)", "* | stats p95(bytes)"),
    ("* | stats quantile(0.5, a)", "percentile-form", "quantile(0.5, a)", "* | stats p50(a)"),
    ("* | stats percentile(a, 99.9)", "percentile-form", "99.9", None),
    ("* | stats sum(a, 5)", "aggregate-form", "sum(a, 5)", "* | stats sum(a)"),
    ("* | stats perc95(a)", "unknown-function", "perc95", "* | stats p95(a)"),
    ("* | stats p999(a)", "unknown-function", "p999", "* | stats p99(a)"),
    ("* | stats p0(a)", "unknown-function", "p0", "* | stats p90(a)"),
    ("* | stats median(a)", "unknown-function", "median", "* | stats p50(a)"),
    ("* | stats latest(a)", "unknown-function", "latest", "* | stats last(a)"),
    ("* | stats p95 a", "aggregate-form", "a", "* | stats p95(a)"),
    ("* | stats first", "aggregate-form", "first", "* | stats first(bytes)"),
    # keys
    ("* | stats count() by bin(start, 5m)", "key-form", "bin(start, 5m)", "* | stats count() by start 5m"),
    ("* | stats count() by bucket(5m, start)", "key-form", "bucket(5m, start)", "* | stats count() by start 5m"),
    ("* | stats count() by prefix(a, 24), b", "key-form", "prefix(a, 24)", "* | stats count() by a/24, b"),
    ("* | stats count() by date_trunc('hour', a)", "key-form", "date_trunc('hour', a)", "* | stats count() by a 1h"),
    ("* | stats count() by foo(start)", "key-form", "foo(start)", None),
    ("* | stats count() by start 5", "missing-bucket", "5", "* | stats count() by start 5m"),
    # lookup
    ("* | lookup assets", "lookup-form", "lookup assets", "* | lookup @assets on srcaddr"),
    ("* | lookup @assets", "lookup-form", "lookup @assets", "* | lookup @assets on srcaddr"),
    ("* | lookup assets on a", "lookup-form", "assets", "* | lookup @assets on a"),
    ("* | lookup @l by a as b", "lookup-form", "a", "* | lookup @l on a as b"),
    ("* | lookup l a", "lookup-form", "l", "* | lookup @l on a"),
    ("* | lookup", "unexpected-end", "", None),
    # select
    ("* | select", "missing-columns", "select", "* | select *"),
    ("* | select count( from x", "missing-parenthesis", "(", None),
    ("* | select 'a from x", "unterminated-string", "'", "* | select 'a from x'"),
    ("* | select a) from x", "unexpected-parenthesis", ")", "* | select a from x"),
    # the names of other languages
    ("* | extend a = 5", "unknown-stage", "extend", "* | eval a = 5"),
    ("* | summarize count()", "unknown-stage", "summarize", "* | stats count()"),
    ("* | agg count()", "unknown-stage", "agg", "* | stats count()"),
    ("* | table a", "unknown-stage", "table", "* | fields a"),
    ("* | keep a", "unknown-stage", "keep", "* | fields a"),
    ("* | distinct a", "unknown-stage", "distinct", "* | dedup a"),
    ("* | uniq a", "unknown-stage", "uniq", "* | dedup a"),
    ("* | order by a", "unknown-stage", "order", "* | sort by a"),
    ("* | group by a", "unknown-stage", "group", "* | stats count() by a"),
    ("* | evla a = 5", "unknown-stage", "evla", "* | eval a = 5"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "marked", "proposal"), CASES, ids=[case[0] for case in CASES])
def test_cases(text: str, code: str, marked: str, proposal: str | None) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    diagnostic = caught.value.diagnostics[0]
    span = diagnostic.span
    assert (diagnostic.code, text[span.start : span.end], diagnostic.proposal) == (code, marked, proposal)
    if proposal is not None:
        assert parse(proposal)


def test_what_is_expected_is_said_in_the_words_of_stages() -> None:
    said = {
        "* | eval x = ": "expected a column, a number or a function after x =, found the end",
        "* | eval x = (a b)": "expected an operator such as + or * or ) after a",
        "* | lookup @l on": "expected the name of a field after on",
        "* | top srcaddr by": "expected the name of a field after by",
        "* | timechart 5m count() by": "expected the name of a field after by",
        "a | lookpu": "unknown stage",
    }
    for text, words in said.items():
        with pytest.raises(QueryError) as caught:
            parse(text)
        assert words in caught.value.message, caught.value.message


def test_an_equals_sign_between_names_shows_both_directions() -> None:
    with pytest.raises(QueryError) as caught:
        parse("* | rename a = b")
    assert caught.value.diagnostics[0].details == ("to give b the new name: b as a",)
