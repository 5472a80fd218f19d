"""Timecharts: groups by buckets of time, with a row for every bucket of a range.

Owns the filling. Groups come from the grouping by the bucket and the other keys; each combination of the
other keys that occurs in some bucket gets a row in every bucket.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.buckets import Bucket
from flowql.errors import LimitError
from flowql.execution.kernels.grouping import Grouping, sort_codes
from flowql.execution.kernels.keyspace import BucketSpace
from flowql.execution.kernels.partial import Codes, Partial
from flowql.execution.limits import Limits
from flowql.plan.logical import BUCKET_COUNT_MAX, TimeRange


def timechart_table(
    grouping: Grouping, merged: Partial, range_: TimeRange, limits: Limits
) -> dict[str, pa.Array]:
    """The time, the keys and the measures of every bucket, ascending."""
    space = grouping.spaces[0]
    bucket = grouping.keys[0].step
    assert isinstance(space, BucketSpace) and isinstance(bucket, Bucket), grouping.keys[0]  # noqa: PT018
    codes = grouping.split(merged.codes)
    held = np.flatnonzero(codes[0])  # code 0 are the rows without a start
    starts = space.edges[codes[0][held] - 1]
    buckets = filled_buckets(bucket, range_, starts)
    combinations, places = _combinations([part[held] for part in codes[1:]], len(held))
    count = len(buckets) * len(combinations[0] if combinations else [0])
    limits.check_chart(count)
    width = count // len(buckets) if len(buckets) else 0
    groups = np.full(count, -1)
    groups[np.searchsorted(buckets, starts) * width + places] = held
    rows = pa.array(groups, mask=groups < 0)
    table = {grouping.keys[0].output.name: pa.array(np.repeat(buckets, width))}
    for key, key_space, part in zip(grouping.keys[1:], grouping.spaces[1:], combinations, strict=True):
        table[key.output.name] = key_space.values(np.tile(part, len(buckets)))
    for measure in grouping.measures:
        values = grouping.values(measure, merged).take(rows)
        table[measure.output.name] = values.fill_null(0) if measure.function in ("count", "dc") else values
    return table


def filled_buckets(bucket: Bucket, range_: TimeRange, starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first instants of all buckets that overlap the range, or lie between those that have rows."""
    distinct = np.unique(starts)
    low, high = range_.low, range_.high
    if low is None or high is None:
        if not len(distinct):
            return distinct
        low = int(distinct[0]) if low is None else low
        high = int(distinct[-1]) + 1 if high is None else high
    if low >= high:
        return distinct
    # Records that reach into the range may have begun before it.
    return np.union1d(limited_edges(bucket, low, high), distinct)


def limited_edges(bucket: Bucket, low: int, high: int) -> NDArray[np.int64]:
    """The first instants of the buckets that overlap `[low, high)`; raises `LimitError` for too many."""
    count = bucket.edge_count(low, high)
    if count > BUCKET_COUNT_MAX:
        message = f"{bucket} makes {count:,} buckets of the time that the records span"
        raise LimitError("bucket_count_max", message, hint="take wider buckets, or a shorter range")
    return bucket.edges(low, high)


def _combinations(codes: list[Codes], count: int) -> tuple[list[Codes], NDArray[np.int64]]:
    """The distinct combinations of the keys in order, and the place of each group's among them."""
    if not codes:
        return [], np.zeros(count, np.int64)
    order = sort_codes(codes)
    is_new = np.zeros(count, bool)
    is_new[:1] = True
    for part in codes:
        is_new[1:] |= part[order][1:] != part[order][:-1]
    places = np.empty(count, np.int64)
    places[order] = np.cumsum(is_new) - 1
    return [part[order][is_new] for part in codes], places
