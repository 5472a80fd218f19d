"""What a user has chosen once and for all: settings in the environment, in a project's file and in their own.

Owns where they are looked for, and that a wrong one is told with its place. A setting is a text, as it would
stand behind the flag of its name; who uses it reads it as that flag is read. The nearest place wins:

    a flag > $FLOWQL_<NAME> > .flowql.toml of this folder or one above > config.toml of the user > the default

A project's file may have been written by somebody else. So no setting names a program or a command to run,
the file is but read, and one that belongs to another user does not count: in a folder that all may write, it
would choose where one's own logs go.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

import platformdirs

from flowql.cli.configuration_file import line_of, texts_of
from flowql.cli.known_settings import KNOWN, SHELL_NAMES, check_value, known_setting
from flowql.errors import UsageError
from flowql.shell.settings import SETTINGS, Settings

PROJECT_FILE = ".flowql.toml"
USER_FILE_VARIABLE = "FLOWQL_CONFIG"
"""Names another file in place of the user's; an empty one for none."""
_FORM = 'a line is: name = value, as in: tz = "Asia/Shanghai"'


@dataclass(frozen=True, slots=True)
class Configured:
    """A setting's value: the text, and where it comes from."""

    name: str
    text: str
    origin: str


class Configuration:
    """The settings that hold for one run of the program; nothing is read before one is asked for."""

    def __init__(
        self,
        environment: Mapping[str, str] = os.environ,
        folder: Path | None = None,
        *,
        reads_files: bool = True,
    ) -> None:
        self._environment = environment
        self._folder = folder
        self._reads_files = reads_files

    @property
    def user_file(self) -> Path | None:
        """The user's own file, whether it is there or not; None when they want none."""
        named = self._environment.get(USER_FILE_VARIABLE)
        if named is None:
            return platformdirs.user_config_path("flowql", appauthor=False) / "config.toml"
        return Path(named) if named else None

    @property
    def project_file(self) -> Path | None:
        """The nearest project's file, of this folder or one above; None when there is none."""
        try:
            folder = self._folder or Path.cwd()
        except FileNotFoundError:  # somebody has removed it
            return None
        candidates = (each / PROJECT_FILE for each in (folder, *folder.parents))
        return next((each for each in candidates if _is_ones_own(each)), None)

    def get(self, name: str) -> Configured | None:
        """A setting's value; None when nobody says. Raises `UsageError` on anything wrong in any place."""
        return self.all.get(name)

    @cached_property
    def all(self) -> Mapping[str, Configured]:
        """Every setting that somebody says, by name. Raises `UsageError` on anything wrong in any place."""
        found: dict[str, Configured] = {}
        for file in (self.user_file, self.project_file) if self._reads_files else ():
            if file is not None:
                found |= {each.name: each for each in _in_file(file)}
        return MappingProxyType(found | {each.name: each for each in self._in_environment()})

    def shell_settings(self) -> Settings:
        """The settings that a shell begins with."""
        values = {
            SHELL_NAMES.get(name, name): KNOWN[name].read(each.text)
            for name, each in self.all.items()
            if SHELL_NAMES.get(name, name) in SETTINGS
        }
        return Settings(**values)

    def _in_environment(self) -> Iterator[Configured]:
        for known in KNOWN.values():
            text = self._environment.get(known.variable)
            if text:
                origin = f"${known.variable}"
                check_value(known, text, f"{origin}: ")
                yield Configured(known.name, text, origin)


def _is_ones_own(file: Path) -> bool:
    """Whether the file is there and belongs to this user, or to the system's; and so does a link to it."""
    try:
        link, status = file.lstat(), file.stat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and {link.st_uid, status.st_uid} <= {os.getuid(), 0}


def _in_file(file: Path) -> Iterator[Configured]:
    try:
        content = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    except (OSError, UnicodeError) as error:
        raise UsageError(f"{file}: cannot be read: {getattr(error, 'strerror', 'it is no UTF-8')}") from error
    import tomllib  # noqa: PLC0415 - many have no such file

    try:
        document = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        raise UsageError(f"{file}: {message[0].lower()}{message[1:]}", hint=_FORM) from error
    except (ValueError, RecursionError) as error:  # an endless number, brackets without end
        raise UsageError(f"{file}: this is no file of settings", hint=_FORM) from error
    for name, text in texts_of(document):
        place = f"{file}:{line_of(content, name)}"
        known = known_setting(name, f"{place}: ")
        if text is None:
            raise UsageError(f"{place}: {name} takes {known.takes}, found {document[name]!r}", hint=_FORM)
        check_value(known, text, f"{place}: ")
        if known.is_path:  # named from where the file lies, as whoever wrote it saw it
            text = str(file.parent / Path(text).expanduser())  # noqa: PLW2901 - the same text, made whole
        yield Configured(name, text, place)
