"""What the stages are as trees: expressions and their precedence, conditions, keys, SQL, places in the text."""

import pytest

from flowql.errors import Diagnostic, QueryError, Span
from flowql.syntax.canonical import canonical
from flowql.syntax.nesting import NESTING_MAX
from flowql.syntax.nodes import (
    Aggregate,
    And,
    Arithmetic,
    Bare,
    Call,
    Comparison,
    DedupStage,
    EvalStage,
    Everything,
    Expression,
    FacetsStage,
    If,
    ListName,
    Literal,
    LookupStage,
    Name,
    Negative,
    Number,
    Operator,
    Or,
    Parameter,
    Relation,
    RenameStage,
    Renaming,
    SelectStage,
    Stage,
    StatsStage,
    Subquery,
    TailStage,
    TimechartStage,
    TopStage,
    WhereStage,
)
from flowql.syntax.parser import parse
from flowql.syntax.spanless import without_spans


def stage(text: str) -> Stage:
    """The one stage of a query."""
    (only,) = parse(f"* | {text}").stages
    return only


def expression(text: str) -> Expression:
    """What an eval computes."""
    evaluated = stage(f"eval x = {text}")
    assert isinstance(evaluated, EvalStage)
    return evaluated.assignments[0].expression


def grouped(text: str) -> str:
    """An expression with all its operations in parentheses."""
    return _grouped(expression(text))


def _grouped(node: Expression) -> str:
    match node:
        case Name(text) | Number(text):
            return text
        case Literal(text):
            return f'"{text}"'
        case Parameter(name):
            return f"${name}"
        case Negative(item):
            return f"(-{_grouped(item)})"
        case Arithmetic(operator, left, right):
            return f"({_grouped(left)} {operator} {_grouped(right)})"
        case Relation(operator, left, right):
            return f"({_grouped(left)} {operator.value} {_grouped(right)})"
        case Call(function, arguments):
            return f"{function.text}({', '.join(map(_grouped, arguments))})"
        case If(_, then, otherwise):
            return f"if({_grouped(then)}, {_grouped(otherwise)})"
        case _:
            raise AssertionError(f"no expression: {node!r}")


def refused(text: str) -> Diagnostic:
    """The first diagnostic of a text that is no query."""
    with pytest.raises(QueryError) as caught:
        parse(text)
    return caught.value.diagnostics[0]


# ---- expressions


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a + b * c", "(a + (b * c))"),
        ("a - b - c", "((a - b) - c)"),
        ("a / b / c", "((a / b) / c)"),
        ("a / b * c % d", "(((a / b) * c) % d)"),
        ("a - (b - c)", "(a - (b - c))"),
        ("-a * b", "((-a) * b)"),
        ("-(a + b)", "(-(a + b))"),
        ("a - -b", "(a - (-b))"),
        ("--a", "(-(-a))"),
        ("a + b > c * 2", "((a + b) > (c * 2))"),
        ("(a > b) + 1", "((a > b) + 1)"),
        ("(a = b) == (c != d)", "((a = b) = (c != d))"),
        ("bytes/1024", "(bytes / 1024)"),
        ("bytes /24", "(bytes / 24)"),
        ("a*b", "(a * b)"),
        ("a -1", "(a - 1)"),
        ("end-start", "end-start"),
        ("end - start", "(end - start)"),
        ("interface-id", "interface-id"),
        ("8 * bytes / (end - start)", "((8 * bytes) / (end - start))"),
        ("10MB + 1_000 + 0.5 + 1Ki", "(((10MB + 1_000) + 0.5) + 1Ki)"),
        ("start + 1h30m", "(start + 1h30m)"),
        ("ROUND(a / b, 2)", "round((a / b), 2)"),
        ("coalesce(a, b, 'x y')", 'coalesce(a, b, "x y")'),
        ('concat(a, "-", b) ', 'concat(a, "-", b)'),
        ("lower(action)", "lower(action)"),
        ("prefix(srcaddr, 24, 48)", "prefix(srcaddr, 24, 48)"),
        ("bucket(start, 5m)", "bucket(start, 5m)"),
        ("$limit * 2", "($limit * 2)"),
        ("round()", "round()"),
        ("if(a:b, 1, 2) + 1", "(if(1, 2) + 1)"),
        ("if(a, if(b, 1, 2), 3)", "if(if(1, 2), 3)"),
    ],
)
def test_expressions(text: str, tree: str) -> None:
    assert grouped(text) == tree


