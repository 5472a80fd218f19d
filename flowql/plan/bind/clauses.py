"""The filter: clauses of the syntax tree to one predicate.

Owns what each operator does with each form of value, on one field and on either side, and how clauses
combine. Values are read by the field's kind (kinds), bare words by `words`. Recursion follows nesting only,
which the parser bounds; the items of an And, an Or or a set are walked in a loop.
"""

from dataclasses import replace as with_changes
from itertools import chain

from flowql.plan import predicates
from flowql.plan.bind import alternatives as alternative
from flowql.plan.bind.alternatives import MISSING, NO_VALUE, PRESENT, Alternatives
from flowql.plan.bind.binding import Binding, Place
from flowql.plan.bind.column_schema import ColumnSchema
from flowql.plan.bind.comparing import bind_fields
from flowql.plan.bind.endpoints import Endpoints
from flowql.plan.bind.fields import Target, find_target, target_of
from flowql.plan.bind.kinds import is_made, reader_of
from flowql.plan.bind.lists import load_list, members
from flowql.plan.bind.made import note_other_kind
from flowql.plan.bind.neighbours import check_neighbours, check_sides
from flowql.plan.bind.regexes import check_regex
from flowql.plan.bind.subqueries import bind_subquery
from flowql.plan.bind.virtual import bind_virtual
from flowql.plan.bind.words import bind_regex, bind_word
from flowql.plan.bound import BoundClause
from flowql.plan.predicates import Exists, InRanges, InSubquery, Or, Predicate
from flowql.schema import Field, Kind
from flowql.syntax import nodes
from flowql.syntax.nodes import Operator
from flowql.syntax.refusal import Refusal, replace
from flowql.syntax.refused_values import and_of_values

_NEGATED = (Operator.NOT_EQUAL, Operator.NOT_IN)
_ORDERING = (Operator.GREATER, Operator.GREATER_EQUAL, Operator.LESS, Operator.LESS_EQUAL)
_WHOLE = (Operator.EQUAL, Operator.NOT_EQUAL)
_NOTHING: Predicate = predicates.Nothing()


def bind_search(binding: Binding, clause: nodes.Clause) -> Predicate:
    """The predicate of a whole filter; the clauses that AND joins at the top are kept in `binding.parts`."""
    if not isinstance(clause, nodes.And):
        predicate = bind_filter(binding, clause)
        if not isinstance(clause, nodes.Everything):
            binding.parts.append(BoundClause(binding.source(clause.span), clause.span, predicate))
        return predicate
    return _conjunction(binding, clause, binding.parts)


def bind_filter(binding: Binding, clause: nodes.Clause) -> Predicate:
    """The predicate of a filter; what is refused in it is kept in `binding.refusals`."""
    match clause:
        case nodes.Everything():
            return predicates.Everything()
        case nodes.Bare() | nodes.Endpoint() | nodes.Arrow() | nodes.Comparison():
            predicate = binding.attempt(lambda: _single(binding, clause), otherwise=_NOTHING)
            binding.clauses.append(BoundClause(binding.source(clause.span), clause.span, predicate))
            return predicate
        case nodes.Not():
            first = len(binding.clauses)
            predicate = predicates.negation(bind_filter(binding, clause.item))
            inner = binding.clauses[first:]
            binding.clauses[first:] = [with_changes(each, negated=not each.negated) for each in inner]
            return predicate
        case nodes.And():
            return _conjunction(binding, clause)
        case nodes.Or():
            return _alternatives(binding, clause)
        case _:
            raise AssertionError(f"no such clause: {clause}")


def _single(
    binding: Binding, clause: nodes.Bare | nodes.Endpoint | nodes.Arrow | nodes.Comparison
) -> Predicate:
    """A clause that holds no other."""
    match clause:
        case nodes.Bare():
            return _bare(binding, clause)
        case nodes.Endpoint():
            return Endpoints(binding, _values).on_either_side(clause)
        case nodes.Arrow():
            return Endpoints(binding, _values).arrow(clause)
        case nodes.Comparison():
            return _comparison(binding, clause)


def _conjunction(binding: Binding, clause: nodes.And, parts: list[BoundClause] | None = None) -> Predicate:
    """All items; where words stand in the order of another tool, that one error and none about its parts."""
    try:
        check_neighbours(binding, clause.items)
    except Refusal as refusal:
        binding.refusals.append(refusal)
        return _NOTHING
    bound = [bind_filter(binding, item) for item in clause.items]
    if parts is not None:
        parts += [
            BoundClause(binding.source(item.span), item.span, predicate)
            for item, predicate in zip(clause.items, bound, strict=True)
        ]
    return predicates.all_of(bound)


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
        # Of two networks side by side neither holds the block that both make up.
        if isinstance(item, InRanges) and item.field.kind is not Kind.NETWORK:
            ranges.setdefault(item.field, []).extend(item.ranges)
        else:
            others.append(item)
    return predicates.any_of([predicates.in_ranges(field, each) for field, each in ranges.items()] + others)


