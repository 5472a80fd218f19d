"""Typing on a real terminal: lines, pastes, refining, mistakes, colours, sizes, the way out."""

from pathlib import Path

from terminal_screen import (
    CTRL_A,
    CTRL_C,
    CTRL_D,
    CTRL_UNDERLINE,
    ENTER,
    ESCAPE,
    LEFT,
    PROMPT,
    TAB,
    history_of,
    pasted,
)
from terminal_store import RECORD, RECORD_COUNT, Open


def test_the_greeting_and_the_bar_tell_where_one_is(open_shell: Open, store: Path) -> None:
    screen = open_shell(is_loaded=False)
    screen.wait_for(f" {store.name} · default/flows · 2018-12-13 14:00 to 14:03 · UTC · table")
    first, second, prompt = screen.lines[:3]
    assert first.startswith("FlowQL ")
    assert str(store) in first or "…" in first
    assert second == f"{RECORD_COUNT} records · default/flows · 2018-12-13 14:00 to 14:03"
    assert prompt == PROMPT
    assert screen.cursor == (2, len(PROMPT) + 1)
    screen.run("REJECT | count")  # by a program that loaded everything itself
    screen.wait_for("60 records matched")
    screen.wait_for_line(PROMPT)
    screen.press(CTRL_D)
    assert screen.exit_code() == 0


def test_a_query_goes_on_while_something_is_open(open_shell: Open) -> None:
    screen = open_shell(lines=40)
    screen.press("(dstport:22 OR", ENTER)
    screen.wait_for_line("   ...>")
    screen.press("dstport:80) |", ENTER)
    screen.wait_for("80) |\n   ...>")
    screen.press("count", ENTER)
    screen.wait_for("160 records matched")


def test_escape_enter_and_a_semicolon_run_what_is_open(open_shell: Open) -> None:
    screen = open_shell()
    screen.press("(dstport:22", ESCAPE, ENTER)
    screen.wait_for("this ( is not closed", "flowql> (dstport:22\n")
    screen.wait_for(" Tab: (dstport:22)")
    screen.press(CTRL_C, "(dstport:80;", ENTER)
    screen.wait_for("  (dstport:80\n  ^")


def test_a_paste_is_one_text_and_is_not_run(open_shell: Open) -> None:
    screen = open_shell()
    screen.press(pasted("action:REJECT\ndstport:22\n| count\n"))
    screen.wait_for("flowql> action:REJECT\n   ...> dstport:22\n   ...> | count")
    screen.press(ENTER)
    screen.wait_for("action:REJECT AND dstport:22 | count", "records matched")


def test_a_pasted_record_is_found(open_shell: Open) -> None:
    screen = open_shell(lines=40)
    screen.press(pasted(f"{RECORD} \t\n"))
    screen.wait_for("1544709601 R\n        EJECT OK")
    screen.press(ENTER)
    screen.wait_for(
        "version=2 AND account-id=1 AND interface-id=eni-lq6 AND srcaddr=10.0.0.1 ", "1 record matched"
    )


def test_a_line_with_a_bar_refines_the_previous_query(open_shell: Open) -> None:
    screen = open_shell(lines=40)
    screen.run("action:REJECT | head 3")
    screen.wait_for("60 records matched")
    screen.run("| top 2 dstport")
    screen.wait_for("action:REJECT | head 3 | top 2 dstport", "60 records matched")


def test_a_mistake_is_on_the_prompt_and_tab_takes_the_proposal(open_shell: Open) -> None:
    screen = open_shell()
    screen.run("action:REJECT AND OR dstport:22")
    screen.wait_for("try: action:REJECT OR dstport:22", " Tab: action:REJECT OR dstport:22")
    screen.wait_for_line("flowql> action:REJECT AND OR dstport:22")
    assert screen.cursor[1] == len("flowql> action:REJECT AND ")
    screen.press(TAB)
    screen.wait_for_line("flowql> action:REJECT OR dstport:22")
    assert "Tab:" not in screen.text
    screen.press(CTRL_UNDERLINE)
    screen.wait_for_line("flowql> action:REJECT AND OR dstport:22")
    screen.press(CTRL_C)
    screen.wait_for_line(PROMPT)


