"""`eval kb = bytes / 1024, mb = kb / 1024`: further columns, each worked out from those before it.

Owns the names of the columns. What an expression means is `expressions`'s.
"""

from flowql.plan import logical
from flowql.plan.bind.columns import Columns
from flowql.plan.bind.expressions import bind_expression
from flowql.plan.logical import Column, Computed
from flowql.syntax import nodes


def bind_eval(plan: logical.Node, columns: Columns, stage: nodes.EvalStage) -> logical.Node:
    """The rows with the columns behind their own; raises `Refusal`."""
    computed: tuple[Computed, ...] = ()
    here = columns
    for assignment in stage.assignments:
        name = here.check_new(assignment.name)
        expression = bind_expression(here, assignment.expression)
        computed = (*computed, Computed(Column(name, expression.kind), expression))
        here = Columns.of(columns.binding, logical.Extend(plan, computed))
    return logical.Extend(plan, computed)
