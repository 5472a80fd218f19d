"""Queries that are kept under names, each in a file of its own that only its owner can read.

Owns the folder, the files' mode and which names there may be. A file holds the query's text and nothing else,
so that `flowql search --file` runs it as well. Queries hold addresses of one's own network: nobody else
should read them.
"""

import re
from pathlib import Path

import platformdirs

from flowql.errors import UsageError
from flowql.names.nearest import nearest
from flowql.render.staged import staged

SUFFIX = ".flowql"
_NAME = re.compile(r"\w[\w.-]{0,99}")
_OWNER_ONLY = 0o600


def saved_folder() -> Path:
    """Where the user's queries are."""
    return platformdirs.user_config_path("flowql", appauthor=False) / "queries"


def saved_names(folder: Path) -> tuple[str, ...]:
    """The names of the saved queries, ascending."""
    if not folder.is_dir():
        return ()
    return tuple(
        sorted(path.name.removesuffix(SUFFIX) for path in folder.glob(f"*{SUFFIX}") if path.is_file())
    )


def saved_query(folder: Path, name: str) -> str:
    """The query of that name. Raises `UsageError` with similar names when there is none."""
    try:
        return _path(folder, name).read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        names = saved_names(folder)
        near = nearest(name, names, ()) or names
        hint = f"saved: {', '.join(near)}" if near else rf"\save {name} keeps the previous query"
        raise UsageError(f'no query is saved as "{name}"', hint=hint) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{_path(folder, name)} is not UTF-8", hint="save the query again") from error


def save_query(folder: Path, name: str, query: str) -> str | None:
    """Keep a query; what was kept under the name before, or None.

    Raises `UsageError` for a name that cannot be.
    """
    path = _path(folder, name)
    before = path.read_text(encoding="utf-8", errors="replace").strip() if path.is_file() else None
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}") from error
    with staged(path, _OWNER_ONLY) as file:
        file.write(f"{query}\n".encode())
    return before


def _path(folder: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise UsageError(
            f'the name of a query is made of letters, digits, "_", "-" and ".", found "{name}"',
            hint=r"write: \save ssh-rejects",
        )
    return folder / f"{name}{SUFFIX}"
