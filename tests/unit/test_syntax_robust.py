"""Whatever is typed: a tree or a diagnostic, and what is printed reads as the same tree again."""

import random
import re
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowql.errors import NOWHERE, QueryError
from flowql.syntax import nodes
from flowql.syntax.build_expressions import EXPRESSION_FUNCTIONS
from flowql.syntax.canonical import canonical
from flowql.syntax.literals import RESERVED_WORDS
from flowql.syntax.parser import grammar_parser, parse
from flowql.syntax.spanless import without_spans
from flowql.syntax.writing import written_literal, written_value, written_word

SEEDS = [
    "10.16.0.40",
    "eni-lq6mkcis REJECT",
    '"ACCEPT OK"',
    "2001:db8::/32 src:::/0 src:fe80::1",
    "action:REJECT AND (dstport:22 OR dstport:3389)",
    "dstport:(22 OR 3389 OR 8000..8100) dstport in (22, 3389, 8000..8100)",
    "-log-status:OK !x a NOT b && c || d",
    "src:10.0.0.0/8 dst:public NOT port:(80 OR 443) srcaddr!=10.0.0.0/8",
    "interface-id:eni-lq6* bytes:>10MB bytes:[400 TO 499} bytes in [100 200)",
    "dstport:- dstport:* _exists_:dstport",
    "from *, -test-* since 2018-12-13T13:40+00:00 until 2018-12-13 14:00Z REJECT",
    "between 2010-06-12T08:00Z and 2010-06-12T09:00Z port:3389",
    "last 24h of data action:REJECT | top 10 srcaddr by sum(bytes)",
    "* | stats count() as n, dc(dstport) as ports by srcaddr, dstaddr | sort -n, srcaddr | head 20",
    "a # comment\n| fields start, srcaddr\n| count",
    "interface-id~/^eni-[0-9a-z]{8}$/ ip:@threats src:$ip private -> public:22 | where x | eval a = b",
    "10.0.0.5:443 [2001:db8::1]:{22, 80} a:22 <-> @corp:ssh any->$p ip:(a AND b) f!~/x/ /a b/ f<$p",
    "src not in (last 1h REJECT from a | stats count() by src | fields src) dst in (x | fields dst) | count",
    "on 2018-12-13 daily 22:00..06:00 tz Asia/Shanghai match overlap x since -1d@d until now@h on today",
    "2 123456789010 eni-1235b8ca 10.0.0.1 10.0.0.2 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK x",
    "port 22 or 23 and src host 10.0.0.5 re(a) a <- b f =~ /x/ f:/x/i 10.0.0.5 -> 10.0.0.9:443",
    "src ip 10.0.0.5 and dst port 22 or not proto tcp",
    "* | where a OR b c | eval kb = bytes / 1024, x = if(action:REJECT, -1, round(kb, 2)) % 4 - 1h30m",
    "* | rename a as b, c as d | tail 3 | dedup a, b | rare 3 srcaddr/24 by bytes | facets 4 | filter x",
    "* | stats count() if (a:b) as n, p95(bytes) as p if (c OR d e) by srcaddr/24/48, start 5m | where n > 1",
    "* | timechart 5m sum(bytes), count by action | lookup @assets on srcaddr as src | lookup @a on b",
    "src in (a | select src, 'x|y' || \"a b\" from log where (a | b) -- c | d\n group by 1 | head 3) | count",
    "* | timechart span=5m sum(if(a:b, bytes, 0)) | eval x == a and b | rename a = b | dedup 3 a | lookup a",
    "* | stats percentile(bytes, 95), sum(a / b), count() if a:b by bin(start, 5m) | select count( from 'x",
    "src is not null f like 'a%' 1000 < bytes port:[22 80] port:22,80 f<>5 f:NOT x 22..80",
]
PIECES = [
    *" \t\n\"'`()[]{}|,\\<>=!~@&#:*?.-+/$%_;“é0aZ",
    "..",
    " AND ",
    " OR ",
    " NOT ",
    " in ",
    " TO ",
    " last ",
    " -> ",
    " on ",
    "/a/",
    "@l",
    "$p",
    " | fields a)",
    " | eval x = ",
    " | where ",
    " | select ",
    "if(",
    " if (",
    "/24",
    " 5m",
    " as ",
    " by ",
    "sum(",
]
TERMINAL_NAME = re.compile(
    r"__ANON|\b(?:"
    + "|".join(name for name in (terminal.name for terminal in grammar_parser().terminals) if "_" in name)
    + r")\b"
)


