"""One run of a statement: its input, its functions, its outcome, and its end.

Owns the stream in and the stream out, and that a cancelled query stops. DuckDB asks for the input's batches
while it is asked for the outcome's, in the thread of whoever asks; a second thread looks whether the query
was cancelled and interrupts.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from inspect import Parameter, Signature
from threading import Event, Lock, Thread
from typing import Any

import duckdb
import pyarrow as pa
from duckdb.func import FunctionNullHandling, PythonUDFType

from flowql.execution.context import Context
from flowql.execution.materialize import ARROW_TYPES, arrow_schema
from flowql.execution.residual.failures import error_of
from flowql.execution.residual.works import vectorized
from flowql.plan.logical import Column
from flowql.plan.sql import INPUT, Statement
from flowql.schema import Kind

OUTCOME_ROWS = 1 << 16
"""Rows of a batch of the outcome."""
_WATCH_S = 0.02
"""Between two looks whether the query was cancelled."""


class Run:
    """A cursor and what is registered at it, until it is closed."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, prefix: str, lock: Lock, context: Context) -> None:
        self._cursor = cursor
        self._prefix = prefix
        self._lock = lock
        self._context = context
        self._functions: list[str] = []
        self._raised: list[BaseException] = []
        self._ended = Event()
        self._watch = Thread(target=self._watched, name="flowql-watch", daemon=True)

    def batches(
        self,
        statement: Statement,
        batches: Iterator[pa.RecordBatch],
        schema: pa.Schema,
        columns: Sequence[Column],
    ) -> Iterator[pa.RecordBatch]:
        """See `Residual.run`."""
        self._context.check()
        self._watch.start()
        fail = partial(error_of, context=self._context, raised=self._raised, has_select=statement.has_select)
        try:
            self._register(statement, batches, schema)
            reader = self._cursor.sql(statement.with_names(self._prefix)).to_arrow_reader(OUTCOME_ROWS)
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            raise fail(error) from error
        while True:
            self._context.check()
            try:
                batch = reader.read_next_batch()
            except StopIteration:
                return
            except (duckdb.Error, pa.ArrowException, OSError, RuntimeError) as error:
                raise fail(error) from error
            if batch.num_rows:
                yield _typed(batch, columns)

    def close(self) -> None:
        """Stop what still runs, and forget the input and the functions."""
        self._ended.set()
        with suppress(duckdb.Error):  # the program ends, and the database ended before
            self._cursor.interrupt()
        if self._watch.is_alive():
            self._watch.join()
        with self._lock, suppress(duckdb.Error):
            for name in self._functions:
                self._cursor.remove_function(name)
        self._cursor.close()

    def _register(self, statement: Statement, batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> None:
        with self._lock:
            for function in statement.functions:
                name = self._prefix + function.name
                self._cursor.create_function(
                    name,
                    self._guarded(vectorized(function.work), len(function.arguments)),
                    list(function.arguments),
                    function.outcome,
                    type=PythonUDFType.ARROW,
                    null_handling=FunctionNullHandling.SPECIAL,
                )
                self._functions.append(name)
        stream = self._kept(_alike(batch, schema) for batch in batches)
        self._cursor.register(INPUT, pa.RecordBatchReader.from_batches(schema, stream))

    def _kept(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The batches; what they raise is kept, as DuckDB would make a text of it."""
        try:
            for batch in batches:
                self._context.check()
                yield batch
        except Exception as error:
            self._raised.append(error)
            raise

    def _guarded(self, work: Callable[..., pa.Array], argument_count: int) -> Callable[..., pa.Array]:
        """The work over whole arrays; what it raises is kept."""

        def called(*arguments: Any) -> pa.Array:
            try:
                return work(*(_whole(each) for each in arguments))
            except Exception as error:
                self._raised.append(error)
                raise

        # DuckDB counts a function's parameters.
        places = (Parameter(f"argument{i}", Parameter.POSITIONAL_ONLY) for i in range(argument_count))
        called.__signature__ = Signature(tuple(places))  # type: ignore[attr-defined]
        return called

    def _watched(self) -> None:
        while not self._ended.wait(_WATCH_S):
            # Again and again: an interrupt between two calls of DuckDB's is lost.
            if self._context.cancelled.is_set():
                self._cursor.interrupt()


def _whole(argument: Any) -> pa.Array:
    return argument.combine_chunks() if isinstance(argument, pa.ChunkedArray) else argument


def _alike(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The columns of the schema, in its types: a text may come by a dictionary."""
    if batch.schema.equals(schema):
        return batch
    arrays = [batch.column(field.name) for field in schema]
    arrays = [
        each if each.type == field.type else each.cast(field.type)
        for each, field in zip(arrays, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _typed(batch: pa.RecordBatch, columns: Sequence[Column]) -> pa.RecordBatch:
    """The outcome in the engine's types: DuckDB's bytes have no fixed width."""
    arrays = [
        array if array.type == ARROW_TYPES[column.kind] else _cast(array, column.kind)
        for array, column in zip(batch.columns, columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=arrow_schema(columns))


def _cast(array: pa.Array, kind: Kind) -> pa.Array:
    return array.cast(ARROW_TYPES[kind])
