"""Groups over codes: the kernel behind stats, top and timechart.

Owns the choice of key spaces for keys and arguments, running the segments and merging them, and the turning
of merged groups into columns.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.execution.context import THREADED_ROWS, THREADS, Context
from flowql.execution.dictionaries import SnapshotDictionaries
from flowql.execution.kernels.histogram import CELL_COUNT_MAX, Bins, make_bins
from flowql.execution.kernels.keyspace import bounds_of, key_space
from flowql.execution.kernels.leading import Leaders, leading
from flowql.execution.kernels.matched import whole
from flowql.execution.kernels.measures import add_percentiles, measure_values
from flowql.execution.kernels.partial import Codes, Partial, merge
from flowql.execution.kernels.row_measures import BY_DISTINCT, Asked
from flowql.execution.kernels.segment_groups import SegmentGroups
from flowql.execution.rows import topic_ranks
from flowql.execution.select import SegmentSearch
from flowql.execution.tables import sort_order
from flowql.plan.logical import Column, Key, Measure, SortKey
from flowql.plan.physical import FirstGroups
from flowql.schema import Kind
from flowql.store.docset import RowRange
from flowql.store.numbers import BLOCK_ROWS

COMPOSITE_MAX = 1 << 62
"""Composite codes stay below this; what needs more of them is grouped in SQL."""
_SHARED_SEGMENTS = 3
"""Fewer segments than so many for each thread are shared out."""


class Grouping:
    """The groups of the rows that searches match, by keys."""

    def __init__(
        self,
        searches: Sequence[SegmentSearch],
        keys: Sequence[Key],
        measures: Sequence[Measure],
        dictionaries: SnapshotDictionaries,
        context: Context,
    ) -> None:
        self.keys = tuple(keys)
        self.measures = tuple(measures)
        self.spaces = tuple(key_space(key, searches, dictionaries, context) for key in keys)
        arguments = {m.argument for m in measures if m.argument and _needs_codes(m)}
        self._arguments = {
            column.name: key_space(Key(column, column), searches, dictionaries, context)
            for column in arguments
        }
        self._searches = searches
        self._context = context

    @property
    def fits(self) -> bool:
        """Whether composite codes fit into a word, and groups, and distinct values by group, into memory."""
        counts = [space.code_count for space in self.spaces]
        widest = max((space.code_count for space in self._arguments.values()), default=1)
        space_size = reduce(lambda a, b: a * b, counts, 1)
        limits = self._context.limits
        rows = sum(search.count() for search in self._searches)
        if any(space.is_two_sided for space in self.spaces):
            rows *= 2
        return space_size * widest < COMPOSITE_MAX and min(space_size, rows) <= limits.group_count_max

    def run(self) -> Partial:
        """Group every segment and merge."""
        return self.merged(self.partials())

    def partials(self) -> list[Partial]:
        """The groups of every segment, or of shares of it."""
        searches, context = self._searches, self._context
        groups = SegmentGroups(
            self.spaces, Asked(self.measures, self._arguments, self._bins(), topic_ranks(searches))
        )

        def without_rows(place: int) -> Partial | None:
            return groups.without_rows(searches[place], place)

        def from_rows(task: tuple[int, RowRange]) -> Partial:
            place, span = task
            return groups.from_rows(searches[place], place, span)

        row_count = sum(search.count() for search in searches)
        known = list(context.map(without_rows, range(len(searches)), row_count))
        left = [place for place, partial in enumerate(known) if partial is None]
        # Where segments are few, each is shared out, so that no thread waits for another's segment.
        share_count = THREADS if len(left) < _SHARED_SEGMENTS * THREADS and row_count >= THREADED_ROWS else 1
        tasks = [(place, span) for place in left for span in _shares(searches[place], share_count)]
        found = list(context.map(from_rows, tasks, row_count))
        return [*(partial for partial in known if partial is not None), *found]

    def merged(self, partials: Sequence[Partial], leaders: Leaders | None = None) -> Partial:
        """The groups of all segments; of leaders those that may be among them."""
        context = self._context

        def work() -> Partial:
            return merge(leading(partials, leaders) if leaders else partials, context.check)

        merged = context.apart(work, sum(map(_size, partials)))
        add_percentiles(self.measures, merged, context.map, context.check)
        return merged

    def _bins(self) -> dict[str, Bins]:
        """The bins of the columns whose percentiles are asked for, where groups are few enough."""
        group_count = reduce(lambda a, b: a * b, (space.code_count for space in self.spaces), 1)
        columns = {m.argument for m in self.measures if m.argument and m.percent is not None}
        found: dict[str, Bins] = {}
        # Of few rows sorting the values costs less than arrays of counts.
        cell_count_max = min(CELL_COUNT_MAX, 2 * sum(search.count() for search in self._searches))
        for column in columns:
            if not column.is_virtual and group_count <= CELL_COUNT_MAX:
                bins = make_bins(*bounds_of(column, self._searches), group_count, cell_count_max)
                found |= {column.name: bins} if bins else {}
        return found

    def table(self, merged: Partial, first: FirstGroups | None = None) -> dict[str, pa.Array]:
        """Keys and measures as columns, ascending by keys, missing ones last; or the first ones of an order.

        One row without keys even if nothing matched.
        """
        if not self.spaces and not len(merged.codes):
            merged = Partial(np.zeros(1, np.int64), np.zeros(1, np.int64))
            add_percentiles(self.measures, merged, self._context.map)
        codes = self.split(merged.codes)
        order = sort_codes(codes) if codes else np.arange(1)
        measures = {m.output.name: self.values(m, merged).take(pa.array(order)) for m in self.measures}
        if first is not None:
            # Codes ascend as the values do for which they stand.
            keys = {
                key.output.name: pa.array(part[order], mask=part[order] == 0)
                for key, part in zip(self.keys, codes, strict=True)
            }
            by = [_by_codes(key) if key.column.name in keys else key for key in first.keys]
            chosen = sort_order(pa.table(keys | measures), by, first.row_count)
            order = order[chosen]
            measures = {name: values.take(pa.array(chosen)) for name, values in measures.items()}
        columns = {
            key.output.name: space.values(part[order])
            for key, space, part in zip(self.keys, self.spaces, codes, strict=True)
        }
        return columns | measures

    def values(self, measure: Measure, merged: Partial) -> pa.Array:
        """The measure of every group, in the groups' order."""
        space = None
        if measure.argument and _needs_codes(measure):
            space = self._arguments[measure.argument.name]
        return measure_values(measure, merged, space)

    def split(self, codes: Codes) -> list[Codes]:
        """Composite codes as the codes of each key."""
        parts: list[Codes] = []
        for space in reversed(self.spaces):
            parts.append(codes % space.code_count)
            codes = codes // space.code_count
        return parts[::-1]


