"""Where rows are written: standard output, or a file that appears when it is whole; and what is said beside.

Owns the refusal of binary formats on a terminal, and how it is told that nothing can be written. Does not
know what is written.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import click

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


def say(text: str) -> None:
    """Tell people something on standard error. That nobody reads it, or nothing can, changes nothing."""
    with suppress(OSError):
        click.echo(text, err=True)


def unwritable(error: OSError, place: str = "standard output") -> UsageError:
    """What is told of rows that could not be written."""
    return UsageError(f"{place}: cannot be written: {error.strerror or error}")


@contextmanager
def opened(output: Path | None) -> Iterator[tuple[BinaryIO, Style]]:
    """Where the rows go, and how they should look there; None is standard output.

    A file appears when all is written; on an error what was there before stays. Raises `UsageError` when
    nothing can be written there, or no more; `BrokenPipeError` when the reader has left.
    """
    try:
        if output is None:
            yield sys.stdout.buffer, style_of(sys.stdout)
            sys.stdout.buffer.flush()
        else:
            with staged(output) as file:
                yield file, Style()
    except OSError as error:
        # What reads the store names the file that it cannot read; what is written to has no name by then.
        if error.filename is not None or isinstance(error, BrokenPipeError):
            raise
        raise unwritable(error, "standard output" if output is None else str(output)) from error
