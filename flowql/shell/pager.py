"""The pager: more rows than the screen holds are read in a program of the user's, at the user's pace.

Owns which program that is, when it is started (with the first line that has no place on the screen), and that
rows are made only as they are read: a sink blocks until the pager takes more, and once the reader has left it
refuses, which stops whoever makes rows; what a pager that cannot be started did not read goes to the screen.
Does not know what is written.
"""

import io
import os
import re
import select
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Lock, Thread
from typing import BinaryIO, Protocol, TextIO

_LESS_OPTIONS = "FRSX"
"""Of `less`, unless `$LESS` says others: leave at once what fits, keep colours and the screen, cut lines."""
_LESS_OPTIONS_ALWAYS = "RSX"
_STEP_S = 0.05
"""How long a write waits for the pager before it looks again whether it is still wanted."""
_PIECE_BYTES = 1 << 16
_CONTROLS = re.compile(rb"\x1b\[[0-9;]*m")


class PagerSettings(Protocol):
    """What is asked of a pager."""

    @property
    def pager(self) -> str:
        """`auto`, `always` or `never`."""


class Sink(io.RawIOBase, BinaryIO):
    """Where rows are written while `paged` lasts; afterwards, or when the reader has left, it refuses them.

    Refusing is a `BrokenPipeError`. Written to by one thread at a time; closed by another.
    """

    def __init__(
        self, out: TextIO, command: str | None, line_count_max: int, before: Callable[[], None]
    ) -> None:
        super().__init__()
        self._out = out
        self._command = command
        self._before = before
        self._waiting = bytearray()
        self._line_count_max = line_count_max
        self._pager: _Pager | None = None
        self._is_over = False
        self._is_left = False
        self._lock = Lock()
        self._ended = Event()

    @property
    def reader_has_left(self) -> bool:
        """Whether the pager was left, with or without having read everything."""
        return self._is_left

    def writable(self) -> bool:
        """A sink is written to."""
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        """Take all of `data`; waits while the pager shows what came before."""
        view = memoryview(data).cast("B")
        with self._lock:
            self._check()
            left = self._kept(view) if self._pager is None else view
        while left:
            with self._lock:
                self._check()
                left = left[self._fed(left[:_PIECE_BYTES]) :]
        return len(data)

    def finish(self) -> None:
        """Take no more; show what waits, and let the reader read on. Ctrl-C is the pager's meanwhile."""
        self._is_over = True
        with self._lock:
            if self._pager is None:
                self._show(self._waiting)
                self._out.buffer.flush()
                return
            self._pager.pipe.close()
        while not self._ended.is_set():
            try:
                self._ended.wait()  # a thread's join would take it for ended once it was interrupted
            except KeyboardInterrupt:
                continue
        with self._lock:
            self._settle()

    def _check(self) -> None:
        if self._ended.is_set():
            self._settle()
        if self._is_over or self._is_left:
            raise BrokenPipeError("nobody reads any more")

    def _settle(self) -> None:
        """Go on behind a pager's end: nobody reads any more, or the screen gets what it could not read."""
        pager, self._pager = self._pager, None
        if pager is None:
            return
        unread = pager.closed()
        if unread is None:
            self._is_left = True
            return
        self._command = None
        self._show(unread)
        self._out.buffer.flush()

    def _kept(self, view: memoryview) -> memoryview:
        """Hold what may fit the screen; what has no place there, or needs no pager, is given back."""
        self._waiting += view
        if self._command is not None:
            if self._line_count() <= self._line_count_max:
                return view[:0]
            self._start(self._command)
        waiting = memoryview(bytes(self._waiting))
        self._waiting.clear()
        return waiting

    def _line_count(self) -> int:
        """The lines of the screen that what waits would take."""
        width = shutil.get_terminal_size().columns
        lines = _CONTROLS.sub(b"", self._waiting).decode(errors="replace").splitlines()
        return sum(1 + max(len(line) - 1, 0) // width for line in lines)

    def _start(self, command: str) -> None:
        self._before()
        self._out.flush()
        options = _LESS_OPTIONS if self._line_count_max else _LESS_OPTIONS_ALWAYS
        self._pager = pager = _Pager(command, self._out.fileno(), {"LESS": options, **os.environ})
        Thread(target=self._watch, args=(pager,), name="flowql-pager", daemon=True).start()

    def _fed(self, view: memoryview) -> int:
        """Give the pager what it takes within a step; how many bytes that were."""
        return self._show(view) if self._pager is None else self._pager.fed(view)

    def _show(self, data: "bytes | bytearray | memoryview") -> int:
        """Write on the screen, without a pager."""
        if data:
            self._before()
        return self._out.buffer.write(data)

    def _watch(self, pager: "_Pager") -> None:
        pager.process.wait()
        self._ended.set()


class _Pager:
    """A line of shell that runs, and a pipe to it, of which we hold both ends."""

    def __init__(self, command: str, screen: int, environment: Mapping[str, str]) -> None:
        self._read_end, write_end = os.pipe()
        os.set_blocking(write_end, False)
        self.pipe = io.FileIO(write_end, "w")
        self._fed_count = 0
        self.process = subprocess.Popen(  # noqa: S603 - $PAGER is a line of the user's own shell
            ["/bin/sh", "-c", command], stdin=self._read_end, stdout=screen, env=environment
        )

    def fed(self, view: memoryview) -> int:
        """Give it what it takes within a step; how many bytes that were."""
        _, ready, _ = select.select([], [self.pipe], [], _STEP_S)
        count = (self.pipe.write(view) or 0) if ready else 0
        self._fed_count += count
        return count

    def closed(self) -> bytes | None:
        """Close the pipe, when it has ended; all that it was given, if it failed and read none of it."""
        self.pipe.close()
        with open(self._read_end, "rb", buffering=0) as pipe:  # noqa: PTH123 - a descriptor has no path
            rest = pipe.read() if self.process.returncode else None
        return rest if rest is not None and len(rest) == self._fed_count else None


@contextmanager
def paged(out: TextIO, settings: PagerSettings, before: Callable[[], None] = lambda: None) -> Iterator[Sink]:
    """A sink for rows, whose pager starts when the screen is full, if `out` is a terminal and it is wanted.

    When the reader leaves early, the block ends there, quietly; code behind it goes on. `before` is called
    whenever something is about to appear on the screen.
    """
    command = _command(settings, os.environ) if out.isatty() else None
    screen = 0 if settings.pager == "always" else shutil.get_terminal_size().lines - 1
    out.flush()
    sink = Sink(out, command, screen, before)
    try:
        yield sink
    except BrokenPipeError:
        if not sink.reader_has_left:
            raise
    finally:
        sink.finish()


def _command(settings: PagerSettings, environment: Mapping[str, str]) -> str | None:
    """The pager: `$PAGER`, else `less`, else `more`; None where there is none, or none is wanted."""
    if settings.pager == "never" or environment.get("TERM", "dumb") == "dumb":
        return None
    if "PAGER" in environment:
        return environment["PAGER"].strip() or None
    return next((each for each in ("less", "more") if shutil.which(each)), None)