def test_spans_of_expressions_cover_their_parentheses() -> None:
    text = "* | eval x = (a + b) * -c, yy = d"
    (evaluated,) = parse(text).stages
    assert isinstance(evaluated, EvalStage)
    assert evaluated.span == Span(4, len(text))
    first, second = evaluated.assignments
    assert text[first.span.start : first.span.end] == "x = (a + b) * -c"
    assert text[second.span.start : second.span.end] == "yy = d"
    assert isinstance(first.expression, Arithmetic)
    product, negative = first.expression, first.expression.right
    assert text[product.span.start : product.span.end] == "(a + b) * -c"
    assert text[negative.span.start : negative.span.end] == "-c"


def test_the_condition_of_an_if_is_a_filter() -> None:
    choice = expression("if(action:REJECT dstport in (22, 80) OR bytes > 5, 1, 2)")
    assert isinstance(choice, If)
    assert isinstance(choice.condition, Or)
    assert isinstance(expression("if(a==b, 1, 2)").condition, Comparison)  # type: ignore[union-attr]
    assert isinstance(expression("if(port:22,80,1)").condition, Comparison)  # type: ignore[union-attr]
    assert isinstance(expression("if(*, 1, 2)").condition, Everything)  # type: ignore[union-attr]
    assert expression('if(a, "x, y", b)').then == Literal("x, y", Span(19, 25), quoted=True)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("(a) + ((b))", "a + b"),
        ("a + (b + c)", "a + (b + c)"),
        ("(a * b) + c", "a * b + c"),
        ("(a + b) * c", "(a + b) * c"),
        ("a / (b * c)", "a / (b * c)"),
        ("-(-a)", "-(-a)"),
        ("-(a * b)", "-(a * b)"),
        ("(-a) * b", "-a * b"),
        ("(a < b) + (c = d)", "(a < b) + (c == d)"),
        ("if( a OR b c , 1 , 'x' )", 'if(a OR (b AND c), 1, "x")'),
    ],
)
def test_canonical_expressions(text: str, printed: str) -> None:
    query = parse(f"* | eval x = {text}")
    assert canonical(query) == f"* | eval x = {printed}"
    assert without_spans(parse(canonical(query))) == without_spans(query)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 101 + "a" + ")" * 101,
        "-" * 101 + "a",
        " + ".join("a" * 102),
        "round(" * 101 + "a" + ")" * 101,
        "if(a, " * 101 + "b" + ", c)" * 101,
        f"if({'NOT ' * 100}a, 1, 2)",
    ],
)
def test_deep_expressions_are_refused(text: str) -> None:
    assert refused(f"* | eval x = {text}").code == "nesting-too-deep"


@pytest.mark.parametrize(
    "text",
    [
        "-" * NESTING_MAX + "a",
        " - ".join("a" * (NESTING_MAX + 1)),
        "a - (" * (NESTING_MAX - 1) + "-a" + ")" * (NESTING_MAX - 1),
        "if(a, " * NESTING_MAX + "b" + ", c)" * NESTING_MAX,
        f"if({'NOT ' * (NESTING_MAX - 1)}a, 1, 2)",
    ],
)
def test_expressions_up_to_the_limit_are_safe_to_walk(text: str) -> None:
    query = parse(f"* | eval x = {text}")
    assert without_spans(parse(canonical(query))) == without_spans(query)
    assert query == parse(query.text)
    assert repr(query)


