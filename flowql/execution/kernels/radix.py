"""Sorting integers by their digits.

Owns the choice of how many integers of how many bits are sorted. numpy sorts integers of 16 bits by counting;
two or three such passes take a third to a half of the time of sorting wider ones by comparing them.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_DIGIT_BITS = 16
_DIGITS_MAX = 3
_FEW = 1 << 12


def sorted_integers(values: NDArray[Any]) -> NDArray[Any]:
    """Non-negative integers of any dtype, ascending."""
    bits = int(values.max()).bit_length() if len(values) else 0
    digit_count = -(-bits // _DIGIT_BITS)
    if len(values) < _FEW or digit_count > _DIGITS_MAX:
        return np.sort(values)
    for digit in range(digit_count):
        shifted = values >> values.dtype.type(_DIGIT_BITS * digit) if digit else values
        values = values[np.argsort(shifted.astype(np.uint16), kind="stable")]
    return values
