"""What is known while one query is bound, and how its parts report what they find.

Owns the gathering of errors and notes, and the making of proposals. A part that cannot go on raises a
`Refusal`; the smallest part that can be left out is run by `Binding.attempt`, which keeps it, so that several
independent errors are told at once. Knows nothing of what clauses or stages mean.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from flowql.errors import Diagnostic, QueryError, Severity, Span
from flowql.plan.bind import parameters
from flowql.plan.bind.timebinding import TimeBinding
from flowql.plan.bound import BoundClause, ListUse, WordReading
from flowql.plan.catalog import Catalog
from flowql.plan.given import NOTHING_GIVEN, Given
from flowql.plan.logical import Column, Node, TimeRange
from flowql.schema import DEFAULT_SCHEMA, Kind, Schema, TopicName
from flowql.syntax import nodes
from flowql.syntax.parser import parse
from flowql.syntax.refusal import Fix, Refusal, apply
from flowql.zones import UTC, Zone

ERROR_COUNT_MAX = 20
"""Errors told about one query: a list pasted into the wrong field would give thousands."""
CHECKED_LENGTH_MAX = 200_000
"""Characters parsed to check proposals: a quarter of a second. An error past it has none."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Layout:
    """Topics that have one schema."""

    schema: Schema
    topics: tuple[TopicName, ...]


@dataclass(slots=True)
class Binding:
    """The query, the schema of the topics in scope, the time that counts as now, and the findings so far.

    `layouts` are the topics in scope by their schemas, whose union `schema` is; `used` are the names of the
    parameters read; `computed` are the computed fields that stages name, as columns; `time` is what the
    clauses of time ask for, and `search` the plan below the stages, once they are bound. While a filter looks
    at the columns of a stage, `schema` is those. Of a subquery, `around` is the binding of the query around
    it and `nesting` how deep it stands; `bind_plan` binds one.
    """

    query: nodes.Query
    catalog: Catalog
    now: int
    given: Given = NOTHING_GIVEN
    zone: Zone = UTC
    schema: Schema = DEFAULT_SCHEMA
    layouts: tuple[Layout, ...] = ()
    refusals: list[Refusal] = field(default_factory=list)
    notes: list[Diagnostic] = field(default_factory=list)
    words: list[WordReading] = field(default_factory=list)
    clauses: list[BoundClause] = field(default_factory=list)
    parts: list[BoundClause] = field(default_factory=list)
    lists: dict[str, ListUse] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    computed: dict[str, Column] = field(default_factory=dict)
    time: TimeBinding | None = None
    search: Node | None = None
    around: "Binding | None" = None
    nesting: int = 0
    bind_plan: "Callable[[Binding], Node] | None" = None

    @property
    def outer_range(self) -> TimeRange:
        """The range given beside the query."""
        return self.given.range

    @property
    def topics(self) -> tuple[TopicName, ...]:
        """The topics in scope, ascending."""
        return tuple(sorted(topic for layout in self.layouts for topic in layout.topics))

    def value(self, parameter: nodes.Parameter) -> nodes.Value:
        """What a parameter stands for; raises `Refusal`."""
        self.used.add(parameter.name)
        return parameters.value_of(self.given.parameters, parameter)

    def literal(self, end: nodes.End) -> nodes.Literal:
        """The literal at an end of a range or in a time, a parameter's value put in its place."""
        if isinstance(end, nodes.Parameter):
            self.used.add(end.name)
        return parameters.literal_of(self.given.parameters, end)

    def source(self, span: Span) -> str:
        """The query's text at `span`."""
        return self.query.text[span.start : span.end]

    def note(
        self,
        code: str,
        message: str,
        span: Span,
        *,
        severity: Severity = Severity.INFO,
        fix: Fix | None = None,
    ) -> None:
        """Keep a note, `fix` as its proposal; those of one code are told as one at the end."""
        proposal = apply(fix, self.query.text) if fix else None
        self.notes.append(Diagnostic(code, message, span, severity, proposal))

    def attempt(self, part: Callable[[], T], otherwise: T) -> T:
        """What `part` gives; when it is refused, the refusal is kept and `otherwise` stands in for it."""
        try:
            return part()
        except Refusal as refusal:
            self.refusals.append(refusal)
            return otherwise

    def raise_errors(self) -> None:
        """Raise `QueryError` with what was refused so far, in the order of the text, if anything was."""
        if self.refusals:
            distinct = {(each.span, each.code, each.message): each for each in self.refusals}
            told = [distinct[key] for key in sorted(distinct)[:ERROR_COUNT_MAX]]
            raise QueryError(self.query.text, tuple(_diagnostics(self.query.text, told)))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: after which field (by its canonical name) and operator. A bare word's is `:`."""

    binding: Binding
    field_name: str
    kind: Kind
    operator: nodes.Operator = nodes.Operator.MATCH
    is_virtual: bool = False


def merged_notes(notes: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """One note per code: the first, with a line that counts the others."""
    by_code: dict[str, list[Diagnostic]] = {}
    for note in notes:
        by_code.setdefault(note.code, []).append(note)
    return tuple(_with_count(same) for same in by_code.values())


def _diagnostics(text: str, refusals: Iterable[Refusal]) -> Iterable[Diagnostic]:
    checked_length = 0
    for refusal in refusals:
        checked_length += len(text)
        proposal = _proposal(text, refusal.fixes) if checked_length <= CHECKED_LENGTH_MAX else None
        yield Diagnostic(
            refusal.code, refusal.message, refusal.span, proposal=proposal, details=refusal.details
        )


def _proposal(text: str, fixes: Iterable[Fix]) -> str | None:
    """The text with the first fix that makes it parse."""
    for fix in fixes:
        fixed = apply(fix, text)
        try:
            parse(fixed)
        except QueryError:
            continue
        return fixed
    return None


def _with_count(same: list[Diagnostic]) -> Diagnostic:
    first = same[0]
    if len(same) == 1:
        return first
    return replace(first, details=(*first.details, f"and {len(same) - 1} more like it"), count=len(same))
