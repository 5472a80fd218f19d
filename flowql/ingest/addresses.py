"""Addresses by the column: an Arrow array of distinct texts to pairs of 64-bit numbers.

Owns the vectorized reading of strict dotted decimals; everything else (IPv6, and what is no address) is left
to `values.parse_address`, one text at a time. Knows nothing of rows.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.values import IPV4_MAPPED, is_ipv4, parse_address

_LOW_MASK = (1 << 64) - 1
_DOT = ord(".")
_ZERO = ord("0")
_IPV4_BYTES_MIN = 7
_IPV4_BYTES_MAX = 15

_parse_other = lru_cache(1 << 15)(parse_address)
"""Hosts come again in block after block: some 5 MB of them are remembered."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """The high and low 64 bits of each text, 0 where not `ok`; whether no two are the same address."""

    high: NDArray[np.uint64]
    low: NDArray[np.uint64]
    ok: NDArray[np.bool_]
    are_distinct: bool


def parse_addresses(texts: pa.StringArray) -> Addresses:
    """The addresses of distinct texts, none of which is null."""
    count = len(texts)
    high, low, ok = np.zeros(count, np.uint64), np.zeros(count, np.uint64), np.zeros(count, np.bool_)
    candidates, numbers = _parse_ipv4(*_text_bytes(texts))
    low[candidates] = numbers | np.uint64(IPV4_MAPPED)
    ok[candidates] = True
    others = np.flatnonzero(~ok)
    parsed = [_parse_other(text) for text in texts.take(pa.array(others)).to_pylist()]
    places = [(place, n) for place, n in zip(others.tolist(), parsed, strict=True) if n is not None]
    for place, address in places:
        high[place], low[place], ok[place] = address >> 64, address & _LOW_MASK, True
    # An IPv6 address has many texts; an IPv4 address has one, and as many again in its mapped form.
    distinct = {address for _, address in places}
    are_distinct = len(distinct) == len(places) and not any(map(is_ipv4, distinct))
    return Addresses(high, low, ok, are_distinct)


def _text_bytes(texts: pa.StringArray) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """The bytes of all texts, and where each begins in them (one more at the end)."""
    _, offsets_buffer, data_buffer = texts.buffers()
    if len(texts) == 0 or data_buffer is None:
        return np.zeros(0, np.uint8), np.zeros(len(texts) + 1, np.int32)
    offsets = np.frombuffer(offsets_buffer, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return np.frombuffer(data_buffer, np.uint8), offsets


def _parse_ipv4(
    data: NDArray[np.uint8], offsets: NDArray[np.int32]
) -> tuple[NDArray[np.intp], NDArray[np.uint64]]:
    """Which texts are four decimal numbers up to 255 without leading zeros, and their 32 bits."""
    dots = np.flatnonzero(data == _DOT).astype(np.int32)
    dot_ends = np.searchsorted(dots, offsets).astype(np.int32)
    lengths = np.diff(offsets)
    chosen = np.flatnonzero(
        (np.diff(dot_ends) == 3) & (lengths >= _IPV4_BYTES_MIN) & (lengths <= _IPV4_BYTES_MAX)
    )
    if not len(chosen):
        return chosen, np.zeros(0, np.uint64)
    first_dot = dot_ends[chosen]
    numbers = np.zeros(len(chosen), np.uint64)
    bad = np.zeros(len(chosen), np.bool_)
    before = offsets[chosen] - 1
    for k in range(4):
        after = dots[first_dot + k] if k < 3 else offsets[chosen + 1]
        octets, bad_octets = _parse_octets(data, before, after)
        numbers = numbers << np.uint64(8) | octets
        bad |= bad_octets
        before = after
    return chosen[~bad], numbers[~bad]


def _parse_octets(
    data: NDArray[np.uint8], before: NDArray[np.int32], after: NDArray[np.int32]
) -> tuple[NDArray[np.uint16], NDArray[np.bool_]]:
    """The numbers strictly between two positions each, and which of them are no one to three digits."""
    lengths = after - before - 1
    # Unsigned: whatever is below "0" becomes greater than 9. Digits that a short number lacks count as 0.
    ones = data[after - 1] - np.uint8(_ZERO)
    tens = (data[after - 2] - np.uint8(_ZERO)) * (lengths > 1)
    hundreds = (data[after - 3] - np.uint8(_ZERO)) * (lengths > 2)
    values = hundreds * np.uint16(100) + tens * np.uint16(10) + ones
    # A leading zero: as many digits as the number would not need.
    bad = (lengths < 1) | (lengths > 3) | (values > 255)
    bad |= ((lengths > 1) & (values < 10)) | ((lengths > 2) & (values < 100))
    bad |= (ones > 9) | (tens > 9) | (hundreds > 9)
    return values, bad