def _size(partial: Partial) -> int:
    """How many things are merged of groups: they themselves, and distinct values."""
    return len(partial.codes) + sum(len(codes) for codes, _ in partial.pairs.values())


def _shares(search: SegmentSearch, count: int) -> list[RowRange]:
    """So many spans of whole blocks that hold the rows which a search reads."""
    first, last = search.scan.start // BLOCK_ROWS, -(-search.scan.stop // BLOCK_ROWS)
    if count == 1 or last - first < count:
        return [whole(search)]
    cuts = [first + (last - first) * share // count for share in range(count + 1)]
    rows = [min(cut * BLOCK_ROWS, search.scan.segment.row_count) for cut in cuts]
    return [RowRange(begin, end) for begin, end in pairwise(rows)]


def _by_codes(key: SortKey) -> SortKey:
    """The order of a group's key, for a column of its codes."""
    return replace(key, column=Column(key.column.name, Kind.COUNT))


def _needs_codes(measure: Measure) -> bool:
    """Whether the measure's argument is read as codes, not as integers."""
    assert measure.argument is not None
    column = measure.argument
    return measure.function in BY_DISTINCT or bool(column.sides) or column.kind.is_dictionary


def sort_codes(codes: Sequence[Codes]) -> NDArray[np.int64]:
    """The order of rows of codes, ascending, missing ones (0) last."""
    last = np.iinfo(np.int64).max
    return np.lexsort([np.where(part == 0, last, part) for part in reversed(codes)])


def top_groups(
    grouping: Grouping, merged: Partial, row_count: int, total: int | None, *, rarest: bool
) -> dict[str, pa.Array]:
    """The one key's groups with the greatest measure, or the least, ties by key, with `share` of `total`.

    `total` None is the sum of the measure over the groups.
    """
    (measure,) = grouping.measures
    values = grouping.values(measure, merged)
    known = np.asarray(values.is_valid())
    weights: NDArray[Any] = np.asarray(values.fill_null(0))
    keys = np.where(merged.codes == 0, np.iinfo(np.int64).max, merged.codes)
    ranks = weights if rarest else -weights
    ranks = np.where(known, ranks, np.iinfo(np.int64).max)
    chosen = np.arange(len(keys))
    if len(keys) > row_count > 0:
        chosen = np.flatnonzero(ranks <= np.partition(ranks, row_count - 1)[row_count - 1])
    order = chosen[np.lexsort((keys[chosen], ranks[chosen]))][:row_count]
    if total is None:
        total = sum(weights[known].tolist()) if _may_pass(weights) else int(weights.sum())
    if total and measure.output.kind is Kind.COUNT:
        shares = pa.array(weights[order] / total, mask=~known[order])
    else:
        shares = pa.nulls(len(order), pa.float64())
    (key,) = grouping.keys
    return {
        key.output.name: grouping.spaces[0].values(merged.codes[order]),
        measure.output.name: values.take(pa.array(order)),
        "share": shares,
    }


def _may_pass(weights: NDArray[np.int64]) -> bool:
    """Whether the sum might pass 64 bits."""
    return bool(weights.astype(np.float64).sum() >= float(1 << 62))
