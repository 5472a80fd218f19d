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


class _Time(click.ParamType):
    """A time as queries write them, in nanoseconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        unit = parse_time(str(value), now=now_ns())
        if unit is None:
            self.fail(f"{value!r} is no time; write 2018-12-13T14:00:00Z, 2018-12-13 or epoch seconds", param, ctx)
        return unit[0]


class _RowCount(click.ParamType):
    """A number of rows, or `all`."""

    name = "rows"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> RowLimit:
        number = parse_integer(str(value))
        if number is None and value != "all":
            self.fail(f"{value!r} is neither a number of rows nor 'all'", param, ctx)
        return RowLimit(number)


now_option = click.option("--now", type=_Time(), help="The time that `last` and `now` in the query refer to.")
exit_status_option = click.option("--exit-status", is_flag=True, help="Exit with 1 when no record matches.")
limit_option = click.option(
    "--limit", type=_RowCount(), help="Rows to print, or `all`.  [default: 50 in a table, else all]"
)
file_option = click.option(
    "-f",
    "--file",
    type=click.File(encoding="utf-8"),
    help="Read the query from a file (`-`: standard input).",
)
