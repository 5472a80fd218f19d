"""The pager: more rows than the screen holds are read in a program of the user's, at the user's pace.

Owns which program that is, when it is started (with the first line that has no place on the screen), and that
rows are made only as they are read: a sink blocks until the pager takes more, and once the reader has left it
refuses, which stops whoever makes rows. Does not know what is written.
"""

import io
import os
import re
import select
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Lock, Thread
from typing import BinaryIO, Protocol, TextIO

from flowql.errors import CancelledError

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

    def __init__(self, out: TextIO, command: str | None, line_count_max: int) -> None:
        super().__init__()
        self._out = out
        self._command = command
        self._waiting = bytearray()
        self._line_count_max = line_count_max
        self._process: subprocess.Popen[bytes] | None = None
        self._is_over = False
        self._lock = Lock()
        self._stopped_too: list[Event] = []
        self._left = Event()

    @property
    def reader_has_left(self) -> bool:
        """Whether the pager was left, with or without having read everything."""
        return self._left.is_set()

    def stop_with_reader(self, event: Event) -> None:
        """Have `event` set when the reader leaves, for work that would write nothing for a while."""
        self._stopped_too.append(event)
        if self.reader_has_left:
            event.set()

    def writable(self) -> bool:
        """A sink is written to."""
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        """Take all of `data`; waits while the pager shows what came before."""
        view = memoryview(data).cast("B")
        with self._lock:
            self._check()
            if self._process is None:
                self._keep(view)
                return len(view)
        while view:
            with self._lock:
                self._check()
                view = view[self._fed(view[:_PIECE_BYTES]) :]
        return len(data)

    def finish(self) -> None:
        """Take no more; show what waits, and let the reader read on. Ctrl-C is the pager's meanwhile."""
        self._is_over = True
        with self._lock:
            if self._process is None:
                self._out.buffer.write(self._waiting)
                self._out.buffer.flush()
                return
            assert self._process.stdin is not None, "the pager reads from a pipe"
            self._process.stdin.close()
        while not self._left.is_set():
            try:
                self._left.wait()  # a thread's join would take it for ended once it was interrupted
            except KeyboardInterrupt:
                continue

    def _check(self) -> None:
        if self._is_over or self.reader_has_left:
            raise BrokenPipeError("nobody reads any more")

    def _keep(self, view: memoryview) -> None:
        """Hold what may fit the screen; without a pager, or with too much for it, pass everything on."""
        self._waiting += view
        if self._command is None:
            self._out.buffer.write(self._waiting)
            self._waiting.clear()
        elif self._line_count() > self._line_count_max:
            self._start(self._command)

    def _line_count(self) -> int:
        """The lines of the screen that what waits would take."""
        width = shutil.get_terminal_size().columns
        lines = _CONTROLS.sub(b"", self._waiting).decode(errors="replace").splitlines()
        return sum(1 + max(len(line) - 1, 0) // width for line in lines)

    def _start(self, command: str) -> None:
        self._out.flush()
        options = _LESS_OPTIONS if self._line_count_max else _LESS_OPTIONS_ALWAYS
        self._process = subprocess.Popen(  # noqa: S603 - $PAGER is a line of the user's own shell
            ["/bin/sh", "-c", command],
            stdin=subprocess.PIPE,
            stdout=self._out.fileno(),
            env={"LESS": options, **os.environ},
            bufsize=0,
        )
        assert self._process.stdin is not None, "it was asked for"
        os.set_blocking(self._process.stdin.fileno(), False)
        Thread(target=self._watch, name="flowql-pager", daemon=True).start()
        waiting = memoryview(bytes(self._waiting))
        self._waiting.clear()
        while waiting and not self._is_over:
            waiting = waiting[self._fed(waiting[:_PIECE_BYTES]) :]

    def _fed(self, view: memoryview) -> int:
        """Give the pager what it takes within a step; how many bytes that were."""
        assert self._process is not None, "a pager runs"
        assert self._process.stdin is not None, "it reads from a pipe"
        _, ready, _ = select.select([], [self._process.stdin], [], _STEP_S)
        return (self._process.stdin.write(view) or 0) if ready else 0

    def _watch(self) -> None:
        assert self._process is not None, "a pager runs"
        self._process.wait()
        self._left.set()
        for event in self._stopped_too:
            event.set()


@contextmanager
def paged(out: TextIO, settings: PagerSettings) -> Iterator[Sink]:
    """A sink for rows, whose pager starts when the screen is full, if `out` is a terminal and it is wanted.

    When the reader leaves early, the block ends there, quietly; code behind it goes on.
    """
    command = _command(settings, os.environ) if out.isatty() else None
    screen = 0 if settings.pager == "always" else shutil.get_terminal_size().lines - 1
    out.flush()
    sink = Sink(out, command, screen)
    try:
        yield sink
    except (BrokenPipeError, CancelledError):
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
