"""Options that several commands have, and the types of their values.

Owns the resolution of the store's path. Does not know engines: opening one is the command's business.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
import platformdirs

from flowql.times import BadTimeError, format_time, now_ns, parse_time
from flowql.values import parse_integer
from flowql.zones import UTC, find_zone, similar_zones

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


def _read_zone(ctx: click.Context, param: click.Parameter, text: str | None) -> str | None:
    """The name of a zone as the engine knows it."""
    if text is None:
        return None
    zone = find_zone(text)
    if zone is None:
        near = ", ".join(similar_zones(text)) or "Asia/Shanghai, UTC or +08:00"
        raise click.BadParameter(f"{text!r} is no zone; write {near}", ctx, param)
    return zone.name


def read_time(ctx: click.Context, option: str, text: str, *, now: int) -> int:
    """The time that an option gives, in nanoseconds; without an offset, on the clock of `--tz`."""
    zone = find_zone(ctx.params.get("tz") or "") or UTC
    try:
        unit = parse_time(text, now=now, zone=zone)
    except BadTimeError as error:
        hint = error.reason or f"write {error.instead or '2018-12-13T14:00:00Z, 2018-12-13 or epoch seconds'}"
        raise click.BadParameter(f"{text!r} is no time; {hint}", ctx, param_hint=f"'{option}'") from error
    if unit.other is not None:
        readings = " or ".join(format_time(each, zone) for each in (unit.first, unit.other))
        message = f"the clock of {zone} leaves a doubt; write {readings}"
        raise click.BadParameter(message, ctx, param_hint=f"'{option}'")
    return unit.first


def _read_now(ctx: click.Context, param: click.Parameter, text: str | None) -> int | None:
    """The time of `--now`, in nanoseconds."""
    return None if text is None else read_time(ctx, param.opts[0], text, now=now_ns())


def _read_limit(ctx: click.Context, param: click.Parameter, text: str | None) -> RowLimit | None:
    """A number of rows, or `all`."""
    if text is None:
        return None
    number = parse_integer(text)
    if number is None and text != "all":
        raise click.BadParameter(f"{text!r} is neither a number of rows nor 'all'", ctx, param)
    return RowLimit(number)


tz_option = click.option(
    "--tz",
    metavar="ZONE",
    callback=_read_zone,
    is_eager=True,
    help="Zone in which times are read and shown, unless the query says tz.  [default: UTC]",
)
now_option = click.option(
    "--now", metavar="TIME", callback=_read_now, help="The time that `last` and `now` in the query refer to."
)
why_empty_option = click.option(
    "--why-empty",
    is_flag=True,
    help="Explain an answer without matches on standard error, wherever that goes.",
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
