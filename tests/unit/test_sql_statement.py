"""The statement that stages become: its text, its functions, names of any kind, chains of any length."""

from dataclasses import replace
from typing import Any

import pytest
from residual_rows import ACTION, BYTES, NONE, SRC, START, Given, Rows, at, counted, field

from flowql.buckets import Bucket
from flowql.plan import expressions as x
from flowql.plan import predicates as p
from flowql.plan.logical import (
    Aggregate,
    Column,
    Computed,
    Dedup,
    Extend,
    Facets,
    Filter,
    Head,
    Key,
    Measure,
    Project,
    Rename,
    Sort,
    SortKey,
    Tail,
    Top,
)
from flowql.plan.sql import Statement, statement
from flowql.plan.sql.functions import Shown, StartOf
from flowql.schema import Kind
from flowql.values import SECOND_NS
from flowql.zones import UTC

COUNT = Measure("count", None, counted("count"))


def lowered(columns: tuple[Column, ...], *stages: Any) -> Statement:
    """The statement of stages."""
    node: Any = Given(columns)
    chained = []
    for stage in stages:
        node = replace(stage, input=node)
        chained.append(node)
    return statement(chained, columns)


def test_a_statement_reads_as_it_runs() -> None:
    few = p.Not(p.InRanges(field(BYTES), ((0, 5),)))
    found = lowered((ACTION, BYTES), Filter(NONE, few), Aggregate(NONE, (Key(ACTION, ACTION),), (COUNT,)))
    assert found.text == (
        "WITH s1 AS NOT MATERIALIZED (\n"
        "  SELECT\n"
        '    "action",\n'
        '    "bytes"\n'
        '  FROM "input"\n'
        "  WHERE\n"
        "    NOT COALESCE((\n"
        '      "bytes" >= CAST(0 AS BIGINT) AND "bytes" <= CAST(5 AS BIGINT)\n'
        "    ), FALSE)\n"
        "), s2 AS NOT MATERIALIZED (\n"
        "  SELECT\n"
        '    "action" AS "action",\n'
        '    COUNT(*) AS "count"\n'
        '  FROM "s1"\n'
        "  GROUP BY\n"
        '    "action"\n'
        ")\n"
        "SELECT\n"
        '  "action",\n'
        '  "count"\n'
        'FROM "s2"\n'
        "ORDER BY\n"
        "  CASE\n"
        '    WHEN STRLEN("action") = LENGTH("action")\n'
        '    THEN LOWER("action")\n'
        "    ELSE TRANSLATE(\"action\", 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')\n"
        "  END ASC,\n"
        '  "action" ASC'
    )
    assert not found.needs_place
    assert found.functions == ()
    assert not found.has_select


def test_a_function_that_serves_twice_is_there_once() -> None:
    bucket = Bucket(60 * SECOND_NS, UTC)
    shown = x.Concat((x.Read(START), x.Read(START), x.Read(SRC)))
    made = Extend(
        NONE,
        (
            Computed(Column("a", Kind.TEXT), shown),
            Computed(Column("b", Kind.TIME), x.Bucketed(x.Read(START), bucket)),
            Computed(Column("c", Kind.TIME), x.Bucketed(x.Read(START), Bucket(60 * SECOND_NS, UTC))),
        ),
    )
    found = lowered((START, SRC), made)
    assert [each.work for each in found.functions] == [Shown(Kind.TIME), Shown(Kind.ADDRESS), StartOf(bucket)]
    assert [each.name for each in found.functions] == ["flowql_1", "flowql_2", "flowql_3"]
    assert found.with_names("q7_").count("q7_flowql_1(") == 2
    assert "q7_" not in found.text, "the statement itself keeps its names"


@pytest.mark.parametrize(
    "name", ['we"ird', "it's", "-- x", "a;b", "select", "ключ", "a b", "log", "input", "s1", "#x"]
)
def test_columns_may_have_any_name(name: str) -> None:
    odd = Column(name, Kind.COUNT)
    rows = Rows((odd, ACTION), ((2, "b"), (1, "a"), (None, name)))
    double = x.Arithmetic(x.Operation.ADD, x.Read(odd), x.Read(odd), Kind.COUNT)
    assert rows.through(
        Filter(NONE, p.Exists(field(odd))),
        Extend(NONE, (Computed(counted("double"), double),)),
        Sort(NONE, (SortKey(odd, descending=False),)),
        Dedup(NONE, (odd,)),
        Rename(NONE, ((odd, counted(f"{name}!")),)),
        Project(NONE, (counted(f"{name}!"), counted("double"))),
    ) == [(1, 2), (2, 4)]
    group = Aggregate(NONE, (Key(odd, odd),), (Measure("max", ACTION, Column(f"{name}?", Kind.TEXT)),))
    assert rows.through(group) == [(1, "a"), (2, "b"), (None, name)]
    assert rows.through(Facets(NONE, 1))[0] == (name, "1", 1, 1 / 3)


@pytest.mark.parametrize("text", ["it's", "'; DROP TABLE x; --", "\\", "a\nb", '"', "%_*?", "é", "\x00"])
def test_texts_may_hold_anything(text: str) -> None:
    rows = Rows((ACTION,), ((text,), ("other",)))
    assert rows.through(Filter(NONE, p.TextEquals(field(ACTION), (text,)))) == [(text,)]
    assert rows.through(Filter(NONE, p.Like(field(ACTION), text, ()))) == [(text,)]
    made = Extend(NONE, (Computed(Column("x", Kind.TEXT), x.Constant(text, Kind.TEXT)),))
    assert rows.through(made)[1] == ("other", text)


def test_a_hundred_stages() -> None:
    rows = Rows((START, BYTES), tuple((at(100 - i), i) for i in range(10)))
    stages: list[Any] = []
    for number in range(24):
        more = x.Arithmetic(x.Operation.ADD, x.Read(BYTES), x.Constant(number, Kind.COUNT), Kind.COUNT)
        stages += [
            Extend(NONE, (Computed(counted(f"x{number}"), more),)),
            Sort(NONE, (SortKey(counted(f"x{number}"), descending=bool(number % 2)),)),
            Filter(NONE, p.InRanges(field(BYTES), ((0, 100 - number),))),
            Tail(NONE, 50 - number),
        ]
    stages += [Project(NONE, (BYTES,)), Top(NONE, 3, Key(BYTES, BYTES), COUNT), Head(NONE, 2)]
    assert rows.through(*stages) == [(0, 1, 0.1), (1, 1, 0.1)]


def test_a_filter_of_thousands_of_clauses() -> None:
    rows = Rows((ACTION,), (("v7",), ("w",)))
    wanted = p.Or(tuple(p.HasTokens(field(ACTION), f"v{i}") for i in range(3000)))
    assert rows.through(Filter(NONE, wanted)) == [("v7",)]
    assert rows.through(Filter(NONE, p.Not(wanted))) == [("w",)]
