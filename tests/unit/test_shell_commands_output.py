r"""What leaves the session: `\o`, `\last`, `\cli`, `\sql`, `\mode`; read back by what reads such things."""

import csv
import io
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from shell_screen import RECORD_COUNT, Screen, screen_over, small_store

import flowql
from flowql.cli.program import program
from flowql.engine import Engine
from flowql.lists import Lists


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine over a small store."""
    with flowql.open(small_store(tmp_path_factory.mktemp("shell"))) as engine:
        yield engine


@pytest.fixture
def screen(engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Screen:
    """A session over it, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return screen_over(engine)


def test_a_file_appears_whole_when_it_is_closed(screen: Screen, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("what was before")
    screen.after(rf"\o {path}", r"\mode csv")
    shown = screen.after("REJECT | fields srcport")
    assert shown.splitlines()[0] == "from flows REJECT | fields srcport"
    assert f"written to {path}" in shown
    assert path.read_text() == "what was before"
    assert f"{path}: 1 answer" in screen.after(r"\o")
    assert path.read_text().splitlines() == ["srcport", "40005", "40004", "40003", "40002", "40001", "40000"]
    assert list(tmp_path.glob(".*")) == []


def test_the_file_is_given_its_name_when_the_session_ends(screen: Screen, tmp_path: Path) -> None:
    screen.after(r"\o a.txt", "REJECT | count")
    screen.session.close()
    assert "count" in (tmp_path / "a.txt").read_text()


def test_a_second_answer_does_not_spoil_a_file_that_holds_one(screen: Screen) -> None:
    screen.after(r"\o a.csv", r"\mode csv", "REJECT")
    assert "csv cannot follow it" in screen.after("ACCEPT")
    assert "ndjson cannot follow it" in screen.after(r"\mode ndjson", "ACCEPT")
    screen.after(r"\o")
    assert len(list(csv.DictReader(io.StringIO(Path("a.csv").read_text())))) == 6


def test_several_answers_follow_each_other_in_ndjson(screen: Screen) -> None:
    screen.after(r"\o a.ndjson", r"\mode ndjson", "REJECT | count", "ACCEPT | count", r"\o")
    assert [json.loads(line) for line in Path("a.ndjson").read_text().splitlines()] == [
        {"count": 6},
        {"count": 12},
    ]


def test_an_answer_that_fails_leaves_nothing_behind(screen: Screen) -> None:
    screen.after(r"\o a.ndjson", r"\mode ndjson", "REJECT | count")
    screen.after(r'* | select cast("interface-id" as integer) as n')
    screen.after("ACCEPT | count", r"\o")
    assert Path("a.ndjson").read_text() == '{"count":6}\n{"count":12}\n'


def test_another_file_closes_the_one_before(screen: Screen) -> None:
    screen.after(r"\o a.txt", "REJECT | count", r"\o b.txt", "ACCEPT | count", r"\o")
    assert Path("a.txt").read_text().split() == ["count", "6"]
    assert Path("b.txt").read_text().split() == ["count", "12"]


def test_binary_formats_need_a_file(screen: Screen) -> None:
    assert r"\o FILE.parquet" in screen.after(r"\mode parquet", "REJECT")
    screen.after(r"\o a.parquet", "REJECT", r"\o")
    assert pq.read_table("a.parquet").num_rows == 6


def test_the_last_answer_is_shown_whole_in_any_format_without_a_search(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen.after(r"\set limit 2", "*")
    monkeypatch.setattr(Engine, "search", None)
    shown = screen.after(r"\last csv")
    rows = list(csv.DictReader(io.StringIO(shown[: shown.index("from flows")])))
    assert len(rows) == RECORD_COUNT
    assert f"{RECORD_COUNT} rows · {RECORD_COUNT} records matched" in shown
    assert f"\n{RECORD_COUNT} rows" in screen.after(r"\last")
    assert "rows are 1 to 2" in screen.after(r"\drill 3 srcaddr")  # the numbers are those on the screen


def test_the_last_answer_goes_to_a_file(screen: Screen) -> None:
    screen.after(r"\set limit 2", "*", r"\o a.parquet", r"\last parquet", r"\o")
    assert pq.read_table("a.parquet").num_rows == RECORD_COUNT


@pytest.mark.parametrize(
    "texts",
    [
        ["REJECT | fields srcport, start"],
        [r"\set limit 2", "*"],
        [r"\set limit all", r"\mode csv", "dstport:443"],
        [r"\mode ndjson", "dstport:443"],
        [r"\set tz Asia/Shanghai", r"\mode json", "on 2023-11-15 | fields start"],
        [r"\set now 2023-11-14T22:20:00Z", r"\mode csv", "last 5m"],
        [r"\mode tsv", "last 1h of data"],
        [
            r"\mode csv",
            r"\save q interface-id in $names dstport:$port",
            r"\run q names=eni-a names=eni-b port=22",
        ],
        [r"\set strict on", r"\mode csv", "\"ACCEPT OK\" OR 'REJECT OK'"],
        [r"\use other", r"\mode csv", "*"],
    ],
)
def test_the_command_of_a_shell_gives_the_same_rows(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, texts: list[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    *before, query = texts
    screen.after(*before, rf"\o {tmp_path / 'rows'}", query, r"\o")
    words = shlex.split(screen.after(r"\cli"))
    assert words[:2] == ["flowql", "search"]
    answered = CliRunner().invoke(program, words[1:])
    assert answered.exit_code == 0, answered.output
    assert answered.stdout_bytes == (tmp_path / "rows").read_bytes()


def test_lists_are_named_in_the_command(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "lab.txt").write_text("198.51.100.1\n")
    (tmp_path / "ports.txt").write_text("22\n")
    lists = Lists(tmp_path / "lists", {"ports": tmp_path / "ports.txt"})
    with flowql.open(small_store(tmp_path), lists=lists) as engine:
        screen = screen_over(engine)
        words = shlex.split(screen.after("src:@lab dstport in @ports | count", r"\cli").splitlines()[-1])
        answered = CliRunner().invoke(program, words[1:])
        assert answered.stdout == "count\n    3\n"
        assert "--list" not in screen.after("REJECT", r"\cli").splitlines()[-1]


def test_a_query_that_asks_for_the_clock_is_pinned_to_its_time(screen: Screen) -> None:
    assert "--now" not in screen.after("REJECT", r"\cli").splitlines()[-1]
    assert "--now" not in screen.after("last 1h of data", r"\cli").splitlines()[-1]
    assert "--now" in screen.after("last 1h REJECT", r"\cli").splitlines()[-1]
    assert "--now" in screen.after("start>-6h", r"\cli").splitlines()[-1]


def test_the_sql_gives_the_same_rows_in_duckdb(screen: Screen, engine: Engine) -> None:
    screen.after("REJECT | stats count() as n, sum(bytes) as b by srcaddr")
    statement = screen.after(r"\sql")
    (export,) = re.findall(r"^--   flowql search .*?'(.*)'$", statement, re.MULTILINE)
    flows = engine.search(export).to_arrow()
    with duckdb.connect() as connection:
        connection.register("flows", flows)
        rows = connection.execute(statement).fetchall()
    assert rows == [("198.51.100.1", 3, 120), ("198.51.100.2", 3, 120)]


def test_rows_as_one_line_a_value_have_their_numbers(screen: Screen) -> None:
    assert "\n\n#        2\nsrcport  40004\n" in screen.after(r"\x", "REJECT | fields srcport")
    assert "#  srcport" in screen.after(r"\x off", "REJECT | fields srcport")


def test_a_file_whose_name_tells_of_another_format_is_told_how_to_get_it(screen: Screen) -> None:
    assert r"rows go to a.csv, as table (\mode csv writes csv); \o closes it" in screen.after(
        r"\o a.csv", r"\o"
    )
    assert r"rows go to a.log, as table; \o closes it" in screen.after(r"\o a.log", r"\o")
