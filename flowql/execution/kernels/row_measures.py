"""The parts of measures: what counts, sums, percentiles and the like of one segment's rows are made of.

Owns the reading of arguments and the conditions of measures. How parts become columns is in `measures`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flowql.execution.expression_numbers import Numbers
from flowql.execution.kernels.histogram import Bins, Histogram, make_histogram
from flowql.execution.kernels.keyspace import KeySpace, SidesSpace
from flowql.execution.kernels.matched import MatchedRows
from flowql.execution.kernels.partial import Codes, Edge, Of, Partial, distinct_pairs, reduce_by_group
from flowql.execution.kernels.percentiles import Run, make_run
from flowql.execution.kernels.reals import ranks_of_reals
from flowql.plan.logical import Column, Measure
from flowql.plan.predicates import Predicate
from flowql.plan.reads import BY_START

_START = "start"
BY_DISTINCT = ("dc", "values")


def of_measure(measure: Measure) -> Of:
    """What the measure is made of."""
    return Of(measure.argument.name if measure.argument else None, measure.condition)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Rows with a value, where a condition holds: their places (None: all rows), groups and values."""

    places: NDArray[np.int64] | None
    groups: NDArray[np.intp]
    values: NDArray[Any]


@dataclass(slots=True)
class RowMeasures:
    """The measures of some rows, by group; `groups` are the places of the rows' groups in `partial`.

    `spaces` have the codes of arguments that are read as such, `bins` those of percentiles; `rank` is the
    place of the segment's topic among all.
    """

    rows: MatchedRows
    groups: NDArray[np.intp]
    spaces: Mapping[str, KeySpace]
    bins: Mapping[str, Bins]
    rank: int
    partial: Partial
    _where: dict[Predicate, NDArray[np.int64]] = field(init=False, default_factory=dict)
    _kept: dict[str, tuple[Numbers, NDArray[np.int64]]] = field(init=False, default_factory=dict)

    def add(self, measure: Measure) -> None:
        """Put what the measure needs into `partial`, unless another measure did."""
        of = of_measure(measure)
        if measure.argument is None:
            if measure.condition is not None and ("present", of) not in self.partial.parts:
                self.partial.parts["present", of] = self._counts(self.groups[self._places(measure.condition)])
        elif measure.function in BY_DISTINCT:
            if of not in self.partial.pairs:
                self.partial.pairs[of] = self._pairs(measure.argument, measure.condition)
        else:
            self._add_values(measure, measure.argument, of)

    def _add_values(self, measure: Measure, column: Column, of: Of) -> None:
        partial = self.partial
        if measure.percent is not None and of not in partial.runs:
            partial.runs[of] = (self._run(column, of),)
        if ("present", of) not in partial.parts:
            partial.parts["present", of] = self._present_counts(column, of)
        if measure.percent is not None:
            return
        if measure.function in BY_START:
            partial.edges[measure.function, of] = self._edge(measure.function, self._chosen(column, of))
        elif measure.function in ("sum", "avg"):
            if ("sum", of) not in partial.parts:
                partial.parts["sum", of] = self._sums(column, of)
        elif measure.function != "count" and (measure.function, of) not in partial.parts:
            chosen = self._chosen(column, of)
            extremes = reduce_by_group(measure.function, chosen.values, chosen.groups, len(partial.codes))
            partial.parts[measure.function, of] = extremes

    # ---- which rows

    def _places(self, condition: Predicate) -> NDArray[np.int64]:
        """The places of the rows for which a condition holds."""
        if condition not in self._where:
            self._where[condition] = self.rows.places_where(condition)
        return self._where[condition]

    def _read(self, column: Column) -> tuple[Numbers, NDArray[np.int64]]:
        """The column's values, or codes, and the places of the rows that miss it; read once."""
        if column.name not in self._kept:
            self._kept[column.name] = self._read_first(column)
        return self._kept[column.name]

    def _read_first(self, column: Column) -> tuple[Numbers, NDArray[np.int64]]:
        if column.kind.is_dictionary:
            values: Numbers = self.spaces[column.name].codes_of(self.rows)
            absent = np.flatnonzero(values == 0)
        else:
            values, present = self.rows.numbers_of(column)
            absent = np.empty(0, np.int64) if present is None else np.flatnonzero(~present)
        return values, absent

    def _chosen(self, column: Column, of: Of) -> _Chosen:
        values, absent = self._read(column)
        if of.condition is None and not len(absent):
            return _Chosen(None, self.groups, values)
        holds = np.ones(self.rows.count, bool)
        if of.condition is not None:
            holds[:] = False
            holds[self._places(of.condition)] = True
        holds[absent] = False
        places = np.flatnonzero(holds)
        return _Chosen(places, self.groups[places], values[places])

    def _counts(self, groups: NDArray[np.intp]) -> NDArray[np.int64]:
        return np.bincount(groups, minlength=len(self.partial.codes))

    # ---- the parts

    def _present_counts(self, column: Column, of: Of) -> NDArray[np.int64]:
        known = self.partial.runs.get(of, ())
        if known and isinstance(known[0], Histogram):
            return known[0].present
        if of.condition is not None:
            return self._counts(self._chosen(column, of).groups)
        _, absent = self._read(column)
        return self.partial.rows - self._counts(self.groups[absent])

    def _sums(self, column: Column, of: Of) -> NDArray[Any]:
        if of.condition is not None:
            chosen = self._chosen(column, of)
            return reduce_by_group("sum", chosen.values, chosen.groups, len(self.partial.codes))
        # A missing value reads as 0, which adds nothing.
        values, _ = self._read(column)
        return reduce_by_group("sum", values, self.groups, len(self.partial.codes))

    def _run(self, column: Column, of: Of) -> Run | Histogram:
        """The values by group, for percentiles."""
        bins, codes = self.bins.get(column.name), self.partial.codes
        if bins is None:
            chosen = self._chosen(column, of)
            values = chosen.values
            ranks = ranks_of_reals(values) if values.dtype == np.float64 else values
            return make_run(codes, chosen.groups, ranks)
        groups, rows = self.groups, self.rows
        if of.condition is not None:
            places = self._places(of.condition)
            groups, rows = groups[places], rows.chosen(places)

        def read(first: int, after: int) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
            return rows.part(first, after).ranked(column)

        def values_at(places: NDArray[np.int64]) -> NDArray[np.int64]:
            return rows.chosen(places).ranked(column)[0]

        return make_histogram(codes, groups, bins, read, values_at)

    def _pairs(self, column: Column, condition: Predicate | None) -> tuple[Codes, Codes]:
        space = self.spaces[column.name]
        several: tuple[Codes, ...] = (
            space.both(self.rows) if isinstance(space, SidesSpace) else (space.codes_of(self.rows),)
        )
        groups = self.groups
        if condition is not None:
            places = self._places(condition)
            groups, several = groups[places], tuple(codes[places] for codes in several)
        codes = several[0]
        if len(several) > 1:
            groups, codes = np.concatenate([groups] * len(several)), np.concatenate(several)
        return distinct_pairs(self.partial.codes, groups, codes, space.code_count)

    def _edge(self, function: str, chosen: _Chosen) -> Edge:
        """The first or last row of each group; rows are in the order of start, then sequence number."""
        rows, segment = self.rows.row_numbers(), self.rows.segment
        if chosen.places is not None:
            rows = rows[chosen.places]
        # Rows without a start come first.
        known = np.arange(np.searchsorted(rows, segment.start_missing), len(rows))
        edges = np.full(len(self.partial.codes), -1, np.int64)
        ordered = known[::-1] if function == "first" else known
        edges[chosen.groups[ordered]] = ordered  # of several, the last one is kept
        held = np.flatnonzero(edges >= 0)
        places = edges[held]
        column = segment.number_column(_START)
        starts = np.zeros(0, np.int64) if column is None else column.at(rows[places])[0]
        sequences = segment.provenance.sequences_at(rows[places])
        ranks = np.full(len(held), self.rank)
        return Edge(self.partial.codes[held], starts, ranks, sequences, chosen.values[places])
