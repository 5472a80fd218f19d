"""Options that several commands have, and the types of their values.

Owns the resolution of the store's path. Does not know engines: opening one is the command's business.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
import platformdirs

from flowql.values import now_ns, parse_integer, parse_time

HELP_OPTIONS = ["-h", "--help"]
_Command = TypeVar("_Command", bound=Callable[..., Any])


def data_folder() -> Path:
    """Where FlowQL keeps things for a user who names no place."""
    return platformdirs.user_data_path("flowql", appauthor=False)


def default_store() -> Path:
    """The store of a user who names none."""
    return data_folder() / "store"


def store_option(command: _Command) -> _Command:
    """Add `--store`, as it also stands before the command; the nearer one wins."""

    def resolve(ctx: click.Context, _: click.Parameter, value: Path | None) -> Path:
        chosen: Path | None = value or ctx.obj
        return chosen or default_store()

    option = click.option(
        "--store",
        type=click.Path(path_type=Path),
        callback=resolve,
        help="Folder of the store; may also stand before the command.",
    )
    return option(command)


@dataclass(frozen=True, slots=True)
class RowLimit:
    """What `--limit` says: at most so many rows; None for all."""

    row_count_max: int | None


def _read_time(ctx: click.Context, param: click.Parameter, text: str | None) -> int | None:
    """A time as queries write them, in nanoseconds."""
    if text is None:
        return None
    unit = parse_time(text, now=now_ns())
    if unit is None:
        hint = "write 2018-12-13T14:00:00Z, 2018-12-13 or epoch seconds"
        raise click.BadParameter(f"{text!r} is no time; {hint}", ctx, param)
    return unit[0]


def _read_limit(ctx: click.Context, param: click.Parameter, text: str | None) -> RowLimit | None:
    """A number of rows, or `all`."""
    if text is None:
        return None
    number = parse_integer(text)
    if number is None and text != "all":
        raise click.BadParameter(f"{text!r} is neither a number of rows nor 'all'", ctx, param)
    return RowLimit(number)


now_option = click.option(
    "--now", metavar="TIME", callback=_read_time, help="The time that `last` and `now` in the query refer to."
)
exit_status_option = click.option("--exit-status", is_flag=True, help="Exit with 1 when no record matches.")
limit_option = click.option(
    "--limit",
    metavar="N|all",
    callback=_read_limit,
    help="Rows to print.  [default: 50 in a table, all in machine formats]",
)
file_option = click.option(
    "-f",
    "--file",
    type=click.File(encoding="utf-8"),
    help="Read the query from a file (`-`: standard input).",
)
