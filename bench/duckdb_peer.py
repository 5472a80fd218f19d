"""DuckDB, in the configuration of someone who knows it well.

**Table**: the log is read by `read_csv` with declared types, nothing sniffed (addresses and texts VARCHAR,
ports and protocol INTEGER, counts and times BIGINT; a blank between fields, `-` is NULL, no quoting), into
one table of a database file, with DuckDB's default threads, memory, and order (rows keep the order of the
log, which `rowid` tells). Writing ends with the connection's close, which checkpoints: as after FlowQL's
commit, all is on disk then. No index is made: DuckDB's own would cost time and help few of the questions.

**After the load, outside its time** (`settle_duckdb`, for the suite of `peers` only): the table is made anew
with texts as ENUM, which makes exports three times faster; with the narrowest types for numbers; and with the
addresses as numbers too, IPv4 in `src4` and `dst4` (UINTEGER), IPv6 in `src6` and `dst6` (UHUGEINT), which
makes hosts and networks three times faster than texts are.

**Questions** go to a read-only connection. Rows come by `fetchall`, tables by `to_arrow_table`.

Owns the tables and their types. Does not know what is asked. Imports nothing heavy besides the peer.
"""

# ruff: noqa: S608 - SQL is put together from this file's own texts and names of columns

import time
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import duckdb

from bench.suite_question import Asked, Networks
from flowql.schema import Kind, field_named

DUCKDB = f"duckdb {duckdb.__version__}"
_TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.ADDRESS: "VARCHAR",
    Kind.PORT: "INTEGER",
    Kind.PROTOCOL: "INTEGER",
    Kind.COUNT: "BIGINT",
    Kind.TIME: "BIGINT",
}
_NARROW_TYPES = {
    Kind.PORT: "USMALLINT",
    Kind.PROTOCOL: "UTINYINT",
    Kind.COUNT: "BIGINT",
    Kind.TIME: "UINTEGER",
}


def load_duckdb(log: Path, layout: Sequence[str], has_header: bool, database: Path) -> None:  # noqa: FBT001 - a fact
    """Make `database` with the table `flows` that holds a log; field names have `_` for `-`.

    The log is a plain file, or a folder of gzip files.
    """
    types = {name.replace("-", "_"): _TYPES[field_named(name).kind] for name in layout}
    is_folder = log.is_dir()
    with duckdb.connect(database) as connection:
        connection.execute(
            """
            CREATE TABLE flows AS SELECT * FROM read_csv(
                $names, columns = $types, header = $header, auto_detect = false,
                delim = ' ', nullstr = '-', quote = '', escape = '', compression = $compression
            )
            """,
            {
                "names": str(log / "*") if is_folder else str(log),
                "types": types,
                "header": has_header,
                "compression": "gzip" if is_folder else "none",
            },
        )


def settle_duckdb(database: Path) -> None:
    """Make the table anew as questions like it best."""
    with duckdb.connect(database) as connection:
        described = connection.execute("SELECT * FROM flows LIMIT 0").description or ()
        columns = []
        for name, *_ in described:
            kind = field_named(name.replace("_", "-")).kind
            if kind is Kind.TEXT:
                values = f'SELECT DISTINCT "{name}" FROM flows WHERE "{name}" IS NOT NULL ORDER BY 1'
                connection.execute(f"CREATE TYPE {name}_values AS ENUM ({values})")
                columns.append(f'"{name}"::{name}_values AS "{name}"')
            elif kind is Kind.ADDRESS:
                columns.append(f'"{name}"')
            else:
                columns.append(f'"{name}"::{_NARROW_TYPES[kind]} AS "{name}"')
        _number_addresses(connection)
        connection.execute(
            f"""
            CREATE TABLE settled AS SELECT {", ".join(columns)},
                src.four AS src4, dst.four AS dst4, src.six AS src6, dst.six AS dst6
            FROM flows
            LEFT JOIN numbered src ON srcaddr = src.text LEFT JOIN numbered dst ON dstaddr = dst.text
            """
        )
        connection.execute("DROP TABLE flows")
        connection.execute("ALTER TABLE settled RENAME TO flows")


def _number_addresses(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table `numbered`: every address as text and as number, by its version."""
    either = "SELECT srcaddr AS text FROM flows UNION SELECT dstaddr FROM flows"
    found = connection.execute(f"SELECT text FROM ({either}) WHERE text IS NOT NULL").fetchall()
    addresses = [ip_address(text) for (text,) in found]
    connection.execute(
        """
        CREATE TEMP TABLE numbered AS
        SELECT text, nullif(four, '')::UINTEGER AS four, nullif(six, '')::UHUGEINT AS six
        FROM (SELECT unnest($1) AS text, unnest($2) AS four, unnest($3) AS six)
        """,
        (
            [text for (text,) in found],
            [str(int(address)) if address.version == 4 else "" for address in addresses],
            [str(int(address)) if address.version == 6 else "" for address in addresses],
        ),
    )


def connect_duckdb(database: Path) -> duckdb.DuckDBPyConnection:
    """A connection for questions."""
    return duckdb.connect(database, read_only=True)


class DuckdbPeer:
    """Answers questions; see `bench.asker`."""

    def __init__(self, database: Path) -> None:
        begin = time.perf_counter()
        self._connection = connect_duckdb(database)
        self.open_seconds = time.perf_counter() - begin

    def learn(self, networks: Networks) -> None:
        """Hold a list of networks, as their first and last addresses, in the table `listed`."""
        lows, highs = zip(*networks.ranges, strict=True)
        self._connection.execute(
            "CREATE OR REPLACE TEMP TABLE listed AS"
            " SELECT unnest($1)::UINTEGER AS low, unnest($2)::UINTEGER AS high",
            (list(lows), list(highs)),
        )

    def ask(self, asked: Asked) -> Any:
        """The rows of all statements, as tuples, or the table of the only one."""
        if asked.as_arrow:
            (statement,) = asked.statements
            return self._connection.sql(statement).to_arrow_table()
        rows: list[Any] = []
        for statement in asked.statements:
            rows += self._connection.execute(statement).fetchall()
        return rows

    def close(self) -> None:
        """Let go of the table."""
        self._connection.close()
