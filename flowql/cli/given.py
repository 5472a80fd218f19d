"""What is given beside a query on the command line: lists, parameters, a range, and how strict to be.

Owns these options, and where lists lie when no option says so. Does not know what a query does with them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click
import platformdirs

from flowql.cli.clock import read_time
from flowql.cli.options import SettingOption
from flowql.times import now_ns

_Command = TypeVar("_Command", bound=Callable[..., Any])
_PARAMETER = re.compile(r"[^\W\d]\w*")
"""What the language can write after `$`."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the options say; times are in nanoseconds, and `tz` is the name of a zone."""

    params: dict[str, str | list[str]]
    now: int | None
    tz: str | None
    since: int | None
    until: int | None
    strict: bool

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of `Engine.search` and `Engine.explain` that these are."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class ListFiles:
    """Where lists lie: a folder of them, and the files of some by name. None is read."""

    folder: Path | None
    files: dict[str, Path]


def given_options(command: _Command) -> Callable[..., Any]:
    """Add `--param`, `--since`, `--until` and `--strict`.

    The command takes all they say, and what `--now` and `--tz` say, as `given`.
    """

    @wraps(command)
    def with_given(
        *arguments: Any,
        param: tuple[str, ...],
        since: str | None,
        until: str | None,
        strict: bool,
        **others: Any,
    ) -> Any:
        ctx = click.get_current_context()
        now, tz = others.pop("now"), others.pop("tz")
        first, after = (
            None if text is None else read_time(ctx, name, text, now=now_ns() if now is None else now)
            for name, text in (("--since", since), ("--until", until))
        )
        given = Given(_parameters(ctx, param), now, tz, first, after, strict)
        return command(*arguments, given=given, **others)

    for option in reversed(_GIVEN_OPTIONS):
        with_given = option(with_given)
    return with_given


def lists_options(command: _Command) -> Callable[..., Any]:
    """Add `--lists` and `--list`; the command takes the places of the lists as `lists`."""

    @wraps(command)
    def with_lists(
        *arguments: Any, lists_folder: Path | None, list_files: tuple[str, ...], **others: Any
    ) -> Any:
        files = _list_files(click.get_current_context(), list_files)
        return command(*arguments, lists=ListFiles(lists_folder or default_lists_folder(), files), **others)

    for option in reversed(_LISTS_OPTIONS):
        with_lists = option(with_lists)
    return with_lists


def default_lists_folder() -> Path | None:
    """The folder of a user who names none: `lists` in the user's folder of settings, if it is there."""
    usual = platformdirs.user_config_path("flowql", appauthor=False) / "lists"
    return usual if usual.is_dir() else None


def _parameters(ctx: click.Context, texts: tuple[str, ...]) -> dict[str, str | list[str]]:
    """The value of each name; several where it is given several times."""
    found: dict[str, list[str]] = {}
    for text in texts:
        name, value = _named(ctx, "--param", "VALUE", text)
        if not _PARAMETER.fullmatch(name):
            message = f'the name of a parameter is a letter, then letters, digits and "_", found {name!r}'
            raise click.BadParameter(message, ctx, param_hint="'--param'")
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _list_files(ctx: click.Context, texts: tuple[str, ...]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for text in texts:
        name, file = _named(ctx, "--list", "FILE", text)
        if name in found:
            raise click.BadParameter(f"the list {name} is given twice", ctx, param_hint="'--list'")
        found[name] = Path(file)
    return found


def _named(ctx: click.Context, option: str, noun: str, text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not name or not sign:
        message = f"expected NAME={noun}, found {text!r}"
        raise click.BadParameter(message, ctx, param_hint=f"'{option}'")
    return name, value


_GIVEN_OPTIONS = (
    click.option(
        "--param",
        multiple=True,
        metavar="NAME=VALUE",
        help="The value of $NAME in the query; given again, one more value of it.",
    ),
    click.option("--since", metavar="TIME", help="Only records that start at TIME or later."),
    click.option("--until", metavar="TIME", help="Only records that start before TIME."),
    click.option(
        "--strict/--no-strict",
        cls=SettingOption,
        setting="strict",
        help="Refuse AND and OR mixed without parentheses.",
    ),
)
_LISTS_OPTIONS = (
    click.option(
        "--lists",
        "lists_folder",
        cls=SettingOption,
        setting="lists",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Folder of the lists that a query names @NAME.  "
        "[default: lists in the user's folder of settings]",
    ),
    click.option(
        "--list", "list_files", multiple=True, metavar="NAME=FILE", help="The file of the list @NAME."
    ),
)
