"""A file that appears under its name when it is whole.

Owns the name that it has until then. Devices and named pipes are written directly. Does not know what is
written.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from flowql.errors import UsageError


class StagedFile:
    """A file being written beside its place; `commit` puts it there, `discard` leaves there what was before.

    Raises `UsageError` when nothing can be written there.
    """

    def __init__(self, path: Path, mode: int = 0o666) -> None:
        self.is_direct = path.exists() and not path.is_file()
        self._path = path if self.is_direct else path.resolve()  # a link goes on pointing to its file
        self._staged = self._path.with_name(f".{self._path.name}.{os.getpid()}.part")
        flags = os.O_WRONLY if self.is_direct else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        try:
            opened = os.open(self._path if self.is_direct else self._staged, flags, mode)
        except OSError as error:
            raise UsageError(
                f"{path}: cannot be written: {error.strerror}",
                hint="name a file in a folder that can be written",
            ) from error
        self.file: BinaryIO = os.fdopen(opened, "wb")

    def commit(self) -> None:
        """Close the file and give it its name."""
        self.file.close()
        if not self.is_direct:
            self._staged.replace(self._path)

    def discard(self) -> None:
        """Close the file and remove what was written."""
        try:
            self.file.close()
        finally:
            if not self.is_direct:
                self._staged.unlink(missing_ok=True)


@contextmanager
def staged(path: Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    """A file to write to, which appears when the block ends; an error removes it."""
    target = StagedFile(path, mode)
    try:
        yield target.file
        target.commit()
    except BaseException:
        target.discard()
        raise
