"""`flowql search`: its options, alone and together."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from cli_runs import BEGIN, Ran, command_line, make_store

import flowql
from flowql.cli.program import run
from flowql.errors import LimitError
from flowql.execution.limits import TIMEOUT, Limits
from flowql.execution.runs import Runs
from flowql.render.formats import FORMATS
from flowql.shell.saved import save_query

RECORD_COUNT = 3000


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of a few thousand records over an hour, a third of them rejected."""
    lines = (
        f"2 1 eni-1 10.0.0.{n % 5} 10.0.1.1 {1024 + n} {22 if n % 3 == 0 else 443} 6 10 {n * 1000} "
        f"{BEGIN + n} {BEGIN + n} {'REJECT' if n % 3 == 0 else 'ACCEPT'} OK\n"
        for n in range(RECORD_COUNT)
    )
    return make_store(tmp_path_factory.mktemp("search"), "".join(lines))


class Search:
    """`flowql search` over the store, inside the test's process."""

    def __init__(self, store: Path, capture: pytest.CaptureFixture[bytes]) -> None:
        self.store = store
        self._capture = capture

    def bytes(self, *arguments: str) -> tuple[int, bytes, bytes]:
        """The exit code and what was written."""
        self._capture.readouterr()
        code = run(["search", "--store", str(self.store), *arguments])
        return code, *self._capture.readouterr()

    def __call__(self, *arguments: str) -> Ran:
        """The same, as text."""
        code, out, err = self.bytes(*arguments)
        return Ran(code, out.decode(), err.decode())


