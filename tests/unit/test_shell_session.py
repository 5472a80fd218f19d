"""The shell: what a typed text does, and that nothing ends the session but the user."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from patience import until
from shell_screen import RECORD_COUNT, SSH_COUNT, Screen, record_lines, screen_over, small_store

import flowql
from flowql.engine import Engine
from flowql.shell import waiting
from flowql.shell.session import Session
from flowql.shell.settings import Settings


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine over a small store."""
    with flowql.open(small_store(tmp_path_factory.mktemp("shell"))) as engine:
        yield engine


@pytest.fixture
def screen(engine: Engine) -> Screen:
    """A session over it, whose output is no terminal."""
    return screen_over(engine)


def test_below_the_rows_stand_the_query_the_total_the_range_and_the_time(engine: Engine) -> None:
    screen = screen_over(engine, timing=True)
    lines = screen.after("from flows REJECT dstport:22 | fields srcport | head 2").splitlines()
    assert lines[:4] == [
        "#  srcport",
        "1    40005",
        "2    40004",
        "from flows REJECT AND dstport:22 | fields srcport | head 2",
    ]
    assert re.fullmatch(r"2 rows · 6 records matched · range \[beginning, end\) · \d+ ms", lines[4])


def test_signs_that_a_terminal_lacks_are_plainer_ones(engine: Engine) -> None:
    data = io.BytesIO()
    session = Session(engine, Settings(), io.TextIOWrapper(data, encoding="ascii"), ("flows",))
    for text in ("REJECT | count", "grün | count", r"\fields dstport", r"\help"):
        session.take(text)
    shown = data.getvalue().decode("ascii")
    assert "1 row - 6 records matched - range" in shown
    assert "from flows gr\\xfcn | count\n" in shown
    assert "internal error" not in shown


