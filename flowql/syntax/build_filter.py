"""And, Or, Not and parentheses: how the parts of a search become one filter and a list of scopes.

Owns three things that no grammar rule says shortly: scopes may stand between clauses at the top, but not in
parentheses, and beside an OR only at either end; an And within an And is one And; and clauses are nested at
most `NESTING_MAX` deep, so that whoever walks the tree may recurse.
"""

from dataclasses import dataclass
from dataclasses import replace as with_changes
from itertools import pairwise, takewhile
from typing import Any, TypeAlias, TypeGuard

from lark import Token

from flowql.errors import Span
from flowql.schema import EITHER_SIDE
from flowql.syntax.build_endpoints import qualified_field
from flowql.syntax.nesting import NESTING_MAX, nesting_of_query
from flowql.syntax.nodes import (
    And,
    Bare,
    Clause,
    Comparison,
    Everything,
    Literal,
    Name,
    Not,
    Operator,
    Or,
    Scope,
    Subquery,
)
from flowql.syntax.refusal import Edit, Refusal, replace
from flowql.syntax.spans import span_between, token_span
from flowql.syntax.writing import written_value, written_word
from flowql.values import mask_length, parse_address, parse_network


@dataclass(frozen=True, slots=True)
class Part:
    """A clause with what a parent must know of its inside: outer span, nesting, mixed Ors."""

    clause: Clause
    span: Span
    nesting: int = 0
    mixed_or: tuple[Span, ...] = ()
    is_qualified: bool = False
    """Whether it is a field clause in nfdump's order, or its negation."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """Two or more parts joined by AND, scopes among them."""

    parts: tuple["Joined", ...]


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Two or more sequences joined by OR."""

    parts: tuple["Sequence | Joined", ...]


Single: TypeAlias = Clause | Part
Joined: TypeAlias = Single | Scope
Search: TypeAlias = Alternatives | Sequence | Joined


@dataclass(frozen=True, slots=True)
class Filter:
    """A whole search: what `nodes.Query` keeps of it."""

    scopes: tuple[Scope, ...]
    clause: Clause
    mixed_or: tuple[Span, ...]


class FilterRules:
    """The grammar's rules of the section "search"."""

    def everything(self, children: list[Token]) -> Everything:
        """`*`."""
        return Everything(token_span(children[0]))

    def bare(self, children: list[Any]) -> Bare:
        """A word, an address, a phrase, a regular expression, a list or a parameter."""
        return Bare(children[0])

    def negation(self, children: list[Any]) -> Part:
        """`NOT clause`, `!clause`, `-clause`."""
        inner = _part_of(children[1])
        span = span_between(children[0], inner)
        return _nested(
            Part(Not(inner.clause, span), span, inner.nesting + 1, inner.mixed_or, inner.is_qualified)
        )

    def qualified(self, children: list[Any]) -> Part:
        """`src ip 10.0.0.5`, `dst port 22`, `port ssh`, `src 10.0.0.5`, `proto tcp`."""
        words, value = children
        name = Name(qualified_field(words.value), token_span(words))
        comparison = Comparison(name, Operator.MATCH, value, span_between(words, value))
        return Part(comparison, comparison.span, is_qualified=True)

    def parenthesized(self, children: list[Any]) -> Part:
        """`(alternatives)`."""
        inner = whole_clause(children[1])
        span = span_between(children[0], children[-1])
        is_needless = not isinstance(children[1], Sequence | Alternatives)  # an And or Or has counted itself
        return _nested(Part(inner.clause, span, inner.nesting + is_needless, inner.mixed_or))

    def sequence(self, children: list[Any]) -> Sequence:
        """Parts joined by AND, or by nothing."""
        return Sequence(tuple(child for child in children if not isinstance(child, Token)))

    def alternatives(self, children: list[Any]) -> Alternatives:
        """Sequences joined by OR."""
        return Alternatives(tuple(child for child in children if not isinstance(child, Token)))

    def search(self, children: list[Any]) -> Filter:
        """Everything before the first stage, the verb excepted."""
        alternatives = _alternatives_in(children[0])
        scopes = _take_scopes(alternatives)
        if alternatives == [[]]:
            return Filter(scopes, Everything(_after(scopes)), ())
        part = _filter_of(alternatives)
        return Filter(scopes, part.clause, part.mixed_or)


def whole_clause(search: Search) -> Part:
    """The one clause of a search that may not hold scopes."""
    return _filter_of(_alternatives_in(search))


def with_subquery(comparison: Comparison, value: Subquery) -> Part:
    """The clause `f in (QUERY)`: one deeper than its query, whose mixed Ors are told with all others."""
    query = value.query
    alone = with_changes(comparison, value=with_changes(value, query=with_changes(query, mixed_or=())))
    return _nested(Part(alone, alone.span, 1 + nesting_of_query(query), query.mixed_or))


def _nested(part: Part) -> Part:
    if part.nesting <= NESTING_MAX:
        return part
    message = f"clauses are nested more than {NESTING_MAX} deep (limit: nesting_max)"
    raise Refusal("nesting-too-deep", message, part.span)


def _part_of(joined: Single) -> Part:
    return joined if isinstance(joined, Part) else Part(joined, joined.span)


def _after(scopes: tuple[Scope, ...]) -> Span:
    """The place of a filter that is not written: behind the last scope."""
    end = max(scope.span.end for scope in scopes)
    return Span(end, end)


def _alternatives_in(search: Search) -> list[list[Joined]]:
    """What OR separates, and in each what AND separates."""
    alternatives = search.parts if isinstance(search, Alternatives) else (search,)
    return [list(part.parts) if isinstance(part, Sequence) else [part] for part in alternatives]


