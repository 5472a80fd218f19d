r"""The settings of a shell: how answers look, and what queries are read with.

Owns the one table of them: each setting's name, how its value is read and written, what it means. `\set` and
the file of settings use it. Does not know sessions, files or terminals.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any, Literal

from flowql.errors import UsageError
from flowql.names.nearest import nearest
from flowql.render.answer import LINES_MIN
from flowql.render.formats import FORMATS
from flowql.times import BadTimeError, format_time, now_ns, parse_time
from flowql.values import parse_integer
from flowql.zones import UTC, Zone, find_zone, similar_zones

_ON = ("on", "true", "yes", "1")
_OFF = ("off", "false", "no", "0")
_NONE = "none"
_ALL = "all"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a session goes by; the defaults are those of a user who says nothing."""

    mode: str = "table"
    limit: int | None = 50
    lines: int | None = None
    tz: str | None = None
    now: int | None = None
    strict: bool = False
    timing: bool = True
    expanded: bool = False
    names: bool = True
    human: bool = False
    histogram: bool = True
    pager: Literal["auto", "always", "never"] = "auto"
    editing: Literal["emacs", "vi"] = "emacs"

    @property
    def zone(self) -> Zone:
        """The zone where a query states none."""
        return (find_zone(self.tz) if self.tz else None) or UTC


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: `takes` says what may be written, `read` makes a value of that or raises `UsageError`."""

    name: str
    takes: str
    help: str
    read: Callable[[str, Settings], Any]
    write: Callable[[Any, Settings], str]
    values: tuple[str, ...] = ()
    """The words it takes, where they can be listed: what is proposed while one types."""


def with_setting(settings: Settings, name: str, text: str) -> Settings:
    """The settings with one of them read from a text. Raises `UsageError` with what would do."""
    return replace(settings, **{name: setting_named(name).read(text.strip(), settings)})


def setting_named(name: str) -> Setting:
    """The setting of that name. Raises `UsageError` with similar names."""
    found = SETTINGS.get(name)
    if found is None:
        near = nearest(name, SETTINGS, ()) or SETTINGS
        raise UsageError(f'there is no setting "{name}"', hint=f"settings: {', '.join(near)}")
    return found


def written_setting(settings: Settings, name: str) -> str:
    """A setting's value as a text that reads back to it."""
    return setting_named(name).write(getattr(settings, name), settings)


def _number(name: str, noun: str, least: int, meaning: str) -> Setting:
    def read(text: str, _: Settings) -> int | None:
        number = parse_integer(text)
        if text != _ALL and (number is None or number < least):
            from_on = f", {least} or more," if least else ""
            message = f'{name} is a number of {noun}{from_on} or {_ALL}, found "{text}"'
            raise UsageError(message, hint=rf"write: \set {name} 100")
        return number

    return Setting(
        name, f"N|{_ALL}", meaning, read, lambda value, _: _ALL if value is None else str(value), (_ALL,)
    )


def _read_zone(text: str, _: Settings) -> str | None:
    if text in ("", _NONE):
        return None
    zone = find_zone(text)
    if zone is None:
        near = ", ".join(similar_zones(text)) or "Asia/Shanghai, UTC or +08:00"
        raise UsageError(f'unknown zone "{text}"', hint=f"zones are written {near}")
    return zone.name


def _read_now(text: str, settings: Settings) -> int | None:
    if text in ("", _NONE):
        return None
    try:
        unit = parse_time(text, now=now_ns(), zone=settings.zone)
    except BadTimeError as error:
        hint = error.reason or f"write {error.instead or '2018-12-13T14:00:00Z, 2018-12-13 or epoch seconds'}"
        raise UsageError(f'now is a time or {_NONE}, found "{text}"', hint=hint) from error
    if unit.other is not None:
        readings = " or ".join(format_time(each, settings.zone) for each in (unit.first, unit.other))
        raise UsageError(
            f'the clock of {settings.zone} leaves a doubt over "{text}"', hint=f"write {readings}"
        )
    return unit.first


def _one_of(name: str, takes: str, meaning: str, values: tuple[str, ...]) -> Setting:
    def read(text: str, _: Settings) -> str:
        if text in values:
            return text
        near = nearest(text, values, ()) or values
        raise UsageError(
            f'{name} is one of {", ".join(values)}, found "{text}"', hint=rf"write: \set {name} {near[0]}"
        )

    return Setting(name, takes, meaning, read, lambda value, _: str(value), values)


def _switch(name: str, meaning: str) -> Setting:
    def read(text: str, _: Settings) -> bool:
        if text.lower() in (*_ON, *_OFF):
            return text.lower() in _ON
        raise UsageError(f'{name} is on or off, found "{text}"', hint=rf"write: \set {name} on")

    return Setting(name, "on|off", meaning, read, lambda value, _: "on" if value else "off", ("on", "off"))


_ALL_SETTINGS = (
    _one_of("mode", "FORMAT", "how rows are written", tuple(FORMATS)),
    _number("limit", "rows", 0, "rows shown of an answer"),
    _number("lines", "lines", LINES_MIN, "lines of a table: a longer one is cut in the middle"),
    Setting(
        "tz",
        "ZONE|none",
        "zone in which times are read and shown where the query says none; none is UTC",
        _read_zone,
        lambda value, _: value or _NONE,
        (_NONE,),
    ),
    Setting(
        "now",
        "TIME|none",
        "the time that `last` and `now` in a query refer to; none is the clock's",
        _read_now,
        lambda value, settings: _NONE if value is None else format_time(value, settings.zone),
        (_NONE,),
    ),
    _switch("strict", "refuse AND and OR mixed without parentheses"),
    _switch("timing", "tell how long an answer took"),
    _switch("expanded", "a table as one line a value, a block a row"),
    _switch("names", "names beside numbers in tables: 22 ssh, 6 tcp"),
    _switch("human", "sizes and counts in tables by their magnitude: 1.2 GiB, 3.4 M"),
    _switch("histogram", "matches over time above rows"),
    _one_of(
        "pager",
        "auto|always|never",
        "rows through a pager: those that do not fit",
        ("auto", "always", "never"),
    ),
    _one_of("editing", "emacs|vi", "the keys of the line editor", ("emacs", "vi")),
)

SETTINGS: Mapping[str, Setting] = MappingProxyType({setting.name: setting for setting in _ALL_SETTINGS})
"""The settings by name, in the order in which they are listed; one for every field of `Settings`."""
assert tuple(SETTINGS) == tuple(field.name for field in fields(Settings))
