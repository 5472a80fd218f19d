"""A user's SELECT: what it may be, what its names mean, what is told of others, and what it gives."""

from typing import Any

import pytest
from residual_rows import ACTION, BYTES, DURATION, NETWORK, NONE, PORT, ROAD, SRC, START, Rows, at, counted

from flowql.errors import LimitError
from flowql.execution.residual.failures import SelectFailedError
from flowql.plan.logical import Column, Head, Select, Sort, SortKey, Tail
from flowql.plan.sql import SelectError, check_select
from flowql.schema import DEFAULT_SCHEMA, Kind

COLUMNS = tuple(Column(field.name, field.kind) for field in DEFAULT_SCHEMA.fields)


def checked(sql: str, columns: tuple[Column, ...] = COLUMNS) -> str:
    """The SQL as it is checked, without what is the same everywhere."""
    return check_select(sql, columns).sql.removeprefix("SELECT ").replace(' FROM "log"', "")


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select interface-id", '"interface-id" AS "interface-id"'),
        ("SELECT Interface_ID", '"interface-id" AS "interface-id"'),
        ("select eni", '"interface-id" AS "interface-id"'),
        ("select Log-Status", '"log-status" AS "log-status"'),
        ("select log.status", '"log-status" AS "log-status"'),
        ("select src-addr, dst.ip", '"srcaddr" AS "srcaddr", "dstaddr" AS "dstaddr"'),
        ('select "Log_Status", "SRC"', '"log-status" AS "log-status", "srcaddr" AS "srcaddr"'),
        ("select bytes-packets", '"bytes" - "packets" AS "bytes - packets"'),
        ("select bytes-1 as less", '"bytes" - 1 AS "less"'),
        ("select end-start as d", '"end" - "start" AS "d"'),
        ("select end - start as d from log", '"end" - "start" AS "d"'),
        ("select case when end>5 then end else start end as e", 'CASE WHEN "end" > 5 THEN "end" ELSE "start" END AS "e"'),
        ("select case action when 'x' then 1 end, end as z", """CASE "action" WHEN 'x' THEN 1 END AS "CASE action WHEN 'x' THEN 1 END", "end" AS "z\""""),
        ("select 'src' as x, action", """'src' AS "x", "action" AS "action\""""),
        ("select bytes -- src\n, packets /* dst */", '"bytes" AS "bytes", "packets" AS "packets"'),
        ("select src as src, count(*) group by src", '"srcaddr" AS "src", COUNT(*) AS "count" GROUP BY "src"'),
        ("select srcaddr src, count(*) c group by src", '"srcaddr" AS "src", COUNT(*) AS "c" GROUP BY "src"'),
        ("select srcaddr as src-owner order by src-owner", '"srcaddr" AS "src-owner" ORDER BY "src-owner"'),
        ("select sum(bytes) as start", 'SUM("bytes") AS "start"'),
        ("select bytes from LOG l where l.bytes > 5", '"bytes" AS "bytes" WHERE "bytes" > 5'),
        ("select 1;", '1 AS "1"'),
        ("select sum(bytes), max(end), count(distinct dstport), bytes/8", 'SUM("bytes") AS "sum_bytes", MAX("end") AS "max_end", COUNT(DISTINCT "dstport") AS "count(DISTINCT dstport)", "bytes" / 8 AS "bytes / 8"'),
        ("select row_number() over (order by bytes nulls first) as r qualify r = 1", 'ROW_NUMBER() OVER (ORDER BY "bytes" NULLS FIRST) AS "r" QUALIFY "r" = 1'),
        ("select bytes limit 5 offset 2", '"bytes" AS "bytes" LIMIT 5 OFFSET 2'),
    ],
)  # fmt: skip
def test_names_are_those_of_the_columns(sql: str, expected: str) -> None:
    assert checked(sql) == expected


