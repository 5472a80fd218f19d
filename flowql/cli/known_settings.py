"""The settings that there are: what each takes, means, and is when nobody says.

Owns the one table of them, and how a wrong one is told. Those that the shell has too are read as it reads
them. Does not know where settings are written.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from flowql.cli.quantities import read_duration, read_size
from flowql.errors import UsageError
from flowql.names.nearest import nearest
from flowql.shell.settings import SETTINGS, Settings

NONE = "none"
"""What a setting says that has no value, so that a nearer place can take back what a farther one says."""
SHELL_NAMES = {"format": "mode"}
"""What the shell calls a setting that has another name here."""


@dataclass(frozen=True, slots=True)
class Known:
    """A setting: what may be written, what it means, and what it is when nobody says.

    `read` raises `UsageError` when a text will not do.
    """

    name: str
    takes: str
    help: str
    default: str
    read: Callable[[str], Any]
    values: tuple[str, ...] = ()
    """The words it takes, where they can be listed."""
    is_path: bool = False

    @property
    def takes_none(self) -> bool:
        """Whether it may be written that it has no value."""
        return self.takes.endswith(f"|{NONE}")

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return f"FLOWQL_{self.name.upper()}"


def known_setting(name: str, place: str = "") -> Known:
    """The setting of that name. Raises `UsageError` with similar names, and the place where it stands."""
    known = KNOWN.get(name)
    if known is None:
        near = nearest(name, KNOWN, ())
        hint = f'did you mean "{near[0]}"?' if near else f"settings: {', '.join(KNOWN)}"
        raise UsageError(f'{place}there is no setting "{name}"', hint=hint)
    return known


def check_value(known: Known, text: str, place: str = "") -> None:
    """Raise `UsageError`, with the place where it would be mended, if the setting does not take the text."""
    try:
        known.read(text)
    except UsageError as error:
        near = nearest(text, known.values, ())
        hint = f'did you mean "{near[0]}"?' if near else _without_shell(error.hint)
        hint = hint or f"{known.name} takes {known.takes}"
        raise UsageError(f"{place}{error.message}", hint=hint) from error


def _without_shell(hint: str | None) -> str | None:
    """A hint, unless it is about a command of the shell."""
    return hint if hint and "\\" not in hint else None


def _read_path(text: str) -> Path:
    if not text or "\0" in text:
        raise UsageError("a folder has a name")
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise UsageError(f'there is no such user: "{text}"', hint=f"write ./{text} for a folder") from error


def _of_shell(name: str, default: str, renamed: str | None = None, meaning: str | None = None) -> Known:
    """A setting that the shell has too, read as it reads it."""
    there = renamed or name
    setting = SETTINGS[there]

    def read(text: str) -> Any:
        try:
            return setting.read(text, Settings())
        except UsageError as error:
            raise UsageError(re.sub(rf"^{there}\b", name, error.message), hint=error.hint) from error

    return Known(name, setting.takes, meaning or setting.help, default, read, setting.values)


def _or_none(read: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: None if text == NONE else read(text)


_KNOWN = (
    Known("store", "DIR", "folder of the store", "in the user's data folder", _read_path, is_path=True),
    Known(
        "lists",
        "DIR",
        "folder of the lists that queries name @NAME",
        "in the user's folder of settings",
        _read_path,
        is_path=True,
    ),
    _of_shell("format", "table", "mode"),
    _of_shell("limit", "50", meaning="rows of a table"),
    _of_shell("lines", "all"),
    _of_shell("tz", "UTC"),
    _of_shell("strict", "off"),
    Known("timeout", "DURATION|none", "time a query may take, such as 30s", NONE, _or_none(read_duration)),
    Known("memory", "SIZE|none", "memory a query may take, such as 2GiB", NONE, _or_none(read_size)),
    _of_shell("names", "on, on a terminal"),
    _of_shell("human", "off"),
    _of_shell("histogram", "on, on a terminal"),
    _of_shell("expanded", "off"),
    _of_shell("timing", "on"),
    _of_shell("pager", "auto"),
    _of_shell("editing", "emacs"),
)


KNOWN: Mapping[str, Known] = MappingProxyType({each.name: each for each in _KNOWN})
"""The settings by name, in the order in which they are listed."""
