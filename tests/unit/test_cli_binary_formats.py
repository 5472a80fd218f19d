"""`flowql search` where rows are no text for the screen: binary formats, and files."""

import csv
import io
import os
import pty
import stat
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import flowql
from flowql.cli.program import run
from flowql.errors import LimitError

BEGIN = 1_544_709_600
BINARY = ["arrow", "parquet"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of ten records, one a second."""
    folder = tmp_path_factory.mktemp("binary")
    log = folder / "flows.log"
    lines = [
        f"2 1 eni-{n} 10.0.0.{n} 2001:db8::1 {n} 443 6 10 840 {BEGIN + n} {BEGIN + 9} ACCEPT OK"
        for n in range(10)
    ]
    log.write_text("\n".join(lines) + "\n")
    with flowql.open(folder / "store") as engine:
        engine.ingest(log)
    return folder / "store"


def command(store: Path, *arguments: str) -> list[str]:
    """A search as a process of its own."""
    return [sys.executable, "-m", "flowql", "--store", str(store), "search", *arguments]


def table_of(format_name: str, written: bytes) -> pa.Table:
    """What another program reads."""
    if format_name == "arrow":
        return pa.ipc.open_stream(written).read_all()
    return pq.read_table(pa.BufferReader(written))


# ---- pipes and terminals


@pytest.mark.parametrize("format_name", BINARY)
def test_a_pipe_gets_the_rows_and_nothing_else(store: Path, format_name: str) -> None:
    arguments = ["--format", format_name, "srcport:<3 | fields srcaddr, dstaddr"]
    done = subprocess.run(command(store, *arguments), capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    table = table_of(format_name, done.stdout)
    assert table.to_pydict() == {
        "srcaddr": ["10.0.0.2", "10.0.0.1", "10.0.0.0"],
        "dstaddr": ["2001:db8::1"] * 3,
    }
    assert table.schema.metadata[b"flowql.query"] == b"srcport<3 | fields srcaddr, dstaddr"


@pytest.mark.parametrize("format_name", BINARY)
def test_a_terminal_is_refused(store: Path, format_name: str) -> None:
    master, slave = pty.openpty()
    arguments = command(store, "--format", format_name, "*")
    done = subprocess.run(arguments, stdout=slave, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(slave)
    os.set_blocking(master, False)
    with pytest.raises(OSError, match=r"Input/output error|temporarily unavailable"):
        os.read(master, 1)  # nothing was written
    os.close(master)
    assert done.returncode == 2
    assert done.stderr.decode() == (
        f"error: {format_name} is binary and cannot be shown on a terminal\n"
        "  send it to a file (--output FILE) or to a program (| ...)\n"
    )


def test_a_file_may_be_written_from_a_terminal(store: Path, tmp_path: Path) -> None:
    master, slave = pty.openpty()
    arguments = command(store, "--format", "arrow", "--output", str(tmp_path / "rows"), "*")
    done = subprocess.run(arguments, stdout=slave, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(slave)
    os.close(master)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(table_of("arrow", (tmp_path / "rows").read_bytes())) == 10


@pytest.mark.parametrize("format_name", BINARY)
def test_a_closed_pipe_is_quiet(store: Path, format_name: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    arguments = command(store, "--format", format_name, "*")
    done = subprocess.run(arguments, stdout=writing, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


# ---- files


@pytest.mark.parametrize("format_name", ["table", "json", "ndjson", "csv", "tsv", "raw", "markdown", *BINARY])
def test_a_file_gets_what_a_pipe_gets(
    store: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], format_name: str
) -> None:
    path = tmp_path / "rows"
    asked = ["--format", format_name, "srcport:(1 OR 2)"]
    assert run(["--store", str(store), "search", *asked]) == 0
    piped, told = capsysbinary.readouterr()
    for option in ("-o", "--output"):
        path.write_text("of before")
        assert run(["--store", str(store), "search", option, str(path), *asked]) == 0
        assert capsysbinary.readouterr() == (b"", told)
        assert path.read_bytes() == piped
    assert os.listdir(tmp_path) == ["rows"]  # noqa: PTH208 - names only


def test_a_file_has_the_mode_that_the_user_s_mask_leaves(store: Path, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        assert run(["--store", str(store), "search", "-o", str(tmp_path / "rows"), "*"]) == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "rows").stat().st_mode) == 0o640


def test_a_link_goes_on_pointing_to_its_file(store: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("rows")
    assert run(["--store", str(store), "search", "--format", "csv", "-o", str(link), "*"]) == 0
    assert link.is_symlink()
    assert len(list(csv.reader(io.StringIO((tmp_path / "rows").read_text())))) == 11


def test_a_device_stays_a_device(store: Path) -> None:
    assert run(["--store", str(store), "search", "-o", os.devnull, "*"]) == 0
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


@pytest.mark.parametrize("format_name", ["csv", "parquet"])
@pytest.mark.parametrize("is_there", [False, True])
def test_an_answer_that_fails_leaves_what_was_there(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_name: str, *, is_there: bool
) -> None:
    batches = flowql.Result.batches

    def stopped(result: flowql.Result) -> object:
        yield from batches(result)
        raise LimitError("rows-max", "too many")

    monkeypatch.setattr(flowql.Result, "batches", stopped)
    path = tmp_path / "rows"
    if is_there:
        path.write_text("of before")
    assert run(["--store", str(store), "search", "--format", format_name, "-o", str(path), "*"]) == 4
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == (
        [("rows", "of before")] if is_there else []
    )


def test_a_file_that_cannot_be_written_is_named(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "missing" / "rows"
    assert run(["--store", str(store), "search", "-o", str(path), "*"]) == 2
    assert capsys.readouterr().err == (
        f"error: {path}: cannot be written: No such file or directory\n"
        "  name a file in a folder that can be written\n"
    )
    assert run(["--store", str(store), "search", "-o", str(tmp_path), "*"]) == 2
    assert "is a directory" in capsys.readouterr().err


def test_a_markdown_table_is_cut_as_a_table_is(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--store", str(store), "search", "--format", "markdown", "--limit", "2", "*"]) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 4
    assert "the first 2 rows (--limit N shows more)" in err