def test_a_mistake_that_was_touched_is_the_users(open_shell: Open) -> None:
    screen = open_shell()
    screen.run("action:REJECT AND OR dstport:22")
    screen.wait_for(" Tab: ")
    screen.press(LEFT)
    screen.wait_until(lambda: "Tab:" not in screen.text, "line without the proposal")


def test_parts_are_coloured_and_what_is_wrong_too(open_shell: Open) -> None:
    screen = open_shell()
    screen.press("action:REJECT OR OR 22 ")
    screen.wait_until(lambda: screen.text.count("OR OR 22") and screen.colour_of("OR 22") == "red", "red OR")
    assert screen.colour_of("action:") == "cyan"
    assert screen.colour_of("22") == "magenta"


def test_commands_are_coloured_by_any_of_their_names(open_shell: Open) -> None:
    screen = open_shell()
    for name, colour in (("\\helq", "red"), ("\\h", "default"), ("\\help", "default")):
        screen.press(CTRL_C, f"{name} count")
        screen.wait_for_line(f"flowql> {name} count")
        screen.wait_until(
            lambda name=name, colour=colour: screen.colour_of(name) == colour, f"{colour} {name}"
        )


def test_another_size_is_drawn_anew(open_shell: Open) -> None:
    screen = open_shell()
    screen.press("action:REJECT")
    screen.wait_for("action:REJECT", "· UTC · table")
    screen.resize(12, 50)
    screen.wait_until(lambda: any(line.endswith("· table") for line in screen.lines), "bar that fits")
    screen.wait_for_line("flowql> action:REJECT")
    screen.press(CTRL_A, "NOT ")
    screen.wait_for_line("flowql> NOT action:REJECT")


def test_ctrl_c_clears_the_line_and_ctrl_d_leaves(open_shell: Open, state: Path) -> None:
    screen = open_shell()
    screen.press("half of a", CTRL_C)
    screen.wait_for_line(PROMPT)
    screen.press("also", CTRL_A, CTRL_D)
    screen.wait_for_line("flowql> lso")
    screen.press(CTRL_C, CTRL_D)
    assert screen.exit_code() == 0
    assert history_of(state) == []


def test_what_is_typed_ahead_is_kept_for_the_next_prompt(open_shell: Open) -> None:
    screen = open_shell(lines=40)
    screen.press("dstport:22 | count", ENTER, "dstport:80 | count", ENTER, "dstport:443")
    screen.wait_until(lambda: screen.text.count("80 records matched") == 2, "two answers")
    screen.wait_for_line("flowql> dstport:443")
    assert "dstport:80 | count\ndstport" not in screen.text


def test_vi_keys(open_shell: Open) -> None:
    screen = open_shell()
    screen.run(r"\set editing vi")
    screen.wait_for("· vi")
    screen.press("action:REJECT dstport:22", ESCAPE, "0dw")
    screen.wait_for_line("flowql> :REJECT dstport:22")
    screen.press("A | count", ESCAPE, "0iaction", ESCAPE, ENTER)
    screen.wait_for("action:REJECT AND dstport:22 | count")


def test_a_terminal_that_only_prints(open_shell: Open) -> None:
    screen = open_shell(environment={"TERM": "dumb"})
    screen.press("(dstport:22 OR\r")
    screen.wait_for("   ...>")
    screen.press("dstport:80) | count\r")
    screen.wait_for("160 records matched")
    screen.wait_for_line(PROMPT)
    screen.press("half")
    screen.wait_for_line("flowql> half")
    screen.press(CTRL_C)
    screen.wait_for("flowql> half^C\nflowql>")
    screen.press("dsport:22\r")
    screen.wait_for("similar name: dstport, srcport")
    assert not any("\x1b" in line for line in screen.lines)
    screen.press(CTRL_D)
    assert screen.exit_code() == 0