def test_a_column_named_so_goes_before_an_alias_and_before_sql() -> None:
    columns = (*COLUMNS, Column("src", Kind.COUNT), Column("count", Kind.COUNT), Column("first", Kind.COUNT))
    assert checked("select src, count, count(*) as n, max(first)", columns) == (
        '"src" AS "src", "count" AS "count", COUNT(*) AS "n", MAX("first") AS "max_first"'
    )
    assert (
        checked("select bytes order by src nulls first", columns)
        == '"bytes" AS "bytes" ORDER BY "src" NULLS FIRST'
    )
    hyphened = (
        Column("bytes", Kind.COUNT),
        Column("packets", Kind.COUNT),
        Column("bytes-packets", Kind.COUNT),
    )
    assert checked("select bytes-packets", hyphened) == '"bytes-packets" AS "bytes-packets"'


def test_a_star_is_the_columns_and_not_those_that_could_be_computed() -> None:
    computed = (Column("bps", Kind.REAL, is_virtual=True),)
    found = check_select("select *, bps", (BYTES, ACTION), computed)
    assert found.sql == 'SELECT "bytes" AS "bytes", "action" AS "action", "bps" AS "bps" FROM "log"'
    assert found.columns == (BYTES, ACTION, *computed)
    assert check_select("select count(*)", (BYTES, ACTION), computed).columns == ()
    assert check_select("select action where BPS > 1", (BYTES, ACTION), computed).columns == (
        ACTION,
        *computed,
    )


@pytest.mark.parametrize(
    ("sql", "message", "place"),
    [
        ("select * from read_csv('x')", "select has no function read_csv", "read_csv"),
        ("select getenv('HOME')", "select has no function getenv", "getenv"),
        ("select current_setting('x')", "select has no function current_setting", "current_setting"),
        ("select \"read_csv\"('x')", "no function is called read_csv", '"read_csv"'),
        ("select random()", "select has no function random", "random"),
        ("select now()", "select has no function now", "now"),
        ("select current_date", "CURRENT_DATE is not supported in select", "current_date"),
        ("select bytes::json", "JSON is not supported in select", "json"),
        ("select repeat('x', 1000000000)", "select has no function repeat", "repeat"),
        ("select * from 'x.csv'", "select reads the rows so far, as the table log, and no other", "'x.csv'"),
        ("select bytes from flows", "select reads the rows so far, as the table log, and no other", "flows"),
        ("select bytes from other.log", "select reads the rows so far, as the table log, and no other", "other.log"),
        ("select bytes from log, log", "select reads one table, the rows so far: a join is not supported", "log"),
        ("select bytes from log union select 1", "select is one SELECT: a set operation is not supported", None),
        ("select 1; select 2", "select is one statement: a second one is not supported", "; select 2"),
        ("select 1; drop table log", "select is one statement: a second one is not supported", "; drop table log"),
        ("select bytes into x", "select writes nothing: INTO is not supported", "x"),
        ("select bytes using sample 10%", "select gives the same rows every time: a sample is not supported", "10"),
        ("select $1", "select has no parameters: put a stage such as `where` before it", None),
        ("select ?", "select has no parameters: put a stage such as `where` before it", None),
        ("selct x", "expected SELECT, found selct", "selct"),
        ("copy log to 'x'", "expected SELECT, found copy", "copy"),
        ("explain select 1", "expected SELECT, found explain", "explain"),
        ("select 'abc", "a quote is not closed", "'"),
        ("select bytes /* abc", "a comment is not closed", "/*"),
        ("select bytes)", "this is no SELECT of SQL: unexpected )", ")"),
        ("select distinct on (action) bytes", "DISTINCT ON is not supported in select: put `dedup` before it", "action"),
        ("select * exclude (bytes)", "* takes no EXCLUDE, REPLACE or RENAME: name the columns", None),
        ("select (select 1)", "select reads the rows once, so that a subquery cannot read them again: write two stages", "1"),
        ("select bytes where bytes in (select 1)", "select reads the rows once, so that a subquery cannot read them again: write two stages", "1"),
        ("with a as (select 1) select * from a", "select is one SELECT: WITH is not supported, write its SELECT as a stage of its own before", None),
        ("select x.bytes", "there is no table x here, only log", "x.bytes"),
    ],
)  # fmt: skip
def test_what_is_refused(sql: str, message: str, place: str | None) -> None:
    with pytest.raises(SelectError) as caught:
        check_select(sql, COLUMNS)
    error = caught.value
    assert error.message == message
    if place is not None:
        assert sql[error.start : error.end] == place


