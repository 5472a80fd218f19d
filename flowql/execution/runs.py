"""The runs of one answer: that of its rows, that of what its search matches, and further ones about it.

Owns which plan each of them runs, and that they share what was worked out: the row sets of the searches, and
the rows themselves where they are few. What is told of an answer is made from the runs elsewhere.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Event
from typing import TYPE_CHECKING

import pyarrow as pa

from flowql.execution.kept import KeptSearch
from flowql.execution.limits import DEFAULT_LIMITS, Limits, Stop
from flowql.execution.materialize import arrow_schema
from flowql.execution.question import Question
from flowql.execution.run import Execution
from flowql.execution.scope import Scope
from flowql.plan.bound import BoundQuery
from flowql.plan.logical import Column, Head, Node
from flowql.schema import Kind

if TYPE_CHECKING:
    from flowql.execution.histogram import Histogram

PLAN_COLUMN = Column("plan", Kind.TEXT)
KEPT_CELLS_MAX = 1 << 20
"""Values of an answer's rows that are kept to be given again: some MiB."""


@dataclass(eq=False)
class Runs:
    """The runs about one bound query, whose rows are those of `plan`, or the first `limit` of them."""

    question: Question
    bound: BoundQuery
    plan: Node
    limit: int | None
    before: tuple[KeptSearch, ...] = ()
    """The searches of earlier runs."""
    _kept: list[pa.RecordBatch] | None = None
    """All rows of the plan, once they were read and are few."""
    _matched_count: int | None = None
    """What earlier runs counted."""

    @property
    def stop(self) -> Stop:
        """What ends all of them."""
        return self.question.context.stop

    @property
    def limits(self) -> Limits:
        """What they may take."""
        return self.question.context.limits

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those of the rows."""
        return self.plan.columns

    @cached_property
    def rows(self) -> Execution:
        """The run of the rows."""
        plan = self.plan if self.limit is None else Head(self.plan, self.limit)
        return self.question.execution(plan, self.before)

    @cached_property
    def search(self) -> Execution:
        """The run of the search part: that of the rows, unless a stage filters."""
        return self.question.execution(self.bound.search, self.before) if self.bound.has_where else self.rows

    @cached_property
    def scope(self) -> Scope:
        """The records of the query's topics and time, to count among."""
        return self.question.scope(self.bound)

    @property
    def streams(self) -> bool:
        """Whether the rows so far are the first ones of all, whenever the run of the rows ends."""
        return self._kept is not None or self.rows.streams

    @cached_property
    def matched_count(self) -> int:
        """How many records the search part matches."""
        return self.search.matched_count if self._matched_count is None else self._matched_count

    def histogram(self, bucket_count_max: int, by: str) -> "Histogram | None":
        """The matched records by time, and by the values of a field; None when there are none."""
        # Loaded here: whoever only wants rows does not wait for what groups them.
        from flowql.execution.histogram import histogram_of  # noqa: PLC0415

        field = self.question.field_named(by, self.bound.topics)
        searches = self.search.searches
        given = (self.bound.zone, self.question.dictionaries, self.question.context)
        return histogram_of(searches, field, bucket_count_max, *given)

    def begun(self) -> "Runs":
        """The same, once its plan is made and its subqueries are run."""
        _ = self.rows  # which is made as it is asked for
        return self

    def reaching_count(self) -> int | None:
        """How many records began before the range and reach into it; None without a range."""
        reaching = self.bound.reaching
        return None if reaching is None else self.question.execution(reaching).matched_count

    def batches(self) -> Generator[pa.RecordBatch, None, None]:
        """The rows; where all of them were read before, and are few, from memory."""
        if self._kept is not None:
            left = self.limit
            for batch in self._kept:
                self.stop.check()
                yield batch if left is None else batch.slice(0, left)
                left = None if left is None else max(left - batch.num_rows, 0)
            return
        held: list[pa.RecordBatch] | None = []
        row_count = cell_count = 0
        for batch in self.rows.batches():
            row_count += batch.num_rows
            cell_count += batch.num_rows * batch.num_columns
            if held is not None:
                held.append(batch)
                held = held if cell_count <= KEPT_CELLS_MAX else None
            yield batch
        if self.limit is None or row_count < self.limit:
            self._kept = held

    def again(self, *, limit: int | None, given: Event | None = None) -> "Runs":
        """The runs of the same query over the same snapshots, at another limit.

        They go on from what is known, and are ended by themselves, not by what ends these.
        """
        context = self.question.context
        stop = Stop(context.limits.timeout_s, given)
        question = replace(self.question, context=replace(context, stop=stop))
        counted = self.__dict__.get("matched_count")
        return Runs(question, self.bound, self.plan, limit, self._searches(), self._kept, counted)

    def _searches(self) -> tuple[KeptSearch, ...]:
        """All searches so far, of runs that have begun."""
        begun = [run for name in ("rows", "search") if (run := self.__dict__.get(name)) is not None]
        return (*self.before, *(search for run in begun for search in run.searches_so_far))


@dataclass(frozen=True, slots=True)
class Explanation:
    """What an `explain` query gives in place of runs: the lines of its plan as rows."""

    lines: Sequence[str]
    stop: Stop
    limits: Limits = DEFAULT_LIMITS
    scope: None = None
    streams: bool = True

    @property
    def columns(self) -> tuple[Column, ...]:
        """The one column of the lines."""
        return (PLAN_COLUMN,)

    @property
    def matched_count(self) -> int:
        """No record was looked for."""
        return 0

    def reaching_count(self) -> None:
        """No record was looked for."""

    def histogram(self, bucket_count_max: int, by: str) -> None:
        """No record was looked for."""

    def batches(self) -> Generator[pa.RecordBatch, None, None]:
        """The lines, as one batch."""
        lines = pa.array(self.lines, pa.string())
        yield pa.RecordBatch.from_arrays([lines], schema=arrow_schema(self.columns))

    def again(self, *, limit: int | None, given: Event | None = None) -> "Explanation":  # noqa: ARG002 - as of runs
        """The same lines."""
        return Explanation(self.lines, Stop(self.limits.timeout_s, given), self.limits)
