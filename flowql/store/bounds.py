"""Ranges of values, made ready for being looked up in the dictionaries of many segments.

Owns the way from ints of any size to arrays that numpy bisects: done once for ranges that every segment of a
snapshot is asked for, of which a list of networks has thousands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from flowql.values import IPV4_LAST, IPV4_MAPPED

_SHORT_MASK = (1 << 32) - 1
_INTEGER_MAX = (1 << 16) - 1


@dataclass(frozen=True, slots=True)
class AddressKeys:
    """128-bit numbers to look up: the IPv4 ones as 32 bits, all others by their places among them."""

    shorts: NDArray[np.uint32]
    """At the places of others anything."""
    longs: tuple[tuple[int, int], ...]
    """The places and numbers of all others."""

    @classmethod
    def of(cls, keys: Sequence[int]) -> "AddressKeys":
        """The keys, in their order."""
        is_short = [IPV4_MAPPED <= key <= IPV4_LAST for key in keys]
        longs = tuple((place, keys[place]) for place, short in enumerate(is_short) if not short)
        return cls(np.array([key & _SHORT_MASK for key in keys], np.uint32), longs)


class Bounds:
    """Inclusive, ascending, disjoint ranges of ints."""

    def __init__(self, ranges: Sequence[tuple[int, int]]) -> None:
        self.ranges = ranges

    @cached_property
    def addresses(self) -> tuple[AddressKeys, AddressKeys]:
        """The first address of each range, and the one behind its last."""
        return (
            AddressKeys.of([low for low, _ in self.ranges]),
            AddressKeys.of([high + 1 for _, high in self.ranges]),
        )

    @cached_property
    def integers(self) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """The first port or protocol of each range, and the one behind its last."""
        return (
            np.array([min(max(low, 0), _INTEGER_MAX + 1) for low, _ in self.ranges], np.uint32),
            np.array([min(max(high, -1), _INTEGER_MAX) + 1 for _, high in self.ranges], np.uint32),
        )
