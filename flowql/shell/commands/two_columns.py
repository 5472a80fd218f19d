"""Lists in two columns: what is written, and what it does or means.

Owns how they are filled to the width of the terminal. Does not know what is listed.
"""

import textwrap
from collections.abc import Sequence
from itertools import zip_longest

from flowql.render.terminal import style_of
from flowql.shell.desk import Desk

WIDTH_MAX = 100
"""Longer lines are hard to read."""
_GAP = "  "


def text_width(desk: Desk) -> int:
    """How wide lines of text are filled."""
    return min(style_of(desk.out).width or WIDTH_MAX, WIDTH_MAX)


def in_two_columns(rows: Sequence[tuple[str, str]], width: int, first_width_max: int) -> list[str]:
    """The rows, with the second column filled; what is too long for the first stands on a line of its own."""
    column = min(max(len(written) for written, _ in rows), first_width_max)
    lines = []
    for written, does in rows:
        filled = textwrap.wrap(does, max(width - column - 2 * len(_GAP), column), break_on_hyphens=False)
        if len(written) > column:
            filled.insert(0, "")
        beside = zip_longest([written], filled, fillvalue="")
        lines += [f"{_GAP}{first:<{column}}{_GAP}{text}".rstrip() for first, text in beside]
    return lines
