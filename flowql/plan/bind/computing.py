"""Where the computed fields that stages name come into a plan.

Owns their one Compute, right on the search, and that they are no columns of an answer which did not ask for
them: facets, which look at every column, and the answer are given those that they have without it.
"""

from dataclasses import replace

from flowql.plan import logical
from flowql.plan.logical import Column, Node

_CHOOSING = (
    logical.Project,
    logical.Aggregate,
    logical.Top,
    logical.Timechart,
    logical.Facets,
    logical.Select,
)
"""The nodes above which only columns that they name exist."""


def with_computed(plan: Node, search: Node, computed: tuple[Column, ...]) -> Node:
    """The plan, whose records `search` finds, with the computed fields that its stages name.

    before: Facets over Sort -duration over Filter over Scan
    after:  Facets over Project (all fields) over Sort -duration over Compute duration over Filter over Scan
    """
    if not computed:
        return plan
    outcome: Node = logical.Compute(search, computed)
    is_hidden = False
    for node in logical.chain(plan)[len(logical.chain(search)) :]:
        assert not isinstance(node, logical.Scan), "a scan begins a chain"
        if isinstance(node, logical.Facets) and not is_hidden:
            outcome = logical.Project(outcome, node.input.columns)
        is_hidden = is_hidden or isinstance(node, _CHOOSING)
        outcome = replace(node, input=outcome)
    return outcome if is_hidden else logical.Project(outcome, plan.columns)
