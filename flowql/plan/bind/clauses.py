"""The filter: clauses of the syntax tree to one predicate.

Owns what each operator does with each form of value, on one field and on either side, and how clauses
combine. Values are read by the field's kind (kinds), bare words by `words`. Recursion follows nesting only,
which the parser bounds; the items of an And, an Or or a set are walked in a loop.
"""

from itertools import chain

from flowql.plan import predicates
from flowql.plan.bind import alternatives as alternative
from flowql.plan.bind.alternatives import MISSING, NO_VALUE, PRESENT, Alternatives
from flowql.plan.bind.binding import Binding, Place
from flowql.plan.bind.fields import Target, find_target, target_of
from flowql.plan.bind.kinds import READERS
from flowql.plan.bind.neighbours import check_neighbours, check_sides
from flowql.plan.bind.phrases import bind_record
from flowql.plan.bind.words import bind_word
from flowql.plan.predicates import InRanges, Or, Predicate
from flowql.schema import Field, Kind
from flowql.syntax import nodes
from flowql.syntax.nodes import Operator
from flowql.syntax.refusal import Refusal, replace

_NEGATED = (Operator.NOT_EQUAL, Operator.NOT_IN)
_ORDERING = (Operator.GREATER, Operator.GREATER_EQUAL, Operator.LESS, Operator.LESS_EQUAL)
_WHOLE = (Operator.EQUAL, Operator.NOT_EQUAL)
_NOTHING: Predicate = predicates.Nothing()


def bind_filter(binding: Binding, clause: nodes.Clause) -> Predicate:
    """The predicate of a filter; what is refused in it is kept in `binding.refusals`."""
    match clause:
        case nodes.Everything():
            return predicates.Everything()
        case nodes.Bare():
            return binding.attempt(lambda: bind_word(binding, clause), otherwise=_NOTHING)
        case nodes.Comparison():
            return binding.attempt(lambda: _comparison(binding, clause), otherwise=_NOTHING)
        case nodes.Not():
            return predicates.negation(bind_filter(binding, clause.item))
        case nodes.And():
            return _conjunction(binding, clause)
        case nodes.Or():
            return _alternatives(binding, clause)
        case _:
            raise AssertionError(f"no such clause: {clause}")


def _conjunction(binding: Binding, clause: nodes.And) -> Predicate:
    """All items; where words stand in the order of another tool, that one error and none about its parts."""
    record = bind_record(binding, clause.items)
    if record is not None:
        return record
    try:
        check_neighbours(binding, clause.items)
    except Refusal as refusal:
        binding.refusals.append(refusal)
        return _NOTHING
    return predicates.all_of([bind_filter(binding, item) for item in clause.items])


def _alternatives(binding: Binding, clause: nodes.Or) -> Predicate:
    """Some item; as with AND, words in the order of another tool are one error."""
    try:
        check_sides(binding, clause.items)
    except Refusal as refusal:
        binding.refusals.append(refusal)
        return _NOTHING
    return _disjunction([bind_filter(binding, item) for item in clause.items])


def _disjunction(items: list[Predicate]) -> Predicate:
    """Some item; the ranges of one field are joined: a long list written with OR costs what a set costs."""
    ranges: dict[Field, list[tuple[int, int]]] = {}
    others: list[Predicate] = []
    for item in chain.from_iterable(each.items if isinstance(each, Or) else (each,) for each in items):
        if isinstance(item, InRanges):
            ranges.setdefault(item.field, []).extend(item.ranges)
        else:
            others.append(item)
    return predicates.any_of([predicates.in_ranges(field, each) for field, each in ranges.items()] + others)


def _comparison(binding: Binding, clause: nodes.Comparison) -> Predicate:
    target = target_of(binding, clause)
    place = Place(binding, target.name, target.kind, clause.operator)
    _check_second_field(binding, clause)
    if clause.operator in _ORDERING:
        assert isinstance(clause.value, nodes.Literal), "the grammar puts one literal behind < and >"
        return _on_target(READERS[place.kind].compare(place, clause.operator, clause.value), target)
    if target.kind is Kind.TEXT and clause.operator in _WHOLE:
        _check_wildcards(binding, clause)
    values = _values(place, clause.value)
    if clause.operator not in _NEGATED:
        return _on_target(values, target)
    if values == MISSING:
        return _on_target(PRESENT, target)
    if values.present:
        raise _never(binding, clause)
    return _not_on_target(values, target)


def _on_target(values: Alternatives, target: Target) -> Predicate:
    if target.is_either_side:
        return alternative.on_some_side(values, target.fields)
    return alternative.on_field(values, target.fields[0])


def _not_on_target(values: Alternatives, target: Target) -> Predicate:
    if target.is_either_side:
        return alternative.on_no_side(values, target.fields)
    return alternative.not_on_field(values, target.fields[0])


def _check_second_field(binding: Binding, clause: nodes.Comparison) -> None:
    """Refuse `srcport < dstport`, which must not be read as a name of some other sort."""
    value = clause.value
    if clause.operator not in (*_ORDERING, *_WHOLE) or not isinstance(value, nodes.Literal) or value.quoted:
        return
    if find_target(binding, value.text) is not None:
        message = f"{value.text} is a field, and fields are not compared with each other yet"
        details = (f'to compare with the word, quote it: "{value.text}"',)
        raise Refusal("not-supported", message, value.span, details=details)


def _check_wildcards(binding: Binding, clause: nodes.Comparison) -> None:
    """Refuse wildcards on text after `=` and `!=`."""
    if not _has_wildcard(clause.value):
        return
    field, value, sign = (
        binding.source(clause.field.span),
        binding.source(clause.value.span),
        clause.operator.value,
    )
    message = f"{sign} compares the whole value, in which a wildcard has no meaning"
    details = (f'a * or ? that is part of the value stands in quotes: {field}{sign}"a*"',)
    fix = replace(clause.span, f"{'' if clause.operator is Operator.EQUAL else 'NOT '}{field}:{value}")
    raise Refusal("wildcard-after-equals", message, clause.value.span, fix, details=details)


def _never(binding: Binding, clause: nodes.Comparison) -> Refusal:
    """The error for `f!=*`: present, and different from whatever is present."""
    field = binding.source(clause.field.span)
    message = f"{binding.source(clause.span)} holds for no record"
    return Refusal("bad-operator", message, clause.span, replace(clause.span, f"NOT {field}:*"))


def _has_wildcard(value: nodes.Value) -> bool:
    match value:
        case nodes.Literal():
            return bool(value.wildcards)
        case nodes.Present():
            return True
        case nodes.Group():
            return any(_has_wildcard(item) for item in value.items)
        case nodes.Range() | nodes.Missing():
            return False
        case _:
            raise AssertionError(f"no such value: {value}")


def _values(place: Place, value: nodes.Value) -> Alternatives:
    match value:
        case nodes.Missing() | nodes.Literal(text="", quoted=True):
            return MISSING
        case nodes.Present() | nodes.Range(low=None, high=None):
            return PRESENT
        case nodes.Literal():
            return READERS[place.kind].match(place, value)
        case nodes.Range():
            return READERS[place.kind].between(place, value)
        case nodes.Group():
            return alternative.one_of([_element(place, item) for item in value.items])
        case _:
            raise AssertionError(f"no such value: {value}")


def _element(place: Place, value: nodes.Value) -> Alternatives:
    """One of several values; when it is refused, the others are still read, to tell every error at once."""
    return place.binding.attempt(lambda: _values(place, value), otherwise=NO_VALUE)
