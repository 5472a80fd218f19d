"""What texts are as trees: precedence, field clauses, values, scopes, stages, the grammar's traps."""

import time

import pytest

from flowql.errors import Diagnostic, QueryError, Span
from flowql.syntax.canonical import canonical
from flowql.syntax.nodes import (
    AllOf,
    And,
    Arrow,
    Bare,
    Between,
    Comparison,
    Daily,
    Endpoint,
    Everything,
    FieldsStage,
    From,
    Group,
    Last,
    ListName,
    Literal,
    Match,
    Missing,
    Name,
    Not,
    On,
    Operator,
    Or,
    Parameter,
    Present,
    Range,
    Regex,
    Since,
    SortStage,
    Subquery,
    TopicPattern,
    Verb,
    Zone,
)
from flowql.syntax.parser import TEXT_LENGTH_MAX, parse


def refused(text: str) -> Diagnostic:
    """The first diagnostic of a text that is no query."""
    with pytest.raises(QueryError) as caught:
        parse(text)
    return caught.value.diagnostics[0]


def value_of(text: str) -> object:
    """The value of a text that is one field clause."""
    clause = parse(text).filter
    assert isinstance(clause, Comparison)
    return clause.value


# ---- connectives


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("a b", "a AND b"),
        ("a AND b", "a AND b"),
        ("a and b && c", "a AND b AND c"),
        ("a OR b", "a OR b"),
        ("a or b || c", "a OR b OR c"),
        ("a b OR c d", "(a AND b) OR (c AND d)"),
        ("a OR b c", "a OR (b AND c)"),
        ("(a OR b) c", "(a OR b) AND c"),
        ("NOT a b", "NOT a AND b"),
        ("NOT (a b)", "NOT (a AND b)"),
        ("NOT a OR b", "NOT a OR b"),
        ("a NOT b", "a AND NOT b"),
        ("a -b !c not d", "a AND NOT b AND NOT c AND NOT d"),
        ("a -(b OR c)", "a AND NOT (b OR c)"),
        ('-"a b"', 'NOT "a b"'),
        ("NOT NOT a", "NOT NOT a"),
        ("(a (b c)) d", "a AND b AND c AND d"),
        ("a OR (b OR (c OR d))", "a OR b OR c OR d"),
        ("((a))", "a"),
        ("a-b -c", "a-b AND NOT c"),
        ("(a)(b)", "a AND b"),
        ("a # b OR c\nd", "a AND d"),
        ("a\n\tb", "a AND b"),
        ("# nothing", "*"),
        ("", "*"),
        ("*", "*"),
        ("* REJECT", "* AND REJECT"),
    ],
)
def test_connectives(text: str, printed: str) -> None:
    assert canonical(parse(text)) == printed


def test_and_and_or_are_flat() -> None:
    match parse("a b (c d) OR e").filter:
        case Or((And((Bare(), Bare(), Bare(), Bare())), Bare())):
            pass
        case other:
            pytest.fail(repr(other))


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("a b OR c", [Span(0, 8)]),
        ("(a b) OR c", []),
        ("a OR b", []),
        ("a OR NOT b", []),
        ("x (a OR b c)", [Span(3, 11)]),
        ("a b OR (c OR d e)", [Span(0, 17), Span(8, 16)]),
        ("last 1d a OR b", []),
    ],
)
def test_an_or_beside_an_and_is_noted(text: str, spans: list[Span]) -> None:
    assert list(parse(text).mixed_or) == spans


@pytest.mark.parametrize(
    "text", ["a OR OR b", "a AND", "OR a", "NOT", "a AND OR b", "a NOT", "a || || b", "dst:NOT"]
)
def test_keywords_are_never_words(text: str) -> None:
    assert refused(text).code in {"unexpected", "unexpected-end"}


@pytest.mark.parametrize(
    "text", ["android", "nothing", "order", "not-found", "in-1", "ontario", "and*", "last/x", "TO", "by"]
)
def test_words_may_begin_like_keywords(text: str) -> None:
    assert isinstance(parse(text).filter, Bare)


