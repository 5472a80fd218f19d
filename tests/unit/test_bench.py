"""The benchmarks run, and tell no time for a wrong answer. Their figures are not tested: machines differ."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

duckdb = pytest.importorskip("duckdb")
if sys.platform != "linux":
    pytest.skip("the benchmarks read /proc", allow_module_level=True)

from bench import data, ingest, search  # noqa: E402 - only where they can run
from bench.__main__ import main  # noqa: E402
from bench.asking import Answer, Question, require_right  # noqa: E402
from bench.data import Log  # noqa: E402
from bench.loading import Load, load_apart  # noqa: E402
from bench.questions import TASKS  # noqa: E402
from bench.results import RefusedError, Result, Samples, require_same  # noqa: E402

KEYS = ["bench", "name", "value", "unit", "peer", "peer_value", "peers", "ratio", "machine"]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all, as users have."""
    return tmp_path_factory.mktemp("bench")


def run(
    capsys: pytest.CaptureFixture[str], cache: Path, *arguments: str
) -> tuple[int, list[dict[str, Any]], str]:
    """Return a benchmark's exit code, its results, and what it said to people."""
    code = main([*arguments, "--records", "20000", "--runs", "1", "--cache", str(cache)])
    said = capsys.readouterr()
    return code, [json.loads(line) for line in said.out.splitlines()], said.err


def tampered(monkeypatch: pytest.MonkeyPatch, bench: Any) -> None:
    """Let DuckDB's table hold other bytes than the log."""

    def load(engine: str, log: Log, store: Path) -> Load:
        done = load_apart(engine, log, store)
        if engine == "duckdb":
            with duckdb.connect(store) as connection:
                connection.execute("UPDATE flows SET bytes = bytes + 1")
        return done

    monkeypatch.setattr(bench, "load_apart", load)


def test_ingest_tells_rate_memory_and_size_of_every_log(
    capsys: pytest.CaptureFixture[str], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "engines", lambda: ("flowql", "duckdb"))
    code, told, said = run(capsys, cache, "ingest")
    assert (code, "refused" in said) == (0, False), said
    assert [line["name"] for line in told] == [
        f"{log}, {what}"
        for log in ("plain text", "32 gzip files", "v5", "20 gzip files of 1,000 lines")
        for what in ("rate", "peak anonymous memory", "size on disk")
    ]
    for line in told:
        assert list(line) == KEYS
        assert line["machine"]["records"] == 20_000
        assert line["value"] > 0
        assert line["peer_value"] > 0
        better = line["value"] / line["peer_value"]
        assert line["ratio"] == pytest.approx(better if line["unit"] == "records/s" else 1 / better, rel=1e-2)
        assert line["name"] in said


def test_clickhouse_loads_where_it_is_installed(capsys: pytest.CaptureFixture[str], cache: Path) -> None:
    pytest.importorskip("chdb")
    code, told, said = run(capsys, cache, "ingest", "--only", "v5")
    assert (code, "refused" in said) == (0, False), said
    assert [list(line["peers"]) for line in told] == [["duckdb", "clickhouse"]] * 3


def test_search_tells_every_task_and_what_starting_costs(
    capsys: pytest.CaptureFixture[str], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "SEGMENT_COUNT", 5)  # a hundred commits take long
    code, told, said = run(capsys, cache, "search")
    assert (code, "refused" in said) == (0, False), said
    starting = ["flowql --version", "flowql search, one shot", "open 5 segments"]
    names = [*(task.name for task in TASKS), *starting, "open 5 segments, then search"]
    assert [line["name"] for line in told] == names
    assert all(line["value"] > 0 for line in told if line["unit"] == "ms")
    assert [line["name"] for line in told if line["peer"] is None] == names[len(TASKS) :]


def test_no_time_is_told_of_an_ingestion_whose_accounts_differ(
    capsys: pytest.CaptureFixture[str], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tampered(monkeypatch, ingest)
    code, told, said = run(capsys, cache, "ingest", "--only", "plain")
    assert (code, told) == (1, [])
    assert "refused: ingest plain text: * | stats sum(bytes): row 0 is (" in said


def test_no_time_is_told_of_a_question_whose_answer_differs(
    capsys: pytest.CaptureFixture[str], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tampered(monkeypatch, search)
    code, told, said = run(capsys, cache, "search", "--only", "one")
    assert (code, told) == (1, [])
    assert "refused: search one host, count and newest 50: ip:" in said
    assert "refused: search flowql search, one shot: ip:" in said


def test_a_load_that_fails_is_refused(
    capsys: pytest.CaptureFixture[str], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = data.plain(cache, 20_000)
    longer = replace(log, traffic=replace(log.traffic, records=20_001))
    monkeypatch.setattr(data, "plain", lambda _cache, _records: longer)
    code, told, said = run(capsys, cache, "ingest", "--only", "plain")
    assert (code, told) == (1, [])
    assert "flowql did not load" in said


def test_a_log_is_made_once_and_made_anew_for_other_parameters(cache: Path) -> None:
    made = data.plain(cache, 20_000).path
    before = made.stat().st_mtime_ns
    assert data.plain(cache, 20_000).path == made
    assert made.stat().st_mtime_ns == before
    assert data.plain(cache, 10_000).path != made
    assert data.v5(cache, 20_000).path != made


def test_equals_of_a_ranking_are_expected_in_the_order_of_addresses() -> None:
    question = Question(
        "", "", tied_sql="SELECT * FROM (VALUES ('9.0.0.1', 2), ('10.0.0.1', 2), ('::1', 2), ('8.8.8.8', 3))"
    )

    def answer(rows: list[Any]) -> Answer:
        return Answer(rows, None, 0.0)

    theirs = answer([("8.8.8.8", 3), ("10.0.0.1", 2), ("9.0.0.1", 2)])
    right = [("8.8.8.8", 3), ("::1", 2), ("9.0.0.1", 2)]
    with duckdb.connect() as connection:
        require_right(
            question, answer([dict(zip("ab", row, strict=True)) for row in right]), theirs, connection
        )
        wrong = [dict(zip("ab", row, strict=True)) for row in theirs.rows]
        with pytest.raises(RefusedError, match=r"row 1 is \('10\.0\.0\.1', 2\), the peer says \('::1', 2\)"):
            require_right(question, answer(wrong), theirs, connection)


@pytest.mark.parametrize(("ours", "theirs"), [([1, 2], [1, 3]), ([1], [1, 2]), ([1, 2], [1]), ([], [1])])
def test_answers_that_differ_are_refused(ours: list[int], theirs: list[int]) -> None:
    require_same("question", ours, ours)
    with pytest.raises(RefusedError, match=r"^question: "):
        require_same("question", ours, theirs)


def test_a_ratio_above_one_speaks_for_flowql() -> None:
    fast, slow = Samples((3.0, 2.0, 4.0)), Samples((6.0,))
    assert Result("time", "ms", fast, {"peer": slow}).ratio == 2
    assert Result("rate", "records/s", slow, {"peer": fast}).ratio == 2
    assert (Result("time", "ms", fast).worst, Result("rate", "records/s", fast).worst) == (4, 2)


@pytest.mark.parametrize("words", [["sing"], [], ["ingest", "--records", "9999"], ["search", "--runs", "0"]])
def test_wrong_usage_exits_with_two(words: list[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(words)
    assert exit_.value.code == 2
