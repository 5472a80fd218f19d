"""Sources: which files the user's paths, folders and globs stand for, in which order, and how each is opened.

Owns the search for files and the errors of opening. Knows nothing of compression or lines.
"""

import glob
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from flowql.ingest.report import Problem

STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class Source:
    """A file (by its absolute path) or standard input (`-`), and its size in bytes as on disk.

    A stream (standard input, a pipe, a device) has no size, and is read once: it has no checkpoint.
    """

    name: str
    size: int | None

    @property
    def is_stream(self) -> bool:
        """Whether this can be read only once."""
        return self.size is None

    def open(self, stdin: BinaryIO) -> BinaryIO:
        """The source's bytes, unbuffered; raises OSError."""
        return stdin if self.name == STANDARD_INPUT else Path(self.name).open("rb", buffering=0)


def find_sources(paths: Sequence[str | Path]) -> tuple[list[Source], list[Problem]]:
    """The sources that `paths` stand for, in their order, the files of a folder or glob sorted; and what is missing.

    A folder stands for the files below it, except hidden ones and those in hidden folders. A path that exists is
    never taken for a glob. One source given twice is found twice.
    """
    sources: list[Source] = []
    problems: list[Problem] = []
    for path in map(str, paths):
        if path == STANDARD_INPUT:
            sources.append(Source(STANDARD_INPUT, None))
            continue
        files, problem = _files_of(path)
        problems += [] if problem is None else [problem]
        for file in files:
            try:
                sources.append(_source_of(file))
            except OSError as error:
                problems.append(unreadable(file, error))
    return sources, problems


def unreadable(name: str, error: OSError) -> Problem:
    """The problem of a file that the system refuses to give."""
    code = "missing" if isinstance(error, FileNotFoundError) else "unreadable"
    reason = error.strerror or str(error)
    return Problem(name, code, f"cannot read {name}: {reason}")


def _files_of(path: str) -> tuple[list[str], Problem | None]:
    if not os.path.lexists(path):
        if not glob.has_magic(path):
            return [], Problem(path, "missing", f"there is no {path}")
        matches = sorted(glob.glob(path, recursive=True))  # noqa: PTH207 - Path.glob takes no absolute patterns
        if not matches:
            return [], Problem(path, "missing", f"no file matches {path}")
        # `**` matches folders beside the files in them; any other glob is what a shell would make of it.
        folders = [] if "**" in path else [match for match in matches if Path(match).is_dir()]
        files = [match for match in matches if not Path(match).is_dir()]
        return sorted([*files, *(file for folder in folders for file in _files_below(folder))]), None
    if not Path(path).is_dir():
        return [path], None
    files = list(_files_below(path))
    return files, None if files else Problem(path, "empty-folder", f"there are no files in {path}")


def _files_below(folder: str) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(_visible(folders))
        # Sockets and pipes in a folder are not its logs; a broken link is reported when it is opened.
        for name in sorted(_visible(files)):
            path = Path(parent, name)
            if path.is_file() or not path.exists():
                yield str(path)


def _visible(names: Iterable[str]) -> list[str]:
    return [name for name in names if not name.startswith(".")]


def _source_of(file: str) -> Source:
    status = Path(file).stat()
    return Source(str(Path(file).absolute()), status.st_size if stat.S_ISREG(status.st_mode) else None)
