"""Networks of addresses: how a dictionary's addresses fall into prefixes.

Owns the masking of addresses and the engine's form of a network: 17 bytes, those of its first address and one
for its length, which order networks by address, then length.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.execution.materialize import ARROW_TYPES
from flowql.plan.expressions import Prefix
from flowql.schema import Kind
from flowql.store.dictionary import AddressDictionary
from flowql.values import IPV4_MAPPED

_ALL = (1 << 64) - 1
_IPV4_BITS = 32
_IPV4_BLOCK = IPV4_MAPPED >> _IPV4_BITS


@dataclass(frozen=True, slots=True)
class Networks:
    """The distinct networks of a dictionary's addresses, ascending.

    `codes` give for each code of the dictionary that of its network; 0 is missing.
    """

    codes: NDArray[np.uint32]
    distinct: pa.Array

    @property
    def code_count(self) -> int:
        """Networks, the missing one included."""
        return len(self.distinct) + 1

    def values(self, codes: NDArray[np.int64]) -> pa.Array:
        """The networks that codes stand for; 0 is null."""
        return self.distinct.take(pa.array(codes - 1, mask=codes == 0))


def networks_of(dictionary: AddressDictionary | None, prefix: Prefix) -> Networks:
    """The networks of all addresses of a dictionary."""
    if dictionary is None:
        return Networks(np.zeros(1, np.uint32), pa.nulls(0, ARROW_TYPES[Kind.NETWORK]))
    networks = masked(*dictionary.at(np.arange(len(dictionary))), prefix)
    keys = np.frombuffer(networks.buffers()[1], "S17", len(networks))
    order = np.argsort(keys, kind="stable")
    is_new = np.ones(len(order), bool)
    is_new[1:] = keys[order][1:] != keys[order][:-1]
    codes = np.zeros(len(order) + 1, np.uint32)
    codes[order + 1] = np.cumsum(is_new)
    return Networks(codes, networks.take(pa.array(order[is_new])))


def masked(high: NDArray[np.uint64], low: NDArray[np.uint64], prefix: Prefix) -> pa.Array:
    """The network of each address, given as its high and low 64 bits."""
    is_ipv4 = (high == 0) & (low >> np.uint64(_IPV4_BITS) == np.uint64(_IPV4_BLOCK))
    high_mask, low_mask = _mask(prefix.ipv6_length)
    _, short_mask = _mask(96 + prefix.ipv4_length)
    rows = np.empty(len(high), np.dtype([("high", ">u8"), ("low", ">u8"), ("length", "u1")]))
    rows["high"] = high & high_mask
    rows["low"] = low & np.where(is_ipv4, short_mask, low_mask)
    rows["length"] = np.where(is_ipv4, np.uint8(prefix.ipv4_length), np.uint8(prefix.ipv6_length))
    return pa.Array.from_buffers(ARROW_TYPES[Kind.NETWORK], len(rows), [None, pa.py_buffer(rows)])


def _mask(length: int) -> tuple[np.uint64, np.uint64]:
    """The high and the low half of a mask of 128 bits."""
    mask = ((1 << length) - 1) << (128 - length)
    return np.uint64(mask >> 64), np.uint64(mask & _ALL)
