"""Groups of rows, and what is measured of each, in one loop a group."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from flowql.plan.expressions import Prefix
from flowql.plan.logical import Column, Key, Measure
from flowql.schema import Kind
from oracle.cells import IDENTITY, Identity, Row, Value, in_order, missing_last, number, printed
from oracle.clocks import bucket_start
from oracle.expressions import Asked, prefixed


@dataclass(frozen=True, slots=True)
class Group:
    """The values of the keys, and the rows that have them."""

    values: tuple[Value | None, ...]
    rows: list[Row]


def groups_of(rows: Sequence[Row], keys: Sequence[Key]) -> list[Group]:
    """A group a combination that occurs, ascending, missing last; without keys one group, of no rows perhaps."""
    if not keys:
        return [Group((), list(rows))]
    groups: dict[tuple[Value | None, ...], list[Row]] = {}
    for row in rows:
        for values in product(*(key_values(key, row) for key in keys)):
            groups.setdefault(values, []).append(row)
    return [Group(values, groups[values]) for values in sorted(groups, key=missing_last)]


def key_values(key: Key, row: Row) -> list[Value | None]:
    """The different values of a key in one row: one, or of two sides perhaps two."""
    values = [_step(key, row.get(name)) for name in key.column.sides or (key.column.name,)]
    present = dict.fromkeys(value for value in values if value is not None)
    return list(present) if present else [None]


def _step(key: Key, value: Value | None) -> Value | None:
    if value is None or key.step is None:
        return value
    whole = int(number(value))
    return prefixed(whole, key.step) if isinstance(key.step, Prefix) else bucket_start(whole, key.step)


def measured(measures: Sequence[Measure], rows: Sequence[Row], asked: Asked) -> Row:
    """Each measure's value over the rows, by its column."""
    return {measure.output.name: _measured(measure, rows, asked) for measure in measures}


def _measured(measure: Measure, rows: Sequence[Row], asked: Asked) -> Value | None:
    condition = measure.condition
    if condition is not None:
        rows = [row for row in rows if asked(condition, row)]
    if measure.argument is None:
        return len(rows)
    if measure.function in ("first", "last"):
        return _outermost(measure.argument.name, rows, measure.function)
    return _of_values(measure, measure.argument.kind, list(_present(measure.argument, rows)))


def _of_values(measure: Measure, kind: Kind, values: list[Value]) -> Value | None:
    match measure.function:
        case "count":
            return len(values)
        case "dc":
            return len(set(values))
        case _ if not values:
            return None
        case "values":
            return ", ".join(printed(value, kind) for value in sorted(set(values), key=in_order))
        case "min":
            return min(values, key=in_order)
        case "max":
            return max(values, key=in_order)
        case "sum" | "avg":
            total = sum((Fraction(number(value)) for value in values), Fraction(0))
            return _as_kind(total / (1 if measure.function == "sum" else len(values)), measure.output.kind)
        case _ if measure.percent is not None:
            rank = -(-measure.percent * len(values) // 100)
            return sorted(values, key=in_order)[max(rank, 1) - 1]
        case function:
            raise AssertionError(f"no such aggregate: {function}")


def _present(column: Column, rows: Sequence[Row]) -> Iterator[Value]:
    for row in rows:
        for name in column.sides or (column.name,):
            value = row.get(name)
            if value is not None:
                yield value


def _outermost(name: str, rows: Sequence[Row], function: str) -> Value | None:
    """By start, then by identity; what has no start or no value is left aside."""
    values = {
        identity: value
        for row in rows
        if isinstance(identity := row.get(IDENTITY), Identity)
        and identity.has_start
        and (value := row.get(name)) is not None
    }
    if not values:
        return None
    return values[min(values) if function == "first" else max(values)]


def _as_kind(value: Fraction, kind: Kind) -> Value:
    """Real numbers are rounded once, to a double; what is counted in whole numbers half to even."""
    return float(value) if kind is Kind.REAL else round(value)
