"""What a stream can show: whether it is a terminal, how large, in colour or not, in which characters.

Owns the reading of NO_COLOR, FORCE_COLOR, TERM, COLUMNS, LINES and of a stream's encoding. Knows nothing of
what is shown.
"""

import codecs
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

from flowql.render.answer import Style

_UNKNOWN_COLUMNS, _UNKNOWN_LINES = 80, 24
"""The screen of a terminal that does not tell its size."""


@dataclass(frozen=True, slots=True)
class Screen:
    """The size of a terminal in cells."""

    columns: int
    lines: int


def style_of(stream: TextIO, environment: Mapping[str, str] = os.environ) -> Style:
    """The style for a stream: full width and no colour, unless it is a terminal."""
    colour = has_colour(stream, environment)
    if not stream.isatty():
        return Style(colour=colour)
    return Style(
        width=screen_of(stream, environment).columns,
        colour=colour,
        escape=True,
        unicode=has_unicode(stream),
    )


def has_colour(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether colour is welcome: on a terminal that is not dumb, or wherever FORCE_COLOR asks for it.

    NO_COLOR (https://no-color.org) goes before FORCE_COLOR (https://force-color.org); each counts when it is
    not empty, whatever it says.
    """
    if environment.get("NO_COLOR"):
        return False
    return bool(environment.get("FORCE_COLOR")) or (stream.isatty() and environment.get("TERM") != "dumb")


def has_unicode(stream: TextIO) -> bool:
    """Whether a stream takes every character, as its encoding tells; one without an encoding takes bytes."""
    encoding = getattr(stream, "encoding", None)
    if not encoding:
        return True
    try:
        return codecs.lookup(encoding).name.startswith("utf")
    except LookupError:
        return False


def screen_of(stream: TextIO, environment: Mapping[str, str] = os.environ) -> Screen:
    """The size of a terminal: COLUMNS and LINES if they are numbers, else what the terminal itself says."""
    columns, lines = _positive(environment.get("COLUMNS")), _positive(environment.get("LINES"))
    if columns and lines:
        return Screen(columns, lines)
    try:
        size = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):  # no terminal, or no file
        size = os.terminal_size((0, 0))
    return Screen(
        columns or size.columns or _UNKNOWN_COLUMNS,
        lines or size.lines or _UNKNOWN_LINES,
    )


def _positive(text: str | None) -> int:
    """The number that a text is; 0 when it is none."""
    return int(text) if text and text.isascii() and text.isdigit() else 0
