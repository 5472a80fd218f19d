"""Facets: the most frequent values of each column of the matching rows.

Owns the counting of values: of a dictionary column by codes, of a number column in an array of counts, from
its least value on.
"""

from collections.abc import Sequence
from math import gcd

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.execution.context import THREADS, Context
from flowql.execution.dictionaries import SnapshotDictionaries
from flowql.execution.kernels.grouping import Grouping
from flowql.execution.kernels.keyspace import bounds_of
from flowql.execution.kernels.matched import matched_parts, whole
from flowql.execution.kernels.value_counts import ValueCounts
from flowql.execution.materialize import arrow_schema
from flowql.execution.printed import printed_array
from flowql.execution.select import SegmentSearch
from flowql.plan.logical import FACET_COLUMNS, Column, Key, Measure
from flowql.schema import Kind

_ROWS = Measure("count", None, Column("count", Kind.COUNT))
_LAST = np.iinfo(np.int64).max
_DENSE_SHARE = 8  # and an array of so many counts for each row at most


def facets_table(
    searches: Sequence[SegmentSearch],
    columns: Sequence[Column],
    row_count: int,
    dictionaries: SnapshotDictionaries,
    context: Context,
) -> pa.Table:
    """`field`, `value`, `count`, `share` of the first values of each column, by count, then by value."""
    total = sum(search.count() for search in searches)
    parts = []
    for column in columns:
        context.check()
        if column.kind.is_dictionary:
            values, counts = _by_codes(column, searches, row_count, dictionaries, context)
        else:
            values, counts = _by_numbers(column, searches, row_count, context)
        parts.append(
            pa.table(
                [
                    pa.array([column.name] * len(counts), pa.string()),
                    printed_array(values, column.kind),
                    pa.array(counts, pa.int64()),
                    pa.array(counts / total if total else counts, pa.float64()),
                ],
                schema=arrow_schema(FACET_COLUMNS),
            )
        )
    return pa.concat_tables(parts) if parts else arrow_schema(FACET_COLUMNS).empty_table()


def _by_codes(
    column: Column,
    searches: Sequence[SegmentSearch],
    row_count: int,
    dictionaries: SnapshotDictionaries,
    context: Context,
) -> tuple[pa.Array, NDArray[np.int64]]:
    grouping = Grouping(searches, [Key(column, column)], [_ROWS], dictionaries, context)
    merged = grouping.run()
    chosen = _most(merged.rows, np.where(merged.codes == 0, _LAST, merged.codes), row_count)
    return grouping.spaces[0].values(merged.codes[chosen]), merged.rows[chosen]


def _by_numbers(
    column: Column, searches: Sequence[SegmentSearch], row_count: int, context: Context
) -> tuple[pa.Array, NDArray[np.int64]]:
    low, high = bounds_of(column, searches)
    unit = gcd(*(_unit(column, search, low) for search in searches)) or 1
    total = sum(search.count() for search in searches)
    width = min((high - low) // unit + 1, context.limits.counted_values_max, max(1, _DENSE_SHARE * total))
    shares = [range(first, len(searches), THREADS) for first in range(THREADS)]
    counts = [ValueCounts(width) for _ in shares]

    def count(share: int) -> None:
        for place in shares[share]:
            search = searches[place]
            held = search.scan.segment.number_column(column.name)
            if held is None or not held.present_count:
                counts[share].missing += search.count()
                continue
            offsets = held.scaled(low, unit)
            for rows in matched_parts(search, place, whole(search)):
                values, present = rows.values_in(offsets)
                counts[share].missing += 0 if present is None else len(values) - int(present.sum())
                counts[share].add(values if present is None else values.compress(present))

    list(context.map(count, range(THREADS), total))
    first, *others = counts
    for each in others:
        first.merge(each)
    offsets, row_counts = first.distinct()
    values, known = low + offsets * unit, np.ones(len(offsets), bool)
    if first.missing:
        values, row_counts = np.append(values, _LAST), np.append(row_counts, first.missing)
        known = np.append(known, [False])
    chosen = _most(row_counts, values, row_count)
    return pa.array(values[chosen], mask=~known[chosen]), row_counts[chosen]


def _unit(column: Column, search: SegmentSearch, low: int) -> int:
    """What the distances of a segment's values from `low` are multiples of; 0 where it has no value."""
    held = search.scan.segment.number_column(column.name)
    return 0 if held is None or not held.present_count else gcd(held.unit, held.min - low)


def _most(counts: NDArray[np.int64], order: NDArray[np.int64], row_count: int) -> NDArray[np.int64]:
    """The places of the greatest counts, ties by `order`."""
    chosen = np.arange(len(counts))
    if len(counts) > row_count > 0:
        chosen = np.flatnonzero(counts >= np.partition(counts, -row_count)[-row_count])
    return chosen[np.lexsort((order[chosen], -counts[chosen]))][:row_count]
