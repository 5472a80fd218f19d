"""Sources that make groups: which kernel runs them, and what they yield.

Owns the way from a physical operator to its kernel. How groups are made is in `kernels`.
"""

from collections.abc import Sequence

import pyarrow as pa

from flowql.execution.context import Context
from flowql.execution.dictionaries import SnapshotDictionaries
from flowql.execution.kernels.grouping import Grouping, top_groups
from flowql.execution.kernels.leading import Leaders, total_of
from flowql.execution.kernels.partial import Partial
from flowql.execution.kernels.timechart import timechart_table
from flowql.execution.materialize import arrow_schema
from flowql.execution.select import SegmentSearch
from flowql.plan.logical import Aggregate, Measure, Timechart, Top
from flowql.plan.physical import GroupOp, TimechartOp, TopGroupsOp


class Groups:
    """The groups of one operator over the rows that searches match."""

    def __init__(
        self,
        op: GroupOp | TopGroupsOp | TimechartOp,
        searches: Sequence[SegmentSearch],
        dictionaries: SnapshotDictionaries,
        context: Context,
    ) -> None:
        self._stage = op.stage
        self._first = op.first if isinstance(op, GroupOp) else None
        self._given = (dictionaries, context)
        self._searches = searches
        if isinstance(op, GroupOp):
            for search in searches:
                search.columns.computed = {each.output.name: each.expression for each in op.computed}
        match op.stage:
            case Aggregate(_, keys, measures):
                self._grouping = Grouping(searches, keys, measures, *self._given)
            case Top(_, _, key, measure):
                self._grouping = Grouping(searches, (key,), (measure,), *self._given)
            case Timechart(_, time, keys, measures):
                self._grouping = Grouping(searches, (time, *keys), measures, *self._given)

    @property
    def fits(self) -> bool:
        """Whether the groups fit into memory."""
        return self._grouping.fits

    def table(self) -> pa.Table:
        """What the operator yields."""
        stage, partials = self._stage, self._grouping.partials()
        total: int | None = None
        if isinstance(stage, Top):
            is_sided = bool(stage.key.column.sides)
            total = self._total(stage.measure) if is_sided else total_of(partials, stage.measure)
        merged = self._grouping.merged(partials, self._leaders)
        _, context = self._given
        columns = context.apart(lambda: self._columns(merged, total), len(merged.codes))
        return pa.table(columns, schema=arrow_schema(stage.columns))

    @property
    def _leaders(self) -> Leaders | None:
        """The groups that are asked for, where they are the first by a measure."""
        match self._stage:
            case Top(_, row_count, _, measure, rarest=False):
                return Leaders(measure, row_count)
            case Aggregate(measures=measures) if self._first and self._first.keys[0].descending:
                name = self._first.keys[0].column.name
                found = (measure for measure in measures if measure.output.name == name)
                return next((Leaders(measure, self._first.row_count) for measure in found), None)
            case _:
                return None

    def _columns(self, merged: Partial, total: int | None) -> dict[str, pa.Array]:
        stage, (_, context) = self._stage, self._given
        match stage:
            case Aggregate():
                return self._grouping.table(merged, self._first)
            case Top(_, row_count):
                return top_groups(self._grouping, merged, row_count, total, rarest=stage.rarest)
            case Timechart():
                return timechart_table(self._grouping, merged, stage.range, context.limits)

    def _total(self, measure: Measure) -> int:
        """A measure over all rows, each counted once."""
        grouping = Grouping(self._searches, (), (measure,), *self._given)
        (total,) = grouping.table(grouping.run())[measure.output.name].to_pylist()
        return total or 0
