"""FlowQL's own functions as code over Arrow arrays, for DuckDB to call.

Owns the work of each: what is here calls the code that the kernels call, so that a value is worked out in
one way. Arrays come as DuckDB makes them (bytes without a fixed width), a vector at a time.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from flowql.buckets import Bucket
from flowql.execution.kernels.networks import masked
from flowql.execution.kernels.timechart import limited_edges
from flowql.execution.materialize import ARROW_TYPES
from flowql.execution.printed import printed_array, printed_numbers
from flowql.execution.residual.predicates import holding
from flowql.execution.residual.rounding import divided, means, rounded, scaled
from flowql.lists import LookupTable
from flowql.plan.expressions import Prefix
from flowql.plan.sql.functions import (
    AsRecorded,
    Divided,
    EdgesOf,
    EntryOf,
    EntryText,
    Holds,
    Joined,
    Mean,
    NetworkOf,
    Rounded,
    Scaled,
    Shown,
    StartOf,
    Work,
)
from flowql.schema import Kind

_EDGES = pa.list_(pa.int64())


def vectorized(work: Work) -> Callable[..., pa.Array]:
    """The code of a work: arrays of its arguments in, the array of its outcome out."""
    match work:
        case StartOf(bucket):
            return partial(_starts, bucket)
        case EdgesOf(bucket):
            return partial(_edges, bucket)
        case NetworkOf(prefix):
            return partial(_networks, prefix)
        case Shown(kind):
            return lambda values: printed_array(_in_type(values, kind), kind)
        case AsRecorded(kind):
            return partial(_recorded, kind)
        case Joined(kind):
            return partial(_joined, kind)
        case Holds(leaf):
            return holding(leaf)
        case Divided():
            return divided
        case Scaled(divides):
            return partial(scaled, divides=divides)
        case Rounded(digits):
            return partial(rounded, digits=digits)
        case Mean(kind):
            return partial(means, kind=kind)
        case EntryOf(named_list, kind):
            return partial(_entries, named_list.lookup_table(), kind)
        case EntryText(named_list, place):
            return partial(_cells, named_list.lookup_table().cells[place])
        case _:
            raise AssertionError(work)


def _in_type(values: pa.Array, kind: Kind) -> pa.Array:
    """Values in the engine's type of their kind."""
    return values if values.type == ARROW_TYPES[kind] else values.cast(ARROW_TYPES[kind])


def _numbers(values: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Integers, 0 where missing, and where they are missing."""
    missing = values.is_null().to_numpy(zero_copy_only=False)
    return values.fill_null(0).to_numpy(zero_copy_only=False), missing


def _starts(bucket: Bucket, times: pa.Array) -> pa.Array:
    present = times.drop_null()
    starts = pa.array(bucket.starts(present.to_numpy()))
    if not times.null_count:
        return starts
    return pc.replace_with_mask(times, times.is_valid(), starts)


def _edges(bucket: Bucket, low: pa.Array, last: pa.Array) -> pa.Array:
    lists = []
    for first, end in zip(low.to_pylist(), last.to_pylist(), strict=True):
        is_empty = first is None or end is None or first > end
        lists.append(np.empty(0, np.int64) if is_empty else limited_edges(bucket, first, end + 1))
    return pa.array(lists, _EDGES)


def _networks(prefix: Prefix, addresses: pa.Array) -> pa.Array:
    missing = addresses.is_null()
    present = _in_type(addresses.drop_null(), Kind.ADDRESS)
    halves = np.frombuffer(present.buffers()[1], ">u8")[present.offset * 2 :][: len(present) * 2].reshape(
        -1, 2
    )
    high, low = (halves[:, i].astype(np.uint64) for i in range(2))
    networks = masked(high, low, prefix).cast(pa.binary())
    if not addresses.null_count:
        return networks
    places = np.cumsum(~missing.to_numpy(zero_copy_only=False)) - 1
    return networks.take(pa.array(places, mask=missing.to_numpy(zero_copy_only=False)))


def _recorded(kind: Kind, values: pa.Array) -> pa.Array:
    if kind not in (Kind.TIME, Kind.DURATION):
        return printed_array(_in_type(values, kind), kind)
    numbers, missing = _numbers(values)
    return printed_numbers(numbers, kind, ~missing)


def _joined(kind: Kind, lists: pa.Array) -> pa.Array:
    """The texts of each list's values, which are distinct and none of them missing, in their order."""
    values, owners = pc.list_flatten(lists), pc.list_parent_indices(lists)
    keys = {"list": owners}
    if kind is Kind.TEXT:
        keys["lowered"] = pc.ascii_lower(values)
    keys["value"] = values
    order = pc.sort_indices(pa.table(keys), [(name, "ascending") for name in keys])
    texts = printed_array(_in_type(values.take(order), kind), kind)
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    offsets = pa.array(np.concatenate(([0], np.cumsum(lengths))).astype(np.int32))
    joined = pc.binary_join(pa.ListArray.from_arrays(offsets, texts), ", ")
    return pc.if_else(lists.is_valid(), joined, None) if lists.null_count else joined


def _entries(table: LookupTable, kind: Kind, values: pa.Array) -> pa.Array:
    places = table.places(_in_type(values, kind)).astype(np.int64)
    return pa.array(places, mask=places < 0)


def _cells(cells: pa.StringArray, places: pa.Array) -> pa.Array:
    return cells.take(places)
