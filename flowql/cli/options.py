"""Options that several commands have, and the types of their values.

Owns the resolution of the store's path, and that a flag goes before the setting of its name. Does not know
engines: opening one is the command's business.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click
import platformdirs
from click.core import ParameterSource

from flowql.cli.configuration import Configuration
from flowql.cli.known_settings import KNOWN, NONE
from flowql.values import parse_integer

HELP_OPTIONS = ["-h", "--help"]
_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Chosen:
    """What holds for the whole run of the program, whichever command it is."""

    store: Path | None = None
    """What `--store` before the command says."""
    configuration: Configuration = field(default_factory=Configuration)


def chosen(ctx: click.Context) -> Chosen:
    """What was chosen before the command; nothing where no program runs, as when a word is completed."""
    return ctx.find_object(Chosen) or Chosen()


class SettingOption(click.Option):
    """An option whose value is that of a setting when it is not given."""

    def __init__(self, *arguments: Any, setting: str, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.setting = setting

    def consume_value(self, ctx: click.Context, opts: Mapping[str, Any]) -> tuple[Any, ParameterSource]:
        """The value and where it comes from, before it is read."""
        value, source = super().consume_value(ctx, opts)
        if value == NONE and KNOWN[self.setting].takes_none:
            return None, source
        if source is not ParameterSource.DEFAULT or ctx.resilient_parsing:
            return value, source
        configured = chosen(ctx).configuration.get(self.setting)
        if configured is None or configured.text == NONE:
            return value, source
        return configured.text, ParameterSource.DEFAULT_MAP


def data_folder() -> Path:
    """Where FlowQL keeps things for a user who names no place."""
    return platformdirs.user_data_path("flowql", appauthor=False)


def default_store() -> Path:
    """The store of a user who names none."""
    return data_folder() / "store"


def store_option(command: _Command) -> _Command:
    """Add `--store`, as it also stands before the command; the nearer one wins."""

    def resolve(ctx: click.Context, _: click.Parameter, value: Path | None) -> Path:
        if ctx.resilient_parsing:  # a word is completed: whoever needs the store asks for it
            return value or default_store()
        return value or store_before_command(ctx)

    option = click.option(
        "--store",
        metavar="DIR",
        type=click.Path(path_type=Path),
        callback=resolve,
        help="Folder of the store; may also stand before the command.",
    )
    return option(command)


def store_before_command(ctx: click.Context) -> Path:
    """The store for a command whose own options name none."""
    named = chosen(ctx).store
    if named is not None:
        return named
    configured = chosen(ctx).configuration.get("store")
    return Path(configured.text) if configured else default_store()


@dataclass(frozen=True, slots=True)
class RowLimit:
    """What `--limit` says: at most so many rows; None for all."""

    row_count_max: int | None


def read_limit(text: str) -> int | None:
    """How many rows `--limit` or the setting says; None for all, and for what is no limit at all."""
    return parse_integer(text)


def _read_limit(ctx: click.Context, param: click.Parameter, text: str | None) -> RowLimit | None:
    """A number of rows, or `all`."""
    if text is None:
        return None
    number = read_limit(text)
    if number is None and text != "all":
        raise click.BadParameter(f"{text!r} is neither a number of rows nor 'all'", ctx, param)
    return RowLimit(number)


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
