"""A line that says what is waited for, while that takes long; it is gone once it is there.

Owns when it appears and how it goes. Does not know what is waited for.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Timer
from typing import TextIO

from flowql.render.characters import writable

APPEARS_AFTER_S = 1.0
_ERASE_LINE = "\r\x1b[2K"


@contextmanager
def waiting_line(out: TextIO, text: str) -> Iterator[Callable[[], None]]:
    """Show `text` on a terminal when the block lasts long.

    The block is given what takes the line away for good, from any thread: to be called before anything else
    is written there.
    """
    if not text or not out.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        yield lambda: None
        return
    lock = Lock()
    is_over = is_shown = False

    def show() -> None:
        nonlocal is_shown
        with lock:
            if not is_over:
                out.write(writable(text, out.encoding))
                out.flush()
                is_shown = True

    def end() -> None:
        nonlocal is_over, is_shown
        is_over = True  # before anything that a further Ctrl-C could break off
        timer.cancel()
        with lock:
            if is_shown:
                out.write(_ERASE_LINE)
                out.flush()
                is_shown = False

    timer = Timer(APPEARS_AFTER_S, show)
    timer.daemon = True
    try:
        timer.start()  # in here: Ctrl-C may come at any moment from now on
        yield end
    finally:
        end()
