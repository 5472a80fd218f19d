"""What is told about an answer, computed naively: how words and clauses matched, and why a row did."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

import pyarrow as pa

from flowql.plan import predicates
from flowql.plan.bound import BoundClause, BoundQuery
from flowql.plan.logical import ALL_TIME, Scan, chain
from flowql.plan.predicates import Predicate
from flowql.render.cells import rounded_reals, unit_durations
from flowql.schema import Field, Kind, field_named, virtual_names
from flowql.times import format_time
from flowql.values import format_address
from oracle.answers import rows_of, search_of, settled
from oracle.cells import Row
from oracle.matching import holds
from oracle.records import Tables


def scope_rows(bound: BoundQuery, tables: Tables, *, at_any_time: bool = False) -> list[Row]:
    """The records of the query's topics and time."""
    scan = chain(bound.scope)[0]
    if at_any_time:
        assert isinstance(scan, Scan)
        return rows_of(replace(scan, range=ALL_TIME), tables, virtual_names())
    return rows_of(bound.scope, tables, virtual_names())


def search_rows(bound: BoundQuery, tables: Tables) -> list[Row]:
    """The records that the search part matches, in order."""
    return rows_of(search_of(bound.plan), tables, virtual_names())


def count(predicate: Predicate, rows: list[Row], tables: Tables) -> int:
    """How many of the rows it holds for."""
    asked = settled(predicate, tables)
    return sum(holds(asked, row) for row in rows)


def reason(bound: BoundQuery, row: Row, tables: Tables) -> str | None:
    """The clauses that hold for a row, with the values that made it so."""
    told = [text for clause in bound.clauses if (text := _clause_text(clause, bound, row, tables))]
    return "; ".join(dict.fromkeys(told)) or None


def _clause_text(clause: BoundClause, bound: BoundQuery, row: Row, tables: Tables) -> str | None:
    asked = settled(clause.predicate, tables)
    if not holds(asked, row):
        return None
    looked_at = list(dict.fromkeys(_fields(clause.predicate)))
    decisive = set(_decisive(asked, row))
    found = [field for field in looked_at if field in decisive]
    named = len(looked_at) > 1
    values = [
        f"{field.name} {_value(field, row, bound)}" if named else _value(field, row, bound) for field in found
    ]
    return f"{clause.text} ({', '.join(values)})" if values else clause.text


def _decisive(predicate: object, row: Row) -> Iterator[Field]:
    """The fields because of which a predicate that holds does so."""
    match predicate:
        case predicates.Or(items):
            for item in items:
                if holds(item, row):
                    yield from _decisive(item, row)
        case predicates.And(items):
            for item in items:
                yield from _decisive(item, row)
        case _:
            yield from _fields(predicate)


def _fields(predicate: object) -> Iterator[Field]:
    match predicate:
        case predicates.Everything() | predicates.Nothing():
            return
        case predicates.Not(item):
            yield from _fields(item)
        case predicates.And(items) | predicates.Or(items):
            for item in items:
                yield from _fields(item)
        case predicates.OnTopics():
            yield Field("topic", Kind.TEXT, is_virtual=True)
        case predicates.Compares(field, _, other):
            yield field
            yield other
        case _:
            yield predicate.field  # type: ignore[attr-defined]


def value_text(name: str, row: Mapping[str, object], bound: BoundQuery) -> str:
    """A stored field of a row as people read it."""
    return _value(field_named(name), row, bound)


def _value(field: Field, row: Mapping[str, object], bound: BoundQuery) -> str:
    value = row.get(field.name)
    if value is None:
        return "-"
    match field.kind:
        case Kind.ADDRESS:
            return format_address(int(str(value)))
        case Kind.TIME:
            return format_time(int(str(value)), bound.zone)
        case Kind.DURATION:
            return str(unit_durations(pa.array([value]))[0])
        case Kind.REAL:
            assert isinstance(value, Fraction | float)
            return str(rounded_reals(pa.array([float(value)]))[0])
        case _:
            return str(value)
