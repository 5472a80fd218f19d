"""Work that Ctrl-C stops, and the pager that stops whoever makes rows."""

import io
import os
import pty
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import TextIO

import pytest
from patience import WITHIN_S, until

from flowql.errors import CancelledError
from flowql.shell.later import Later
from flowql.shell.pager import paged
from flowql.shell.running import run_stoppable

CONTROL_WITHIN_S = 0.1
"""How long after Ctrl-C the user may be kept waiting."""


def press_control_c() -> float:
    """Press it; gives the time of that."""
    pressed_at = time.monotonic()
    os.kill(os.getpid(), signal.SIGINT)
    return pressed_at


def seconds_to_control(work: Callable[[Event], object]) -> float:
    """Seconds from the key, which is pressed as the work begins, to control."""
    pressed = list[float]()

    def pressing(cancelled: Event) -> object:
        pressed.append(press_control_c())
        return work(cancelled)

    with pytest.raises(KeyboardInterrupt):
        run_stoppable(pressing)
    return time.monotonic() - pressed[0]


def test_work_gives_its_answer_or_raises_its_error() -> None:
    assert run_stoppable(lambda cancelled: not cancelled.is_set()) is True
    with pytest.raises(ZeroDivisionError):
        run_stoppable(lambda _: 1 / 0)


def test_control_is_back_from_work_that_notices() -> None:
    noticed = Event()

    def work(cancelled: Event) -> None:
        assert cancelled.wait(WITHIN_S)
        noticed.set()
        raise CancelledError("stopped")

    assert seconds_to_control(work) < CONTROL_WITHIN_S
    assert noticed.is_set()


def test_control_is_back_from_work_that_does_not_notice() -> None:
    go = Event()
    assert seconds_to_control(lambda _: go.wait(WITHIN_S)) < CONTROL_WITHIN_S
    go.set()


def test_what_is_made_meanwhile_is_waited_for() -> None:
    go, told = Event(), list[int]()

    def make() -> int:
        assert go.wait(WITHIN_S)
        return 7

    later = Later(make, told.append)
    later.begin()
    assert later.made is None
    go.set()
    assert later.get() == 7
    assert later.made == 7
    assert told == [7]


