"""Groups of one segment's matching rows.

Owns the composite code of a row's keys, the first key the most significant, and the counting of a row for
both sides of a key. A segment that is read whole, for one dictionary key and counts and sums of the fields
that have totals, is answered without reading a row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from flowql.execution.kernels.bucket_counts import bucket_counts
from flowql.execution.kernels.histogram import Bins
from flowql.execution.kernels.keyspace import DictionarySpace, KeySpace
from flowql.execution.kernels.matched import MatchedRows
from flowql.execution.kernels.partial import DENSE_MAX, SUM_MAX, Codes, Of, Partial, factorize, merge
from flowql.execution.kernels.row_measures import RowMeasures
from flowql.execution.select import SegmentSearch
from flowql.plan.logical import Measure
from flowql.plan.predicates import Everything
from flowql.store.columns import TOTAL_FIELDS, sum_by_code


@dataclass(frozen=True, slots=True)
class SegmentGroups:
    """How rows are grouped in every segment: by key spaces, with measures.

    `spaces` are those of arguments that are read as codes, `bins` those of percentiles; `ranks` are, for each
    segment, the place of its topic among all, which orders rows of one start.
    """

    keys: Sequence[KeySpace]
    spaces: Mapping[str, KeySpace]
    bins: Mapping[str, Bins]
    measures: Sequence[Measure]
    ranks: Sequence[int]

    def partial(self, search: SegmentSearch, place: int) -> Partial:
        """The groups of a search's segment, which stands at a place among all."""
        for kernel in (self._from_totals, self._from_ranges):
            partial = kernel(search, place)
            if partial is not None:
                return partial
        rows = MatchedRows(search, place)
        first = self._grouped(rows, [space.codes_of(rows) for space in self.keys])
        sides = next((space for space in self.keys if space.is_two_sided), None)
        if sides is None:
            return first
        # A row counts once more, for the other side, where that is a different one.
        others = np.flatnonzero(sides.other_codes_of(rows))
        rows = rows.chosen(others)
        codes = [
            space.other_codes_of(rows) if space.is_two_sided else space.codes_of(rows) for space in self.keys
        ]
        return merge([first, self._grouped(rows, codes)])

    def _grouped(self, rows: MatchedRows, parts: Sequence[Codes]) -> Partial:
        """The groups of rows by the codes of their keys."""
        space_size = reduce(lambda a, b: a * b, (space.code_count for space in self.keys), 1)
        composite = parts[0] if parts else np.zeros(rows.count, np.int64)
        for space, part in zip(self.keys[1:], parts[1:], strict=True):
            composite = composite * space.code_count + part
        codes, groups = factorize(composite, space_size)
        partial = Partial(codes, self._row_counts(rows, codes, groups))
        measured = RowMeasures(rows, groups, self.spaces, self.bins, self.ranks[rows.place], partial)
        for measure in self.measures:
            measured.add(measure)
        return partial.held()

    def _row_counts(self, rows: MatchedRows, codes: Codes, groups: NDArray[np.intp]) -> NDArray[np.int64]:
        """The rows of each group; those of a column's values, over a whole segment, are known."""
        if rows.count == rows.segment.row_count and len(self.keys) == 1:
            (space,) = self.keys
            column = (
                rows.segment.dictionary_column(space.name) if isinstance(space, DictionarySpace) else None
            )
            if column is not None and isinstance(space, DictionarySpace) and len(codes) == space.code_count:
                counts = np.zeros(len(codes), np.int64)
                np.add.at(counts, space.remap(rows.place), column.counts())
                return counts
        return np.bincount(groups, minlength=len(codes))

    def _from_ranges(self, search: SegmentSearch, place: int) -> Partial | None:
        counts = bucket_counts(self.keys, self.measures)
        return counts.partial(search, place) if counts else None

    # ---- totals

    def _from_totals(self, search: SegmentSearch, place: int) -> Partial | None:
        """The segment's groups from counts and sums that it keeps, if they answer every measure."""
        scan = search.scan
        is_whole = scan.predicate == Everything() and scan.start == 0 and scan.stop == scan.segment.row_count
        if not is_whole or len(self.keys) != 1 or not all(map(_has_totals, self.measures)):
            return None
        (space,) = self.keys
        column = scan.segment.dictionary_column(space.name) if isinstance(space, DictionarySpace) else None
        if column is None or not isinstance(space, DictionarySpace):
            return None
        codes, counts = space.remap(place).astype(np.int64), column.counts()
        parts: dict[tuple[str, Of], NDArray[np.int64]] = {}
        for name in {measure.argument.name for measure in self.measures if measure.argument}:
            numbers, sums = scan.segment.number_column(name), column.sums(name)
            if numbers is None or sums is None or sums.max() >= SUM_MAX:
                return None
            missing = np.bincount(column.codes_at(numbers.missing_rows), minlength=column.code_count)
            parts["present", Of(name)] = counts - missing
            parts["sum", Of(name)] = sums.astype(np.int64)
        if space.networks is None:
            return Partial(codes, counts, parts).held()
        return _by_network(Partial(codes, counts, parts), space.code_count)


def _has_totals(measure: Measure) -> bool:
    if measure.condition is not None:
        return False
    if measure.argument is None:
        return True
    return measure.function in ("sum", "avg", "count") and measure.argument.name in TOTAL_FIELDS


def _by_network(partial: Partial, code_count: int) -> Partial | None:
    """Groups of addresses as those of their networks; None where a sum might pass 64 bits."""
    assert code_count <= DENSE_MAX or len(partial.codes) >= code_count
    summed = {}
    for key, part in {("rows", Of(None)): partial.rows, **partial.parts}.items():
        sums = sum_by_code(partial.codes, part, code_count)
        if sums is None or sums.max() >= SUM_MAX:
            return None
        summed[key] = sums.astype(np.int64)
    rows = summed.pop(("rows", Of(None)))
    return Partial(np.arange(code_count), rows, summed).held()
