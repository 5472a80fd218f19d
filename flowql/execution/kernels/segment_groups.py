"""Groups of one segment's matching rows.

Owns the composite code of a row's keys, the first key the most significant, and the counting of a row for
both sides of a key. A segment that is read whole, for one dictionary key and counts and sums of the fields
that have totals, is answered without reading a row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flowql.execution.kernels.bucket_counts import bucket_counts
from flowql.execution.kernels.keyspace import DictionarySpace, KeySpace, LocalCodes
from flowql.execution.kernels.matched import PART_ROWS, MatchedRows, matched_parts, whole
from flowql.execution.kernels.partial import DENSE_MAX, Codes, Of, Partial, factorize, is_dense
from flowql.execution.kernels.row_measures import Asked, Groups, RowMeasures
from flowql.execution.select import SegmentSearch
from flowql.plan.logical import Measure
from flowql.plan.predicates import Everything
from flowql.store.columns import TOTAL_FIELDS
from flowql.store.dictionary import one_code
from flowql.store.docset import RowRange, count_rows, intersect
from flowql.store.numbers import BLOCK_ROWS
from flowql.store.sums import sums_by_code

_ROWS_PER_GROUP = 2
"""Rows of a part for each group that may be: what is done for every group once a part costs about as much."""
_VALUE_COUNT_MAX = 3
"""Values whose rows are counted by their docsets: more of those cost what reading every row's code does."""


