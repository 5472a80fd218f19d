"""Limits on what a query may take: time and memory, and what happens when one is reached.

Owns these options. Who keeps the limits is the engine.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

import click

from flowql.cli.options import SettingOption
from flowql.cli.quantities import read_duration, read_size
from flowql.errors import UsageError

_Command = TypeVar("_Command", bound=Callable[..., Any])
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a query may take; None for no limit."""

    timeout_s: float | None = None
    memory_bytes: int | None = None
    allow_partial: bool = False

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of `Engine.search` that these are; what is not limited is left to its defaults."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in values.items() if value}


def limits_options(command: _Command) -> Callable[..., Any]:
    """Add `--timeout`, `--memory` and `--allow-partial`; the command takes what they say as `limits`."""
    return _with_limits(command, (*_OPTIONS, _allow_partial_option))


def whole_limits_options(command: _Command) -> Callable[..., Any]:
    """The same without `--allow-partial`, for what is either whole or nothing."""
    return _with_limits(command, _OPTIONS)


def _with_limits(command: _Command, options: tuple[Callable[..., Any], ...]) -> Callable[..., Any]:
    @wraps(command)
    def with_limits(
        *arguments: Any,
        timeout_s: float | None,
        memory_bytes: int | None,
        allow_partial: bool = False,
        **others: Any,
    ) -> Any:
        return command(*arguments, limits=Limits(timeout_s, memory_bytes, allow_partial), **others)

    for option in reversed(options):
        with_limits = option(with_limits)
    return with_limits


def _reading(read: Callable[[str], T]) -> Callable[[click.Context, click.Parameter, str | None], T | None]:
    def read_option(ctx: click.Context, param: click.Parameter, text: str | None) -> T | None:
        try:
            return None if text is None else read(text)
        except UsageError as error:
            raise click.BadParameter(error.message, ctx, param) from error

    return read_option


_OPTIONS = (
    click.option(
        "--timeout",
        "timeout_s",
        cls=SettingOption,
        setting="timeout",
        metavar="DURATION",
        callback=_reading(read_duration),
        help="Time that the query may take, such as 30s; past it, exit with 4.  [default: no limit]",
    ),
    click.option(
        "--memory",
        "memory_bytes",
        cls=SettingOption,
        setting="memory",
        metavar="SIZE",
        callback=_reading(read_size),
        help="Memory that the query may take, such as 2GiB; past it, exit with 4.  [default: no limit]",
    ),
)
_allow_partial_option = click.option(
    "--allow-partial",
    is_flag=True,
    help="At such a limit give what was found so far, and say so; the exit code is 4 still.",
)
