"""What is typed while a query runs: kept for the next prompt, and not shown in the middle of the answer.

Owns the mode in which the terminal is between two prompts: it passes on every key as it comes, shows none,
and Ctrl-C is still Ctrl-C. Line editor and pager set their own modes, and go back to this one.
"""

import os
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

_LOCAL_MODES = 3
"""The place of the local modes in what `termios.tcgetattr` gives."""


@contextmanager
def typing_ahead(keyboard: TextIO) -> Iterator[None]:
    """The mode, while the block lasts; nothing where there is no terminal, or one that can only print."""
    if not keyboard.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        yield
        return
    before = termios.tcgetattr(keyboard)
    quiet = [*before]
    quiet[_LOCAL_MODES] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(keyboard, termios.TCSANOW, quiet)
    try:
        yield
    finally:
        termios.tcsetattr(keyboard, termios.TCSANOW, before)
