"""A query's answer: its plan walked node by node over lists of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from flowql.plan import logical
from flowql.plan.bind import bind
from flowql.plan.logical import Column, Measure, Node, chain
from flowql.schema import Kind
from flowql.syntax.parser import parse
from flowql.values import format_address, lower_ascii
from oracle.matching import holds
from oracle.records import Record, Tables

Cell: TypeAlias = int | float | str | None
Row: TypeAlias = dict[str, Cell]
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


def answer(text: str, tables: Tables, now: int) -> Answer:
    """The answer to a query's text; raises QueryError as the engine does, since the binder is the same."""
    plan = bind(parse(text), tables, now).plan
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
            return [row for row in rows if holds(predicate, _present(row))]
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
        for sequence, record in enumerate(tables.by_name[topic].records):
            start = record.get("start")
            if _is_in(start, scan.range):
                order = (-1, 0) if start is None else (0, int(start))
                found.append((order, topic, sequence, record))
    found.sort(key=lambda item: item[:3], reverse=True)
    return [{**item[3]} for item in found]


def _is_in(start: int | str | None, range_: logical.TimeRange) -> bool:
    if range_ == logical.ALL_TIME:
        return True
    if start is None:
        return False
    low, high = range_.low, range_.high
    return (low is None or low <= int(start)) and (high is None or int(start) < high)


def _present(row: Row) -> Record:
    return {name: value for name, value in row.items() if isinstance(value, int | str)}


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
        case Kind.TIME:
            return int(value) // _SECOND_NS if int(value) % _SECOND_NS == 0 else int(value) / _SECOND_NS
        case _:
            return value
