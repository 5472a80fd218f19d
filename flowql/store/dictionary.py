"""Dictionaries: the sorted distinct values of a column of a segment, and the codes that stand for them.

Owns the order of values and the merging of many small dictionaries (one a block) into one. Code 0 is the
missing value; the value at place `i` of the dictionary has code `i + 1`.

Order. Addresses sort as 128-bit numbers (IPv4 in its mapped form), so a network is one range of codes. Ports
and protocols sort as numbers. Text sorts by (ASCII-lowered bytes, bytes), so that an equality or a prefix
without regard to letter case is one range of codes, while the values keep their bytes.

Arrays in the container, for a field F (see container.py):
    address:          F/short              u32: the IPv4 addresses
                      F/high, F/low        u64, u64: the 128 bits of all others
    port, protocol:   F/values             u16
    text:             F/offsets, F/text    u32 (one more than values), u8: UTF-8,
                                           value i is text[offsets[i] : offsets[i + 1]]
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from flowql.schema import Kind
from flowql.store.batch import AddressChunk, IntegerChunk, TextChunk
from flowql.store.bounds import AddressKeys, Bounds
from flowql.store.container import Container
from flowql.values import ADDRESS_MAX, IPV4_LAST, IPV4_MAPPED, lower_ascii

Codes: TypeAlias = NDArray[np.unsignedinteger[Any]]
CodeRanges: TypeAlias = tuple[NDArray[np.uint32], NDArray[np.uint32]]
"""Disjoint ascending ranges of codes as two arrays, starts and (excluded) stops."""

_LOW_MASK = (1 << 64) - 1
_RUNS_MAX = 64
"""Dictionaries, each ascending, that are merged rather than sorted."""


def code_dtype(value_count: int) -> np.dtype[Any]:
    """The narrowest unsigned dtype for the codes of a dictionary of `value_count` values."""
    return np.dtype(np.uint8 if value_count < 1 << 8 else np.uint16 if value_count < 1 << 16 else np.uint32)


class _Distinct(ABC):
    """What every dictionary is: values at places."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def values(self, places: NDArray[Any]) -> pa.Array:
        """The values at places (code - 1)."""

    def all_by_code(self) -> pa.Array:
        """The values by their codes: a null first."""
        values = self.values(np.arange(len(self)))
        return pa.concat_arrays([pa.nulls(1, values.type), values])

    @cached_property
    def by_code(self) -> pa.Array:
        """The same, kept with the dictionary: for small ones."""
        return self.all_by_code()


