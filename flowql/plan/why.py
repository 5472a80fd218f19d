"""The column `why`: a plan whose rows say which clauses hold for them.

Owns the column and its place in a plan. What it says is worked out where the rows are found.
"""

from dataclasses import replace

from flowql.errors import UsageError
from flowql.plan.logical import (
    Aggregate,
    Column,
    Compute,
    Facets,
    Filter,
    Node,
    Project,
    Scan,
    Select,
    Timechart,
    Top,
    chain,
)
from flowql.schema import Kind

WHY = Column("why", Kind.TEXT, is_virtual=True)


def with_why(plan: Node) -> Node:
    """The plan with the column behind all others; raises `UsageError` where its rows are no records.

    before: Project start over Filter dstport in [22] over Scan
    after:  Project start, why over Compute why over Filter dstport in [22] over Scan
    """
    nodes = chain(plan)
    for node in nodes:
        _check(node)
    search_count = 2 if len(nodes) > 1 and isinstance(nodes[1], Filter) else 1
    computed: tuple[Column, ...] = ()
    stages = nodes[search_count:]
    if stages and isinstance(stages[0], Compute):
        computed = stages[0].computed
        del stages[0]
    outcome: Node = Compute(nodes[search_count - 1], (*computed, WHY))
    for stage in stages:
        assert not isinstance(stage, Scan), "a scan begins a chain"
        if isinstance(stage, Project):
            stage = replace(stage, columns=(*stage.columns, WHY))  # noqa: PLW2901 - the stage, with the column
        outcome = replace(stage, input=outcome)
    others = tuple(column for column in outcome.columns if column != WHY)
    return outcome if outcome.columns[-1] == WHY else Project(outcome, (*others, WHY))


def _check(node: Node) -> None:
    if isinstance(node, Aggregate | Top | Timechart | Facets | Select):
        message = "rows that are records say why they matched, and a stage of this query makes groups"
        raise UsageError(message, hint="leave out the stage, or do not ask why")
    if any(column.name == WHY.name for column in node.columns):
        raise UsageError(f"there is a column {WHY.name} already", hint="leave it out with fields")
