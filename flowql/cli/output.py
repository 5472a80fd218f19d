"""Where rows are written: standard output, or a file that appears when it is whole.

Owns the refusal of binary formats on a terminal. Does not know what is written.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from flowql.errors import UsageError
from flowql.render.answer import Style
from flowql.render.formats import FORMATS
from flowql.render.staged import staged
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

    A file appears when all is written; on an error what was there before stays. Raises `UsageError` when
    nothing can be written there.
    """
    if output is None:
        yield sys.stdout.buffer, style_of(sys.stdout)
        sys.stdout.buffer.flush()
    else:
        with staged(output) as file:
            yield file, Style()
