"""DuckDB over the log: a table of the fields, and what prefixes, zones, clocks and lists are read from.

Owns the SQL that pairs may build upon. The table `log` has the fields by their names, in the types that
anybody would give them, and

- `place`, ascending in the order of ingestion;
- `src` and `dst`, what is known of the addresses: `rank` (by which they sort), `version`, `net` (`/24` or
  `/64`) and `net_rank`, `wide` (`/16` or `/48`) and `wide_rank`, `private`, `public`;
- `duration`, in seconds.

`nearest_rank(x, p)` is a percentile, `edges(zone, minutes)` are the instants at which buckets begin, and
`assets` is the list of that name. Addresses are read by Python's ipaddress, clocks by DuckDB's ICU.
"""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

ASSETS = {
    "10.20.0.0/14": ("company", "all"),
    "10.20.0.0/16": ("vpc-0", "berlin"),
    "10.21.0.0/16": ("vpc-1", None),
    "10.21.1.0/24": ("ties", "rome"),
    "10.21.1.15/32": ("fifteen", "rome"),
    "10.20.1.5/32": ("odd", "oslo"),
    "2001:db8::/32": ("papers", "paris"),
    "2001:db8:9::/48": ("gaps", "lima"),
    "2000::/3": ("six", None),
    "203.0.113.0/24": ("actors, outside", "none"),
}
"""Entries of the list `assets`, with their columns owner and site."""

_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
_READ = """
CREATE TABLE records AS
SELECT * REPLACE (nullif(packets, -1) AS packets, nullif(bytes, -1) AS bytes),
    "end" - start AS duration, row_number() OVER () AS place
FROM read_csv($paths, delim = ' ', header = false, nullstr = '-', quote = '', columns = {
    'version': 'VARCHAR', 'account-id': 'VARCHAR', 'interface-id': 'VARCHAR',
    'srcaddr': 'VARCHAR', 'dstaddr': 'VARCHAR', 'srcport': 'INTEGER', 'dstport': 'INTEGER',
    'protocol': 'INTEGER', 'packets': 'BIGINT', 'bytes': 'BIGINT', 'start': 'BIGINT', 'end': 'BIGINT',
    'action': 'VARCHAR', 'log-status': 'VARCHAR'})
"""
_JOIN = """
CREATE TABLE log AS
SELECT records.*,
    CASE WHEN srcaddr IS NOT NULL THEN source END AS src, CASE WHEN dstaddr IS NOT NULL THEN target END AS dst
FROM records
LEFT JOIN address source ON source.text = records.srcaddr
LEFT JOIN address target ON target.text = records.dstaddr
ORDER BY place
"""
_MACROS = """
CREATE MACRO nearest_rank(x, p) AS
    list_sort(list(x) FILTER (x IS NOT NULL))[CAST((p * count(x) + 99) // 100 AS INTEGER)];

-- A walk along the clock of a zone, a minute a step: a bucket begins where the clock reads a multiple of its
-- minutes since midnight, and where a change of the clock leads from one multiple or day into another.
CREATE MACRO edges(zone, minutes) AS TABLE
WITH walk AS (
    SELECT epoch(instant)::BIGINT AS edge, (instant AT TIME ZONE zone) AS reading
    FROM generate_series(TIMESTAMPTZ '2025-03-06 00:00Z', TIMESTAMPTZ '2025-11-04 00:00Z', INTERVAL 1 MINUTE)
        AS each_minute (instant)
), parts AS (
    SELECT edge, reading::DATE AS day, hour(reading) * 60 + minute(reading) AS minute_of_day FROM walk
)
SELECT edge FROM parts
QUALIFY minute_of_day % minutes = 0
    OR (day, minute_of_day // minutes) IS DISTINCT FROM lag((day, minute_of_day // minutes)) OVER (ORDER BY edge);
"""


def peer_over(paths: Sequence[Path]) -> duckdb.DuckDBPyConnection:
    """A database that holds the log of these files."""
    peer = duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": False})
    peer.execute("SET TimeZone = 'UTC'; SET default_null_order = 'nulls_last'")
    peer.execute(_READ, {"paths": [str(path) for path in paths]})
    texts = peer.execute("SELECT srcaddr FROM records UNION SELECT dstaddr FROM records").fetchall()
    _create(peer, "address", [_known_of(text) for (text,) in texts if text is not None])
    peer.execute(_JOIN)
    _create(peer, "assets", [_asset(entry, *columns) for entry, columns in ASSETS.items()])
    peer.execute(_MACROS)
    return peer


def write_assets(path: Path) -> None:
    """Write the list as a file of FlowQL's."""
    rows = [[entry, owner, site or ""] for entry, (owner, site) in ASSETS.items()]
    lines = [",".join(f'"{cell}"' for cell in row) for row in (["network", "owner", "site"], *rows)]
    path.write_text("\n".join(lines) + "\n")


def _create(peer: duckdb.DuckDBPyConnection, name: str, rows: list[dict[str, Any]]) -> None:
    peer.register("given", pa.Table.from_pylist(rows))
    peer.execute(f"CREATE TABLE {name} AS SELECT * FROM given")  # noqa: S608 - names of this file
    peer.unregister("given")


def _known_of(text: str) -> dict[str, Any]:
    address = ip_address(text)
    kept, kept_wide = (24, 16) if address.version == 4 else (64, 48)
    return {
        "text": text,
        "rank": _rank(address),
        "version": address.version,
        **_network("net", f"{text}/{kept}"),
        **_network("wide", f"{text}/{kept_wide}"),
        "private": any(address in ip_network(block) for block in _PRIVATE),
        "public": address.is_global and not address.is_multicast,
    }


def _network(name: str, text: str) -> dict[str, str]:
    network = ip_network(text, strict=False)
    return {name: str(network), f"{name}_rank": _rank(network.network_address)}


def _rank(address: Any) -> str:
    """A text by which addresses sort as numbers of 128 bits, IPv4 as `::ffff:0:0/96`."""
    return f"{int(address) | (0xFFFF << 32 if address.version == 4 else 0):032x}"


def _asset(entry: str, owner: str, site: str | None) -> dict[str, Any]:
    network = ip_network(entry)
    return {
        "first": _rank(network.network_address),
        "last": _rank(network.broadcast_address),
        "length": network.prefixlen,
        "owner": owner,
        "site": site,
    }
