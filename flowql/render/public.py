"""Batches as programs get them: the one way from the types of the engine to those that are promised to users.

Owns the promised Arrow types: texts, addresses and networks are string, ports, protocols and counts int64,
times are timestamps in nanoseconds in UTC, durations durations in nanoseconds, reals float64; missing is
null. What comes in is told by `answer`. Does not know what becomes of the batches: a table in memory, a
stream, a file.

A batch is made when it is asked for and none is kept, and no row becomes a Python object.
"""

from collections.abc import Iterator, Sequence

import pyarrow as pa

from flowql.render.answer import Column, Rows
from flowql.render.cells import FEW_ADDRESSES, address_texts, by_distinct, network_texts
from flowql.schema import Kind


def public_schema(columns: Sequence[Column]) -> pa.Schema:
    """The schema of public batches with these columns."""
    return pa.schema([(column.name, _public_type(column.kind)) for column in columns])


def public_batches(rows: Rows) -> Iterator[pa.RecordBatch]:
    """The rows, batch by batch, with the schema that `public_schema` gives for their columns."""
    schema = public_schema(rows.columns)
    for batch in rows.batches():
        arrays = [
            public_array(column.kind, values)
            for column, values in zip(rows.columns, batch.columns, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def public_array(kind: Kind, values: pa.Array) -> pa.Array:
    """The values of one column in their public type; an address that is not printed yet is, once a batch."""
    if kind not in (Kind.ADDRESS, Kind.NETWORK) or pa.types.is_string(values.type):
        return values.cast(_public_type(kind))
    texts_of = address_texts if kind is Kind.ADDRESS else network_texts
    if len(values) <= FEW_ADDRESSES and pa.types.is_fixed_size_binary(values.type) and not values.null_count:
        return texts_of(values)
    distinct = by_distinct(values)
    return texts_of(distinct.dictionary).take(distinct.indices)


def _public_type(kind: Kind) -> pa.DataType:
    match kind:
        case Kind.TEXT | Kind.ADDRESS | Kind.NETWORK:
            return pa.string()
        case Kind.TIME:
            return pa.timestamp("ns", "UTC")
        case Kind.DURATION:
            return pa.duration("ns")
        case Kind.REAL:
            return pa.float64()
        case Kind.PORT | Kind.PROTOCOL | Kind.COUNT:
            return pa.int64()