def test_what_is_told_breaks_between_its_parts(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    shown = screen_over(engine, is_terminal=True, limit=3).after("*")
    assert (
        "\nthe first 3 rows (\\set limit N shows more)\n  20 records matched · range [beginning, end)\n"
        in shown
    )


def test_the_word_of_another_shells_command_is_a_word_and_told(screen: Screen) -> None:
    assert screen.after("exit").endswith("\n\\q leaves\n")
    assert not screen.session.is_over
    assert screen.after("HELP").endswith("\n\\? helps\n")
    assert "helps" not in screen.after("help | count")


def test_the_time_can_be_left_out(screen: Screen) -> None:
    assert not re.search(r"\d ms", screen.after("REJECT"))


def test_fifty_rows_are_shown_unless_told_otherwise(screen: Screen) -> None:
    assert screen.session.settings.limit == 50
    assert f"the first 3 rows (\\set limit N shows more) · {RECORD_COUNT} records" in screen.after(
        r"\set limit 3", "*"
    )
    assert f"\n{RECORD_COUNT} rows ·" in screen.after(r"\set limit all", "*")


def test_a_long_table_is_cut_in_the_middle_when_lines_are_limited(screen: Screen) -> None:
    shown = screen.after(r"\set limit all", r"\set lines 5", "*")
    assert f"… {RECORD_COUNT - 4} of {RECORD_COUNT} rows not shown …" in shown
    assert f"\n{RECORD_COUNT} rows ·" in shown


def test_a_line_that_begins_with_a_bar_goes_on_from_the_previous_query(screen: Screen) -> None:
    screen.after("REJECT")
    assert "\nfrom flows REJECT | top 1 dstport\n" in screen.after("| top 1 dstport")
    assert "\nfrom flows REJECT | top 1 dstport | fields dstport\n" in screen.after("| fields dstport")
    assert screen.session.previous == "from flows REJECT | top 1 dstport | fields dstport"


def test_a_bar_without_a_previous_query_is_an_error(screen: Screen) -> None:
    assert "there is none yet" in screen.after("| count")


def test_a_query_that_failed_is_not_gone_on_from(screen: Screen) -> None:
    screen.after("REJECT", "dsport:22")
    assert screen.session.previous == "from flows REJECT"


def test_a_pasted_line_of_a_log_finds_its_record(screen: Screen) -> None:
    shown = screen.after(record_lines()[3])
    assert "1 row · 1 record matched" in shown
    assert "srcport=40003" in shown


def test_topics_that_were_chosen_stand_in_the_query(screen: Screen) -> None:
    assert "from flows REJECT | count\n" in screen.after("REJECT | count")
    assert "from other REJECT | count\n" in screen.after("from other REJECT | count")
    screen.session.topics = ()
    assert "\nREJECT | count\n" in screen.after("REJECT | count")


def test_an_error_is_about_the_text_as_it_was_typed(screen: Screen) -> None:
    assert "unknown field" in screen.after("dsport:22")
    assert screen.session.mistake is not None
    assert (screen.session.mistake.text, screen.session.mistake.cursor) == ("dsport:22", 0)
    screen.after("REJECT", "| tpo 3 srcaddr")
    assert screen.session.mistake is not None
    assert (screen.session.mistake.text, screen.session.mistake.cursor) == ("| tpo 3 srcaddr", 2)
    assert screen.session.mistake.proposal == "from flows REJECT | top 3 srcaddr"
    screen.after(r"\explain REJECT | tpo 3 srcaddr")
    assert screen.session.mistake is not None
    assert screen.session.mistake.proposal == r"\explain REJECT | top 3 srcaddr"
    assert screen.session.mistake.cursor == len(r"\explain REJECT | ")
    screen.after("REJECT")
    assert screen.session.mistake is None


def test_an_unknown_command_is_proposed_with_its_argument(screen: Screen) -> None:
    assert r"did you mean \drill?" in screen.after(r"\dril 3 srcaddr")
    assert screen.session.mistake is not None
    assert screen.session.mistake.proposal == r"\drill 3 srcaddr"
    assert r"\? lists the commands" in screen.after(r"\zzzzz")


@pytest.mark.parametrize(
    "text", ["\\", "\\ ", r"\\", "\x00", "\\\x1b[2J", "|", "||", ";", "  ", "\\set \udcff"]
)
def test_no_text_ends_the_session(screen: Screen, text: str) -> None:
    assert "\x1b" not in screen.after(text)
    assert not screen.session.is_over


def test_information_is_told_once_a_session(screen: Screen) -> None:
    assert "info:" in screen.after("src:10.0.0.5/8")
    assert "info:" not in screen.after("src:10.0.0.5/8")


def test_an_empty_answer_is_explained(screen: Screen) -> None:
    shown = screen.after("REJECT dstport:443")
    assert "no rows · 0 records matched" in shown
    assert "why nothing matched:" in shown


def test_explain_and_profile_are_shown_as_text_and_are_no_previous_query(screen: Screen) -> None:
    screen.after("REJECT")
    assert "logical plan" in screen.after("explain dstport:22")
    assert re.search(r"-> .* ms", screen.after("profile dstport:22"))
    assert screen.session.previous == "from flows REJECT"


class Stopped:
    """An engine at which the user presses Ctrl-C."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.path = engine.path

    def search(self, query: str, **options: Any) -> Any:
        if "slow" in query:
            raise KeyboardInterrupt
        return self._engine.search(query, **options)

    def topics(self) -> Any:
        return self._engine.topics()


def test_an_interrupted_query_keeps_the_session(engine: Engine) -> None:
    screen = screen_over(Stopped(engine))
    assert screen.after("slow") == "\nstopped\n"
    assert "1 row" in screen.after("* | count")


class Broken:
    """An engine with a fault of its own."""

    path = Path()

    def search(self, query: str, **_: Any) -> Any:
        raise ZeroDivisionError(query)


def test_a_fault_of_our_own_is_told_and_keeps_the_session() -> None:
    screen = screen_over(Broken())
    shown = screen.after("REJECT\x1b")
    assert "internal error" in shown
    assert "ZeroDivisionError" in shown
    assert "\x1b" not in shown
    assert not screen.session.is_over


def test_rows_on_a_terminal_stand_below_their_histogram(engine: Engine) -> None:
    shown = screen_over(engine, is_terminal=True).after("*")
    above = shown[: shown.index("interface-id")]
    assert "REJECT" in above
    assert "█" in above


@pytest.mark.parametrize(
    "query", ["* | count", "* | top 3 dstport", "* | facets 1", "NOT *", "srcport:40003"]
)
def test_what_has_no_course_over_time_has_no_histogram(engine: Engine, query: str) -> None:
    assert "█" not in screen_over(engine, is_terminal=True).after(query)


def test_the_histogram_can_be_left_out(engine: Engine) -> None:
    assert "█" not in screen_over(engine, is_terminal=True, histogram=False).after("*")
    assert "█" not in screen_over(engine, is_terminal=True, mode="csv").after("*")
    assert "█" not in screen_over(engine).after("*")


def test_a_session_is_made_of_an_engine_alone(engine: Engine) -> None:
    session = Session(engine)
    assert (session.settings, session.previous, session.topics) == (Settings(), None, ())


def test_parameters_go_on_with_a_query(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    screen.after(r"\save logins dstport:$port")
    assert f"{SSH_COUNT} records matched" in screen.after(r"\run logins port=22")
    assert f"{SSH_COUNT} records matched" in screen.after("| count")


def test_the_session_writes_to_standard_output_of_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    data = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr("sys.stdout", data)
    assert Session(Broken()).out is data


def test_a_note_points_into_the_text_that_ran(screen: Screen) -> None:
    lines = screen.after("src:10.0.0.5/8").splitlines()
    place = next(k for k, line in enumerate(lines) if line.startswith("info:"))
    marked = lines[place + 1][lines[place + 2].index("^") : lines[place + 2].rindex("^") + 1]
    assert marked in ("10.0.0.5/8", "src:10.0.0.5/8")


class Late:
    """An answer whose rows are made slowly."""

    def __init__(self, result: Any, out: io.BytesIO) -> None:
        self._result = result
        self._out = out

    def batches(self) -> Any:
        until(lambda: b"stops" in self._out.getvalue())
        yield from self._result.batches()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._result, name)


@pytest.mark.parametrize("pager", ["never", "auto"])
def test_rows_that_are_made_slowly_are_waited_for_visibly(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, pager: str
) -> None:
    monkeypatch.setattr(waiting, "APPEARS_AFTER_S", 0.01)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("PAGER", "cat")
    screen = screen_over(engine, is_terminal=True, histogram=False, pager=pager)
    search = engine.search
    monkeypatch.setattr(
        engine, "search", lambda *query, **options: Late(search(*query, **options), screen.data)
    )
    shown = screen.after("REJECT | fields srcport | head 1")
    assert "searching · Ctrl-C stops\r\x1b[2K#  srcport\n1    40005\n" in shown


class Uncounted:
    """An answer whose total is interrupted."""

    def __init__(self, result: Any) -> None:
        self._result = result

    def __getattr__(self, name: str) -> Any:
        if name == "matched":
            raise KeyboardInterrupt
        return getattr(self._result, name)


def test_rows_stand_when_the_counting_is_stopped(
    engine: Engine, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = engine.search
    monkeypatch.setattr(engine, "search", lambda *query, **options: Uncounted(search(*query, **options)))
    shown = screen.after("REJECT | fields srcport")
    assert "\n5  40001\n" in shown
    assert shown.endswith(
        "\nfrom flows REJECT | fields srcport\n6 rows; stopped before all that match were counted\n"
    )
    monkeypatch.undo()
    assert "1 record matched" in screen.after(r"\drill 2 srcport")