def test_queries_within_conditions_within_queries_count_as_nested() -> None:
    def nested(depth: int, opening: str, closing: str) -> str:
        return opening * depth + "a" + closing * depth

    for opening, closing in (
        ("x in (b | where ", " | fields x)"),
        ("x in (b | stats count() if (", ") | fields x)"),
        ("x in (b | eval c = if(", ", 1, 2) | fields x)"),
    ):
        assert refused(nested(NESTING_MAX, opening, closing)).code == "nesting-too-deep"
        query = parse(nested(30, opening, closing))
        assert without_spans(parse(canonical(query))) == without_spans(query)
        assert repr(query)


# ---- where, and the notes that conditions carry


def test_where_is_a_filter() -> None:
    where = stage("where dstport < 1024")
    assert isinstance(where, WhereStage)
    assert isinstance(where.clause, Comparison)
    assert where.span == Span(4, 24)
    assert isinstance(stage("filter a (b OR c)"), WhereStage)
    (first, second) = parse("x | where a || b | where c").stages
    assert isinstance(first, WhereStage)
    assert isinstance(first.clause, Or)
    assert isinstance(second, WhereStage)
    assert isinstance(second.clause, Bare)


@pytest.mark.parametrize(
    "text",
    [
        "* | where a OR b c",
        "* | stats count() if (a OR b c)",
        "* | stats count() as n if (a OR b c)",
        "* | timechart 5m count() if (a OR b c)",
        "* | top 5 x by count() if (a OR b c)",
        "* | eval x = 1 + round(if(a OR b c, 1, 2))",
        "* | eval x = if(a OR b c, 1, 2) > 1, y = 2",
        "x in (y | where a OR b c | fields x)",
        "* | where x in (y a OR b c | fields x)",
    ],
)
def test_mixed_connectives_are_told_wherever_they_stand(text: str) -> None:
    (span,) = parse(text).mixed_or
    assert text[span.start : span.end].endswith("a OR b c")


def test_parentheses_settle_mixed_connectives() -> None:
    assert parse("* | where a OR (b c) | stats count() if ((a OR b) c)").mixed_or == ()


# ---- keys, aggregates and conditions


@pytest.mark.parametrize(
    ("text", "prefix", "bucket"),
    [
        ("srcaddr", None, None),
        ("srcaddr/24", (24, None), None),
        ("srcaddr /24", (24, None), None),
        ("srcaddr/24/48", (24, 48), None),
        ("srcaddr/0/0", (0, 0), None),
        ("start 5m", None, "5m"),
        ("start 1h30m", None, "1h30m"),
    ],
)
def test_keys(text: str, prefix: tuple[int, int | None] | None, bucket: str | None) -> None:
    for before in ("stats count() by ", "timechart 5m count() by ", "top 5 ", "rare "):
        grouping = stage(f"{before}{text}")
        assert isinstance(grouping, StatsStage | TimechartStage | TopStage)
        key = grouping.key if isinstance(grouping, TopStage) else grouping.keys[0]
        assert key.column.text == text.partition("/")[0].partition(" ")[0]
        assert (key.prefix, key.bucket.text if key.bucket else None) == (prefix, bucket)
        assert key.span == Span(4 + len(before), 4 + len(before) + len(text))


def test_name_and_condition_stand_in_either_order() -> None:
    first, second = stage("stats count() if (a:b) as n"), stage("stats count() as n if (a:b)")
    assert isinstance(first, StatsStage)
    assert isinstance(second, StatsStage)
    for grouping in (first, second):
        (aggregate,) = grouping.aggregates
        assert aggregate.alias is not None
        assert aggregate.alias.text == "n"
        assert isinstance(aggregate.condition, Comparison)
        assert aggregate.span == Span(10, 31)


@pytest.mark.parametrize(
    "name", ["count", "sum", "avg", "min", "max", "dc", "p1", "p50", "p99", "first", "last", "values"]
)
def test_functions(name: str) -> None:
    grouping = stage(f"stats {name.upper()}(bytes)")
    assert isinstance(grouping, StatsStage)
    assert grouping.aggregates == (
        Aggregate(
            Name(name, Span(10, 10 + len(name))),
            Name("bytes", Span(11 + len(name), 16 + len(name))),
            None,
            grouping.aggregates[0].span,
        ),
    )


