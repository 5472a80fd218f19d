"""The process: what it puts off, and what it does at its end all the same."""

import gc
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import FunctionType
from typing import NoReturn

import duckdb
import pytest
from cli_runs import make_store

from flowql.cli.opening import open_engine
from flowql.cli.process import interrupt
from flowql.execution.residual import Residual


def test_garbage_is_collected_once_an_engine_is_open(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    gc.disable()
    try:
        with open_engine(store):
            assert gc.isenabled()
            assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
        gc.enable()


def test_what_is_registered_for_the_end_is_done(tmp_path: Path) -> None:
    """The interpreter is left at once; temporary folders, for one, go by such a function."""
    code = (
        "import atexit, sys; from flowql.cli.process import main\n"
        f"atexit.register(lambda: open({str(tmp_path / 'done')!r}, 'w').close())\n"
        "sys.argv = ['flowql', '--version']; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout.startswith("flowql "), done.stderr) == (0, True, "")
    assert (tmp_path / "done").exists()


def test_a_mistake_of_the_program_is_told_as_such() -> None:
    """Only what users can cause is caught: anything else keeps its traceback and its exit code."""
    code = (
        "import sys, flowql.cli.program; from flowql.cli.process import main\n"
        "def fail(_): raise AssertionError('ours')\n"
        "flowql.cli.program.run = fail; sys.argv = ['flowql']; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert "AssertionError: ours" in done.stderr


def test_ctrl_c_while_the_database_is_opened_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(duckdb, "connect", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Residual().select_columns("SELECT 1", ())
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_within_the_machinery_of_imports_comes_a_moment_later() -> None:
    """Raised there it could be lost in a callback of theirs, and the program went on for ever."""
    # A function of a file that is named as theirs.
    code = (lambda: sys._getframe()).__code__.replace(co_filename="<frozen importlib._bootstrap>")  # noqa: PLW0108 - a frame of its own
    within = FunctionType(code, globals())()
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            interrupt(signal.SIGINT, sys._getframe())
        interrupt(signal.SIGINT, within)
        with pytest.raises(KeyboardInterrupt):
            time.sleep(5)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
