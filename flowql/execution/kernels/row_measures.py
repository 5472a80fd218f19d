"""The parts of measures: what counts, sums, percentiles and the like of one segment's groups are made of.

Owns the conditions of measures, and one maker for each kind of part, to which rows are given a few at a time.
How parts become columns is in `measures`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flowql.execution.context import Check
from flowql.execution.expression_numbers import Numbers
from flowql.execution.kernels.histogram import Bins, HistogramMaker, ValuesAt
from flowql.execution.kernels.keyspace import KeySpace, LocalCodes, SidesSpace
from flowql.execution.kernels.matched import MatchedRows
from flowql.execution.kernels.partial import (
    Codes,
    Edge,
    Of,
    PairsMaker,
    Partial,
    SumsMaker,
    extremes_by_group,
    merged_edges,
)
from flowql.execution.kernels.percentiles import make_run
from flowql.execution.kernels.reals import ranks_of_reals
from flowql.execution.select import SegmentSearch, narrowed
from flowql.plan.logical import Column, Measure
from flowql.plan.predicates import Predicate
from flowql.plan.reads import BY_START
from flowql.store.docset import Bits, to_bits

_START = "start"
BY_DISTINCT = ("dc", "values")
Groups = NDArray[np.intp]


def of_measure(measure: Measure) -> Of:
    """What the measure is made of."""
    return Of(measure.argument.name if measure.argument else None, measure.condition)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Rows with a value, where a condition holds: their places (None: all rows), groups and values."""

    places: NDArray[np.intp] | None
    groups: Groups
    values: NDArray[Any]


@dataclass(slots=True)
class _Part:
    """Some rows and their groups; what was read of them once is kept for the next maker."""

    rows: MatchedRows
    groups: Groups
    locals: Mapping[str, LocalCodes]
    conditions: Mapping[Predicate, Bits]
    are_counted: bool = False
    """Whether a maker has counted the rows of each group with what it made."""
    _where: dict[Predicate, NDArray[np.intp]] = field(init=False, default_factory=dict)
    _kept: dict[str, tuple[Numbers, NDArray[np.intp]]] = field(init=False, default_factory=dict)

    def places(self, condition: Predicate) -> NDArray[np.intp]:
        """The places of the rows for which a condition holds."""
        if condition not in self._where:
            self._where[condition] = self.rows.holding(self.conditions[condition])
        return self._where[condition]

    def read(self, column: Column) -> tuple[Numbers, NDArray[np.intp]]:
        """The column's values, or codes, and the places of the rows that miss it."""
        if column.name not in self._kept:
            self._kept[column.name] = self._read_first(column)
        return self._kept[column.name]

    def _read_first(self, column: Column) -> tuple[Numbers, NDArray[np.intp]]:
        if column.kind.is_dictionary:
            values: Numbers = self.locals[column.name].read(self.rows).astype(np.int64)
            return values, np.flatnonzero(values == 0)
        values, present = self.rows.numbers_of(column)
        return values, np.empty(0, np.intp) if present is None else np.flatnonzero(~present)

    def chosen(self, column: Column, condition: Predicate | None) -> _Chosen:
        """The rows with a value of the column, where a condition holds."""
        values, absent = self.read(column)
        if condition is None and not len(absent):
            return _Chosen(None, self.groups, values)
        holds = np.ones(self.rows.count, bool)
        if condition is not None:
            holds[:] = False
            holds[self.places(condition)] = True
        holds[absent] = False
        places = np.flatnonzero(holds)
        return _Chosen(places, self.groups[places], values[places])


class _Maker(ABC):
    """Makes one part of measures out of rows that are given a few at a time, ascending."""

    @abstractmethod
    def add(self, part: _Part) -> None:
        """Take account of some more rows."""

    @abstractmethod
    def finish(self, into: Partial) -> None:
        """Put the part into the groups that hold these rows."""


class _Counts(_Maker):
    """The rows with a value, or of no column, for which a condition holds."""

    def __init__(self, group_count: int, column: Column | None, of: Of) -> None:
        self._column, self._of = column, of
        self._counts = np.zeros(group_count, np.int64)
        self._is_absent = column is not None and of.condition is None

    def add(self, part: _Part) -> None:
        if self._column is None:
            assert self._of.condition is not None, self._of
            groups = part.groups[part.places(self._of.condition)]
        elif self._is_absent:
            groups = part.groups[part.read(self._column)[1]]
        else:
            groups = part.chosen(self._column, self._of.condition).groups
        np.add.at(self._counts, groups, 1)

    def finish(self, into: Partial) -> None:
        into.parts["present", self._of] = into.rows - self._counts if self._is_absent else self._counts


class _Sums(_Maker):
    def __init__(self, group_count: int, column: Column, of: Of) -> None:
        self._column, self._of = column, of
        self._maker = SumsMaker(group_count)

    def add(self, part: _Part) -> None:
        if self._of.condition is not None:
            chosen = part.chosen(self._column, self._of.condition)
            self._maker.add(chosen.groups, chosen.values)
            return
        # A missing value reads as 0, which adds nothing.
        values = part.read(self._column)[0]
        if not part.are_counted and self._maker.add_counting(part.groups, values):
            part.are_counted = True
        else:
            self._maker.add(part.groups, values)

    def counts(self) -> NDArray[np.int64]:
        """How many rows of each group it has counted."""
        return self._maker.counts()

    def finish(self, into: Partial) -> None:
        into.parts["sum", self._of] = self._maker.sums()


