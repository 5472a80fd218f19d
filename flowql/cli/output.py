"""Where rows are written: standard output, or a file that appears when it is whole.

Owns the file's temporary name and the refusal of binary formats on a terminal. Does not know what is written.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from flowql.errors import UsageError
from flowql.render.answer import Style
from flowql.render.formats import FORMATS
from flowql.render.terminal import style_of


def require_no_terminal(format_name: str, output: Path | None) -> None:
    """Raise `UsageError` if a format that is no text would be written to a terminal."""
    if FORMATS[format_name].is_binary and output is None and sys.stdout.isatty():
        raise UsageError(
            f"{format_name} is binary and cannot be shown on a terminal",
            hint="send it to a file (--output FILE) or to a program (| ...)",
        )


@contextmanager
def opened(output: Path | None) -> Iterator[tuple[BinaryIO, Style]]:
    """Where the rows go, and how they should look there; None is standard output.

    A regular file has a temporary name beside its own until all is written; on an error it is removed and
    what was there before stays. Devices and named pipes are written directly. Raises `UsageError` when
    nothing can be written there.
    """
    if output is None:
        yield sys.stdout.buffer, style_of(sys.stdout)
        sys.stdout.buffer.flush()
    elif output.exists() and not output.is_file():
        with _open(output, os.O_WRONLY, output) as file:
            yield file, Style()
    else:
        path = output.resolve()  # a link goes on pointing to its file
        staged = path.with_name(f".{path.name}.{os.getpid()}.part")
        with _open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, output) as file:
            try:
                yield file, Style()
                file.close()
                staged.replace(path)
            except BaseException:
                staged.unlink(missing_ok=True)
                raise


def _open(path: Path, flags: int, output: Path) -> BinaryIO:
    try:
        return os.fdopen(os.open(path, flags, 0o666), "wb")
    except OSError as error:
        raise UsageError(
            f"{output}: cannot be written: {error.strerror}",
            hint="name a file in a folder that can be written",
        ) from error
