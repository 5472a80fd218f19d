"""Operators over a table: what is left of a plan once rows are few, or groups are made.

Owns the Arrow forms of the table operators. Text sorts as in dictionaries, by (ASCII-lowered, bytes), so that
an order does not depend on the road by which a table came.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from flowql.errors import LimitError
from flowql.execution.materialize import ARROW_TYPES, arrow_schema
from flowql.plan.logical import Column, Measure, SortKey
from flowql.plan.physical import HeadOp, ProjectOp, SortOp, TableGroupOp, TableOp, TopOp
from flowql.schema import Kind

SUM_MAX = 1 << 62
"""Sums stay below this, so that adding two of them cannot pass int64."""


def apply_operator(table: pa.Table, operator: TableOp) -> pa.Table:
    """The operator's output."""
    match operator:
        case HeadOp(row_count):
            return table.slice(0, row_count)
        case SortOp(keys):
            return table.take(pa.array(sort_order(table, keys)))
        case ProjectOp(columns):
            return table.select([column.name for column in columns])
        case TableGroupOp(keys, measures):
            return group_table(table, keys, measures)
        case TopOp(row_count, key, measure):
            return _top(table, row_count, key, measure)


def sort_order(table: pa.Table, keys: Sequence[SortKey]) -> NDArray[np.int64]:
    """The places of the rows in the order of the keys: stable, missing last both ways."""
    columns: dict[str, pa.ChunkedArray | pa.Array] = {}
    directions = []
    for i, key in enumerate(keys):
        direction = "descending" if key.descending else "ascending"
        values = table[key.column.name]
        if key.column.kind is Kind.TEXT:
            columns[f"lowered{i}"] = pc.ascii_lower(values)
            directions.append((f"lowered{i}", direction))
        columns[f"key{i}"] = values
        directions.append((f"key{i}", direction))
    columns["place"] = pa.array(np.arange(len(table)))
    order = pc.sort_indices(pa.table(columns), [*directions, ("place", "ascending")])  # nulls go last
    return np.asarray(order)


def group_table(table: pa.Table, keys: Sequence[Column], measures: Sequence[Measure]) -> pa.Table:
    """One row a distinct combination of the keys, ascending by them; without keys one row."""
    for measure in measures:
        if measure.argument and measure.function == "sum" and measure.argument.kind is not Kind.REAL:
            _check_sum(table[measure.argument.name])
    extremes = [m.argument.name for m in measures if m.argument and _compares_text(m)]
    orders = {name: _text_order(table[name]) for name in extremes}
    for name, (ranks, _) in orders.items():
        table = table.append_column(_ranked(name), ranks)
    grouped = table.group_by([key.name for key in keys], use_threads=False).aggregate(
        [_aggregation(measure) for measure in measures]
    )
    # Arrow puts the aggregates in order, before or after the keys as its version likes: find them by place.
    places = [i for i, name in enumerate(grouped.column_names) if name not in {key.name for key in keys}]
    arrays = [grouped[key.name] for key in keys]
    for place, measure in zip(places, measures, strict=True):
        values = grouped.column(place)
        if measure.argument and _compares_text(measure):
            values = orders[measure.argument.name][1].take(values)
        if pa.types.is_floating(values.type) and measure.output.kind is not Kind.REAL:
            values = pc.round(values)  # the mean of durations, in nanoseconds
        arrays.append(values.cast(ARROW_TYPES[measure.output.kind]))
    columns = [*keys, *(measure.output for measure in measures)]
    out = pa.Table.from_arrays(arrays, schema=arrow_schema(columns))
    return (
        out.take(pa.array(sort_order(out, [SortKey(key, descending=False) for key in keys]))) if keys else out
    )


def _check_sum(values: pa.ChunkedArray) -> None:
    """Refuse what might pass int64, where Arrow would wrap around."""
    total = pc.sum(values.cast(pa.float64(), safe=False)).as_py()
    if total is not None and total >= SUM_MAX:
        raise LimitError("sum_max", "a sum passes 2^62", hint="narrow the search")


def _compares_text(measure: Measure) -> bool:
    """Whether the measure is the least or the greatest text, which Arrow would compare by bytes."""
    return measure.function in ("min", "max") and measure.output.kind is Kind.TEXT


def _text_order(texts: pa.ChunkedArray) -> tuple[pa.Array, pa.Array]:
    """For each text its rank in FlowQL's order, and the distinct texts by rank."""
    encoded = texts.combine_chunks().dictionary_encode()
    column = Column("text", Kind.TEXT)
    order = sort_order(pa.table({"text": encoded.dictionary}), [SortKey(column, descending=False)])
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    return pa.array(ranks).take(encoded.indices), encoded.dictionary.take(pa.array(order))


def _ranked(name: str) -> str:
    return f"RANK {name}"  # no field's name: fields are lower case, without blanks


def _aggregation(measure: Measure) -> tuple[object, ...]:
    name = measure.argument.name if measure.argument else []
    skip = pc.ScalarAggregateOptions(skip_nulls=True, min_count=1)
    match measure.function:
        case "count" if measure.argument is None:
            return ([], "count_all")
        case "count":
            return (name, "count", pc.CountOptions(mode="only_valid"))
        case "dc":
            return (name, "count_distinct", pc.CountOptions(mode="only_valid"))
        case "avg":
            return (name, "mean", skip)
        case "sum" | "min" | "max":
            return (_ranked(str(name)) if _compares_text(measure) else name, measure.function, skip)
        case _:
            raise AssertionError(measure)


def _top(table: pa.Table, row_count: int, key: Column, measure: Column) -> pa.Table:
    keys = [SortKey(measure, descending=True), SortKey(key, descending=False)]
    top = table.take(pa.array(sort_order(table, keys)[:row_count]))
    share = pa.nulls(len(top), ARROW_TYPES[Kind.REAL])
    if measure.kind in (Kind.COUNT, Kind.DURATION, Kind.REAL):
        total = pc.sum(table[measure.name].cast(pa.float64(), safe=False)).as_py()
        if total:
            share = pc.divide(top[measure.name].cast(pa.float64(), safe=False), total)
    return top.select([key.name, measure.name]).append_column("share", share)