def check_text(text: str) -> None:
    """A text is a tree that survives printing, or a diagnostic that holds what a diagnostic holds."""
    try:
        query = parse(text)
    except QueryError as error:
        check_diagnostic(text, error)
    else:
        assert query.text == text
        assert without_spans(parse(canonical(query))) == without_spans(query), (text, canonical(query))


def check_diagnostic(text: str, error: QueryError) -> None:
    assert error.render().startswith("error: ")
    for diagnostic in error.diagnostics:
        assert re.fullmatch(r"[a-z][a-z-]+", diagnostic.code)
        assert diagnostic.message
        assert not TERMINAL_NAME.search(diagnostic.message), diagnostic.message
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text), (text, diagnostic)
    for proposal in {each.proposal for each in error.diagnostics} - {None}:
        parse(proposal)


def mutated(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 4)):
        start = chance.randint(0, len(text))
        end = min(len(text), start + chance.randint(0, 3))
        match chance.randrange(4):
            case 0:
                text = text[:start] + text[end:]
            case 1:
                text = text[:start] + chance.choice(PIECES) + text[start:]
            case 2:
                text = text[:start] + chance.choice(PIECES) + text[end:]
            case _:
                other = chance.choice(SEEDS)
                text = text[:start] + other[chance.randint(0, len(other)) :]
    return text


def test_mutated_texts_are_trees_or_diagnostics() -> None:
    chance = random.Random(20181213)  # noqa: S311 - the same texts every time
    for _ in range(2_000):
        check_text(mutated(chance.choice(SEEDS), chance))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_prefix_is_a_tree_or_a_diagnostic(seed: str) -> None:
    for end in range(len(seed) + 1):
        check_text(seed[:end])


