"""Inks: the colour, or without colours the character, in which a series of a chart is drawn.

Owns the palette. Red is what let nothing through, and nothing else is; what has no value is grey.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

from flowql.render.answer import Style
from flowql.render.bars import Stack
from flowql.render.paint import is_refused

_RED, _GREY = 31, 90
_PALETTE = (36, 33, 35, 32, 34)
"""Cyan, yellow, magenta, green, blue: the first ones are far from red for all eyes."""
_BACK = 10
"""What a code of a ground is above that of the same colour in front."""


@dataclass(frozen=True, slots=True)
class _Signs:
    """Characters for series."""

    solid: str
    refused: str
    trace: str
    shades: str


_SIGNS = _Signs("█", "▒", "░", "▓▚▞▤")
_ASCII_SIGNS = _Signs("#", "x", ",", "o+%=")


@dataclass(frozen=True, slots=True)
class Ink:
    """How one series is drawn: codes of colours, or nothing, and the character of a full cell."""

    sample: str
    front: str
    back: str
    is_solid: bool
    """Whether a cell can be partly filled; else it is drawn whole or not at all."""
    is_refused: bool
    trace: str = ""
    """The character of a cell at the foot of a bar that has some of it, but more of another; or nothing."""

    @property
    def sign(self) -> str:
        """What a legend shows."""
        return self.sample + self.trace


def inks_for(stacks: Sequence[Stack], style: Style) -> list[Ink]:
    """An ink for each series: the first in solid blocks, the others in characters of their own.

    What let nothing through has a character of its own wherever it stands beside anything else.
    """
    signs = _SIGNS if style.unicode else _ASCII_SIGNS
    shades, palette = cycle(signs.shades), cycle(_PALETTE)
    has_solid = not any(stack.total and not is_refused(stack.name) for stack in stacks)
    is_alone = has_solid
    inks: list[Ink] = []
    for stack in stacks:
        refused = is_refused(stack.name)
        colour = _RED if refused else _GREY if stack.name is None else next(palette)
        is_solid = is_alone if refused else not has_solid
        has_solid = has_solid or is_solid
        sample = signs.solid if is_solid else signs.refused if refused else next(shades)
        if style.colour and style.unicode:
            inks.append(Ink(signs.solid, f"\x1b[{colour}m", f"\x1b[{colour + _BACK}m", is_solid, refused))
        else:
            front = f"\x1b[{colour}m" if style.colour else ""
            inks.append(
                Ink(sample, front, "", is_solid, refused, signs.trace if refused and not is_alone else "")
            )
    return inks
