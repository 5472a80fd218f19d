"""ClickHouse, as chDB runs it in a process, in the configuration of someone who knows it well.

**Table**: MergeTree ordered by `start`. Addresses are IPv6 (IPv4 as its mapped form), texts
LowCardinality(String), ports UInt16, the protocol UInt8, times UInt32, packets UInt32, bytes UInt64. No
column is Nullable, which would cost up to twice the time of a group: what is missing is the type's default,
and `log_status` tells. The log is read by `file()`, format CustomSeparated, a blank between fields, in
parallel.

**After the load, outside its time** (`settle_clickhouse`): the addresses as numbers, IPv4 in `src4` and
`dst4` (UInt32), IPv6 in `src6` and `dst6` (UInt128), else 0, which makes networks and hosts several times
faster; bloom filters over the four, granule by granule, which make rare hosts faster still; and OPTIMIZE
FINAL, so that no merge runs beside a question.

**Questions**: one connection, literals in the text, default threads and caches. Rows come as JSONCompact
through Python's `json`, the fastest of what chDB has for few rows and for many; tables as ArrowTable,
uncompressed and sorted after being read, which was faster than reading in order. Addresses in answers are
made texts outside the time. The cache of whole answers is off, as it is by default; that of conditions is on.

Owns that table and its settings. Does not know what is asked. Imports the peer.
"""

# ruff: noqa: S608 - SQL is put together from this file's own texts, names of fields, and numbers

import json
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.suite_question import Asked, Networks
from flowql.schema import Kind, field_named

chdb: Any = import_module("chdb")
"""Untyped, and absent where nobody measures."""
_TYPES = {
    Kind.TEXT: "LowCardinality(String)",
    Kind.ADDRESS: "IPv6",
    Kind.PORT: "UInt16",
    Kind.PROTOCOL: "UInt8",
    Kind.COUNT: "UInt64",
    Kind.TIME: "UInt32",
}
_NARROWER = {"packets": "UInt32", "tcp-flags": "UInt8", "traffic-path": "UInt8"}
_READING = (
    "format_custom_escaping_rule = 'CSV', format_custom_field_delimiter = ' ',"
    " format_csv_null_representation = '-', input_format_with_names_use_header = 0"
)
_EXPORTING = "SETTINGS output_format_arrow_compression_method = 'none', optimize_read_in_order = 0"
_NUMBER = "reinterpretAsUInt128(reverse(reinterpretAsFixedString({}addr)))"
_IS_IPV4 = f"bitShiftRight({_NUMBER}, 32) = {0xFFFF}"
"""The mapped form: these bits above the IPv4 address."""
_WAITING = "SETTINGS mutations_sync = 2"
_MERGE_WAIT_S = 0.2


def load_clickhouse(log: Path, layout: Sequence[str], has_header: bool, database: Path) -> None:  # noqa: FBT001 - a fact
    """Make `database` with the table `flows` that holds a log; field names have `_` for `-`.

    The log is a plain file, or a folder of gzip files.
    """
    types = {name.replace("-", "_"): _type_of(name) for name in layout}
    columns = ", ".join(f'"{name}" {type_}' for name, type_ in types.items())
    form = "CustomSeparatedWithNames" if has_header else "CustomSeparated"
    source = f"{log}/*" if log.is_dir() else log
    with chdb.connect(str(database)) as connection:
        connection.query(f"CREATE TABLE flows ({columns}) ENGINE = MergeTree ORDER BY start")
        connection.query(
            f"INSERT INTO flows SELECT * FROM file('{source}', '{form}', '{_plain(columns)}')"
            f" SETTINGS {_READING}"
        )


def settle_clickhouse(database: Path) -> None:
    """Add the columns and indexes that help questions, and merge everything."""
    with chdb.connect(str(database)) as connection:
        for side in ("src", "dst"):
            number, is_ipv4 = _NUMBER.format(side), _IS_IPV4.format(side)
            for column, type_, value in (
                (f"{side}4", "UInt32", f"if({is_ipv4}, {number}, 0)"),
                (f"{side}6", "UInt128", f"if({is_ipv4}, 0, {number})"),
            ):
                connection.query(f"ALTER TABLE flows ADD COLUMN {column} {type_} DEFAULT to{type_}({value})")
                index = f"{column}_filter {column} TYPE bloom_filter(0.01) GRANULARITY 1"
                connection.query(f"ALTER TABLE flows ADD INDEX {index}")
                connection.query(f"ALTER TABLE flows MATERIALIZE COLUMN {column} {_WAITING}")
                connection.query(f"ALTER TABLE flows MATERIALIZE INDEX {column}_filter {_WAITING}")
        connection.query("OPTIMIZE TABLE flows FINAL")
        while _first_of(connection, "SELECT count() FROM system.merges"):
            time.sleep(_MERGE_WAIT_S)


class ClickhousePeer:
    """Answers questions; see `bench.asker`."""

    def __init__(self, database: Path) -> None:
        begin = time.perf_counter()
        self._connection = chdb.connect(str(database))
        self.open_seconds = time.perf_counter() - begin

    def learn(self, networks: Networks) -> None:
        """Hold a list of networks, as their first and last addresses, in the table `listed`."""
        rows = ", ".join(f"({first}, {last})" for first, last in networks.ranges)
        self._connection.query("CREATE OR REPLACE TABLE listed (low UInt32, high UInt32) ENGINE = Memory")
        self._connection.query(f"INSERT INTO listed VALUES {rows}")

    def ask(self, asked: Asked) -> Any:
        """The rows of all statements, as lists, or the table of the only one."""
        if asked.as_arrow:
            (statement,) = asked.statements
            return self._connection.query(f"{statement} {_EXPORTING}", "ArrowTable")
        rows: list[Any] = []
        for statement in asked.statements:
            rows += json.loads(self._connection.query(statement, "JSONCompact").bytes())["data"]
        return rows

    def close(self) -> None:
        """Let go of the table."""
        self._connection.close()


def _type_of(field: str) -> str:
    return _NARROWER.get(field) or _TYPES[field_named(field).kind]


def _plain(columns: str) -> str:
    """Columns of the file: texts are coded on their way into the table."""
    return columns.replace("LowCardinality(String)", "String")


def _first_of(connection: Any, statement: str) -> int:
    return int(json.loads(connection.query(statement, "JSONCompact").bytes())["data"][0][0])
