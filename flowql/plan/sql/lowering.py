"""Stages as the parts of one statement.

Owns the part that each node becomes; groups and SELECTs have modules of their own. What a node means, and the
order of its rows, is told in its docstring.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlglot import exp

from flowql.plan.logical import (
    Aggregate,
    Column,
    Dedup,
    Extend,
    Facets,
    Filter,
    Head,
    Lookup,
    Node,
    Project,
    Rename,
    Select,
    Sort,
    Tail,
    Timechart,
    Top,
)
from flowql.plan.sql.chain import Chain, Order
from flowql.plan.sql.conditions import Conditions
from flowql.plan.sql.facets import add_facets
from flowql.plan.sql.functions import EntryOf, EntryText
from flowql.plan.sql.groups import Groups
from flowql.plan.sql.measures import Measures
from flowql.plan.sql.selecting import add_select
from flowql.plan.sql.statement import Statement
from flowql.plan.sql.terms import Term, aliased, call, integer, named
from flowql.plan.sql.values import Values
from flowql.schema import Kind


def lowered(stages: Sequence[Node], columns: tuple[Column, ...]) -> Statement:
    """See `statement.statement`."""
    chain = Chain(columns)
    add_stages(chain, stages)
    tree = chain.finish()
    return Statement(
        tree,
        chain.rows.columns,
        tuple(chain.functions),
        needs_place=chain.needs_place,
        has_select=any(isinstance(stage, Select) for stage in stages),
    )


def add_stages(chain: Chain, stages: Sequence[Node]) -> None:
    """Add the parts of stages, the first one first."""
    lowering = _Lowering(chain)
    for stage in stages:
        lowering.add(stage)


def renamed(tree: exp.Select, names: Iterable[str], prefix: str) -> exp.Select:
    """A copy of the tree in which functions of these names have a prefix."""
    known = set(names)
    copy = tree.copy()
    for node in copy.find_all(exp.Anonymous):
        if node.name in known:
            node.set("this", prefix + node.name)
    return copy


class _Lowering:
    """Adds stages to a chain."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._conditions = Conditions(chain.function)
        self._values = Values(chain.function, self._conditions)
        self._groups = Groups(chain, Measures(chain.function, self._conditions))

    def add(self, stage: Node) -> None:
        """Add the parts of a stage."""
        match stage:
            case Filter(_, predicate):
                query = self._chain.select(self._chain.rows.passed)
                self._chain.then(query.where(self._conditions.of(predicate), copy=False))
            case Extend(_, computed):
                for each in computed:
                    self._extend([(each.output, self._values.of(each.expression))])
            case Rename(_, renamed):
                names = {old.name: new for old, new in renamed}
                # Those of the input that nothing needs are not there.
                columns = self._chain.rows.columns
                self._project([(column, names.get(column.name, column)) for column in columns])
            case Project(_, columns):
                self._project([(column, column) for column in columns])
            case Head(_, row_count):
                self._head(row_count)
            case Tail(_, row_count):
                self._tail(row_count)
            case Sort(_, keys):
                order = tuple(Order(key.column, key.descending) for key in keys)
                placed = self._chain.placed()
                self._chain.rows = replace(self._chain.rows, order=(*order, *placed), stand_in_order=False)
            case Dedup(_, keys):
                self._dedup(keys)
            case Lookup():
                self._lookup(stage)
            case Aggregate():
                self._groups.aggregate(stage)
            case Top():
                self._groups.top(stage)
            case Timechart():
                self._groups.timechart(stage)
            case Facets():
                add_facets(self._chain, stage, self._values)
            case Select():
                add_select(self._chain, stage)
            case _:
                raise AssertionError(f"no stage: {stage}")

    def _extend(self, added: Sequence[tuple[Column, Term]]) -> None:
        rows = self._chain.rows
        shown = [*rows.passed, *(aliased(term, column.name) for column, term in added)]
        part = self._chain.part(self._chain.select(shown))
        columns = (*rows.columns, *(column for column, _ in added))
        self._chain.rows = replace(rows, name=part, columns=columns)

    def _project(self, kept: Sequence[tuple[Column, Column]]) -> None:
        """Columns under new names; what the order needs of the others is kept, hidden."""
        rows = self._chain.rows
        shown = [aliased(named(old.name), new.name) for old, new in kept]
        names = {old.name: new for old, new in kept}
        order = []
        for each in rows.order:
            column = names.get(each.column.name)
            if column is None:
                column = each.column
                if column in rows.columns:
                    column = self._chain.hidden(column.kind)
                shown.append(aliased(named(each.column.name), column.name))
                names[each.column.name] = column
            order.append(replace(each, column=column))
        if rows.identity and rows.identity.name not in names:
            shown.append(named(rows.identity.name))
        part = self._chain.part(self._chain.select(shown))
        self._chain.rows = replace(rows, name=part, columns=tuple(new for _, new in kept), order=tuple(order))

    def _head(self, row_count: int) -> None:
        rows = self._chain.rows
        query = self._chain.select(rows.passed)
        if rows.stand_in_order:
            self._chain.note_order()
        else:
            query = query.order_by(*rows.ordered(), copy=False)
        self._chain.then(query.limit(row_count, copy=False))

    def _tail(self, row_count: int) -> None:
        order = self._chain.placed()
        query = self._chain.select(self._chain.rows.passed)
        backwards = [term for each in order for term in each.reversed_terms]
        self._chain.then(query.order_by(*backwards, copy=False).limit(row_count, copy=False))
        self._chain.rows = replace(self._chain.rows, stand_in_order=False)

    def _dedup(self, keys: Sequence[Column]) -> None:
        self._chain.placed()
        rows = self._chain.rows
        number = exp.Window(
            this=exp.RowNumber(),
            partition_by=[named(key.name) for key in keys],
            order=exp.Order(expressions=rows.ordered()),
        )
        query = self._chain.select(rows.passed)
        query.set("qualify", exp.Qualify(this=exp.EQ(this=number, expression=integer(1))))
        self._chain.then(query)
        self._chain.rows = replace(self._chain.rows, stand_in_order=False)

    def _lookup(self, stage: Lookup) -> None:
        entry = self._chain.hidden(Kind.COUNT)
        rows = self._chain.rows
        found = call(self._chain.function(EntryOf(stage.list, stage.on.kind)), named(stage.on.name))
        part = self._chain.part(self._chain.select([*rows.passed, aliased(found, entry.name)]))
        cells = [
            aliased(call(self._chain.function(EntryText(stage.list, place)), named(entry.name)), column.name)
            for place, column in enumerate(stage.added)
        ]
        part = self._chain.part(self._chain.select([*rows.passed, *cells], part))
        self._chain.rows = replace(rows, name=part, columns=(*rows.columns, *stage.added))
