"""The benchmark of stages runs, and tells no time and no memory for rows that differ from the peer's."""

import json
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

duckdb = pytest.importorskip("duckdb")
if sys.platform != "linux":
    pytest.skip("the benchmarks read /proc", allow_module_level=True)

import flowql  # noqa: E402 - only where they can run
from bench import data, stages  # noqa: E402
from bench.__main__ import main  # noqa: E402
from bench.data import Log  # noqa: E402
from bench.duckdb_peer import connect_duckdb  # noqa: E402
from bench.loading import Load, load_apart  # noqa: E402
from bench.questions import draws  # noqa: E402
from bench.results import RefusedError, Result  # noqa: E402
from bench.stages_memory import READINGS, Reading, measured  # noqa: E402
from bench.stages_questions import TASKS  # noqa: E402

FIGURES = ("peak memory", "beyond an idle engine", "time")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all, as users have."""
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def loaded(cache: Path) -> tuple[Path, Path]:
    """A store and DuckDB's table of the same log."""
    log = data.plain(cache, 20_000)
    store, database = cache / "loaded", cache / "loaded.duckdb"
    load_apart("flowql", log, store)
    load_apart("duckdb", log, database)
    return store, database


def run(
    capsys: pytest.CaptureFixture[str], cache: Path, *words: str
) -> tuple[int, list[dict[str, Any]], str]:
    """Return the exit code, the results, and what was said to people."""
    code = main(["stages", *words, "--records", "20000", "--runs", "1", "--cache", str(cache)])
    said = capsys.readouterr()
    return code, [json.loads(line) for line in said.out.splitlines()], said.err


def read(loaded: tuple[Path, Path], reading: Reading, runs: int = 1) -> list[Result]:
    """Measure one reading."""
    store, database = loaded
    with flowql.open(store) as engine, connect_duckdb(database) as connection:
        return list(measured(reading, engine, connection, store, runs))


def test_every_question_facets_and_every_reading_is_told(
    capsys: pytest.CaptureFixture[str], cache: Path
) -> None:
    code, told, said = run(capsys, cache)
    assert (code, "refused" in said) == (0, False), said
    questions = [task.name for task in TASKS]
    readings = [f"{reading.name}, {figure}" for reading in READINGS for figure in FIGURES]
    assert [line["name"] for line in told] == [*questions, "facets, everything", *readings]
    assert [line["name"] for line in told if line["peer"]] == questions
    assert all(line["value"] > 0 for line in told)
    assert not any((cache / "stores").iterdir())


def test_no_figure_is_told_of_what_differs_from_the_peer(
    capsys: pytest.CaptureFixture[str], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(engine: str, log: Log, store: Path) -> Load:
        done = load_apart(engine, log, store)
        if engine == "duckdb":
            with duckdb.connect(store) as connection:
                connection.execute("UPDATE flows SET bytes = bytes + 1, srcport = srcport + 1")
        return done

    monkeypatch.setattr(stages, "load_apart", load)
    code, told, said = run(capsys, cache)
    assert code == 1
    assert [line["name"] for line in told] == [
        "rows a minute by action, stats",
        "rows a minute by action, timechart",
        "sources by rejected ports (dc)",
        *(f"groups of srcaddr, dstaddr, {figure}" for figure in FIGURES),
    ]
    assert "refused: stages facets, everything: facets, " in said
    assert "refused: stages sort of everything: * | sort -bytes, sum of the rows' hashes: " in said


def test_rows_in_another_order_are_refused(loaded: tuple[Path, Path]) -> None:
    text = "* | select srcaddr, bytes order by bytes"
    sql = "SELECT srcaddr, bytes FROM flows ORDER BY bytes {} NULLS LAST"
    assert len(read(loaded, Reading("", text, sql.format("ASC"), (1,)))) == len(FIGURES)
    assert len(read(loaded, Reading("", text, sql.format("DESC")))) == len(FIGURES)
    with pytest.raises(RefusedError, match=r"bytes, sum of the hashes with places: "):
        read(loaded, Reading("", text, sql.format("DESC"), (1,)))


def test_a_reading_that_a_limit_stops_is_told_with_its_name(loaded: tuple[Path, Path]) -> None:
    reading = Reading("product", "* | eval x = bytes * 9_000_000_000_000_000_000 | stats max(x)", "")
    results = read(loaded, reading, runs=2)
    assert [result.name for result in results] == [
        f"product (refused: integer_max), {figure}" for figure in FIGURES
    ]
    assert [len(result.ours.values) for result in results] == [2, 2, 2]


def test_a_process_that_fails_has_no_figures(
    loaded: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(RefusedError, match=r"its process ended with exit code 1"):
        read(loaded, Reading("", "* | sing", "SELECT 1"))
    assert "QueryError" in capfd.readouterr().err


def test_no_question_is_asked_twice(loaded: tuple[Path, Path]) -> None:

    with connect_duckdb(loaded[1]) as connection:
        drawn = list(islice(draws(connection), 6))
    for task in TASKS:
        assert len({task.make(draw).flowql for draw in drawn}) == len(drawn), task.name
