"""The process that the program is: it begins with as little as possible, and ends at once.

Owns what holds for a process of our own and for no other that runs commands: what is never imported, when
garbage is collected, and the way out. Does not know what commands do.
"""

import atexit
import gc
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import FrameType, ModuleType
from typing import NoReturn

INTERRUPTED = 130
"""The exit code after Ctrl-C: what shells give a program that it ended."""
_UNWANTED = ("pandas", "dateutil")
"""pyarrow imports them, where they are installed, at the first array that it makes: 200 ms for nothing."""

_IMPORTS = "<frozen importlib"
"""How the files of Python's own machinery of imports are named."""
_LATER_S = 0.002


class _Refusal:
    """A finder, as `sys.meta_path` has them, to which the unwanted modules are not installed."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - importlib's signature
        target: ModuleType | None = None,  # noqa: ARG002 - as above
    ) -> ModuleSpec | None:
        if fullname in _UNWANTED:
            raise ModuleNotFoundError(f"the program does without {fullname}", name=fullname)
        return None


def main() -> NoReturn:
    """Run the program with the process's arguments, and exit.

    What imports make is kept to the end: garbage is looked for only once an engine is there
    (`flowql.cli.opening`). And the interpreter is not taken apart object by object at the end, since the
    system takes all memory at once: only what was registered for the end is done, so that temporary folders
    go. A command's files are closed by then.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else whoever began us ignores it
        for number in (signal.SIGINT, signal.SIGALRM):
            signal.signal(number, interrupt)
    _open_missing_streams()
    gc.disable()
    sys.meta_path.insert(0, _Refusal())
    # numpy's linear algebra is not used here, and begins a thread a core as it is imported, unless told.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        code = _run()
    except KeyboardInterrupt:  # before any command could take note of it
        code = INTERRUPTED
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends already
    atexit._run_exitfuncs()  # noqa: SLF001 - what the interpreter itself calls
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            continue  # nobody reads any more
    os._exit(code)


def interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal's signature
    """Raise `KeyboardInterrupt` for Ctrl-C; a moment later where the machinery of imports is at work.

    Between its lines there it would be lost, or leave the lock of all imports taken for good.
    """
    if frame is not None and frame.f_code.co_filename.startswith(_IMPORTS):
        signal.setitimer(signal.ITIMER_REAL, _LATER_S)
        return
    raise KeyboardInterrupt


def leave_interrupts() -> None:
    """Let Ctrl-C be Python's own again, for whoever takes note of it in a way of their own."""
    if signal.getsignal(signal.SIGINT) is interrupt:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _open_missing_streams() -> None:
    """Have all three standard streams, though the shell may have been told to close some: `>&-`.

    Else files that are opened later, those of the store too, get their numbers, and what is meant for the
    stream. A missing standard output cannot be written, so that no answer is lost in silence.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            device = os.open(os.devnull, os.O_RDONLY if name == "stdout" else os.O_RDWR)
            if device != number:  # it is open, and Python had no use for it
                os.dup2(device, number)
                os.close(device)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - for good


def _run() -> int:
    # Loaded here: Ctrl-C while it is loaded is Ctrl-C as well.
    from flowql.cli.program import COMPLETION_VARIABLE, run  # noqa: PLC0415

    if os.environ.get(COMPLETION_VARIABLE):
        code: int = import_module("flowql.cli.completion").complete_words()
        return code
    return run(sys.argv[1:])
