"""A query's answer: its plan walked node by node over lists of rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from operator import itemgetter

from flowql.plan import logical, predicates
from flowql.plan.bind import bind
from flowql.plan.given import NOTHING_GIVEN, Given
from flowql.plan.logical import Column, Node, chain
from flowql.plan.predicates import Predicate
from flowql.schema import virtual_names
from flowql.syntax.parser import parse
from oracle import stages
from oracle.cells import IDENTITY, Cell, Network, Row, Value, comparable, shown_as
from oracle.computed import with_computed
from oracle.expressions import Asked
from oracle.matching import OneOf, holds
from oracle.records import Tables
from oracle.sql import selected


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gives: rows of cells as `Result` yields them, and the count of records that match."""

    plan: Node
    rows: tuple[tuple[Cell, ...], ...]
    matched: int

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the rows."""
        return self.plan.columns

    @property
    def of_records(self) -> bool:
        """Whether the rows are records with all their fields, which no stage has chosen or made."""
        return self.columns == chain(self.plan)[0].columns


def answer(text: str, tables: Tables, now: int, given: Given = NOTHING_GIVEN) -> Answer:
    """The answer to a query's text; raises QueryError as the engine does, since the binder is the same.

    Raises LimitError where a value passes a limit that the language states.
    """
    query = parse(text)
    search = bind(replace(query, stages=()), tables, now, given).plan
    return _answer(bind(query, tables, now, given).plan, len(chain(search)), tables)


def answer_plan(plan: Node, tables: Tables) -> Answer:
    """The answer to a bound plan, whose first filter is its search."""
    return _answer(plan, len(chain(search_of(plan))), tables)


def search_of(plan: Node) -> Node:
    """The scan of a plan, or the filter that stands on it."""
    scan, *rest = chain(plan)
    return rest[0] if rest and isinstance(rest[0], logical.Filter) else scan


def _answer(plan: Node, search_count: int, tables: Tables) -> Answer:
    """The search of a plan is so many nodes."""
    steps = list(_steps(plan, tables))
    shown = tuple(
        tuple(shown_as(row.get(column.name), column.kind) for column in plan.columns) for row in steps[-1]
    )
    return Answer(plan, shown, len(steps[search_count - 1]))


def rows_of(plan: Node, tables: Tables, names: Sequence[str] = ()) -> list[Row]:
    """The rows that a plan gives, with computed fields that it may or may not name itself."""
    *_, rows = _steps(plan, tables, names)
    return rows


def _steps(plan: Node, tables: Tables, more: Sequence[str] = ()) -> Iterator[list[Row]]:
    """The rows that each node gives, from the scan up."""
    text = repr(plan)
    names = {*more, *(name for name in virtual_names() if name in text)}
    known: dict[int, Predicate | OneOf] = {}  # by the predicates' ids: the plan holds them

    def asked(predicate: Predicate, row: Row) -> bool:
        if id(predicate) not in known:
            known[id(predicate)] = settled(predicate, tables)
        return holds(known[id(predicate)], row)

    scan, *nodes = chain(plan)
    assert isinstance(scan, logical.Scan), "a scan begins a plan"
    rows = _scan(scan, tables, sorted(names))
    yield rows
    for node in nodes:
        rows = _node(node, rows, asked)
        yield rows


def _node(node: Node, rows: list[Row], asked: Asked) -> list[Row]:
    match node:
        case logical.Filter(predicate=predicate):
            return [row for row in rows if asked(predicate, row)]
        case logical.Head(row_count=row_count):
            return rows[:row_count]
        case logical.Tail(row_count=row_count):
            return rows[max(len(rows) - row_count, 0) :]
        case logical.Sort(keys=keys):
            return stages.sorted_by(keys, rows)
        case logical.Dedup(keys=keys):
            return stages.deduplicated(keys, rows)
        case logical.Project(columns=columns):
            kept = {*(column.name for column in columns), IDENTITY}
            return [{name: value for name, value in row.items() if name in kept} for row in rows]
        case _:
            return _made(node, rows, asked)


def _made(node: Node, rows: list[Row], asked: Asked) -> list[Row]:
    """Of stages that make columns."""
    match node:
        case logical.Compute(computed=computed):
            return [row | {c.name: _as_column(row.get(c.name)) for c in computed} for row in rows]
        case logical.Extend():
            return stages.extended(node, rows, asked)
        case logical.Rename():
            return stages.renamed(node, rows)
        case logical.Aggregate():
            return stages.aggregated(node, rows, asked)
        case logical.Top():
            return stages.topmost(node, rows, asked)
        case logical.Timechart():
            return stages.charted(node, rows, asked)
        case logical.Facets():
            return stages.facets(node, rows)
        case logical.Lookup():
            return stages.looked_up(node, rows)
        case logical.Select():
            return selected(node, rows)
        case _:
            raise AssertionError(f"no node of the oracle's: {node}")


def _scan(scan: logical.Scan, tables: Tables, names: Sequence[str]) -> list[Row]:
    """Newest start first, then the last line first; records without a start at the end."""
    found = [
        with_computed(tables, table, place, names)
        for table in map(tables.by_name.__getitem__, scan.topics)
        for place, record in enumerate(table.records)
        if _is_in(record.get("start"), scan.range)
    ]
    return sorted(found, key=itemgetter(IDENTITY), reverse=True)


def _is_in(start: int | str | None, range_: logical.TimeRange) -> bool:
    if range_ == logical.ALL_TIME:
        return True
    if start is None:
        return False
    low, high = range_.low, range_.high
    return (low is None or low <= int(start)) and (high is None or int(start) < high)


def settled(predicate: Predicate, tables: Tables) -> "Predicate | OneOf":
    """The predicate with its sets of values, and what its subqueries give, as Python's."""
    match predicate:
        case predicates.InSubquery(field, plan):
            if plan not in tables.found:
                (column,) = plan.columns
                present = (
                    value for row in rows_of(plan, tables) if (value := row.get(column.name)) is not None
                )
                tables.found[plan] = frozenset(map(comparable, present))
            return OneOf(field, tables.found[plan])
        case predicates.InValues(field, values):
            return OneOf(field, frozenset(map(_python_value, values.to_pylist())))
        case predicates.Not(item):
            return predicates.Not(settled(item, tables))  # type: ignore[arg-type]
        case predicates.And(items):
            return predicates.And(tuple(settled(item, tables) for item in items))  # type: ignore[misc]
        case predicates.Or(items):
            return predicates.Or(tuple(settled(item, tables) for item in items))  # type: ignore[misc]
        case _:
            return predicate


def _as_column(value: Value | None) -> Value | None:
    return float(value) if isinstance(value, Fraction) else value


def _python_value(value: object) -> Value:
    match value:
        case bytes() if len(value) == 17:
            return Network(int.from_bytes(value[:16], "big"), value[16])
        case bytes():
            return int.from_bytes(value, "big")
        case int() | str() | float():
            return value
        case _:
            raise AssertionError(f"no value of a set: {value!r}")