@pytest.mark.parametrize(
    ("sql", "proposed"),
    [
        ("select srcadr, bytes", "select srcaddr, bytes"),
        ("select count(*) group by acton", "select count(*) group by action"),
        ("select summ(bytes)", "select sum(bytes)"),
        ("select bytes, bytes", "select bytes, bytes as bytes_2"),
        ("select bytes from flows", "select bytes from log"),
    ],
)
def test_proposals_are_accepted(sql: str, proposed: str) -> None:
    with pytest.raises(SelectError) as caught:
        check_select(sql, COLUMNS)
    error = caught.value
    assert sql[: error.start] + error.proposals[0] + sql[error.end :] == proposed
    check_select(proposed, COLUMNS)


def test_an_unknown_column_has_its_place_behind_names_that_were_quoted() -> None:
    sql = "select interface-id, eni as x where Log-Status = 'OK' and nowhere > 5"
    with pytest.raises(SelectError, match='unknown column "nowhere"') as caught:
        check_select(sql, COLUMNS)
    assert sql[caught.value.start : caught.value.end] == "nowhere"


@pytest.mark.parametrize(
    "sql",
    ["select " + "(" * 3000 + "1" + ")" * 3000, "select " + "1 + " * 3000 + "1", "select " + "x" * 200_000],
)
def test_what_is_too_much_is_refused_not_a_defect(sql: str) -> None:
    with pytest.raises(SelectError):
        check_select(sql, COLUMNS)


# ---- what it gives


def selected(sql: str, rows: Rows) -> list[tuple[Any, ...]]:
    """The rows of a SELECT."""
    return rows.through(select(sql, rows.columns))


def select(sql: str, columns: tuple[Column, ...]) -> Select:
    """The stage."""
    found = check_select(sql, columns)
    return Select(NONE, found.sql, ROAD.select_columns(found.sql, columns))


LOG = Rows(
    (START, SRC, PORT, BYTES, ACTION),
    (
        (at(100), "10.0.0.9", 22, 5, "REJECT"),
        (at(90.5), "10.0.0.10", 80, None, "accept"),
        (at(80), None, None, 7, None),
        (at(70), "2001:db8::1", 443, 7, "ACCEPT"),
        (None, "10.0.0.9", 22, 1, "REJECT"),
    ),
)


def test_the_example_of_the_language() -> None:
    sql = (
        "select srcaddr, count(*) as n, sum(bytes) as b group by srcaddr having n > 0 order by b desc limit 5"
    )
    # Of one measure the keys decide: as texts, missing last.
    assert selected(sql, LOG) == [
        ("2001:db8::1", 1, 7),
        (None, 1, 7),
        ("10.0.0.9", 2, 6),
        ("10.0.0.10", 1, None),
    ]


def test_times_are_epoch_seconds_and_durations_seconds() -> None:
    assert selected("select start, start - 60 as before", LOG)[:3] == [
        (100.0, 40.0),
        (90.5, 30.5),
        (80.0, 20.0),
    ]
    rows = Rows((DURATION, NETWORK), ((at(90), "10.0.0.0/8"), (None, None)))
    assert selected("select duration, net", rows) == [(90.0, "10.0.0.0/8"), (None, None)]
    clock = "select strftime(to_timestamp(start), '%H:%M:%S') as t, date_trunc('minute', to_timestamp(start)) as m"
    assert selected(clock, LOG)[1] == ("00:01:30", at(60))


