"""Rows counted by buckets of `start`, and by a column of few values: without looking at a row.

Owns the kernel behind charts of counts. Rows stand in the order of their starts, so a bucket is a range of
rows; for each value of the other column, and each condition, the rows are a docset, of which the numbers
within the ranges are the differences of a running count.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flowql.execution.kernels.keyspace import BucketSpace, DictionarySpace, KeySpace
from flowql.execution.kernels.partial import Of, Partial
from flowql.execution.select import SegmentSearch, narrowed
from flowql.plan.logical import Measure
from flowql.store.dictionary import one_code
from flowql.store.docset import Docset, RowRange, count_between, intersect
from flowql.store.segment import START, Segment

_VALUE_COUNT_MAX = 8
"""Values of the other column: each of them is a pass over its docset, and 8 cost what reading codes does."""


@dataclass(frozen=True, slots=True)
class BucketCounts:
    """Counts of rows by buckets of `start`, and by a column of few values, if there is one."""

    time: BucketSpace
    other: DictionarySpace | None
    measures: Sequence[Measure]

    def partial(self, search: SegmentSearch, place: int) -> Partial | None:
        """The groups of a search's segment; None where the other column has too many values."""
        values = self._values(search, place)
        if values is None:
            return None
        buckets, cuts = self._cuts(search)
        width = self.other.code_count if self.other else 1
        codes = np.concatenate([buckets * width + code for code, _ in values])
        matched = search.docset()
        partial = Partial(codes, _counted(matched, values, cuts))
        for condition in {measure.condition for measure in self.measures if measure.condition}:
            holds = intersect(narrowed(search, condition).docset(), matched)
            partial.parts["present", Of(None, condition)] = _counted(holds, values, cuts)
        order = np.argsort(codes)
        parts = {key: part[order] for key, part in partial.parts.items()}
        return Partial(codes[order], partial.rows[order], parts).held()

    def _values(self, search: SegmentSearch, place: int) -> list[tuple[int, Docset]] | None:
        """The codes of the other column's values, and the rows of each, those that miss it last.

        None where there are too many.
        """
        everything: list[tuple[int, Docset]] = [(0, RowRange(0, search.scan.segment.row_count))]
        column = search.scan.segment.dictionary_column(self.other.name) if self.other else None
        if column is None or self.other is None:
            return everything
        if column.code_count > _VALUE_COUNT_MAX:
            return None
        codes = self.other.remap(place).tolist()
        found = [(codes[own], column.docset(one_code(own))) for own in range(1, len(codes))]
        return [*found, *everything]

    def _cuts(self, search: SegmentSearch) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The codes of the buckets that rows of the segment lie in, and where their rows begin and end."""
        segment = search.scan.segment
        column = segment.number_column(START)
        if column is None:
            return np.zeros(1, np.int64), np.array([0, segment.row_count])
        begin, end = np.searchsorted(self.time.edges, [column.min, column.max], "right").tolist()
        inner = column.all_places(self.time.edges[begin:end], segment.start_missing)
        codes = np.concatenate(([0], np.arange(begin, end + 1)))
        return codes, np.concatenate(([0, segment.start_missing], inner, [segment.row_count]))


def bucket_counts(keys: Sequence[KeySpace], measures: Sequence[Measure]) -> BucketCounts | None:
    """The kernel for keys and measures, where it answers them."""
    if any(measure.argument is not None for measure in measures):
        return None
    match keys:
        case [BucketSpace(is_ordered=True) as time]:
            return BucketCounts(time, None, measures)
        case [BucketSpace(is_ordered=True) as time, DictionarySpace(networks=None) as other]:
            return BucketCounts(time, other, measures)
        case _:
            return None


def cuts_of(segment: Segment, edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where the rows of every bucket begin, behind those without a start, and where the last one's end.

    `edges` are the first instants of buckets that hold every row of the segment which is asked about.
    """
    column, missing_count = segment.number_column(START), segment.start_missing
    if column is None:
        return np.append(np.zeros(1, np.int64), np.full(len(edges) + 1, segment.row_count))
    inner = column.all_places(edges[1:], missing_count)
    last = [segment.row_count] if len(edges) else []
    return np.concatenate(([0, missing_count], inner, last)).astype(np.int64)


def _counted(
    docset: Docset, values: Sequence[tuple[int, Docset]], cuts: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The rows of a docset by values, in each range between cuts; what has no value is last."""
    counts = [count_between(intersect(docset, each), cuts) for _, each in values]
    counts[-1] = counts[-1] - sum(counts[:-1])
    return np.concatenate(counts)
