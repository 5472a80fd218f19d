"""Values as texts, a column of a batch at a time.

Owns the way from Arrow arrays to arrays of texts, for every kind of value. What is costly is done once for
each distinct value; numbers go through Arrow's kernels. Does not know formats: a `Dialect` says how each kind
is written.
"""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from flowql.errors import printable
from flowql.schema import Kind
from flowql.times import format_epoch, format_time, written_offset
from flowql.values import IPV4_MAPPED, SECOND_NS, format_address, format_duration
from flowql.zones import Zone

Texts: TypeAlias = Any
"""A `pyarrow.StringArray`; null is missing."""

_MANY_TIMES = 256
"""Distinct times from which on it is faster to look for changes of the clock over all that they span."""
FEW_ADDRESSES = 128
"""Up to so many addresses are formatted one by one, for less than what a column of them costs at least."""
_MAPPED_OCTETS = bytes(10) + b"\xff\xff"
_MILLISECOND_NS = 1_000_000
_REAL_DECIMALS = 4
_REAL_LEAST = 10**-_REAL_DECIMALS * 10
"""Below, a rounded real shows significant digits instead of decimals."""
_REAL_MOST = 1e16
"""From here on neighbouring reals are more than one apart: a power of ten says as much as the digits."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a format writes values.

    Each function takes an array of values of its kind and returns as many texts. In `text` and `address` the
    values are distinct and none is missing.
    """

    missing: str
    text: Callable[[Texts], Texts]
    address: Callable[[Texts], Texts]
    """Takes addresses, or networks, as texts already."""
    time: Callable[[pa.Array], Texts]
    real: Callable[[pa.Array], Texts]
    duration: Callable[[pa.Array], Texts] | None = None
    """None: in seconds."""
    count: Callable[[pa.Array], Texts] | None = None
    """None: in digits."""


class ColumnCells:
    """Turns a column's arrays into cells, batch after batch; a dictionary that stays is formatted once."""

    def __init__(self, kind: Kind, dialect: Dialect) -> None:
        self._kind = kind
        self._dialect = dialect
        self._dictionary: pa.Array | None = None
        self._dictionary_texts: Texts = None

    def __call__(self, values: pa.Array) -> Texts:
        """One text for each value; the dialect's `missing` for null."""
        match self._kind:
            case Kind.TEXT | Kind.ADDRESS | Kind.NETWORK:
                texts = self._by_distinct(values)
            case Kind.PORT | Kind.PROTOCOL:
                texts = pc.cast(values, pa.string())
            case Kind.COUNT:
                texts = (self._dialect.count or digits)(values)
            case Kind.TIME:
                texts = self._dialect.time(values)
            case Kind.DURATION:
                texts = (self._dialect.duration or epoch_texts)(values)
            case Kind.REAL:
                texts = self._dialect.real(values)
        return pc.fill_null(texts, self._dialect.missing) if texts.null_count else texts

    def _by_distinct(self, values: pa.Array) -> Texts:
        values = by_distinct(values)
        if self._dictionary is None or not values.dictionary.equals(self._dictionary):
            self._dictionary = values.dictionary
            self._dictionary_texts = self._format_distinct(values.dictionary)
        return self._dictionary_texts.take(values.indices)

    def _format_distinct(self, values: pa.Array) -> Texts:
        match self._kind:
            case Kind.ADDRESS:
                is_printed = pa.types.is_string(values.type)
                return self._dialect.address(values if is_printed else address_texts(values))
            case Kind.NETWORK:
                return self._dialect.address(network_texts(values))
            case _:
                return self._dialect.text(pc.cast(values, pa.string()))


def by_distinct(values: pa.Array) -> pa.DictionaryArray:
    """The values by a dictionary of distinct ones, not many more than they use."""
    if not pa.types.is_dictionary(values.type):
        return values.dictionary_encode()
    if len(values.dictionary) > len(values):  # few rows of a large dictionary
        return values.dictionary_decode().dictionary_encode()
    return values


def digits(numbers: pa.Array) -> Texts:
    """Whole numbers with all their digits."""
    return pc.cast(numbers, pa.string())


def unchanged(texts: Texts) -> Texts:
    """The texts as they are."""
    return texts


def each(texts: Texts, change: Callable[[str], str]) -> Texts:
    """`change` applied to every text; meant for distinct ones. None may be null."""
    return pa.array(map(change, texts.to_pylist()), pa.string())


def printable_texts(texts: Texts) -> Texts:
    """The texts with control characters escaped."""
    return each(texts, printable)


def address_texts(addresses: pa.Array) -> Texts:
    """Addresses of 16 bytes as texts; none may be null."""
    count = len(addresses)
    if count == 0:
        return pa.array([], pa.string())
    data = np.frombuffer(addresses.buffers()[1], np.uint8)[addresses.offset * 16 :][: count * 16]
    if count <= FEW_ADDRESSES:
        held = data.tobytes()
        return pa.array([_address_text(held[first : first + 16]) for first in range(0, 16 * count, 16)])
    halves = data.view(">u8").reshape(count, 2)
    is_ipv6 = (halves[:, 0] != 0) | (halves[:, 1] >> np.uint64(32) != IPV4_MAPPED >> 32)
    octets = data.reshape(count, 16)[:, 12:]
    texts = pc.binary_join_element_wise(*(_OCTETS.take(pa.array(octets[:, i])) for i in range(4)), ".")
    if not is_ipv6.any():
        return texts
    others = [
        format_address(int.from_bytes(row.tobytes(), "big")) for row in data.reshape(count, 16)[is_ipv6]
    ]
    return pc.replace_with_mask(texts, pa.array(is_ipv6), pa.array(others, pa.string()))


