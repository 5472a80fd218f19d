"""Exact sums of integers by code.

Owns adding up in int64, in place, for as long as no sum can pass it. Knows nothing of what is summed.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

SUM_MAX = 1 << 62
"""Sums stay below this, signs aside, so that adding two of them cannot pass int64's end."""
_SUM_BITS, _COUNT_BITS = 39, 24  # 500 GB of 16 million rows
_INT64_MAX = (1 << 63) - 1
_ROUNDED = 1 + 2.0**-20  # more than what the rounding of a sum of doubles can lose


class Sums:
    """For each code below `code_count` the sum of the values given with it."""

    def __init__(self, code_count: int) -> None:
        self.by_code = np.zeros(code_count, np.int64)
        self._reach = 0  # no sum is greater, signs aside

    def add(self, codes: NDArray[np.intp], values: NDArray[np.signedinteger[Any]]) -> bool:
        """Add each value to its code's sum; False, and none is added, where a sum might reach SUM_MAX."""
        reach = self._reach + _reach(values)
        if reach >= SUM_MAX:
            return False
        # Of one dtype: numpy's loop for that is as fast as counting, others are forty times slower.
        np.add.at(self.by_code, codes, values.astype(np.int64, copy=False))
        self._reach = reach
        return True


class PackedSums:
    """As `Sums`, of numbers that are not negative, and how many they were.

    Both stand in one number, so that adding a row touches one place of memory, which is what it takes longest
    to: the counts in the high bits.
    """

    def __init__(self, code_count: int) -> None:
        self._packed = np.zeros(code_count, np.int64)
        self._reach = self._count = 0

    def add(self, codes: NDArray[np.intp], values: NDArray[np.int64]) -> bool:
        """Add each value to its code's sum, and count it; False, and none is, if that does not fit."""
        reach, count = self._reach + _reach(values), self._count + len(values)
        if reach >= 1 << _SUM_BITS or count >= 1 << _COUNT_BITS or (len(values) and values.min() < 0):
            return False
        np.add.at(self._packed, codes, values + np.int64(1 << _SUM_BITS))
        self._reach, self._count = reach, count
        return True

    @property
    def by_code(self) -> NDArray[np.int64]:
        """The sums."""
        return self._packed & ((1 << _SUM_BITS) - 1)

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many values were given with each code."""
        return self._packed >> _SUM_BITS


def sums_by_code(
    codes: NDArray[np.intp], values: NDArray[np.signedinteger[Any]], code_count: int
) -> NDArray[np.int64] | None:
    """The sums of the values for each code below `code_count`; None where one might reach SUM_MAX."""
    sums = Sums(code_count)
    return sums.by_code if sums.add(codes, values) else None


def _reach(values: NDArray[np.signedinteger[Any]]) -> int:
    """The sum of the values, signs aside, or a little more."""
    least, greatest = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    furthest = max(-least, greatest)
    if furthest * len(values) > _INT64_MAX:
        return int(np.abs(values.astype(np.float64)).sum() * _ROUNDED) + 1
    return int((values if least >= 0 else np.abs(values)).sum(dtype=np.int64))
