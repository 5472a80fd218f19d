"""Running a physical plan.

Owns the walk from the source operator, over segments, through the table operators, to a stream of batches. A
plan without table operators streams; any other is gathered into a table first.
"""

from collections.abc import Iterator
from functools import cached_property
from time import perf_counter_ns

import pyarrow as pa

from flowql.execution.context import Context
from flowql.execution.dictionaries import SnapshotDictionaries
from flowql.execution.groups import Grouping
from flowql.execution.materialize import arrow_schema
from flowql.execution.rows import BATCH_ROWS, batches_of, joined, newest_first
from flowql.execution.select import SegmentSearch
from flowql.execution.sorting import sorted_rows
from flowql.execution.tables import apply_operator, group_table
from flowql.plan.logical import Column, Measure
from flowql.plan.physical import (
    CountOp,
    GroupOp,
    PhysicalPlan,
    ProjectOp,
    RowsOp,
    SearchOp,
    SortedRowsOp,
    TopGroupsOp,
    TopOp,
)
from flowql.schema import Kind

PLAN_COLUMN = Column("plan", Kind.TEXT)


class Explanation:
    """What an `explain` query gives in place of rows: the lines of its plan."""

    def __init__(self, text: str, context: Context) -> None:
        self.context = context
        self._lines = text.splitlines()

    @property
    def matched_count(self) -> int:
        """No record was looked for."""
        return 0

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The lines, as one batch."""
        yield pa.RecordBatch.from_arrays(
            [pa.array(self._lines, pa.string())], schema=arrow_schema([PLAN_COLUMN])
        )


class Execution:
    """One run of a plan: its rows, and the number of rows that its search matches."""

    def __init__(self, plan: PhysicalPlan, dictionaries: SnapshotDictionaries, context: Context) -> None:
        self.context = context
        self._plan = plan
        self._dictionaries = dictionaries

    @cached_property
    def matched_count(self) -> int:
        """How many rows the search matches, from cardinalities."""
        searches = self._searches
        return sum(
            self.context.map(lambda search: search.count(), searches, sum(search.cost for search in searches))
        )

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The answer as batches with the plan's columns."""
        schema = arrow_schema(self._plan.columns)
        operators = list(self._plan.operators)
        names = [column.name for column in self._plan.columns]
        recorder = self.context.recorder
        source = recorder.batches(0, self._source()) if recorder else self._source()
        if all(isinstance(operator, ProjectOp) for operator in operators):
            for batch in source:
                self.context.check()
                yield batch.select(names)
            return
        table = pa.Table.from_batches(source, arrow_schema(self._source_columns))
        for place, operator in enumerate(operators, 1):
            self.context.check()
            began = perf_counter_ns()
            table = apply_operator(table, operator)
            if recorder:
                recorder.table(place, len(table), perf_counter_ns() - began)
        yield from table.select(names).cast(schema).combine_chunks().to_batches()

    @cached_property
    def _searches(self) -> list[SegmentSearch]:
        return [SegmentSearch(scan, self.context) for scan in self._search_op.scans]

    @property
    def _search_op(self) -> SearchOp:
        return self._plan.source.search

    @property
    def _source_columns(self) -> tuple[Column, ...]:
        match self._plan.source:
            case RowsOp(_, columns) | SortedRowsOp(_, _, columns):
                return columns
            case CountOp(_, output):
                return (output,)
            case GroupOp(_, keys, measures):
                return (*keys, *(measure.output for measure in measures))
            case TopGroupsOp() as top:
                return _top_columns(top)

    def _source(self) -> Iterator[pa.RecordBatch]:
        match self._plan.source:
            case RowsOp(search, columns, limit):
                found = newest_first(self._searches, limit, stops_early=search.stops_early)
                # Few rows are read together, from however many windows they come.
                parts = found if limit is None or limit > BATCH_ROWS else [joined(list(found))]
                for chosen in parts:
                    self.context.check()
                    yield from batches_of(self._searches, columns, chosen)
            case SortedRowsOp(_, keys, columns, limit):
                yield from sorted_rows(self._searches, keys, columns, limit, self.context)
            case CountOp(_, output):
                yield pa.RecordBatch.from_arrays(
                    [pa.array([self.matched_count])], schema=arrow_schema([output])
                )
            case GroupOp(_, keys, measures):
                yield from self._groups(keys, measures).to_batches()
            case TopGroupsOp() as top:
                yield from self._top(top).to_batches()

    def _groups(self, keys: tuple[Column, ...], measures: tuple[Measure, ...]) -> pa.Table:
        grouping = Grouping(self._searches, keys, measures, self._dictionaries, self.context)
        columns = [*keys, *(measure.output for measure in measures)]
        if grouping.fits:
            return pa.table(grouping.table(grouping.run())).cast(arrow_schema(columns))
        needed = tuple(
            dict.fromkeys([*keys, *(measure.argument for measure in measures if measure.argument)])
        )
        batches = (
            batch
            for chosen in newest_first(self._searches, None)
            for batch in batches_of(self._searches, needed, chosen)
        )
        return group_table(pa.Table.from_batches(batches, arrow_schema(needed)), keys, measures)

    def _top(self, top: TopGroupsOp) -> pa.Table:
        grouping = Grouping(self._searches, [top.key], [top.measure], self._dictionaries, self.context)
        schema = arrow_schema(_top_columns(top))
        if grouping.fits:
            return pa.table(grouping.top(grouping.run(), top.row_count)).cast(schema)
        groups = self._groups((top.key,), (top.measure,))
        return apply_operator(groups, TopOp(top.row_count, top.key, top.measure.output)).cast(schema)


def _top_columns(top: TopGroupsOp) -> tuple[Column, ...]:
    return (top.key, top.measure.output, Column("share", Kind.REAL))
