"""Comparing two fields of the same rows.

Owns the ways in which values of each kind are laid side by side: numbers as they are, addresses by their two
halves, text through codes that both dictionaries share, computed fields as they are computed.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from flowql.execution.computed_numbers import Numbers, durations, quotients
from flowql.execution.computed_texts import ComputedTexts
from flowql.execution.segment_rows import SegmentRows
from flowql.plan.predicates import Compares, Relation
from flowql.schema import Field, Kind
from flowql.store.dictionary import AddressDictionary, IntegerDictionary, TextDictionary
from flowql.store.segment import Segment

Signs: TypeAlias = NDArray[np.int8]
"""-1, 0 or 1 a row, as the one value is below, equal to or above the other."""
Compared: TypeAlias = tuple[Signs, NDArray[np.bool_] | None]
"""The signs, and where both values are present (None: everywhere)."""

_HOLDS: Mapping[Relation, Callable[[Signs], NDArray[np.bool_]]] = MappingProxyType(
    {
        Relation.EQUAL: lambda signs: signs == 0,
        Relation.NOT_EQUAL: lambda signs: signs != 0,
        Relation.GREATER: lambda signs: signs > 0,
        Relation.GREATER_EQUAL: lambda signs: signs >= 0,
        Relation.LESS: lambda signs: signs < 0,
        Relation.LESS_EQUAL: lambda signs: signs <= 0,
    }
)


class Comparison:
    """A comparison of two fields, of which some row of the segment has each."""

    def __init__(self, leaf: Compares, segment: Segment, texts: ComputedTexts) -> None:
        self._leaf = leaf
        self._fields = (leaf.field, leaf.other)
        self._segment = segment
        self._texts = texts

    def holds(self, rows: SegmentRows) -> NDArray[np.bool_]:
        """For each of the rows whether both fields are present and the relation holds."""
        match self._leaf.field.kind:
            case Kind.TEXT:
                signs, present = self._of_texts(rows)
            case Kind.ADDRESS:
                signs, present = self._of_addresses(rows)
            case Kind.REAL:
                signs, present = self._of_quotients(rows)
            case _:
                signs, present = self._of_numbers(rows)
        held = _HOLDS[self._leaf.relation](signs)
        return held if present is None else held & present

    def _of_quotients(self, rows: SegmentRows) -> Compared:
        a, b = (quotients(field.name, rows) for field in self._fields)
        return a.signs(b), a.present & b.present

    def _of_numbers(self, rows: SegmentRows) -> Compared:
        (a, a_present), (b, b_present) = (_numbers(field, rows) for field in self._fields)
        return _signs(a, b), _both(a_present, b_present)

    def _of_addresses(self, rows: SegmentRows) -> Compared:
        codes = [_codes(field, rows) for field in self._fields]
        (high, low), (other_high, other_low) = (
            (halves[0][each], halves[1][each]) for halves, each in zip(self._halves, codes, strict=True)
        )
        signs = np.where(high == other_high, _signs(low, other_low), _signs(high, other_high))
        return signs, (codes[0] != 0) & (codes[1] != 0)

    @cached_property
    def _halves(self) -> list[list[NDArray[np.uint64]]]:
        """For each field the high and the low 64 bits of the address of each code; anything for code 0."""
        found = []
        for field in self._fields:
            dictionary = _dictionary(self._segment, field)
            assert isinstance(dictionary, AddressDictionary)
            halves = dictionary.at(np.arange(len(dictionary)))
            found.append([np.concatenate((np.zeros(1, np.uint64), half)) for half in halves])
        return found

    def _of_texts(self, rows: SegmentRows) -> Compared:
        assert self._leaf.relation in (Relation.EQUAL, Relation.NOT_EQUAL), "texts have no order"
        if any(field.is_virtual for field in self._fields):
            texts = [self._text(field, rows) for field in self._fields]
            present = np.asarray(pc.and_(texts[0].is_valid(), texts[1].is_valid()))
            is_other = pc.fill_null(pc.not_equal(texts[0], texts[1]), True)  # noqa: FBT003 - Arrow's signature
            return np.asarray(is_other).astype(np.int8), present
        places = [table[_codes(f, rows)] for f, table in zip(self._fields, self._shared, strict=True)]
        return (places[0] != places[1]).astype(np.int8), (places[0] >= 0) & (places[1] >= 0)

    def _text(self, field: Field, rows: SegmentRows) -> pa.StringArray:
        if field.is_virtual:
            return pc.ascii_lower(self._texts.of(field.name, rows))
        dictionary, codes = _dictionary(self._segment, field), _codes(field, rows)
        assert isinstance(dictionary, TextDictionary)
        return dictionary.lowered.take(pa.array(codes.astype(np.int64) - 1, mask=codes == 0))

    @cached_property
    def _shared(self) -> list[NDArray[np.int32]]:
        """For each field and code a number that is the same for texts that are equal but for letter case.

        -1 for code 0.
        """
        dictionaries = [_dictionary(self._segment, field) for field in self._fields]
        lowered = [each.lowered for each in dictionaries if isinstance(each, TextDictionary)]
        numbers = pa.concat_arrays(lowered).dictionary_encode().indices.to_numpy()
        parts = np.split(numbers, [len(lowered[0])])
        return [np.concatenate((np.array([-1], np.int32), part)) for part in parts]


def _numbers(field: Field, rows: SegmentRows) -> Numbers:
    if field.kind is Kind.DURATION:
        return durations(rows)
    if not field.kind.is_dictionary:
        return rows.numbers(field.name)
    codes = _codes(field, rows)
    dictionary = _dictionary(rows.segment, field)
    assert isinstance(dictionary, IntegerDictionary)
    return np.concatenate(([0], dictionary.numbers))[codes], codes != 0


def _codes(field: Field, rows: SegmentRows) -> NDArray[Any]:
    codes = rows.codes(field.name)
    assert codes is not None, field
    return codes


def _dictionary(segment: Segment, field: Field) -> Any:
    column = segment.dictionary_column(field.name)
    assert column is not None, field
    return column.dictionary


def _signs(a: NDArray[Any], b: NDArray[Any]) -> Signs:
    return (a > b).astype(np.int8) - (a < b).astype(np.int8)


def _both(a: NDArray[np.bool_] | None, b: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
    if a is None or b is None:
        return a if b is None else b
    return a & b
