"""One run of a statement: its input, its functions, its outcome, and its end.

Owns the stream in and the stream out, and that a query that is to end does. DuckDB asks for the input's
batches while it is asked for the outcome's. It is asked by a thread of the run's own, since it can be deaf
for a second, in a sort for instance: whoever wants the outcome looks meanwhile whether the query is to end,
then interrupts and goes; DuckDB stops as soon as it hears of it.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial
from inspect import Parameter, Signature
from threading import RLock, Thread
from typing import Any, TypeVar

import duckdb
import pyarrow as pa
from duckdb.func import FunctionNullHandling, PythonUDFType

from flowql.execution.context import Context, outcome_of
from flowql.execution.materialize import ARROW_TYPES, arrow_schema
from flowql.execution.residual.failures import error_of
from flowql.execution.residual.works import vectorized
from flowql.plan.logical import Column
from flowql.plan.sql import INPUT, Statement
from flowql.schema import Kind

OUTCOME_ROWS = 1 << 16
"""Rows of a batch of the outcome."""
_URGE_S = 0.02
"""Between two interrupts of what nobody waits for any more."""

Answer = TypeVar("Answer")


class Run:
    """A cursor and what is registered at it, until it is closed."""

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        prefix: str,
        lock: RLock,
        context: Context,
        end: Callable[[], None],
    ) -> None:
        self._cursor = cursor
        self._end = end
        self._prefix = prefix
        self._lock = lock
        self._context = context
        self._functions: list[str] = []
        self._raised: list[BaseException] = []
        self._thread = ThreadPoolExecutor(1, "flowql-sql")
        self._last: Future[Any] | None = None

    def batches(
        self,
        statement: Statement,
        batches: Iterator[pa.RecordBatch],
        schema: pa.Schema,
        columns: Sequence[Column],
    ) -> Iterator[pa.RecordBatch]:
        """See `Residual.run`."""
        self._context.check()
        fail = partial(error_of, context=self._context, raised=self._raised, has_select=statement.has_select)
        try:
            reader = self._asked(partial(self._begun, statement, batches, schema))
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            raise fail(error) from error
        while True:
            self._context.check()
            try:
                batch = self._asked(partial(_next_batch, reader))
            except (duckdb.Error, pa.ArrowException, OSError, RuntimeError) as error:
                raise fail(error) from error
            if batch is None:
                return
            if batch.num_rows:
                yield _typed(batch, columns)

    def close(self) -> None:
        """Stop what still runs, and forget the input and the functions, now or as soon as it has stopped."""
        # Nothing is given to the thread here: where Python collects a run that nobody holds, its thread may
        # be gone already, and must not be waited for.
        self._thread.shutdown(wait=False)
        running = self._last
        if running is None or running.done():
            self._forget()
            return
        running.add_done_callback(lambda _: self._forget())
        Thread(target=self._urge, args=(running,), name="flowql-urge", daemon=True).start()

    def _asked(self, work: Callable[[], Answer]) -> Answer:
        """What DuckDB gives; what ends the query ends the waiting for it."""
        future = self._thread.submit(work)
        self._last = future
        return outcome_of(future, self._context.check)

    def _begun(
        self, statement: Statement, batches: Iterator[pa.RecordBatch], schema: pa.Schema
    ) -> pa.RecordBatchReader:
        self._register(statement, batches, schema)
        return self._cursor.sql(statement.with_names(self._prefix)).to_arrow_reader(OUTCOME_ROWS)

    def _urge(self, running: "Future[Any]") -> None:
        """Interrupt until it has an effect: between two calls of DuckDB's an interrupt is lost."""
        while not running.done():
            self._interrupt()
            wait((running,), _URGE_S)

    def _interrupt(self) -> None:
        with suppress(duckdb.Error):  # the program ends, and the database ended before
            self._cursor.interrupt()

    def _forget(self) -> None:
        with self._lock, suppress(duckdb.Error):
            for name in self._functions:
                self._cursor.remove_function(name)
        self._cursor.close()
        self._end()

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


def _next_batch(reader: pa.RecordBatchReader) -> pa.RecordBatch | None:
    """The outcome's next batch; None behind the last one."""
    try:
        return reader.read_next_batch()
    except StopIteration:  # which a thread cannot hand over
        return None


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
