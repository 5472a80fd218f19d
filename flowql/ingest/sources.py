"""Sources: which files the user's paths, folders and globs stand for, in which order, and how each is opened.

Owns the search for files and the errors of opening. Knows nothing of compression or lines.
"""

import glob
import os
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
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

    def open(self, stdin: BinaryIO | None) -> BinaryIO:
        """The source's bytes, unbuffered; raises OSError. `stdin` None means the process's own."""
        if self.name == STANDARD_INPUT:
            return sys.stdin.buffer if stdin is None else stdin
        return Path(self.name).open("rb", buffering=0)


def find_sources(paths: Sequence[str | Path]) -> tuple[list[Source], list[Problem]]:
    """The sources that `paths` stand for, in order, those of a folder or glob sorted; and what is missing.

    A folder stands for the files below it, except hidden ones and those in hidden folders. A path that exists
    is never taken for a glob. One source given twice is found twice.
    """
    found = _Found()
    for path in map(str, paths):
        if path == STANDARD_INPUT:
            found.sources.append(Source(STANDARD_INPUT, None))
        elif os.path.lexists(path) or not glob.has_magic(path):
            found.add(path)
        else:
            found.add_matches(path)
    return found.sources, found.problems


def unreadable(name: str, error: OSError) -> Problem:
    """The problem of a file that the system refuses to give."""
    code = "missing" if isinstance(error, FileNotFoundError) else "unreadable"
    return Problem(name, code, f"cannot read {name}: {error.strerror or error}")


@dataclass(slots=True)
class _Found:
    sources: list[Source] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, path: str) -> None:
        """Add a file, or the files below a folder, of which there should be one."""
        count = len(self.sources) + len(self.problems)
        if not Path(path).is_dir():
            self._add_file(path)
            return
        self._add_folder(path, frozenset())
        if len(self.sources) + len(self.problems) == count:
            self.problems.append(Problem(path, "empty-folder", f"there are no files in {path}"))

    def add_matches(self, pattern: str) -> None:
        """Add what a glob matches, as if a shell had expanded it."""
        # Path.glob takes no absolute patterns.
        matches = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207
        if not matches:
            self.problems.append(Problem(pattern, "missing", f"no file matches {pattern}"))
        for match in matches:
            # `**` matches folders beside the files in them.
            if "**" not in pattern or not Path(match).is_dir():
                self.add(match)

    def _add_file(self, file: str) -> None:
        try:
            status = Path(file).stat()
        except OSError as error:
            self.problems.append(unreadable(file, error))
            return
        size = status.st_size if stat.S_ISREG(status.st_mode) else None
        self.sources.append(Source(str(Path(file).absolute()), size))

    def _add_folder(self, folder: str, above: frozenset[tuple[int, int]]) -> None:
        """Add the files below a folder, by name. Links are followed, but not to folders above."""
        try:
            status = Path(folder).stat()
            names = sorted(name for name in os.listdir(folder) if not name.startswith("."))  # noqa: PTH208
        except OSError as error:
            self.problems.append(unreadable(folder, error))
            return
        identity = (status.st_dev, status.st_ino)
        for name in [] if identity in above else names:
            path = Path(folder, name)
            if path.is_dir():
                self._add_folder(str(path), above | {identity})
            # Sockets and pipes in a folder are not its logs; a broken link is one that should be missed.
            elif path.is_file() or not path.exists():
                self._add_file(str(path))
