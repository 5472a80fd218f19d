"""The shell: what a typed text does, and that nothing ends the session but the user."""

import io
import os
import pty
import select
import stat
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pytest
from prompt_toolkit.history import FileHistory, InMemoryHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

import flowql
from flowql.errors import Diagnostic, QueryError, Severity, Span
from flowql.execution.emptiness import EmptyAnswer
from flowql.execution.words import WORD_NOTES
from flowql.plan.logical import ALL_TIME, Column, TimeRange
from flowql.schema import Kind
from flowql.shell.history import open_history
from flowql.shell.loop import run_shell
from flowql.shell.prompt import make_prompt
from flowql.shell.session import Session
from flowql.zones import UTC, Zone

WITHIN_S = 20.0
"""How long a real terminal is waited for."""


@dataclass
class FakeAnswer:
    """Numbers from 0."""

    row_count: int
    query: str
    notes: tuple[Diagnostic, ...] = ()
    columns: tuple[Column, ...] = (Column("n", Kind.COUNT),)
    range: TimeRange = ALL_TIME
    zone: Zone = UTC
    matched: int = 5000
    overlaps: bool = False
    reaching: int | None = None
    complete: bool = True
    empty: EmptyAnswer | None = None
    counted: list[str] = field(default_factory=list)

    @property
    def word_notes(self) -> tuple[Diagnostic, ...]:
        """Information that is counted, and that it was."""
        self.counted.append(self.query)
        return tuple(Diagnostic(code, f"counted: {code}", severity=Severity.INFO) for code in WORD_NOTES)

    def why_empty(self) -> EmptyAnswer | None:
        """An explanation, where one is given."""
        return self.empty

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows."""
        yield pa.RecordBatch.from_arrays([pa.array(range(self.row_count), pa.int64())], names=["n"])


@dataclass
class FakeTopic:
    """A topic."""

    name: str = "default/flows"
    rows: int = 1


@dataclass
class FakeEngine:
    """Answers `rows N`, fails on `bad`, is interrupted by `slow`."""

    asked: list[tuple[str, int | None]] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)

    def search(self, query: str, *, now: int | None = None, limit: int | None = None) -> FakeAnswer:
        """An answer, or an error."""
        assert now is None
        self.asked.append((query, limit))
        if query == "bad":
            raise QueryError(query, (Diagnostic("bad", "this is bad", Span(0, 3)),))
        if query == "slow":
            raise KeyboardInterrupt
        wanted = int(query.removeprefix("rows "))
        notes = (
            Diagnostic("told", "for your information", severity=Severity.INFO),
            Diagnostic("warned", "be warned", severity=Severity.WARNING),
        )
        empty = EmptyAnswer(1, None, in_scope=7, left_out=["values near b"]) if wanted == 0 else None
        return FakeAnswer(
            wanted if limit is None else min(wanted, limit), query, notes, empty=empty, counted=self.counted
        )

    def explain(self, query: str, *, now: int | None = None) -> str:
        """A plan."""
        assert now is None
        return f"plan of {query}\x1b\n"

    def topics(self) -> list[FakeTopic]:
        """One topic."""
        return [FakeTopic()]


@dataclass
class Screen:
    """A session whose output is kept."""

    session: Session
    data: io.BytesIO

    def after(self, *texts: str) -> str:
        """What the texts made it write."""
        begin = len(self.data.getvalue())
        for text in texts:
            self.session.take(text)
        return self.data.getvalue()[begin:].decode()


@pytest.fixture
def screen() -> Screen:
    """A session over a fake engine."""
    data = io.BytesIO()
    return Screen(Session(FakeEngine(), io.TextIOWrapper(data, encoding="utf-8")), data)


def test_an_answer_is_a_table_with_query_total_range_and_time(screen: Screen) -> None:
    lines = screen.after("rows 2").splitlines()
    assert lines[:4] == ["n", "0", "1", "rows 2"]
    assert lines[4].startswith("2 rows · 5,000 records matched · range [beginning, end) · ")
    assert lines[4].endswith(" ms")


def test_fifty_rows_are_shown_unless_told_otherwise(screen: Screen) -> None:
    assert r"the first 50 rows (\limit N shows more)" in screen.after("rows 51")
    assert "\n51 rows ·" in screen.after(r"\limit all", "rows 51")
    assert "the first 1 row (" in screen.after(r"\limit 1", "rows 51")
    assert "takes a number" in screen.after(r"\limit few")


def test_information_is_told_once_and_warnings_always(screen: Screen) -> None:
    first, second = screen.after("rows 1"), screen.after("rows 1")
    assert "for your information" in first
    assert "for your information" not in second
    assert "be warned" in first
    assert "be warned" in second


def test_words_are_counted_until_their_notes_are_told(screen: Screen) -> None:
    assert "counted: word-ways" in screen.after("rows 1")
    assert "counted:" not in screen.after("rows 2")
    assert screen.session.engine.counted == ["rows 1"]


def test_an_empty_answer_is_explained_below_it(screen: Screen) -> None:
    assert screen.after("rows 0").endswith(
        "why nothing matched:\n  no record of the topics has a start\n"
        "  the time did not suffice for: values near b\n"
    )
    assert "why nothing matched" not in screen.after("rows 1")


def test_errors_and_interrupts_keep_the_session(screen: Screen) -> None:
    assert screen.after("bad") == "error: this is bad\n  bad\n  ^^^\n"
    assert screen.after("slow") == "\nstopped\n"
    assert not screen.session.is_over
    assert screen.after("rows 1").startswith("n\n0\n")


def test_commands(screen: Screen) -> None:
    assert r"\topics" in screen.after(r"\?")
    assert screen.after(r"\topics") == "default/flows  1 record\n"
    assert screen.after(r"\explain REJECT") == "plan of REJECT\\x1b\n"
    assert screen.after(r"\nonsense") == "there is no command \\nonsense; \\? lists them\n"
    assert screen.after(r"\x") == "one line a value\n"
    assert screen.after("rows 2").startswith("n  0\n\nn  1\n")
    assert screen.after("  ") == ""
    screen.after(r"\q")
    assert screen.session.is_over


def typed(keys: str) -> str:
    """What the prompt returns for these keys."""
    with create_pipe_input() as keyboard:
        keyboard.send_text(keys)
        prompt = make_prompt(InMemoryHistory())
        prompt.app.input, prompt.app.output = keyboard, DummyOutput()
        return prompt.prompt()


def test_enter_goes_on_while_something_is_open_and_escape_enter_does_not() -> None:
    assert typed("REJECT\r") == "REJECT"
    assert typed("(dstport:22 OR\rdstport:80)\r") == "(dstport:22 OR\ndstport:80)"
    assert typed("(dstport:22 OR\x1b\r") == "(dstport:22 OR"


def test_the_history_is_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "state" / "history"
    history = open_history(path)
    assert isinstance(history, FileHistory)
    history.append_string("REJECT")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(open_history(path).load_history_strings()) == ["REJECT"]


def test_a_history_that_cannot_be_kept_lasts_a_session(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file, not a folder")
    assert isinstance(open_history(tmp_path / "state" / "history"), InMemoryHistory)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of one record."""
    folder = tmp_path_factory.mktemp("shell")
    (folder / "a.log").write_text(
        "2 1 eni-1 10.0.0.1 10.0.0.2 40000 22 6 1 40 1544709600 1544709601 REJECT OK\n"
    )
    with flowql.open(folder / "store") as engine:
        engine.ingest([folder / "a.log"])
    return folder / "store"