@pytest.fixture
def search(store: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Search:
    """The command."""
    return Search(store, capsysbinary)


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_file_holds_what_a_pipe_would_get(search: Search, tmp_path: Path, format_name: str) -> None:
    query = ("--format", format_name, "--limit", "7", "REJECT | fields srcport, dstport")
    file = tmp_path / "answer"
    file.write_text("old")
    code, nothing, written_err = search.bytes("-o", str(file), *query)
    _, piped, piped_err = search.bytes(*query)
    assert (code, nothing, file.read_bytes(), written_err) == (0, b"", piped, piped_err)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("format_name", FORMATS)
def test_exit_status_goes_with_every_format_and_a_file(
    search: Search, tmp_path: Path, format_name: str
) -> None:
    for query, code in (("dstport:1", 1), ("dstport:22 | head 1", 0), ("dstport:1 | count", 1)):
        arguments = ("--exit-status", "--format", format_name, "-o", str(tmp_path / "f"), query)
        assert search.bytes(*arguments)[0] == code
        assert (tmp_path / "f").exists()


def test_what_is_given_holds_together(search: Search, tmp_path: Path) -> None:
    """A file, a parameter, a pinned clock, a zone, strictness and a limit at once."""
    file = tmp_path / "hunt.fql"
    file.write_text("last 10s\ndstport in $ports  # two of them\n| fields start, dstport\n")
    ran = search(
        *("--format", "csv", "-f", str(file), "--param", "ports=22", "--param", "ports=443", "--strict"),
        *("--tz", "Asia/Shanghai", "--now", "2018-12-13T22:00:30", "--limit", "3", "--exit-status"),
    )
    assert ran == Ran(0, f"start,dstport\n{BEGIN + 29},443\n{BEGIN + 28},443\n{BEGIN + 27},22\n", "")


def test_a_query_file_has_one_query_and_comments(store: Path, search: Search, tmp_path: Path) -> None:
    file = tmp_path / "hunt.fql"
    file.write_text("# refused tries\nREJECT   # any port\n\n| count  # how many\n")
    assert search("--format", "csv", "-f", str(file)).out == "count\n1000\n"
    ran = search("-f", str(file), "REJECT")
    assert (ran.code, "a query is given twice" in ran.err) == (2, True)
    ran = command_line("--store", str(store), "count", "-f", "-", text="REJECT\n")
    assert (ran.code, ran.out) == (0, "1000\n")


# ---- limits


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_query_that_takes_too_long_ends_with_4(search: Search, tmp_path: Path, format_name: str) -> None:
    """A timeout so short that the first look at the clock is past it."""
    file = tmp_path / "answer"
    file.write_text("old")
    query = "* | eval a = round(bytes / 7, 3) | sort a"
    code, out, err = search.bytes("--timeout", "0.000001s", "--format", format_name, "-o", str(file), query)
    assert (code, out, file.read_text()) == (2, b"", "old")
    code, out, err = search.bytes("--timeout", "1ms", "--format", format_name, "-o", str(file), query)
    assert (code, out, file.read_text()) == (4, b"", "old")
    assert b"(limit: timeout)" in err
    assert list(tmp_path.iterdir()) == [file]


def test_a_partial_answer_is_given_where_it_will_do(search: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Limits] = []
    engine_search = flowql.Engine.search

    def kept(engine: flowql.Engine, query: str, **options: Any) -> flowql.Result:
        given.append(engine.limits)
        return engine_search(engine, query, **options)

    monkeypatch.setattr(flowql.Engine, "search", kept)
    monkeypatch.setattr(flowql.Result, "complete", property(lambda _: False))
    arguments = ("--timeout", "1m30s", "--memory", "2GiB", "--allow-partial", "--format", "json")
    ran = search("--exit-status", *arguments, "REJECT | head 1")
    assert (ran.code, json.loads(ran.out)["complete"]) == (4, False)
    assert given == [Limits(90.0, 2**31, allow_partial=True)]


def test_a_generous_limit_changes_nothing(search: Search) -> None:
    plain = search("--format", "json", "REJECT | head 5")
    limited = search(
        "--timeout", "1m", "--memory", "2GiB", "--allow-partial", "--format", "json", "REJECT | head 5"
    )
    assert limited == plain


@pytest.mark.parametrize(
    ("option", "text", "told"),
    [
        ("--timeout", "soon", "a duration is written like 30s"),
        ("--timeout", "0s", "a duration is written like 30s"),
        ("--timeout", "-3s", "a duration is written like 30s"),
        ("--memory", "much", "a size is written like 2GiB"),
        ("--memory", "0", "a size is written like 2GiB"),
    ],
)
def test_a_limit_is_a_quantity(search: Search, option: str, text: str, told: str) -> None:
    ran = search(option, text, "*")
    assert (ran.code, f"Invalid value for '{option}': {told}" in ran.err) == (2, True)


def test_count_has_limits_too(store: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["--store", str(store), "count", "--timeout", "1m", "--memory", "1GiB", "REJECT"]) == 0
    assert capsysbinary.readouterr().out == b"1000\n"
    assert run(["--store", str(store), "count", "--allow-partial", "REJECT"]) == 2


@pytest.mark.parametrize("command", ["explain", "profile"])
def test_plans_have_limits_too(store: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    given: list[Limits] = []

    def kept(engine: flowql.Engine, query: str, **_: Any) -> str:
        given.append(engine.limits)
        return query

    monkeypatch.setattr(flowql.Engine, command, kept)
    for options in (["--timeout", "1m", "--memory", "2GiB"], []):
        assert run(["--store", str(store), command, *options, "REJECT"]) == 0
    assert given == [Limits(60.0, 2**31), Limits()]


def test_a_profile_that_takes_too_long_ends_with_4(
    search: Search, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    query = "srcaddr in (* | eval a = round(bytes / 7, 3) | sort a | fields srcaddr)"
    assert run(["--store", str(search.store), "profile", "--timeout", "1ms", query]) == 4
    assert b"(limit: timeout)" in capsysbinary.readouterr().err


def test_a_flag_takes_back_the_limit_of_a_setting(search: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWQL_TIMEOUT", "1ms")
    monkeypatch.setenv("FLOWQL_TZ", "Asia/Shanghai")
    query = "* | eval a = round(bytes / 7, 3) | sort a | fields start | head 1"
    assert search(query).code == 4
    ran = search("--timeout", "none", "--tz", "none", query)
    assert (ran.code, ran.out.splitlines()[1].endswith("Z")) == (0, True)


@pytest.fixture
def broken_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit ends every answer behind its first rows."""
    batches = flowql.Result.batches

    def some(result: flowql.Result) -> Iterator[pa.RecordBatch]:
        yield next(batches(result)).slice(0, 2)
        raise LimitError(TIMEOUT, "too long")

    monkeypatch.setattr(flowql.Result, "batches", some)


@pytest.mark.usefixtures("broken_rows")
@pytest.mark.parametrize("format_name", ["json", "csv", "ndjson"])
def test_rows_that_end_early_are_told(search: Search, tmp_path: Path, format_name: str) -> None:
    ran = search("--format", format_name, "*")
    assert (ran.code, bool(ran.out)) == (4, True)
    assert ran.err == (
        f"what was written is not whole: the {format_name} ends early\nerror: too long (limit: timeout)\n"
    )
    ran = search("--format", format_name, "-o", str(tmp_path / "f"), "*")
    assert (ran.code, ran.err) == (4, "error: too long (limit: timeout)\n")
    assert list(tmp_path.iterdir()) == []


def test_a_limit_that_is_reached_behind_the_rows_is_told(
    search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether anything matches is asked when the rows are written; that nobody knows is no answer."""

    def fail(_: Runs) -> int:
        raise LimitError(TIMEOUT, "too long")

    monkeypatch.setattr(Runs, "matched_count", property(fail))
    ran = search("--no-total", "--exit-status", "--allow-partial", "--format", "csv", "dstport:1 | count")
    assert (ran.code, ran.out) == (4, "count\n0\n")
    assert ran.err == "warning: too long (limit: timeout): the matching records are not counted\n"


def test_a_dash_is_standard_output(search: Search, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert search("-o", "-", "--format", "csv", "REJECT | count").out == "count\n1000\n"
    assert list(tmp_path.iterdir()) == []


def test_a_saved_query_is_run_by_its_name(
    search: Search, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowql.cli.query_words.saved_folder", lambda: tmp_path)
    save_query(tmp_path, "tries", "dstport:$port | count")
    assert search("--format", "csv", "--param", "port=22", "--saved", "tries").out == "count\n1000\n"
    ran = search("--saved", "trise")
    assert (ran.code, "saved: tries" in ran.err) == (2, True)
    for others in (["-f", str(tmp_path / "tries.flowql")], ["REJECT"]):
        ran = search("--saved", "tries", *others)
        assert (ran.code, "a query is given twice" in ran.err) == (2, True)


def test_a_query_file_may_begin_with_a_byte_order_mark(search: Search, tmp_path: Path) -> None:
    (tmp_path / "q.fql").write_bytes(b"\xef\xbb\xbfREJECT | count\n")
    assert search("--format", "csv", "-f", str(tmp_path / "q.fql")).out == "count\n1000\n"


# ---- looks


def test_names_and_magnitudes_are_for_tables_and_asked_for_off_a_terminal(search: Search) -> None:
    query = "* | fields dstport, protocol, bytes | head 1"
    assert search(query).out.splitlines()[1].split() == ["443", "6", "2999000"]
    assert search("--names", query).out.splitlines()[1].split() == ["443", "https", "6", "tcp", "2999000"]
    assert "2.9 MiB" in search("--human", query).out
    for format_name in ("csv", "json", "ndjson", "tsv", "raw"):
        plain = search("--format", format_name, query)
        assert search("--names", "--human", "--histogram", "--format", format_name, query) == plain


def test_a_long_table_is_cut_in_the_middle_when_asked_for(search: Search) -> None:
    whole = search("--limit", "9", "* | fields srcport").out.splitlines()
    cut = search("--limit", "9", "--lines", "5", "* | fields srcport").out.splitlines()
    assert len(whole) == 10
    assert cut == [*whole[:3], "… 5 of 9 rows not shown …", *whole[-2:]]
    assert search("--lines", "all", "* | fields srcport | head 9").out.splitlines() == whole
    plain = search("--format", "csv", "* | fields srcport | head 9")
    assert search("--lines", "5", "--format", "csv", "* | fields srcport | head 9") == plain
    assert "lines is a number of lines, 3 or more, or all" in search("--lines", "2", "*").err


def test_a_histogram_stands_above_records_when_asked_for(search: Search) -> None:
    query = "REJECT | fields start | head 1"
    plain = search(query).out
    drawn = search("--histogram", query).out
    assert drawn.endswith(plain)
    assert len(drawn.splitlines()) > len(plain.splitlines()) + 5
    for other in ("REJECT | count", "REJECT | stats count() by dstport", "dstport:1", "explain REJECT"):
        assert search("--histogram", other).out == search("--no-histogram", other).out
