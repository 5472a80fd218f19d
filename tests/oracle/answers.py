"""A query's answer: its plan walked node by node over lists of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from flowql.plan import logical, predicates
from flowql.plan.bind import bind
from flowql.plan.given import NOTHING_GIVEN, Given
from flowql.plan.logical import Column, Measure, Node, chain
from flowql.plan.predicates import Predicate
from flowql.schema import Kind
from flowql.syntax.parser import parse
from flowql.values import format_address, lower_ascii
from oracle.computed import with_computed
from oracle.matching import OneOf, holds
from oracle.records import Tables

Cell: TypeAlias = int | float | str | None
Row: TypeAlias = dict[str, "Cell | Fraction"]
"""The computed fields of a record stand beside its own; quotients are fractions until they are computed."""
_SECOND_NS = 1_000_000_000


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
    """The answer to a query's text; raises QueryError as the engine does, since the binder is the same."""
    return answer_plan(bind(parse(text), tables, now, given).plan, tables)


def answer_plan(plan: Node, tables: Tables) -> Answer:
    """The answer to a bound plan."""
    rows: list[Row] = []
    matched = 0
    for node in chain(plan):
        rows = _node(node, rows, tables)
        if isinstance(node, logical.Scan | logical.Filter):
            matched = len(rows)
    cells = tuple(tuple(_shown(row.get(c.name), c.kind) for c in plan.columns) for row in rows)
    return Answer(plan, cells, matched)


def _node(node: Node, rows: list[Row], tables: Tables) -> list[Row]:
    match node:
        case logical.Scan():
            return _scan(node, tables)
        case logical.Filter(predicate=predicate):
            settled = _settled(predicate, tables)
            return [row for row in rows if holds(settled, row)]
        case logical.Compute(computed=computed):
            return [row | {c.name: _as_cell(row.get(c.name)) for c in computed} for row in rows]
        case logical.Head(row_count=row_count):
            return rows[:row_count]
        case logical.Sort(keys=keys):
            return _sorted(rows, keys)
        case logical.Project(columns=columns):
            return [{column.name: row.get(column.name) for column in columns} for row in rows]
        case logical.Aggregate(keys=keys, measures=measures):
            return _aggregated(rows, keys, measures)
        case logical.Top():
            return _top(node, rows)
        case _:
            raise AssertionError(f"no such node: {node}")


def _scan(scan: logical.Scan, tables: Tables) -> list[Row]:
    """Newest start first, then the last line first; records without a start at the end."""
    found = []
    for topic in scan.topics:
        table = tables.by_name[topic]
        for sequence, record in enumerate(table.records):
            start = record.get("start")
            if _is_in(start, scan.range):
                order = (-1, 0) if start is None else (0, int(start))
                found.append((order, topic, sequence, with_computed(tables, table, sequence)))
    found.sort(key=lambda item: item[:3], reverse=True)
    return [{**item[3]} for item in found]


def _is_in(start: int | str | None, range_: logical.TimeRange) -> bool:
    if range_ == logical.ALL_TIME:
        return True
    if start is None:
        return False
    low, high = range_.low, range_.high
    return (low is None or low <= int(start)) and (high is None or int(start) < high)


def _as_cell(value: "Cell | Fraction") -> Cell:
    return float(value) if isinstance(value, Fraction) else value


def _settled(predicate: Predicate, tables: Tables) -> "Predicate | OneOf":
    """The predicate with its sets of values, and what its subqueries give, as Python's."""
    match predicate:
        case predicates.InSubquery(field, plan):
            rows: list[Row] = []
            for node in chain(plan):
                rows = _node(node, rows, tables)
            (column,) = plan.columns
            values = {value for row in rows if (value := row.get(column.name)) is not None}
            return OneOf(field, frozenset(lower_ascii(v) if isinstance(v, str) else v for v in values))
        case predicates.InValues(field, values):
            cells = [int.from_bytes(v, "big") if isinstance(v, bytes) else v for v in values.to_pylist()]
            return OneOf(field, frozenset(cells))
        case predicates.Not(item):
            return predicates.Not(_settled(item, tables))
        case predicates.And(items):
            return predicates.And(tuple(_settled(item, tables) for item in items))
        case predicates.Or(items):
            return predicates.Or(tuple(_settled(item, tables) for item in items))
        case _:
            return predicate


