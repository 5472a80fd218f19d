"""Number columns: counts and times as narrow offsets, with a zone map for each block of rows.

Owns the encoding of an int64 column that is scanned, not looked up. Knows nothing of what the numbers mean.

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

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flowql.store.container import Container

BLOCK_ROWS = 1 << 16
"""Rows of a block.

Roaring's container, the zone map's grain and the unit of cancelling are this one constant. Part of the
format.
"""
_EXCEPTION_BYTES = 12
_EXCEPTION_SHARE_MAX = 16  # at most one row in so many may be an exception: more of them make every scan slow
_UNITS = tuple(10**exponent for exponent in (9, 6, 3, 0))
_I64 = np.iinfo(np.int64)


@dataclass(frozen=True)
class EncodedNumbers:
    """What the container and segment.json hold of a number column."""

    meta: dict[str, Any]
    arrays: dict[str, NDArray[Any]]


def encode_numbers(
    values: NDArray[np.int64],
    present: NDArray[np.bool_] | None,
    reference: tuple[str, NDArray[np.int64]] | None = None,
    *,
    unit: int = 1,
    exact_only: bool = False,
) -> EncodedNumbers:
    """Encode a column of the numbers `values * unit`.

    `present` None: all are. `reference`: a number column, present in every row and in the same unit, to
    subtract first. `exact_only`: no exceptions, so that the offsets of an ascending column ascend.
    """
    held = values if present is None else values[present]
    zones = _zone_maps(values, present, unit)
    meta: dict[str, Any] = {"present": len(held), "minus": reference[0] if reference else None}
    if not len(held):
        return EncodedNumbers(meta | {"base": 0, "unit": 1, "dtype": "", "min": 0, "max": -1}, zones)
    meta |= {"min": int(held.min()) * unit, "max": int(held.max()) * unit}
    differences = values if reference is None else values - reference[1]
    held = differences if present is None else differences[present]
    base, top = int(held.min()), int(held.max())
    if base == top and present is None:
        return EncodedNumbers(meta | {"base": base * unit, "unit": 1, "dtype": ""}, zones)
    step = _coarsest_unit(held, base) if top > base else 1
    dtype = _choose_dtype(held, base, step, exact_only=exact_only)
    meta |= {"base": base * unit, "unit": step * unit, "dtype": dtype.str}
    arrays = _offset_arrays(differences, present, base, step, dtype)
    if "exception_rows" in arrays:
        arrays["exception_values"] = values[arrays["exception_rows"]] * unit
    return EncodedNumbers(meta, arrays | zones)


def _coarsest_unit(held: NDArray[np.int64], base: int) -> int:
    for unit in _UNITS:
        # A sample first: most columns fail there. numpy divides by a constant far faster than it
        # takes remainders.
        if all(_divides(unit, part - base) for part in (held[: 1 << 10], held)):
            return unit
    raise AssertionError("1 divides everything")


def _divides(unit: int, differences: NDArray[np.int64]) -> bool:
    return unit == 1 or bool((differences // unit * unit == differences).all())


def _choose_dtype(held: NDArray[np.int64], base: int, unit: int, *, exact_only: bool) -> np.dtype[Any]:
    top = (int(held.max()) - base) // unit
    best, best_bytes = np.dtype("<u8"), 8 * len(held)
    for name in ("<u4", "<u2", "<u1"):
        dtype = np.dtype(name)
        limit = np.iinfo(dtype).max - 2
        if top <= limit:
            exceptions = 0
        elif exact_only:
            break
        else:
            exceptions = int(np.count_nonzero(held > base + limit * unit))
            if exceptions * _EXCEPTION_SHARE_MAX > len(held):
                break
        size = dtype.itemsize * len(held) + _EXCEPTION_BYTES * exceptions
        if size < best_bytes:
            best, best_bytes = dtype, size
    return best


def _offset_arrays(
    differences: NDArray[np.int64],
    present: NDArray[np.bool_] | None,
    base: int,
    unit: int,
    dtype: np.dtype[Any],
) -> dict[str, NDArray[Any]]:
    greatest = np.iinfo(dtype).max
    # A difference of two int64 may pass int64's end; as u64 it wraps to the right number, and present
    # ones are >= base.
    scaled = (differences - np.int64(base)).view(np.uint64)
    if unit > 1:
        scaled = scaled // np.uint64(unit)
    is_exception = scaled > np.uint64(greatest - 2)
    if present is not None:
        is_exception &= present
    offsets = scaled.astype(dtype)
    rows = np.flatnonzero(is_exception)
    offsets[rows] = greatest - 1
    if present is not None:
        offsets[~present] = greatest
    arrays: dict[str, NDArray[Any]] = {"offsets": offsets}
    if len(rows):
        arrays["exception_rows"] = rows.astype(np.uint32)
    return arrays


def _zone_maps(
    values: NDArray[np.int64], present: NDArray[np.bool_] | None, unit: int
) -> dict[str, NDArray[Any]]:
    if present is None:
        counts = np.diff(np.append(np.arange(0, len(values), BLOCK_ROWS), len(values)))
        lows, highs = _by_block(np.min, values), _by_block(np.max, values)
    else:
        counts = _by_block(np.count_nonzero, present)
        lows = _by_block(np.min, np.where(present, values, _I64.max))
        highs = _by_block(np.max, np.where(present, values, _I64.min))
    empty = counts == 0
    lows, highs = np.where(empty, _I64.max, lows * unit), np.where(empty, _I64.min, highs * unit)
    return {"zone_min": lows, "zone_max": highs, "zone_present": counts.astype(np.uint32)}


def _by_block(reduce: Callable[..., Any], values: NDArray[Any]) -> NDArray[np.int64]:
    """The reduction of each block of BLOCK_ROWS values, the last block perhaps shorter."""
    whole = len(values) // BLOCK_ROWS * BLOCK_ROWS
    blocks = reduce(values[:whole].reshape(-1, BLOCK_ROWS), axis=1)
    rest = [reduce(values[whole:])] if whole < len(values) else []
    return np.append(blocks, rest).astype(np.int64)


class NumberColumn:
    """A number column of an open segment.

    Values are int64; a missing one reads as 0 beside a False in `present`.
    """

    def __init__(
        self,
        container: Container,
        field: str,
        meta: dict[str, Any],
        row_count: int,
        reference: "NumberColumn | None",
    ) -> None:
        self.row_count = row_count
        self.present_count: int = meta["present"]
        self.min: int = meta["min"]
        self.max: int = meta["max"]
        self._container = container
        self._field = field
        self._base = meta["base"]
        self._unit = meta["unit"]
        self._dtype = np.dtype(meta["dtype"]) if meta["dtype"] else None
        # The greatest offset that is a value; the next one is an exception's, the last one a missing row's.
        self._greatest = int(np.iinfo(self._dtype).max) - 2 if self._dtype else 0
        self._reference = reference

    @property
    def unit(self) -> int:
        """All values differ from each other by multiples of it."""
        own = int(self._unit)
        return own if self._reference is None else gcd(own, self._reference.unit)

    @property
    def zone_min(self) -> NDArray[np.int64]:
        """The least present value of each block."""
        return self._container.array(f"{self._field}/zone_min")

    @property
    def zone_max(self) -> NDArray[np.int64]:
        """The greatest present value of each block; below `zone_min` where there is none."""
        return self._container.array(f"{self._field}/zone_max")

    @property
    def zone_present(self) -> NDArray[np.uint32]:
        """The number of present values of each block."""
        return self._container.array(f"{self._field}/zone_present")

    @cached_property
    def missing_rows(self) -> NDArray[np.uint32]:
        """The rows without a value, ascending."""
        if self.present_count == self.row_count:
            return np.empty(0, np.uint32)
        if self._dtype is None:
            return np.arange(self.row_count, dtype=np.uint32)
        raw = self._container.array(f"{self._field}/offsets")
        return np.flatnonzero(raw == np.iinfo(raw.dtype).max).astype(np.uint32)

    def read(self, start: int, stop: int) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
        """The values of rows `start` to `stop`, and which of them are present (None: all)."""
        if self._dtype is None:
            reference = self._reference.read(start, stop)[0] if self._reference else None
            return self._constants(stop - start, reference)
        raw = self._container.part(f"{self._field}/offsets", start, stop)
        reference = self._reference.read(start, stop)[0] if self._reference else None
        values, present = self._decode(raw, reference)
        rows, exceptions = self._exceptions_between(start, stop)
        values[rows] = exceptions
        return values, present

    def read_some(
        self, start: int, stop: int, places: NDArray[np.intp]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
        """As `read`, of the rows at `places`, ascending, from `start` on."""
        reference = self._reference.read_some(start, stop, places)[0] if self._reference else None
        if self._dtype is None:
            return self._constants(len(places), reference)
        raw = self._container.part(f"{self._field}/offsets", start, stop).take(places)
        values, present = self._decode(raw, reference)
        rows, exceptions = self._exceptions_between(start, stop)
        if len(rows):
            found = np.flatnonzero(raw == self._greatest + 1)
            values[found] = exceptions[np.searchsorted(rows, places[found].astype(rows.dtype))]
        return values, present

    def at(self, rows: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
        """The values at `rows` (any order), and which of them are present (None: all)."""
        reference = self._reference.at(rows)[0] if self._reference else None
        if self._dtype is None:
            return self._constants(len(rows), reference)
        raw = self._container.array(f"{self._field}/offsets")[rows]
        values, present = self._decode(raw, reference)
        exception_rows, exceptions = self._exceptions
        if len(exception_rows):
            found = np.flatnonzero(raw == self._greatest + 1)
            values[found] = exceptions[np.searchsorted(exception_rows, rows[found])]
        return values, present

    def in_range(self, start: int, stop: int, low: int, high: int) -> NDArray[np.bool_]:
        """For rows `start` to `stop`, whether the value is present and in `[low, high]`.

        Compares offsets, not values.
        """
        if self._dtype is None or self._reference is not None:
            values, present = self.read(start, stop)
            mask = (values >= low) & (values <= high)
            return mask if present is None else mask & present
        raw = self._container.part(f"{self._field}/offsets", start, stop)
        first = max(-((self._base - low) // self._unit), 0)
        last = min((high - self._base) // self._unit, self._greatest)
        if first > last:
            mask = np.zeros(stop - start, bool)
        else:
            # One compare instead of two: below `first` the unsigned difference wraps around to
            # something great.
            mask = raw - self._dtype.type(first) <= self._dtype.type(last - first)
        rows, exceptions = self._exceptions_between(start, stop)
        if len(rows):
            mask[rows] = (exceptions >= low) & (exceptions <= high)
        return mask

    def places(self, value: int, first: int) -> int:
        """For an ascending column without exceptions.

        The first row at or after `first` whose value is >= `value`. Every row from `first` on must be
        present.
        """
        return int(self.all_places(np.array([value]), first)[0])

    def all_places(self, values: NDArray[np.int64], first: int) -> NDArray[np.int64]:
        """`places` of each of several values, which are ascending."""
        if self._dtype is None:
            return np.where(values <= self._base, first, self.row_count)
        # Below the least value and above the greatest one differences might pass 64 bits.
        offsets = -((self._base - np.clip(values, self.min, self.max)) // self._unit)  # rounded up
        raw = self._container.array(f"{self._field}/offsets")
        places = np.searchsorted(raw[first:], offsets.astype(self._dtype)) + first
        return np.asarray(np.where(values > self.max, self.row_count, places))

    def _constants(
        self, count: int, reference: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
        if not self.present_count:
            return np.zeros(count, np.int64), np.zeros(count, bool)
        if reference is not None:
            return reference + np.int64(self._base), None
        return np.full(count, self._base, np.int64), None

    def _decode(
        self, raw: NDArray[Any], reference: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
        values = raw.astype(np.int64)
        if self._unit != 1:
            values *= self._unit
        if self._base:
            values += self._base
        if reference is not None:
            values += reference
        if self.present_count == self.row_count:
            return values, None
        present = raw != np.iinfo(raw.dtype).max
        values[~present] = 0
        return values, present

    @cached_property
    def _exceptions(self) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        name = f"{self._field}/exception_rows"
        if name not in self._container:
            return np.empty(0, np.uint32), np.empty(0, np.int64)
        return self._container.array(name), self._container.array(f"{self._field}/exception_values")

    def _exceptions_between(self, start: int, stop: int) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """The exceptions of rows `start` to `stop`: how far each is from `start`, and its value."""
        rows, values = self._exceptions
        if not len(rows):
            return rows, values
        # Bounds of the rows' own dtype: of others numpy would convert all rows first.
        first, last = np.searchsorted(rows, np.array((start, stop), rows.dtype))
        return rows[first:last] - np.uint32(start), values[first:last]
