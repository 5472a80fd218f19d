"""Values that are present where one was asked for that is not: the next below and above, or texts alike.

Owns the look into dictionaries and number columns of the rows that a scope holds. What a value is called, and
how many records hold it, is the caller's to tell.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from flowql.execution.scope import Scope
from flowql.execution.select import SegmentSearch
from flowql.names.nearest import NEAREST_MAX, nearest
from flowql.plan.predicates import TextEquals
from flowql.schema import Field, Kind
from flowql.store.bounds import Bounds
from flowql.store.dictionary import AddressDictionary, IntegerDictionary
from flowql.store.docset import RowRange, to_rows
from flowql.store.numbers import BLOCK_ROWS
from flowql.values import ADDRESS_MAX, INT64_MAX, lower_ascii

FEW_MAX = 4
"""Texts of a field that are few enough to be told one by one."""
_CANDIDATES_MAX = 200
"""Texts that are compared letter by letter, of those that share the most pairs of letters."""
_ROUNDS_MAX = 3
"""How often the next texts alike are looked at when those before are in no record of the scope."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The greatest value below and the least above a range of values; None where there is none."""

    below: int | None
    above: int | None

    def united(self, other: "Neighbours") -> "Neighbours":
        """The nearer ones of both."""
        belows = [each for each in (self.below, other.below) if each is not None]
        aboves = [each for each in (self.above, other.above) if each is not None]
        return Neighbours(max(belows, default=None), min(aboves, default=None))

    def may_be_nearer(self, least: int, greatest: int, low: int, high: int) -> bool:
        """Whether some value between `least` and `greatest` may be nearer to `[low, high]` than these are."""
        is_below = least < low and (self.below is None or greatest > self.below)
        return is_below or (greatest > high and (self.above is None or least < self.above))


_NONE = Neighbours(None, None)


def neighbours(scope: Scope, field: Field, low: int, high: int) -> Neighbours:
    """The present values of a field of numbers, times or addresses next to `[low, high]`, where none is."""
    found = _NONE
    for search in scope.searches():
        scope.context.check()
        found = found.united(_of_segment(search, field, low, high))
    return found


def texts_alike(scope: Scope, field: Field, text: str) -> list[str]:
    """At most NEAREST_MAX texts of the field that records of the scope have, those most like `text` first."""
    spellings = {lower_ascii(value): value for value in _vocabulary(scope, field, text)}
    present: list[str] = []
    for _ in range(_ROUNDS_MAX):
        near = nearest(lower_ascii(text), spellings, ())
        found = [spellings.pop(each) for each in near]
        present += [value for value in found if scope.count(TextEquals(field, (value,)))]
        if not near or present:
            break
    return present[:NEAREST_MAX]


def few_texts(scope: Scope, field: Field) -> list[str]:
    """All texts of the field that some record of the scope has, ascending; none if there are many."""
    texts: set[str] = set()
    for values in _texts_by_topic(scope, field):
        if len(values) > FEW_MAX:
            return []
        texts.update(values.to_pylist())
    if len(texts) > FEW_MAX:
        return []
    return [text for text in sorted(texts) if scope.count(TextEquals(field, (text,)))]


# ---- numbers, times and addresses