# ---- order: numbers by value, text by (ASCII-lowered, bytes), missing last both ways


def _ordered(value: Cell) -> tuple[object, ...]:
    assert value is not None
    return (lower_ascii(value), value.encode()) if isinstance(value, str) else (value,)


def _sorted(rows: list[Row], keys: Sequence[logical.SortKey]) -> list[Row]:
    for key in reversed(keys):
        name = key.column.name
        present = [row for row in rows if row.get(name) is not None]
        missing = [row for row in rows if row.get(name) is None]
        # Python's sort keeps the order of equals with `reverse` too.
        rows = sorted(present, key=lambda row: _ordered(row[name]), reverse=key.descending) + missing
    return rows


def _group_order(group: tuple[Cell, ...]) -> list[tuple[object, ...]]:
    return [(1,) if value is None else (0, *_ordered(value)) for value in group]


# ---- aggregates


def _groups(rows: list[Row], keys: Sequence[Column]) -> dict[tuple[Cell, ...], list[Row]]:
    groups: dict[tuple[Cell, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row.get(key.name) for key in keys), []).append(row)
    return dict(sorted(groups.items(), key=lambda item: _group_order(item[0])))


def _aggregated(rows: list[Row], keys: Sequence[Column], measures: Sequence[Measure]) -> list[Row]:
    groups = _groups(rows, keys) if keys else {(): rows}
    answer_rows = []
    for group, members in groups.items():
        row: Row = {key.name: value for key, value in zip(keys, group, strict=True)}
        row |= {measure.output.name: _measured(measure, members) for measure in measures}
        answer_rows.append(row)
    return answer_rows


def _measured(measure: Measure, rows: list[Row]) -> Cell:
    if measure.argument is None:
        return len(rows)
    values = [value for row in rows if (value := row.get(measure.argument.name)) is not None]
    match measure.function:
        case "count":
            return len(values)
        case "dc":
            return len(set(values))
        case _ if not values:
            return None
        case "sum":
            return sum(value for value in values if not isinstance(value, str))
        case "avg":
            return sum(value for value in values if not isinstance(value, str)) / len(values)
        case "min":
            return min(values, key=_ordered)
        case "max":
            return max(values, key=_ordered)
        case function:
            raise AssertionError(f"no such aggregate: {function}")


def _top(top: logical.Top, rows: list[Row]) -> list[Row]:
    key, output = top.key.name, top.measure.output.name
    groups = _aggregated(rows, (top.key,), (top.measure,))  # ascending by key, and the sort below is stable
    ranked = sorted(
        groups, key=lambda row: (1, 0) if (value := row[output]) is None else (0, -_number(value))
    )
    total = sum(_number(row[output]) for row in groups if row[output] is not None)
    return [
        {key: row[key], output: row[output], "share": _share(row[output], total)}
        for row in ranked[: top.row_count]
    ]


def _number(value: Cell) -> int | float:
    assert isinstance(value, int | float)
    return value


def _share(value: Cell, total: float) -> Cell:
    return None if value is None or not total else _number(value) / total


# ---- as Python values


def _shown(value: Cell, kind: Kind) -> Cell:
    if value is None:
        return None
    match kind:
        case Kind.ADDRESS:
            return format_address(int(value))
        case Kind.TIME | Kind.DURATION:
            return int(value) // _SECOND_NS if int(value) % _SECOND_NS == 0 else int(value) / _SECOND_NS
        case _:
            return value
