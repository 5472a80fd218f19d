"""Whether the engines gave the same answer to a question of the suite.

Owns what makes two answers the same, after each engine's own way to write a value is put aside: ClickHouse
writes IPv4 as mapped IPv6, and a default where a value is missing. Takes no time that is measured.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bench.results import RefusedError, require_same
from bench.suite_question import SuiteQuestion

_Row = tuple[Any, ...]


def require_agreement(
    question: SuiteQuestion, answers: Mapping[str, Any], connection: duckdb.DuckDBPyConnection
) -> None:
    """Raise `RefusedError` unless all engines say the same, in the order that the question fixes.

    `answers` are rows, or Arrow tables, by engine; `connection` knows what else may stand in an answer.
    """
    if question.as_arrow:
        _require_same_tables(question, answers, connection)
        return
    rows = {engine: _comparable(question, answer) for engine, answer in answers.items()}
    expected = rows["duckdb"]
    if question.total:
        totals = {engine: found.pop() for engine, found in rows.items()}
        for engine, total in totals.items():
            require_same(f"matched by {question.flowql}, {engine}", [total], [totals["duckdb"]])
    for engine, found in rows.items():
        if not question.spine:
            require_same(f"{question.flowql}, {engine}", found, expected)
            continue
        spines = [[tuple(row[place] for place in question.spine) for row in one] for one in (found, expected)]
        require_same(f"{question.flowql}, order of {engine}", *spines)
    if question.spine:
        _require_among(question, rows, connection)


def _require_among(
    question: SuiteQuestion, rows: Mapping[str, list[_Row]], connection: duckdb.DuckDBPyConnection
) -> None:
    """Raise `RefusedError` unless every row is one of those that may be there, no more often than it is."""
    tied = Counter(_comparable(question, connection.execute(question.tied).fetchall(), total=False))
    for engine, found in rows.items():
        wrong = Counter(found) - tied
        if wrong:
            raise RefusedError(f"{question.flowql}, {engine}: {next(iter(wrong))} should not be there")


def _comparable(
    question: SuiteQuestion, rows: Sequence[Sequence[Any]], *, total: bool | None = None
) -> list[_Row]:
    """Rows in one way of writing; columns behind the known ones, such as a share, are left away."""
    has_total = question.total if total is None else total
    last = len(rows) - 1
    return [
        (int(row[0]),) if has_total and place == last else _comparable_row(question.kinds, row)
        for place, row in enumerate(rows)
    ]


def _comparable_row(kinds: tuple[str, ...], row: Sequence[Any]) -> _Row:
    return tuple(_value(kind, value, row[-1]) for kind, value in zip(kinds, row, strict=False))


def _value(kind: str, value: Any, status: Any) -> Any:
    """A value as all have it; `status`, the row's last one, tells of a record whether it has data."""
    if value is None or value == "":
        return None
    match kind:
        case "number":
            return int(value)
        case "text":
            return str(value)
        case "flow":
            return None if value == 0 and status != "OK" else value
        case "address":
            return _address(value)
        case "network":
            return _network(value)
        case _:
            raise AssertionError(kind)


def _address(text: str) -> str | None:
    """The address as text, IPv4 as such; the unspecified IPv6 one is ClickHouse's default."""
    if text == "::":
        return None
    address = ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def _network(value: str | int) -> str | None:
    """A /24 of IPv4 or a /64 of IPv6, from its text or its leading bits; 0 is ClickHouse's default."""
    if isinstance(value, str) and not value.isdecimal():
        return str(ip_network(value))
    number = int(value)
    if not number:
        return None
    if number < 1 << 24:
        return f"{IPv4Address(number << 8)}/24"
    return str(IPv6Network((number << 64, 64)))


# ---- tables


def _require_same_tables(
    question: SuiteQuestion, answers: Mapping[str, pa.Table], connection: duckdb.DuckDBPyConnection
) -> None:
    """Compare the ordered columns row by row, of the rows their number and the sum of their hashes."""
    tables = {engine: _plain(question.kinds, table) for engine, table in answers.items()}
    expected = tables["duckdb"]
    for engine, table in tables.items():
        require_same(f"{question.flowql}, {engine}, rows", [len(table)], [len(expected)])
        for place in question.spine:
            if not table.column(place).equals(expected.column(place)):
                require_same(
                    f"{question.flowql}, order of {engine}",
                    table.column(place).to_pylist(),
                    expected.column(place).to_pylist(),
                )
        sums = [_summed(connection, one) for one in (table, expected)]
        require_same(f"{question.flowql}, {engine}, sum of the rows' hashes", *sums)


def _summed(connection: duckdb.DuckDBPyConnection, table: pa.Table) -> list[Any]:
    columns = ", ".join(f'"{name}"' for name in table.column_names)
    return connection.from_arrow(table).aggregate(f"sum(hash({columns})::HUGEINT)").fetchall()


def _plain(kinds: tuple[str, ...], table: pa.Table) -> pa.Table:
    """A table of texts and 64-bit numbers, times as epoch seconds, missing where a record has no data."""
    if not table.num_columns:
        return pa.table({f"c{place}": pa.array([], pa.string()) for place in range(len(kinds))})
    has_data = pc.equal(_plain_column(table.columns[-1]), "OK")
    columns = [_plain_column(column) for column in table.columns]
    plain = [
        pc.if_else(has_data, column, pc.if_else(_is_default(column), None, column))
        if kind in {"flow", "address"}
        else column
        for kind, column in zip(kinds, columns, strict=True)
    ]
    return pa.table({f"c{place}": column for place, column in enumerate(plain)})


def _is_default(column: Any) -> Any:
    default = "" if pa.types.is_string(column.type) else 0
    return pc.fill_null(pc.equal(column, default), False)  # noqa: FBT003 - a value, not a switch


def _plain_column(column: Any) -> Any:
    type_ = column.type
    if pa.types.is_fixed_size_binary(type_):
        return _addresses(column)
    if pa.types.is_timestamp(type_):
        return column.cast(pa.timestamp("s", "UTC")).cast(pa.int64())
    return column.cast(pa.int64() if pa.types.is_integer(type_) else pa.string())


def _addresses(column: Any) -> Any:
    """ClickHouse's 16 bytes as texts; the default, all zero, as the empty text."""
    coded = column.combine_chunks().dictionary_encode()
    texts = [_address(str(IPv6Address(value))) or "" for value in coded.dictionary.to_pylist()]
    codes = np.asarray(coded.indices)
    return pa.chunked_array([pa.array(texts, pa.string()).take(pa.array(codes))])
