"""The result of a query, as programs hold it.

Owns the public face of an answer: rows as dicts, Arrow and its relatives, the counts and notes beside them.
Rows are produced when asked for.
"""

from collections.abc import Iterator
from html import escape
from importlib import import_module
from typing import Any

import pyarrow as pa

from flowql.errors import Diagnostic
from flowql.execution.run import Execution, Explanation
from flowql.plan.logical import Column, TimeRange
from flowql.schema import Kind
from flowql.values import SECOND_NS, format_address

_HTML_ROWS_MAX = 20


class Result:
    """The answer to one query over one snapshot.

    Iterating gives rows as dicts: text and addresses as str, numbers as int, times as epoch seconds (int, or
    float when not whole), missing values as None. Times lose nanoseconds there; `to_arrow` keeps them, as
    timestamps in UTC. An iteration begins the rows anew.
    """

    def __init__(
        self,
        query: str,
        time_range: TimeRange,
        columns: tuple[Column, ...],
        notes: tuple[Diagnostic, ...],
        execution: Execution | Explanation,
    ) -> None:
        self.query = query
        self.range = time_range
        self.columns = columns
        self.notes = notes
        self.complete = True
        self._execution = execution

    @property
    def matched(self) -> int:
        """Exactly how many records the search part of the query matches, whatever its stages make of them."""
        return self._execution.matched_count

    def cancel(self) -> None:
        """Stop the work from another thread; whoever is iterating gets a `CancelledError`."""
        self._execution.context.cancelled.set()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows as record batches in the engine's types.

        Addresses as 16 bytes, times as int64 nanoseconds.
        """
        return self._execution.batches()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for batch in self.batches():
            columns = [_python_values(column, batch.column(i)) for i, column in enumerate(self.columns)]
            names = [column.name for column in self.columns]
            for row in zip(*columns, strict=True):
                yield dict(zip(names, row, strict=True))

    def to_arrow(self) -> pa.Table:
        """The rows as a table: addresses as text, times as timestamps in nanoseconds, UTC."""
        schema = pa.schema([(column.name, _public_type(column.kind)) for column in self.columns])
        return pa.Table.from_batches(
            [_public_batch(self.columns, batch, schema) for batch in self.batches()], schema
        )

    def to_pandas(self) -> Any:
        """The rows as a pandas DataFrame; needs pandas."""
        return self.to_arrow().to_pandas()

    def to_polars(self) -> Any:
        """The rows as a polars DataFrame; needs polars."""
        return import_module("polars").from_arrow(self.to_arrow())

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        schema = pa.schema([(column.name, _public_type(column.kind)) for column in self.columns])
        batches = (_public_batch(self.columns, batch, schema) for batch in self.batches())
        return pa.RecordBatchReader.from_batches(schema, batches).__arrow_c_stream__(requested_schema)

    def _repr_html_(self) -> str:
        rows: list[str] = []
        for row in self:
            if len(rows) == _HTML_ROWS_MAX:
                rows.append(f'<tr><td colspan="{len(self.columns)}">...</td></tr>')
                break
            cells = "".join(
                f"<td>{escape('-' if value is None else str(value))}</td>" for value in row.values()
            )
            rows.append(f"<tr>{cells}</tr>")
        head = "".join(f"<th>{escape(column.name)}</th>" for column in self.columns)
        caption = f"<caption>{self.matched:,} records matched: {escape(self.query)}</caption>"
        return f"<table>{caption}<tr>{head}</tr>{''.join(rows)}</table>"


def _public_type(kind: Kind) -> pa.DataType:
    match kind:
        case Kind.TEXT | Kind.ADDRESS:
            return pa.string()
        case Kind.TIME:
            return pa.timestamp("ns", "UTC")
        case Kind.REAL:
            return pa.float64()
        case Kind.PORT | Kind.PROTOCOL | Kind.COUNT:
            return pa.int64()


def _public_batch(columns: tuple[Column, ...], batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    arrays = [
        _address_texts(batch.column(i))
        if column.kind is Kind.ADDRESS
        else batch.column(i).cast(schema.field(i).type)
        for i, column in enumerate(columns)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _address_texts(addresses: pa.Array) -> pa.Array:
    """Addresses as text, each distinct one formatted once."""
    distinct = addresses.dictionary_encode()
    texts = [format_address(int.from_bytes(value, "big")) for value in distinct.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(distinct.indices)


def _python_values(column: Column, values: pa.Array) -> list[Any]:
    match column.kind:
        case Kind.ADDRESS:
            return list(_address_texts(values).to_pylist())
        case Kind.TIME:
            return [None if value is None else _epoch_seconds(value) for value in values.to_pylist()]
        case _:
            return list(values.to_pylist())


def _epoch_seconds(time_ns: int) -> int | float:
    seconds, rest = divmod(time_ns, SECOND_NS)
    return seconds if not rest else time_ns / SECOND_NS