@settings(max_examples=300)
@given(st.text(max_size=30) | st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_any_text_is_a_tree_or_a_diagnostic(text: str) -> None:
    check_text(text)


# ---- random trees

NAMES = st.from_regex(r"[a-z]([a-z0-9_-]{0,6}[a-z0-9_])?", fullmatch=True).filter(
    lambda text: text not in RESERVED_WORDS | {"as", "by", "if", "earliest", "latest"}
)
TEXTS = st.text(st.sampled_from("ab0:.-/*?\"'\\ ()[]{}|,<>=!~@&#$%`“\n\tÄ"), max_size=6) | st.sampled_from(
    [
        "10.0.0.1",
        "10.0.0.0/8",
        "::1",
        "2001:db8::/32",
        "2018-12-13T13:40",
        "-6h",
        "and",
        "to",
        "explain",
        "*",
        "-",
        "22",
    ]
)


@st.composite
def literals(draw: st.DrawFn) -> nodes.Literal:
    text = draw(TEXTS)
    if draw(st.booleans()):
        return nodes.Literal(text, NOWHERE, quoted=True)
    stars = [index for index, character in enumerate(text) if character in "*?"]
    wildcards = tuple(index for index in stars if draw(st.booleans()))
    return nodes.Literal(text, NOWHERE, wildcards=wildcards)


def is_value(literal: nodes.Literal) -> bool:
    """Whether it can be written as it is: no quotes needed that it does not have, and no lone star."""
    is_star = literal.text == "*" and literal.wildcards == (0,)
    return literal.quoted or (not written_literal(literal).startswith('"') and not is_star)


def is_term(literal: nodes.Literal) -> bool:
    return is_value(literal) and (literal.quoted or not written_word(literal).startswith('"'))


VALUES = literals().filter(is_value)
FIELD = NAMES.map(lambda text: nodes.Name(text, NOWHERE))
PARAMETERS = st.sampled_from(["p", "Ports_2"]).map(lambda name: nodes.Parameter(name, NOWHERE))
LISTS = st.sampled_from(["threats", "a.b-c", "2"]).map(lambda name: nodes.ListName(name, NOWHERE))
REGEXES = (
    st.lists(st.sampled_from([*"ab/|. ()[]^${}\"'#é", r"\d", r"\\\\", r"\."]), min_size=1, max_size=6)
    .map("".join)
    .map(lambda text: nodes.Regex(text, NOWHERE))
)
ENDS = VALUES | PARAMETERS


@st.composite
def ranges(draw: st.DrawFn) -> nodes.Range:
    low, high = draw(st.none() | ENDS), draw(st.none() | ENDS)
    low_excluded = low is not None and draw(st.booleans())
    high_excluded = high is not None and draw(st.booleans())
    return nodes.Range(low, high, NOWHERE, low_excluded, high_excluded)


PLAIN = st.one_of(ENDS, ranges(), st.just(nodes.Missing(NOWHERE)), st.just(nodes.Present(NOWHERE)), LISTS)
ELEMENTS = PLAIN | REGEXES
# A set holds no range in brackets.
MEMBERS = ELEMENTS.filter(lambda value: written_value(value)[0] not in "[{")
GROUPS = st.lists(MEMBERS, min_size=1, max_size=4).map(lambda items: nodes.Group(tuple(items), NOWHERE))
ORDERS = st.sampled_from(
    [nodes.Operator.GREATER, nodes.Operator.GREATER_EQUAL, nodes.Operator.LESS, nodes.Operator.LESS_EQUAL]
)
EQUALITIES = st.sampled_from([nodes.Operator.EQUAL, nodes.Operator.NOT_EQUAL])


def comparison(field: nodes.Name, operator: nodes.Operator, value: nodes.Value) -> nodes.Comparison:
    return nodes.Comparison(field, operator, value, NOWHERE)


ALL_OF = st.lists(MEMBERS, min_size=2, max_size=3).map(lambda items: nodes.AllOf(tuple(items), NOWHERE))
SUBQUERIES = st.deferred(lambda: queries(verbs=[nodes.Verb.SEARCH], stage_count_min=1)).map(
    lambda query: nodes.Subquery(query, NOWHERE)
)
COMPARISONS = st.one_of(
    st.builds(comparison, FIELD, st.just(nodes.Operator.MATCH), ELEMENTS | ALL_OF),
    st.builds(comparison, FIELD, EQUALITIES, PLAIN | GROUPS.filter(lambda group: len(group.items) > 1)),
    st.builds(comparison, FIELD, st.just(nodes.Operator.NOT_EQUAL), REGEXES),
    st.builds(comparison, FIELD, ORDERS, ENDS),
    st.builds(comparison, FIELD, st.just(nodes.Operator.IN), GROUPS | PARAMETERS | SUBQUERIES),
    st.builds(comparison, FIELD, st.just(nodes.Operator.NOT_IN), GROUPS | PARAMETERS | LISTS | SUBQUERIES),
)

HOSTS = st.sampled_from(["10.0.0.5", "10.0.0.0/8", "2001:db8::1", "fe80::/10"]).map(
    lambda text: nodes.Literal(text, NOWHERE)
)
PLACES = st.one_of(
    HOSTS,
    PARAMETERS,
    LISTS,
    st.none(),
    st.sampled_from(["private", "a-b"]).map(lambda text: nodes.Literal(text, NOWHERE)),
)
PORT = st.sampled_from(["22", "ssh", "80*"]).map(
    lambda text: nodes.Literal(text, NOWHERE, wildcards=(2,) if "*" in text else ())
)
PORTS = st.one_of(
    PORT,
    PARAMETERS,
    st.lists(PORT, min_size=2, max_size=3).map(lambda items: nodes.Group(tuple(items), NOWHERE)),
    st.builds(lambda low, high: nodes.Range(low, high, NOWHERE), PORT, PORT),
)


def endpoints(
    places: st.SearchStrategy[nodes.Literal | nodes.Parameter | nodes.ListName | None],
    ports: st.SearchStrategy[nodes.Value | None],
) -> st.SearchStrategy[nodes.Endpoint]:
    return st.builds(lambda place, port: nodes.Endpoint(place, port, NOWHERE), places, ports)


ARROWS = st.builds(
    lambda source, destination, both_ways: nodes.Arrow(source, destination, both_ways, NOWHERE),
    endpoints(PLACES, st.none() | PORTS),
    endpoints(PLACES, st.none() | PORTS),
    st.booleans(),
)
LEAVES = st.one_of(
    (literals().filter(is_term) | REGEXES | LISTS | PARAMETERS).map(nodes.Bare),
    COMPARISONS,
    COMPARISONS,
    endpoints(HOSTS | LISTS, PORTS),
    ARROWS,
    st.just(nodes.Everything(NOWHERE)),
)


def joined(kind: type[nodes.And] | type[nodes.Or], items: list[nodes.Clause]) -> nodes.Clause:
    flat: list[nodes.Clause] = []
    for item in items:
        flat += item.items if isinstance(item, kind) else [item]
    return kind(tuple(flat), NOWHERE)


CLAUSES: st.SearchStrategy[nodes.Clause] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(lambda item: nodes.Not(item, NOWHERE)),
        st.lists(inner, min_size=2, max_size=4).map(lambda items: joined(nodes.And, items)),
        st.lists(inner, min_size=2, max_size=4).map(lambda items: joined(nodes.Or, items)),
    ),
    max_leaves=8,
)

