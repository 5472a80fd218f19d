"""One query asked of one set of snapshots: how its plan, and every further plan about it, is run.

Owns the way from a logical plan to a run: subqueries first, then optimize, lower and execute. What the query
means is bound before; what is told of the answer is made from the runs elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from flowql.execution.context import Context, Why
from flowql.execution.dictionaries import SnapshotDictionaries
from flowql.execution.kept import KeptSearch
from flowql.execution.residual import Residual
from flowql.execution.run import Execution
from flowql.execution.scope import Scope
from flowql.execution.subqueries import Known, resolve_subqueries
from flowql.plan.bound import BoundQuery
from flowql.plan.logical import Filter, Node, chain
from flowql.plan.lower import Road, lower
from flowql.plan.optimize import optimize
from flowql.plan.physical import PhysicalPlan
from flowql.plan.why import with_why
from flowql.schema import Field, TopicName
from flowql.store.store import TopicSnapshot
from flowql.syntax.nodes import Query


@dataclass(frozen=True, slots=True)
class Question:
    """One query's snapshots, and how plans run over them."""

    dictionaries: SnapshotDictionaries
    residual: Residual
    snapshots: dict[TopicName, TopicSnapshot]
    optimized: bool
    road: Road
    context: Context
    _known: Known = field(default_factory=Known)
    """What subqueries gave."""

    def execution(self, plan: Node, before: Sequence[KeptSearch] = ()) -> Execution:
        """A run of the plan, which goes on from what earlier searches know; its subqueries are run first."""
        return Execution(self.physical(plan), self.dictionaries, self.context, self.residual, before)

    def physical(self, plan: Node) -> PhysicalPlan:
        """Operators for the plan; its subqueries are run first."""
        return self._lowered(self._settled(plan))

    def scope(self, bound: BoundQuery) -> Scope:
        """The records of the query's topics and time, to count among."""
        bounds = [self.snapshots[topic].start_bounds for topic in bound.topics]
        newest = max((each[1] for each in bounds if each), default=None)
        return Scope(bound, self.physical, self._quiet, newest)

    def field_named(self, name: str, topics: Sequence[TopicName]) -> Field | None:
        """A field by any of its names, as some of the topics have it; None when none has."""
        found = (self.snapshots[topic].schema.resolve(name) for topic in topics)
        return next((field for field in found if field is not None), None)

    def with_why(self, bound: BoundQuery) -> Node:
        """The query's plan whose rows say why they matched, and this question's context made to tell it."""
        plan = with_why(bound.plan)
        scan = chain(bound.plan)[0]
        clauses = []
        for clause in {(each.text, each.predicate): each for each in bound.clauses}.values():
            settled = self._settled(Filter(scan, clause.predicate))
            assert isinstance(settled, Filter), "settling keeps the nodes of a plan"
            clauses.append(replace(clause, predicate=settled.predicate))
        self.context.why = Why(tuple(clauses), bound.zone)
        return plan

    def explanation(self, tree: Query, bound: BoundQuery) -> str:
        """How the query is understood and would be run; nothing is run."""
        # Loaded here and below: whoever only searches does not wait for what tells of it.
        from flowql.execution.explaining import explanation  # noqa: PLC0415

        optimized = optimize(bound.plan)
        physical = lower(optimized, self.snapshots, road=self.road)
        return explanation(tree, bound, optimized, physical, self.context)

    def profile(self, tree: Query, bound: BoundQuery) -> str:
        """How the query is understood, and what running it took."""
        from flowql.execution.explaining import profile  # noqa: PLC0415
        from flowql.execution.recorder import Recorder, profile_text  # noqa: PLC0415

        plan = self.physical(bound.plan)
        recorder = Recorder()
        for _ in self._run(plan, replace(self.context, recorder=recorder)).batches():
            continue
        return profile(tree, bound, profile_text(plan, recorder))

    @property
    def _quiet(self) -> Context:
        """The context of runs that are not the answer."""
        return replace(self.context, recorder=None, why=None)

    def _settled(self, plan: Node) -> Node:
        run = self._run
        return resolve_subqueries(
            plan, lambda inner: run(self._lowered(inner), self._quiet).batches(), self._known, self.context
        )

    def _lowered(self, plan: Node) -> PhysicalPlan:
        wanted = optimize(plan) if self.optimized else plan
        return lower(wanted, self.snapshots, prunes=self.optimized, road=self.road)

    def _run(self, plan: PhysicalPlan, context: Context) -> Execution:
        return Execution(plan, self.dictionaries, context, self.residual)
