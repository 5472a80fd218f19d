"""What helps while one types, on a real terminal: the menu, suggestions, the history and its search."""

import stat
from pathlib import Path

from terminal_screen import (
    BACKSPACE,
    CTRL_C,
    CTRL_R,
    DOWN,
    ENTER,
    ESCAPE,
    PROMPT,
    RIGHT,
    TAB,
    UP,
    Screen,
    history_of,
)
from terminal_store import Open


def asked(screen: Screen, *texts: str) -> None:
    """Run queries of one line each."""
    for number, text in enumerate(texts):
        screen.run(text)
        screen.wait_until(
            lambda done=number + 1: screen.text.count("matched") >= done and screen.cursor_line == PROMPT,
            f"answer to {text}",
        )


def test_the_menu_proposes_tab_chooses_and_enter_takes(open_shell: Open) -> None:
    screen = open_shell()
    screen.press("act")
    screen.wait_for("action  text")
    screen.press(TAB, ENTER)
    screen.wait_for_line("flowql> action")
    screen.press(":")
    screen.wait_for("ACCEPT  180 records", "REJECT  60 records")
    screen.press(TAB, TAB, ENTER)
    screen.wait_for_line("flowql> action:REJECT")
    screen.press(" | count", ENTER)
    screen.wait_for("60 records matched")


def test_the_menu_comes_back_for_what_is_left_of_a_word(open_shell: Open) -> None:
    screen = open_shell()
    screen.press("actx")
    screen.wait_for_line("flowql> actx")
    screen.press(BACKSPACE)
    screen.wait_for("action  text")


def test_what_refines_a_query_is_proposed_of_its_columns(open_shell: Open) -> None:
    screen = open_shell(lines=40)
    asked(screen, "* | stats count() as many by action")
    screen.press("| sort m")
    screen.wait_for("many   count")


def test_commands_and_their_arguments_are_proposed(open_shell: Open) -> None:
    screen = open_shell()
    screen.press("\\expl")
    screen.wait_for("\\explain")
    screen.press("ain act")
    screen.wait_for("action  text")
    screen.press(CTRL_C, "\\set editing ")
    screen.wait_for("emacs")
    screen.wait_for("vi")


def test_the_history_is_kept_for_its_owner_without_what_begins_with_a_blank(
    open_shell: Open, state: Path
) -> None:
    screen = open_shell()
    asked(screen, "REJECT | count")
    asked(screen, " 22 | count")
    asked(screen, "REJECT | count")
    assert history_of(state) == ["REJECT | count"]
    assert stat.S_IMODE((state / "flowql" / "history").stat().st_mode) == 0o600
    again = open_shell()
    again.press(UP)
    again.wait_for_line("flowql> REJECT | count")


def test_the_history_is_searched_by_letters_in_order(open_shell: Open) -> None:
    screen = open_shell(lines=40)
    asked(screen, "action:REJECT | count", "dstport:22 | count", "action:ACCEPT | count")
    screen.press("draft", CTRL_R)
    screen.wait_for("history> draft", "Enter takes")
    screen.press(*[BACKSPACE] * 5)
    screen.wait_for("history>", "\n          dstport:22 | count")
    screen.press("a:e|")
    screen.wait_until(lambda: "\n          dstport" not in screen.text, "narrower list")
    screen.wait_for("action:ACCEPT | count", "\n              action:REJECT | count")
    screen.press(DOWN, CTRL_R)
    screen.wait_for_line("history> action:REJECT | count")
    screen.press(ENTER)
    screen.wait_for_line("flowql> action:REJECT | count")
    screen.press(CTRL_C, CTRL_R, "22c")
    screen.wait_for("history> 22c", "dstport:22 | count")
    screen.press(ENTER)
    screen.wait_for_line("flowql> dstport:22 | count")


def test_a_search_that_is_given_up_leaves_the_text(open_shell: Open) -> None:
    screen = open_shell()
    asked(screen, "REJECT | count")
    screen.press("draft", CTRL_R)
    screen.wait_for("history> draft")
    screen.press(ESCAPE)
    screen.wait_for_line("flowql> draft")


def test_what_was_typed_before_is_suggested_and_the_right_arrow_takes_it(open_shell: Open) -> None:
    screen = open_shell()
    asked(screen, "dstport:443 | count")
    screen.press("dstport:4")
    screen.wait_for_line("flowql> dstport:443 | count")
    screen.press(RIGHT, " by action")
    screen.wait_for_line("flowql> dstport:443 | count by action")