class _Extremes(_Maker):
    def __init__(self, what: str, group_count: int, column: Column, of: Of, to_global: "_ToGlobal") -> None:
        self._what, self._column, self._of, self._to_global = what, column, of, to_global
        self._pick = np.minimum if what == "min" else np.maximum
        self._count = group_count
        self._found: NDArray[Any] | None = None

    def add(self, part: _Part) -> None:
        chosen = part.chosen(self._column, self._of.condition)
        found = extremes_by_group(self._what, chosen.values, chosen.groups, self._count)
        self._found = found if self._found is None else self._pick(self._found, found)

    def finish(self, into: Partial) -> None:
        found = np.zeros(self._count, np.int64) if self._found is None else self._found
        present = into.parts["present", self._of] > 0
        into.parts[self._what, self._of] = self._to_global(np.where(present, found, 0))


class _Pairs(_Maker):
    def __init__(
        self, maker: PairsMaker, space: KeySpace, column: Column, of: Of, to_global: "_ToGlobal"
    ) -> None:
        self._maker, self._space, self._column, self._of = maker, space, column, of
        self._to_global = to_global

    def add(self, part: _Part) -> None:
        sides: tuple[NDArray[Any], ...]
        if isinstance(self._space, SidesSpace):
            sides = self._space.both(part.rows)
        else:
            sides = (part.locals[self._column.name].read(part.rows),)
        groups = part.groups
        if self._of.condition is not None:
            places = part.places(self._of.condition)
            groups, sides = groups[places], tuple(codes[places] for codes in sides)
        for codes in sides:
            self._maker.add(groups, codes)

    def finish(self, into: Partial) -> None:
        groups, values = self._maker.pairs()
        into.pairs[self._of] = (into.codes[groups], self._to_global(values))


class _Runs(_Maker):
    """The values by group, sorted: for percentiles of very many groups."""

    def __init__(self, column: Column, of: Of, check: Check) -> None:
        self._column, self._of, self._check = column, of, check
        self._groups: list[Groups] = [np.empty(0, np.intp)]
        self._values: list[NDArray[np.int64]] = [np.empty(0, np.int64)]

    def add(self, part: _Part) -> None:
        chosen = part.chosen(self._column, self._of.condition)
        self._groups.append(chosen.groups)
        values = chosen.values
        self._values.append(ranks_of_reals(values) if values.dtype == np.float64 else values)

    def finish(self, into: Partial) -> None:
        groups, values = np.concatenate(self._groups), np.concatenate(self._values)
        run = make_run(into.codes, groups, values, self._check)
        into.runs[self._of] = (run,)


class _Histograms(_Maker):
    """The values counted by bins: for percentiles of few groups."""

    def __init__(
        self, maker: HistogramMaker, column: Column, of: Of, again: Callable[[], Iterator[MatchedRows]]
    ) -> None:
        self._maker, self._column, self._of = maker, column, of
        self._again = again
        self._conditions: Mapping[Predicate, Bits] = {}

    def add(self, part: _Part) -> None:
        groups, rows = part.groups, part.rows
        if self._of.condition is not None:
            self._conditions = part.conditions
            places = part.places(self._of.condition)
            groups, rows = groups[places], rows.chosen(places)
        self._maker.add(groups, *rows.ranked(self._column))

    def finish(self, into: Partial) -> None:
        histogram = self._maker.histogram(into.codes, self._values_again)
        into.runs[self._of] = (histogram,)
        into.parts["present", self._of] = histogram.present

    def _values_again(self) -> Iterator[ValuesAt]:
        for rows in self._again():
            if self._of.condition is None:
                yield partial(self._values, rows)
            else:
                yield partial(self._values, rows.chosen(rows.holding(self._conditions[self._of.condition])))

    def _values(self, rows: MatchedRows, places: NDArray[np.intp]) -> NDArray[np.int64]:
        return rows.chosen(places).ranked(self._column)[0]


