"""What a stream can show: whether it is a terminal, how wide, in colour or not.

Owns the reading of NO_COLOR, TERM and the terminal's size. Knows nothing of what is shown.
"""

import os
import shutil
from collections.abc import Mapping
from typing import TextIO

from flowql.render.answer import Style


def style_of(stream: TextIO, environment: Mapping[str, str] = os.environ) -> Style:
    """The style for a stream: full width and no colour, unless it is a terminal."""
    if not stream.isatty():
        return Style()
    return Style(
        width=shutil.get_terminal_size().columns, colour=has_colour(stream, environment), escape=True
    )


def has_colour(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether colour is welcome: on a terminal that is not dumb, unless NO_COLOR is set (https://no-color.org)."""
    return stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
