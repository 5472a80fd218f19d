"""The history of what was typed, kept between sessions in a file that only its owner can read.

Owns the file's place and mode. Queries hold addresses of one's own network: nobody else should read them.
"""

import os
from pathlib import Path

import platformdirs
from prompt_toolkit.history import FileHistory, History, InMemoryHistory

_OWNER_ONLY = 0o600


def history_path() -> Path:
    """Where the history lies."""
    return platformdirs.user_state_path("flowql", appauthor=False) / "history"


def open_history(path: Path) -> History:
    """The history at `path`, made if there is none; one of this session only where it cannot be written."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND, _OWNER_ONLY))
        path.chmod(_OWNER_ONLY)
    except OSError:
        return InMemoryHistory()
    return FileHistory(path)
