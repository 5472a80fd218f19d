"""Something that is being made while the user reads and types.

Owns the thread that makes it. Does not know what it is.
"""

import sys
from collections.abc import Callable
from threading import Event, Thread
from typing import Generic, TypeVar

T = TypeVar("T")

_SWITCHING_S = 0.0005
"""How long the making keeps the interpreter from whoever types: a tenth of what Python does by itself."""


class Later(Generic[T]):
    """What `make` gives, once it is there; then it is passed to `then`, on the thread that made it."""

    def __init__(self, make: Callable[[], T], then: Callable[[T], object] = lambda _: None) -> None:
        self._make = make
        self._then = then
        self._done = Event()
        self._thread: Thread | None = None
        self._error: BaseException | None = None
        self._made: list[T] = []

    @property
    def made(self) -> T | None:
        """What was made; None while it is not there, or never will be."""
        return self._made[0] if self._made else None

    def begin(self) -> None:
        """Begin making it, if that has not begun."""
        if self._thread is None:
            self._thread = Thread(target=self._run, name="flowql-opening", daemon=True)
            self._thread.start()

    def get(self) -> T:
        """What was made, waited for; raises what making it raised. Ctrl-C ends the waiting."""
        self.begin()
        self._done.wait()
        if self._error is not None:
            raise self._error
        return self._made[0]

    def _run(self) -> None:
        switching = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCHING_S)
        try:
            try:
                self._made.append(self._make())
            except BaseException as error:  # noqa: BLE001 - whatever it is, who waits raises it
                self._error = error
            finally:
                self._done.set()
            for made in self._made:
                self._then(made)
        finally:
            sys.setswitchinterval(switching)
