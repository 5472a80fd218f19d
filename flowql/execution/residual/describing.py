"""What a user's SELECT yields: names and kinds, found by DuckDB without any row.

Owns the way from DuckDB's types to kinds.
"""

from collections.abc import Sequence

import duckdb

from flowql.execution.residual.failures import told
from flowql.plan.logical import Column
from flowql.plan.sql import SelectError, over_no_rows
from flowql.schema import Kind

_INTEGERS = frozenset(
    f"{sign}{width}"
    for sign in ("", "U")
    for width in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
)


def described(cursor: duckdb.DuckDBPyConnection, sql: str, columns: Sequence[Column]) -> tuple[Column, ...]:
    """See `Residual.select_columns`."""
    try:
        relation = cursor.sql(over_no_rows(sql, columns))
        types = [str(each) for each in relation.types]
    except duckdb.Error as error:
        raise SelectError(told(error), 0, len(sql)) from error
    return tuple(
        Column(name, _kind_of(sql_type)) for name, sql_type in zip(relation.columns, types, strict=True)
    )


def _kind_of(sql_type: str) -> Kind:
    name = sql_type.partition("(")[0]
    if sql_type.endswith("]"):
        return Kind.TEXT
    if name in _INTEGERS:
        return Kind.COUNT
    if name in ("DOUBLE", "FLOAT", "DECIMAL"):
        return Kind.REAL
    if name == "DATE" or name.startswith("TIMESTAMP"):
        return Kind.TIME
    return Kind.TEXT
