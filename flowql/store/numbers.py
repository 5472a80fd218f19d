"""Number columns: counts and times as narrow offsets, with a zone map for each block of rows.

Owns the encoding of an int64 column that is scanned, not looked up; `number_column` reads it. Knows nothing
of what the numbers mean.

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
from typing import Any

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