def _bare(binding: Binding, clause: nodes.Bare) -> Predicate:
    """A word, or a parameter's value; the entries of a list on either side; an expression on all texts."""
    match clause.term:
        case nodes.Literal():
            return bind_word(binding, clause)
        case nodes.Regex() as regex:
            check_regex(regex)
            return bind_regex(binding, regex)
        case nodes.ListName() as name:
            return _listed(binding, name)
        case nodes.Parameter() as parameter:
            value = binding.value(parameter)
            items = value.items if isinstance(value, nodes.Group) else (value,)
            words = [nodes.Bare(item) for item in items if isinstance(item, nodes.Literal)]
            if len(words) < len(items):
                message = f"the parameter {parameter.name} holds a missing value, which no field is named for"
                raise Refusal("bad-parameter", message, parameter.span)
            return predicates.any_of([bind_word(binding, word) for word in words])
        case _:
            raise AssertionError(f"no such term: {clause.term}")


def _listed(binding: Binding, name: nodes.ListName) -> Predicate:
    """The addresses and the ports of a list, on either side."""
    found = load_list(binding, name)
    items = [
        alternative.on_field(Alternatives(ranges=ranges), field)
        for side, ranges in (("ip", found.addresses), ("port", found.ports))
        for field in _sides(binding, side)
        if ranges
    ]
    if not items and (found.addresses or found.ports):
        message = f"no column here holds what the list {found.name} does"
        raise Refusal("empty-list", message, name.span)
    if not items:
        raise Refusal("empty-list", f"the list {found.name} holds nothing to look for", name.span)
    return predicates.any_of(items)


def _sides(binding: Binding, side: str) -> tuple[Field, ...]:
    """Both sides of records; where columns of one side are left, those."""
    target = find_target(binding, side)
    if target is not None and target.is_either_side:
        return target.fields
    if not isinstance(binding.schema, ColumnSchema):
        return ()
    return binding.schema.of_kind(*((Kind.ADDRESS, Kind.NETWORK) if side == "ip" else (Kind.PORT,)))


def _comparison(binding: Binding, clause: nodes.Comparison) -> Predicate:
    target = target_of(binding, clause)
    place = Place(binding, target.name, target.kind, clause.operator, target.fields[0].is_virtual)
    other = _other_field(binding, clause)
    if other is not None:
        return bind_fields(binding, clause, target, other)
    if is_made(place):
        note_other_kind(place, clause.value)
    if clause.operator in _ORDERING:
        assert isinstance(clause.value, nodes.Literal | nodes.Parameter), (
            "the grammar puts one value behind < and >"
        )
        value = binding.literal(clause.value)
        _check_sign(place, value)
        return _on_target(reader_of(place).compare(place, clause.operator, value), target)
    if isinstance(clause.value, nodes.Subquery):
        return _in_subquery(binding, clause, target, clause.value)
    if isinstance(clause.value, nodes.AllOf):
        return _every(place, target, clause, clause.value)
    if target.kind is Kind.TEXT and clause.operator in _WHOLE:
        _check_wildcards(binding, clause)
    values = _values(place, clause.value)
    if values.present and clause.operator in _NEGATED:
        raise _never(binding, clause)
    if values == MISSING and clause.operator in _NEGATED:
        values, place = PRESENT, with_changes(place, operator=Operator.MATCH)
    if target.fields[0].is_virtual and target.kind is Kind.TEXT:
        return bind_virtual(place, target.fields[0], values)
    if place.operator not in _NEGATED:
        return _on_target(values, target)
    return _not_on_target(values, target)


def _in_subquery(
    binding: Binding, clause: nodes.Comparison, target: Target, value: nodes.Subquery
) -> Predicate:
    """The field's value, on some side, is one that the subquery yields."""
    plan = bind_subquery(binding, value, target.fields)
    items: list[Predicate] = [InSubquery(field, plan) for field in target.fields]
    if clause.operator is Operator.IN:
        return predicates.any_of(items)
    present: list[Predicate] = [Exists(field) for field in target.fields]
    return predicates.all_of([*present, *map(predicates.negation, items)])


