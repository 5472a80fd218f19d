"""Addresses by the column: an Arrow array of distinct texts to pairs of 64-bit numbers.

Owns the vectorized reading of strict dotted decimals; everything else (IPv6, and what is no address) is left
to `values.parse_address`, one text at a time. Knows nothing of rows.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.values import IPV4_MAPPED, parse_address

_DOT = ord(".")
_ZERO = ord("0")
_IPV4_BYTES_MIN = 7
_IPV4_BYTES_MAX = 15
_ADDRESS_BYTES = 16


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
    packed = [_parse_other(text) for text in texts.take(pa.array(others)).to_pylist()]
    held = [address for address in packed if address is not None]
    places = others if len(held) == len(packed) else others[[address is not None for address in packed]]
    halves = np.frombuffer(b"".join(held), ">u8").reshape(-1, 2)
    high[places], low[places], ok[places] = halves[:, 0], halves[:, 1], True
    # An IPv6 address has many texts; an IPv4 address has one, and as many again in its mapped form.
    has_mapped = bool(((high[places] == 0) & (low[places] >> np.uint64(32) == np.uint64(0xFFFF))).any())
    return Addresses(high, low, ok, are_distinct=len(set(held)) == len(held) and not has_mapped)


@lru_cache(1 << 15)
def _parse_other(text: str) -> bytes | None:
    """The sixteen bytes of an address. Hosts come again in block after block: some 5 MB are remembered."""
    address = parse_address(text)
    return None if address is None else address.to_bytes(_ADDRESS_BYTES, "big")


def _text_bytes(texts: pa.StringArray) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """The bytes of all texts, and where each begins in them (one more at the end)."""
    _, offsets_buffer, data_buffer = texts.buffers()
    if len(texts) == 0 or data_buffer is None:
        return np.zeros(0, np.uint8), np.zeros(len(texts) + 1, np.int32)
    offsets = np.frombuffer(offsets_buffer, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return np.frombuffer(data_buffer, np.uint8)[offsets[0] : offsets[-1]], offsets - offsets[0]


def _parse_ipv4(
    data: NDArray[np.uint8], offsets: NDArray[np.int32]
) -> tuple[NDArray[np.intp], NDArray[np.uint64]]:
    """Which texts are four decimal numbers up to 255 without leading zeros, and their 32 bits."""
    is_dot = data == _DOT
    dots = np.flatnonzero(is_dot)
    dots_before = np.zeros(len(data) + 1, np.int32)
    np.cumsum(is_dot, dtype=np.int32, out=dots_before[1:])
    places = offsets.astype(np.intp)
    first_dots, lengths = dots_before[places], np.diff(places)
    chosen = np.flatnonzero(
        (np.diff(first_dots) == 3) & (lengths >= _IPV4_BYTES_MIN) & (lengths <= _IPV4_BYTES_MAX)
    )
    if not len(chosen):
        return chosen, np.zeros(0, np.uint64)
    octets_up_to = _octets_up_to(data, places[:-1])
    first_dots = first_dots[chosen]
    begins = places[chosen]
    numbers = np.zeros(len(chosen), np.uint32)
    is_good = np.ones(len(chosen), np.bool_)
    for k in range(4):
        ends = dots[first_dots + k] if k < 3 else places[chosen + 1]
        octets = octets_up_to[ends - 1]
        # As many digits as there are bytes: no other byte, and no digit before the last three.
        is_good &= octets >> np.uint16(8) == ends - begins
        numbers = numbers << np.uint32(8) | octets & np.uint16(255)
        begins = ends + 1
    return chosen[is_good], numbers[is_good].astype(np.uint64)


def _octets_up_to(data: NDArray[np.uint8], begins: NDArray[np.intp]) -> NDArray[np.uint16]:
    """For each byte the number that ends there: its last three digits at most, inside one text.

    The upper byte is how many digits these are, 255 where they are no octet: none at all, above 255, or led
    by a zero.
    """
    digits = data - np.uint8(_ZERO)  # unsigned: whatever is below "0" becomes greater than 9
    is_digit = (digits <= 9).view(np.uint8)
    has_tens, has_hundreds = np.zeros(len(data), np.uint8), np.zeros(len(data), np.uint8)
    has_tens[1:] = is_digit[1:] & is_digit[:-1]
    has_tens[begins[begins < len(data)]] = 0
    has_hundreds[1:] = has_tens[1:] & has_tens[:-1]
    values = digits.astype(np.uint16)
    values[1:] += digits[:-1] * np.uint8(10) * has_tens[1:]
    values[2:] += digits[:-2] * np.uint16(100) * has_hundreds[2:]
    least = has_tens * np.uint8(10) + has_hundreds * np.uint8(90)
    is_octet = is_digit & (values <= 255) & (values >= least)
    counts = (np.uint8(1) + has_tens + has_hundreds) | (is_octet - np.uint8(1))
    return values & np.uint16(255) | counts.astype(np.uint16) << np.uint16(8)
