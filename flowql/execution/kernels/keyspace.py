"""Key spaces: the codes by which groups of several segments are told apart.

Owns the reading of a key of matching rows as global codes: 0 is missing, and greater codes are greater
values. For a dictionary column a code is its snapshot dictionary's, for prefixes of its addresses the place
of the network among theirs, for a number column the value's distance from the least one, for buckets of time
the bucket's place, for a computed text the text's place among those that occur.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from flowql.buckets import Bucket
from flowql.execution.context import Context
from flowql.execution.dictionaries import SnapshotDictionaries, SnapshotDictionary
from flowql.execution.kernels.matched import MatchedRows, matched_parts, whole
from flowql.execution.kernels.networks import Networks, networks_of
from flowql.execution.materialize import ARROW_TYPES, values_of_codes
from flowql.execution.select import SegmentSearch
from flowql.plan.expressions import Prefix
from flowql.plan.logical import Column, Key
from flowql.schema import Kind
from flowql.store.dictionary import AddressDictionary

Codes = NDArray[np.int64]
Found = TypeVar("Found")

_EDGE_COUNT_MAX = 1 << 20
"""Buckets of which the edges are listed whether a row lies in them or not."""


@dataclass(frozen=True, slots=True)
class LocalCodes:
    """The codes of a key over the rows of one segment, `count` of them, as narrow as the segment has them.

    `table` gives for each, in the same order, the code over all segments; None where they are the same.
    """

    count: int
    read: Callable[[MatchedRows], NDArray[Any]]
    table: NDArray[np.uint32] | None = None

    def to_global(self, codes: NDArray[Any]) -> Codes:
        """The codes over all segments of codes here."""
        return np.asarray((codes if self.table is None else self.table[codes]).astype(np.int64, copy=False))


class KeySpace(ABC):
    """The codes of one key over the rows of all segments.

    `code_count` counts the missing one too. A space of two sides has codes of the other side as well.
    """

    code_count: int
    is_two_sided = False

    @abstractmethod
    def codes_of(self, rows: MatchedRows) -> Codes:
        """The code of each of the rows."""

    @abstractmethod
    def values(self, codes: Codes) -> pa.Array:
        """The values that codes stand for; 0 is null."""

    def local(self, search: SegmentSearch, place: int) -> LocalCodes:  # noqa: ARG002 - overridden where codes differ
        """The codes of the rows of a search's segment, which stands at a place among all."""
        return LocalCodes(self.code_count, self.codes_of)

    def other_codes_of(self, rows: MatchedRows) -> Codes:
        """The code of each row's second different side, 0 where it has none."""
        raise AssertionError(f"{self} has one side, of {rows}")


class DictionarySpace(KeySpace):
    """A dictionary column; with a prefix, the networks of its addresses."""

    def __init__(self, name: str, kind: Kind, dictionary: SnapshotDictionary, prefix: Prefix | None) -> None:
        self.name, self._kind, self._dictionary = name, kind, dictionary
        self.networks: Networks | None = None
        if prefix is not None:
            addresses = dictionary.values
            assert addresses is None or isinstance(addresses, AddressDictionary), name
            self.networks = dictionary.once(prefix, lambda: networks_of(addresses, prefix))
        self.code_count = self.networks.code_count if self.networks else dictionary.code_count
        self._remaps: dict[int, NDArray[np.uint32]] = {}

    def remap(self, place: int) -> NDArray[np.uint32]:
        """The code here of each code of the segment at a place."""
        remap = self._dictionary.remaps[place]
        if self.networks is None:
            return remap
        if place not in self._remaps:
            self._remaps[place] = self.networks.codes[remap]
        return self._remaps[place]

    def codes_of(self, rows: MatchedRows) -> Codes:
        """The code of each of the rows."""
        return _taken(self.remap(rows.place), rows.codes(self.name), rows.count)

    def local(self, search: SegmentSearch, place: int) -> LocalCodes:
        """The segment's own codes; of networks, which several addresses share, those over all segments."""
        column = search.scan.segment.dictionary_column(self.name)
        if self.networks is not None or column is None:
            return LocalCodes(self.code_count, self.codes_of)

        def read(rows: MatchedRows) -> NDArray[Any]:
            codes = rows.codes(self.name)
            assert codes is not None, self.name
            return codes

        return LocalCodes(column.code_count, read, self.remap(place))

    def values(self, codes: Codes) -> pa.Array:
        """The values that codes stand for; 0 is null."""
        if self.networks:
            return self.networks.values(codes)
        if self._dictionary.values is None:
            return pa.nulls(len(codes), ARROW_TYPES[self._kind])
        return values_of_codes(self._dictionary.values, codes)