def _every(place: Place, target: Target, clause: nodes.Comparison, value: nodes.AllOf) -> Predicate:
    """`ip:(a AND b)`: each of them on some side."""
    if not target.is_either_side:
        raise _one_value(place, clause, value)
    return predicates.all_of([_on_target(_element(place, item), target) for item in value.items])


def _one_value(place: Place, clause: nodes.Comparison, value: nodes.AllOf) -> Refusal:
    """The error for several values at once of one field; of a text, several tokens may be meant."""
    refusal = and_of_values(clause.field, "in", value)
    if place.kind is not Kind.TEXT or refusal.message.startswith("a group"):
        return refusal
    field = place.binding.source(clause.field.span)
    both = " AND ".join(f"{field}:{place.binding.source(item.span)}" for item in value.items)
    message = f"the values of a group are joined by OR; a text that holds both is written {both}"
    return Refusal("and-of-values", message, value.span, replace(clause.span, f"({both})"))


def _on_target(values: Alternatives, target: Target) -> Predicate:
    if target.is_either_side:
        return alternative.on_some_side(values, target.fields)
    return alternative.on_field(values, target.fields[0])


def _not_on_target(values: Alternatives, target: Target) -> Predicate:
    if target.is_either_side:
        return alternative.on_no_side(values, target.fields)
    return alternative.not_on_field(values, target.fields[0])


def _other_field(binding: Binding, clause: nodes.Comparison) -> Target | None:
    """The field that an unquoted name after `=` or `<` means; after `:` stands a value, always."""
    value = clause.value
    if clause.operator not in (*_ORDERING, *_WHOLE) or not isinstance(value, nodes.Literal):
        return None
    return None if value.quoted or value.wildcards else find_target(binding, value.text)


def _check_sign(place: Place, value: nodes.Literal) -> None:
    """Refuse `bytes > -5`: only what is computed can be below 0."""
    signed = place.kind in (Kind.DURATION, Kind.TIME) or is_made(place)
    if value.text.startswith("-") and not value.quoted and not signed:
        raise Refusal("negative-number", "no field holds negative numbers", value.span)


def _check_wildcards(binding: Binding, clause: nodes.Comparison) -> None:
    """Refuse wildcards on text after `=` and `!=`."""
    wild = _first_wildcard(clause.value)
    if wild is None:
        return
    field, value = binding.source(clause.field.span), binding.source(clause.value.span)
    sign = clause.operator.value
    message = f"{sign} compares the whole value, in which a wildcard has no meaning"
    in_quotes = f'{field}{sign}"{binding.source(wild.span)}"'
    details = (f"a * or ? that is part of the value stands in quotes: {in_quotes}",)
    fix = replace(clause.span, f"{'' if clause.operator is Operator.EQUAL else 'NOT '}{field}:{value}")
    raise Refusal("wildcard-after-equals", message, clause.value.span, fix, details=details)


def _never(binding: Binding, clause: nodes.Comparison) -> Refusal:
    """The error for `f!=*`: present, and different from whatever is present."""
    field = binding.source(clause.field.span)
    message = f"{binding.source(clause.span)} holds for no record"
    return Refusal("bad-operator", message, clause.span, replace(clause.span, f"NOT {field}:*"))


def _first_wildcard(value: nodes.Value) -> nodes.Value | None:
    match value:
        case nodes.Literal(wildcards=(_, *_)) | nodes.Present():
            return value
        case nodes.Group():
            return next((each for each in map(_first_wildcard, value.items) if each is not None), None)
        case _:
            return None


def _values(place: Place, value: nodes.Value) -> Alternatives:
    match value:
        case nodes.Missing() | nodes.Literal(text="", quoted=True):
            return MISSING
        case nodes.Present() | nodes.Range(low=None, high=None):
            return PRESENT
        case nodes.Literal():
            return reader_of(place).match(place, value)
        case nodes.Regex():
            check_regex(value)
            return reader_of(place).regex(place, value)
        case nodes.Range():
            return reader_of(place).between(place, value)
        case nodes.ListName():
            return members(place, value)
        case nodes.Parameter():
            return _values(place, place.binding.value(value))
        case nodes.Group():
            return alternative.one_of([_element(place, item) for item in value.items])
        case _:
            raise AssertionError(f"no such value: {value}")


def _element(place: Place, value: nodes.Value) -> Alternatives:
    """One of several values; when it is refused, the others are still read, to tell every error at once."""
    return place.binding.attempt(lambda: _values(place, value), otherwise=NO_VALUE)
