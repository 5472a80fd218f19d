"""Groups of one segment, or merged ones: their codes, and what their measures are made of.

Owns grouping by composite codes, the exact reductions by group, and the merging of groups of several
segments. Everything is integers; sums that might pass 62 bits go on as Python's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.execution.context import Check, unchecked
from flowql.execution.kernels.histogram import Histogram
from flowql.execution.kernels.percentiles import Run
from flowql.execution.kernels.radix import distinct_integers, sorted_integers
from flowql.plan.predicates import Predicate
from flowql.store.sums import PackedSums, Sums
from flowql.values import INT64_MAX

Codes: TypeAlias = NDArray[np.int64]

DENSE_MAX = 1 << 22
"""Composite codes below this are counted in an array, more of them are sorted."""
_DENSE_SHARE = 2  # arrays of counts are worth it as long as they are not much longer than the rows are many
_DENSE_ROWS = 1 << 10
_SUMMED_ROWS = 1 << 14  # doubles added up before what rounding lost is taken account of
_ROW_BITS = 24


@dataclass(frozen=True, slots=True)
class Of:
    """What a measure is made of: a column (rows, if None), where a further condition holds."""

    column: str | None
    condition: Predicate | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """The first or the last row with a value of groups: where it stands, and the value, as number or code."""

    codes: Codes
    starts: NDArray[np.int64]
    ranks: NDArray[np.int64]
    sequences: NDArray[np.uint64]
    values: NDArray[np.int64]


@dataclass(slots=True)
class Partial:
    """Groups by ascending distinct composite codes, the rows of each, and the parts of the measures.

    `parts` are arrays beside `codes`: "present" counts rows with a value, "sum" adds them, "min" and "max"
    compare them as numbers or as codes (undefined where "present" is 0). `pairs` are the distinct (composite
    code, value's code) of present values, `runs` the values by group, `edges` the first or last rows. Merged
    groups have `percentiles` beside `codes`.
    """

    codes: Codes
    rows: NDArray[np.int64]
    parts: dict[tuple[str, Of], NDArray[Any]] = field(default_factory=dict)
    pairs: dict[Of, tuple[Codes, Codes]] = field(default_factory=dict)
    runs: dict[Of, tuple[Run | Histogram, ...]] = field(default_factory=dict)
    edges: dict[tuple[str, Of], Edge] = field(default_factory=dict)
    percentiles: dict[tuple[int, Of], NDArray[np.int64]] = field(default_factory=dict)

    def held(self) -> "Partial":
        """The groups that some row is in."""
        held_count = int(np.count_nonzero(self.rows))
        if held_count == len(self.rows):
            return self
        if held_count == len(self.rows) - 1 and not self.rows[0]:  # as where no row misses the key
            return self._with(lambda part: part[1:])
        held = np.flatnonzero(self.rows)
        return self._with(lambda part: part.take(held))

    def places_of(self, codes: Codes) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Which of some codes are here, and the place of each."""
        places = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        held = np.flatnonzero(self.codes[places] == codes)
        return held, places[held]

    def of_codes(self, codes: Codes) -> "Partial":
        """The groups with one of these codes, which ascend, of parts beside the codes alone."""
        _, places = self.places_of(codes)
        return self._with(lambda part: part.take(places))

    def _with(self, of_part: Callable[[NDArray[Any]], NDArray[Any]]) -> "Partial":
        parts = {key: of_part(part) for key, part in self.parts.items()}
        return Partial(of_part(self.codes), of_part(self.rows), parts, self.pairs, self.runs, self.edges)

    def recoded(self, code_of: Callable[[Codes], Codes]) -> "Partial":
        """The same groups by other codes, which ascend as these do."""
        return Partial(
            code_of(self.codes),
            self.rows,
            self.parts,
            {of: (code_of(codes), values) for of, (codes, values) in self.pairs.items()},
            {
                of: tuple(replace(run, codes=code_of(run.codes)) for run in runs)
                for of, runs in self.runs.items()
            },
            {key: replace(edge, codes=code_of(edge.codes)) for key, edge in self.edges.items()},
        )


def is_dense(space_size: int, row_count: int) -> bool:
    """Whether an array with a place for each of so many codes is worth it for so many rows."""
    return space_size <= min(DENSE_MAX, _DENSE_SHARE * max(row_count, _DENSE_ROWS))


def factorize(composite: Codes, check: Check = unchecked) -> tuple[Codes, NDArray[np.intp]]:
    """Ascending distinct codes, and for each row the place of its code among them."""
    space_size = int(composite.max()) + 1 if len(composite) else 1
    if space_size < 1 << (63 - _ROW_BITS) and len(composite) < 1 << _ROW_BITS:
        # One sort of packed (code, row) keys is several times faster than an argsort.
        packed = (composite << _ROW_BITS) | np.arange(len(composite))
        packed = sorted_integers(packed, check)
        order = packed & ((1 << _ROW_BITS) - 1)
        ordered = packed >> _ROW_BITS
        is_new = np.ones(len(ordered), bool)
        is_new[1:] = ordered[1:] != ordered[:-1]
        groups = np.empty(len(ordered), np.intp)
        groups[order] = np.cumsum(is_new) - 1
        return ordered.compress(is_new), groups
    # A hash of wide codes is faster than sorting them with their places.
    encoded = pa.array(composite).dictionary_encode()
    distinct = encoded.dictionary.to_numpy()
    order = np.argsort(distinct)
    places = np.empty(len(order), np.intp)
    places[order] = np.arange(len(order))
    return distinct[order], places[encoded.indices.to_numpy()]


class SumsMaker:
    """Makes the sum of the values of each group, of rows that are given a few at a time.

    Exactly but for sums of doubles: int64, or Python's integers (dtype object) where one might reach SUM_MAX.
    """

    def __init__(self, group_count: int) -> None:
        self._whole, self._packed = Sums(group_count), PackedSums(group_count)
        self._further: NDArray[Any] | None = None  # doubles, or what is too much for int64

    def add_counting(self, groups: NDArray[np.intp], values: NDArray[Any]) -> bool:
        """Take account of some more rows and count them, if that is done at once; False: nothing is done."""
        return values.dtype == np.int64 and self._packed.add(groups, values)

    def add(self, groups: NDArray[np.intp], values: NDArray[Any]) -> None:
        """Take account of some more rows."""
        if values.dtype == np.int64 and self._whole.add(groups, values):
            return
        more = _widened_sums if values.dtype != np.float64 else _sums_of_reals
        sums = more(groups, values, len(self._whole.by_code))
        self._further = sums if self._further is None else self._further + sums

    def sums(self) -> NDArray[Any]:
        """The sums so far."""
        whole = self._whole.by_code + self._packed.by_code
        return whole if self._further is None else np.asarray(whole + self._further)

    def counts(self) -> NDArray[np.int64]:
        """How many of the rows so far, which were counted, are in each group."""
        return self._packed.counts


def _widened_sums(groups: NDArray[np.intp], values: NDArray[Any], group_count: int) -> NDArray[Any]:
    widened = np.zeros(group_count, object)
    np.add.at(widened, groups, values.astype(object))
    return widened


def _sums_of_reals(
    groups: NDArray[np.intp], values: NDArray[np.float64], group_count: int
) -> NDArray[np.float64]:
    """The sums of blocks, added up with what rounding lost."""
    total, lost = np.zeros(group_count), np.zeros(group_count)
    step = max(_SUMMED_ROWS, group_count)
    with np.errstate(all="ignore"):  # what is not finite is missing in the end
        for first in range(0, len(values), step):
            part = np.bincount(groups[first : first + step], values[first : first + step], group_count)
            both = total + part
            lost += np.where(np.abs(total) >= np.abs(part), (total - both) + part, (part - both) + total)
            total = both
        return total + lost


def extremes_by_group(
    what: str, values: NDArray[Any], groups: NDArray[np.intp], group_count: int
) -> NDArray[Any]:
    """The least ("min") or the greatest ("max") of the values of each group."""
    pick = np.minimum if what == "min" else np.maximum
    out = np.full(group_count, _worst(what, values.dtype), values.dtype)
    pick.at(out, groups, values)
    return out


def _worst(what: str, dtype: np.dtype[Any]) -> Any:
    """What every number of the dtype comes before, as an extreme."""
    if dtype == np.float64:
        return np.inf if what == "min" else -np.inf
    bounds = np.iinfo(np.int64)
    return bounds.max if what == "min" else bounds.min


class PairsMaker:
    """Makes the distinct (place of the group, value's code) of rows that are given a few at a time."""

    def __init__(self, group_count: int, value_count: int, check: Check = unchecked) -> None:
        self._check = check
        size = group_count * value_count
        self._width = value_count
        self._dtype = np.dtype(np.uint32 if size <= 1 << 32 else np.int64)
        self._table = np.zeros(size, bool) if size <= DENSE_MAX else None
        self._packed: list[NDArray[Any]] = [np.empty(0, self._dtype)]

    def add(self, groups: NDArray[np.intp], values: NDArray[Any]) -> None:
        """Take account of some more rows; those of value 0 have none."""
        packed = (groups * self._width + values).compress(values != 0)
        if self._table is not None:
            self._table[packed] = True
        else:
            self._packed.append(packed.astype(self._dtype))

    def pairs(self) -> tuple[NDArray[np.intp], Codes]:
        """The distinct pairs, ascending."""
        if self._table is not None:
            packed: NDArray[Any] = np.flatnonzero(self._table)
        else:
            packed = distinct_integers(np.concatenate(self._packed), self._check).astype(np.int64)
        return np.divmod(packed, self._width)


def merge(partials: Sequence[Partial], check: Check = unchecked) -> Partial:
    """The groups of all segments; the check is asked between their parts."""
    partials = [partial for partial in partials if len(partial.codes)]
    if not partials:
        return Partial(np.empty(0, np.int64), np.empty(0, np.int64))
    if len(partials) == 1:
        return partials[0]
    codes, places = _united([partial.codes for partial in partials])
    rows = _combined("sum", [partial.rows for partial in partials], places, len(codes))
    parts = {}
    # Totals give more parts than were asked for: a part counts when every segment gave it.
    for what, of in sorted(set.intersection(*(set(partial.parts) for partial in partials)), key=str):
        values = [partial.parts[what, of] for partial in partials]
        chosen = places
        if what in ("min", "max"):
            held = [partial.parts["present", of] > 0 for partial in partials]
            values = [part[known] for part, known in zip(values, held, strict=True)]
            chosen = [part[known] for part, known in zip(places, held, strict=True)]
        check()
        parts[what, of] = _combined(what, values, chosen, len(codes))
    pairs = {
        of: _merged_pairs([partial.pairs[of] for partial in partials], check) for of in partials[0].pairs
    }
    runs = {of: tuple(run for partial in partials for run in partial.runs[of]) for of in partials[0].runs}
    edges = {key: merged_edges(key[0], [p.edges[key] for p in partials]) for key in partials[0].edges}
    return Partial(codes, rows, parts, pairs, runs, edges)


def _united(codes: Sequence[Codes]) -> tuple[Codes, list[NDArray[np.intp]]]:
    """The distinct codes of several ascending arrays, ascending, and where each array's stand among them."""
    last = max(int(each[-1]) for each in codes)
    if last < DENSE_MAX:
        places = np.zeros(last + 1, np.intp)
        for each in codes:
            places[each] = 1
        united = np.flatnonzero(places)
        places[united] = np.arange(len(united))
        return united, [places[each] for each in codes]
    united = np.sort(np.concatenate(codes))
    united = united.compress(np.concatenate(([True], united[1:] != united[:-1])))
    return united, [np.searchsorted(united, each) for each in codes]


def _combined(
    what: str, values: Sequence[NDArray[Any]], places: Sequence[NDArray[np.intp]], count: int
) -> NDArray[Any]:
    """The sums, or the least or greatest, of values at places; no array has a place twice."""
    dtype = np.result_type(*(each.dtype for each in values))
    if what in ("min", "max"):
        out = np.full(count, _worst(what, dtype), dtype)
        pick = np.minimum if what == "min" else np.maximum
        for part, place in zip(values, places, strict=True):
            out[place] = pick(out[place], part)
        return out
    if dtype == np.int64 and sum(int(np.abs(each).max()) for each in values if len(each)) > INT64_MAX:
        dtype = np.dtype(object)
    out = np.zeros(count, dtype)
    for part, place in zip(values, places, strict=True):
        out[place] += part.astype(dtype, copy=False)
    return out


def _merged_pairs(pairs: Sequence[tuple[Codes, Codes]], check: Check) -> tuple[Codes, Codes]:
    """The distinct pairs of all, ascending."""
    codes, values = (np.concatenate(each) for each in zip(*pairs, strict=True))
    if not len(codes):
        return codes, values
    width = int(values.max()) + 1
    if int(codes.max()) >= INT64_MAX // width:
        order = np.lexsort((values, codes))
        codes, values = codes[order], values[order]
        is_new = np.ones(len(codes), bool)
        is_new[1:] = (codes[1:] != codes[:-1]) | (values[1:] != values[:-1])
        return codes.compress(is_new), values.compress(is_new)
    check()
    return np.divmod(distinct_integers(codes * width + values, check), width)


def merged_edges(function: str, edges: Sequence[Edge]) -> Edge:
    """The first, or the last, row of each group in all segments."""
    codes, starts, ranks, sequences, values = (
        np.concatenate([getattr(edge, name) for edge in edges])
        for name in ("codes", "starts", "ranks", "sequences", "values")
    )
    order = np.lexsort((sequences, ranks, starts, codes))
    ordered = codes[order]
    is_edge = np.ones(len(order), bool)
    if function == "first":
        is_edge[1:] = ordered[1:] != ordered[:-1]
    else:
        is_edge[:-1] = ordered[1:] != ordered[:-1]
    chosen = order.compress(is_edge)
    return Edge(codes[chosen], starts[chosen], ranks[chosen], sequences[chosen], values[chosen])
