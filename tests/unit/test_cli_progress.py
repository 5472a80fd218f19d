"""The line that tells how far a long work is: when it shows, where, and that it goes."""

import io
import sys
import threading
import time

import pytest
from patience import WITHIN_S, until

from flowql.cli import progress
from flowql.cli.answers import Tally
from flowql.cli.ingesting import progress_line
from flowql.cli.progress import told
from flowql.ingest.report import Progress


class Stream(io.StringIO):
    """Standard error, as a terminal or as something else."""

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        """What was said."""
        return self._is_terminal


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits a second here."""
    monkeypatch.setattr(progress, "QUIET_S", 0.02)
    monkeypatch.setattr(progress, "_STEP_S", 0.01)
    monkeypatch.setattr(progress, "_LINE_STEP_S", 0.01)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "20")


def shown(
    monkeypatch: pytest.MonkeyPatch, *, is_terminal: bool, wanted: bool | None, is_silent: bool = False
) -> str:
    """What a work that lasts until something is shown leaves on standard error; or a short one `is_silent`."""
    stream = Stream(is_terminal=is_terminal)
    monkeypatch.setattr(sys, "stderr", stream)
    with told(lambda _: "a long line of progress", wanted=wanted):
        if is_silent:
            time.sleep(0.05)
        else:
            until(stream.getvalue)
    return stream.getvalue()


def test_a_terminal_gets_one_line_that_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, is_terminal=True, wanted=None)
    assert text.startswith("\r\x1b[Ka long line of prog\r\x1b[K")  # cut to the width
    assert text.endswith("\r\x1b[K")
    assert "\n" not in text


def test_short_work_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "QUIET_S", WITHIN_S)
    assert shown(monkeypatch, is_terminal=True, wanted=True, is_silent=True) == ""


def test_only_terminals_get_it_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, is_terminal=False, wanted=None, is_silent=True) == ""
    assert shown(monkeypatch, is_terminal=True, wanted=False, is_silent=True) == ""
    text = shown(monkeypatch, is_terminal=False, wanted=True)
    assert set(text.splitlines()) == {"a long line of progress"}
    assert text.endswith("\n")


def test_a_dumb_terminal_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert shown(monkeypatch, is_terminal=True, wanted=None, is_silent=True) == ""
    assert "\r" not in shown(monkeypatch, is_terminal=True, wanted=True)


def test_it_ends_for_good_before_somebody_else_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Stream(is_terminal=True)
    monkeypatch.setattr(sys, "stderr", stream)
    with told(lambda _: "working", wanted=None) as line:
        until(stream.getvalue)
        line.end()
        stream.write("row\n")
        time.sleep(0.05)
    assert stream.getvalue().endswith("\r\x1b[Krow\n")
    assert "flowql-progress" not in {thread.name for thread in threading.enumerate()}


def test_a_reader_that_left_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(Stream):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Gone(is_terminal=True))
    with told(lambda _: "working", wanted=True):
        time.sleep(0.05)


def test_a_search_tells_of_rows_once_there_are_some() -> None:
    assert Tally().text(1.4) == "searching · 1 s"
    assert Tally(1_234_567).text(12) == "1,234,567 rows · 12 s"


def test_an_ingestion_tells_its_share_and_rates() -> None:
    half = Progress(records=1_000_000, lines=1_000_000, bytes_done=50_000_000, bytes_total=100_000_000)
    assert progress_line(half, 2.0) == (
        "[############............]  50%  1,000,000 records  500,000 records/s  25.0 MB/s  2 s"
    )
    endless = Progress(records=10, lines=10, bytes_done=1000, bytes_total=None)
    assert progress_line(endless, 2.0) == "10 records  5 records/s  0.0 MB/s  2 s"