@pytest.mark.parametrize(
    ("expression", "kind", "value"),
    [
        ("bytes", Kind.COUNT, 5),
        ("sum(bytes)", Kind.COUNT, 20),
        ("avg(bytes)", Kind.REAL, 5.0),
        ("bytes / 2", Kind.REAL, 2.5),
        ("1.5", Kind.REAL, 1.5),
        ("bytes > 1", Kind.TEXT, "true"),
        ("srcaddr", Kind.TEXT, "10.0.0.9"),
        ("to_timestamp(start)", Kind.TIME, at(100)),
        ("cast(to_timestamp(start) as date)", Kind.TIME, 0),
        ("null", Kind.TEXT, None),
        ("[bytes, 1]", Kind.TEXT, "[5, 1]"),
        ("interval 5 minute", Kind.TEXT, "00:05:00"),
        ("bytes / 0", Kind.REAL, None),
        ("bytes % 0", Kind.COUNT, None),
        ("length(action)", Kind.COUNT, 6),
        ("dstport", Kind.COUNT, 22),
    ],
)
def test_kinds_of_the_outcome(expression: str, kind: Kind, value: Any) -> None:
    stage = select(f"select {expression} as x", LOG.columns)
    assert stage.columns == (Column("x", kind),)
    assert LOG.through(stage)[0] == (value,)


def test_plain_rows_stay_in_the_order_of_the_input() -> None:
    assert [row[0] for row in selected("select dstport", LOG)] == [22, 80, None, 443, 22]
    assert [row[0] for row in selected("select dstport where bytes is not null limit 2", LOG)] == [22, None]
    assert selected("select dstport, bytes order by dstport desc", LOG) == [
        (443, 7), (80, None), (22, 5), (22, 1), (None, 7)
    ]  # fmt: skip
    numbered = "select dstport, row_number() over (order by bytes, dstport) as n"
    assert selected(numbered, LOG) == [(22, 2), (80, 5), (None, 4), (443, 3), (22, 1)]


def test_groups_and_distinct_rows_have_a_total_order() -> None:
    assert selected("select count(*) as n group by action", LOG) == [(1,), (2,), (1,), (1,)]
    assert selected("select action, count(*) as n group by 1 order by n", LOG) == [
        ("ACCEPT", 1), ("accept", 1), (None, 1), ("REJECT", 2)
    ]  # fmt: skip
    assert selected("select distinct action, dstport", LOG) == [
        ("ACCEPT", 443), ("REJECT", 22), ("accept", 80), (None, None)
    ]  # fmt: skip
    assert selected("select action, count(*) as n group by all", LOG)[0] == ("ACCEPT", 1)
    assert selected("select sum(bytes) as b, count(*) as n having n > 9", LOG) == []


def test_stages_before_and_behind() -> None:
    by_bytes = Sort(NONE, (SortKey(BYTES, descending=True),))
    ports = select("select dstport where bytes is not null", LOG.columns)
    assert LOG.through(by_bytes, ports) == [(None,), (443,), (22,), (22,)]
    assert LOG.through(by_bytes, ports, Tail(NONE, 3), Head(NONE, 1)) == [(443,)]
    n = counted("n")
    counts = select("select dstport, count(*) as n group by dstport", LOG.columns)
    again = select("select max(n) as m, sum(n) as s", (Column("dstport", Kind.COUNT), n))
    assert LOG.through(counts, again) == [(2, 5)]


def test_a_sum_past_64_bits_ends_the_query() -> None:
    rows = Rows((BYTES,), (((1 << 63) - 1,), (1,)))
    with pytest.raises(LimitError):
        selected("select sum(bytes) as b", rows)
    with pytest.raises(LimitError) as caught:
        selected("select bytes + 1 as b", rows)
    assert caught.value.limit_name == "integer_max"
    assert selected("select sum(bytes) / 2 as b", rows) == [(float(1 << 62),)]


def test_what_fails_over_the_rows_is_an_error_of_the_user() -> None:
    with pytest.raises(SelectFailedError, match="select: Could not convert string 'REJECT' to INT32"):
        selected("select cast(action as int) as x", LOG)
    with pytest.raises(SelectError, match="sum"):
        select("select sum(action) as x", LOG.columns)
    with pytest.raises(SelectError, match="GROUP BY"):
        select("select action, count(*) as n", LOG.columns)


def test_a_select_over_no_columns() -> None:
    assert selected("select 1 as one", LOG) == [(1,)] * 5
    assert selected("select count(*) as n", LOG) == [(5,)]
    assert selected("select count(*) as n", Rows(LOG.columns, ())) == [(0,)]
