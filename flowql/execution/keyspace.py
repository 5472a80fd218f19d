"""Key spaces: the codes by which groups of several segments are told apart.

Owns the reading of a column of matching rows as global codes. For a dictionary column a code is its snapshot
dictionary's; for a number column it is the place of the value among the distinct ones of all segments, plus
one. 0 is missing, and greater codes are greater values.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from flowql.execution.context import Context
from flowql.execution.dictionaries import SnapshotDictionaries, SnapshotDictionary
from flowql.execution.materialize import ARROW_TYPES, values_of_codes
from flowql.execution.segment_rows import SegmentRows
from flowql.execution.select import SegmentSearch
from flowql.plan.logical import Column
from flowql.store.docset import RowRange, to_rows


class MatchedRows(SegmentRows):
    """The matching rows of one segment, which stands at `place` among all."""

    def __init__(self, search: SegmentSearch, place: int) -> None:
        docset = search.docset()
        super().__init__(search.scan.segment, docset if isinstance(docset, RowRange) else to_rows(docset))
        self.place = place


@dataclass(frozen=True)
class KeySpace:
    """The codes of one column over all segments: a snapshot dictionary, or distinct ascending numbers."""

    column: Column
    dictionary: SnapshotDictionary | None
    distinct: NDArray[np.int64]

    @property
    def code_count(self) -> int:
        """Codes, the missing one included."""
        return self.dictionary.code_count if self.dictionary else len(self.distinct) + 1

    def codes_of(self, rows: MatchedRows) -> NDArray[np.int64]:
        """The global code of each of the rows; int64, which is what bincount takes without a copy."""
        if self.dictionary:
            codes = rows.codes(self.column.name)
            if codes is None:
                return np.zeros(rows.count, np.int64)
            return np.asarray(self.dictionary.remaps[rows.place].astype(np.int64)[codes])
        values, present = rows.numbers(self.column.name)
        places = np.searchsorted(self.distinct, values) + 1
        return places if present is None else np.where(present, places, 0)

    def values(self, codes: NDArray[np.int64]) -> pa.Array:
        """The values that codes stand for; 0 is null."""
        if not self.dictionary:
            padded = np.concatenate((np.zeros(1, np.int64), self.distinct))
            return pa.array(padded[codes], mask=codes == 0)
        if self.dictionary.values is None:
            return pa.nulls(len(codes), ARROW_TYPES[self.column.kind])
        return values_of_codes(self.dictionary.values, codes)


def key_space(
    column: Column, searches: Sequence[SegmentSearch], dictionaries: SnapshotDictionaries, context: Context
) -> KeySpace:
    """The key space of a column over the segments of the searches."""
    if column.kind.is_dictionary:
        segments = [search.scan.segment for search in searches]
        return KeySpace(column, dictionaries.get(column.name, column.kind, segments), np.empty(0, np.int64))

    def distinct(place: int) -> NDArray[np.int64]:
        values, present = MatchedRows(searches[place], place).numbers(column.name)
        return np.asarray(pc.unique(pa.array(values if present is None else values[present])))

    parts = list(context.map(distinct, range(len(searches)), sum(search.count() for search in searches)))
    return KeySpace(column, None, np.sort(np.unique(np.concatenate([np.empty(0, np.int64), *parts]))))
