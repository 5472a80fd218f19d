"""Filters behind the bar: `where`, and the conditions of aggregates and of `if(...)`.

Owns how the one language of filters looks at the columns of a stage instead of the fields of topics. What
a clause means is `clauses`'s.
"""

from dataclasses import replace as with_changes

from flowql.plan import logical
from flowql.plan.bind.clauses import bind_filter
from flowql.plan.bind.columns import Columns
from flowql.plan.bind.topics import shown_topic
from flowql.plan.leaves import fields_of, rewrite_leaves
from flowql.plan.predicates import Everything, Leaf, OnTopics, Predicate, TextEquals
from flowql.schema import Field, Kind
from flowql.syntax import nodes

TOPIC = Field("topic", Kind.TEXT, is_virtual=True)


def bind_where(plan: logical.Node, columns: Columns, stage: nodes.WhereStage) -> logical.Node:
    """The rows of `plan` for which the filter holds; what is refused in it is kept in the binding."""
    predicate = bind_condition(columns, stage.clause)
    return plan if predicate == Everything() else logical.Filter(plan, predicate)


def bind_condition(columns: Columns, clause: nodes.Clause) -> Predicate:
    """The predicate of a filter on the columns here; what is refused in it is kept in the binding.

    Its leaves look at columns alone. Computed fields that it names are among the columns of records for
    whoever works it out row by row.
    """
    binding = columns.binding
    # Bare words are counted, and clauses explained, where they search records.
    here = with_changes(binding, schema=columns.schema, words=[], clauses=[], parts=[])

    def on_rows(leaf: Leaf) -> Predicate:
        if not isinstance(leaf, OnTopics):
            return leaf
        return TextEquals(TOPIC, tuple(shown_topic(topic, binding.catalog) for topic in leaf.topics))

    predicate = rewrite_leaves(bind_filter(here, clause), on_rows)
    for field in fields_of(predicate):
        columns.column_of(field)
    return predicate