class _Edges(_Maker):
    """The first or last row of each group; rows are in the order of start, then sequence number."""

    def __init__(
        self, function: str, group_count: int, rank: int, column: Column, of: Of, to_global: "_ToGlobal"
    ) -> None:
        self._function, self._rank, self._column, self._of = function, rank, column, of
        self._group_count = group_count
        self._to_global = to_global
        self._edges: list[Edge] = []

    def add(self, part: _Part) -> None:
        chosen = part.chosen(self._column, self._of.condition)
        rows, segment = part.rows.numbers_in_segment, part.rows.segment
        if chosen.places is not None:
            rows = rows[chosen.places]
        # Rows without a start come first.
        known = np.arange(np.searchsorted(rows, np.uint32(segment.start_missing)), len(rows))
        ordered = known[::-1] if self._function == "first" else known
        edges = np.full(self._group_count, -1, np.int64)
        edges[chosen.groups[ordered]] = ordered  # of several, the last one is kept
        held = np.flatnonzero(edges >= 0)
        places = edges[held]
        column = segment.number_column(_START)
        starts = np.zeros(0, np.int64) if column is None else column.at(rows[places])[0]
        sequences = segment.provenance.sequences_at(rows[places])
        ranks = np.full(len(held), self._rank)
        self._edges.append(Edge(held, starts, ranks, sequences, chosen.values[places]))

    def finish(self, into: Partial) -> None:
        nothing = np.empty(0, np.int64)
        edges = [Edge(nothing, nothing, nothing, np.empty(0, np.uint64), nothing), *self._edges]
        edge = merged_edges(self._function, edges)
        into.edges[self._function, self._of] = Edge(
            into.codes[edge.codes], edge.starts, edge.ranks, edge.sequences, self._to_global(edge.values)
        )


_ToGlobal = Callable[[NDArray[Any]], NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is measured in every segment.

    `spaces` have the codes of arguments that are read as such, `bins` those of percentiles; `ranks` are, for
    each segment, the place of its topic among all, which orders rows of one start.
    """

    measures: Sequence[Measure]
    spaces: Mapping[str, KeySpace]
    bins: Mapping[str, Bins]
    ranks: Sequence[int]


class RowMeasures:
    """The measures of one segment's groups, made of parts of its rows.

    `codes` are the groups', `row_counts` the rows of each where they are known already; `again` gives the
    parts of the rows once more, as they were added.
    """

    def __init__(
        self,
        asked: Asked,
        search: SegmentSearch,
        place: int,
        codes: Codes,
        row_counts: NDArray[np.int64] | None,
        again: Callable[[], Iterator[MatchedRows]],
    ) -> None:
        self._asked, self._search, self._place, self._codes, self._again = asked, search, place, codes, again
        self._counts_rows = row_counts is None
        self._rows = np.zeros(len(codes), np.int64) if row_counts is None else row_counts
        self._locals = {name: space.local(search, place) for name, space in asked.spaces.items()}
        self._makers: dict[tuple[str, Of], _Maker] = {}
        for measure in asked.measures:
            self._measure(measure, of_measure(measure))
        segment_rows = search.scan.segment.row_count
        self._conditions = {
            condition: to_bits(narrowed(search, condition).docset(), segment_rows)
            for condition in {measure.condition for measure in asked.measures}
            if condition is not None
        }

    @property
    def reads_rows(self) -> bool:
        """Whether anything is to be learned from rows."""
        return self._counts_rows or bool(self._makers)

    def _measure(self, measure: Measure, of: Of) -> None:
        """Have the measure's parts made, unless they are for another measure."""
        column, count, makers = measure.argument, len(self._codes), self._makers
        check = self._search.context.check
        if column is None:
            if measure.condition is not None:
                makers.setdefault(("present", of), _Counts(count, None, of))
            return
        function = measure.function
        to_global = self._locals[column.name].to_global if column.name in self._locals else _same
        if function in BY_DISTINCT:
            pairs = PairsMaker(count, self._locals[column.name].count, check)
            makers.setdefault(
                ("pairs", of), _Pairs(pairs, self._asked.spaces[column.name], column, of, to_global)
            )
            return
        if measure.percent is not None and column.name in self._asked.bins:
            # Which counts the rows with a value, too.
            makers.pop(("present", of), None)
            if ("runs", of) not in makers:
                maker = HistogramMaker(self._asked.bins[column.name], count, 2 * self._search.count())
                makers["runs", of] = _Histograms(maker, column, of, self._again)
            return
        if not isinstance(makers.get(("runs", of)), _Histograms):
            makers.setdefault(("present", of), _Counts(count, column, of))
        if measure.percent is not None:
            makers.setdefault(("runs", of), _Runs(column, of, check))
        elif function in BY_START:
            rank = self._asked.ranks[self._place]
            makers.setdefault((function, of), _Edges(function, count, rank, column, of, to_global))
        elif function in ("sum", "avg"):
            makers.setdefault(("sum", of), _Sums(count, column, of))
        elif function in ("min", "max"):
            makers.setdefault((function, of), _Extremes(function, count, column, of, to_global))
        else:
            assert function == "count", measure

    def add(self, rows: MatchedRows, groups: Groups) -> None:
        """Take account of some more rows; `groups` are the places of their groups among the codes."""
        part = _Part(rows, groups, self._locals, self._conditions, are_counted=not self._counts_rows)
        for maker in self._makers.values():
            maker.add(part)
        if not part.are_counted:
            np.add.at(self._rows, groups, 1)

    def partial(self) -> Partial:
        """The groups with their parts."""
        counts = [maker.counts() for maker in self._makers.values() if isinstance(maker, _Sums)]
        groups = Partial(self._codes, sum(counts, self._rows))
        # Extremes ask which groups have a value, so that they come last.
        for _, maker in sorted(self._makers.items(), key=lambda each: isinstance(each[1], _Extremes)):
            maker.finish(groups)
        return groups


def _same(codes: NDArray[Any]) -> NDArray[Any]:
    return codes
