"""The program as its users meet it: what is printed where, and exit codes."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_runs import BEGIN, LOG, Program, command_line, imported, log_line, make_store

import flowql
from flowql.cli.program import run
from flowql.errors import CancelledError, LimitError
from flowql.execution.words import WORDS_COUNTED_MAX
from flowql.render.terminal import has_colour, style_of


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of 100 records and one reject."""
    return make_store(tmp_path_factory.mktemp("cli"), LOG + "one bad line\n")


@pytest.fixture
def program(store: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Program:
    """The program over the store of 100 records."""
    return Program(store, capsysbinary)


@pytest.fixture
def empty(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Program:
    """The program over a store that is not there yet."""
    return Program(tmp_path / "store", capsysbinary)


# ---- the program itself


def test_the_version_costs_no_heavy_import() -> None:
    ran = command_line("--version", imports=True)
    assert (ran.code, ran.out) == (0, f"flowql {flowql.__version__}\n")
    heavy = {"numpy", "pyarrow", "lark", "prompt_toolkit", "tantivy", "pyroaring", "tomlkit"}
    assert "click" in imported(ran)
    assert imported(ran).isdisjoint(heavy)


def test_no_command_and_no_terminal_gives_help() -> None:
    ran = command_line()
    assert ran.code == 2
    assert "Commands:" in ran.err
    assert ran.out == ""


def test_a_query_as_a_command_is_sent_to_search(program: Program) -> None:
    ran = program("action:REJECT", "dstport:22")
    assert ran.code == 2
    assert "flowql search action:REJECT dstport:22" in ran.err
    assert "flowql search '* | top 10 srcaddr'" in program("* | top 10 srcaddr").err


def test_the_store_may_stand_behind_the_command_or_in_the_environment(
    store: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["count", "--store", str(store), "*"]) == 0
    monkeypatch.setenv("FLOWQL_STORE", str(store))
    assert run(["count", "*"]) == 0
    assert capsysbinary.readouterr().out == b"100\n100\n"


def test_the_default_store_lies_in_the_data_folder(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FLOWQL_STORE", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert run(["topics"]) == 3
    assert str(tmp_path).encode() in capsysbinary.readouterr().err


def test_a_path_that_is_no_store_is_refused(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    ran = Program(tmp_path, capsysbinary)("search", "REJECT")
    assert ran.code == 3
    assert "not a FlowQL store" in ran.err


# ---- search


def test_a_table_goes_out_and_what_is_said_about_it_beside(program: Program) -> None:
    ran = program("search", "REJECT", "|", "fields", "srcaddr,", "dstport,", "start", "|", "head", "2")
    assert ran.code == 0
    assert ran.out == (
        "srcaddr   dstport  start\n"
        "10.0.0.2       22  2018-12-13T14:01:39Z\n"
        "10.0.0.1       22  2018-12-13T14:01:38Z\n"
    )
    assert ran.err == (
        "REJECT | fields srcaddr, dstport, start | head 2\n"
        "2 rows · 10 records matched · range [beginning, end)\n"
    )


def test_a_table_has_fifty_rows_and_says_that_there_are_more(program: Program) -> None:
    ran = program("search", "*")
    assert len(ran.out.splitlines()) == 51
    assert "the first 50 rows (--limit N shows more) · 100 records matched" in ran.err
    assert len(program("search", "--limit", "all", "*").out.splitlines()) == 101
    assert len(program("search", "--limit", "3", "*").out.splitlines()) == 4
    assert "100 rows · 100 records" in program("search", "--limit", "100", "*").err
    assert "matched" not in program("search", "--no-total", "*").err


def test_machine_formats_have_all_rows_and_nothing_else(program: Program) -> None:
    for format_name, line_count in (("csv", 101), ("ndjson", 100), ("raw", 100)):
        ran = program("search", "--format", format_name, "*")
        assert (ran.code, ran.err) == (0, "")
        assert len(ran.out.splitlines()) == line_count


def test_raw_is_the_line_that_came_in(program: Program) -> None:
    assert sorted(program("search", "--format", "raw", "*").out.splitlines()) == sorted(LOG.splitlines())


def test_csv_reads_back(program: Program) -> None:
    rows = list(csv.DictReader(io.StringIO(program("search", "--format", "csv", "REJECT").out, newline="")))
    assert len(rows) == 10
    assert rows[0]["start"] == str(BEGIN + 99)


def test_json_is_one_document_the_same_twice(program: Program) -> None:
    arguments = ("search", "--format=json", "--limit", "2", "since 2018-12-13T14:00Z REJECT")
    ran = program(*arguments)
    document = json.loads(ran.out)
    assert document["matched"] == 10
    assert document["range"] == {"from": BEGIN, "to": None}
    assert [row["start"] for row in document["rows"]] == [BEGIN + 99, BEGIN + 98]
    assert document["complete"] is True
    assert program(*arguments).out == ran.out


def test_a_word_with_a_dash_is_query_text(program: Program) -> None:
    ran = program("search", "--format", "raw", "-log-status:NODATA", "-action:ACCEPT", "-f", "|", "head", "1")
    assert ran.out == log_line(99, action="REJECT", port=22) + "\n"


def test_a_short_option_behind_the_query_is_query_text_and_that_is_told(program: Program) -> None:
    ran = program("search", "--format", "csv", "REJECT", "-o", "out.csv")
    assert (ran.code, len(ran.out.splitlines())) == (0, 1)
    assert ran.err == "warning: -o stands after the query's first word, and is read as NOT o\n"
    assert program("count", "REJECT", "-action:ACCEPT").err == ""


def test_an_option_behind_the_query_is_refused(program: Program) -> None:
    ran = program("search", "REJECT", "--format", "json")
    assert ran.code == 2
    assert "options come before it" in ran.err


def test_an_unknown_option_is_refused(program: Program) -> None:
    ran = program("search", "--fromat", "json", "REJECT")
    assert ran.code == 2
    assert "--format" in ran.err


def test_a_query_may_come_from_a_file(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "query.fql"
    file.write_text("REJECT # refused\n| count\n")
    assert program("search", "-f", str(file)).out.split() == ["count", "10"]
    assert program("search", "-f", str(tmp_path / "none.fql")).code == 2


def test_a_query_error_has_a_caret_and_exit_code_2(program: Program) -> None:
    ran = program("search", "REJECT", "dsport:22")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        'error: unknown field "dsport"\n'
        "  REJECT dsport:22\n"
        "         ^^^^^^\n"
        "  fields with a similar name: dstport, srcport\n"
    )


def test_no_match_is_an_exit_code_only_when_asked_for(program: Program) -> None:
    assert program("search", "dstport:1").code == 0
    assert program("search", "--exit-status", "dstport:1").code == 1
    assert program("search", "--exit-status", "dstport:22").code == 0
    assert program("search", "--exit-status", "--no-total", "dstport:1 | count").code == 1
    assert program("count", "--exit-status", "dstport:1").code == 1


def test_warnings_go_beside_unless_the_output_carries_them(program: Program) -> None:
    query = "REJECT OR ACCEPT AND OK"
    assert "warning: " in program("search", query).err
    assert "warning: " in program("search", "--format", "csv", query).err
    assert "warning: " in program("count", query).err
    ran = program("search", "--format", "json", query)
    assert (ran.err, json.loads(ran.out)["notes"][0]["severity"]) == ("", "warning")


def test_how_bare_words_matched_is_told_with_the_total(empty: Program, tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    ends = "10.0.0.1 10.0.1.1 40000 22"
    log.write_text(f"2 22 eni-1 {ends} 6 22 840 {BEGIN} {BEGIN + 9} REJECT OK\n")
    empty("ingest", str(log))
    told = (
        "info: 22 is found as a number of srcport, dstport in 1 record, of packets, bytes in 1, "
        "as text of account-id in 1\n  22\n  ^^\n"
    )
    assert empty("search", "22").err.endswith(told)
    assert "info" not in empty("search", "--no-total", "22").err
    for arguments in (("search", "--format", "csv", "22"), ("count", "22")):
        assert empty(*arguments).err == ""
    notes = json.loads(empty("search", "--format", "json", "22 OR nowhere OR 10.0.0.1").out)["notes"]
    assert [(each["code"], each["count"], each["details"]) for each in notes] == [
        ("word-ways", 1, []),
        ("word-nowhere", 1, []),
    ]
    assert json.loads(empty("search", "--format", "json", "--no-total", "22").out)["notes"] == []


def test_many_words_are_searched_and_not_counted(program: Program) -> None:
    words = " OR ".join(f"word{n}" for n in range(WORDS_COUNTED_MAX + 1))
    assert "how each of the 33 words matched is not counted" in program("search", words).err
    assert "each found in no record" in program("search", words.rpartition(" OR ")[0]).err


def test_an_empty_answer_is_explained_only_when_asked_for_off_a_terminal(program: Program) -> None:
    query = "action:REJEC dstport:22"
    explained = (
        "why nothing matched:\n"
        "  10 records without action:REJEC\n"
        "   0 records without dstport:22\n"
        "  action:REJEC is in no record in scope; near it: action REJECT in 10 records\n"
        "  the newest record starts at 2018-12-13T14:01:39Z\n"
    )
    for format_name in ("table", "csv", "json"):
        assert "why nothing" not in program("search", "--format", format_name, query).err
        ran = program("search", "--why-empty", "--format", format_name, query)
        assert ran.err.endswith(explained)
        assert "why nothing" not in ran.out
    assert program("search", "--why-empty", "--no-total", query).err.endswith(explained)
    assert program("count", "--why-empty", query).err == explained
    assert program("count", "--why-empty", "REJECT").err == ""
    assert "2018-12-13T22:01:39+08:00" in program("search", "--why-empty", "--tz", "+08:00", query).err


def test_every_row_may_say_why_it_matched(program: Program) -> None:
    query = "REJECT port:ssh | fields dstport | head 1"
    why = "REJECT (action REJECT); port:ssh (dstport 22)"
    assert program("search", "--why", query).out == f"dstport  why\n     22  {why}\n"
    assert program("search", "--why", "--format", "csv", query).out == f"dstport,why\n22,{why}\n"
    assert json.loads(program("search", "--why", "--format", "ndjson", query).out) == {
        "dstport": 22,
        "why": why,
    }
    assert program("search", "--why", "--format", "raw", query).out == f"22 {why}\n"
    ran = program("search", "--why", "REJECT | stats count() by dstport")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: rows that are records say why they matched")


def test_now_can_be_pinned(program: Program) -> None:
    assert program("count", "--now", "2018-12-13T14:01:40Z", "last 10s").out == "10\n"
    assert program("count", "--now", "yesterdayish", "last 10s").code == 2
    ran = program("count", "--now", "2018-02-30", "last 10s")
    assert (ran.code, "2018-02 has the days 01 to 28" in ran.err) == (2, True)
    assert program("search", "--limit", "few", "*").code == 2


def test_a_zone_is_read_and_shown_unless_the_query_has_its_own(program: Program) -> None:
    assert program("count", "--tz", "asia/shanghai", "since 2018-12-13T22:01:40").out == "0\n"
    assert program("count", "--tz", "+08:00", "since 2018-12-13T22:01:30").out == "10\n"
    assert program("count", "--tz", "+08:00", "tz UTC since 2018-12-13T14:01:30").out == "10\n"
    ran = program("search", "--tz", "asia/shanghai", "start:2018-12-13T22:01:30 | fields start")
    assert ran.out == "start\n2018-12-13T22:01:30+08:00\n"
    assert "range [beginning, end)" in ran.err
    assert "[2018-12-13T22:01:30+08:00, end)" in program("explain", "--tz", "+08:00", "since 1544709690").out
    csv_text = program("search", "--tz", "+08:00", "--format", "csv", "start:1544709690 | fields start").out
    assert csv_text == "start\n1544709690\n"


def test_the_pinned_time_is_read_in_the_zone(program: Program) -> None:
    for arguments in (["--tz", "+08:00", "--now"], ["--now"]):
        time = "2018-12-13T22:01:40" if "--tz" in arguments else "2018-12-13T14:01:40"
        assert program("count", *arguments, time, "last 10s").out == "10\n"
    assert program("count", "--now", "2018-12-13T22:01:40", "--tz", "+08:00", "last 10s").out == "10\n"


def test_a_zone_that_is_none_and_a_doubtful_time_are_refused(program: Program) -> None:
    ran = program("search", "--tz", "Shanghai", "*")
    assert (ran.code, "'Shanghai' is no zone; write Asia/Shanghai" in ran.err) == (2, True)
    ran = program("count", "--tz", "Europe/Berlin", "--now", "2024-10-27T02:30", "*")
    assert ran.code == 2
    assert "write 2024-10-27T02:30:00+02:00 or 2024-10-27T02:30:00+01:00" in " ".join(ran.err.split())


# ---- what ends a run early


def test_a_closed_pipe_is_quiet(store: Path) -> None:
    search = [sys.executable, "-m", "flowql", "--store", str(store), "search", "--format", "csv", "*"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(search, stdout=writing, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KeyboardInterrupt(), 130),
        (CancelledError("stopped"), 130),
        (LimitError("rows-max", "too many"), 4),
        (BrokenPipeError(32, "Broken pipe"), 0),
        (PermissionError(13, "Permission denied", "/store"), 3),
    ],
)
def test_errors_have_exit_codes_and_no_traceback(
    program: Program, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("flowql.engine.Engine.search", fail)
    monkeypatch.setattr("flowql.cli.program._forget_stdout", lambda: None)
    ran = program("search", "REJECT")
    assert ran.code == code
    assert "Traceback" not in ran.err


def test_a_partial_answer_has_an_exit_code(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flowql.Result, "complete", property(lambda _: False))
    ran = program("search", "REJECT")
    assert ran.code == 4
    assert "partial" in ran.err


# ---- terminals


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It does."""
        return True


def test_colour_is_only_for_terminals_that_want_it() -> None:
    assert style_of(Terminal(), {"TERM": "xterm", "COLUMNS": "77"}).width == 77
    assert has_colour(Terminal(), {"TERM": "xterm"})
    assert has_colour(Terminal(), {"TERM": "xterm", "NO_COLOR": ""})
    assert not has_colour(Terminal(), {"TERM": "xterm", "NO_COLOR": "1"})
    assert not has_colour(Terminal(), {"TERM": "dumb"})
    assert not has_colour(io.StringIO(), {"TERM": "xterm"})
    assert style_of(io.StringIO(), {}).width is None
