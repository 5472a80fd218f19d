"""Commands beside search and count: what goes in, what is there, what is wrong with it."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from cli_runs import LOG, Program, command_line, make_store


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


# ---- ingest


def test_ingest_accounts_for_every_line_and_adds_nothing_twice(empty: Program, tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text(LOG + "\nbad\n")
    ran = empty("ingest", str(log))
    assert ran.code == 0
    assert "102 lines = 100 records + 1 rejects + 1 blanks + 0 headers" in ran.out
    assert f"{log}:102: bad" in ran.out
    assert ran.err == ""
    again = empty("ingest", str(log))
    assert (again.code, again.out.splitlines()[1]) == (0, "0 sources read, 1 skipped: already ingested")
    assert empty("count", "*").out == "100\n"


def test_a_missing_file_is_named_and_the_others_are_ingested(empty: Program, tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text(LOG)
    ran = empty("ingest", str(tmp_path / "missing.log"), str(log))
    assert ran.code == 2
    assert "missing.log" in ran.err
    assert empty("count", "*").out == "100\n"


@pytest.mark.parametrize(("rejects_max", "code"), [("0", 5), ("1", 0)])
def test_too_many_rejects_have_an_exit_code(
    empty: Program, tmp_path: Path, rejects_max: str, code: int
) -> None:
    log = tmp_path / "a.log"
    log.write_text(LOG + "bad\n")
    assert empty("ingest", "--max-rejects", rejects_max, str(log)).code == code


def test_standard_input_is_ingested_into_a_topic(tmp_path: Path) -> None:
    store = ("--store", str(tmp_path / "store"))
    ran = command_line(*store, "ingest", "--topic", "lab/web", "-", text=LOG)
    assert (ran.code, ran.err) == (0, "")
    ran = command_line(*store, "count", "from", "lab/web")
    assert (ran.code, ran.out, ran.err) == (0, "100\n", "")


def test_a_bad_topic_name_is_refused(empty: Program, tmp_path: Path) -> None:
    assert empty("ingest", "--topic", "No Good", str(tmp_path)).code == 2


# ---- the others


def test_explain_prints_every_plan(program: Program) -> None:
    ran = program("explain", "-action:ACCEPT", "dstport:22")
    assert ran.code == 0
    parts = ("query", "topics", "range", "clauses", "logical plan", "optimized plan", "physical plan")
    for part in (*parts, "leaf costs, in rows"):
        assert f"{part}\n" in ran.out
    assert "words\n  22\n    as a number of srcport, dstport: " in program("explain", "22").out
    assert program("search", "--format", "raw", "explain -action:ACCEPT dstport:22").out == ran.out


def test_profile_runs_the_query_and_tells_rows_and_milliseconds(program: Program) -> None:
    ran = program("profile", "REJECT", "|", "head", "3")
    assert ran.code == 0
    assert re.search(r"RowsOp .*: 3 rows, \d+\.\d ms\n", ran.out)
    assert "RowsOp" in program("search", "--format", "raw", "profile REJECT | head 3").out


def test_topics_and_rejects_are_lists(program: Program) -> None:
    topics = list(csv.DictReader(io.StringIO(program("topics", "--format", "csv").out, newline="")))
    assert [(row["topic"], row["records"], row["rejects"]) for row in topics] == [
        ("default/flows", "100", "1")
    ]
    rejects = [json.loads(line) for line in program("rejects", "--format", "ndjson").out.splitlines()]
    assert [(each["line"], each["raw"]) for each in rejects] == [(101, "one bad line")]
    assert program("rejects", "no-such-topic").code != 0


def test_check_finds_a_flipped_bit(empty: Program, tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text(LOG)
    empty("ingest", str(log))
    ran = empty("check")
    assert (ran.code, ran.err) == (0, "")
    data = next(empty.store.glob("logsets/*/*/segments/*/data"))
    damaged = bytearray(data.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    data.chmod(0o600)
    data.write_bytes(damaged)
    ran = empty("check")
    assert ran.code == 3
    assert "damaged" in ran.err


def test_the_shell_needs_a_terminal(program: Program) -> None:
    ran = program("shell")
    assert ran.code == 2
    assert "flowql search" in ran.err
