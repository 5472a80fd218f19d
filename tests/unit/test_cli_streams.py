"""What goes where: pure machine formats, readers that leave, Ctrl-C, and files that appear when they are whole."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cli_runs import BEGIN, command_line, imported, make_store
from patience import until

from flowql.render.formats import FORMATS

ROW_COUNT = 60_000
"""More than a pipe holds, in every format."""
FORCED = {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": "40"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose answers fill any pipe."""
    ends = "10.0.0.5 10.0.1.1"
    lines = (
        f"2 1 eni-1 {ends} {1024 + n % 60000} 22 6 10 840 {BEGIN + n} {BEGIN + n} REJECT OK\n"
        for n in range(ROW_COUNT)
    )
    return make_store(tmp_path_factory.mktemp("streams"), "".join(lines))


def search(store: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    """Run a search as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "flowql", "--store", str(store), "search", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("format_name", FORMATS)
def test_machine_formats_are_pure_whatever_is_forced(store: Path, format_name: str) -> None:
    """A warning, progress and colours are asked for; none of them is in the data."""
    query = "REJECT OR ACCEPT AND OK | head 20 | fields srcport, start"
    arguments = ("--format", format_name, "--progress", query)
    plain, forced = search(store, *arguments), search(store, *arguments, **FORCED)
    assert (plain.returncode, forced.returncode) == (0, 0)
    if not FORMATS[format_name].is_machine:
        assert plain.stdout
        return
    assert forced.stdout == plain.stdout
    assert FORMATS[format_name].is_binary or b"\x1b" not in forced.stdout
    assert (b"warning" in forced.stderr) != FORMATS[format_name].has_notes
    match format_name:
        case "json":
            rows = len(json.loads(forced.stdout)["rows"])
        case "ndjson":
            rows = len([json.loads(line) for line in forced.stdout.splitlines()])
        case "csv" | "tsv":
            dialect = "excel" if format_name == "csv" else "excel-tab"
            rows = len(list(csv.DictReader(io.StringIO(forced.stdout.decode(), newline=""), dialect=dialect)))
        case "arrow":
            rows = pa.ipc.open_stream(forced.stdout).read_all().num_rows
        case "parquet":
            rows = pq.read_table(io.BytesIO(forced.stdout)).num_rows
        case _:
            rows = len(forced.stdout.splitlines())
    assert rows == 20


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_reader_that_leaves_is_no_error(store: Path, format_name: str) -> None:
    """As with `| head -1`: what was read is data, nothing is said, and the exit code is as usual."""
    arguments = ["--store", str(store), "search", "--limit", "all", "--format", format_name, "*"]
    with subprocess.Popen(
        [sys.executable, "-m", "flowql", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(10)
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(timeout=60) == 0
    assert said == b""


@pytest.mark.parametrize(
    "arguments",
    [
        ["count", "*"],
        ["topics"],
        ["rejects"],
        ["explain", "REJECT"],
        ["check"],
        ["--help"],
        ["search", "--help"],
        ["config", "list"],
        ["completion", "bash"],
        ["help", "stats"],
        ["--version"],
        ["fmt", "REJECT"],
    ],
)
def test_a_closed_pipe_is_quiet(store: Path, arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "flowql", "--store", str(store), *arguments],
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("device", ["pipe", "/dev/full"])
def test_errors_keep_their_exit_code_when_nobody_reads_them(store: Path, device: str) -> None:
    if device == "pipe":
        reading, writing = os.pipe()
        os.close(reading)
    else:
        writing = os.open(device, os.O_WRONLY)
    done = subprocess.run(
        [sys.executable, "-m", "flowql", "--store", str(store), "search", "dsport:22"],
        stdout=subprocess.PIPE,
        stderr=writing,
        check=False,
        timeout=60,
    )
    os.close(writing)
    assert (done.returncode, done.stdout) == (2, b"")


BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
@pytest.mark.parametrize(
    "arguments",
    [["search", "--format", "csv", "*"], ["search", "*"], ["count", "*"], ["topics"], ["--help"]],
)
def test_a_full_disk_is_told_and_no_success(store: Path, arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "flowql", "--store", str(store), *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
            env=BUFFERED,
        )
    said = b"error: standard output: cannot be written: No space left on device\n"
    assert (done.returncode, done.stderr) == (2, said)
    if arguments == ["search", "*"]:
        done = search(store, "-o", "/dev/full", "*")
        assert (done.returncode, done.stderr) == (2, said.replace(b"standard output", b"/dev/full"))


@pytest.mark.parametrize("closing", [">&-", "2>&-", ">&- 2>&-", "<&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_from_the_start_is_no_traceback(store: Path, closing: str) -> None:
    """And what is opened later does not take its number."""
    command = [sys.executable, "-m", "flowql"]
    done = subprocess.run(
        ["/bin/sh", "-c", f'"$@" {closing}', "sh", *command, "--store", str(store), "count", "*"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=BUFFERED,
    )
    is_written = not closing.replace("2>&-", "").count(">&-")
    assert (done.returncode, done.stdout) == ((0, f"{ROW_COUNT}\n") if is_written else (2, ""))
    assert "Traceback" not in done.stderr


def test_ctrl_c_ends_the_program_and_leaves_no_file(store: Path, tmp_path: Path) -> None:
    """Interrupted while it writes to a reader that does not read, and to a file whose writing does not end."""
    query = "* | eval a = 1" + "".join(f" | eval a{n} = round(bytes / {n}, 3)" for n in range(1, 12))
    arguments = ["--store", str(store), "search", "--format", "json", "-o", str(tmp_path / "out.json"), query]
    process = subprocess.Popen(
        [sys.executable, "-m", "flowql", *arguments], stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )
    until(lambda: list(tmp_path.iterdir()))
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - began < 2
    assert (process.returncode, out, err) == (130, b"", b"interrupted\n")
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_ends_a_program_whose_reader_does_not_read(store: Path) -> None:
    arguments = ["--store", str(store), "search", "--format", "csv", "*"]
    process = subprocess.Popen(
        [sys.executable, "-m", "flowql", *arguments], stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.read(10)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == 130
    process.communicate()


def test_an_error_leaves_the_old_file(store: Path, tmp_path: Path) -> None:
    file = tmp_path / "answer"
    file.write_text("old")
    assert search(store, "-o", str(file), "dsport:22").returncode == 2
    assert search(store, "-o", str(file), "* | eval a = bytes * 9223372036854775807").returncode == 4
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_the_program_does_without_pandas(store: Path) -> None:
    """Pyarrow would load it at its first array: 200 ms in every environment that has it."""
    ran = command_line("--store", str(store), "search", "--format", "csv", "* | head 1", imports=True)
    assert "pyarrow" in imported(ran)
    heavy = {"pandas.core", "duckdb", "sqlglot", "prompt_toolkit", "polars", "pyarrow.parquet"}
    assert imported(ran).isdisjoint(heavy)


NOT_FOR_A_SEARCH = {
    *("flowql.store.check", "flowql.store.overview", "tomllib", "dateutil.rrule"),
    *("flowql.execution.coding", "flowql.execution.emptiness", "flowql.execution.explaining"),
    *("flowql.render.chart", "flowql.render.emptiness", "flowql.render.middle"),
}
"""What a plain search whose rows go to a program leaves to those who need it."""


def test_a_plain_search_waits_for_nothing_that_only_others_need(store: Path) -> None:
    ran = command_line("--store", str(store), "search", "action:REJECT", imports=True)
    assert ran.code == 0
    assert "flowql.execution.posting_leaf" in imported(ran)
    assert imported(ran) & NOT_FOR_A_SEARCH == set()