class SidesSpace(KeySpace):
    """Two dictionary columns of one kind as one set of values."""

    is_two_sided = True

    def __init__(
        self, names: Sequence[str], kind: Kind, dictionary: SnapshotDictionary, prefix: Prefix | None
    ) -> None:
        self._names = names
        self._space = DictionarySpace(names[0], kind, dictionary, prefix)
        self._segment_count = len(dictionary.remaps) // 2
        self.code_count = self._space.code_count

    def codes_of(self, rows: MatchedRows) -> Codes:
        """The code of each of the rows."""
        first, second = self.both(rows)
        return np.where(first == 0, second, first)

    def other_codes_of(self, rows: MatchedRows) -> Codes:
        """The code of each row's destination where it differs, else 0."""
        first, second = self.both(rows)
        return np.where(first == second, 0, np.where(first == 0, 0, second))

    def both(self, rows: MatchedRows) -> tuple[Codes, Codes]:
        """The codes of the two columns."""
        first, second = (
            _taken(self._space.remap(rows.place + side * self._segment_count), rows.codes(name), rows.count)
            for side, name in enumerate(self._names)
        )
        return first, second

    def values(self, codes: Codes) -> pa.Array:
        """The values that codes stand for; 0 is null."""
        return self._space.values(codes)


class NumberSpace(KeySpace):
    """A column of integers between bounds."""

    def __init__(self, column: Column, low: int, high: int) -> None:
        self._column, self._low = column, low
        self.code_count = high - low + 2

    def codes_of(self, rows: MatchedRows) -> Codes:
        """The code of each of the rows."""
        values, present = rows.integers(self._column)
        codes = values - (self._low - 1)
        return codes if present is None else np.where(present, codes, 0)

    def values(self, codes: Codes) -> pa.Array:
        """The values that codes stand for; 0 is null."""
        return pa.array(codes + (self._low - 1), mask=codes == 0)


class BucketSpace(KeySpace):
    """Buckets of a time column by their edges, ascending; the last one is open."""

    def __init__(self, column: Column, edges: NDArray[np.int64]) -> None:
        self._column, self.edges = column, edges
        self.is_ordered = column.name == "start"
        self.code_count = len(edges) + 1

    def codes_of(self, rows: MatchedRows) -> Codes:
        """The code of each of the rows."""
        values, present = rows.integers(self._column)
        if not self.is_ordered:
            codes = np.searchsorted(self.edges, values, "right")
            return codes if present is None else np.where(present, codes, 0)
        # Rows are in the order of their starts, those without one first.
        missing = 0 if present is None else len(values) - int(np.count_nonzero(present))
        if missing == len(values):
            return np.zeros(len(values), np.int64)
        begin, end = np.searchsorted(self.edges, [values[missing], values[-1]], "right").tolist()
        cuts = np.searchsorted(values[missing:], self.edges[begin:end]) + missing
        codes = np.zeros(len(values), np.int64)
        lengths = np.diff(np.concatenate(([missing], cuts, [len(values)])))
        codes[missing:] = np.repeat(np.arange(begin, end + 1), lengths)
        return codes

    def values(self, codes: Codes) -> pa.Array:
        """The values that codes stand for; 0 is null."""
        padded = np.concatenate((np.zeros(1, np.int64), self.edges))
        return pa.array(padded[codes], mask=codes == 0)


class TextSpace(KeySpace):
    """A computed text of few distinct values, ascending as texts are ordered."""

    def __init__(self, column: Column, found: Sequence[pa.DictionaryArray]) -> None:
        self._column, self._found = column, found
        texts = pc.unique(pa.concat_arrays([pa.nulls(0, pa.string()), *(each.dictionary for each in found)]))
        order = pc.sort_indices(
            pa.table({"lowered": pc.ascii_lower(texts), "text": texts}),
            [("lowered", "ascending"), ("text", "ascending")],
        )
        self._texts = texts.take(order)
        self.code_count = len(texts) + 1

    def codes_of(self, rows: MatchedRows) -> Codes:
        """The code of each of the rows."""
        if rows.first is None:
            found = encoded_texts(self._column, rows)
        else:
            found = self._found[rows.place].slice(rows.first, rows.count)
        codes = pc.index_in(found.dictionary, self._texts).to_numpy().astype(np.int64) + 1
        return codes[found.indices.to_numpy()] if found.null_count == 0 else self._with_missing(found, codes)

    def values(self, codes: Codes) -> pa.Array:
        """The values that codes stand for; 0 is null."""
        return self._texts.take(pa.array(codes - 1, mask=codes == 0))

    @staticmethod
    def _with_missing(found: pa.DictionaryArray, codes: Codes) -> Codes:
        places = found.indices.fill_null(len(codes)).to_numpy()
        return np.asarray(np.concatenate((codes, [0]))[places])