# ---- what tcpdump carries on


def _refuse_carried(alternatives: list[list[Joined]]) -> None:
    """Refuse `port 22 or 23`: other tools carry the qualifier on, here the second is a word of its own."""
    if not any(isinstance(part, Part) and part.is_qualified for parts in alternatives for part in parts):
        return
    pairs: list[tuple[Joined, Joined, str]] = []
    for place, parts in enumerate(alternatives):
        pairs += ((left, right, "AND") for left, right in pairwise(parts))
        if place + 1 < len(alternatives) and parts and alternatives[place + 1]:
            pairs.append((parts[-1], alternatives[place + 1][0], "OR"))
    turned = ((right, left, joint) for left, right, joint in pairs)
    for form, word, joint in (*pairs, *turned):
        comparison, literal = _qualified_in(form), _value_of(word)
        if comparison is not None and literal is not None:
            raise _carried(comparison, literal, joint)


def _carried(comparison: Comparison, literal: Literal, joint: str) -> Refusal:
    field, first, second = comparison.field.text, written_value(comparison.value), written_word(literal)
    both = (
        comparison.span.to(literal.span)
        if comparison.span < literal.span
        else literal.span.to(comparison.span)
    )
    mask = parse_address(second) if joint == "AND" else None
    network = None if mask is None else parse_network(f"{first}/{mask_length(mask)}")
    if network is not None and comparison.span < literal.span:
        message = f"a network is written with the length of its prefix: {first}/{mask_length(mask or 0)}"
        return Refusal(
            "network-mask", message, literal.span, replace(both, f"{field}:{first}/{mask_length(mask or 0)}")
        )
    message = f"{literal.text} may be one more value of {field}, or a word of its own"
    carried = f"{field} in ({first}, {second})"
    if joint == "AND" and field in EITHER_SIDE:
        carried = f"{field}:{first} AND {field}:{second}"
    details = (f"as a value: {carried}", f"as a word: {field}:{first} {joint} {second}")
    return Refusal(
        "carried-qualifier",
        message,
        literal.span,
        replace(both, carried),
        details=details,
    )


def _qualified_in(part: Joined) -> Comparison | None:
    if isinstance(part, Part) and part.is_qualified and isinstance(part.clause, Comparison):
        return part.clause
    return None


def _value_of(part: Joined) -> Literal | None:
    """A bare number or address."""
    if not isinstance(part, Bare) or not isinstance(part.term, Literal) or part.term.quoted:
        return None
    text = part.term.text
    is_value = text.isdigit() or parse_address(text) is not None or parse_network(text) is not None
    return part.term if is_value else None


# ---- scopes


def _is_scope(part: Joined) -> TypeGuard[Scope]:
    return isinstance(part, Scope)


def _take_scopes(alternatives: list[list[Joined]]) -> tuple[Scope, ...]:
    """Take out the scopes that stand where they may: anywhere if there is no OR, else at either end."""
    first, last = alternatives[0], alternatives[-1]
    if first is last:
        scopes = [part for part in first if _is_scope(part)]
        first[:] = [part for part in first if not _is_scope(part)]
        return tuple(scopes)
    leading = list(takewhile(_is_scope, first))
    trailing = list(takewhile(_is_scope, reversed(last)))[::-1]
    del first[: len(leading)], last[len(last) - len(trailing) :]
    if not first or not last:
        alone = leading[-1] if not first else trailing[0]
        raise Refusal(
            "scope-beside-or", "a scope is no alternative: it cannot stand alone on a side of OR", alone.span
        )
    return tuple(scope for scope in leading + trailing if _is_scope(scope))


def _misplaced(scope: Scope) -> Refusal:
    message = (
        "a scope holds for the whole query: "
        "it stands before or after the search, not inside parentheses or an OR"
    )
    return Refusal(
        "scope-misplaced", message, scope.span, (Edit(scope.span, ""), Edit(Span(0, 0), scope.span))
    )


# ---- joining


def _filter_of(alternatives: list[list[Joined]]) -> Part:
    """The Or of the Ands; a scope that is still among them stands where it must not."""
    _refuse_carried(alternatives)
    sequences = [_and_of(parts) for parts in alternatives]
    if len(sequences) == 1:
        return _part_of(sequences[0])
    joined = _joined(Or, sequences)
    if all(len(parts) == 1 for parts in alternatives):
        return joined
    return Part(joined.clause, joined.span, joined.nesting, (joined.span, *joined.mixed_or))


def _and_of(parts: list[Joined]) -> Single:
    clauses = [_checked(part) for part in parts]
    return clauses[0] if len(clauses) == 1 else _joined(And, clauses)


def _checked(part: Joined) -> Single:
    """A part that is no scope."""
    if isinstance(part, Scope):
        raise _misplaced(part)
    return part


def _joined(kind: type[And] | type[Or], parts: list[Single]) -> Part:
    """One And, or one Or, of the parts; a part of the same kind gives its items instead of itself."""
    clauses: list[Clause] = []
    mixed_or: list[Span] = []
    nesting = 0
    for part in parts:
        if isinstance(part, Part):
            nesting = max(nesting, part.nesting)
            mixed_or += part.mixed_or
        clause = part.clause if isinstance(part, Part) else part
        clauses += clause.items if isinstance(clause, kind) else (clause,)
    span = span_between(parts[0], parts[-1])
    return _nested(Part(kind(tuple(clauses), span), span, nesting + 1, tuple(mixed_or)))
