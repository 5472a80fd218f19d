"""Terms from templates: SQL with `$name` where terms go, parsed once and filled in as a tree.

Owns when a term is written where it is used, and when it gets a name first because it is long: SQL without
macros has one way for this, `[f("#of1") FOR "#of1" IN [term]][1]`. Names that begin with `#` are no field's.
"""

from collections.abc import Iterable
from functools import cache

from sqlglot import exp, parse_one

from flowql.plan.sql.terms import Term, named, text

_NODES_MAX = 6
"""A term of more nodes than this is not written twice: a column has two, a constant in its type three."""
_BARE = (exp.Column, exp.Literal, exp.Func, exp.Paren, exp.Placeholder, exp.Null, exp.Boolean, exp.Bracket)
"""What stands anywhere without parentheses."""
_HELD = "#of"


def filled(template: str, **terms: Term) -> Term:
    """The template with terms in the place of `$name`."""
    tree = _parsed(template).copy()
    for place in list(tree.find_all(exp.Placeholder)):
        term = terms[place.name].copy()
        is_bare = isinstance(term, _BARE) and not isinstance(term, exp.Connector)
        is_list = isinstance(term, exp.Array | exp.Aliases | exp.Select)
        place.replace(term if is_bare or is_list else exp.Paren(this=term))
    return tree


def bound(template: str, **terms: Term) -> Term:
    """As `filled`, but no term that is long is written more than once; it is worked out once, too."""
    long = {name: term for name, term in terms.items() if _is_long(term) and _is_repeated(template, name)}
    if not long:
        return filled(template, **terms)
    held = named(f"{_HELD}{_names_within(long.values()) + 1}")
    if len(long) == 1:
        ((name, given),) = long.items()
        inside: dict[str, Term] = {name: held}
    else:
        given = exp.Struct(
            expressions=[exp.PropertyEQ(this=exp.to_identifier(n), expression=t) for n, t in long.items()]
        )
        inside = {name: filled("STRUCT_EXTRACT($held, $name)", held=held, name=text(name)) for name in long}
    body = filled(template, **{**terms, **inside})
    return filled(f'[$body FOR "{held.name}" IN [$given]][1]', body=body, given=given)


@cache
def _parsed(template: str) -> Term:
    return parse_one(template, read="duckdb")


@cache
def _is_repeated(template: str, name: str) -> bool:
    return sum(place.name == name for place in _parsed(template).find_all(exp.Placeholder)) > 1


def _is_long(term: Term) -> bool:
    return sum(1 for _ in term.walk()) > _NODES_MAX


def _names_within(terms: Iterable[Term]) -> int:
    """The greatest number of a name that is given inside of the terms."""
    given = (each.expression.name for term in terms for each in term.find_all(exp.Comprehension))
    return max((int(name[len(_HELD) :]) for name in given if name.startswith(_HELD)), default=0)
