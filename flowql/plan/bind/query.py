"""Binding: a syntax tree and a snapshot's names to a typed logical plan.

Owns the order of the work and nothing else: topics give the schema, the scope gives the range, the filter one
predicate, the stages the nodes above it. Each part is a module of its own. Errors are gathered as far as one
part does not depend on another, and raised together.
"""

from dataclasses import replace

from flowql.errors import Diagnostic, Severity, Span
from flowql.plan import logical, predicates
from flowql.plan.bind.binding import Binding, merged_notes
from flowql.plan.bind.clauses import bind_search
from flowql.plan.bind.stages import bind_stages
from flowql.plan.bind.timebinding import TimeBinding
from flowql.plan.bind.timerange import bind_time
from flowql.plan.bind.topics import bind_topics, scope_layouts
from flowql.plan.bound import BoundQuery
from flowql.plan.catalog import Catalog
from flowql.plan.given import NOTHING_GIVEN, Given
from flowql.syntax import nodes
from flowql.syntax.canonical import canonical
from flowql.syntax.refusal import Refusal
from flowql.syntax.refusal import replace as put_in_place

SHOWN_LENGTH_MAX = 1_000
"""Characters of a query that a note repeats."""


def bind(query: nodes.Query, catalog: Catalog, now: int, given: Given = NOTHING_GIVEN) -> BoundQuery:
    """The plan of `query` over the catalog's snapshot; `now` (nanoseconds since 1970 UTC) ends `last`.

    Raises `QueryError` with every independent error found, in the order of the text.
    """
    binding = Binding(query, catalog, now, given, given.zone, bind_plan=_bind_plan)
    if given.strict:
        binding.refusals += _mixed_or_refusals(query)
    plan = _bind_plan(binding)
    binding.raise_errors()
    assert binding.time is not None, "a query without errors has its time bound"
    assert binding.search is not None, "and its search"
    notes = merged_notes([*binding.notes, *_mixed_or_notes(query), *_unused_parameters(binding)])
    return BoundQuery(
        plan=plan,
        search=binding.search,
        scope=_scope(plan, binding.time),
        range=binding.time.range,
        topics=binding.topics,
        notes=notes,
        words=tuple(binding.words),
        zone=binding.time.zone,
        overlaps=binding.time.overlaps,
        reaching=_reaching(binding.search, binding.time),
        lists=tuple(binding.lists.values()),
        clauses=tuple(binding.clauses),
        parts=tuple(binding.parts),
    )


def _bind_plan(binding: Binding) -> logical.Node:
    """The plan of a query, or of a subquery with what it takes over; what is refused is kept in `binding`."""
    query, catalog, around = binding.query, binding.catalog, binding.around
    if around is None or any(isinstance(scope, nodes.From) for scope in query.scopes):
        topics = bind_topics(binding, catalog)
        if binding.refusals:
            # Without the topics every field would look unknown.
            bind_time(binding, catalog, topics)
            binding.raise_errors()
        binding.layouts = scope_layouts(catalog, topics)
        schemas = [layout.schema for layout in binding.layouts]
        binding.schema = schemas[0].union(schemas[1:])
    topics = binding.topics
    time = binding.time = bind_time(binding, catalog, topics, around.time if around else None)
    plan: logical.Node = logical.Scan(topics, binding.schema, time.scan_range)
    predicate = predicates.all_of([bind_search(binding, query.filter), time.predicate])
    if not isinstance(predicate, predicates.Everything):
        plan = logical.Filter(plan, predicate)
    binding.search = plan
    return bind_stages(binding, plan, query.stages)


def _scope(plan: logical.Node, time: TimeBinding) -> logical.Node:
    """The plan of every record of the topics and the time of `plan`."""
    scan = logical.chain(plan)[0]
    return scan if time.predicate == predicates.Everything() else logical.Filter(scan, time.predicate)


def _reaching(search: logical.Node, time: TimeBinding) -> logical.Node | None:
    """The search, for the records that began before the range and reach into it."""
    if time.reaching is None or time.overlaps:
        return None
    scan = logical.chain(search)[0]
    assert isinstance(scan, logical.Scan), "a scan begins a plan"
    scan_range, reaches = time.reaching
    found = [search.predicate] if isinstance(search, logical.Filter) else []
    return logical.Filter(replace(scan, range=scan_range), predicates.all_of([*found, reaches]))


def _unused_parameters(binding: Binding) -> list[Diagnostic]:
    return [
        Diagnostic(
            "unused-parameter", f"the query does not use the parameter {name}", severity=Severity.WARNING
        )
        for name in binding.given.parameters
        if name not in binding.used
    ]


def _mixed_or_refusals(query: nodes.Query) -> list[Refusal]:
    """What a strict reading refuses; the canonical text has the parentheses."""
    if not query.mixed_or:
        return []
    fix = put_in_place(Span(0, len(query.text)), canonical(query))
    message = "AND and OR stand side by side without parentheses, which a strict reading refuses"
    return [Refusal("mixed-and-or", message, span, fix) for span in query.mixed_or]


def _mixed_or_notes(query: nodes.Query) -> list[Diagnostic]:
    message = "AND binds tighter than OR; parentheses make the grouping plain"
    grouping: tuple[str, ...] = ()
    if query.mixed_or and len(query.text) <= SHOWN_LENGTH_MAX:
        is_in_filter = max(query.mixed_or).end <= query.filter.span.end
        stages = () if is_in_filter else query.stages
        plain = replace(query, verb=nodes.Verb.SEARCH, scopes=(), stages=stages)
        grouping = (f"it is read as {canonical(plain)}",)
    return [
        Diagnostic("mixed-and-or", message, span, Severity.WARNING, details=grouping)
        for span in query.mixed_or
    ]