def _of_segment(search: SegmentSearch, field: Field, low: int, high: int) -> Neighbours:
    if field.kind.is_dictionary:
        return _of_codes(search, field, low, high)
    column = search.scan.segment.number_column(field.name)
    if column is None:
        return _NONE
    docset, found = search.docset(), _NONE
    if not isinstance(docset, RowRange):
        return _beside(*column.at(to_rows(docset)), low, high)
    for block in range(docset.start // BLOCK_ROWS, -(-docset.stop // BLOCK_ROWS)):
        if found.may_be_nearer(int(column.zone_min[block]), int(column.zone_max[block]), low, high):
            search.context.check()
            start, stop = max(block * BLOCK_ROWS, docset.start), min((block + 1) * BLOCK_ROWS, docset.stop)
            found = found.united(_beside(*column.read(start, stop), low, high))
    return found


def _beside(values: NDArray[np.int64], present: NDArray[np.bool_] | None, low: int, high: int) -> Neighbours:
    if present is not None:
        values = values[present]
    below, above = values[values < low], values[values > high]
    return Neighbours(
        int(below.max()) if len(below) else None,
        int(above.min()) if len(above) else None,
    )


def _of_codes(search: SegmentSearch, field: Field, low: int, high: int) -> Neighbours:
    column = search.scan.segment.dictionary_column(field.name)
    if column is None:
        return _NONE
    dictionary = column.dictionary
    assert isinstance(dictionary, AddressDictionary | IntegerDictionary), "texts have no neighbours"
    greatest = ADDRESS_MAX if field.kind is Kind.ADDRESS else INT64_MAX
    codes = _codes_held(search, field)
    below = _last(codes, dictionary.ranges(Bounds([(0, low - 1)]))) if low > 0 else None
    above = _first(codes, dictionary.ranges(Bounds([(high + 1, greatest)]))) if high < greatest else None
    return Neighbours(_value(dictionary, below), _value(dictionary, above))


def _codes_held(search: SegmentSearch, field: Field) -> NDArray[Any]:
    """The codes, ascending, that some row of the scope has; 0, the missing one, may be among them."""
    column = search.scan.segment.dictionary_column(field.name)
    assert column is not None, field
    docset = search.docset()
    if docset == RowRange(0, column.row_count):
        return np.arange(1, column.code_count)
    held = np.zeros(column.code_count, bool)
    if isinstance(docset, RowRange):
        held[column.codes(docset.start, docset.stop)] = True
    else:
        held[column.codes_at(to_rows(docset))] = True
    return np.flatnonzero(held)


def _last(codes: NDArray[Any], ranges: tuple[NDArray[Any], NDArray[Any]]) -> int | None:
    """The greatest of the codes that lies in the one range, if any does."""
    inside = _inside(codes, ranges)
    return int(inside[-1]) if len(inside) else None


def _first(codes: NDArray[Any], ranges: tuple[NDArray[Any], NDArray[Any]]) -> int | None:
    inside = _inside(codes, ranges)
    return int(inside[0]) if len(inside) else None


def _inside(codes: NDArray[Any], ranges: tuple[NDArray[Any], NDArray[Any]]) -> NDArray[Any]:
    starts, stops = ranges
    if not len(starts):
        return codes[:0]
    return codes[np.searchsorted(codes, starts[0]) : np.searchsorted(codes, stops[-1])]


def _value(dictionary: AddressDictionary | IntegerDictionary, code: int | None) -> int | None:
    if code is None:
        return None
    value = dictionary.values(np.array([code - 1]))[0].as_py()
    return int.from_bytes(value, "big") if isinstance(value, bytes) else int(value)


# ---- texts


def _vocabulary(scope: Scope, field: Field, text: str) -> list[str]:
    """The texts of the field in the topics that may be like `text`; some may be in no record of the scope."""
    alike: list[str] = []
    for values in _texts_by_topic(scope, field):
        alike += _sharing_letters(scope, values, text)
    return list(dict.fromkeys(alike))


def _texts_by_topic(scope: Scope, field: Field) -> Iterable[pa.StringArray]:
    vocabularies = {id(s.scan.vocabulary): s.scan.vocabulary for s in scope.searches()}
    return (vocabulary.values(field.name) for vocabulary in vocabularies.values())


def _sharing_letters(scope: Scope, values: pa.StringArray, text: str) -> list[str]:
    """The values that share the most pairs of letters with `text`; all of them when they are few."""
    if len(values) <= _CANDIDATES_MAX:
        return list(values.to_pylist())
    lowered, word = pc.ascii_lower(values), lower_ascii(text)
    shared = np.zeros(len(values), np.int32)
    for pair in {word[i : i + 2] for i in range(len(word) - 1)}:
        scope.context.check()
        shared += np.asarray(pc.match_substring(lowered, pair)).astype(np.int32)
    best = np.argpartition(shared, -_CANDIDATES_MAX)[-_CANDIDATES_MAX:]
    return list(values.take(pa.array(np.sort(best))).to_pylist())
