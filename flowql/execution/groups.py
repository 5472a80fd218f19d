"""Groups over codes: the kernel behind stats and top.

Owns grouping inside a segment and merging between segments, in integers only. Several keys are one composite
code, the first key the most significant. Each segment gives partial groups; partials are merged exactly. A
segment that is read whole, for one dictionary key and counts and sums of the fields that have totals, is
answered without reading a row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.errors import LimitError
from flowql.execution.context import Context
from flowql.execution.dictionaries import SnapshotDictionaries
from flowql.execution.keyspace import MatchedRows, key_space
from flowql.execution.materialize import ARROW_TYPES
from flowql.execution.select import SegmentSearch
from flowql.execution.tables import SUM_MAX
from flowql.plan.logical import Column, Measure
from flowql.plan.predicates import Everything
from flowql.schema import Kind
from flowql.store.columns import TOTAL_FIELDS, sum_by_code

Codes: TypeAlias = NDArray[np.int64]

COMPOSITE_MAX = 1 << 62
"""Composite codes stay below this; more keys than fit are grouped as a table."""
_DENSE_MAX = 1 << 22  # composite codes below this are counted in an array, more of them are sorted
_ROW_BITS = 24


@dataclass(frozen=True, slots=True)
class Partial:
    """Groups of one segment, or merged ones.

    Ascending distinct composite codes, the rows of each, and the parts of the measures.

    A part is keyed by (what, column): "present" counts present values, "sum" adds them, "min" and "max"
    compare them as numbers or, for dictionary columns, as global codes (undefined where "present" is 0).
    `pairs` hold, for each column of a dc, the distinct (composite code, global code) of its present values.
    """

    codes: Codes
    rows: NDArray[np.int64]
    parts: dict[tuple[str, str], NDArray[np.int64]]
    pairs: dict[str, tuple[Codes, Codes]]


class Grouping:
    """The groups of the rows that searches match, by keys."""

    def __init__(
        self,
        searches: Sequence[SegmentSearch],
        keys: Sequence[Column],
        measures: Sequence[Measure],
        dictionaries: SnapshotDictionaries,
        context: Context,
    ) -> None:
        self._measures = tuple(measures)
        self._keys = tuple(key_space(key, searches, dictionaries, context) for key in keys)
        arguments = {
            m.argument
            for m in measures
            if m.argument and (m.function == "dc" or m.argument.kind.is_dictionary)
        }
        self._spaces = {
            column.name: key_space(column, searches, dictionaries, context) for column in arguments
        }
        self._searches = searches
        self._context = context

    @property
    def fits(self) -> bool:
        """Whether composite codes of the keys, and of the keys and a dc's column, fit into a word."""
        counts = [space.code_count for space in self._keys]
        widest = max((space.code_count for space in self._spaces.values()), default=1)
        return reduce(lambda a, b: a * b, counts, widest) < COMPOSITE_MAX

    def run(self) -> Partial:
        """Group every segment and merge."""
        assert self.fits
        searches = self._searches
        row_count = sum(search.count() for search in searches)
        partials = self._context.map(
            lambda place: self._segment(searches[place], place), range(len(searches)), row_count
        )
        return _merge([partial for partial in partials if len(partial.codes)])

    def table(self, merged: Partial) -> dict[str, pa.Array]:
        """Keys and measures as columns, ascending by keys, missing ones last.

        One row without keys even if nothing matched.
        """
        if not self._keys and not len(merged.codes):
            merged = _nothing()
        codes = self._split(merged.codes)
        # A missing key's code is 0; its place is last.
        order = (
            np.lexsort([np.where(part == 0, np.iinfo(np.int64).max, part) for part in reversed(codes)])
            if codes
            else np.arange(1)
        )
        columns = {
            space.column.name: space.values(part[order])
            for space, part in zip(self._keys, codes, strict=True)
        }
        places = pa.array(order)
        return columns | {m.output.name: self.measure(m, merged).take(places) for m in self._measures}

    def top(self, merged: Partial, row_count: int) -> dict[str, pa.Array]:
        """The one key's groups with the greatest measure, ties by key, with `share`."""
        (measure,) = self._measures
        weights, known = self._weights(measure, merged)
        keys = np.where(merged.codes == 0, np.iinfo(np.int64).max, merged.codes)
        chosen = np.arange(len(keys))
        if len(keys) > row_count > 0:
            least = np.partition(weights, len(keys) - row_count)[len(keys) - row_count]
            chosen = np.flatnonzero(weights >= least)
        order = chosen[np.lexsort((keys[chosen], -weights[chosen], ~known[chosen]))][:row_count]
        values = self.measure(measure, merged)
        return {
            self._keys[0].column.name: self._keys[0].values(merged.codes[order]),
            measure.output.name: values.take(pa.array(order)),
            "share": _shares(weights, known, order, measure),
        }

    def measure(self, measure: Measure, merged: Partial) -> pa.Array:
        """The measure of every group, in the groups' order."""
        if measure.function == "dc":
            assert measure.argument is not None
            return pa.array(_distinct_counts(merged, measure.argument.name))
        if measure.argument is None:
            return pa.array(merged.rows)
        name = measure.argument.name
        present = merged.parts["present", name]
        match measure.function:
            case "count":
                return pa.array(present)
            case "sum":
                return pa.array(merged.parts["sum", name], mask=present == 0)
            case "avg":
                return pa.array(merged.parts["sum", name] / np.maximum(present, 1), mask=present == 0)
            case "min" | "max":
                extremes = merged.parts[measure.function, name]
                if measure.argument.kind.is_dictionary:
                    return self._spaces[name].values(np.where(present == 0, 0, extremes))
                return pa.array(extremes, mask=present == 0)
            case _:
                raise AssertionError(measure)

    def _weights(self, measure: Measure, merged: Partial) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """The measure as numbers to compare groups by, and where it is not missing."""
        if measure.argument and measure.argument.kind.is_dictionary and measure.function in ("min", "max"):
            codes = merged.parts[measure.function, measure.argument.name]
            known = merged.parts["present", measure.argument.name] > 0
            return np.where(known, codes, -1), known
        values = self.measure(measure, merged)
        known = np.asarray(values.is_valid())
        return np.asarray(values.fill_null(-1)), known

    def _split(self, codes: Codes) -> list[Codes]:
        parts: list[Codes] = []
        for space in reversed(self._keys):
            parts.append(codes % space.code_count)
            codes = codes // space.code_count
        return parts[::-1]

    # ---- one segment

    def _segment(self, search: SegmentSearch, place: int) -> Partial:
        totals = self._from_totals(search, place)
        if totals is not None:
            return totals
        rows = MatchedRows(search, place)
        composite = self._keys[0].codes_of(rows) if self._keys else np.zeros(rows.count, np.int64)
        for space in self._keys[1:]:
            composite *= space.code_count
            composite += space.codes_of(rows)
        space_size = reduce(lambda a, b: a * b, (space.code_count for space in self._keys), 1)
        codes, groups = _factorize(composite, space_size)
        counts = np.bincount(groups, minlength=len(codes))
        parts: dict[tuple[str, str], NDArray[np.int64]] = {}
        pairs: dict[str, tuple[Codes, Codes]] = {}
        for measure in self._measures:
            self._add_parts(measure, rows, codes, groups, parts, pairs)
        return _held_groups(Partial(codes, counts, parts, pairs))

    def _add_parts(
        self,
        measure: Measure,
        rows: MatchedRows,
        codes: Codes,
        groups: NDArray[np.intp],
        parts: dict[tuple[str, str], NDArray[np.int64]],
        pairs: dict[str, tuple[Codes, Codes]],
    ) -> None:
        """Work out what the measure needs, unless another measure needed it before."""
        if measure.argument is None:
            return
        name, group_count = measure.argument.name, len(codes)
        if measure.function == "dc":
            if name not in pairs:
                space = self._spaces[name]
                pairs[name] = _pairs(codes, groups, space.codes_of(rows), space.code_count)
            return
        if measure.argument.kind.is_dictionary:
            values = self._spaces[name].codes_of(rows)
            present: NDArray[np.bool_] | None = values != 0
        else:
            values, present = rows.numbers(name)
        if present is not None and present.all():
            present = None
        if present is not None:
            values, groups = values[present], groups[present]
        if ("present", name) not in parts:
            parts["present", name] = np.bincount(groups, minlength=group_count)
        what = "sum" if measure.function == "avg" else measure.function
        if what != "count" and (what, name) not in parts:
            parts[what, name] = _reduce_by_group(what, values, groups, group_count)

    def _from_totals(self, search: SegmentSearch, place: int) -> Partial | None:
        """The segment's groups from counts and sums that it keeps, if they answer every measure."""
        scan = search.scan
        is_whole = scan.predicate == Everything() and scan.start == 0 and scan.stop == scan.segment.row_count
        if not is_whole or len(self._keys) != 1 or not self._keys[0].dictionary:
            return None
        if any(
            m.argument and (m.function not in ("sum", "avg", "count") or m.argument.name not in TOTAL_FIELDS)
            for m in self._measures
        ):
            return None
        column = scan.segment.dictionary_column(self._keys[0].column.name)
        if column is None:
            return None
        counts = column.counts()
        held = np.flatnonzero(counts)
        parts: dict[tuple[str, str], NDArray[np.int64]] = {}
        for name in {m.argument.name for m in self._measures if m.argument}:
            numbers, sums = scan.segment.number_column(name), column.sums(name)
            if numbers is None or sums is None or sums.max() >= SUM_MAX:
                return None
            missing = np.bincount(column.codes_at(numbers.missing_rows), minlength=column.code_count)
            parts["present", name] = (counts - missing)[held]
            parts["sum", name] = sums[held].astype(np.int64)
        remap = self._keys[0].dictionary.remaps[place]
        return Partial(remap[held].astype(np.int64), counts[held], parts, {})


