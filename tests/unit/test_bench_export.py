"""The benchmark of exports runs and tells no time for files that differ from the peer's."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

duckdb = pytest.importorskip("duckdb")
if sys.platform != "linux":
    pytest.skip("the benchmarks read /proc", allow_module_level=True)

from bench import export  # noqa: E402 - only where they can run
from bench.__main__ import main  # noqa: E402
from bench.data import Log  # noqa: E402
from bench.loading import Load, load_apart  # noqa: E402

NAMES = ["10,000 rows to arrow", "10,000 rows to csv", "10,000 rows to parquet"]


def run(capsys: pytest.CaptureFixture[str], cache: Path) -> tuple[int, list[dict[str, Any]], str]:
    """Return the exit code, the results, and what was said to people."""
    code = main(["export", "--records", "20000", "--runs", "1", "--cache", str(cache)])
    said = capsys.readouterr()
    return code, [json.loads(line) for line in said.out.splitlines()], said.err


def test_every_format_is_told_beside_the_peer(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, told, said = run(capsys, tmp_path)
    assert (code, "refused" in said) == (0, False), said
    assert [line["name"] for line in told] == NAMES
    assert all(line["value"] > 0 and line["peer_value"] > 0 for line in told)
    assert not any((tmp_path / "stores").iterdir())


def test_no_time_is_told_of_rows_that_differ(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(engine: str, log: Log, store: Path) -> Load:
        done = load_apart(engine, log, store)
        if engine == "duckdb":
            with duckdb.connect(store) as connection:
                connection.execute("UPDATE flows SET packets = packets + 1 WHERE bytes > 100000")
        return done

    monkeypatch.setattr(export, "load_apart", load)
    code, told, said = run(capsys, tmp_path)
    assert (code, told) == (1, [])
    assert [name in said for name in NAMES] == [True] * 3
    assert "packets: row" in said