# ---- words


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("eni-lq6*", Literal("eni-lq6*", Span(0, 8), wildcards=(7,))),
        ("172.31.*", Literal("172.31.*", Span(0, 8), wildcards=(7,))),
        (r"a\*b*", Literal("a*b*", Span(0, 5), wildcards=(3,))),
        (r"a\ b\:c", Literal("a b:c", Span(0, 7))),
        ('"a * b"', Literal("a * b", Span(0, 7), quoted=True)),
        (r'"say \"x\""', Literal('say "x"', Span(0, 11), quoted=True)),
        ("'it\"s'", Literal('it"s', Span(0, 6), quoted=True)),
        (r"`a\b`", Literal(r"a\b", Span(0, 5), quoted=True)),
        ("10.0.0.0/8", Literal("10.0.0.0/8", Span(0, 10))),
        ("2001:db8::/32", Literal("2001:db8::/32", Span(0, 13))),
        ("::1", Literal("::1", Span(0, 3))),
        ("::ffff:10.0.0.1", Literal("::ffff:10.0.0.1", Span(0, 15))),
        ("a.b", Literal("a.b", Span(0, 3))),
    ],
)
def test_words(text: str, literal: Literal) -> None:
    assert parse(text).filter == Bare(literal)


# ---- field clauses


@pytest.mark.parametrize(
    ("text", "operator"),
    [
        ("f:v", Operator.MATCH),
        ("f : v", Operator.MATCH),
        ("f\n:\nv", Operator.MATCH),
        ("f=v", Operator.EQUAL),
        ("f == v", Operator.EQUAL),
        ("f!=v", Operator.NOT_EQUAL),
        ("f > v", Operator.GREATER),
        ("f:>v", Operator.GREATER),
        ("f:>=v", Operator.GREATER_EQUAL),
        ("f: < v", Operator.LESS),
        ("f<=v", Operator.LESS_EQUAL),
    ],
)
def test_operators(text: str, operator: Operator) -> None:
    clause = parse(text).filter
    assert isinstance(clause, Comparison)
    assert (clause.field.text, clause.operator) == ("f", operator)
    assert isinstance(clause.value, Literal)
    assert clause.value.text == "v"
    assert clause.span == Span(0, len(text))


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("dstport:(22 OR 3389 OR 8000..8100)", "dstport in (22, 3389, 8000..8100)"),
        ("dstport:(22, 3389)", "dstport in (22, 3389)"),
        ("dstport:{22, 3389}", "dstport in (22, 3389)"),
        ("dstport in {22, 3389}", "dstport in (22, 3389)"),
        ("dstport NOT IN (22)", "dstport not in (22)"),
        ("dstport:(22)", "dstport:22"),
        ("action=(a OR b)", "action=(a OR b)"),
        ("bytes:[400 TO 499}", "bytes:[400 TO 499}"),
        ("bytes:{400 to 499]", "bytes:{400 TO 499]"),
        ("bytes:[400 TO 499]", "bytes:400..499"),
        ("bytes:[* TO 499]", "bytes:..499"),
        ("bytes in [100 200)", "bytes:[100 TO 200}"),
        ("bytes in (100 200]", "bytes:{100 TO 200]"),
        ("bytes not in (100 200]", "bytes not in {100 TO 200]"),
        ("bytes:1000..*", "bytes:1000.."),
        ("dstport in (-, 1.., ..5, *)", "dstport in (-, 1.., ..5, *)"),
        ("_exists_:src-ip", "src-ip:*"),
        ("port in (22, 23)", "port in (22, 23)"),
        ("start<-6h start:-6h..-1h", "start<-6h AND start:-6h..-1h"),
        ("src:(fe80::1 OR 10.0.0.1)", "src in (fe80::1, 10.0.0.1)"),
        ("dc: 2001:db8::/32", "dc: 2001:db8::/32"),
        ("f:/a b/", "f~/a b/"),
        ("f !~ /a\\/b/", "f!~/a\\/b/"),
        ("f:(/a/ OR b)", "f in (/a/, b)"),
        ("ip in @threats", "ip:@threats"),
        ("ip not in @threats", "ip not in @threats"),
        ("src in (@a, $b, 10.0.0.0/8)", "src in (@a, $b, 10.0.0.0/8)"),
        ("bytes:[$low TO $high}", "bytes:[$low TO $high}"),
        ("ip:(a AND b)", "ip:(a AND b)"),
        ("src in (last 1h x | fields src)", "src in (last 1h x | fields src)"),
        ("src ip 10.0.0.5", "src:10.0.0.5"),
        ("not dst net 10.0.0.0/8", "NOT dst:10.0.0.0/8"),
        ("host 10.0.0.5 and port 22", "ip:10.0.0.5 AND port:22"),
        ("src port > 1024", "srcport>1024"),
        ("proto tcp", "proto:tcp"),
    ],
)
def test_values_in_canonical_form(text: str, printed: str) -> None:
    assert canonical(parse(text)) == printed


