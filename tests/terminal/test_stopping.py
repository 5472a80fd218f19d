"""Stopping and paging on a real terminal: slow queries, long answers, readers who leave."""

import time
from pathlib import Path

from terminal_screen import CTRL_C, CTRL_D, ENTER, PROMPT
from terminal_store import RECORD_COUNT, Open

SLOW_SHELL = str(Path(__file__).parent / "slow_shell.py")
SOON_S = 2.0
"""Far less than the query takes; how soon exactly is for tests of `running`, on a machine that is busy."""


def test_ctrl_c_stops_a_query_and_keeps_the_session(open_shell: Open, store: Path) -> None:
    screen = open_shell([SLOW_SHELL, str(store)])
    screen.run("slow")
    time.sleep(0.3)  # so that the query runs
    pressed = time.monotonic()
    screen.press(CTRL_C)
    screen.wait_for("stopped\nflowql>")
    assert time.monotonic() - pressed < SOON_S
    screen.run("REJECT | count")
    screen.wait_for("60 records matched")
    screen.wait_for_line(PROMPT)
    screen.press(CTRL_D)
    assert screen.exit_code() == 0


def test_a_long_answer_is_read_in_the_pager_and_left_early(open_shell: Open) -> None:
    screen = open_shell(environment={"PAGER": "less", "LESS": "RSX"})
    screen.run(r"\set limit all")
    screen.run("*")
    screen.wait_until(lambda: screen.lines[-1] == ":", "pager")
    assert "matched" not in screen.text
    screen.press("q")
    screen.wait_for(f"{RECORD_COUNT} records matched", PROMPT)
    screen.wait_for_line(PROMPT)
    screen.press(CTRL_D)
    assert screen.exit_code() == 0


def test_ctrl_c_in_the_pager_keeps_pager_and_session(open_shell: Open) -> None:
    screen = open_shell(environment={"PAGER": "less", "LESS": "RSX"})
    screen.run("*")
    screen.wait_until(lambda: screen.lines[-1] == ":", "pager")
    screen.press(CTRL_C)
    screen.wait_until(lambda: screen.pressed("G") and "(END)" in screen.lines[-1], "pager's end")
    screen.press("q")
    # It stops the making of rows, if that is not over.
    screen.wait_until(
        lambda: "stopped" in screen.text or "records matched" in screen.text, "end of the answer"
    )
    screen.wait_for_line(PROMPT)
    screen.run("REJECT | count")
    screen.wait_for("60 records matched")


def test_what_fits_is_not_paged(open_shell: Open) -> None:
    screen = open_shell(environment={"PAGER": "echo paged; cat"})
    screen.run("* | top 3 dstport")
    screen.wait_for(f"{RECORD_COUNT} records matched")
    assert "paged" not in screen.text


def test_a_pager_that_is_not_wanted_is_not_asked(open_shell: Open) -> None:
    screen = open_shell(environment={"PAGER": "echo paged; cat"}, lines=100)
    screen.run(r"\set pager never")
    screen.run(r"\set limit all")
    screen.press("*", ENTER)
    screen.wait_for(f"{RECORD_COUNT} records matched")
    assert "paged" not in screen.text
