"""Python programs on pseudo-terminals of their own, forked from a process that has loaded what they need.

Owns that process: run as a program, this file is it. A shell that loads everything anew takes a second of
processor time, and these tests open dozens. Does not know what a screen is.
"""

import fcntl
import json
import os
import pty
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from types import TracebackType
from typing import Any, NoReturn, Self

LOADED = (
    "flowql.cli.shell",
    "flowql.engine",
    "flowql.shell.colouring",
    "flowql.shell.loop",
    "flowql.shell.proposals",
    "flowql.shell.session",
)
_REQUEST_BYTES = 1 << 18
_ANSWER_BYTES = 100


@dataclass(slots=True)
class Program:
    """One that was started: what it writes, what it is sent, how it ends."""

    process_id: int
    terminal: int
    _requests: socket.socket

    def send(self, text: str) -> None:
        """Press the keys that the text is."""
        data = text.encode()
        while data:
            data = data[os.write(self.terminal, data) :]

    def read(self, within_s: float) -> bytes | None:
        """What it wrote; nothing when it writes nothing for so long, None when it has ended."""
        if not select.select([self.terminal], [], [], within_s)[0]:
            return b""
        try:
            return os.read(self.terminal, 1 << 16) or None
        except OSError:  # its side is closed
            return None

    def resize(self, lines: int, columns: int) -> None:
        """Change the size of its terminal."""
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def exit_code(self) -> int:
        """Its exit code, waited for."""
        self._requests.send(json.dumps({"ended": self.process_id}).encode())
        return int(self._requests.recv(_ANSWER_BYTES))

    def close(self) -> None:
        """Take its terminal away, which ends it."""
        os.close(self.terminal)


class Programs:
    """Starts programs."""

    def __init__(self) -> None:
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())], pass_fds=[theirs.fileno()]
            )

    def started(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        size: tuple[int, int],
        *,
        is_loaded: bool = True,
    ) -> Program:
        """`python ARGUMENTS` on a terminal of so many lines and columns.

        It loads everything itself unless it `is_loaded`.
        """
        asked = {"start": arguments, "environment": {**environment}, "size": size, "is_loaded": is_loaded}
        self._requests.send(json.dumps(asked).encode())
        answer, descriptors, _, _ = socket.recv_fds(self._requests, _ANSWER_BYTES, 1)
        return Program(int(answer), descriptors[0], self._requests)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._requests.close()
        self._process.wait()


def _serve(requests: socket.socket) -> None:
    for name in LOADED:
        import_module(name)
    while request := requests.recv(_REQUEST_BYTES):
        asked = json.loads(request)
        if "ended" in asked:
            _, status = os.waitpid(asked["ended"], 0)
            requests.send(str(os.waitstatus_to_exitcode(status)).encode())
            continue
        process_id, terminal = pty.fork()
        if not process_id:
            requests.close()
            _become(asked)
        socket.send_fds(requests, [str(process_id).encode()], [terminal])
        os.close(terminal)


def _become(asked: Mapping[str, Any]) -> NoReturn:
    """Be the program, in a process that was forked for it."""
    code: Any = 1
    try:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", *asked["size"], 0, 0))
        os.environ.clear()
        os.environ.update(asked["environment"])
        if not asked["is_loaded"]:
            os.execve(sys.executable, [sys.executable, *asked["start"]], os.environ)  # noqa: S606
        for number, name in enumerate(("stdin", "stdout", "stderr")):
            mode = "w" if number else "r"
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
        code = _run(asked["start"])
    except BaseException:  # noqa: BLE001 - whatever it is, it stands on the screen
        traceback.print_exc()
    finally:
        with suppress(OSError):
            sys.stdout.flush()
        os._exit(code)


def _run(arguments: list[str]) -> int:
    try:
        if arguments[0] == "-m":
            sys.argv = arguments[1:]
            runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = arguments
            runpy.run_path(arguments[0], run_name="__main__")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _serve(socket.socket(fileno=int(sys.argv[1])))
