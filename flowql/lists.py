"""Lists of addresses, networks and ports that users keep in files and name in queries: `@threats`.

Owns where a list's file lies, how it is read and that it is read once. One entry a line, in UTF-8:

    203.0.113.0/24          a network; host bits set mean the network they lie in, and are counted
    2001:db8::7             an address; IPv4-mapped is IPv4, and an IPv6 block holds no IPv4
    10.0.0.1 - 10.0.0.9     a range of one family, with blanks around its hyphen or without
    3389    8000-8100       a port, a range of ports
    # or ; and what follows, behind an entry too, is a comment

A row with commas is CSV, of which the first cell is the entry and the others are not kept; the first row of
a file may be a header. A line that is none of these is a bad line: counted, kept with its number, and no
reason to stop. Knows nothing of queries, nor of what a list is used for.
"""

import csv
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path
from stat import S_ISREG
from threading import Lock
from types import MappingProxyType
from typing import ClassVar, NamedTuple, TypeAlias

import xxhash

from flowql.errors import UsageError
from flowql.names.nearest import nearest
from flowql.values import (
    ADDRESS_MAX,
    IPV4_LAST,
    IPV4_MAPPED,
    is_ipv4,
    parse_address,
    parse_network,
    without_ipv4,
)

SUFFIXES = ("", ".txt", ".csv", ".list", ".netset", ".ipset")
"""How a file in a folder of lists may end; its name before that, letter case aside, is the list's."""
BAD_LINES_KEPT_MAX = 20
"""Bad lines of a list that are kept; all of them are counted."""
BAD_LINE_CHARACTERS_MAX = 200
"""How much of a bad line is kept."""
LIST_BYTES_MAX = 1 << 26
"""Bytes of a list's file: some four million entries, each of which takes some 150 bytes of memory."""
PORT_MAX = 65_535

Ranges: TypeAlias = tuple[tuple[int, int], ...]

_NAMES_SHOWN_MAX = 10
_NAME = re.compile(r"\w(?:[\w-]|\.(?!\.))*")
"""What the language can write after `@`."""
_COMMENT = re.compile(r"[#;].*", re.DOTALL)
_HYPHEN = re.compile(r"\s*-\s*")
_PORT = re.compile(r"0|[1-9][0-9]{0,4}")
_TITLE = re.compile(r"[^\W\d][\w ,/()-]*")
"""A cell that can head a column: no dot and no colon, so that a misspelled address is none."""
_LONE_TITLE = re.compile(
    r"(?:(?:src|dst|source|destination)[ _-]?)?"
    r"(?:ip(?:v[46])?|address|addr|cidr|network|net|subnet|prefix|range|port)"
    r"(?:[ _-]?(?:address|addr|cidr|network|range|prefix))?(?:es|s)?"
    r"|host|entry|indicator"
)
"""What heads a file of one column; any other word there is a bad line."""
_FAMILIES = {
    "IPv4": ((IPV4_MAPPED, IPV4_LAST),),
    "IPv6": ((0, IPV4_MAPPED - 1), (IPV4_LAST + 1, ADDRESS_MAX)),
}


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no entry: its number, from 1, and the beginning of its text."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class NamedList:
    """A list as it was read.

    `digest` is the xxh3_128 of the file's bytes, in hexadecimal. `entry_count` counts lines, and
    `host_bits_count` those of them with host bits set. `addresses` are ranges of 128 bits, `ports` of
    numbers: both ends included, ascending, disjoint, and no two that touch. `bad_lines` are the first of
    `bad_line_count`.
    """

    name: str
    path: Path
    digest: str
    entry_count: int
    addresses: Ranges
    ports: Ranges
    bad_lines: tuple[BadLine, ...] = ()
    bad_line_count: int = 0
    host_bits_count: int = 0

    @property
    def whole_families(self) -> tuple[str, ...]:
        """The families, `IPv4` and `IPv6`, of which the list holds every address."""
        return tuple(name for name, parts in _FAMILIES.items() if all(map(self._holds, parts)))

    def _holds(self, part: tuple[int, int]) -> bool:
        place = bisect_right(self.addresses, part[0], key=itemgetter(0))
        return place > 0 and part[1] <= self.addresses[place - 1][1]


