"""The threads around the roads: order, stopping, errors, standard input, bounds."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from ingest_recorder import ROOT, Recorder
from test_ingest_files import HEADER, accounts, line, numbers, run, text

from flowql.errors import StoreError
from flowql.ingest import IngestCancelledError, blocks, cutter, fast, ingest, intake, pipeline, raw, texts
from flowql.ingest.cutter import FoundHeader
from flowql.ingest.layout import DEFAULT
from flowql.ingest.report import Tally
from flowql.store.batch import Batch, Checkpoint, Reject


@pytest.fixture
def small_blocks() -> Iterator[None]:
    with patch.object(blocks, "BLOCK_BYTES", 2_000), patch.object(texts, "TEXT_BYTES", 2_000):
        yield


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("stop_after", [1, 7])
def test_what_was_taken_when_stopped_is_committed_and_not_taken_again(
    tmp_path: Path, stop_after: int
) -> None:
    recorder = Recorder()
    (tmp_path / "a.log").write_bytes(text(range(2_000)))
    with pytest.raises(IngestCancelledError) as stopped:
        ingest(recorder, [tmp_path], cancelled=lambda: len(recorder.batches) >= stop_after)
    assert 0 < stopped.value.report.records == len(numbers(recorder)) < 2_000
    assert recorder.commit_count == 1
    assert stopped.value.exit_code == 130
    run(recorder, tmp_path)
    assert numbers(recorder) == list(range(2_000))


@pytest.mark.usefixtures("small_blocks")
def test_ctrl_c_stops_between_two_blocks(tmp_path: Path) -> None:
    recorder = Recorder()
    (tmp_path / "a.log").write_bytes(text(range(5_000)))
    # A shell's background job ignores the signal, and so would this test.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(IngestCancelledError):
            # Raised in this thread: a signal to the process may reach another one, and be late.
            ingest(recorder, [tmp_path], progress=lambda _: signal.raise_signal(signal.SIGINT))
    finally:
        after = signal.signal(signal.SIGINT, before)
    assert recorder.commit_count == 1
    assert after is signal.default_int_handler


class _FullDisk(Recorder):
    def add(
        self, batch: Batch, rejects: Sequence[Reject], checkpoints: Sequence[Checkpoint], next_sequence: int
    ) -> None:
        super().add(batch, rejects, checkpoints, next_sequence)
        if len(self.batches) == 3:
            raise StoreError("no space left")


@pytest.mark.usefixtures("small_blocks")
def test_an_error_of_the_writer_is_passed_on_and_the_threads_end(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(text(range(5_000)))
    with pytest.raises(StoreError):
        ingest(_FullDisk(), [tmp_path])
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("flowql-")]


def test_an_error_in_the_reader_is_raised_in_the_caller(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(text([1]))
    defect = patch.object(cutter, "count_lines", side_effect=RuntimeError("defect"))
    with defect, pytest.raises(RuntimeError, match="defect"):
        run(Recorder(), tmp_path)


@pytest.mark.usefixtures("small_blocks")
def test_blocks_between_reader_and_writer_are_bounded(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(text(range(5_000)))
    recorder = Recorder()
    sent = []
    parse_lines = pipeline.parse_lines

    def count(*args: Any) -> Any:
        sent.append(len(recorder.batches))
        return parse_lines(*args)

    with patch.object(pipeline, "parse_lines", count):
        ingest(recorder, [tmp_path], progress=lambda _: time.sleep(0.002))
    ahead = [i - taken for i, taken in enumerate(sent)]
    assert len(sent) > 100
    assert max(ahead) <= pipeline.BLOCKS_WAITING_MAX + 3


def test_standard_input_is_committed_while_it_lasts() -> None:
    reading, writing = os.pipe()
    recorder = Recorder()
    seen: list[int] = []

    def feed() -> None:
        with os.fdopen(writing, "wb", buffering=0) as pipe:
            for n in range(3):
                seen.append(recorder.committed_records)
                pipe.write(text([n]))
                deadline = time.monotonic() + 10
                while recorder.committed_records <= n and time.monotonic() < deadline:
                    time.sleep(0.01)

    feeder = threading.Thread(target=feed)
    feeder.start()
    with (
        os.fdopen(reading, "rb") as stdin,
        patch.object(pipeline, "STREAM_COMMIT_S", 0.0),
        patch.object(raw, "_STREAM_WAIT_S", 0.01),
        patch.object(cutter, "STREAM_FLUSH_S", 0.01),
    ):
        report = ingest(recorder, ["-"], stdin=stdin)
    feeder.join()
    assert accounts(report) == (3, 3, 0, 0, 0)
    assert seen == [0, 1, 2]


def test_a_silent_standard_input_can_be_left() -> None:
    reading, writing = os.pipe()
    try:
        with os.fdopen(reading, "rb") as stdin, pytest.raises(IngestCancelledError):
            ingest(Recorder(), ["-"], stdin=stdin, cancelled=lambda: True)
    finally:
        os.close(writing)


def test_a_named_pipe_is_read_like_standard_input(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    feeder = threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(text(range(10))))
    feeder.start()
    recorder = Recorder()
    report = run(recorder, tmp_path / "pipe")
    feeder.join()
    assert report.records == 10
    assert recorder.checkpoints() == []


def test_no_work_at_import() -> None:
    code = "import flowql.ingest, threading; assert threading.active_count() == 1"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def _block(content: list[str], first_line: int, header_count: int = 0) -> blocks.Block:
    data = "".join(each + "\n" for each in content).encode()
    stretch = blocks.Stretch("a", first_line, len(content), len(data), header_count, 1_000 * first_line)
    return blocks.Block(data, DEFAULT, (stretch,), blocks.News())


class _Reader:
    def __init__(self) -> None:
        self.adopted: list[FoundHeader] = []

    def adopt(self, found: FoundHeader) -> None:
        self.adopted.append(found)

    def refuse(self, source: str) -> None:
        raise AssertionError(source)


def test_a_found_header_holds_until_the_reader_cuts_out_another() -> None:
    recorder, reader = Recorder(), _Reader()
    taker = intake.Intake(recorder, reader, Tally())
    for block in (
        _block([line(0), "bytes srcaddr", "1 10.0.0.1"], 1),
        _block(["2 10.0.0.1"], 4),
        _block([line(3)], 6, header_count=1),
        _block([line(4)], 7),
    ):
        taker.take(block, fast.parse_lines(block.data, block.layout))
    assert numbers(recorder) == [0, 1, 2, 3, 4]
    assert [number for _, number in recorder.lines()] == [1, 3, 4, 6, 7]
    assert [(found.line, found.layout.names) for found in reader.adopted] == [(2, ("bytes", "srcaddr"))]


@pytest.mark.usefixtures("small_blocks")
def test_a_header_that_repeats_is_found_by_parsing_once(tmp_path: Path) -> None:
    content = [line(0), *["bytes srcaddr", *["1 10.0.0.1"] * 300] * 40]
    (tmp_path / "a.log").write_text("\n".join(content))
    recorder = Recorder()
    follow = intake.Intake._follow_header
    with patch.object(intake.Intake, "_follow_header", autospec=True, side_effect=follow) as followed:
        report = run(recorder, tmp_path)
    assert (report.records, report.headers) == (12_001, 40)
    # The reader learns of it while it is some blocks ahead.
    assert followed.call_count <= pipeline.BLOCKS_WAITING_MAX + 4


def test_a_header_like_the_first_is_cut_out_by_the_reader(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(f"{HEADER}\n{line(1)}\n" * 1_000)
    with patch.object(intake.Intake, "_follow_header", side_effect=AssertionError):
        assert run(Recorder(), tmp_path).headers == 1_000
