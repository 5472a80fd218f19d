"""Reals as integers that compare as they do, so that what sorts and counts integers serves them, too.

A double's bits, read as an integer, ascend with it from 0 up, and descend below; turning the others around
makes one ascending order. There and back no bit is lost, but for the sign of zero.
"""

import numpy as np
from numpy.typing import NDArray

_BUT_SIGN = np.int64((1 << 63) - 1)


def ranks_of_reals(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """An integer for each finite real, greater where that is greater."""
    bits = (values + 0.0).view(np.int64)  # no negative zero
    below = bits < 0
    return np.where(below, bits ^ _BUT_SIGN, bits) if below.any() else bits


def reals_of_ranks(ranks: NDArray[np.int64]) -> NDArray[np.float64]:
    """The reals that `ranks_of_reals` gave the integers for."""
    return np.where(ranks < 0, ranks ^ _BUT_SIGN, ranks).view(np.float64)
