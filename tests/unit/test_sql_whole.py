"""Whole queries as SQL: what a statement says of itself, what it needs of the table, what is refused."""

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

import flowql
from flowql.cli.program import run
from flowql.engine import Engine
from flowql.errors import UsageError
from flowql.plan.sql import NoSqlError

BEGIN = 1_544_709_600
"""2018-12-13T14:00:00Z"""
LOG = "".join(
    f"2 1 eni-{n % 3} 10.0.{n % 2}.{n} 2001:db8::{n} {40000 + n} {22 if n % 2 else 443} 6 10 {n * 100} {BEGIN + n // 2} "
    f"{BEGIN + 60} {'REJECT' if n % 4 == 0 else 'ACCEPT'} OK\n"
    for n in range(10)
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One topic of ten records, two a second, and a second topic of the same."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "flows.log").write_text(LOG)
    (folder / "lists").mkdir()
    (folder / "lists" / "assets.csv").write_text("network,owner\n10.0.0.0/8,infra\n")
    with flowql.open(folder / "store", lists=folder / "lists") as engine:
        engine.ingest([folder / "flows.log"], topic="default/a")
        engine.ingest([folder / "flows.log"], topic="default/b")
        yield engine


def needed(sql: str) -> list[str]:
    """The columns that the comments name."""
    comments = " ".join(line[2:].strip() for line in sql.splitlines() if line.startswith("--"))
    listed = comments.partition("no other, of it ")[2].partition(" These two make it")[0]
    return re.findall(r'"([^"]+)"', listed)


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("* | stats count() by dstport", ["dstport"]),
        ("action:REJECT | stats sum(bytes)", ["bytes", "action"]),
        ("* | count", []),
        ("last 1d | count", ["start"]),
        ("* | stats first(action)", ["start", "action", "_id"]),
        ("* | fields dstport | head 3", ["dstport", "start", "_id"]),
        ("from a | stats count() by dstport", ["dstport", "_id"]),
        ("* | top 3 topic", ["_id"]),
        ("duration>1s | count", ["start", "end"]),
        ("* | top 3 src-zone", ["srcaddr"]),
        ("* | stats dc(_source)", ["_source"]),
        ("srcaddr in (action:REJECT | fields srcaddr) | count", ["srcaddr", "action"]),
    ],
)
def test_no_more_is_needed_than_is_read(engine: Engine, query: str, columns: list[str]) -> None:
    sql = engine.sql(query, now=(BEGIN + 86_000) * 10**9)
    assert sorted(needed(sql)) == sorted(columns)
    kinds = {"start": "TIMESTAMPTZ", "end": "TIMESTAMPTZ", "dstport": "BIGINT", "bytes": "BIGINT"}
    with duckdb.connect() as connection:
        made = ", ".join(f'"{name}" {kinds.get(name, "VARCHAR")}' for name in columns or ["other"])
        connection.execute(f"CREATE TABLE flows ({made})")
        connection.sql(sql).fetchall()  # it binds: nothing else is read


def test_the_comments_say_what_was_asked(engine: Engine) -> None:
    sql = engine.sql("tz +08:00 from b since 2018-12-13T22:00 until 2018-12-14 REJECT", strict=True)
    lines = [line for line in sql.splitlines() if line.startswith("--")]
    assert lines[1] == "--   query   from b tz +08:00 since 2018-12-13T22:00 until 2018-12-14 REJECT"
    assert lines[2] == "--   range   [2018-12-13T22:00:00+08:00, 2018-12-14T00:00:00+08:00)"
    assert lines[3] == "--   topics  default/b"
    assert any("'from default/b | fields version, account-id," in line for line in lines)
    assert sql.endswith(";\n")
    assert not sql[sql.index("WITH") :].count("--")


def test_a_comment_ends_where_its_line_does(engine: Engine) -> None:
    sql = engine.sql('account-id:"x; \x1b[2J\x85"\n| count')
    head = sql[: sql.index("WITH")]
    assert all(line.startswith("--") for line in head.splitlines())
    assert not set(head) & {"\x1b", "\x85", "\r"}


def test_a_topic_of_several_is_told_by_its_id(engine: Engine, tmp_path: Path) -> None:
    """The table may hold more topics than are asked for, as long as it tells them apart."""
    query = "from b | fields _id, srcaddr, start | head 3"
    file = tmp_path / "flows.parquet"
    assert (
        run_program(
            engine, "search", "--format", "parquet", "--output", str(file), "* | fields srcaddr, start, _id"
        )
        == 0
    )
    with duckdb.connect() as connection:
        connection.read_parquet(str(file)).create_view("flows")
        rows = connection.sql(engine.sql(query)).fetchall()
    assert [(row[0], row[1]) for row in rows] == [
        ("default/b:9", "10.0.1.9"),
        ("default/b:8", "10.0.0.8"),
        ("default/b:7", "10.0.1.7"),
    ]
    assert [str(row[2]) for row in rows] == [
        "2018-12-13 14:00:04",
        "2018-12-13 14:00:04",
        "2018-12-13 14:00:03",
    ]


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("* | lookup @assets on srcaddr", "lookup @assets"),
        ("* | eval x = concat(bytes / 7) | fields x", "the text of a real number"),
        ("* | eval x = (end - start) * bps | fields x", "a duration times a real number"),
        ("explain 22", "explain"),
    ],
)
def test_what_sql_cannot_say_is_named(engine: Engine, query: str, part: str) -> None:
    with pytest.raises(NoSqlError) as raised:
        engine.sql(query)
    assert raised.value.part == part
    assert isinstance(raised.value, UsageError)
    assert raised.value.message.startswith(f"{part} has no exact form in SQL: ")


def test_the_settings_of_a_select_are_named(engine: Engine) -> None:
    setting = "--   SET error_on_division_by_zero = false;"
    assert setting in engine.sql("* | select bytes / packets as x from log").splitlines()
    assert setting not in engine.sql("* | stats sum(bytes)").splitlines()


def test_the_same_query_is_the_same_text(engine: Engine) -> None:
    query = "src in (REJECT | top 3 src | fields srcaddr) dst in (REJECT | fields dstaddr) service:ssh | top 3 service"
    assert engine.sql(query) == engine.sql(query)


def test_the_command_prints_the_statement(engine: Engine, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run_program(engine, "sql", "--param", "port=22", "dstport:$port", "|", "count") == 0
    out, err = capfdbinary.readouterr()
    assert out.decode() == engine.sql("dstport:$port | count", params={"port": "22"})
    assert not err


def test_the_command_refuses_in_words(engine: Engine, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run_program(engine, "sql", "profile", "*") == 2
    assert b"error: profile has no exact form in SQL" in capfdbinary.readouterr().err


def run_program(engine: Engine, *arguments: str) -> int:
    """The exit code of the program over the engine's store."""
    return run(["--store", str(engine.path), *arguments])
