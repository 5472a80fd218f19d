"""The histogram of an answer stands above its rows unless they would wait for it; waiting is told."""

import io
import time
from dataclasses import dataclass, field
from threading import Event, Timer

import pytest
from patience import WITHIN_S

from flowql.errors import CancelledError
from flowql.render.answer import Style
from flowql.shell import over_time, waiting
from flowql.shell.over_time import OverTime
from flowql.shell.waiting import waiting_line
from flowql.zones import UTC, Zone


@dataclass(frozen=True)
class Counts:
    """A value's counts."""

    name: str | None
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Drawn:
    """A histogram of three buckets."""

    series: tuple[Counts, ...]
    bounds: tuple[int, ...] = (0, 60_000_000_000, 120_000_000_000, 180_000_000_000)
    untimed: int = 0


@dataclass
class Answer:
    """An answer that lets itself be waited for, unless it is stopped."""

    is_slow: bool = False
    counts: tuple[int, ...] = (1, 2, 3)
    zone: Zone = UTC
    cancelled: Event = field(default_factory=Event)

    def histogram(self, bucket_count_max: int = 200, by: str = "action") -> Drawn | None:
        """Three buckets, if nobody stops that."""
        assert bucket_count_max > 0
        if self.is_slow and self.cancelled.wait(WITHIN_S):
            raise CancelledError("stopped")
        return Drawn((Counts(by, self.counts),)) if sum(self.counts) else None

    def whole(self, cancelled: Event | None = None) -> "Answer":
        """The same, stopped by another event."""
        return Answer(self.is_slow, self.counts, self.zone, cancelled or Event())


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_what_is_known_soon_stands_above(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(over_time, "PATIENCE_S", WITHIN_S)
    drawn = OverTime(Answer(), is_wanted=True)
    assert any("█" in line for line in drawn.above(Style(width=60)))
    assert drawn.below(Style(width=60)) == []


def test_rows_do_not_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(over_time, "PATIENCE_S", 0.01)
    answer = Answer(is_slow=True)
    drawn = OverTime(answer, is_wanted=True)
    assert drawn.above(Style(width=60)) == []
    answer.is_slow = False
    assert any("█" in line for line in drawn.below(Style(width=60)))


@pytest.mark.parametrize("counts", [(0, 0, 0), (0, 1, 0)])
def test_less_than_two_records_have_no_course(counts: tuple[int, ...]) -> None:
    drawn = OverTime(Answer(counts=counts), is_wanted=True)
    assert drawn.above(Style(width=60)) == []
    assert drawn.below(Style(width=60)) == []


def test_nothing_is_asked_for_where_it_is_not_wanted() -> None:
    assert OverTime(Answer(is_slow=True), is_wanted=False).above(Style()) == []


def test_what_takes_long_is_told_until_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "APPEARS_AFTER_S", 0.01)
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    with waiting_line(out, "counting"):
        while not out.getvalue():
            time.sleep(0.001)
    assert out.getvalue() == "counting\r\x1b[2K"
    with waiting_line(out, "counting"):
        pass
    assert out.getvalue() == "counting\r\x1b[2K"


def test_a_key_that_stops_the_waiting_at_once_leaves_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    class Struck(Timer):
        def start(self) -> None:
            super().start()
            raise KeyboardInterrupt

    monkeypatch.setattr(waiting, "Timer", Struck)
    monkeypatch.setattr(waiting, "APPEARS_AFTER_S", 0.01)
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    with pytest.raises(KeyboardInterrupt), waiting_line(out, "searching"):
        pass
    time.sleep(0.05)
    assert out.getvalue() == ""


def test_a_dumb_terminal_and_a_pipe_are_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "APPEARS_AFTER_S", 0)
    for out, terminal in ((io.StringIO(), "xterm"), (Terminal(), "dumb")):
        monkeypatch.setenv("TERM", terminal)
        with waiting_line(out, "counting"):
            time.sleep(0.02)
        assert out.getvalue() == ""
