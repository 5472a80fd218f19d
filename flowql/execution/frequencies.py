"""How many rows hold each value of a field: the most frequent values, for completion.

Owns the counts of a dictionary column over whole segments, kept as long as the segments are the same. They
come from postings' lengths: no row is read. Values of text that begin alike are neighbours in the dictionary,
so that a beginning costs as much as the values that have it.
"""

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from flowql.execution.dictionaries import SnapshotDictionaries
from flowql.schema import Kind
from flowql.store.dictionary import IntegerDictionary, TextDictionary
from flowql.store.segment import Segment
from flowql.values import lower_ascii

VALUE_COUNT_MAX = 4_000_000
"""Values of a field over all segments that are counted: a second or two of work, once. Of more of them only
the newest segments count, since a keyboard waits."""
_KEPT_MAX = 32
_AFTER_ANY_TEXT = b"\xff"
"""A byte that no UTF-8 text holds."""


class Frequencies:
    """The rows of each value; safe to share between threads."""

    def __init__(self, dictionaries: SnapshotDictionaries) -> None:
        self._dictionaries = dictionaries
        self._kept: OrderedDict[tuple[str, ...], NDArray[np.int64]] = OrderedDict()
        self._lock = Lock()

    def texts(
        self, field: str, segments: Sequence[Segment], prefix: str, count_max: int
    ) -> list[tuple[str, int]]:
        """At most `count_max` values that begin so, letter case aside, and their rows, the most first."""
        chosen = _counted_segments(field, segments)
        values = self._dictionaries.get(field, Kind.TEXT, chosen).values
        if not isinstance(values, TextDictionary):
            return []
        begin = lower_ascii(prefix).encode(errors="replace")
        first, after = _place(values, begin), _place(values, begin + _AFTER_ANY_TEXT)
        counts = self._counts(field, Kind.TEXT, chosen)[first:after]
        places = _greatest(counts, count_max)
        found = values.values(places + first).to_pylist()
        return list(zip(found, counts[places].tolist(), strict=True))

    def numbers(
        self, field: str, kind: Kind, segments: Sequence[Segment], count_max: int
    ) -> list[tuple[int, int]]:
        """At most `count_max` values of a port or protocol field and their rows, the most first."""
        chosen = _counted_segments(field, segments)
        values = self._dictionaries.get(field, kind, chosen).values
        if not isinstance(values, IntegerDictionary):
            return []
        counts = self._counts(field, kind, chosen)
        places = _greatest(counts, count_max)
        return list(zip(values.numbers[places].tolist(), counts[places].tolist(), strict=True))

    def _counts(self, field: str, kind: Kind, segments: Sequence[Segment]) -> NDArray[np.int64]:
        """For each value of the segments' common dictionary its rows."""
        key = (field, *(segment.id for segment in segments))
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                kept = self._kept[key] = self._count(field, kind, segments)
                if len(self._kept) > _KEPT_MAX:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return kept

    def _count(self, field: str, kind: Kind, segments: Sequence[Segment]) -> NDArray[np.int64]:
        common = self._dictionaries.get(field, kind, segments)
        counts = np.zeros(common.code_count, np.int64)
        for segment, remap in zip(segments, common.remaps, strict=True):
            column = segment.dictionary_column(field)
            if column is not None:
                counts[remap] += column.counts()  # no two codes of a segment have one global code
        return counts[1:]


def _counted_segments(field: str, segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """The newest segments, as many as `VALUE_COUNT_MAX` allows, but one at least."""
    chosen: list[Segment] = []
    value_count = 0
    for segment in sorted(segments, key=_newest_start, reverse=True):
        column = segment.dictionary_column(field)
        value_count += 0 if column is None else column.code_count
        if chosen and value_count > VALUE_COUNT_MAX:
            break
        chosen.append(segment)
    return tuple(chosen)


def _newest_start(segment: Segment) -> tuple[int, str]:
    bounds = segment.start_bounds
    return (bounds[1] if bounds else 0), segment.id


def _place(values: TextDictionary, key: bytes) -> int:
    """How many values are below `key`, both lowered."""
    return bisect_left(
        range(len(values)), key, key=lambda place: lower_ascii(values.texts[place].as_py()).encode()
    )


def _greatest(counts: NDArray[np.int64], count_max: int) -> NDArray[np.int64]:
    """The places of the greatest counts that are not 0, the greatest first, those of one count ascending."""
    chosen = np.arange(len(counts))
    if len(counts) > count_max:
        least = np.partition(counts, len(counts) - count_max)[len(counts) - count_max]
        chosen = np.flatnonzero(counts >= least)
    order = chosen[np.lexsort((chosen, -counts[chosen]))][:count_max]
    return order[counts[order] > 0]