@dataclass(frozen=True, slots=True)
class SegmentGroups:
    """How rows are grouped in every segment: by key spaces, with what is asked of each group."""

    keys: Sequence[KeySpace]
    asked: Asked

    def without_rows(self, search: SegmentSearch, place: int) -> Partial | None:
        """The groups of a search's segment, at its place among all; None where rows must be read."""
        for kernel in (self._from_totals, self._from_ranges):
            partial = kernel(search, place)
            if partial is not None:
                return partial
        return None

    def from_rows(self, search: SegmentSearch, place: int, span: RowRange) -> Partial:
        """The groups of the matching rows of a span of the segment."""
        codes = [space.local(search, place) for space in self.keys]
        space_size = reduce(lambda a, b: a * b, (each.count for each in codes), 1)
        if is_dense(space_size, search.count()):
            return self._dense(search, place, span, codes, space_size)
        return self._sorted(search, place, span, codes)

    def _dense(
        self, search: SegmentSearch, place: int, span: RowRange, codes: Sequence[LocalCodes], space_size: int
    ) -> Partial:
        """In arrays with room for all groups that may be: part by part, nothing is kept of rows."""
        # Parts of at least so many rows that passes over all groups do not cost more than those over rows.
        density = max(search.count(), 1) / search.scan.segment.row_count
        step = max(PART_ROWS, ceil(_ROWS_PER_GROUP * space_size / density / BLOCK_ROWS) * BLOCK_ROWS)

        def parts() -> Iterator[tuple[MatchedRows, Groups]]:
            for rows in matched_parts(search, place, span, step):
                yield from self._composites(rows, codes)

        counts = self._known_counts(search) if span == whole(search) else None
        measured = RowMeasures(
            self.asked, search, place, np.arange(space_size), counts, lambda: (rows for rows, _ in parts())
        )
        if measured.reads_rows:
            for rows, groups in parts():
                measured.add(rows, groups)
        return self._global(measured.partial().held(), codes)

    def _sorted(
        self, search: SegmentSearch, place: int, span: RowRange, codes: Sequence[LocalCodes]
    ) -> Partial:
        """By sorting the codes of all rows."""
        parts = [
            composites
            for rows in matched_parts(search, place, span)
            for composites in self._composites(rows, codes)
        ]
        empty = np.empty(0, np.int64)
        composites = np.concatenate([empty, *(composite for _, composite in parts)])
        distinct, groups = factorize(composites, search.context.check)
        measured = RowMeasures(self.asked, search, place, distinct, None, lambda: (rows for rows, _ in parts))
        first = 0
        for rows, _ in parts:
            measured.add(rows, groups[first : first + rows.count])
            first += rows.count
        return self._global(measured.partial(), codes)

    def _composites(
        self, rows: MatchedRows, codes: Sequence[LocalCodes]
    ) -> Iterator[tuple[MatchedRows, Groups]]:
        """Rows with the composite code of each; again, for the other side of a key, those that have one."""
        yield rows, _composite([each.read(rows) for each in codes], codes, rows.count)
        sides = next((space for space in self.keys if space.is_two_sided), None)
        if sides is not None:
            # A row counts once more, for the other side, where that is a different one.
            others = rows.chosen(np.flatnonzero(sides.other_codes_of(rows)))
            read = [
                space.other_codes_of(others) if space.is_two_sided else each.read(others)
                for space, each in zip(self.keys, codes, strict=True)
            ]
            yield others, _composite(read, codes, others.count)

    def _global(self, groups: Partial, codes: Sequence[LocalCodes]) -> Partial:
        """Groups by one segment's composite codes as by those over all segments; ascending ones ascend."""

        def to_global(composite: Codes) -> Codes:
            if len(codes) == 1:
                return codes[0].to_global(composite)
            parts = []
            for each in reversed(codes):
                parts.append(each.to_global(composite % each.count))
                composite = composite // each.count
            found = np.zeros(len(composite), np.int64)
            for space, part in zip(self.keys, reversed(parts), strict=True):
                found = found * space.code_count + part
            return found

        return groups.recoded(to_global)

    def _known_counts(self, search: SegmentSearch) -> NDArray[np.int64] | None:
        """The rows of each group without looking at one: those of a column's values; None where unknown."""
        if not self.keys:
            return np.array([search.count()])
        space = self.keys[0] if len(self.keys) == 1 else None
        if not isinstance(space, DictionarySpace) or space.networks is not None:
            return None
        column = search.scan.segment.dictionary_column(space.name)
        if column is None:
            return None
        if search.count() == search.scan.segment.row_count:
            return column.counts()
        if column.code_count - 1 > _VALUE_COUNT_MAX or column.present_count < column.row_count:
            return None
        matched, all_counts = search.docset(), column.counts()
        counts = np.zeros(len(all_counts), np.int64)
        *fewer, most = np.argsort(all_counts).tolist()  # the rows of the greatest one are what is left
        for code in fewer:
            if all_counts[code]:
                counts[code] = count_rows(intersect(column.docset(one_code(code)), matched))
        counts[most] = search.count() - counts.sum()
        return counts

    def _from_ranges(self, search: SegmentSearch, place: int) -> Partial | None:
        counts = bucket_counts(self.keys, self.asked.measures)
        return counts.partial(search, place) if counts else None

    # ---- totals

    def _from_totals(self, search: SegmentSearch, place: int) -> Partial | None:
        """The segment's groups from counts and sums that it keeps, if they answer every measure."""
        scan = search.scan
        is_whole = scan.predicate == Everything() and scan.start == 0 and scan.stop == scan.segment.row_count
        if not is_whole or len(self.keys) != 1 or not all(map(_has_totals, self.asked.measures)):
            return None
        (space,) = self.keys
        column = scan.segment.dictionary_column(space.name) if isinstance(space, DictionarySpace) else None
        if column is None or not isinstance(space, DictionarySpace):
            return None
        codes, counts = space.remap(place).astype(np.int64), column.counts()
        parts: dict[tuple[str, Of], NDArray[np.int64]] = {}
        for name in {measure.argument.name for measure in self.asked.measures if measure.argument}:
            numbers, sums = scan.segment.number_column(name), column.sums(name)
            if numbers is None or sums is None:
                return None
            missing = np.bincount(column.codes_at(numbers.missing_rows), minlength=column.code_count)
            parts["present", Of(name)] = counts - missing
            parts["sum", Of(name)] = sums
        if space.networks is None:
            return Partial(codes, counts, parts).held()
        return _by_network(Partial(codes, counts, parts), space.code_count)


def _composite(parts: Sequence[NDArray[Any]], codes: Sequence[LocalCodes], row_count: int) -> Groups:
    """The composite codes of rows, the first key the most significant."""
    if not parts:
        return np.zeros(row_count, np.intp)
    composite = parts[0].astype(np.intp, copy=False)
    for each, part in zip(codes[1:], parts[1:], strict=True):
        composite = composite * each.count + part
    return composite


def _has_totals(measure: Measure) -> bool:
    if measure.condition is not None:
        return False
    if measure.argument is None:
        return True
    return measure.function in ("sum", "avg", "count") and measure.argument.name in TOTAL_FIELDS


def _by_network(partial: Partial, code_count: int) -> Partial | None:
    """Groups of addresses as those of their networks; None where a sum might reach SUM_MAX."""
    assert code_count <= DENSE_MAX or len(partial.codes) >= code_count
    summed = {}
    for key, part in {("rows", Of(None)): partial.rows, **partial.parts}.items():
        sums = sums_by_code(partial.codes, part, code_count)
        if sums is None:
            return None
        summed[key] = sums
    rows = summed.pop(("rows", Of(None)))
    return Partial(np.arange(code_count), rows, summed).held()
