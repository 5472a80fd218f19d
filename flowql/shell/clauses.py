"""Clauses from cells: what is to be asked for so that records have the value that a row shows.

Owns how a value of each kind is written as a condition. Does not know which rows or queries there are.
"""

import re
from typing import Any

import pyarrow as pa

from flowql.buckets import Bucket
from flowql.errors import NOWHERE
from flowql.render.answer import Column
from flowql.render.public import public_array
from flowql.schema import Kind, Schema
from flowql.syntax.canonical import canonical
from flowql.syntax.nodes import (
    And,
    Clause,
    Comparison,
    Everything,
    Key,
    Literal,
    Missing,
    Name,
    Not,
    Operator,
    Query,
    Range,
    Verb,
)
from flowql.times import format_time
from flowql.values import DAY_NS, format_duration, parse_duration
from flowql.zones import Zone

_PLAIN = re.compile(r"\w[\w.-]*", re.ASCII)


def clause_of_cell(field: str, kind: Kind, value: Any, schema: Schema) -> Clause:
    """The condition that a field has a row's value, given as `cell_value` gives it."""
    name = Name(field, NOWHERE)
    if value is None:
        return Comparison(name, Operator.MATCH, Missing(NOWHERE), NOWHERE)
    match kind:
        case Kind.ADDRESS | Kind.PORT | Kind.PROTOCOL | Kind.COUNT:
            return Comparison(name, Operator.EQUAL, Literal(str(value), NOWHERE), NOWHERE)
        case Kind.NETWORK:
            return Comparison(name, Operator.MATCH, Literal(str(value), NOWHERE), NOWHERE)
        case Kind.TIME:
            return Comparison(name, Operator.EQUAL, Literal(format_time(value), NOWHERE), NOWHERE)
        case Kind.DURATION:
            return Comparison(name, Operator.EQUAL, Literal(format_duration(value), NOWHERE), NOWHERE)
        case Kind.REAL:
            return Comparison(name, Operator.EQUAL, Literal(repr(value), NOWHERE), NOWHERE)
        case Kind.TEXT:
            return Comparison(name, Operator.EQUAL, _text(value, schema), NOWHERE)
        case _:
            raise AssertionError(f"no such kind: {kind}")


def clause_of_key(key: Key, kind: Kind, value: Any, zone: Zone, schema: Schema) -> Clause:
    """The condition that a record belongs to the group that has this value of a key."""
    if key.bucket is None or value is None:
        return clause_of_cell(key.column.text, kind, value, schema)
    return clause_of_bucket(key.column.text, key.bucket.text, value, zone)


def clause_of_bucket(field: str, width: str, first: int, zone: Zone) -> Clause:
    """The condition that a time lies in the bucket of that width which begins at `first`."""
    width_ns = parse_duration(width)
    assert width_ns is not None, "a query that ran has a width that can be read"
    after = int(Bucket(width_ns, zone).edges(first, first + width_ns + 4 * DAY_NS)[1])
    ends = Range(
        Literal(format_time(first, zone), NOWHERE, quoted=True),
        Literal(format_time(after, zone), NOWHERE, quoted=True),
        NOWHERE,
        high_excluded=True,
    )
    return Comparison(Name(field, NOWHERE), Operator.MATCH, ends, NOWHERE)


def conjunction(clause: Clause, others: list[Clause]) -> Clause:
    """All of the clauses; a condition that is everything adds nothing, nor does one that is there already.

    before: REJECT, and dstport=22
    after:  REJECT AND dstport=22
    """
    match clause:
        case Everything():
            items: tuple[Clause, ...] = ()
        case And(before):
            items = before
        case _:
            items = (clause,)
    asked = {_written(each) for each in items}
    items = (*items, *(each for each in others if _written(each) not in asked))
    return items[0] if len(items) == 1 else And(items, NOWHERE) if items else clause


def negated(clause: Clause) -> Clause:
    """The condition that holds for every other record."""
    return Not(clause, NOWHERE)


def cell_value(column: Column, values: pa.Array, row: int) -> Any:
    """A cell as a Python value: addresses, networks and texts as str, times and durations in nanoseconds."""
    cell = values.slice(row, 1)
    match column.kind:
        case Kind.ADDRESS | Kind.NETWORK:
            return public_array(column.kind, cell)[0].as_py()
        case _:
            return cell[0].as_py()


def _written(clause: Clause) -> str:
    """A clause as text: two that say the same differ in their spans."""
    return canonical(Query("", Verb.SEARCH, (), clause, ()))


def _text(value: str, schema: Schema) -> Literal:
    """A text as it stands behind `=`, where the bare name of a field would be that field."""
    is_name = schema.resolve(value) is not None or schema.resolve_virtual(value) is not None
    return Literal(value, NOWHERE, quoted=is_name or _PLAIN.fullmatch(value) is None)
