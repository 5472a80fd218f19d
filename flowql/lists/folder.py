"""Where lists lie, what they are called, and that each is read once.

Owns the folder of lists and the files given by name. Does not know what stands in a file.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from stat import S_ISREG
from threading import Lock
from types import MappingProxyType

from flowql.lists.errors import ListError, UnknownListError, UnreadableListError
from flowql.lists.named_list import NamedList, read_list
from flowql.names.nearest import nearest

SUFFIXES = ("", ".txt", ".csv", ".list", ".netset", ".ipset")
"""How a file in a folder of lists may end; its name before that, letter case aside, is the list's."""
LIST_BYTES_MAX = 1 << 26
"""Bytes of a list's file: some four million entries, each of which takes some 150 bytes of memory.

A list with columns keeps the bytes besides until it is first looked up, and then a table (see
`lookup_table`).
"""

_NAMES_SHOWN_MAX = 10
_NAME = re.compile(r"\w(?:[\w-]|\.(?!\.))*")
"""What the language can write after `@`."""


class Lists:
    """The lists of a folder, and those given by name, which go before them; threads may share it.

    A list is read when it is first asked for, and again when its file has another size or time of change.
    One that holds all of IPv4 or of IPv6 is refused unless `allow_everything`: it is a mistake far more often
    than it is meant. A folder that does not exist has no lists.
    """

    def __init__(
        self,
        folder: Path | None = None,
        paths: Mapping[str, Path] = MappingProxyType({}),
        *,
        allow_everything: bool = False,
    ) -> None:
        """Raise `ListError` when a name in `paths` is none that a query can say, or is there twice."""
        self._folder = folder
        self._paths: dict[str, Path] = {}
        for name, path in paths.items():
            if not _NAME.fullmatch(name):
                raise ListError(
                    f'the name of a list is made of letters, digits, "_", "-" and ".", found "{name}"'
                )
            if name.lower() in self._paths:
                raise ListError(f"the list {name.lower()} is given twice")
            self._paths[name.lower()] = Path(path)
        self._allow_everything = allow_everything
        self._kept: dict[Path, tuple[tuple[int, int], NamedList]] = {}
        self._lock = Lock()

    @property
    def folder(self) -> Path | None:
        """The folder of lists, if there is one."""
        return self._folder

    @property
    def paths(self) -> Mapping[str, Path]:
        """The files that were given by name, by that name in lower case."""
        return MappingProxyType(self._paths)

    def names(self) -> tuple[str, ...]:
        """The names of the lists, lower-case, ascending; raises `ListError` if the folder cannot be read."""
        return tuple(sorted({*self._paths, *self._in_folder()}))

    def similar(self, name: str) -> tuple[str, ...]:
        """At most three names near a misspelled one, nearest first."""
        return nearest(name.lower(), self.names(), ())

    def load(self, name: str) -> NamedList:
        """The list of that name, letter case aside; raises `ListError`."""
        path = self._path(name)
        try:
            found = self._kept_or_read(path)
        except OSError as error:
            reason = error.strerror or str(error)
            raise UnreadableListError(f"the list {name} cannot be read: {path}: {reason}") from error
        if found.whole_families and not self._allow_everything:
            families = " and ".join(found.whole_families)
            message = f"the list {name} holds every address of {families}, which is taken for a mistake"
            raise ListError(message, hint=f"look in {path} for an entry such as 0.0.0.0/0 or ::/0")
        return replace(found, name=name.lower())

    def _path(self, name: str) -> Path:
        wanted = name.lower()
        if wanted in self._paths:
            return self._paths[wanted]
        found = self._in_folder().get(wanted, [])
        if len(found) > 1:
            files = " and ".join(sorted(path.name for path in found))
            raise ListError(f"the list {name} is several files of {self._folder}: {files}")
        if found:
            return found[0]
        raise UnknownListError(
            f'unknown list "{name}"', similar=self.similar(name), hint=self._what_there_is()
        )

    def _what_there_is(self) -> str:
        names = self.names()
        if names:
            more = ", ..." if len(names) > _NAMES_SHOWN_MAX else ""
            return f"the lists are {', '.join(names[:_NAMES_SHOWN_MAX])}{more}"
        if self._folder is None:
            return "no lists are given: their folder is named by --lists DIR, or a file by --list NAME=FILE"
        if not self._folder.is_dir():
            return f"there is no folder {self._folder}"
        return f"no lists are in {self._folder}"

    def _in_folder(self) -> dict[str, list[Path]]:
        found: dict[str, list[Path]] = {}
        if self._folder is None:
            return found
        try:
            for path in self._folder.iterdir():
                if path.suffix.lower() in SUFFIXES and _NAME.fullmatch(path.stem) and path.is_file():
                    found.setdefault(path.stem.lower(), []).append(path)
        except FileNotFoundError:
            return {}
        except OSError as error:
            reason = error.strerror or str(error)
            raise UnreadableListError(
                f"the folder of lists cannot be read: {self._folder}: {reason}"
            ) from error
        return found

    def _kept_or_read(self, path: Path) -> NamedList:
        # Under the lock also while reading: two threads that ask for one list read it once.
        with self._lock:
            status = path.stat()
            if not S_ISREG(status.st_mode):
                raise UnreadableListError(f"{path} is no file that can be read again")
            if status.st_size > LIST_BYTES_MAX:
                raise ListError(f"{path} is larger than {LIST_BYTES_MAX:,} bytes (limit: list_bytes_max)")
            state = (status.st_mtime_ns, status.st_size)
            kept = self._kept.get(path)
            if kept is None or kept[0] != state:
                kept = self._kept[path] = (state, read_list(path, path.read_bytes()))
            return kept[1]


NO_LISTS = Lists()
