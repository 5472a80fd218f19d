"""Number columns: counts and times as narrow offsets, with a zone map for each block of rows.

Owns the encoding of a column of integers that is scanned, not looked up; `number_column` reads it. Works
through a column block by block: what is made on the way stays in the processor's cache, and takes no memory
to speak of. Knows nothing of what the numbers mean.

Encoding of a field F over `n` rows, described in segment.json as
`{"base": b, "unit": u, "dtype": "<u2", "minus": G or null, "present": p, "min": .., "max": ..}`:

    value(row) = base + unit * F/offsets[row] (+ the value of G at the row, where "minus" names another number
    column)

The two greatest offsets of the dtype are not values: MAX means missing, MAX - 1 means that the row stands in
the exceptions `F/exception_rows` (u32, ascending) with its whole value in `F/exception_values` (i64). A dtype
of "" means that no offsets are stored: every row has the value `base` (+ G's), or every row is missing
(`present` is 0). `unit` is the coarsest of 10^9, 10^6, 10^3 and 1, times the unit in which the numbers came,
that divides every difference exactly, so seconds take no more room than seconds need.

Zone maps: F/zone_min, F/zone_max (i64) over the present values of each block of BLOCK_ROWS rows, and
F/zone_present (u32), the number of them; an empty block has min > max.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

BLOCK_ROWS = 1 << 16
"""Rows of a block.

Roaring's container, the zone map's grain and the unit of cancelling are this one constant. Part of the
format.
"""
_EXCEPTION_BYTES = 12
_EXCEPTION_SHARE_MAX = 16  # at most one row in so many may be an exception: more of them make every scan slow
_UNITS = tuple(10**exponent for exponent in (9, 6, 3, 0))
_I64 = np.iinfo(np.int64)

Integers: TypeAlias = NDArray[np.signedinteger[Any]]
_Mask: TypeAlias = NDArray[np.bool_] | None


@dataclass(frozen=True)
class EncodedNumbers:
    """What the container and segment.json hold of a number column."""

    meta: dict[str, Any]
    arrays: dict[str, NDArray[Any]]


def encode_numbers(
    values: Integers,
    present: _Mask,
    reference: tuple[str, Integers] | None = None,
    *,
    unit: int = 1,
    exact_only: bool = False,
) -> EncodedNumbers:
    """Encode a column of the numbers `values * unit`.

    `present` None: all are. `reference`: a number column, present in every row and in the same unit, to
    subtract first. `exact_only`: no exceptions, so that the offsets of an ascending column ascend.
    """
    column = _Column(values, present, reference[1] if reference else None)
    survey = _Survey()
    for block in column.blocks():
        survey.add(block)
    zones = survey.zone_maps(unit)
    meta: dict[str, Any] = {"present": survey.present_count, "minus": reference[0] if reference else None}
    if not survey.present_count:
        return EncodedNumbers(meta | {"base": 0, "unit": 1, "dtype": "", "min": 0, "max": -1}, zones)
    meta |= {"min": min(survey.lows) * unit, "max": max(survey.highs) * unit}
    base, top = survey.least, survey.greatest
    if base == top and present is None:
        return EncodedNumbers(meta | {"base": base * unit, "unit": 1, "dtype": ""}, zones)
    # Differences that are further apart than int64 reaches wrapped while they were compared with the units.
    step = survey.units[0] if 0 < top - base <= _I64.max else 1
    dtype = _choose_dtype(column, survey, step, exact_only=exact_only)
    meta |= {"base": base * unit, "unit": step * unit, "dtype": dtype.str}
    offsets, rows = _offsets(column, base, top, step, dtype)
    arrays: dict[str, NDArray[Any]] = {"offsets": offsets}
    if len(rows):
        arrays["exception_rows"] = rows
        arrays["exception_values"] = values[rows].astype(np.int64) * unit
    return EncodedNumbers(meta, arrays | zones)


@dataclass(frozen=True, slots=True)
class _Block:
    """Some rows of a column: values, which of them are present (None: all), and what is to be subtracted."""

    first: int
    values: Integers
    present: _Mask
    reference: Integers | None

    def held(self) -> Integers:
        """The present values."""
        return self.values if self.present is None else self.values[self.present]

    def differences(self) -> Integers:
        """The values less the reference's. They wrap where that passes int64's end."""
        if self.reference is None:
            return self.values
        return np.subtract(self.values, self.reference, dtype=np.int64)

    def held_differences(self) -> Integers:
        """Those of the present values."""
        differences = self.differences()
        return differences if self.present is None else differences[self.present]


@dataclass(frozen=True, slots=True)
class _Column:
    values: Integers
    present: _Mask
    reference: Integers | None

    def blocks(self) -> Iterator[_Block]:
        """The column block by block."""
        for first in range(0, len(self.values), BLOCK_ROWS):
            rows = slice(first, first + BLOCK_ROWS)
            yield _Block(
                first,
                self.values[rows],
                None if self.present is None else self.present[rows],
                None if self.reference is None else self.reference[rows],
            )


@dataclass(slots=True)
class _Survey:
    """What is to be known of a column before it is encoded.

    `lows`, `highs` and `counts` are of the present values of each block, int64's ends where there is none.
    `least` and `greatest` bound their differences, which are all apart by multiples of each of `units`.
    """

    lows: list[int] = field(default_factory=list)
    highs: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    least: int = _I64.max
    greatest: int = _I64.min
    units: tuple[int, ...] = _UNITS

    @property
    def present_count(self) -> int:
        return sum(self.counts)

    def add(self, block: _Block) -> None:
        """Take the next block's numbers in."""
        held = block.held()
        self.counts.append(len(held))
        self.lows.append(int(held.min()) if len(held) else _I64.max)
        self.highs.append(int(held.max()) if len(held) else _I64.min)
        if not len(held):
            return
        differences = held if block.reference is None else block.held_differences()
        is_first = self.least > self.greatest
        least = self.lows[-1] if block.reference is None else int(differences.min())
        greatest = self.highs[-1] if block.reference is None else int(differences.max())
        origin = least if is_first else self.least
        self.least, self.greatest = min(self.least, least), max(self.greatest, greatest)
        self.units = tuple(unit for unit in self.units if _divides(unit, differences, origin))

    def zone_maps(self, unit: int) -> dict[str, NDArray[Any]]:
        """The zone maps of the numbers in units."""
        is_empty = [count == 0 for count in self.counts]
        lows, highs = (np.array(bounds, np.int64) for bounds in (self.lows, self.highs))
        return {
            "zone_min": np.where(is_empty, lows, lows * unit),
            "zone_max": np.where(is_empty, highs, highs * unit),
            "zone_present": np.array(self.counts, np.uint32),
        }


