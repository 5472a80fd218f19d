"""Topics in scope: what `from` means in one snapshot.

Owns topic patterns, their exclusions and the words about names that match nothing. Knows nothing of time or
fields beyond the schemas that the catalog gives.
"""

from collections.abc import Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from flowql.errors import Severity, Span
from flowql.plan.bind.binding import Binding, Layout
from flowql.plan.catalog import Catalog
from flowql.schema import DEFAULT_SCHEMA, Schema, TopicName
from flowql.syntax import nodes
from flowql.syntax.refusal import Edit, Fix, Refusal, replace

TOPICS_SHOWN_MAX = 8
"""Topics that an error about an unknown one lists."""


def bind_topics(binding: Binding, catalog: Catalog) -> tuple[TopicName, ...]:
    """The topics in scope, ascending; what is refused is kept in `binding.refusals`."""
    clauses = [scope for scope in binding.query.scopes if isinstance(scope, nodes.From)]
    if not clauses:
        return _default_topics(binding, catalog)
    if len(clauses) > 1:
        binding.refusals.append(_second_from(binding, clauses))
    return _chosen(binding, catalog, clauses[0])


def scope_layouts(catalog: Catalog, topics: Sequence[TopicName]) -> tuple[Layout, ...]:
    """The topics by their schemas, in their order; the default schema when there is no topic."""
    layouts: dict[Schema, list[TopicName]] = {}
    for topic in topics:
        layouts.setdefault(catalog.schema(topic), []).append(topic)
    if not layouts:
        return (Layout(DEFAULT_SCHEMA, ()),)
    return tuple(Layout(schema, tuple(held)) for schema, held in layouts.items())


def _default_topics(binding: Binding, catalog: Catalog) -> tuple[TopicName, ...]:
    known = catalog.topics()
    topics = tuple(topic for topic in known if topic.logset == catalog.default_logset)
    if known and not topics:
        logsets = ", ".join(dict.fromkeys(topic.logset for topic in known))
        message = f"the logset {catalog.default_logset} has no topics; name others with from: {logsets}"
        binding.note("no-topics", message, Span(0, 0), severity=Severity.WARNING)
    return topics


def _chosen(binding: Binding, catalog: Catalog, clause: nodes.From) -> tuple[TopicName, ...]:
    known = catalog.topics()
    included: set[TopicName] = set()
    excluded: set[TopicName] = set()
    for pattern in clause.patterns:
        found = {topic for topic in known if _matches(pattern, topic, catalog.default_logset)}
        if not found and not (pattern.excluded and _is_wild(pattern.text)):
            binding.refusals.append(_unknown_topic(binding, catalog, pattern))
        (excluded if pattern.excluded else included).update(found)
    if all(pattern.excluded for pattern in clause.patterns):
        included = {topic for topic in known if topic.logset == catalog.default_logset}
    if included and not included - excluded:
        binding.refusals.append(Refusal("no-topics", "the exclusions leave no topic", clause.span))
    return tuple(sorted(included - excluded))


def _matches(pattern: nodes.TopicPattern, topic: TopicName, default_logset: str) -> bool:
    logset, slash, name = pattern.text.lower().rpartition("/")
    if not slash:
        logset = default_logset
    return fnmatchcase(topic.topic, _glob(name)) and fnmatchcase(topic.logset, _glob(logset))


def _glob(text: str) -> str:
    return text.replace("[", "[[]")


def _is_wild(text: str) -> bool:
    return "*" in text or "?" in text


def _unknown_topic(binding: Binding, catalog: Catalog, pattern: nodes.TopicPattern) -> Refusal:
    if not catalog.topics():
        details: tuple[str, ...] = ("the store has no topics yet",)
        return Refusal("unknown-topic", _no_topic(pattern), pattern.span, details=details)
    similar = _similar(catalog, pattern.text.lower())
    details = (f"topics with a similar name: {', '.join(similar)}",) if similar else ()
    if not similar:
        logsets = {topic.logset for topic in catalog.topics()}
        known = [shown_topic(topic, catalog) for topic in catalog.topics()[:TOPICS_SHOWN_MAX]]
        more = ", ..." if len(catalog.topics()) > TOPICS_SHOWN_MAX else ""
        details = (f"topics in {_counted(len(logsets), 'logset')}: {', '.join(known)}{more}",)
    fixes: tuple[Fix, ...] = ()
    if similar:
        written = binding.source(pattern.span)
        fixes = (replace(pattern.span, f"-{similar[0]}" if written.startswith("-") else similar[0]),)
    return Refusal("unknown-topic", _no_topic(pattern), pattern.span, *fixes, details=details)


def _no_topic(pattern: nodes.TopicPattern) -> str:
    if _is_wild(pattern.text):
        return f'no topic matches "{pattern.text}"'
    return f'unknown topic "{pattern.text}"'


def _similar(catalog: Catalog, text: str) -> tuple[str, ...]:
    """At most three topics as one writes them: those of this name elsewhere first, then the nearest names."""
    bare = text.rpartition("/")[2]
    shown = [shown_topic(topic, catalog) for topic in catalog.topics()]
    elsewhere = [shown_topic(topic, catalog) for topic in catalog.topics() if topic.topic == bare]
    near = get_close_matches(text, shown, n=3, cutoff=0.6) + get_close_matches(bare, shown, n=3, cutoff=0.6)
    return tuple(dict.fromkeys([*elsewhere, *near]))[:3]


def shown_topic(topic: TopicName, catalog: Catalog) -> str:
    """A topic as one writes it behind `from`: alone in the default logset."""
    return topic.topic if topic.logset == catalog.default_logset else str(topic)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _second_from(binding: Binding, clauses: Sequence[nodes.From]) -> Refusal:
    first, second = clauses[0], clauses[1]
    listed = binding.source(Span(second.patterns[0].span.start, second.patterns[-1].span.end))
    message = "a query has one from; its topics are a list"
    insert = Span(first.span.end, first.span.end)
    return Refusal("scope-twice", message, second.span, (Edit(insert, f", {listed}"), Edit(second.span, "")))