@dataclass(frozen=True)
class AddressDictionary(_Distinct):
    """Sorted distinct addresses: the IPv4 ones as 32 bits, all others as their high and low 64 bits.

    In the order of 128-bit numbers the IPv4 addresses (the mapped block) are neighbours: `below` others come
    before them.
    """

    short: NDArray[np.uint32]
    high: NDArray[np.uint64]
    low: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.short) + len(self.high)

    @cached_property
    def below(self) -> int:
        """How many addresses lie below the IPv4 block."""
        return int(np.count_nonzero((self.high == 0) & (self.low < np.uint64(IPV4_MAPPED))))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What the container holds of it, by the part of the name after the field."""
        return {"short": self.short, "high": self.high, "low": self.low}

    def ranges(self, bounds: Bounds) -> CodeRanges:
        """The codes of the values inside ranges of 128-bit ints."""
        lows, afters = bounds.addresses
        return _nonempty(self._places(lows) + np.uint32(1), self._places(afters) + np.uint32(1))

    def _places(self, keys: AddressKeys) -> NDArray[np.uint32]:
        """For each key the number of values below it."""
        places = (np.searchsorted(self.short, keys.shorts) + self.below).astype(np.uint32)
        for place, key in keys.longs:
            places[place] = self._long_place(key) + (len(self.short) if key > IPV4_LAST else 0)
        return places

    def _long_place(self, key: int) -> int:
        if key > ADDRESS_MAX:
            return len(self.high)
        high, low = np.uint64(key >> 64), np.uint64(key & _LOW_MASK)
        first, after = np.searchsorted(self.high, high, "left"), np.searchsorted(self.high, high, "right")
        return int(first + np.searchsorted(self.low[first:after], low))

    def at(self, places: NDArray[Any]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """High and low 64 bits of the values at places (code - 1)."""
        offsets = places.astype(np.int64) - self.below
        is_short = offsets.view(np.uint64) < len(self.short)  # what lies below wraps around
        if is_short.all():
            return np.zeros(len(places), np.uint64), self.short[offsets] | np.uint64(IPV4_MAPPED)
        high, low = np.zeros(len(places), np.uint64), np.empty(len(places), np.uint64)
        low[is_short] = self.short[offsets[is_short]] | np.uint64(IPV4_MAPPED)
        longs = np.where(offsets < 0, places, offsets - len(self.short) + self.below)[~is_short].astype(
            np.int64
        )
        high[~is_short], low[~is_short] = self.high[longs], self.low[longs]
        return high, low

    def pairs(self, places: NDArray[Any]) -> NDArray[np.uint64]:
        """The values at places (code - 1), each as its high and low 64 bits in a row of two."""
        pairs = np.empty((len(places), 2), np.uint64)
        pairs[:, 0], pairs[:, 1] = self.at(places)
        return pairs

    def values(self, places: NDArray[Any]) -> pa.Array:
        """The values at places (code - 1) as 16-byte big-endian binaries."""
        return addresses_of(self.pairs(places))


def addresses_of(pairs: NDArray[np.uint64]) -> pa.Array:
    """Addresses as 16-byte big-endian binaries, from their pairs of 64 bits."""
    return pa.Array.from_buffers(pa.binary(16), len(pairs), [None, pa.py_buffer(pairs.astype(">u8"))])


@dataclass(frozen=True)
class IntegerDictionary(_Distinct):
    """Sorted distinct ports or protocols."""

    numbers: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.numbers)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What the container holds of it, by the part of the name after the field."""
        return {"values": self.numbers}

    def ranges(self, bounds: Bounds) -> CodeRanges:
        """The codes of the values inside ranges."""
        lows, afters = bounds.integers
        numbers = self.numbers.astype(np.uint32)
        starts = np.searchsorted(numbers, lows).astype(np.uint32)
        stops = np.searchsorted(numbers, afters).astype(np.uint32)
        return _nonempty(starts + np.uint32(1), stops + np.uint32(1))

    def numbers_of(self, codes: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
        """The values of codes, 0 where missing, and which are present (None: all)."""
        if codes.all():
            return self.numbers.take(codes - codes.dtype.type(1)).astype(np.int64), None
        values = self.numbers.take(codes.astype(np.intp) - 1, mode="clip").astype(np.int64)
        present = codes != 0
        values[~present] = 0
        return values, present

    def values(self, places: NDArray[Any]) -> pa.Array:
        """The values at places (code - 1) as int64."""
        return pa.array(self.numbers[places].astype(np.int64))


@dataclass(frozen=True)
class TextDictionary(_Distinct):
    """Sorted distinct texts."""

    texts: pa.StringArray

    def __len__(self) -> int:
        return len(self.texts)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What the container holds of it, by the part of the name after the field."""
        texts = pa.concat_arrays([self.texts])  # drops a slice's offset
        if not len(texts):
            return {"offsets": np.zeros(1, np.uint32), "text": np.empty(0, np.uint8)}
        _, offsets, text = texts.buffers()
        ends = np.frombuffer(offsets, np.int32, len(texts) + 1).astype(np.uint32)
        return {"offsets": ends - ends[0], "text": np.frombuffer(text, np.uint8)[ends[0] : ends[-1]]}

    @cached_property
    def lowered(self) -> pa.StringArray:
        """The values with ASCII letters lowered; ascending."""
        return pc.ascii_lower(self.texts)

    @cached_property
    def strings(self) -> list[str | None]:
        """The values by their codes as Python has them, None first; kept, so that it is for small ones."""
        return [None, *self.texts.to_pylist()]

    def equal(self, texts: Sequence[str]) -> CodeRanges:
        """The codes of the values that equal one of `texts`, ASCII letter case aside."""
        wanted = [lower_ascii(text) for text in texts]
        if len(wanted) > 64:
            return ranges_of_mask(pc.is_in(self.lowered, pa.array(wanted, pa.string())))
        bounds = sorted({self._equal_range(text) for text in wanted})
        starts = np.array([start for start, _ in bounds], np.uint32)
        stops = np.array([stop for _, stop in bounds], np.uint32)
        return _nonempty(starts + np.uint32(1), stops + np.uint32(1))

    def _equal_range(self, lowered_text: str) -> tuple[int, int]:
        key = lowered_text.encode()
        return self._place(key, after=False), self._place(key, after=True)

    def _place(self, key: bytes, *, after: bool) -> int:
        low, high = 0, len(self.texts)
        while low < high:
            middle = (low + high) // 2
            value = self.texts[middle].as_buffer().to_pybytes().lower()
            if value < key or (after and value == key):
                low = middle + 1
            else:
                high = middle
        return low

    def values(self, places: NDArray[Any]) -> pa.Array:
        """The values at places (code - 1) as text."""
        return self.texts.take(pa.array(places))


Dictionary: TypeAlias = AddressDictionary | IntegerDictionary | TextDictionary


def read_dictionary(container: Container, field: str, kind: Kind) -> Dictionary:
    """The dictionary of a field as its segment holds it."""
    match kind:
        case Kind.ADDRESS:
            return AddressDictionary(
                *(container.array(f"{field}/{part}") for part in ("short", "high", "low"))
            )
        case Kind.PORT | Kind.PROTOCOL:
            return IntegerDictionary(container.array(f"{field}/values"))
        case Kind.TEXT:
            offsets, text = container.array(f"{field}/offsets"), container.array(f"{field}/text")
            buffers = [None, pa.py_buffer(offsets), pa.py_buffer(text)]
            return TextDictionary(pa.Array.from_buffers(pa.string(), len(offsets) - 1, buffers))
        case _:
            raise AssertionError(f"{kind} has no dictionary")


def ranges_of_codes(codes: NDArray[Any]) -> CodeRanges:
    """The ranges that cover exactly the given codes (ascending, distinct)."""
    if not len(codes):
        return np.empty(0, np.uint32), np.empty(0, np.uint32)
    breaks = np.flatnonzero(np.diff(codes) != 1)
    starts = codes[np.concatenate(([0], breaks + 1))]
    stops = codes[np.concatenate((breaks, [len(codes) - 1]))]
    return starts.astype(np.uint32), (stops + 1).astype(np.uint32)


def one_code(code: int) -> CodeRanges:
    """The range of one code."""
    return np.array([code], np.uint32), np.array([code + 1], np.uint32)


def ranges_of_mask(mask: pa.BooleanArray) -> CodeRanges:
    """The codes of the values at which an Arrow mask over the dictionary is true."""
    return ranges_of_codes(np.flatnonzero(np.asarray(mask)) + 1)


def _nonempty(starts: NDArray[np.uint32], stops: NDArray[np.uint32]) -> CodeRanges:
    keep = starts < stops
    return starts[keep], stops[keep]


# ---- merging block dictionaries


def merge_texts(chunks: Sequence[TextChunk]) -> tuple[TextDictionary, Codes]:
    """One dictionary for all chunks, and the codes of their rows one after another."""
    encoded = pa.concat_arrays([chunk.values for chunk in chunks]).dictionary_encode()
    distinct = encoded.dictionary
    keys = pa.table({"lowered": pc.ascii_lower(distinct), "bytes": distinct})
    order = pc.sort_indices(keys, [("lowered", "ascending"), ("bytes", "ascending")])
    rank = np.empty(len(distinct), np.uint32)
    rank[order.to_numpy()] = np.arange(1, len(distinct) + 1, dtype=np.uint32)
    new_codes = rank[encoded.indices.to_numpy()]
    lengths = [len(chunk.values) for chunk in chunks]
    codes = _remap([chunk.codes for chunk in chunks], new_codes, lengths, len(distinct))
    return TextDictionary(distinct.take(order)), codes


def merge_addresses(chunks: Sequence[AddressChunk]) -> tuple[AddressDictionary, Codes]:
    """One dictionary for all chunks, and the codes of their rows one after another."""
    high = np.concatenate([chunk.high for chunk in chunks])
    low = np.concatenate([chunk.low for chunk in chunks])
    is_short = (high == 0) & (low >> np.uint64(32) == np.uint64(0xFFFF))
    shorts, longs = np.flatnonzero(is_short), np.flatnonzero(~is_short)
    short, short_codes = _distinct_shorts(low[shorts])
    long_order = longs[np.lexsort((low[longs], high[longs]))]
    sorted_high, sorted_low = high[long_order], low[long_order]
    is_new = np.ones(len(long_order), bool)
    is_new[1:] = (sorted_high[1:] != sorted_high[:-1]) | (sorted_low[1:] != sorted_low[:-1])
    dictionary = AddressDictionary(short, sorted_high.compress(is_new), sorted_low.compress(is_new))
    new_codes = np.empty(len(high), np.uint32)
    new_codes[shorts] = short_codes + np.uint32(dictionary.below)
    long_codes = np.cumsum(is_new, dtype=np.uint32)
    new_codes[long_order] = long_codes + np.where(
        long_codes > dictionary.below, np.uint32(len(short)), np.uint32(0)
    )
    lengths = [len(chunk.high) for chunk in chunks]
    return dictionary, _remap([chunk.codes for chunk in chunks], new_codes, lengths, len(dictionary))


def _distinct_shorts(low: NDArray[np.uint64]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Sorted distinct IPv4 addresses, and for each of `low` its place among them, from 1."""
    if np.count_nonzero(low[1:] < low[:-1]) < _RUNS_MAX:
        return _merged_runs(low.astype(np.uint32))
    # Hosts come again in chunk after chunk: a hash table first, so that a fifth of them is left to sort.
    encoded = pa.array(low.astype(np.uint32)).dictionary_encode()
    distinct = encoded.dictionary.to_numpy()
    # One sort of packed (address, place) keys is several times faster than an argsort.
    keys = (distinct.astype(np.uint64) << np.uint64(32)) | np.arange(len(distinct), dtype=np.uint64)
    keys.sort()
    rank = np.empty(len(distinct), np.uint32)
    rank[keys.astype(np.uint32)] = np.arange(1, len(distinct) + 1, dtype=np.uint32)
    return (keys >> np.uint64(32)).astype(np.uint32), rank[encoded.indices.to_numpy()]


def _merged_runs(values: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """As `_distinct_shorts`, of values that ascend but in few places: a stable sort merges such runs."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    is_new = np.ones(len(values), bool)
    is_new[1:] = ordered[1:] != ordered[:-1]
    places = np.empty(len(values), np.uint32)
    places[order] = np.cumsum(is_new, dtype=np.uint32)
    return ordered.compress(is_new), places


def merge_integers(chunks: Sequence[IntegerChunk], kind: Kind) -> tuple[IntegerDictionary, Codes]:
    """One dictionary of the values of all chunks, and the codes of their rows one after another."""
    missing = kind.value_max + 1
    seen = np.zeros(missing + 1, bool)
    for chunk in chunks:
        seen[_places(chunk, missing)] = True
    numbers = np.flatnonzero(seen[:missing])
    code_of = np.zeros(missing + 1, code_dtype(len(numbers)))
    code_of[numbers] = np.arange(1, len(numbers) + 1)
    codes = np.concatenate([code_of[_places(chunk, missing)] for chunk in chunks])
    return IntegerDictionary(numbers.astype(np.uint16)), codes


def _places(chunk: IntegerChunk, missing: int) -> NDArray[np.intp]:
    """The values of a chunk as places in a table, with a place for the missing ones."""
    places = chunk.values.astype(np.intp)
    if chunk.present is not None:
        places[~chunk.present] = missing
    return places


def _remap(
    codes: Sequence[NDArray[np.signedinteger[Any]]],
    new_codes: NDArray[np.uint32],
    lengths: Sequence[int],
    value_count: int,
) -> Codes:
    """Chunk codes to dictionary codes: `new_codes` holds, chunk after chunk, the code of each chunk value."""
    dtype = code_dtype(value_count)
    out = np.empty(sum(len(part) for part in codes), dtype)
    row = place = 0
    for part, length in zip(codes, lengths, strict=True):
        # MISSING is -1, the last item: missing becomes code 0.
        table = np.append(new_codes[place : place + length], np.uint32(0)).astype(dtype)
        out[row : row + len(part)] = table[part]
        row += len(part)
        place += length
    return out
