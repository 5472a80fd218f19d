"""Which columns of a table are shown in a limited width, and how wide.

Owns the choice. Nothing vanishes silently: a layout names what it leaves out. The order of the steps: take
out columns with one value in every row (it is told once), shorten cells, leave out whole columns, the least
telling first. Does not know values or terminals.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

GAP = 2
"""Blanks between two columns."""
_TELLING = (
    *("why", "start", "srcaddr", "dstaddr", "srcport", "dstport", "action"),
    *("bytes", "protocol", "interface-id", "packets", "end", "log-status", "account-id", "version"),
)
"""Columns of flow records, the most telling first; others come after these, the rightmost least."""


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


@dataclass(frozen=True, slots=True)
class Layout:
    """What is shown: places of columns and their widths; what is told once; what is left out."""

    shown: tuple[int, ...]
    widths: tuple[int, ...]
    constant: tuple[int, ...] = ()
    left_out: tuple[int, ...] = ()


def fit(columns: Sequence[Measured], width: int | None) -> Layout:
    """The layout of `columns` in lines of `width` characters (None: no limit); at least one is shown."""
    everything = tuple(range(len(columns)))
    if width is None or _total(columns[k].width for k in everything) <= width:
        return Layout(everything, tuple(column.width for column in columns))
    shown = list(everything)
    least_telling = sorted(shown, key=lambda k: _rank(columns[k].name, k), reverse=True)
    constant: list[int] = []
    for k in least_telling:
        if columns[k].is_constant and len(shown) > 1 and _total(columns[j].width for j in shown) > width:
            shown.remove(k)
            constant.append(k)
    left_out: list[int] = []
    for k in least_telling:
        if k in shown and len(shown) > 1 and _total(columns[j].width_min for j in shown) > width:
            shown.remove(k)
            left_out.append(k)
    widths = _widths([columns[k] for k in shown], width)
    return Layout(tuple(shown), widths, tuple(sorted(constant)), tuple(sorted(left_out)))


def _total(widths: Iterable[int]) -> int:
    return sum(width + GAP for width in widths) - GAP


def _rank(name: str, place: int) -> tuple[int, int]:
    """The greater, the sooner the column is left out."""
    return (_TELLING.index(name) if name in _TELLING else len(_TELLING), place)


def _widths(columns: list[Measured], width: int) -> tuple[int, ...]:
    """Every column at its least, then what is left of `width` to those that want it, in equal parts."""
    widths = [column.width_min for column in columns]
    spare = width - _total(widths)
    while spare > 0 and (wanting := [k for k, column in enumerate(columns) if widths[k] < column.width]):
        for k in wanting[:spare]:
            widths[k] += 1
        spare -= len(wanting)
    return tuple(widths)
