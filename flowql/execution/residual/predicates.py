"""Predicates that have no plain form in SQL, over Arrow arrays.

Owns sets of many ranges and of many values, the ranges in which networks lie, and the hours of days. What is
looked up is made ready once, not for every vector.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from flowql.plan.predicates import FieldLeaf, InDaily, InRanges, InValues
from flowql.schema import Kind
from flowql.times import daily_ranges
from flowql.values import IPV4_MAPPED
from flowql.zones import find_zone

_WIDTH = 16  # bytes of an address


def holding(leaf: FieldLeaf) -> Callable[[pa.Array], pa.Array]:
    """What tells for each value whether the predicate holds; false where it is missing."""
    match leaf:
        case InRanges(field, ranges) if field.kind in (Kind.ADDRESS, Kind.NETWORK):
            lows, highs = (_bytes_of([each[i] for each in ranges]) for i in range(2))
            return partial(_in_address_ranges, lows, highs, is_network=field.kind is Kind.NETWORK)
        case InRanges(_, ranges):
            return partial(
                _in_integer_ranges, *(np.array(ends, np.int64) for ends in zip(*ranges, strict=True))
            )
        case InValues(field, values) if field.kind is Kind.TEXT:
            return partial(_in_texts, frozenset(values.to_pylist()))
        case InValues(field, values) if field.kind is Kind.ADDRESS:
            data = np.frombuffer(values.buffers()[1], np.uint8)[values.offset * _WIDTH :]
            addresses = _as_texts(data[: len(values) * _WIDTH].reshape(-1, _WIDTH))
            return partial(_in_address_ranges, addresses, addresses, is_network=False)
        case InValues(_, values):
            integers = values.to_numpy(zero_copy_only=False)
            return partial(_in_integer_ranges, integers, integers)
        case InDaily():
            return partial(_in_daily, leaf)
        case _:
            raise AssertionError(leaf)


def _in_integer_ranges(lows: NDArray[np.int64], highs: NDArray[np.int64], values: pa.Array) -> pa.Array:
    numbers = values.fill_null(0).to_numpy(zero_copy_only=False)
    return _present(values, _between(lows, highs, numbers, numbers))


def _in_address_ranges(
    lows: NDArray[np.bytes_], highs: NDArray[np.bytes_], values: pa.Array, *, is_network: bool
) -> pa.Array:
    width = _WIDTH + is_network
    filled = values.fill_null(bytes(width)).cast(pa.binary(width))
    data = np.frombuffer(filled.buffers()[1], np.uint8)[filled.offset * width :][: len(filled) * width]
    rows = data.reshape(-1, width)
    first = np.ascontiguousarray(rows[:, :_WIDTH])
    last = first
    if is_network:
        last = first | _host_bits(first, rows[:, _WIDTH])
    return _present(values, _between(lows, highs, *(_as_texts(each) for each in (first, last))))


def _host_bits(first: NDArray[np.uint8], lengths: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """For each network the bits of an address that its prefix leaves open."""
    mapped = np.frombuffer(IPV4_MAPPED.to_bytes(_WIDTH, "big"), np.uint8)[:12]
    is_ipv4 = (first[:, :12] == mapped).all(axis=1)
    bits = lengths.astype(np.int64) + np.where(is_ipv4, 96, 0)
    kept = np.clip(bits[:, None] - 8 * np.arange(_WIDTH), 0, 8)
    return np.asarray(0xFF >> kept, np.uint8)


def _bytes_of(addresses: Sequence[int]) -> NDArray[np.bytes_]:
    data = b"".join(each.to_bytes(_WIDTH, "big") for each in addresses)
    return _as_texts(np.frombuffer(data, np.uint8).reshape(-1, _WIDTH))


def _as_texts(rows: NDArray[np.uint8]) -> NDArray[np.bytes_]:
    """Rows of 16 bytes as numpy compares them: byte by byte, as if zeros followed where they end."""
    return np.ascontiguousarray(rows).view(f"S{_WIDTH}").reshape(-1)


def _between(
    lows: NDArray[Any], highs: NDArray[Any], first: NDArray[Any], last: NDArray[Any]
) -> NDArray[np.bool_]:
    """Whether from `first` to `last` all lies in one of the ranges, which are ascending and disjoint."""
    if not len(lows):
        return np.zeros(len(first), bool)
    places = np.searchsorted(lows, first, "right") - 1
    return (places >= 0) & (last <= highs[np.maximum(places, 0)])


def _in_texts(wanted: frozenset[str], values: pa.Array) -> pa.Array:
    distinct = pc.ascii_lower(values).dictionary_encode()
    held = pa.array([each in wanted for each in distinct.dictionary.to_pylist()], pa.bool_())
    return held.take(distinct.indices).fill_null(False)  # noqa: FBT003 - Arrow's signature


def _in_daily(leaf: InDaily, values: pa.Array) -> pa.Array:
    zone = find_zone(leaf.zone)
    assert zone is not None, leaf
    present = values.drop_null().to_numpy()
    if not len(present):
        return pa.array(np.zeros(len(values), bool))
    ranges = daily_ranges(leaf.low, leaf.high, zone, int(present.min()), int(present.max()))
    if not ranges:
        return pa.array(np.zeros(len(values), bool))
    lows, afters = (np.array(ends) for ends in zip(*ranges, strict=True))
    return _in_integer_ranges(lows, afters - 1, values)


def _present(values: pa.Array, held: NDArray[np.bool_]) -> pa.Array:
    return pa.array(held & values.is_valid().to_numpy(zero_copy_only=False))
