"""How far a long work is: one line on standard error, which appears after a second and goes when it is done.

Owns the line, when it is wanted, and that it never mixes with what is written beside it: on a terminal it is
wiped before anything else is written there. Where the cursor cannot move, whoever asks for progress gets a
line of its own every few seconds. Does not know what is worked at.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread

import click

from flowql.render.terminal import screen_of

QUIET_S = 1.0
"""Shorter work goes without: a line that flashes up tells nothing."""
_STEP_S = 0.2
_LINE_STEP_S = 5.0
_WIPE = "\r\x1b[K"

progress_option = click.option(
    "--progress/--no-progress",
    "wants_progress",
    default=None,
    help="Tell on standard error how far the work is.  [default: on a terminal, after a second]",
)


class Progress:
    """The line, for as long as `told` lasts."""

    def __init__(self, tell: Callable[[float], str], *, moves_cursor: bool) -> None:
        self._tell = tell
        self._moves_cursor = moves_cursor
        self._over = Event()
        self._lock = Lock()
        self._is_shown = False

    def end(self) -> None:
        """Wipe the line for good. Somebody else writes to the terminal now."""
        with self._lock:
            self._over.set()
            if self._is_shown and self._moves_cursor:
                _write(_WIPE)
            self._is_shown = False

    def run(self) -> None:
        """Show the line again and again until `end`; for a thread of its own."""
        began = time.monotonic()
        step_s = QUIET_S
        while not self._over.wait(step_s):
            text = self._tell(time.monotonic() - began)
            with self._lock:
                if self._over.is_set():
                    return
                self._is_shown = True
                if self._moves_cursor:
                    _write(f"{_WIPE}{text[: screen_of(sys.stderr).columns - 1]}")
                else:
                    _write(f"{text}\n")
            step_s = _STEP_S if self._moves_cursor else _LINE_STEP_S


@contextmanager
def told(tell: Callable[[float], str], *, wanted: bool | None) -> Iterator[Progress]:
    """Show what `tell` says of the seconds that have passed; `wanted` None is yes on a terminal."""
    moves_cursor = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    progress = Progress(tell, moves_cursor=moves_cursor)
    if not (moves_cursor if wanted is None else wanted):
        yield progress
        return
    thread = Thread(target=progress.run, name="flowql-progress", daemon=True)
    thread.start()
    try:
        yield progress
    finally:
        progress.end()
        thread.join()


def _write(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        return  # nobody reads any more
