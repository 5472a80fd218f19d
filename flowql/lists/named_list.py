"""A list as it was read: what it holds, what was wrong in its file, and the table that it is looked up in.

Owns the joining of a file's entries to ranges, and that the table is made once, when it is first asked for.
Does not know where lists lie.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from threading import Lock
from typing import TypeAlias

import xxhash

from flowql.lists.errors import ListError
from flowql.lists.lookup_table import LookupTable, build_table
from flowql.lists.rows import read_rows
from flowql.values import ADDRESS_MAX, IPV4_LAST, IPV4_MAPPED, without_ipv4

BAD_LINES_KEPT_MAX = 20
"""Bad lines of a list that are kept; all of them are counted."""
BAD_LINE_CHARACTERS_MAX = 200
"""How much of a bad line is kept."""
LIST_CELLS_MAX = 1 << 25
"""Entries times columns of a list that is looked up: missing cells take room, and none in the file."""

Ranges: TypeAlias = tuple[tuple[int, int], ...]

_FAMILIES = {
    "IPv4": ((IPV4_MAPPED, IPV4_LAST),),
    "IPv6": ((0, IPV4_MAPPED - 1), (IPV4_LAST + 1, ADDRESS_MAX)),
}


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no entry: its number, from 1, and the beginning of its text."""

    line: int
    text: str


class TableOnDemand:
    """The table of a list, made when it is first asked for; threads may share it.

    Until then it keeps the file's bytes (at most `LIST_BYTES_MAX` of `folder`), as the file may change.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._table: LookupTable | None = None
        self._lock = Lock()

    def table(self) -> LookupTable:
        """The table; what it was made of is let go."""
        # Under the lock also while building: two threads that ask for one table make it once.
        with self._lock:
            if self._table is None:
                self._table = build_table(self._content)
                self._content = b""
            return self._table


@dataclass(frozen=True, slots=True)
class NamedList:
    """A list as it was read.

    `digest` is the xxh3_128 of the file's bytes, in hexadecimal. `entry_count` counts lines, and
    `host_bits_count` those of them with host bits set. `addresses` are ranges of 128 bits, `ports` of
    numbers: both ends included, ascending, disjoint, and no two that touch. `bad_lines` are the first of
    `bad_line_count`. `columns` are the names that a header gives to the cells behind the entries; without a
    header there are none, and `unnamed_cell_count` says how many cells a line has behind its entry at most.
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
    columns: tuple[str, ...] = ()
    unnamed_cell_count: int = 0
    on_demand: TableOnDemand | None = field(default=None, compare=False, repr=False)

    @property
    def whole_families(self) -> tuple[str, ...]:
        """The families, `IPv4` and `IPv6`, of which the list holds every address."""
        return tuple(name for name, parts in _FAMILIES.items() if all(map(self._holds, parts)))

    def _holds(self, part: tuple[int, int]) -> bool:
        place = bisect_right(self.addresses, part[0], key=itemgetter(0))
        return place > 0 and part[1] <= self.addresses[place - 1][1]

    def lookup_table(self) -> LookupTable:
        """The table to look values up in, of a list that has columns; made once, on the first call.

        Raises `ListError` when it would have more than `LIST_CELLS_MAX` cells.
        """
        assert self.columns, f"the list {self.name} has no columns"
        assert self.on_demand is not None
        if self.entry_count * len(self.columns) > LIST_CELLS_MAX:
            message = (
                f"the list {self.name} is too large to look up: {self.entry_count:,} entries with "
                f"{len(self.columns):,} columns are more than {LIST_CELLS_MAX:,} cells "
                "(limit: list_cells_max)"
            )
            raise ListError(message, hint="leave out the columns that are not needed")
        return self.on_demand.table()


def read_list(path: Path, content: bytes) -> NamedList:
    """The list that the file at `path`, with this content, is; raises `ListError`."""
    addresses: list[tuple[int, int]] = []
    ports: list[tuple[int, int]] = []
    bad_lines: list[BadLine] = []
    entry_count = bad_line_count = host_bits_count = cell_count_max = 0
    columns, rows = read_rows(content)
    for row in rows:
        entry = row.entry
        if entry is None:
            bad_line_count += 1
            if len(bad_lines) < BAD_LINES_KEPT_MAX:
                bad_lines.append(BadLine(row.line, row.text[:BAD_LINE_CHARACTERS_MAX]))
            continue
        entry_count += 1
        host_bits_count += entry.has_host_bits
        cell_count_max = max(cell_count_max, len(row.cells))
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
        columns=columns or (),
        unnamed_cell_count=cell_count_max if columns is None else 0,
        on_demand=TableOnDemand(content) if columns else None,
    )


def _joined(ranges: Iterable[tuple[int, int]]) -> Ranges:
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return tuple(joined)
