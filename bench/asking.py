"""A question, asked of FlowQL and of DuckDB, and the comparison of their answers.

Owns the shape of a question, what is timed of each engine (from its text to its rows in Python), and what
makes two answers the same. Does not know which questions there are.
"""

import ipaddress
import time
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from bench.results import require_same
from flowql.engine import Engine

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """The same question in both languages.

    `parameters` are those of all SQL texts. Columns of a row are compared by position; FlowQL's may have more
    at the end (`top` adds a share).
    """

    flowql: str
    sql: str
    parameters: tuple[Any, ...] = ()
    total_sql: str = ""
    """Counts what the search part matches: then FlowQL is asked for it too, within the time."""
    tied_sql: str = ""
    """For a ranking: key, measure of all that are not behind the last row of the answer, ties included.

    SQL's ranking leaves open which of equals it gives, FlowQL's does not: the expected rows are taken from
    these, by measure descending, then key ascending, as FlowQL orders keys.
    """
    as_arrow: bool = False
    """The rows as an Arrow table, from both, instead of Python's values."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came, and how long it took."""

    rows: Any
    total: int | None
    seconds: float


def ask_flowql(engine: Engine, question: Question) -> Answer:
    """Ask an open engine."""
    begin = time.perf_counter()
    result = engine.search(question.flowql)
    rows = result.to_arrow() if question.as_arrow else list(result)
    total = result.matched if question.total_sql else None
    return Answer(rows, total, time.perf_counter() - begin)


def ask_duckdb(connection: duckdb.DuckDBPyConnection, question: Question) -> Answer:
    """Ask an open connection."""
    begin = time.perf_counter()
    rows: Any
    if question.as_arrow:
        rows = connection.sql(question.sql, params=question.parameters).to_arrow_table()
    else:
        rows = connection.execute(question.sql, question.parameters).fetchall()
    total = None
    if question.total_sql:
        counted = connection.execute(question.total_sql, question.parameters).fetchone()
        total = counted[0] if counted else None
    return Answer(rows, total, time.perf_counter() - begin)


def require_right(
    question: Question, ours: Answer, theirs: Answer, connection: duckdb.DuckDBPyConnection
) -> None:
    """Raise `RefusedError` unless both answers say the same, in the same order."""
    if question.as_arrow:
        our_rows, expected = _table_rows(ours.rows), _table_rows(theirs.rows)
    else:
        our_rows, expected = [tuple(row.values()) for row in ours.rows], theirs.rows
    if question.tied_sql:
        tied = connection.execute(question.tied_sql, question.parameters).fetchall()
        expected = sorted(tied, key=_rank)[: len(expected)]
    width = len(expected[0]) if expected else 0
    require_same(question.flowql, [row[:width] for row in our_rows], expected)
    require_same(f"matched by {question.flowql}", [ours.total], [theirs.total])


def _rank(row: Row) -> tuple[Any, ...]:
    key, measure = row
    return -measure, _key_order(key)


def _key_order(key: str | int | None) -> tuple[Any, ...]:
    """Keys ascending: addresses by their 128 bits (IPv4 as its mapped form), numbers, missing last."""
    match key:
        case None:
            return (1,)
        case int():
            return 0, key
        case str():
            address = ipaddress.ip_address(key)
            mapped = 0xFFFF << 32 if address.version == 4 else 0
            return 0, mapped | int(address)


def _table_rows(table: pa.Table) -> list[Row]:
    """Rows of a table; times as epoch seconds, which is what DuckDB's table holds."""
    columns = [
        column.cast(pa.timestamp("s", "UTC")).cast(pa.int64())
        if pa.types.is_timestamp(column.type)
        else column
        for column in table.columns
    ]
    return list(zip(*(column.to_pylist() for column in columns), strict=True))