def key_space(
    key: Key, searches: Sequence[SegmentSearch], dictionaries: SnapshotDictionaries, context: Context
) -> KeySpace:
    """The codes of a key over the matching rows of the searches."""
    column, step = key.column, key.step
    segments = [search.scan.segment for search in searches]
    prefix = step if isinstance(step, Prefix) else None
    if column.sides:
        both = dictionaries.joined(column.sides, column.kind, segments, context.check)
        return context.apart(
            lambda: SidesSpace(column.sides, column.kind, both, prefix), both.code_count if prefix else 0
        )
    if column.is_virtual and column.kind is Kind.TEXT:
        return TextSpace(column, _of_each(searches, partial(_all_encoded_texts, column)))
    if column.kind.is_dictionary:
        dictionary = dictionaries.get(column.name, column.kind, segments, context.check)
        return context.apart(
            lambda: DictionarySpace(column.name, column.kind, dictionary, prefix),
            dictionary.code_count if prefix else 0,
        )
    if step is not None:
        assert isinstance(step, Bucket), key
        return BucketSpace(column, _edges(column, step, searches))
    return NumberSpace(column, *bounds_of(column, searches))


def _all_encoded_texts(column: Column, search: SegmentSearch, place: int) -> pa.DictionaryArray:
    """A computed text of all rows that a search matches, each different one once."""
    parts = [encoded_texts(column, rows) for rows in matched_parts(search, place, whole(search))]
    if not parts:
        return pa.array([], pa.string()).dictionary_encode()
    return pa.chunked_array(parts).unify_dictionaries().combine_chunks()


def encoded_texts(column: Column, rows: MatchedRows) -> pa.DictionaryArray:
    """A computed text of rows, each different one once."""
    return rows.search.columns.at(column, rows.numbers_in_segment).dictionary_encode()


def _taken(remap: NDArray[np.uint32], codes: NDArray[np.unsignedinteger] | None, count: int) -> Codes:
    if codes is None:
        return np.zeros(count, np.int64)
    if len(remap) < count:  # the shorter of the two is widened
        return np.asarray(remap.astype(np.int64)[codes])
    return np.asarray(remap[codes].astype(np.int64))


def bounds_of(column: Column, searches: Sequence[SegmentSearch]) -> tuple[int, int]:
    """The least and the greatest value that a row of the searches may have; (0, 0) where none has any."""
    if column.is_virtual or any(column.name in search.columns.computed for search in searches):
        ranges = [each for found in _of_each(searches, partial(_bounds_of_rows, column)) for each in found]
    else:
        columns = [search.scan.segment.number_column(column.name) for search in searches]
        ranges = [(each.min, each.max) for each in columns if each is not None and each.present_count]
    return min((low for low, _ in ranges), default=0), max((high for _, high in ranges), default=0)


def _bounds_of_rows(column: Column, search: SegmentSearch, place: int) -> list[tuple[int, int]]:
    """The least and the greatest value of some rows after others, where they have any."""
    bounds = []
    for rows in matched_parts(search, place, whole(search)):
        values, present = rows.ranked(column)
        held = values if present is None else values.compress(present)
        if len(held):
            bounds.append((int(held.min()), int(held.max())))
    return bounds


def _edges(column: Column, bucket: Bucket, searches: Sequence[SegmentSearch]) -> NDArray[np.int64]:
    low, high = bounds_of(column, searches)
    if column.name == "start" and searches:
        held = list(chain.from_iterable(map(_starts_of, searches)))
        low, high = min(held, default=0), max(held, default=0)
    if bucket.edge_count(low, high + 1) <= _EDGE_COUNT_MAX:
        return bucket.edges(low, high + 1)
    found = _of_each(searches, partial(_starts_in, column, bucket))
    return np.unique(np.concatenate([np.empty(0, np.int64), *found]))


def _starts_in(column: Column, bucket: Bucket, search: SegmentSearch, place: int) -> NDArray[np.int64]:
    """The first instants of the buckets that rows of a segment lie in; some may come several times."""
    parts = [np.empty(0, np.int64)]
    for rows in matched_parts(search, place, whole(search)):
        values, present = rows.integers(column)
        parts.append(np.unique(bucket.starts(values if present is None else values.compress(present))))
    return np.concatenate(parts)


def _of_each(searches: Sequence[SegmentSearch], work: Callable[[SegmentSearch, int], Found]) -> list[Found]:
    """What the work gives of each search, at its place among all; on threads where rows are many."""
    if not searches:
        return []
    row_count = sum(search.count() for search in searches)
    places = range(len(searches))
    return list(searches[0].context.map(lambda place: work(searches[place], place), places, row_count))


def _starts_of(search: SegmentSearch) -> list[int]:
    """The first and the last start of the rows that the search reads, if they have any."""
    segment, scan = search.scan.segment, search.scan
    first = max(scan.start, segment.start_missing)
    column = segment.number_column("start")
    if column is None or first >= scan.stop:
        return []
    return [int(each) for each in column.at(np.array([first, scan.stop - 1], np.uint32))[0]]