def test_top_and_rare() -> None:
    top, rare = stage("top 5 srcaddr/24 by bytes"), stage("rare action")
    assert isinstance(top, TopStage)
    assert isinstance(rare, TopStage)
    assert (top.row_count, top.rarest, top.key.prefix) == (5, False, (24, None))
    assert isinstance(top.measure, Name)
    assert (rare.row_count, rare.rarest, rare.measure) == (10, True, None)
    by = stage("rare 3 srcaddr by bytes if (a b)")
    assert isinstance(by, TopStage)
    assert isinstance(by.measure, Aggregate)
    assert (by.measure.function.text, by.measure.argument and by.measure.argument.text) == ("sum", "bytes")
    assert isinstance(by.measure.condition, And)


def test_timechart() -> None:
    chart = stage("timechart 5m sum(bytes), count as n by action, srcaddr/24")
    assert isinstance(chart, TimechartStage)
    assert chart.bucket == Literal("5m", Span(14, 16))
    assert [each.function.text for each in chart.aggregates] == ["sum", "count"]
    assert [key.column.text for key in chart.keys] == ["action", "srcaddr"]
    assert stage("timechart 1d count()") == TimechartStage(
        Literal("1d", Span(14, 16)),
        (Aggregate(Name("count", Span(17, 22)), None, None, Span(17, 24)),),
        (),
        Span(4, 24),
    )


# ---- the other stages


def test_stages_that_name_columns() -> None:
    assert stage("rename a as b, c AS d") == RenameStage(
        (
            Renaming(Name("a", Span(11, 12)), Name("b", Span(16, 17)), Span(11, 17)),
            Renaming(Name("c", Span(19, 20)), Name("d", Span(24, 25)), Span(19, 25)),
        ),
        Span(4, 25),
    )
    assert stage("dedup a, b") == DedupStage((Name("a", Span(10, 11)), Name("b", Span(13, 14))), Span(4, 14))
    assert stage("tail") == TailStage(10, Span(4, 8))
    assert stage("tail 1_000") == TailStage(1000, Span(4, 14))
    assert stage("facets") == FacetsStage(10, Span(4, 10))
    assert stage("facets 5") == FacetsStage(5, Span(4, 12))


def test_lookup() -> None:
    assert stage("lookup @assets on srcaddr as src") == LookupStage(
        ListName("assets", Span(11, 18)),
        Name("srcaddr", Span(22, 29)),
        Name("src", Span(33, 36)),
        Span(4, 36),
    )
    plain = stage("LOOKUP @a.b ON src-addr")
    assert isinstance(plain, LookupStage)
    assert (plain.list.name, plain.column.text, plain.prefix) == ("a.b", "src-addr", None)


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("select a, count(*) as n group by a", "select a, count(*) as n group by a"),
        ("SELECT * FROM log  ", "SELECT * FROM log"),
        ("select*", "select*"),
        ("select a || 'x | y' || \"b | c\" || `d | e`", "select a || 'x | y' || \"b | c\" || `d | e`"),
        ("select 'it''s | '' it'", "select 'it''s | '' it'"),
        ("select (a | b), f((1 | 2), 3)", "select (a | b), f((1 | 2), 3)"),
        ("select a\n-- it's | nothing\n, b", "select a\n-- it's | nothing\n, b"),
        ("select a /* it's | nothing */, b", "select a /* it's | nothing */, b"),
        ("select a # it's | nothing\n, b", "select a # it's | nothing\n, b"),
        ("select a - b / c, '-- x'", "select a - b / c, '-- x'"),
    ],
)
def test_sql_runs_to_a_single_bar(text: str, sql: str) -> None:
    for after in ("", "| count", "\n| where a"):
        query = parse(f"* | {text}\n{after}")
        select = query.stages[0]
        assert select == SelectStage(sql, Span(4, 4 + len(sql)))
        assert len(query.stages) == 1 + bool(after)
        assert without_spans(parse(canonical(query))) == without_spans(query)


