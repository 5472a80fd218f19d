"""What a stream can show, by its kind and its environment."""

import io
import os
import pty
import struct
import termios
from collections.abc import Iterator
from fcntl import ioctl
from typing import TextIO

import pytest

from flowql.render.answer import Style
from flowql.render.terminal import Screen, has_unicode, screen_of, style_of


class Stream(io.StringIO):
    """A stream that may say that it is a terminal."""

    def __init__(self, *, is_terminal: bool, encoding: str | None = "utf-8") -> None:
        super().__init__()
        self._is_terminal = is_terminal
        self._encoding = encoding

    def isatty(self) -> bool:
        return self._is_terminal

    @property
    def encoding(self) -> str | None:  # type: ignore[override]
        return self._encoding


@pytest.mark.parametrize(
    ("environment", "on_terminal", "elsewhere"),
    [
        ({"TERM": "xterm"}, True, False),
        ({}, True, False),
        ({"TERM": "dumb"}, False, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False, False),
        ({"TERM": "xterm", "NO_COLOR": "0"}, False, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True, False),
        ({"TERM": "xterm", "FORCE_COLOR": "1"}, True, True),
        ({"TERM": "xterm", "FORCE_COLOR": "0"}, True, True),
        ({"TERM": "xterm", "FORCE_COLOR": ""}, True, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True, True),
        ({"TERM": "xterm", "FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        ({"TERM": "xterm", "FORCE_COLOR": "1", "NO_COLOR": ""}, True, True),
    ],
)
def test_colour(environment: dict[str, str], on_terminal: bool, elsewhere: bool) -> None:  # noqa: FBT001 - a table
    assert style_of(Stream(is_terminal=True), environment).colour is on_terminal
    assert style_of(Stream(is_terminal=False), environment).colour is elsewhere


def test_forced_colour_makes_no_terminal_of_a_file() -> None:
    assert style_of(Stream(is_terminal=False), {"FORCE_COLOR": "1", "COLUMNS": "40"}) == Style(colour=True)


@pytest.mark.parametrize(
    ("encoding", "is_unicode"),
    [
        *(("utf-8", True), ("UTF8", True), ("utf-16-le", True), (None, True)),
        *(("iso-8859-1", False), ("ascii", False), ("koi8-r", False), ("no-such-encoding", False)),
    ],
)
def test_characters_by_the_locale(encoding: str | None, is_unicode: bool) -> None:  # noqa: FBT001 - a table
    assert has_unicode(Stream(is_terminal=True, encoding=encoding)) is is_unicode
    assert style_of(Stream(is_terminal=True, encoding=encoding), {}).unicode is is_unicode
    assert style_of(Stream(is_terminal=False, encoding=encoding), {}).unicode


@pytest.fixture
def terminal() -> Iterator[TextIO]:
    """A terminal of 93 columns and 31 lines."""
    leader, follower = pty.openpty()
    ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 31, 93, 0, 0))
    with os.fdopen(follower, "w") as stream:
        yield stream
    os.close(leader)


@pytest.mark.parametrize(
    ("environment", "screen"),
    [
        ({}, Screen(93, 31)),
        ({"COLUMNS": "120"}, Screen(120, 31)),
        ({"LINES": "50"}, Screen(93, 50)),
        ({"COLUMNS": "120", "LINES": "50"}, Screen(120, 50)),
        ({"COLUMNS": "0", "LINES": ""}, Screen(93, 31)),
        ({"COLUMNS": "-5", "LINES": "many"}, Screen(93, 31)),
        ({"COLUMNS": "1\u00b2", "LINES": "\u0663"}, Screen(93, 31)),
    ],
)
def test_the_size_of_a_terminal(terminal: TextIO, environment: dict[str, str], screen: Screen) -> None:
    assert screen_of(terminal, environment) == screen
    assert style_of(terminal, environment).width == screen.columns


def test_a_terminal_that_does_not_tell_its_size() -> None:
    assert screen_of(Stream(is_terminal=True), {}) == Screen(80, 24)
    assert screen_of(Stream(is_terminal=True), {"COLUMNS": "30"}) == Screen(30, 24)


def test_control_characters_are_escaped_on_terminals_only() -> None:
    assert style_of(Stream(is_terminal=True), {}).escape
    assert not style_of(Stream(is_terminal=False), {}).escape
