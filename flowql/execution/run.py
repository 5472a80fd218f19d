"""Running a physical plan.

Owns the walk from the source operator, over segments, through the table operators and the residual road, to a
stream of batches.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa

from flowql.execution.context import Context
from flowql.execution.dictionaries import SnapshotDictionaries, SnapshotDictionary
from flowql.execution.kept import KeptSearch, searches_of
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
from flowql.execution.sorting import sorted_rows
from flowql.execution.tables import first_rows, renamed_columns, sorted_table
from flowql.plan.logical import Column, Extend, Filter, Head, Lookup, Node, Project, Rename
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
    from flowql.execution.coding import Coding
    from flowql.execution.grouped import Groups
    from flowql.plan.sql import Statement

CODED_ROWS_MIN = 1 << 16
"""Fewer rows than this go to SQL with their values: dictionaries of the whole snapshot would cost more."""
SQL_BATCH_ROWS = 1 << 19
"""Rows of a batch that goes to SQL in any order: each costs a moment, and the taking over of dictionaries."""
_BY_ROWS = (Filter, Extend, Rename, Head, Project, Lookup)
"""Stages that give a row as soon as they are given it, in the order of the rows."""


class Execution:
    """One run of a plan: its rows, and the number of rows that its search matches."""

    def __init__(
        self,
        plan: PhysicalPlan,
        dictionaries: SnapshotDictionaries,
        context: Context,
        residual: Residual | None = None,
        before: Sequence[KeptSearch] = (),
    ) -> None:
        self.context = context
        self._plan = plan
        self._dictionaries = dictionaries
        self._residual = residual or Residual()
        self._before = before

    @cached_property
    def matched_count(self) -> int:
        """How many rows the search matches, from cardinalities."""
        searches = self.searches
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

    @property
    def streams(self) -> bool:
        """Whether rows come one after another in their order, so that those so far are the first of all."""
        residual = self._plan.residual
        return (
            isinstance(self._plan.source, RowsOp)
            and not any(isinstance(operator, SortOp) for operator in self._plan.operators)
            and (residual is None or all(isinstance(stage, _BY_ROWS) for stage in residual.stages))
        )

    @cached_property
    def searches(self) -> list[KeptSearch]:
        """The searches of all segments that the plan reads."""
        return searches_of(self._plan.source.search.scans, self.context, self._before)

    @property
    def searches_so_far(self) -> Sequence[KeptSearch]:
        """The searches, if any was asked for yet."""
        return self.searches if "searches" in self.__dict__ else ()

    @property
    def _groups(self) -> "Groups | None":
        match self._plan.source:
            case GroupOp() | TopGroupsOp() | TimechartOp() as op:
                # Loaded here: whoever wants rows does not wait for what groups them.
                from flowql.execution.grouped import Groups  # noqa: PLC0415

                return Groups(op, self.searches, self._dictionaries, self.context)
            case _:
                return None

    def _is_too_much(self, groups: "Groups | None") -> bool:
        """Whether the source would hold more in memory than it may."""
        if groups is not None:
            return not groups.fits
        source = self._plan.source
        is_sort = isinstance(source, SortedRowsOp) and source.limit is None
        return is_sort and self.matched_count > self.context.limits.sorted_rows_max

    def _recorded(self, place: int, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        recorder = self.context.recorder
        return recorder.batches(place, batches) if recorder else batches

    def _source(self, source: SourceOp, groups: "Groups | None") -> Iterator[pa.RecordBatch]:
        match source:
            case RowsOp(search, columns, limit):
                stops_early = search.stops_early
                parts: Iterable[Chosen]
                if limit is None and self.matched_count and not (self._plan.residual or self._plan.operators):
                    self._print_addresses(columns)
                if limit is None or limit > BATCH_ROWS:
                    parts = newest_first(self.searches, limit, stops_early=stops_early)
                else:
                    parts = [newest(self.searches, limit, stops_early=stops_early)]
                yield from batches_of(self.searches, columns, parts, self.context)
            case SortedRowsOp(_, keys, columns, limit):
                yield from sorted_rows(self.searches, keys, columns, limit, self.context)
            case CountOp(_, output):
                yield pa.RecordBatch.from_arrays(
                    [pa.array([self.matched_count])], schema=arrow_schema([output])
                )
            case FacetsOp(_, stage, fields):
                from flowql.execution.kernels.facets import facets_table  # noqa: PLC0415 - as with groups

                arguments = (fields, stage.row_count, self._dictionaries, self.context)
                yield from facets_table(self.searches, *arguments).to_batches()
            case _:
                assert groups is not None, source
                yield from groups.table().to_batches(BATCH_ROWS)

    def _print_addresses(self, columns: tuple[Column, ...]) -> None:
        """Have addresses given as they print, if there are so many rows that it pays to print every value."""
        segments = [search.scan.segment for search in self.searches]
        for column in columns:
            if column.kind is not Kind.ADDRESS or column.is_virtual or column.sides:
                continue
            held = [segment.dictionary_column(column.name) for segment in segments]
            value_count = sum(each.code_count for each in held if each is not None)
            is_made = self._dictionaries.has(column.name, segments)
            if self.matched_count >= (CODED_ROWS_MIN if is_made else max(CODED_ROWS_MIN, value_count)):
                dictionary = self._dictionaries.get(column.name, column.kind, segments, self.context.check)
                self._travel(column.name, dictionary, self._texts_of(dictionary), as_dictionary=False)

    def _texts_of(self, dictionary: SnapshotDictionary) -> pa.StringArray:
        """The values as they print."""
        return self.context.apart(lambda: dictionary.texts, dictionary.code_count)

    def _travel(
        self,
        name: str,
        dictionary: SnapshotDictionary,
        texts: pa.StringArray | None,
        *,
        as_dictionary: bool,
    ) -> None:
        for search, remap in zip(self.searches, dictionary.remaps, strict=True):
            search.columns.travelling[name] = Travelling(remap, texts, as_dictionary=as_dictionary)

    # ---- the residual road

    def _rows_in_sql(self, columns: tuple[Column, ...], residual: ResidualOp) -> Iterator[pa.RecordBatch]:
        """What the stages make of all matching rows, of which long values travel as codes."""
        is_worth_it = self.matched_count >= CODED_ROWS_MIN
        from flowql.execution.coding import Coding, coded  # noqa: PLC0415 - loaded when SQL is

        coding = coded(residual.stages, columns) if is_worth_it else Coding(residual.stages, columns)
        given = coding.columns
        statement = _statement(coding.stages, given)
        dictionaries = self._travelling(coding, as_dictionary=not statement.needs_place)
        if statement.needs_place:
            rows = self._source(RowsOp(self._plan.source.search, given, None), None)
        else:
            rows = in_any_order(self.searches, given, self.context, SQL_BATCH_ROWS)
        for batch in self._run(statement, self._recorded(0, rows), given, frozenset(coding.printed)):
            yield decoded(batch, residual.columns, coding.outputs, dictionaries)

    def _travelling(self, coding: "Coding", *, as_dictionary: bool) -> dict[str, SnapshotDictionary]:
        """Make the searches give codes and printed values; the dictionaries of the columns, by name."""
        segments = [search.scan.segment for search in self.searches]
        dictionaries = {}
        for name, field in {**coding.inputs, **coding.printed}.items():
            given = (field.name, field.kind, segments, self.context.check)
            dictionary = dictionaries[name] = self._dictionaries.get(*given)
            texts = self._texts_of(dictionary) if name in coding.printed else None
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