def test_values() -> None:
    assert value_of("f:-") == Missing(Span(2, 3))
    assert value_of("f:*") == Present(Span(2, 3))
    assert value_of("f:a..b") == Range(Literal("a", Span(2, 3)), Literal("b", Span(5, 6)), Span(2, 6))
    assert value_of("f:..b") == Range(None, Literal("b", Span(4, 5)), Span(2, 5))
    low, high = Literal("1", Span(3, 4)), Literal("5", Span(8, 9))
    assert value_of("f:{1 TO 5]") == Range(low, high, Span(2, 10), low_excluded=True)
    assert value_of("f in (1)") == Group((Literal("1", Span(6, 7)),), Span(5, 8))
    assert value_of("f:2018-12-13T13:40") == Literal("2018-12-13T13:40", Span(2, 18))
    assert value_of(r"f~/a\/\d/") == Regex(r"a/\d", Span(2, 9))
    assert value_of("f:@a.b") == ListName("a.b", Span(2, 6))
    assert value_of("f in $p") == Parameter("p", Span(5, 7))
    assert value_of("f<$p") == Parameter("p", Span(2, 4))
    a, b = Literal("a", Span(3, 4)), Literal("b", Span(9, 10))
    assert value_of("f:(a AND b)") == AllOf((a, b), Span(2, 11))


def test_a_subquery_is_a_query_whose_spans_are_places_in_the_whole_text() -> None:
    subquery = value_of("src in (REJECT from a | fields dst)")
    assert isinstance(subquery, Subquery)
    inner = subquery.query
    assert (subquery.span, inner.verb, inner.text) == (Span(7, 35), Verb.SEARCH, "")
    assert inner.filter == Bare(Literal("REJECT", Span(8, 14)))
    assert inner.scopes == (From((TopicPattern("a", Span(20, 21)),), Span(15, 21)),)
    assert inner.stages == (FieldsStage((Name("dst", Span(31, 34)),), Span(24, 34)),)


def test_brackets_and_quotes_do_not_end_a_subquery() -> None:
    text = 'src in ("a | b" (c OR "(") x in (d | fields x) | fields src)'
    subquery = value_of(text)
    assert isinstance(subquery, Subquery)
    assert canonical(subquery.query) == '"a | b" AND (c OR "(") AND x in (d | fields x) | fields src'
    assert isinstance(value_of("f:(a || b)"), Group)


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("src:::/0", "src", "::/0"),
        ("src:fe80::1", "src", "fe80::1"),
        ("src:2001:db8::/32", "src", "2001:db8::/32"),
        ("srcaddr:10.0.0.0/8", "srcaddr", "10.0.0.0/8"),
        ("f:22", "f", "22"),
        ("dead:beef", "dead", "beef"),
    ],
)
def test_ipv6_and_fields(text: str, field: str, value: str) -> None:
    clause = parse(text).filter
    assert isinstance(clause, Comparison)
    assert isinstance(clause.value, Literal)
    assert (clause.field.text, clause.value.text) == (field, value)


def test_an_open_range_does_not_reach_into_the_next_clause() -> None:
    assert canonical(parse("dstport:1000.. REJECT")) == "dstport:1000.. AND REJECT"


# ---- regular expressions, lists, parameters; endpoints and arrows


def test_terms_without_a_field() -> None:
    assert parse("/a b/").filter == Bare(Regex("a b", Span(0, 5)))
    assert parse("@threats").filter == Bare(ListName("threats", Span(0, 8)))
    assert parse("-$p").filter == Not(Bare(Parameter("p", Span(1, 3))), Span(0, 3))


def test_an_endpoint_is_an_address_and_a_port_on_one_side() -> None:
    assert parse("10.0.0.5:443").filter == Endpoint(
        Literal("10.0.0.5", Span(0, 8)), Literal("443", Span(9, 12)), Span(0, 12)
    )
    assert parse("[2001:db8::1]:22").filter == Endpoint(
        Literal("2001:db8::1", Span(1, 12)), Literal("22", Span(14, 16)), Span(0, 16)
    )
    assert parse("@corp:ssh").filter == Endpoint(
        ListName("corp", Span(0, 5)), Literal("ssh", Span(6, 9)), Span(0, 9)
    )