class ListError(UsageError):
    """A list that cannot be used; `similar` are names that may have been meant."""

    code: ClassVar[str] = "bad-list"

    def __init__(self, message: str, *, similar: tuple[str, ...] = (), hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.similar = similar


class UnknownListError(ListError):
    """A name that no list has."""

    code = "unknown-list"


class UnreadableListError(ListError):
    """A list's file, or the folder of the lists, that cannot be read."""

    code = "unreadable-list"


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
                kept = self._kept[path] = (state, _read(path, path.read_bytes()))
            return kept[1]


NO_LISTS = Lists()


class _Entry(NamedTuple):
    """One entry: its ends, both included."""

    first: int
    last: int
    is_port: bool = False
    has_host_bits: bool = False


def _read(path: Path, content: bytes) -> NamedList:
    addresses: list[tuple[int, int]] = []
    ports: list[tuple[int, int]] = []
    bad_lines: list[BadLine] = []
    entry_count = bad_line_count = host_bits_count = 0
    has_header = False
    # What is not UTF-8 becomes U+FFFD, which is in no entry: a bad line, or a comment.
    for row_number, (line, row) in enumerate(_rows(content.decode("utf-8-sig", errors="replace"))):
        cells = _cells(row)
        entry = _entry(cells[0])
        if entry is None and row_number == 0 and _is_header(cells):
            has_header = True
        elif entry is None or (len(cells) > 1 and not has_header and _has_entry(cells[1:])):
            bad_line_count += 1
            if len(bad_lines) < BAD_LINES_KEPT_MAX:
                bad_lines.append(BadLine(line, row[:BAD_LINE_CHARACTERS_MAX]))
        else:
            entry_count += 1
            host_bits_count += entry.has_host_bits
            if entry.is_port:
                ports.append((entry.first, entry.last))
            else:
                addresses += without_ipv4(entry.first, entry.last)
    return NamedList(
        name=path.stem.lower(),
        path=path,
        digest=xxhash.xxh3_128_hexdigest(content),
        entry_count=entry_count,
        addresses=_joined(addresses),
        ports=_joined(ports),
        bad_lines=tuple(bad_lines),
        bad_line_count=bad_line_count,
        host_bits_count=host_bits_count,
    )


def _rows(text: str) -> Iterator[tuple[int, str]]:
    """Every line that is neither blank nor a comment, with its number."""
    # Not str.splitlines: it takes form feeds and others for the end of a line, and editors do not.
    for number, line in enumerate(text.split("\n"), 1):
        row = line.strip()
        if row and row[0] not in "#;":
            yield number, row


def _cells(row: str) -> list[str]:
    """The cells of a row; the first one less its comment, which then is all of the rest."""
    cells = [row]
    if "," in row or row[0] == '"':
        try:
            # Line by line: a quote that nobody closed must not swallow the rest of the file.
            cells = next(csv.reader([row], skipinitialspace=True))
        except csv.Error:  # a cell longer than the reader takes
            return [row]
    if "#" in cells[0] or ";" in cells[0]:
        return [_COMMENT.sub("", cells[0]).strip()]
    return [cells[0].strip(), *cells[1:]]


def _has_entry(cells: Iterable[str]) -> bool:
    # With no header, `22, 80, 443` may be three entries as well as one with remarks: nobody can say.
    return any(_entry(_COMMENT.sub("", cell).strip()) for cell in cells)


def _is_header(cells: list[str]) -> bool:
    if len(cells) > 1:
        return _TITLE.fullmatch(cells[0]) is not None
    return _LONE_TITLE.fullmatch(cells[0].lower()) is not None


def _entry(cell: str) -> _Entry | None:
    if "/" in cell:
        network = parse_network(cell)
        return None if network is None else _Entry(network[0], network[1], has_host_bits=network[2])
    address = parse_address(cell)
    if address is not None:
        return _Entry(address, address)
    first, *others = _HYPHEN.split(cell)
    if len(others) > 1:
        return None
    return _addresses_between(first, *others) or _ports_between(first, *(others or [first]))


def _addresses_between(first: str, last: str = "") -> _Entry | None:
    low, high = parse_address(first), parse_address(last)
    if low is None or high is None or low > high or is_ipv4(low) != is_ipv4(high):
        return None
    return _Entry(low, high)


def _ports_between(first: str, last: str) -> _Entry | None:
    if not _PORT.fullmatch(first) or not _PORT.fullmatch(last) or not int(first) <= int(last) <= PORT_MAX:
        return None
    return _Entry(int(first), int(last), is_port=True)


def _joined(ranges: Iterable[tuple[int, int]]) -> Ranges:
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return tuple(joined)
