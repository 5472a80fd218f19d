"""Limits on what a query may take: time and memory, and what happens when one is reached.

Owns these options. Who keeps the limits is the engine.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from flowql.cli.options import SettingOption
from flowql.cli.quantities import read_duration, read_size
from flowql.errors import UsageError

if TYPE_CHECKING:
    from flowql.execution.limits import Limits as EngineLimits

_Command = TypeVar("_Command", bound=Callable[..., Any])
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a query may take; None for no limit."""

    timeout_s: float | None = None
    memory_bytes: int | None = None
    allow_partial: bool = False

    def of_engine(self) -> "EngineLimits":
        """The same for an engine; what is not limited here is so by the engine's defaults."""
        # Loaded here: whoever reads help or completes a word does not wait for what runs queries.
        from flowql.execution.limits import DEFAULT_LIMITS  # noqa: PLC0415

        return DEFAULT_LIMITS.but(self.timeout_s, self.memory_bytes, allow_partial=self.allow_partial)


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
        metavar="DURATION|none",
        callback=_reading(read_duration),
        help="Time that the query may take, such as 30s; past it, exit with 4.  [default: no limit]",
    ),
    click.option(
        "--memory",
        "memory_bytes",
        cls=SettingOption,
        setting="memory",
        metavar="SIZE|none",
        callback=_reading(read_size),
        help="Memory that the query may take, such as 2GiB; past it, exit with 4.  [default: no limit]",
    ),
)
_allow_partial_option = click.option(
    "--allow-partial",
    is_flag=True,
    help="When the time is up, give the rows so far, where they come in order, and say so; "
    "the exit code is 4 still.",
)