def _held_groups(partial: Partial) -> Partial:
    """The groups that some row is in."""
    held = np.flatnonzero(partial.rows)
    if len(held) == len(partial.rows):
        return partial
    parts = {key: part[held] for key, part in partial.parts.items()}
    return Partial(partial.codes[held], partial.rows[held], parts, partial.pairs)


def _factorize(composite: Codes, space_size: int) -> tuple[Codes, NDArray[np.intp]]:
    """Ascending distinct codes, and for each row the place of its code among them.

    Of a small space every code is given, whether a row has it or not: the codes are their own places.
    """
    if space_size <= _DENSE_MAX:
        return np.arange(space_size), composite
    if space_size < 1 << (63 - _ROW_BITS) and len(composite) < 1 << _ROW_BITS:
        # One sort of packed (code, row) keys is several times faster than an argsort.
        packed = (composite << _ROW_BITS) | np.arange(len(composite))
        packed.sort()
        order = packed & ((1 << _ROW_BITS) - 1)
        ordered = packed >> _ROW_BITS
    else:
        order = np.argsort(composite, kind="stable")
        ordered = composite[order]
    is_new = np.ones(len(ordered), bool)
    is_new[1:] = ordered[1:] != ordered[:-1]
    groups = np.empty(len(ordered), np.intp)
    groups[order] = np.cumsum(is_new) - 1
    return ordered[is_new], groups


