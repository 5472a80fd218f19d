"""Binding: a syntax tree and a snapshot's names to a typed logical plan.

Owns the order of the work and nothing else: topics give the schema, the scope gives the range, the filter one
predicate, the stages the nodes above it. Each part is a module of its own. Errors are gathered as far as one
part does not depend on another, and raised together.
"""

from dataclasses import replace

from flowql.errors import Diagnostic, Severity
from flowql.plan import logical, predicates
from flowql.plan.bind.binding import Binding, merged_notes
from flowql.plan.bind.clauses import bind_filter
from flowql.plan.bind.stages import bind_stages
from flowql.plan.bind.timerange import bind_range, note_range_after_data
from flowql.plan.bind.topics import bind_topics, scope_schemas
from flowql.plan.bound import BoundQuery
from flowql.plan.catalog import Catalog
from flowql.plan.logical import ALL_TIME
from flowql.schema import DEFAULT_SCHEMA
from flowql.syntax import nodes
from flowql.syntax.canonical import canonical

SHOWN_LENGTH_MAX = 1_000
"""Characters of a query that a note repeats."""


def bind(query: nodes.Query, catalog: Catalog, now: int) -> BoundQuery:
    """The plan of `query` over the catalog's snapshot; `now` (nanoseconds since 1970 UTC) ends `last`.

    Raises `QueryError` with every independent error found, in the order of the text.
    """
    binding = Binding(query, DEFAULT_SCHEMA, now)
    topics = bind_topics(binding, catalog)
    if binding.refusals:
        # Without the topics every field would look unknown.
        binding.attempt(lambda: bind_range(binding, catalog, topics), otherwise=ALL_TIME)
        binding.raise_errors()
    binding.layouts = scope_schemas(catalog, topics)
    binding.schema = binding.layouts[0].union(binding.layouts[1:])
    time_range = binding.attempt(lambda: bind_range(binding, catalog, topics), otherwise=ALL_TIME)
    note_range_after_data(binding, catalog, topics, time_range)
    plan: logical.Node = logical.Scan(topics, binding.schema, time_range)
    predicate = bind_filter(binding, query.filter)
    if not isinstance(predicate, predicates.Everything):
        plan = logical.Filter(plan, predicate)
    plan = bind_stages(binding, plan, query.stages)
    binding.raise_errors()
    notes = merged_notes([*binding.notes, *_mixed_or_notes(query)])
    return BoundQuery(plan, time_range, topics, notes, tuple(binding.words))


def _mixed_or_notes(query: nodes.Query) -> list[Diagnostic]:
    message = "AND binds tighter than OR; parentheses make the grouping plain"
    grouping: tuple[str, ...] = ()
    if query.mixed_or and len(query.text) <= SHOWN_LENGTH_MAX:
        plain = replace(query, verb=nodes.Verb.SEARCH, scopes=(), stages=())
        grouping = (f"it is read as {canonical(plain)}",)
    return [
        Diagnostic("mixed-and-or", message, span, Severity.WARNING, details=grouping)
        for span in query.mixed_or
    ]
