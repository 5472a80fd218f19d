"""The benchmark of the language runs and tells no time for a wrong reading; the million of texts has its command."""

import json
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("duckdb")
if sys.platform != "linux":
    pytest.skip("the benchmarks read /proc", allow_module_level=True)

from bench import fuzz, language, language_stores
from bench.__main__ import main


def run(capsys: pytest.CaptureFixture[str], cache: Path, *arguments: str) -> tuple[int, list[str], str]:
    """Return the exit code, the names of the results, and what was said to people."""
    code = main(["language", "--records", "20000", "--runs", "1", "--cache", str(cache), *arguments])
    said = capsys.readouterr()
    return code, [json.loads(line)["name"] for line in said.out.splitlines()], said.err


def test_texts_and_stores_are_timed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language, "_VALUE_COUNT", 50)
    monkeypatch.setattr(language, "_RUNS_OF_SHORT", 2)
    monkeypatch.setattr(language_stores, "NETWORK_COUNT", 100)
    monkeypatch.setattr(language_stores, "VALUE_COUNT", 500)
    code, names, said = run(capsys, tmp_path)
    assert (code, "refused" in said) == (0, False), said
    assert "typical query, both" in names
    assert "5,000 values f:(a OR b), parse" in names
    assert "error of the binder, told" in names
    assert "ip in a list of 10,000 networks, its file read" in names
    assert names[-1] == "interface-id~/re/, 100,000 values"
    assert not any((tmp_path / "stores").iterdir())


def test_a_wrong_reading_has_no_time(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language, "_joined", lambda _: ((1, 2),))
    code, names, said = run(capsys, tmp_path, "--only", "f in (a, b)")
    assert (code, names) == (1, [])
    assert "refused" in said


def write_others(write: Callable[[Path, Sequence[str]], None], log: Path, values: Sequence[str]) -> None:
    """Write other values than those that are asked for, as many."""
    write(log, [f"z{place}z" for place in range(len(values))])


def test_a_wrong_count_has_no_time(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language_stores, "VALUE_COUNT", 500)
    monkeypatch.setattr(language_stores, "_write_log", partial(write_others, language_stores._write_log))
    code, names, said = run(capsys, tmp_path, "--only", "re/")
    assert (code, names) == (1, [])
    assert "the peer says" in said


def test_fuzz_tells_what_became_of_its_texts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuzz, "_BATCH_TEXTS", 50)
    code = fuzz.run(100, 1)
    said = capsys.readouterr().out
    assert "100 texts of seed 1" in said
    assert code == (1 if "made small is" in said else 0)


def test_fuzz_tells_a_process_that_did_not_come_back(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuzz, "_ENVIRONMENT", {})
    assert fuzz.run(10, 1) == 1
    assert "No module named fuzzing" in capsys.readouterr().out