def test_sql_in_a_subquery_ends_before_its_parenthesis() -> None:
    query = parse("src in (a | select src from log where (b) in (1, 2)) dst:c | count")
    assert isinstance(query.filter, And)
    comparison = query.filter.items[0]
    assert isinstance(comparison, Comparison)
    assert comparison.operator is Operator.IN
    assert isinstance(comparison.value, Subquery)
    (select,) = comparison.value.query.stages
    assert isinstance(select, SelectStage)
    assert select.sql == "select src from log where (b) in (1, 2)"


@pytest.mark.parametrize(
    "text", ["src in (::/0, a) | eval x = a / b | count", "ip:(2001:db8::/32 AND a) | select 1 / 2 | count"]
)
def test_an_ipv6_prefix_and_a_division_are_no_regular_expression_that_hides_a_parenthesis(text: str) -> None:
    assert len(parse(text).stages) == 2


def test_printed_sql_stands_on_one_line_and_keeps_quoted_texts() -> None:
    text = "* | select a,\n\t'x  \n y' -- no | more\n ,\"b  c\" /* | */ from   log # why\n limit 5"
    assert canonical(parse(text)) == "* | select a, 'x  \n y' ,\"b  c\" from log limit 5"


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("filter a", "where a"),
        ("where a b OR c", "where (a AND b) OR c"),
        ("EVAL a=b+1,c=a", "eval a = b + 1, c = a"),
        ("rename a AS b", "rename a as b"),
        ("tail", "tail 10"),
        ("dedup a,b", "dedup a, b"),
        ("rare srcaddr", "rare 10 srcaddr"),
        ("top srcaddr /24/48 by sum( bytes ) IF ( a )", "top 10 srcaddr/24/48 by sum(bytes) if (a)"),
        ("top start  5m", "top 10 start 5m"),
        ("stats count as n if (a), P95(b) by c, d/24", "stats count() if (a) as n, p95(b) by c, d/24"),
        ("timechart 5m count by a", "timechart 5m count() by a"),
        ("facets", "facets 10"),
        ("lookup  @l  on  a  as  b", "lookup @l on a as b"),
    ],
)
def test_canonical_stages(text: str, printed: str) -> None:
    query = parse(f"* | {text}")
    assert canonical(query) == f"* | {printed}"
    assert without_spans(parse(canonical(query))) == without_spans(query)


EXAMPLES = [
    (
        "action:REJECT | stats count() as n, dc(dstport) as ports, sum(bytes) by srcaddr, dstaddr/24 "
        "| sort -n | head 20"
    ),
    "* | stats count() if (action:REJECT) by interface-id",
    "last 1d | timechart 5m sum(bytes) by action",
    "last 1h | eval kb = bytes / 1024 | stats p95(kb), max(kb) by interface-id",
    "action:REJECT | where dstport < 1024 | fields start, srcaddr, dstaddr, dstport",
    "srcaddr in (last 1h action:REJECT | stats count() as n by srcaddr | where n > 100 | fields srcaddr)",
    (
        "action:REJECT | select srcaddr, count(*) as n, sum(bytes) as b group by srcaddr having n > 10 "
        "order by b desc limit 5"
    ),
]
"""Of the language's design those that no golden file holds."""


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_of_the_language_survive_printing(text: str) -> None:
    query = parse(text)
    assert without_spans(parse(canonical(query))) == without_spans(query)


def test_a_long_list_of_conditions_takes_little_time() -> None:
    several = ", ".join(f"count() if (dstport:{i}) as n{i}" for i in range(2_000))
    grouping = stage(f"stats {several}")
    assert isinstance(grouping, StatsStage)
    assert len(grouping.aggregates) == 2_000
    assert grouping.keys == ()
