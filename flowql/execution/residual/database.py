"""The database that runs statements: DuckDB in memory, locked, opened when it is first needed.

Owns the one connection of an engine, what it may use and what is shut, and a cursor a query. Rows come in and
go out as streams of batches: neither the input nor the outcome is ever held as a whole, and what a statement
has to hold (groups, a sort) goes to a temporary folder once it passes the memory limit.

Shut are all ways out of the process (files, the network, extensions, other databases) and to its Python
objects; then the settings themselves. What reaches it is a tree that `plan.sql` made or checked, so that this
is a second wall.

One thread. Rows keep their order from the input to the outcome, sums of reals are made in one order, and the
same statement over the same rows gives the same bytes. The second core makes the input's batches meanwhile.
"""

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from threading import RLock
from time import sleep
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from flowql.execution.context import Context
from flowql.execution.limits import MEMORY_BYTES
from flowql.plan.logical import Column

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from flowql.plan.sql import Statement

SPILL_MAX = 64 << 30
"""Bytes that DuckDB may write to its folder."""
_FOLDER_PREFIX = "flowql-spill-"
_CLOSE_STEP_S = 0.01
_CLOSE_TRIES = 200
"""How often the database is asked to close while something that is being interrupted still runs in it."""


class Residual:
    """Runs statements; threads may share it. It takes no memory and no time before the first one.

    `memory_bytes` is what DuckDB may hold, for all queries together that have this limit, before it writes to
    its folder; a query with another one has a database of its own.
    """

    def __init__(self, memory_bytes: int = MEMORY_BYTES) -> None:
        self._memory_bytes = memory_bytes
        # One thread may take it again: Python may collect a run wherever it is.
        self._lock = RLock()
        self._connection: DuckDBPyConnection | None = None
        self._end: weakref.finalize[Any, Any] | None = None
        self._query_count = 0

    def run(
        self,
        statement: "Statement",
        batches: Iterator[pa.RecordBatch],
        schema: pa.Schema,
        columns: Sequence[Column],
        context: Context,
    ) -> Iterator[pa.RecordBatch]:
        """The outcome of a statement over rows of that schema, as batches with these columns.

        The batches are asked for as the outcome is. Raises `LimitError` for what passes the memory, the
        folder or 64 bits, `SelectFailedError` for what fails in a user's SELECT, `CancelledError` soon after
        the context is cancelled, and whatever the batches raise.
        """
        from flowql.execution.residual.running import Run  # noqa: PLC0415 - DuckDB is loaded when needed

        memory_bytes = context.limits.memory_bytes
        if memory_bytes == self._memory_bytes:
            cursor, end = self._cursor(), _nothing
        else:
            connection, end = self._begun(memory_bytes)
            cursor = connection.cursor()
        with closing(Run(cursor, self._next_prefix(), self._lock, context, end)) as run:
            yield from run.batches(statement, batches, schema, columns)

    def select_columns(self, sql: str, columns: Sequence[Column]) -> tuple[Column, ...]:
        """What a checked SELECT over rows of these columns yields; raises `SelectError`.

        Integers are COUNT, and end the query when 64 bits do not hold them; other numbers are REAL; dates and
        timestamps are TIME. Everything else is TEXT, as DuckDB writes it: `true`, `[1, 2]`.
        """
        from flowql.execution.residual.describing import described  # noqa: PLC0415 - as above

        with closing(self._cursor()) as cursor:
            return described(cursor, sql, columns)

    def close(self) -> None:
        """Let go of memory and folder; the next statement opens others."""
        with self._lock:
            if self._end is not None:
                self._end()
            self._connection = self._end = None

    def _cursor(self) -> "DuckDBPyConnection":
        with self._lock:
            if self._connection is None:
                self._connection, self._end = self._begun(self._memory_bytes)
            return self._connection.cursor()

    def _begun(self, memory_bytes: int) -> "tuple[DuckDBPyConnection, weakref.finalize[..., Any]]":
        """A database, and what ends it: also at the end of the program, where nobody closed it."""
        folder = tempfile.mkdtemp(prefix=_FOLDER_PREFIX)
        try:
            connection = _opened(folder, memory_bytes)
        except BaseException:  # Ctrl-C, for one, while DuckDB is loaded
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return connection, weakref.finalize(self, _shut, connection, folder)

    def _next_prefix(self) -> str:
        """What the names of a query's functions begin with: all cursors see them."""
        with self._lock:
            self._query_count += 1
            return f"q{self._query_count}_"


def _opened(folder: str, memory_bytes: int) -> "DuckDBPyConnection":
    import duckdb  # noqa: PLC0415 - it takes longer to load than most queries take to run

    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": f"{memory_bytes}B",
            "threads": 1,
            "temp_directory": str(Path(folder, "spill")),
            "max_temp_directory_size": f"{SPILL_MAX}B",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
        },
    )
    for setting in (
        "TimeZone = 'UTC'",
        # A zero divisor gives missing, as everywhere in FlowQL.
        "error_on_division_by_zero = false",
        "ieee_floating_point_ops = false",
        # In this order: with access shut no folder can be named, and what is locked stays as it is.
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        connection.execute(f"SET GLOBAL {setting}")
    return connection


def _nothing() -> None:
    """What there is to do at the end of a run in the shared database."""


def _shut(connection: "DuckDBPyConnection", folder: str) -> None:
    """Close the database, and take its folder away."""
    import duckdb  # noqa: PLC0415 - it is loaded by now

    for _ in range(_CLOSE_TRIES):
        try:
            connection.close()
            break
        except duckdb.Error:  # what was interrupted there has not ended yet (`Run.close`)
            sleep(_CLOSE_STEP_S)
    shutil.rmtree(folder, ignore_errors=True)