def _address_text(octets: bytes) -> str:
    if octets.startswith(_MAPPED_OCTETS):
        return socket.inet_ntoa(octets[12:])
    return format_address(int.from_bytes(octets, "big"))


def network_texts(networks: pa.Array) -> Texts:
    """Networks of 17 bytes (an address, a prefix length) as texts; none may be null."""
    count = len(networks)
    if count == 0:
        return pa.array([], pa.string())
    data = np.frombuffer(networks.buffers()[1], np.uint8)[networks.offset * 17 :][: count * 17]
    rows = data.reshape(count, 17)
    first = pa.py_buffer(np.ascontiguousarray(rows[:, :16]))
    addresses = address_texts(pa.Array.from_buffers(pa.binary(16), count, [None, first]))
    return pc.binary_join_element_wise(addresses, _OCTETS.take(pa.array(rows[:, 16])), "/")


_OCTETS = pa.array([str(octet) for octet in range(256)])


def epoch_texts(times: pa.Array) -> Texts:
    """Seconds, since 1970 or of a duration, with just the decimals that are not zero.

    As `times.format_epoch` writes them.
    """
    size = pc.abs_checked(times)
    seconds = pc.divide(size, SECOND_NS)
    fraction = pc.subtract(size, pc.multiply(seconds, SECOND_NS))
    texts = pc.cast(seconds, pa.string())
    if pc.any(pc.not_equal(fraction, 0)).as_py():
        decimals = pc.utf8_rtrim(pc.utf8_lpad(pc.cast(fraction, pa.string()), 9, "0"), "0")
        broken = pc.binary_join_element_wise(texts, decimals, ".")
        texts = pc.if_else(pc.equal(fraction, 0), texts, broken)
    if pc.any(pc.less(times, 0)).as_py():
        texts = pc.if_else(pc.less(times, 0), pc.binary_join_element_wise("-", texts, ""), texts)
    return texts


def calendar_texts(zone: Zone) -> Callable[[pa.Array], Texts]:
    """What makes RFC 3339 of times, on the clock of a zone."""

    def texts_of(times: pa.Array) -> Texts:
        distinct = times.dictionary_encode()
        known = distinct.dictionary
        if len(known) < _MANY_TIMES:
            texts = pa.array([format_time(time, zone) for time in known.to_pylist()], pa.string())
        else:
            texts = _many_calendar_texts(known, zone)
        return texts.take(distinct.indices)

    return texts_of


def _many_calendar_texts(times: pa.Array, zone: Zone) -> Texts:
    """What `times.format_time` writes, of many times at once; none may be null."""
    seconds, fraction = np.divmod(times.to_numpy(), SECOND_NS)
    pieces = zone.pieces(int(seconds.min()), int(seconds.max()) + 1)
    places = np.searchsorted([first for first, _, _ in pieces], seconds, side="right") - 1
    offsets, suffixes = zip(*(written_offset(zone, offset) for _, _, offset in pieces), strict=True)
    local = pa.array(seconds + np.array(offsets, np.int64)[places])
    texts = pc.replace_substring(pc.cast(local.cast(pa.timestamp("s")), pa.string()), " ", "T")
    if fraction.any():
        decimals = pc.utf8_rtrim(pc.utf8_lpad(pc.cast(pa.array(fraction), pa.string()), 9, "0"), "0")
        broken = pc.binary_join_element_wise(texts, decimals, ".")
        texts = pc.if_else(pa.array(fraction == 0), texts, broken)
    return pc.binary_join_element_wise(texts, pa.array(suffixes, pa.string()).take(pa.array(places)), "")


def unit_durations(durations: pa.Array) -> Texts:
    """Durations for people, in the largest units that keep them exact: `1h30m`, `-3s`, `0.0005s`."""
    distinct = durations.dictionary_encode()
    texts = pa.array(map(_unit_duration, distinct.dictionary.to_pylist()), pa.string())
    return texts.take(distinct.indices)


def _unit_duration(duration_ns: int) -> str:
    if duration_ns % _MILLISECOND_NS:
        return f"{format_epoch(duration_ns)}s"  # no unit is as small
    return ("-" if duration_ns < 0 else "") + format_duration(abs(duration_ns))


def exact_reals(reals: pa.Array) -> Texts:
    """The shortest text that reads back as the same number; what is no finite number is missing."""
    return pc.cast(pc.if_else(pc.is_finite(reals), reals, None), pa.string())


def rounded_reals(reals: pa.Array) -> Texts:
    """Reals for people: at most four decimals, or four significant digits if little would be left."""
    distinct = pc.if_else(pc.is_finite(reals), reals, None).dictionary_encode()
    texts = pa.array(map(round_real, distinct.dictionary.to_pylist()), pa.string())
    return texts.take(distinct.indices)


def round_real(real: float) -> str:
    """One real for people."""
    if real and abs(real) < _REAL_LEAST:
        return f"{real:.{_REAL_DECIMALS}g}"
    if abs(real) >= _REAL_MOST:
        return repr(real)
    text = f"{real:.{_REAL_DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
