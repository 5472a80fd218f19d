"""Epoch times of any unit to nanoseconds, one at a time and by the column.

Owns how the unit of an integer time is told: by its magnitude, which for times from 1973 on is its number of
digits (9 or 10 seconds, 12 or 13 milliseconds, 15 or 16 microseconds, 18 or 19 nanoseconds); leading zeros do
not count. Knows nothing of text.
"""

import numpy as np
from numpy.typing import NDArray

from flowql.values import INT64_MAX, SECOND_NS

# (first value, last value, nanoseconds per unit). The gaps between the bands are no times: as seconds they
# lie beyond 2262, where int64 nanoseconds end, and as the next smaller unit before March 1973.
_BANDS = tuple(
    (first, INT64_MAX // unit_ns, unit_ns)
    for first, unit_ns in ((0, SECOND_NS), (10**11, 10**6), (10**14, 10**3), (10**17, 1))
)


def time_ns(value: int) -> int | None:
    """Nanoseconds of an integer epoch time, or None when it is none of any unit."""
    for first, last, unit_ns in _BANDS:
        if first <= value <= last:
            return value * unit_ns
    return None


def times_ns(values: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
    """Nanoseconds of each time, and which of them are none; None when all are times."""
    first, last, unit_ns = next(
        (band for band in _BANDS if len(values) and band[0] <= values.min() <= values.max() <= band[1]),
        (0, 0, 1),
    )
    if last:
        return (values if unit_ns == 1 else values * unit_ns), None
    nanoseconds = np.zeros_like(values)
    bad = np.ones(len(values), np.bool_)
    for first, last, unit_ns in _BANDS:
        inside = (values >= first) & (values <= last)
        nanoseconds[inside] = values[inside] * unit_ns
        bad &= ~inside
    return nanoseconds, bad if bad.any() else None