class Keyboard:
    """The other end of a real terminal, on which the program runs."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process, self._descriptor = pty.fork()
        self._seen = b""
        if self.process == 0:
            os.environ |= environment
            os.execv(sys.executable, [sys.executable, "-m", "flowql"])  # noqa: S606 - our own program

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._descriptor, keys.encode())

    def wait_for(self, text: str) -> None:
        """Read the screen until `text` appears; what was read counts no more."""
        deadline = time.monotonic() + WITHIN_S
        while text.encode() not in self._seen:
            assert time.monotonic() < deadline, f"no {text!r} in {self._seen!r}"
            assert self._read(), f"the program ended without {text!r}: {self._seen!r}"
        self._seen = self._seen.split(text.encode(), 1)[1]

    def exit_code(self) -> int:
        """Read the screen until the program ends."""
        deadline = time.monotonic() + WITHIN_S
        while self._read():
            assert time.monotonic() < deadline, f"no end after {self._seen!r}"
        os.close(self._descriptor)
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])

    def _read(self) -> bool:
        """Read what is there; False when the program has ended."""
        if not select.select([self._descriptor], [], [], 0.1)[0]:
            return True
        try:
            read = os.read(self._descriptor, 65536)
        except OSError:  # Linux says so when nobody has the terminal open any more
            return False
        if b"\x1b[6n" in read:  # the editor asks where the cursor is, as it may of a real terminal
            self.type("\x1b[1;1R")
        self._seen += read
        return bool(read)


def test_a_session_on_a_real_terminal(store: Path, tmp_path: Path) -> None:
    keyboard = Keyboard({"XDG_STATE_HOME": str(tmp_path), "TERM": "xterm", "FLOWQL_STORE": str(store)})
    keyboard.wait_for("Ctrl-D leaves.")
    keyboard.wait_for("flowql>")
    keyboard.type("half of a query\x03")
    keyboard.type("dsport:22\r")
    keyboard.wait_for("similar name: dstport, srcport")
    keyboard.type("action:REJECT\r")
    keyboard.wait_for("1 record matched")
    keyboard.wait_for("flowql>")
    keyboard.type("\x04")
    assert keyboard.exit_code() == 0
    assert "action:REJECT" in (tmp_path / "flowql" / "history").read_text()


def test_the_menu_on_a_real_terminal(store: Path, tmp_path: Path) -> None:
    """What is proposed shows while one types; Tab chooses it, Enter takes it, and only then runs the query."""
    keyboard = Keyboard({"XDG_STATE_HOME": str(tmp_path), "TERM": "xterm", "FLOWQL_STORE": str(store)})
    keyboard.wait_for("flowql>")
    keyboard.type("act")
    keyboard.wait_for("text")
    keyboard.type("\t\r:")
    keyboard.wait_for("1 record")
    keyboard.type("\t\r")
    keyboard.type(" AND srcport:40000\r")
    keyboard.wait_for("1 record matched")
    keyboard.wait_for("flowql>")
    keyboard.type("\x04")
    assert keyboard.exit_code() == 0
    assert "+action:REJECT AND srcport:40000\n" in (tmp_path / "flowql" / "history").read_text()


def test_the_first_look_at_a_missing_store_is_an_error(tmp_path: Path) -> None:
    with flowql.open(tmp_path / "none") as engine, pytest.raises(flowql.StoreError):
        run_shell(engine)
