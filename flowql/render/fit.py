"""Which columns of a table are shown in a limited width, and how wide.

Owns the choice. Nothing vanishes silently: a layout names what it leaves out. The order of the steps: take
out columns with one value in every row (it is told once), shorten cells, leave out whole columns, the least
telling first. A table that fits keeps the order of its columns; where some of a flow record's had to go, the
others are brought into the order that flows are read in. Does not know values or terminals.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

GAP = 2
"""Blanks between two columns."""
ROW_NUMBER = "#"
"""The name of a column that numbers the rows of a table: it is no value of theirs, and stands first."""
_TELLING = (
    ROW_NUMBER,
    *("why", "start", "srcaddr", "dstaddr", "dstport", "srcport", "action", "bytes", "protocol", "packets"),
    *("interface-id", "flow-direction", "tcp-flags", "reject-reason", "pkt-srcaddr", "pkt-dstaddr"),
    *("instance-id", "end", "log-status", "vpc-id", "account-id", "version"),
)
"""Columns of flow records, the most telling first: who spoke to whom, over what, let through or not, how
much, then where it was seen. Others come after these, the rightmost least."""
_READ = (
    ROW_NUMBER,
    *("start", "srcaddr", "srcport", "dstaddr", "dstport", "protocol", "action", "bytes", "packets"),
    *("tcp-flags", "flow-direction", "interface-id", "end"),
)
"""In which order columns of flow records read best; others come after these, in their own order."""
_FLOW = frozenset(("start", "srcaddr", "dstaddr"))
"""What every flow record has: a table without these has an order that somebody meant."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A column before it is fitted."""

    name: str
    width: int
    """What its widest cell or its name needs."""
    width_min: int
    """What it can be shortened to."""
    is_constant: bool = False
    """Whether every row has the same value."""
    is_empty: bool = False
    """Whether it is constant and no row has a value."""
    is_stepwise: bool = False
    """Whether it has one of its two widths, and none between them."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What is shown: places of columns and their widths; what is told once; what is left out."""

    shown: tuple[int, ...]
    widths: tuple[int, ...]
    constant: tuple[int, ...] = ()
    left_out: tuple[int, ...] = ()
    empty: tuple[int, ...] = ()
    """Those of `constant` that no row has a value for."""


def is_main(name: str) -> bool:
    """Whether a column tells what a flow was, and not only where it was seen."""
    return name in _TELLING[: _TELLING.index("protocol") + 1]


def fit(columns: Sequence[Measured], width: int | None) -> Layout:
    """The layout of `columns` in lines of `width` characters (None: no limit); at least one is shown."""
    everything = tuple(range(len(columns)))
    if width is None or _total(columns[k].width for k in everything) <= width:
        return Layout(everything, tuple(column.width for column in columns))
    shown = list(everything)
    least_telling = sorted(shown, key=lambda k: _rank(columns[k].name, k), reverse=True)
    constant: list[int] = []
    for k in sorted(least_telling, key=lambda k: not columns[k].is_empty):
        if columns[k].is_constant and len(shown) > 1 and _total(columns[j].width for j in shown) > width:
            shown.remove(k)
            constant.append(k)
    left_out: list[int] = []
    for k in least_telling:
        if k in shown and len(shown) > 1 and _total(columns[j].width_min for j in shown) > width:
            shown.remove(k)
            left_out.append(k)
    for k in reversed(left_out.copy()):  # a narrow one may fit where a wider one, which tells more, did not
        if _total(columns[j].width_min for j in (*shown, k)) <= width:
            shown.append(k)
            left_out.remove(k)
    shown.sort()
    if (constant or left_out) and _FLOW.issubset(column.name for column in columns):
        shown.sort(key=lambda k: (_place_in(_READ, columns[k].name), k))
    widths = _widths([columns[k] for k in shown], width)
    constant.sort()
    empty = tuple(k for k in constant if columns[k].is_empty)
    return Layout(tuple(shown), widths, tuple(constant), tuple(sorted(left_out)), empty)


def _total(widths: Iterable[int]) -> int:
    return sum(width + GAP for width in widths) - GAP


def _rank(name: str, place: int) -> tuple[int, int]:
    """The greater, the sooner the column is left out."""
    return (_place_in(_TELLING, name), place)


def _place_in(names: Sequence[str], name: str) -> int:
    return names.index(name) if name in names else len(names)


def _widths(columns: list[Measured], width: int) -> tuple[int, ...]:
    """Every column at its least, then what is left of `width` in equal parts, those first that want least."""
    widths = [column.width_min for column in columns]
    spare = width - _total(widths)
    gradual = [k for k, column in enumerate(columns) if not column.is_stepwise]
    while spare > 0 and (wanting := [k for k in gradual if widths[k] < columns[k].width]):
        wanting.sort(key=lambda k: columns[k].width - widths[k])
        for k in wanting[:spare]:
            widths[k] += 1
        spare -= len(wanting)
    for k, column in enumerate(columns):
        if column.is_stepwise and column.width - widths[k] <= spare:
            spare -= column.width - widths[k]
            widths[k] = column.width
    return tuple(widths)