def test_an_arrow_has_an_endpoint_at_either_end() -> None:
    source = Endpoint(Literal("private", Span(0, 7)), None, Span(0, 7))
    destination = Endpoint(None, Literal("22", Span(15, 17)), Span(11, 17))
    assert parse("private -> any:22").filter == Arrow(source, destination, both_ways=False, span=Span(0, 17))
    both = parse("a<->b").filter
    assert isinstance(both, Arrow)
    assert both.both_ways


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("10.0.0.5 -> 10.0.0.9:443 REJECT", "10.0.0.5 -> 10.0.0.9:443 AND REJECT"),
        ("a->b:{22}", "a -> b:22"),
        ("a:22->b:23", "a:22 -> b:23"),
        ("any:{80, 443..445} <-> @corp", "any:{80, 443..445} <-> @corp"),
        ("fe80::1 -> [fe80::2]:ssh", "[fe80::1] -> [fe80::2]:ssh"),
        ("$a -> 10.0.0.0/8:$p", "$a -> 10.0.0.0/8:$p"),
        ("NOT private -> public OR x", "NOT private -> public OR x"),
        ("a-b -> c", "a-b -> c"),
    ],
)
def test_arrows(text: str, printed: str) -> None:
    assert canonical(parse(text)) == printed


# ---- scope


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("REJECT last 24h dstport:22", "last 24h REJECT AND dstport:22"),
        ("REJECT AND last 24h", "last 24h REJECT"),
        ("last 24h from a b", "from a last 24h b"),
        ("last 24h a OR b from c", "from c last 24h (a OR b)"),
        ("(a OR b) last 24h c", "last 24h (a OR b) AND c"),
        ("from a -b", "from a NOT b"),
        ("from a, -b c", "from a, -b c"),
        ("from vpc-*, */x, b/c", "from vpc-*, */x, b/c"),
        ('from "last"', 'from "last"'),
        ("last 7d of data of", "last 7d of data of"),
        ("last 7d of", "last 7d of"),
        ("since 2018-12-13 13:40 REJECT", "since 2018-12-13 13:40 REJECT"),
        ("since 2018-12-13   13:40:00.5+00:00", "since 2018-12-13 13:40:00.5+00:00"),
        ("since 2018-12 until now", "since 2018-12 until now"),
        ("since -6h -x", "since -6h NOT x"),
        ('since "2018-12-13"', 'since "2018-12-13"'),
        ("between 1544688000 and 1544691600 and x", "between 1544688000 and 1544691600 x"),
        ("last 1h30m | count", "last 1h30m | count"),
        ("explain last 1d", "explain last 1d"),
        ("profile last 1d", "profile last 1d"),
        ("x on 2018-12-13", "on 2018-12-13 x"),
        ("on yesterday x", "on yesterday x"),
        ("daily 22:00..06:00 x tz Asia/Shanghai", "daily 22:00..06:00 tz Asia/Shanghai x"),
        ('tz "Europe/Berlin" x', 'tz "Europe/Berlin" x'),
        ("tz +08:00 match overlap x", "tz +08:00 match overlap x"),
        ("since -1d@d until now@h", "since -1d@d until now@h"),
        ("last $d until $t", "last $d until $t"),
    ],
)
def test_scopes(text: str, printed: str) -> None:
    assert canonical(parse(text)) == printed


def test_scope_nodes() -> None:
    query = parse("from *, -test-* between 2018-12-13 and now last 2h of data since -1d")
    topics, between, last, since = query.scopes
    assert topics == From(
        (TopicPattern("*", Span(5, 6)), TopicPattern("test-*", Span(8, 15), excluded=True)), Span(0, 15)
    )
    assert isinstance(between, Between)
    assert (between.low.text, between.high.text) == ("2018-12-13", "now")
    assert isinstance(last, Last)
    assert last.of_data
    assert isinstance(since, Since)
    assert isinstance(query.filter, Everything)
    assert parse("on 2018-12 daily 09:30..17:00 tz UTC match start").scopes == (
        On(Literal("2018-12", Span(3, 10)), Span(0, 10)),
        Daily(Literal("09:30", Span(17, 22)), Literal("17:00", Span(24, 29)), Span(11, 29)),
        Zone(Literal("UTC", Span(33, 36)), Span(30, 36)),
        Match(overlap=False, span=Span(37, 48)),
    )


