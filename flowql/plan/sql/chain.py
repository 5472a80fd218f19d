"""The chain of parts that a statement is made of, and the order of rows along it.

Owns how one part follows another (`WITH s1 AS (SELECT ... FROM input), s2 AS (SELECT ... FROM s1) ...`), and
what is known of the order of its rows: terms that sort them, kept in hidden columns where nobody asked for
theirs, or that they stand in order already, which saves a sort as long as parts only pass rows on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from flowql.plan.logical import Column
from flowql.plan.sql import terms
from flowql.plan.sql.functions import Function, Work, types_of
from flowql.plan.sql.statement import INPUT
from flowql.plan.sql.terms import Term, aliased, named
from flowql.schema import Kind

PLACE = Column("#", Kind.COUNT)
"""A row's place in some order. No field's name begins so: it begins a comment."""


@dataclass(frozen=True, slots=True)
class Order:
    """A column, perhaps a hidden one, that rows are sorted by."""

    column: Column
    descending: bool = False

    @property
    def terms(self) -> list[Term]:
        """Its terms of ORDER BY, missing last both ways."""
        return terms.ordered(self.column, descending=self.descending)

    @property
    def reversed_terms(self) -> list[Term]:
        """Those of the opposite order, missing first."""
        return [
            exp.Ordered(this=each.this, desc=not self.descending, nulls_first=True) for each in self.terms
        ]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that a part yields: its name, their columns, their order.

    `order` is total, or empty where `stand_in_order` says that rows come in theirs. `identity` is the place
    of a record in the order of results, as long as rows are records whose place was asked for. `are_of_input`
    says that their order is one of the input's.
    """

    name: str
    columns: tuple[Column, ...]
    order: tuple[Order, ...] = ()
    stand_in_order: bool = False
    identity: Column | None = None
    are_of_input: bool = False

    @property
    def hidden(self) -> tuple[Column, ...]:
        """The columns that are there for the order only."""
        kept = [each.column for each in self.order] + ([self.identity] if self.identity else [])
        return tuple(dict.fromkeys(column for column in kept if column not in self.columns))

    @property
    def passed(self) -> list[Term]:
        """Every column, hidden ones too, as terms of SELECT."""
        return [named(column.name) for column in (*self.columns, *self.hidden)]

    def ordered(self) -> list[Term]:
        """The terms of ORDER BY."""
        return [term for each in self.order for term in each.terms]


class Chain:
    """The parts so far, and what they need beside the input."""

    def __init__(self, columns: Sequence[Column], rows: Rows | None = None) -> None:
        """`rows` are those of the input where they do not stand in order, but are ordered by columns."""
        self.rows = rows or Rows(INPUT, tuple(columns), stand_in_order=True, are_of_input=True)
        self.functions: list[Function] = []
        self.needs_place = False
        self._parts: list[tuple[str, exp.Query, bool]] = []
        self._hidden_count = 0

    def function(self, work: Work) -> str:
        """The name to call a function by; one that is there already serves again."""
        for known in self.functions:
            if type(known.work) is type(work) and known.work == work:
                return known.name
        name = f"flowql_{len(self.functions) + 1}"
        self.functions.append(Function(name, work, *types_of(work)))
        return name

    def part(self, query: exp.Query, *, is_kept: bool = False) -> str:
        """Add a part; the name that others read it by. One that is read twice is kept."""
        name = f"s{len(self._parts) + 1}"
        self._parts.append((name, query, is_kept))
        return name

    def select(self, expressions: Iterable[Term], source: str | None = None) -> exp.Select:
        """A SELECT from the last rows, or from a part."""
        table = exp.to_table(source or self.rows.name)
        table.this.set("quoted", True)  # noqa: FBT003 - sqlglot's signature
        return exp.select(*expressions, copy=False).from_(table, copy=False)

    def then(self, query: exp.Query) -> None:
        """Add a part that yields the last rows' columns and order."""
        self.rows = replace(self.rows, name=self.part(query))

    def hidden(self, kind: Kind) -> Column:
        """A new hidden column."""
        self._hidden_count += 1
        return Column(f"#{self._hidden_count}", kind)

    def placed(self) -> tuple[Order, ...]:
        """The order of the last rows as terms; a part is added that numbers them, where there are none."""
        if self.rows.order:
            return self.rows.order
        self.note_order()
        column = replace(PLACE, name=f"#{self._hidden_count}") if self._hidden_count else PLACE
        self._hidden_count += 1
        number = exp.Window(this=exp.RowNumber())
        part = self.part(self.select([*self.rows.passed, aliased(number, column.name)]))
        identity = column if self.rows.are_of_input else self.rows.identity
        self.rows = replace(self.rows, name=part, order=(Order(column),), identity=identity)
        return self.rows.order

    def numbered(self) -> Column:
        """A column with the places of the last rows in their order."""
        (first, *others) = self.placed()
        if not others and first.column.name.startswith("#") and not first.descending:
            return first.column
        column = self.hidden(Kind.COUNT)
        number = exp.Window(this=exp.RowNumber(), order=exp.Order(expressions=self.rows.ordered()))
        part = self.part(self.select([*self.rows.passed, aliased(number, column.name)]))
        self.rows = replace(self.rows, name=part, order=(Order(column),), stand_in_order=False)
        return column

    def finish(self) -> exp.Select:
        """The whole statement, which yields the last rows in their order."""
        query = self.select([named(column.name) for column in self.rows.columns])
        if self.rows.stand_in_order:
            self.note_order()
        else:
            query = query.order_by(*self.rows.ordered(), copy=False)
        return self.with_parts(query)

    def with_parts(self, query: exp.Select) -> exp.Select:
        """A query behind the parts so far, which it may read."""
        for name, part, is_kept in self._parts:
            query = query.with_(exp.to_identifier(name), as_=part, materialized=is_kept, copy=False)
        return query

    def note_order(self) -> None:
        """Note that the order in which the last rows stand counts."""
        self.needs_place |= self.rows.are_of_input
