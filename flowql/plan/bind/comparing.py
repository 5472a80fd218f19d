"""Field against field: `srcport < dstport`.

Owns which fields may stand on the two sides of an operator: two of one kind, stored or computed. An
either-side name has no single value to compare.
"""

from flowql.plan.bind.binding import Binding
from flowql.plan.bind.fields import Target
from flowql.plan.predicates import Compares, Predicate, Relation
from flowql.schema import Kind
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
        kinds = f"{first.name} is {_noun(first.kind)} and {second.name} is {_noun(second.kind)}"
        message = f"{kinds}: they do not compare"
        raise Refusal("bad-comparison", message, clause.value.span, details=_quoting(binding, clause, left))
    if first.kind is Kind.TEXT and relation not in _EQUALITIES:
        message = f"{first.name} is text, which {relation.value} does not compare"
        raise Refusal("bad-operator", message, clause.value.span)
    return Compares(first, relation, second)


def _noun(kind: Kind) -> str:
    match kind:
        case Kind.TEXT:
            return "text"
        case Kind.ADDRESS:
            return "an address"
        case Kind.REAL:
            return "a quotient"
        case _:
            return f"a {kind.value}"


def _quoting(binding: Binding, clause: nodes.Comparison, left: Target) -> tuple[str, ...]:
    """How a text is compared with the word; nothing else can hold the name of a field."""
    if left.kind is not Kind.TEXT:
        return ()
    return (f'to compare with the word, quote it: "{binding.source(clause.value.span)}"',)
