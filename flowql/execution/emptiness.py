"""Why nothing matched: what would match without one of the clauses, and what is there instead.

Owns the explanation as a value, and the order in which it is worked out: the counts without each top-level
clause, then without the time, then the present values nearest to those that no record has. The time for it
is bounded; what was left out is named. The words that people read are made elsewhere.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from flowql.errors import CancelledError, Span
from flowql.execution.nearest import few_texts, neighbours, texts_alike
from flowql.execution.scope import Deadline, Scope
from flowql.plan.bound import BoundClause
from flowql.plan.predicates import (
    Everything,
    HasTokens,
    InRanges,
    Or,
    Predicate,
    TextEquals,
    all_of,
)
from flowql.schema import Field, Kind
from flowql.times import format_time
from flowql.values import format_address, format_duration

PARTS_MAX = 8
"""Top-level clauses that are left out in turn, and clauses whose values are looked for: nobody reads more."""
BUDGET_S = 0.2
"""How long a user who has just seen that nothing matched is kept waiting for the reason."""


@dataclass(frozen=True, slots=True)
class WithoutPart:
    """A top-level clause as written, and how many records match without it."""

    text: str
    span: Span
    count: int


@dataclass(frozen=True, slots=True)
class PresentValue:
    """A value of a field as it prints, and how many records in scope have it."""

    field: str
    text: str
    count: int


@dataclass(frozen=True, slots=True)
class NearestValues:
    """A clause that no record in scope meets, and the present values nearest to what it asks for."""

    text: str
    span: Span
    values: tuple[PresentValue, ...]


@dataclass(slots=True)
class EmptyAnswer:
    """Why no record matched.

    `in_scope` are the records of the topics and the time, whatever the filter asks for; `parts` the first
    PARTS_MAX top-level clauses, of `part_count`; `without_time` how many records match at any time, None
    where the query has no time; `newest_start` is in nanoseconds, of all records of the topics. `left_out`
    says in words what the time did not suffice for: what it names is not here.
    """

    part_count: int
    newest_start: int | None
    in_scope: int | None = None
    parts: list[WithoutPart] = field(default_factory=list)
    without_time: int | None = None
    nearest: list[NearestValues] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def explain_emptiness(scope: Scope, budget_s: float = BUDGET_S) -> EmptyAnswer:
    """Why no record of the scope matched its query, as far as the time suffices."""
    answer = EmptyAnswer(len(scope.bound.parts), scope.newest_start)
    deadline = Deadline(budget_s, scope.context.stop)
    hurried = scope.until(deadline)
    for name, work in _steps(answer, hurried):
        try:
            hurried.context.check()
            work()
        except CancelledError:
            scope.context.check()  # raises where the user, not the time, ended it
            answer.left_out.append(name)
    return answer


def _steps(answer: EmptyAnswer, scope: Scope) -> Iterator[tuple[str, Callable[[], None]]]:
    """What is worked out, one after another, by name."""

    def count_scope() -> None:
        answer.in_scope = scope.count(Everything())

    yield "the records in scope", count_scope
    if answer.in_scope != 0:
        for part in scope.bound.parts[:PARTS_MAX]:
            yield f"without {part.text}", partial(_add_part, answer, scope, part)

    def count_at_any_time() -> None:
        whole = all_of([part.predicate for part in scope.bound.parts])
        answer.without_time = scope.count(whole, at_any_time=True)

    if scope.is_timed:
        yield "at any time", count_at_any_time
    if answer.in_scope != 0:
        asking = (each for each in scope.bound.clauses if not each.negated and _asks_for_values(scope, each))
        for clause in islice(asking, PARTS_MAX):
            yield f"values near {clause.text}", partial(_add_nearest, answer, scope, clause)


def _add_part(answer: EmptyAnswer, scope: Scope, part: BoundClause) -> None:
    others = [each.predicate for each in scope.bound.parts if each is not part]
    answer.parts.append(WithoutPart(part.text, part.span, scope.count(all_of(others))))


# ---- values that are there instead


def _asks_for_values(scope: Scope, clause: BoundClause) -> bool:
    return any(_is_near_to_something(leaf) for leaf in _leaves(scope, clause))


def _add_nearest(answer: EmptyAnswer, scope: Scope, clause: BoundClause) -> None:
    if scope.count(clause.predicate):
        return
    found: list[PresentValue] = []
    for leaf in _leaves(scope, clause):
        match leaf:
            case InRanges(field_, ((low, high),)):
                beside = neighbours(scope, field_, low, high)
                found += [_number(scope, field_, n) for n in (beside.below, beside.above) if n is not None]
            case HasTokens(field_, text) | TextEquals(field_, (text,)):
                found += [_text(scope, field_, each) for each in _texts(scope, clause, field_, text)]
            case _:
                continue
    if found:
        answer.nearest.append(NearestValues(clause.text, clause.span, tuple(found)))


def _leaves(scope: Scope, clause: BoundClause) -> list[Predicate]:
    """The conditions of a clause of which one has to hold.

    Of those of a bare word the numbers are left out: a word that is in no column is nearest to some number of
    each.
    """
    items: list[Predicate] = [clause.predicate]
    if isinstance(clause.predicate, Or):
        items = list(clause.predicate.items)
    if _is_word(scope, clause):
        return [leaf for leaf in items if not isinstance(leaf, InRanges) or leaf.field.kind is Kind.ADDRESS]
    return items


def _is_word(scope: Scope, clause: BoundClause) -> bool:
    return any(word.span == clause.span for word in scope.bound.words)


def _texts(scope: Scope, clause: BoundClause, field_: Field, text: str) -> list[str]:
    """Texts like the one asked for; where a field was named and none is like it, all that it has, if few."""
    alike = texts_alike(scope, field_, text)
    return alike if alike or _is_word(scope, clause) else few_texts(scope, field_)


def _is_near_to_something(leaf: Predicate) -> bool:
    match leaf:
        case InRanges(Field(is_virtual=False), ranges):
            return len(ranges) == 1
        case TextEquals(Field(is_virtual=False), values):
            return len(values) == 1
        case HasTokens(Field(is_virtual=False)):
            return True
        case _:
            return False


def _number(scope: Scope, field_: Field, value: int) -> PresentValue:
    match field_.kind:
        case Kind.ADDRESS:
            text = format_address(value)
        case Kind.TIME:
            text = format_time(value, scope.bound.zone)
        case Kind.DURATION:
            text = format_duration(value)
        case _:
            text = str(value)
    return PresentValue(field_.name, text, scope.count(InRanges(field_, ((value, value),))))


def _text(scope: Scope, field_: Field, value: str) -> PresentValue:
    return PresentValue(field_.name, value, scope.count(TextEquals(field_, (value,))))
