"""AND, OR, NOT and parentheses, which bind alike in all the languages: NOT, then AND, then OR.

Owns the limit on nesting. Does not know what stands between the connectives: each language reads its terms.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flowql.syntax.nodes import And, Clause, Not, Or
from flowql.syntax.refusal import Refusal
from flowql.translate.cursor import Cursor, Kind

NESTING_MAX = 100
"""Parentheses and NOTs inside each other: each is a frame of our own stack, and no person writes so many."""

_STARTS_NO_TERM = (Kind.AND, Kind.OR, Kind.CLOSE, Kind.END)


@dataclass(slots=True)
class Connectives:
    """Reads terms and what connects them.

    `term` reads one; it is told whether it stands under a NOT. `blank_is_and` says whether a term may follow
    another without a connective.
    """

    cursor: Cursor
    term: Callable[[bool], Clause]
    blank_is_and: bool
    depth: int = 0

    def read(self, *, negated: bool = False) -> Clause:
        """Everything up to the end, or to a parenthesis that was opened before."""
        items = [self._sequence(negated)]
        while self.cursor.next.kind is Kind.OR:
            self.cursor.take()
            items.append(self._sequence(negated))
        return any_of(items)

    def read_all(self) -> Clause:
        """The whole text."""
        clause = self.read()
        if self.cursor.next.kind is not Kind.END:
            raise self.cursor.expected("and, or, or the end")
        return clause

    def _sequence(self, negated: bool) -> Clause:  # noqa: FBT001 - passed through
        items = [self._single(negated)]
        while self.cursor.next.kind is Kind.AND or (
            self.blank_is_and and self.cursor.next.kind not in _STARTS_NO_TERM
        ):
            if self.cursor.next.kind is Kind.AND:
                self.cursor.take()
            items.append(self._single(negated))
        return all_of(items)

    def _single(self, negated: bool) -> Clause:  # noqa: FBT001 - passed through
        token = self.cursor.next
        if token.kind not in (Kind.NOT, Kind.OPEN):
            return self.term(negated)
        self.depth += 1
        if self.depth > NESTING_MAX:
            message = f"more than {NESTING_MAX} parentheses and NOTs inside each other (limit: nesting_max)"
            raise Refusal("too-deep", message, token.span)
        self.cursor.take()
        if token.kind is Kind.NOT:
            item = self._single(True)  # noqa: FBT003 - passed through
            clause: Clause = Not(item, token.span.to(item.span))
        else:
            clause = self.read(negated=negated)
            if self.cursor.next.kind is not Kind.CLOSE:
                if self.cursor.next.kind is Kind.END:
                    raise Refusal("missing-parenthesis", "this parenthesis is not closed", token.span)
                raise self.cursor.expected("and, or, or )")
            self.cursor.take()
        self.depth -= 1
        return clause


def all_of(items: list[Clause]) -> Clause:
    """The clause that holds where all of some do; an And among them becomes part of it."""
    parts = tuple(part for item in items for part in (item.items if isinstance(item, And) else (item,)))
    return And(parts, parts[0].span.to(parts[-1].span)) if len(parts) > 1 else parts[0]


def any_of(items: list[Clause]) -> Clause:
    """The clause that holds where one of some does; an Or among them becomes part of it."""
    parts = tuple(part for item in items for part in (item.items if isinstance(item, Or) else (item,)))
    return Or(parts, parts[0].span.to(parts[-1].span)) if len(parts) > 1 else parts[0]