TIMES = (
    st.sampled_from(
        [
            "2018-12-13",
            "2018-12",
            "2018-12-13T13:40Z",
            "2018-12-13 13:40",
            "now",
            "-6h",
            "-1d@d",
            "1544708400",
        ]
    ).map(lambda text: nodes.Literal(text, NOWHERE))
    | st.text(max_size=4).map(lambda text: nodes.Literal(text, NOWHERE, quoted=True))
    | PARAMETERS
)
DAYS = (
    st.sampled_from(["2018-12-13", "2018-12", "today"]).map(lambda text: nodes.Literal(text, NOWHERE))
    | PARAMETERS
)
HOURS = st.sampled_from(["22:00", "6:30", "00:00:01"]).map(lambda text: nodes.Literal(text, NOWHERE))
ZONES = st.builds(
    lambda text, quoted: nodes.Literal(text, NOWHERE, quoted=quoted),
    st.sampled_from(["UTC", "Asia/Shanghai", "+08:00"]),
    st.booleans(),
)
TOPICS = st.sampled_from(["vpc-*", "prod/vpc", "*/x", "last", "a.b"])
SCOPES = st.one_of(
    st.builds(lambda time: nodes.Since(time, NOWHERE), TIMES),
    st.builds(lambda time: nodes.Until(time, NOWHERE), TIMES),
    st.builds(lambda low, high: nodes.Between(low, high, NOWHERE), TIMES, TIMES),
    st.builds(lambda of_data: nodes.Last(nodes.Literal("24h", NOWHERE), of_data, NOWHERE), st.booleans()),
    DAYS.map(lambda day: nodes.On(day, NOWHERE)),
    ZONES.map(lambda zone: nodes.Zone(zone, NOWHERE)),
    st.booleans().map(lambda overlap: nodes.Match(overlap, NOWHERE)),
    st.builds(lambda low, high: nodes.Daily(low, high, NOWHERE), HOURS, HOURS),
)


@st.composite
def froms(draw: st.DrawFn) -> nodes.From:
    first = nodes.TopicPattern(draw(TOPICS), NOWHERE)
    others = draw(
        st.lists(st.builds(nodes.TopicPattern, TOPICS, st.just(NOWHERE), st.booleans()), max_size=2)
    )
    return nodes.From((first, *others), NOWHERE)


@st.composite
def aggregates(draw: st.DrawFn, *, named: bool = True) -> nodes.Aggregate:
    functions = ["count", "sum", "avg", "min", "max", "dc", "p1", "p95", "first", "last", "values"]
    function = draw(st.sampled_from(functions))
    argument = None if function == "count" else draw(FIELD)
    alias = draw(st.none() | FIELD) if named else None
    condition = draw(st.none() | CLAUSES)
    return nodes.Aggregate(nodes.Name(function, NOWHERE), argument, alias, NOWHERE, condition)


@st.composite
def keys(draw: st.DrawFn) -> nodes.Key:
    column, prefix, bucket = draw(FIELD), None, None
    match draw(st.integers(0, 2)):
        case 1:
            prefix = (draw(st.integers(0, 32)), draw(st.none() | st.integers(0, 128)))
        case 2:
            bucket = nodes.Literal(draw(st.sampled_from(["5m", "1h30m", "1d"])), NOWHERE)
    return nodes.Key(column, NOWHERE, prefix, bucket)


