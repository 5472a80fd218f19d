"""select: the SQL of a plan, asked of SQLite, in which the rows so far are the table `log`.

SQLite is no part of the product, and agrees with the language on what goldens select. Addresses and networks
are text there, times and durations seconds.
"""

import sqlite3
from fractions import Fraction

from flowql.plan.logical import Select
from flowql.schema import Kind
from flowql.values import SECOND_NS
from oracle.cells import Cell, Row, shown_as


def selected(select: Select, rows: list[Row]) -> list[Row]:
    """What the SQL gives."""
    columns = select.input.columns
    connection = sqlite3.connect(":memory:")
    try:
        connection.create_function("concat", -1, _concat, deterministic=True)
        names = ", ".join(f'"{column.name}"' for column in columns)
        connection.execute(f"CREATE TABLE log ({names})")
        cells = [tuple(shown_as(row.get(column.name), column.kind) for column in columns) for row in rows]
        connection.executemany(f"INSERT INTO log VALUES ({', '.join('?' * len(columns))})", cells)  # noqa: S608
        found = connection.execute(select.sql).fetchall()
    finally:
        connection.close()
    kinds = [(column.name, column.kind) for column in select.columns]
    return [
        {name: _value(cell, kind) for (name, kind), cell in zip(kinds, row, strict=True)} for row in found
    ]


def _concat(*values: Cell) -> str:
    return "".join(str(value) for value in values if value is not None)


def _value(cell: Cell, kind: Kind) -> Cell:
    match kind:
        case Kind.REAL if cell is not None:
            return float(cell)
        case Kind.TIME | Kind.DURATION if cell is not None:
            return int(Fraction(cell) * SECOND_NS)
        case _:
            return cell