@pytest.mark.parametrize(
    "text", ["(last 24h a)", "a OR (b since now)", "a last 24h OR b", "a OR last 24h b OR c", "NOT (from a)"]
)
def test_scopes_elsewhere_are_refused(text: str) -> None:
    assert refused(text).code == "scope-misplaced"


@pytest.mark.parametrize("text", ["NOT last 24h", "a OR last 24h", "f:last", "-since now"])
def test_scope_words_are_never_words(text: str) -> None:
    assert refused(text).code in {"reserved-word", "scope-beside-or"}


# ---- stages


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("| count", "* | count"),
        ("REJECT\n| count", "REJECT | count"),
        ("a || b | count", "a OR b | count"),
        ("* | head", "* | head 10"),
        ("* | limit 5 | take 1_000", "* | head 5 | head 1000"),
        ("* | sort by -bytes, a desc, b ASC", "* | sort -bytes, -a, b"),
        ("* | fields a,b , c", "* | fields a, b, c"),
        ("* | top srcaddr", "* | top 10 srcaddr"),
        ("* | top 5 srcaddr by bytes", "* | top 5 srcaddr by bytes"),
        ("* | TOP 5 srcaddr BY SUM(bytes)", "* | top 5 srcaddr by sum(bytes)"),
        ("* | stats count by srcaddr", "* | stats count() by srcaddr"),
        ("* | stats count() as n, dc( a ) by b, c", "* | stats count() as n, dc(a) by b, c"),
        ("* | stats max(bytes)", "* | stats max(bytes)"),
        ("* | sort count | head 3 | count", "* | sort count | head 3 | count"),
    ],
)
def test_stages(text: str, printed: str) -> None:
    assert canonical(parse(text)) == printed


def test_a_minus_in_sort_is_an_order() -> None:
    (stage,) = parse("* | sort -bytes, start").stages
    assert isinstance(stage, SortStage)
    assert [key.descending for key in stage.keys] == [True, False]


def test_explain_and_profile_are_verbs_only_in_front() -> None:
    assert parse("explain REJECT").verb is Verb.EXPLAIN
    assert parse("PROFILE REJECT").verb is Verb.PROFILE
    assert parse("REJECT explain").verb is Verb.SEARCH
    assert isinstance(parse("explain:x").filter, Comparison)
    assert parse(canonical(parse("(explain) a"))).verb is Verb.SEARCH


# ---- limits and times


@pytest.mark.parametrize(
    "text", ["(" * 101 + "a" + ")" * 101, "NOT " * 101 + "a", "(a OR b AND " * 101 + "c" + ")" * 101]
)
def test_deep_nesting_is_refused(text: str) -> None:
    assert refused(text).code == "nesting-too-deep"


def test_nesting_up_to_the_limit_is_safe_to_walk() -> None:
    query = parse("(a OR b AND " * 50 + "c" + ")" * 50)
    assert canonical(parse(canonical(query))) == canonical(query)
    assert query == parse(query.text)
    assert repr(query)


def test_a_text_of_any_depth_is_no_recursion_error() -> None:
    assert refused("(" * 20_000).code == "missing-parenthesis"
    assert refused("f:(" * 1_000).code


def test_a_text_that_is_too_long_is_refused() -> None:
    assert refused("a" * (TEXT_LENGTH_MAX + 1)).code == "text-too-long"


VALUE_COUNT = 5_000


@pytest.mark.parametrize(
    "text",
    [
        f"dstport:({' OR '.join(map(str, range(VALUE_COUNT)))})",
        f"dstport in ({', '.join(map(str, range(VALUE_COUNT)))})",
        " OR ".join(f"10.0.{i >> 8}.{i & 255}" for i in range(VALUE_COUNT)),
        " OR ".join(f"dstport:{i}" for i in range(VALUE_COUNT)),
        " ".join(f"-dstport:{i}" for i in range(VALUE_COUNT)),
    ],
    ids=["group", "set", "words", "clauses", "negations"],
)
def test_thousands_of_flat_terms(text: str) -> None:
    parse("a")
    started_s = time.thread_time()
    query = parse(text)
    took_s = time.thread_time() - started_s
    assert took_s < 1, "a quarter of it is usual"  # generous: the tests share their cores
    match query.filter:
        case Comparison(value=Group(items)) | Or(items) | And(items):
            assert len(items) == VALUE_COUNT
        case other:
            pytest.fail(repr(other)[:100])
    assert canonical(parse(canonical(query))) == canonical(query)
