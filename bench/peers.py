"""The peers, each in a fair configuration that is named here.

DuckDB: the log is read by `read_csv` with declared types, nothing sniffed (addresses and texts VARCHAR, ports
and protocol INTEGER, counts and times BIGINT; a blank between fields, `-` is NULL, no quoting), into one
table of a database file, with DuckDB's default threads, memory, and order (rows keep the order of the log,
which `rowid` tells). Writing ends with the connection's close, which checkpoints: as after FlowQL's commit,
all is on disk then. No index is made: DuckDB's own would cost time and help few of the questions. Questions
go to a read-only connection, literals as parameters.

Owns the table and its types. Does not know what is asked. Imports nothing heavy besides the peer.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb

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


def connect_duckdb(database: Path) -> duckdb.DuckDBPyConnection:
    """A connection for questions."""
    return duckdb.connect(database, read_only=True)
