"""The history: whose it is, what is kept of what was typed, and the search by letters."""

import asyncio
import stat
from pathlib import Path

import pytest
from prompt_toolkit.history import History

from flowql.shell import history as module
from flowql.shell.history import fuzzy_matches, is_kept, open_history


def loaded(history: History) -> list[str]:
    """The entries, newest first."""

    async def load() -> list[str]:
        return [entry async for entry in history.load()]

    return asyncio.run(load())


def test_it_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "history"
    open_history(path).append_string("REJECT\n| count")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert loaded(open_history(path)) == ["REJECT\n| count"]


def test_a_file_that_was_open_to_others_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.write_text("\n# then\n+old\n")
    path.chmod(0o644)
    assert loaded(open_history(path)) == ["old"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_leading_blank_and_doubles_in_a_row_are_left_out(tmp_path: Path) -> None:
    history = open_history(tmp_path / "history")
    for text in ["a", " secret", "\tsecret", "a", "b", "a", "", "  "]:
        history.append_string(text)
    assert loaded(history) == ["a", "b", "a"]
    again = open_history(tmp_path / "history")
    again.append_string("a")
    assert loaded(again) == ["a", "b", "a"]


def test_two_sessions_write_one_after_the_other(tmp_path: Path) -> None:
    one, other = (open_history(tmp_path / "history") for _ in range(2))
    for history, text in [(one, "a"), (other, "b"), (one, "c")]:
        history.append_string(text)
    assert loaded(open_history(tmp_path / "history")) == ["c", "b", "a"]


def test_a_file_that_goes_away_is_made_again_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "history"
    history = open_history(path)
    path.unlink()
    history.append_string("a")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_of_a_long_file_the_end_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = open_history(tmp_path / "history")
    for number in range(50):
        history.append_string(f"entry {number}")
    monkeypatch.setattr(module, "READ_BYTES_MAX", 200)
    entries = loaded(open_history(tmp_path / "history"))
    assert entries[:2] == ["entry 49", "entry 48"]
    assert 2 < len(entries) < 10


def test_one_that_cannot_be_kept_lasts_a_session(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file, not a folder")
    history = open_history(tmp_path / "state" / "history")
    for text in ["a", "a", " b"]:
        history.append_string(text)
    assert loaded(history) == ["a"]


def test_what_belongs_into_it() -> None:
    assert is_kept("a", None)
    assert is_kept("a ", "a")
    assert not is_kept("a", "a")
    assert not is_kept(" a", None)
    assert not is_kept("", None)


def test_letters_in_order_find_entries_nearest_first() -> None:
    entries = ["dstport:22 REJECT", "action:REJECT | count", "reject", "a | c"]
    assert fuzzy_matches(entries, "") == entries
    assert fuzzy_matches(entries, "rej") == ["dstport:22 REJECT", "action:REJECT | count", "reject"]
    assert fuzzy_matches(entries, "a|c") == ["a | c", "action:REJECT | count"]
    assert fuzzy_matches(entries, "act rej") == ["action:REJECT | count"]
    assert fuzzy_matches(entries, "zz") == []
    assert fuzzy_matches(["b", "a", "b"], "b") == ["b"]
