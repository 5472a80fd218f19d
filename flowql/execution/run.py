"""Running a physical plan.

Owns the walk from the source operator, over segments, through the table operators and the residual road, to a
stream of batches.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa

from flowql.execution.coding import Coding, coded
from flowql.execution.context import Context
from flowql.execution.dictionaries import SnapshotDictionaries, SnapshotDictionary
from flowql.execution.grouped import Groups
from flowql.execution.kernels.facets import facets_table
from flowql.execution.materialize import TEXT_BY_CODE, Travelling, arrow_schema, decoded
from flowql.execution.newest import newest
from flowql.execution.residual import Residual
from flowql.execution.rows import (
    BATCH_ROWS,
    PLACE,
    Chosen,
    batches_of,
    in_any_order,
    newest_first,
    with_places,
)
from flowql.execution.select import SegmentSearch
from flowql.execution.sorting import sorted_rows
from flowql.execution.sparse import settle_sparse
from flowql.execution.tables import first_rows, renamed_columns, sorted_table
from flowql.plan.logical import Column, Node
from flowql.plan.physical import (
    CountOp,
    FacetsOp,
    GroupOp,
    HeadOp,
    PhysicalPlan,
    ProjectOp,
    ResidualOp,
    RowsOp,
    SortedRowsOp,
    SortOp,
    SourceOp,
    TableOp,
    TimechartOp,
    TopGroupsOp,
)
from flowql.schema import Kind

if TYPE_CHECKING:
    from flowql.plan.sql import Statement

SORTED_ROWS_MAX = 1 << 21
"""Rows that are sorted in memory, at some 100 bytes each; more are sorted in SQL, which can spill them."""
CODED_ROWS_MIN = 1 << 16
"""Fewer rows than this go to SQL with their values: dictionaries of the whole snapshot would cost more."""
SQL_BATCH_ROWS = 1 << 19
"""Rows of a batch that goes to SQL in any order: each costs a moment, and the taking over of dictionaries."""
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

    def __init__(
        self,
        plan: PhysicalPlan,
        dictionaries: SnapshotDictionaries,
        context: Context,
        residual: Residual | None = None,
    ) -> None:
        self.context = context
        self._plan = plan
        self._dictionaries = dictionaries
        self._residual = residual or Residual()

    @cached_property
    def matched_count(self) -> int:
        """How many rows the search matches, from cardinalities."""
        searches = self._searches
        return sum(
            self.context.map(lambda search: search.count(), searches, sum(search.cost for search in searches))
        )

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The answer as batches with the plan's columns."""
        plan, groups = self._plan, self._groups
        if plan.in_sql and self._is_too_much(groups):
            plan, groups = plan.in_sql, None
        if isinstance(plan.source, RowsOp) and plan.source.limit is None and plan.residual:
            batches = self._rows_in_sql(plan.source.columns, plan.residual)
        else:
            batches = self._recorded(0, self._source(plan.source, groups))
            for place, operator in enumerate(plan.operators, 1):
                batches = self._recorded(place, _applied(operator, batches))
            if plan.residual:
                batches = self._in_sql(plan.residual, batches)
        schema = arrow_schema(plan.columns)
        for batch in batches:
            self.context.check()
            yield batch if batch.schema.equals(schema) else batch.select(schema.names)

    @cached_property
    def _searches(self) -> list[SegmentSearch]:
        searches = [SegmentSearch(scan, self.context) for scan in self._plan.source.search.scans]
        if self.context.recorder is None:
            settle_sparse(searches)
        return searches

    @property
    def _groups(self) -> Groups | None:
        match self._plan.source:
            case GroupOp() | TopGroupsOp() | TimechartOp() as op:
                return Groups(op, self._searches, self._dictionaries, self.context)
            case _:
                return None

    def _is_too_much(self, groups: Groups | None) -> bool:
        """Whether the source would hold more in memory than it may."""
        if groups is not None:
            return not groups.fits
        source = self._plan.source
        is_sort = isinstance(source, SortedRowsOp) and source.limit is None
        return is_sort and self.matched_count > SORTED_ROWS_MAX

    def _recorded(self, place: int, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        recorder = self.context.recorder
        return recorder.batches(place, batches) if recorder else batches

    def _source(self, source: SourceOp, groups: Groups | None) -> Iterator[pa.RecordBatch]:
        match source:
            case RowsOp(search, columns, limit):
                stops_early = search.stops_early
                parts: Iterable[Chosen]
                if limit is None and self.matched_count and not (self._plan.residual or self._plan.operators):
                    self._print_addresses(columns)
                if limit is None or limit > BATCH_ROWS:
                    parts = newest_first(self._searches, limit, stops_early=stops_early)
                else:
                    parts = [newest(self._searches, limit, stops_early=stops_early)]
                yield from batches_of(self._searches, columns, parts, self.context)
            case SortedRowsOp(_, keys, columns, limit):
                yield from sorted_rows(self._searches, keys, columns, limit, self.context)
            case CountOp(_, output):
                yield pa.RecordBatch.from_arrays(
                    [pa.array([self.matched_count])], schema=arrow_schema([output])
                )
            case FacetsOp(_, stage, fields):
                arguments = (fields, stage.row_count, self._dictionaries, self.context)
                yield from facets_table(self._searches, *arguments).to_batches()
            case _:
                assert groups is not None, source
                yield from groups.table().to_batches(BATCH_ROWS)

    def _print_addresses(self, columns: tuple[Column, ...]) -> None:
        """Have addresses given as they print, if there are so many rows that it pays to print every value."""
        segments = [search.scan.segment for search in self._searches]
        for column in columns:
            if column.kind is not Kind.ADDRESS or column.is_virtual or column.sides:
                continue
            held = [segment.dictionary_column(column.name) for segment in segments]
            value_count = sum(each.code_count for each in held if each is not None)
            is_made = self._dictionaries.has(column.name, segments)
            if self.matched_count >= (CODED_ROWS_MIN if is_made else max(CODED_ROWS_MIN, value_count)):
                dictionary = self._dictionaries.get(column.name, column.kind, segments)
                self._travel(column.name, dictionary, dictionary.texts, as_dictionary=False)

    def _travel(
        self,
        name: str,
        dictionary: SnapshotDictionary,
        texts: pa.StringArray | None,
        *,
        as_dictionary: bool,
    ) -> None:
        for search, remap in zip(self._searches, dictionary.remaps, strict=True):
            search.columns.travelling[name] = Travelling(remap, texts, as_dictionary=as_dictionary)

    # ---- the residual road

    def _rows_in_sql(self, columns: tuple[Column, ...], residual: ResidualOp) -> Iterator[pa.RecordBatch]:
        """What the stages make of all matching rows, of which long values travel as codes."""
        is_worth_it = self.matched_count >= CODED_ROWS_MIN
        coding = coded(residual.stages, columns) if is_worth_it else Coding(residual.stages, columns)
        given = coding.columns
        statement = _statement(coding.stages, given)
        dictionaries = self._travelling(coding, as_dictionary=not statement.needs_place)
        if statement.needs_place:
            rows = self._source(RowsOp(self._plan.source.search, given, None), None)
        else:
            rows = in_any_order(self._searches, given, self.context, SQL_BATCH_ROWS)
        for batch in self._run(statement, self._recorded(0, rows), given, frozenset(coding.printed)):
            yield decoded(batch, residual.columns, coding.outputs, dictionaries)

    def _travelling(self, coding: Coding, *, as_dictionary: bool) -> dict[str, SnapshotDictionary]:
        """Make the searches give codes and printed values; the dictionaries of the columns, by name."""
        segments = [search.scan.segment for search in self._searches]
        dictionaries = {}
        for name, field in {**coding.inputs, **coding.printed}.items():
            dictionary = dictionaries[name] = self._dictionaries.get(field.name, field.kind, segments)
            texts = dictionary.texts if name in coding.printed else None
            self._travel(name, dictionary, texts, as_dictionary=as_dictionary)
        return dictionaries

    def _in_sql(self, residual: ResidualOp, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return self._run(_statement(residual.stages, residual.input), batches, residual.input)

    def _run(
        self,
        statement: "Statement",
        batches: Iterator[pa.RecordBatch],
        columns: tuple[Column, ...],
        printed: frozenset[str] = frozenset(),
    ) -> Iterator[pa.RecordBatch]:
        schema = arrow_schema(columns)
        for place, column in enumerate(columns if not statement.needs_place else ()):
            if column.name in printed:
                schema = schema.set(place, pa.field(column.name, TEXT_BY_CODE))
        if statement.needs_place:
            batches, schema = with_places(batches), schema.append(pa.field(PLACE, pa.int64()))
        outcome = self._residual.run(statement, batches, schema, statement.columns, self.context)
        return self._recorded(len(self._plan.operators) + 1, outcome)


def _statement(stages: tuple[Node, ...], columns: tuple[Column, ...]) -> "Statement":
    # Loaded here: whoever's query stays on codes and bitmaps does not wait for SQL's tools.
    from flowql.plan.sql import statement  # noqa: PLC0415

    return statement(stages, columns)


def _applied(operator: TableOp, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    match operator:
        case HeadOp(row_count):
            return first_rows(batches, row_count)
        case ProjectOp(renamed):
            return (renamed_columns(batch, renamed) for batch in batches)
        case SortOp(keys):
            return sorted_table(batches, keys)
