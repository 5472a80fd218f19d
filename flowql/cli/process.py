"""The process that the program is: it begins with as little as possible, and ends at once.

Owns what holds for a process of our own and for no other that runs commands: what is never imported, when
garbage is collected, and the way out. Does not know what commands do.
"""

import atexit
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import NoReturn

INTERRUPTED = 130
"""The exit code after Ctrl-C: what shells give a program that it ended."""
_UNWANTED = "pandas"
"""pyarrow imports it, where it is installed, at the first array that it makes: 200 ms for nothing."""


class _Refusal:
    """A finder, as `sys.meta_path` has them, to which the unwanted module is not installed."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - importlib's signature
        target: ModuleType | None = None,  # noqa: ARG002 - as above
    ) -> ModuleSpec | None:
        if fullname == _UNWANTED:
            raise ModuleNotFoundError(f"the program does without {fullname}", name=fullname)
        return None


def main() -> NoReturn:
    """Run the program with the process's arguments, and exit.

    What imports make is kept to the end: garbage is looked for only once an engine is there
    (`flowql.cli.opening`). And the interpreter is not taken apart object by object at the end, since the
    system takes all memory at once: only what was registered for the end is done, so that temporary folders
    go. A command's files are closed by then.
    """
    gc.disable()
    sys.meta_path.insert(0, _Refusal())
    # numpy's linear algebra is not used here, and begins a thread a core as it is imported, unless told.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        code = _run()
    except KeyboardInterrupt:  # before any command could take note of it
        code = INTERRUPTED
    atexit._run_exitfuncs()  # noqa: SLF001 - what the interpreter itself calls
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            continue  # nobody reads any more
    os._exit(code)


def _run() -> int:
    # Loaded here: Ctrl-C while it is loaded is Ctrl-C as well.
    from flowql.cli.program import COMPLETION_VARIABLE, run  # noqa: PLC0415

    if os.environ.get(COMPLETION_VARIABLE):
        code: int = import_module("flowql.cli.completion").complete_words()
        return code
    return run(sys.argv[1:])
