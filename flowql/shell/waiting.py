"""A line that says what is waited for, while that takes long; it is gone once it is there.

Owns when it appears and how it goes. Does not know what is waited for.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Timer
from typing import TextIO

APPEARS_AFTER_S = 1.0
_ERASE_LINE = "\r\x1b[2K"


@contextmanager
def waiting_line(out: TextIO, text: str) -> Iterator[None]:
    """Show `text` on a terminal when the block lasts long; nothing else may be written there meanwhile."""
    if not text or not out.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        yield
        return
    lock = Lock()
    is_over = is_shown = False

    def show() -> None:
        nonlocal is_shown
        with lock:
            if not is_over:
                out.write(text)
                out.flush()
                is_shown = True

    timer = Timer(APPEARS_AFTER_S, show)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        with lock:
            is_over = True
            if is_shown:
                out.write(_ERASE_LINE)
                out.flush()