OPERANDS: st.SearchStrategy[nodes.Expression] = st.one_of(
    FIELD,
    st.sampled_from(["8", "0.5", "10MB", "1_000", "5m", "1h30m"]).map(
        lambda text: nodes.Number(text, NOWHERE)
    ),
    TEXTS.map(lambda text: nodes.Literal(text, NOWHERE, quoted=True)),
    PARAMETERS,
)
COMPARING = st.sampled_from(
    [each for each in nodes.Operator if each.value in {"=", "!=", ">", ">=", "<", "<="}]
)
EXPRESSIONS: st.SearchStrategy[nodes.Expression] = st.recursive(
    OPERANDS,
    lambda inner: st.one_of(
        st.builds(nodes.Negative, inner, st.just(NOWHERE)),
        st.builds(nodes.Arithmetic, st.sampled_from("+-*/%"), inner, inner, st.just(NOWHERE)),
        st.builds(nodes.Relation, COMPARING, inner, inner, st.just(NOWHERE)),
        st.builds(
            nodes.Call,
            st.sampled_from(EXPRESSION_FUNCTIONS).map(lambda name: nodes.Name(name, NOWHERE)),
            st.lists(inner, max_size=3).map(tuple),
            st.just(NOWHERE),
        ),
        st.builds(nodes.If, CLAUSES, inner, inner, st.just(NOWHERE)),
    ),
    max_leaves=8,
)
SQL = st.lists(
    st.sampled_from(
        [
            *"a,*.=",
            "1",
            "'x  | y'",
            '"a ""b"""',
            "`c  d`",
            "||",
            "(",
            ")",
            "( ( 1 ) | 2 )",
            "- 1",
            "/ 2",
            "from log",
        ]
    ),
    min_size=1,
    max_size=6,
).map(lambda parts: " ".join(["select 1", *(part for part in parts if part not in "()")]))


def many(strategy: st.SearchStrategy[Any], count_max: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, min_size=1, max_size=count_max).map(tuple)


COUNTS = st.integers(0, 10**15)
SORT_KEYS = st.builds(nodes.SortKey, FIELD, st.booleans(), st.just(NOWHERE))
ASSIGNMENTS = st.builds(nodes.Assignment, FIELD, EXPRESSIONS, st.just(NOWHERE))
RENAMINGS = st.builds(nodes.Renaming, FIELD, FIELD, st.just(NOWHERE))
BUCKETS = st.sampled_from(["5m", "1h30m", "1d"]).map(lambda text: nodes.Literal(text, NOWHERE))
STAGES = st.one_of(
    st.just(nodes.CountStage(NOWHERE)),
    st.builds(nodes.WhereStage, CLAUSES, st.just(NOWHERE)),
    st.builds(nodes.EvalStage, many(ASSIGNMENTS), st.just(NOWHERE)),
    st.builds(nodes.RenameStage, many(RENAMINGS), st.just(NOWHERE)),
    st.builds(nodes.HeadStage, COUNTS, st.just(NOWHERE)),
    st.builds(nodes.TailStage, COUNTS, st.just(NOWHERE)),
    st.builds(nodes.SortStage, many(SORT_KEYS), st.just(NOWHERE)),
    st.builds(nodes.DedupStage, many(FIELD), st.just(NOWHERE)),
    st.builds(nodes.FieldsStage, many(FIELD), st.just(NOWHERE)),
    st.builds(
        nodes.TopStage,
        COUNTS,
        keys(),
        st.none() | FIELD | aggregates(named=False),
        st.just(NOWHERE),
        st.booleans(),
    ),
    st.builds(nodes.StatsStage, many(aggregates()), st.just(()) | many(keys()), st.just(NOWHERE)),
    st.builds(
        nodes.TimechartStage, BUCKETS, many(aggregates()), st.just(()) | many(keys()), st.just(NOWHERE)
    ),
    st.builds(nodes.FacetsStage, COUNTS, st.just(NOWHERE)),
    st.builds(nodes.LookupStage, LISTS, FIELD, st.none() | FIELD, st.just(NOWHERE)),
    st.builds(nodes.SelectStage, SQL, st.just(NOWHERE)),
)


@st.composite
def queries(
    draw: st.DrawFn, *, verbs: Iterable[nodes.Verb] = nodes.Verb, stage_count_min: int = 0
) -> nodes.Query:
    scopes = (*draw(st.lists(froms(), max_size=1)), *draw(st.lists(SCOPES, max_size=2)))
    stages = tuple(draw(st.lists(STAGES, min_size=stage_count_min, max_size=2)))
    return nodes.Query("", draw(st.sampled_from(list(verbs))), scopes, draw(CLAUSES), stages)


@settings(max_examples=300)
@given(queries())
def test_a_printed_tree_reads_as_the_same_tree(query: nodes.Query) -> None:
    assert without_spans(parse(canonical(query))) == query, canonical(query)