def test_what_cannot_be_made_is_an_error_for_who_waits() -> None:
    later = Later(lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        later.get()


# ---- the pager


@dataclass(frozen=True)
class Asked:
    """What is asked of the pager."""

    pager: str = "auto"


class Terminal:
    """A terminal of ten lines, and what was written to it."""

    def __init__(self) -> None:
        self._descriptor, end = pty.openpty()
        self.out: TextIO = io.TextIOWrapper(io.FileIO(end, "w"), encoding="utf-8", write_through=True)
        self.seen = b""
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                self.seen += os.read(self._descriptor, 4096)
            except OSError:
                return

    def wait_for(self, text: str) -> None:
        """Wait until the text was written."""
        until(lambda: text.encode() in self.seen)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """A terminal that a pager would be for."""
    for name, value in {"LINES": "10", "COLUMNS": "20", "TERM": "xterm"}.items():
        monkeypatch.setenv(name, value)
    made = Terminal()
    yield made
    made.out.close()


@pytest.fixture
def pager(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Path]:
    """Sets the pager, a line of shell in which `$FILE` is the file that is given back."""

    def set_pager(command: str) -> Path:
        monkeypatch.setenv("FILE", str(tmp_path / "paged"))
        monkeypatch.setenv("PAGER", command)
        return tmp_path / "paged"

    return set_pager


def lines(count: int) -> bytes:
    return b"".join(b"line %d\n" % number for number in range(count))


def test_what_fits_the_screen_is_not_paged(terminal: Terminal, pager: Callable[[str], Path]) -> None:
    paged_file = pager('cat > "$FILE"')
    with paged(terminal.out, Asked()) as sink:
        sink.write(lines(9))
    terminal.wait_for("line 8")
    assert not paged_file.exists()


@pytest.mark.parametrize("data", [lines(10), b"x" * 19 + b"\n" + b"y" * 200, b"\n" * 10])
def test_what_does_not_fit_is_paged_whole(
    terminal: Terminal, pager: Callable[[str], Path], data: bytes
) -> None:
    paged_file = pager('cat > "$FILE"')
    with paged(terminal.out, Asked()) as sink:
        for start in range(0, len(data), 7):
            assert sink.write(data[start : start + 7])
    assert paged_file.read_bytes() == data


@pytest.mark.parametrize(
    ("asked", "environment"), [("never", {}), ("auto", {"TERM": "dumb"}), ("auto", {"PAGER": ""})]
)
def test_a_pager_that_is_not_wanted_is_not_started(
    terminal: Terminal,
    pager: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    asked: str,
    environment: dict[str, str],
) -> None:
    paged_file = pager('cat > "$FILE"')
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with paged(terminal.out, Asked(asked)) as sink:
        sink.write(lines(50))
    terminal.wait_for("line 49")
    assert not paged_file.exists()


def test_always_is_always(terminal: Terminal, pager: Callable[[str], Path]) -> None:
    paged_file = pager('cat > "$FILE"; echo "$LESS" >> "$FILE"')
    with paged(terminal.out, Asked("always")) as sink:
        sink.write(lines(1))
    assert paged_file.read_text() == "line 0\nRSX\n"


def test_what_is_no_terminal_gets_everything(pager: Callable[[str], Path]) -> None:
    paged_file = pager('cat > "$FILE"')
    data = io.BytesIO()
    with paged(io.TextIOWrapper(data), Asked("always")) as sink:
        sink.write(lines(1000))
    assert data.getvalue() == lines(1000)
    assert not paged_file.exists()


def test_rows_are_made_only_as_they_are_read(terminal: Terminal, pager: Callable[[str], Path]) -> None:
    paged_file = pager('read first; echo "$first" > "$FILE"; read go < "$FILE.go"')
    os.mkfifo(f"{paged_file}.go")
    written = []

    def write_all(_: Event) -> None:
        while True:
            written.append(sink.write(lines(1000)))

    def leave() -> None:
        until(paged_file.exists)
        time.sleep(0.1)
        Path(f"{paged_file}.go").write_text("\n")

    Thread(target=leave).start()
    with paged(terminal.out, Asked()) as sink:
        run_stoppable(write_all)
    assert sink.reader_has_left
    assert sum(written) < 200_000  # what fits the pipe, and what was held


@pytest.mark.parametrize("command", ["no-such-pager -x", "sleep 0.1; exit 1"])
@pytest.mark.parametrize("count", [10, 50_000])
def test_rows_of_a_pager_that_reads_nothing_and_fails_are_on_the_screen(
    terminal: Terminal, pager: Callable[[str], Path], command: str, count: int
) -> None:
    pager(command)
    data = lines(count)

    def write_all(_: Event) -> None:
        for start in range(0, len(data), 10_000):
            assert sink.write(data[start : start + 10_000])

    with paged(terminal.out, Asked()) as sink:
        run_stoppable(write_all)
    terminal.wait_for(f"line {count - 1}\r\n")
    assert terminal.seen.replace(b"\r\n", b"\n") == data


def test_a_pager_that_fails_later_has_had_its_rows(terminal: Terminal, pager: Callable[[str], Path]) -> None:
    pager("read first; exit 1")
    with paged(terminal.out, Asked()) as sink:
        sink.write(lines(50))
    assert sink.reader_has_left
    assert terminal.seen == b""


def test_other_errors_are_raised_behind_what_was_written(
    terminal: Terminal, pager: Callable[[str], Path]
) -> None:
    paged_file = pager('cat > "$FILE"')
    error = CancelledError("not by the reader")

    def write_and_fail() -> None:
        with paged(terminal.out, Asked()) as sink:
            sink.write(lines(50))
            raise error

    with pytest.raises(CancelledError):
        write_and_fail()
    assert paged_file.read_bytes() == lines(50)


def test_ctrl_c_in_the_pager_does_not_end_it(terminal: Terminal, pager: Callable[[str], Path]) -> None:
    paged_file = pager('cat > /dev/null; echo all > "$FILE.had"; read go < "$FILE.go"; echo read > "$FILE"')
    go = Path(f"{paged_file}.go")
    os.mkfifo(go)

    def press() -> None:
        until(Path(f"{paged_file}.had").exists)
        press_control_c()
        go.write_text("\n")

    Thread(target=press).start()
    with paged(terminal.out, Asked()) as sink:
        sink.write(lines(50))
    assert paged_file.read_text() == "read\n"


def test_work_that_was_stopped_writes_no_more(terminal: Terminal, pager: Callable[[str], Path]) -> None:
    pager("cat")
    go, refused = Event(), Event()

    def work(_: Event) -> None:
        press_control_c()
        assert go.wait(WITHIN_S)
        try:
            sink.write(b"too late\n")
        except BrokenPipeError:
            refused.set()

    with pytest.raises(KeyboardInterrupt), paged(terminal.out, Asked()) as sink:
        run_stoppable(work)
    go.set()
    assert refused.wait(WITHIN_S)