def _reduce_by_group(
    what: str, values: NDArray[np.int64], groups: NDArray[np.intp], group_count: int
) -> NDArray[np.int64]:
    if what == "sum":
        sums = sum_by_code(groups, values, group_count)
        if sums is None or (len(sums) and sums.max() >= SUM_MAX):
            raise LimitError("sum_max", "a sum passes 2^62", hint="narrow the search")
        return sums.astype(np.int64)
    bounds = np.iinfo(np.int64)
    out = np.full(group_count, bounds.max if what == "min" else bounds.min, np.int64)
    (np.minimum if what == "min" else np.maximum).at(out, groups, values)
    return out


def _pairs(codes: Codes, groups: NDArray[np.intp], values: Codes, value_count: int) -> tuple[Codes, Codes]:
    """The distinct (code of the group, value's code) of present values."""
    packed = groups * value_count + values
    packed = packed[values != 0]
    packed.sort()
    if len(packed):
        packed = packed[np.concatenate(([True], packed[1:] != packed[:-1]))]
    return codes[packed // value_count], packed % value_count


def _merge(partials: list[Partial]) -> Partial:
    if not partials:
        return Partial(np.empty(0, np.int64), np.empty(0, np.int64), _EmptyParts(), _EmptyPairs())
    if len(partials) == 1:
        return partials[0]
    every = np.concatenate([partial.codes for partial in partials])
    codes, groups = _factorize(every, int(every.max()) + 1)
    rows = _reduce_by_group("sum", np.concatenate([partial.rows for partial in partials]), groups, len(codes))
    parts = {}
    # Totals give more parts than were asked for: a part counts when every segment gave it.
    shared = set.intersection(*(set(partial.parts) for partial in partials))
    for what, name in sorted(shared):
        values = np.concatenate([partial.parts[what, name] for partial in partials])
        present = np.concatenate([partial.parts["present", name] for partial in partials]) > 0
        reduction = "sum" if what == "present" else what
        parts[what, name] = _reduce_by_group(reduction, values[present], groups[present], len(codes))
    pairs = {}
    for name in partials[0].pairs:
        pairs[name] = (
            np.concatenate([partial.pairs[name][0] for partial in partials]),
            np.concatenate([partial.pairs[name][1] for partial in partials]),
        )
    return _held_groups(Partial(codes, rows, parts, pairs))


class _EmptyParts(dict[tuple[str, str], NDArray[np.int64]]):
    """The parts of no groups: an empty array for whatever is asked."""

    def __missing__(self, key: tuple[str, str]) -> NDArray[np.int64]:
        return np.empty(0, np.int64)


class _EmptyPairs(dict[str, tuple[Codes, Codes]]):
    """The pairs of no groups."""

    def __missing__(self, key: str) -> tuple[Codes, Codes]:
        return np.empty(0, np.int64), np.empty(0, np.int64)


class _ZeroParts(dict[tuple[str, str], NDArray[np.int64]]):
    """The parts of one group without rows."""

    def __missing__(self, key: tuple[str, str]) -> NDArray[np.int64]:
        return np.zeros(1, np.int64)


def _nothing() -> Partial:
    """The one group of a grouping without keys over no rows."""
    return Partial(np.zeros(1, np.int64), np.zeros(1, np.int64), _ZeroParts(), _EmptyPairs())


def _distinct_counts(merged: Partial, name: str) -> NDArray[np.int64]:
    codes, values = merged.pairs[name]
    if not len(codes):
        return np.zeros(len(merged.codes), np.int64)
    order = np.lexsort((values, codes))
    codes, values = codes[order], values[order]
    is_new = np.ones(len(codes), bool)
    is_new[1:] = (codes[1:] != codes[:-1]) | (values[1:] != values[:-1])
    places = np.searchsorted(merged.codes, codes[is_new])
    return np.bincount(places, minlength=len(merged.codes))


def _shares(
    weights: NDArray[Any], known: NDArray[np.bool_], order: NDArray[np.intp], measure: Measure
) -> pa.Array:
    """Each chosen group's part of the measure's sum over all groups; null where the measure has no sum."""
    total = weights[known].sum()
    if measure.output.kind not in (Kind.COUNT, Kind.REAL) or not total:
        return pa.nulls(len(order), ARROW_TYPES[Kind.REAL])
    return pa.array(weights[order] / total, mask=~known[order])
