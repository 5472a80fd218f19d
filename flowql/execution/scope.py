"""Counting beside a query: how many records of its topics and its time some other predicate holds for.

Owns the counts, each made once, and the time that may be spent on them. Whoever tells something about an
answer asks here; what is told is theirs.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import perf_counter

from flowql.errors import CancelledError, FlowqlError
from flowql.execution.context import Context
from flowql.execution.limits import Stop
from flowql.execution.select import SegmentSearch
from flowql.plan.bound import BoundQuery
from flowql.plan.logical import ALL_TIME, Filter, Node, Scan, chain
from flowql.plan.physical import PhysicalPlan
from flowql.plan.predicates import Everything, Predicate, all_of

Lower = Callable[[Node], PhysicalPlan]
"""Operators for a plan over the snapshots that the query sees, its subqueries settled."""


class Deadline(Stop):
    """What ends counts once the time for them is up, or what ends the query does."""

    def __init__(self, budget_s: float, of_query: Stop) -> None:
        super().__init__()
        self._of_query = of_query
        self._ends = perf_counter() + budget_s

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return perf_counter() >= self._ends

    def reason(self) -> FlowqlError | None:
        """Why work should end; None while it may go on."""
        reason = self._of_query.reason()
        return CancelledError("the time is up") if reason is None and self.is_over else reason


@dataclass(frozen=True, slots=True)
class Scope:
    """The records of a query's topics and its time, whatever its filter asks for.

    `newest_start` is the greatest start in the topics, in nanoseconds; None when no record has one.
    """

    bound: BoundQuery
    lower: Lower
    context: Context
    newest_start: int | None
    _counts: dict[tuple[Predicate, bool], int] = field(default_factory=dict)
    _every: list[SegmentSearch] = field(default_factory=list)

    @property
    def is_timed(self) -> bool:
        """Whether the query leaves records out for their time."""
        scan = chain(self.bound.scope)[0]
        return self.bound.scope is not scan or (isinstance(scan, Scan) and scan.range != ALL_TIME)

    def until(self, deadline: Deadline) -> "Scope":
        """The same, its counts ended with a `CancelledError` by the deadline."""
        return replace(self, context=replace(self.context, stop=deadline), _every=[])

    def count(self, predicate: Predicate, *, at_any_time: bool = False) -> int:
        """Exactly how many of the records the predicate holds for; `at_any_time` of all in the topics."""
        key = (predicate, at_any_time)
        if key not in self._counts:
            found = self._searches(predicate, at_any_time=at_any_time)
            cost = sum(search.cost for search in found)
            self._counts[key] = sum(self.context.map(lambda search: search.count(), found, cost))
        return self._counts[key]

    def searches(self) -> list[SegmentSearch]:
        """The segments that hold the records, and which of their rows these are."""
        if not self._every:
            self._every.extend(self._searches(Everything(), at_any_time=False))
        return self._every

    def _searches(self, predicate: Predicate, *, at_any_time: bool) -> list[SegmentSearch]:
        scan, *filters = chain(self.bound.scope)
        assert isinstance(scan, Scan), "a scan begins a plan"
        items = [each.predicate for each in filters if isinstance(each, Filter)]
        if at_any_time:
            scan, items = replace(scan, range=ALL_TIME), []
        wanted = all_of([*items, predicate])
        plan: Node = scan if wanted == Everything() else Filter(scan, wanted)
        found = []
        for each in self.lower(plan).source.search.scans:
            self.context.check()
            found.append(SegmentSearch(each, self.context))
        return found
