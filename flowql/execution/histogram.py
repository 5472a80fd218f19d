"""Matched records by time: how many lie in each bucket, and with which value of a field.

Owns the choice of buckets and of the values that are told apart. Counts come from the row sets that the rows
come from, so that they add up to what matched; few rows are looked at, since rows stand in the order of their
starts and a bucket is a range of them (`kernels.bucket_counts`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.buckets import Bucket
from flowql.errors import UsageError
from flowql.execution.context import Context
from flowql.execution.dictionaries import SnapshotDictionaries, SnapshotDictionary
from flowql.execution.kernels.bucket_counts import cuts_of
from flowql.execution.kernels.grouping import Grouping
from flowql.execution.materialize import values_of_codes
from flowql.execution.printed import printed_array
from flowql.execution.select import SegmentSearch
from flowql.plan.logical import Column, Key, Measure
from flowql.schema import Field, Kind
from flowql.store.dictionary import one_code
from flowql.store.docset import Docset, RowRange, clip, count_between, intersect, rows_between, to_rows
from flowql.store.numbers import BLOCK_ROWS
from flowql.store.segment import START
from flowql.times import TIME_MAX
from flowql.values import DAY_NS, parse_duration
from flowql.zones import Zone

SERIES_MAX = 5
"""Values of the field that are told apart; what has others is counted together."""
OTHER = "other"
_WIDTHS = (
    *("1s", "2s", "5s", "10s", "15s", "30s", "1m", "2m", "5m", "10m", "15m", "30m"),
    *("1h", "2h", "3h", "6h", "12h", "1d", "2d", "1w", "2w", "4w", "12w", "52w", "520w", "5200w"),
)
"""Widths of buckets that people count in."""
_ROWS = Measure("count", None, Column("count", Kind.COUNT))
_FEW_ROWS = 1 << 13
"""Up to so many rows of a segment are looked at: reading the postings of values would take longer."""
_KEYED_VALUES = 8
"""Up to so many values are all counted by bucket; of more of them the most frequent are looked for first."""


@dataclass(frozen=True, slots=True)
class Series:
    """The records with one value of the field, bucket by bucket; the name None stands for missing."""

    name: str | None
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Histogram:
    """Matched records by buckets of `start`, the most frequent series first, then `other`, then missing.

    `bounds` are nanoseconds, ascending, one more than buckets: each holds `[bounds[i], bounds[i + 1])`. Empty
    where no record has a start. `untimed` records have none. All counts together are exactly what matched.
    """

    bounds: tuple[int, ...]
    series: tuple[Series, ...]
    untimed: int


@dataclass(frozen=True, slots=True)
class _Told:
    """The values of a field that are told apart: their codes in the snapshot, and all codes of segments."""

    field: Field
    codes: tuple[int, ...]
    names: tuple[str, ...]
    dictionary: SnapshotDictionary
    is_every_value: bool

    def codes_in(self, place: int) -> list[int]:
        """The codes that a segment, at its place among all, has for them; 0 for what it does not have."""
        remap = self.dictionary.remaps[place]
        found = [np.flatnonzero(remap == code) for code in self.codes]
        return [int(each[0]) if len(each) else 0 for each in found]


def histogram_of(
    searches: Sequence[SegmentSearch],
    field: Field | None,
    bucket_count_max: int,
    zone: Zone,
    dictionaries: SnapshotDictionaries,
    context: Context,
) -> Histogram | None:
    """The histogram of the rows that searches match, by a field's values; None where none match.

    A field that no row has (None) leaves one series. Buckets are as wide as people count time in, on the
    clock of the zone, from that of the first match to that of the last one; at most `bucket_count_max`.
    """
    if bucket_count_max < 1:
        raise UsageError(f"a histogram has 1 bucket or more, found {bucket_count_max}")
    if field is not None and not field.kind.is_dictionary:
        hint = "take a field of text, an address, a port or a protocol"
        raise UsageError(f"the values of {field.name} are not told apart by time", hint=hint)
    matched_count = sum(search.count() for search in searches)
    held = [search for search in searches if search.count()]
    if not held:
        return None
    spans = [span for span in context.map(_span, held, matched_count) if span is not None]
    bounds: tuple[int, ...] = ()
    if spans:
        low, high = min(first for first, _ in spans), max(last for _, last in spans)
        bounds = _bounds(low, high, bucket_count_max, zone)
    edges = np.array(bounds[:-1], np.int64)
    told = None if field is None else _told(held, field, dictionaries, context)

    def counts_of(place: int) -> NDArray[np.int64]:
        return _counts(held[place], edges, told, place)

    counts = sum(context.map(counts_of, range(len(held)), matched_count), np.zeros((1, 1), np.int64))
    return Histogram(bounds, _series(counts[:, 1:], told), int(counts[:, 0].sum()))


# ---- buckets


def _span(search: SegmentSearch) -> tuple[int, int] | None:
    """The first and the last start of the rows that a search matches, if any has one."""
    segment = search.scan.segment
    column, docset = segment.number_column(START), search.docset()
    if column is None:
        return None
    timed = clip(docset, segment.start_missing, segment.row_count)
    if not isinstance(timed, RowRange):
        cuts = np.append(np.arange(0, segment.row_count, BLOCK_ROWS), segment.row_count)
        blocks = np.flatnonzero(count_between(timed, cuts))
        if not len(blocks):
            return None
        first_rows, last_rows = (
            rows_between(timed, *cuts[each : each + 2].tolist()) for each in blocks[[0, -1]]
        )
        timed = RowRange(int(first_rows[0]), int(last_rows[-1]) + 1)
    if timed.start == timed.stop:
        return None
    first, last = column.at(np.array([timed.start, timed.stop - 1], np.uint32))[0].tolist()
    return first, last


def _bounds(low: int, high: int, bucket_count_max: int, zone: Zone) -> tuple[int, ...]:
    """The edges of the narrowest buckets of which few enough hold everything from `low` to `high`."""
    after = min(high + 1, TIME_MAX)
    buckets = (Bucket(parse_duration(width) or 0, zone) for width in _WIDTHS)
    chosen = next((each for each in buckets if each.edge_count(low, after) <= bucket_count_max), None)
    if chosen is None:
        return low, after
    edges = chosen.edges(low, after).tolist()
    for longer_by in (0, 2 * DAY_NS):  # where the clock changes a bucket may be longer, by a day at most
        soon = min(edges[-1] + chosen.width_ns + longer_by + 1, TIME_MAX)
        further = chosen.edges(edges[-1], soon).tolist()
        if len(further) > 1:
            return (*edges, further[1])
    return (*edges, TIME_MAX)


# ---- values


def _told(
    searches: Sequence[SegmentSearch], field: Field, dictionaries: SnapshotDictionaries, context: Context
) -> _Told:
    """The values that are counted: all where they are few, else those that most of the rows have."""
    segments = [search.scan.segment for search in searches]
    dictionary = dictionaries.get(field.name, field.kind, segments, context.check)
    is_every_value = dictionary.code_count - 1 <= _KEYED_VALUES
    if is_every_value:
        codes: NDArray[np.int64] = np.arange(1, dictionary.code_count)
    else:
        column = Column(field.name, field.kind)
        grouping = Grouping(searches, [Key(column, column)], [_ROWS], dictionaries, context)
        merged = grouping.run()
        held = merged.codes > 0
        order = np.lexsort((merged.codes[held], -merged.rows[held]))[:SERIES_MAX]
        codes = merged.codes[held][order]
    values = pa.nulls(0, pa.string())
    if dictionary.values is not None:
        values = printed_array(values_of_codes(dictionary.values, codes), field.kind)
    return _Told(field, tuple(codes.tolist()), tuple(values.to_pylist()), dictionary, is_every_value)


def _series(counts: NDArray[np.int64], told: _Told | None) -> tuple[Series, ...]:
    """Counts by value and bucket, the last two rows those of all other values and of missing ones."""
    if told is None:
        return (Series(None, tuple(counts.sum(axis=0).tolist())),) if counts.shape[1] else ()
    *values, other, missing = counts
    order = sorted(range(len(values)), key=lambda place: (-values[place].sum(), place))
    shown = order[:SERIES_MAX]
    other = other + sum(values[place] for place in order[SERIES_MAX:])
    series = [Series(told.names[place], tuple(values[place].tolist())) for place in shown]
    series += [Series(OTHER, tuple(other.tolist())), Series(None, tuple(missing.tolist()))]
    return tuple(each for each in series if any(each.counts))


# ---- counts


def _counts(
    search: SegmentSearch, edges: NDArray[np.int64], told: _Told | None, place: int
) -> NDArray[np.int64]:
    """Rows of a segment without a start, then by bucket: of each value, of all others, of none."""
    if search.count() <= _FEW_ROWS:
        return _looked_at(search, edges, told, place)
    segment, docset = search.scan.segment, search.docset()
    cuts = cuts_of(segment, edges)
    every = count_between(docset, cuts)
    nothing = np.zeros_like(every)
    column = None if told is None else segment.dictionary_column(told.field.name)
    if told is None:
        return every[None]
    if column is None:
        return np.array([*(nothing for _ in told.codes), nothing, every])

    def counted(rows: Docset) -> NDArray[np.int64]:
        search.context.check()
        return count_between(intersect(rows, docset), cuts)

    by_value = [counted(column.docset(one_code(code))) if code else nothing for code in told.codes_in(place)]
    left = every - sum(by_value, nothing)
    if column.present_count == column.row_count:
        missing = nothing
    elif told.is_every_value:
        missing = left
    else:
        missing = counted(column.scan(one_code(0), 0, column.row_count))
    return np.array([*by_value, left - missing, missing])


def _looked_at(
    search: SegmentSearch, edges: NDArray[np.int64], told: _Told | None, place: int
) -> NDArray[np.int64]:
    """As `_counts`, by looking at the rows."""
    segment, rows = search.scan.segment, to_rows(search.docset())
    column = segment.number_column(START)
    starts = np.zeros(len(rows), np.int64) if column is None else column.at(rows)[0]
    buckets = np.where(rows < segment.start_missing, 0, np.searchsorted(edges, starts, "right"))
    width = len(edges) + 1
    if told is None:
        return np.bincount(buckets, minlength=width)[None]
    values = np.full(len(rows), len(told.codes) + 1)
    held = segment.dictionary_column(told.field.name)
    if held is not None:
        codes = told.dictionary.remaps[place][held.codes_at(rows)]
        values[codes > 0] = len(told.codes)
        for row, code in enumerate(told.codes):
            values[codes == code] = row
    counts = np.bincount(values * width + buckets, minlength=width * (len(told.codes) + 2))
    return counts.reshape(-1, width)
