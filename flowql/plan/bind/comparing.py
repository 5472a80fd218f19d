"""Field against field: `srcport < dstport`.

Owns which fields may stand on the two sides of an operator: two of one kind, stored or computed. An
either-side name has no single value to compare.
"""

from flowql.plan.bind.binding import Binding
from flowql.plan.bind.fields import Target
from flowql.plan.bind.nouns import noun_of
from flowql.plan.predicates import Compares, Predicate, Relation
from flowql.schema import Field, Kind
from flowql.syntax import nodes
from flowql.syntax.refusal import Refusal

_EQUALITIES = (Relation.EQUAL, Relation.NOT_EQUAL)


def bind_fields(binding: Binding, clause: nodes.Comparison, left: Target, right: Target) -> Predicate:
    """The comparison of two fields of a record; raises `Refusal`."""
    for target, span in ((right, clause.value.span), (left, clause.field.span)):
        if target.is_either_side:
            message = f"{target.name} looks at two fields, and fields are compared one with one"
            raise Refusal("bad-comparison", message, span, details=_quoting(binding, clause, left))
    relation = Relation(clause.operator.value)
    first, second = left.fields[0], right.fields[0]
    if first.kind is not second.kind:
        kinds = " and ".join(f"{each.name} is {_noun(each)}" for each in (first, second))
        message = f"{kinds}: they do not compare"
        raise Refusal("bad-comparison", message, clause.value.span, details=_quoting(binding, clause, left))
    if first.kind in (Kind.TEXT, Kind.NETWORK) and relation not in _EQUALITIES:
        message = f"{first.name} is {_noun(first)}, which {relation.value} does not compare"
        raise Refusal("bad-operator", message, clause.value.span)
    return Compares(first, relation, second)


def _noun(field: Field) -> str:
    return noun_of(field.kind, is_virtual=field.is_virtual)


def _quoting(binding: Binding, clause: nodes.Comparison, left: Target) -> tuple[str, ...]:
    """How a text is compared with the word; nothing else can hold the name of a field."""
    if left.kind is not Kind.TEXT:
        return ()
    return (f'to compare with the word, quote it: "{binding.source(clause.value.span)}"',)
