"""How a table looks to people: names beside numbers, magnitudes, a cut in the middle, a histogram above.

Owns these options and what they are on a terminal when nobody says. Does not know how anything is drawn.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, TypeVar

import click

from flowql.cli.known_settings import KNOWN
from flowql.cli.options import SettingOption
from flowql.errors import UsageError
from flowql.render.answer import Style

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Looks:
    """What is wished; None is what suits a terminal there, and plain numbers elsewhere."""

    names: bool | None = None
    human: bool | None = None
    histogram: bool | None = None
    lines: int | None = None
    """A longer table is cut in its middle."""

    def applied(self, style: Style, *, is_terminal: bool) -> Style:
        """The style with what is wished."""
        names = is_terminal if self.names is None else self.names
        return replace(style, names=names, human=bool(self.human), rows_max=self.lines)

    def has_histogram(self, *, is_terminal: bool) -> bool:
        """Whether matches over time are drawn above a table."""
        return is_terminal if self.histogram is None else self.histogram


def looks_options(command: _Command) -> Callable[..., Any]:
    """Add `--names`, `--human`, `--histogram` and `--lines`; the command takes what they say as `looks`."""

    @wraps(command)
    def with_looks(
        *arguments: Any,
        names: bool | None,
        human: bool | None,
        histogram: bool | None,
        lines: int | None,
        **others: Any,
    ) -> Any:
        return command(*arguments, looks=Looks(names, human, histogram, lines), **others)

    for option in reversed(_OPTIONS):
        with_looks = option(with_looks)
    return with_looks


def _switch(name: str, help_text: str) -> Callable[..., Any]:
    return click.option(
        f"--{name}/--no-{name}", cls=SettingOption, setting=name, default=None, type=bool, help=help_text
    )


def _read_lines(ctx: click.Context, param: click.Parameter, text: str | None) -> int | None:
    try:
        lines: int | None = None if text is None else KNOWN["lines"].read(text)
    except UsageError as error:
        raise click.BadParameter(error.message, ctx, param) from error
    return lines


_OPTIONS = (
    _switch("names", "In a table, names beside numbers: 22 ssh, 6 tcp.  [default: on a terminal]"),
    _switch("human", "In a table, sizes and counts by magnitude: 1.2 GiB, 3.4 M.  [default: no]"),
    _switch("histogram", "Above a table of records, their number over time.  [default: on a terminal]"),
    click.option(
        "--lines",
        cls=SettingOption,
        setting="lines",
        metavar="N|all",
        callback=_read_lines,
        help="Lines of a table: a longer one is cut in the middle.  [default: all]",
    ),
)