def _divides(unit: int, numbers: Integers, origin: int) -> bool:
    """Whether all numbers are apart from one of them by multiples of the unit."""
    if unit == 1:
        return True
    # A few first: most columns fail there. numpy divides by a constant far faster than it takes remainders.
    for part in (numbers[:64], numbers):
        apart = part.astype(np.int64) - origin
        if not np.array_equal(apart // unit * unit, apart):
            return False
    return True


def _choose_dtype(column: _Column, survey: _Survey, step: int, *, exact_only: bool) -> np.dtype[Any]:
    """The width that takes the fewest bytes, exceptions included."""
    top = (survey.greatest - survey.least) // step
    present_count = survey.present_count
    best, best_bytes = np.dtype("<u8"), 8 * present_count
    for name in ("<u4", "<u2", "<u1"):
        dtype = np.dtype(name)
        limit = np.iinfo(dtype).max - 2
        if top <= limit:
            exceptions = 0
        elif exact_only:
            break
        else:
            exceptions = _count_above(column, survey.least + limit * step)
            if exceptions * _EXCEPTION_SHARE_MAX > present_count:
                break
        size = dtype.itemsize * present_count + _EXCEPTION_BYTES * exceptions
        if size < best_bytes:
            best, best_bytes = dtype, size
    return best


def _count_above(column: _Column, bound: int) -> int:
    return sum(int(np.count_nonzero(block.held_differences() > bound)) for block in column.blocks())


def _offsets(
    column: _Column, base: int, top: int, step: int, dtype: np.dtype[Any]
) -> tuple[NDArray[Any], NDArray[np.uint32]]:
    """The stored offsets, and the rows that are exceptions."""
    greatest = int(np.iinfo(dtype).max)
    has_exceptions = (top - base) // step > greatest - 2
    offsets = np.empty(len(column.values), dtype)
    exception_rows = [np.empty(0, np.uint32)]
    for block in column.blocks():
        # A difference of two int64 may pass int64's end; as u64 it wraps to the right number, and present
        # ones are >= base.
        scaled = np.subtract(block.differences(), np.int64(base), dtype=np.int64).view(np.uint64)
        if step > 1:
            scaled //= np.uint64(step)
        part = offsets[block.first : block.first + len(scaled)]
        part[:] = scaled
        if has_exceptions:
            is_exception = scaled > np.uint64(greatest - 2)
            if block.present is not None:
                is_exception &= block.present
            part[is_exception] = greatest - 1
            exception_rows.append((np.flatnonzero(is_exception) + block.first).astype(np.uint32))
        if block.present is not None:
            part[~block.present] = greatest
    return offsets, np.concatenate(exception_rows)
