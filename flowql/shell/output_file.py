r"""The file of `\o`: answers go there until it is closed.

Owns which formats hold several answers, and that an answer which did not come to its end leaves nothing
behind.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from flowql.errors import UsageError
from flowql.render.staged import StagedFile

_SEVERAL = ("table", "markdown", "ndjson", "raw")
"""Formats in which one answer may follow another; the others have a head, or an end, that is there once."""


class OutputFile:
    """A file of answers, which appears under its name when it is closed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._staged = StagedFile(path)
        self._formats: list[str] = []

    @property
    def answer_count(self) -> int:
        """How many answers it holds."""
        return len(self._formats)

    def check(self, format_name: str) -> None:
        """Raise `UsageError` if the file cannot take one more answer in this format."""
        before = self._formats[-1] if self._formats else None
        if before is not None and (before != format_name or format_name not in _SEVERAL):
            raise UsageError(
                f"{self.path} holds an answer as {before}, and {format_name} cannot follow it",
                hint=r"\o closes the file; \o FILE begins another",
            )

    @contextmanager
    def answer(self, format_name: str) -> Iterator[BinaryIO]:
        """Where one answer is written; what an error leaves unfinished is taken back."""
        file = self._staged.file
        begin = 0 if self._staged.is_direct else file.tell()
        try:
            yield file
            file.flush()
        except BaseException:
            if not self._staged.is_direct:
                file.flush()
                os.ftruncate(file.fileno(), begin)
                file.seek(begin)
            raise
        self._formats.append(format_name)

    def close(self) -> None:
        """Give the file its name."""
        self._staged.commit()
