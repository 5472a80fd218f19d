"""The store that all these tests look at, and shells over it."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from terminal_programs import Programs
from terminal_screen import PROMPT, Screen, usual
from terminal_store import Open, made_store


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store, made once."""
    return made_store(tmp_path_factory.mktemp("terminal"))


@pytest.fixture(scope="session")
def programs() -> Iterator[Programs]:
    """What starts programs."""
    with Programs() as programs:
        yield programs


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Where the shells of a test keep their history."""
    return tmp_path / "state"


@pytest.fixture
def open_shell(programs: Programs, store: Path, state: Path, tmp_path: Path) -> Iterator[Open]:
    """Opens shells, at their first prompt; they are ended with the test."""
    with ExitStack() as stack:

        def opened(
            arguments: list[str] | None = None,
            environment: dict[str, str] | None = None,
            *,
            lines: int = 24,
            columns: int = 80,
            is_loaded: bool = True,
        ) -> Screen:
            folders = {"XDG_STATE_HOME": str(state), "XDG_CONFIG_HOME": str(tmp_path / "config")}
            told = usual({"FLOWQL_STORE": str(store), **folders, **(environment or {})})
            program = programs.started(
                arguments or ["-m", "flowql"], told, (lines, columns), is_loaded=is_loaded
            )
            screen = stack.enter_context(Screen(program, lines=lines, columns=columns))
            screen.wait_for(PROMPT)
            return screen

        yield opened
