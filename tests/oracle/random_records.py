"""Seeded random records: few distinct values, that queries meet, and the troubles of real ones.

IPv4 and IPv6 side by side, missing values in every column, letter case, equal starts, late records, several
commits, and a second topic of another layout.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import flowql
from flowql.schema import DEFAULT_LAYOUT, TopicName
from oracle.records import Origin, Tables, table_of

if TYPE_CHECKING:
    from flowql.engine import Engine

BASE_S = 1_704_067_200
ADDRESSES = (
    *(
        "10.0.0.1",
        "10.0.0.2",
        "10.0.0.9",
        "10.0.1.1",
        "10.255.255.255",
        "172.31.16.5",
        "203.0.113.7",
        "0.0.0.0",  # noqa: S104 - an address in a log
    ),
    *("255.255.255.255", "2001:db8::1", "2001:db8:1::5", "fe80::1", "::1", "::"),
)
PORTS = ("0", "22", "53", "80", "443", "3389", "8080", "40001", "40002", "65535")
PROTOCOLS = ("0", "1", "6", "17", "58", "255")
COUNTS = ("0", "1", "5", "40", "41", "100", "1500", "1000000", "1048576", "4294967296", "1099511627776")
ACTIONS = ("ACCEPT", "REJECT", "accept")
ACCOUNTS = ("1251762227", "team/blue", "Team/Blue", "blue", "team:blue/green", "a*b", "red-blue")
INTERFACES = tuple(f"eni-{name}" for name in ("lq6mkcis", "lq6x", "LQ6X", "a1", "a2", "b1", "b10"))
STATUSES = ("OK", "OK", "OK", "NODATA", "SKIPDATA")
VPCS = ("vpc-1", "vpc-2", "vpc-20")
_MISSING_SHARE = 0.12
_POOLS = {
    "version": ("2", "2", "V1"),
    "account-id": ACCOUNTS,
    "interface-id": INTERFACES,
    "srcaddr": ADDRESSES,
    "dstaddr": ADDRESSES,
    "srcport": PORTS,
    "dstport": PORTS,
    "protocol": PROTOCOLS,
    "packets": COUNTS,
    "bytes": COUNTS,
    "action": ACTIONS,
    "log-status": STATUSES,
    "vpc-id": VPCS,
    "tcp-flags": ("0", "2", "18", "4"),
}
_SECOND_LAYOUT = (
    "interface-id",
    "start",
    "srcaddr",
    "dstaddr",
    "vpc-id",
    "dstport",
    "bytes",
    "tcp-flags",
    "action",
)


@dataclass(frozen=True, slots=True, repr=False)
class RandomStore:
    """A store and the same records for the oracle."""

    engine: "Engine"
    tables: Tables

    def __repr__(self) -> str:
        """Short: hypothesis prints it."""
        return f"RandomStore({[len(table.records) for table in self.tables.by_name.values()]} records)"


def build_store(
    folder: Path,
    seed: int,
    record_count: int,
    commit_count: int,
    spread_s: int = 1200,
    *,
    lists: Path | None = None,
) -> RandomStore:
    """A store of two topics: `flows` in so many commits, and `other`, of its own layout, in one.

    Records start within `spread_s` seconds; `lists` is the folder of the lists that queries may name.
    """
    random = Random(seed)  # noqa: S311 - the same records in every run
    flows = [_line(random, DEFAULT_LAYOUT, spread_s) for _ in range(record_count)]
    other = [_line(random, _SECOND_LAYOUT, spread_s) for _ in range(record_count // 4 + 1)]
    engine = flowql.open(folder / "store", lists=lists)
    edges = [0, *sorted(random.sample(range(1, record_count), commit_count - 1)), record_count]
    tables = [
        table_of(TopicName("default", "flows"), DEFAULT_LAYOUT, flows),
        table_of(TopicName("default", "other"), _SECOND_LAYOUT, other),
    ]
    for number, (first, after) in enumerate(pairwise(edges)):
        path = folder / f"{number}.log"
        _ingest(engine, path, flows[first:after], "flows")
        tables[0].origins += [Origin(i, str(path), i - first + 1) for i in range(first, after)]
    path = folder / "other.log"
    _ingest(engine, path, [list(_SECOND_LAYOUT), *other], "other")
    tables[1].origins += [Origin(i + 1, str(path), i + 2) for i in range(len(other))]  # behind the header
    return RandomStore(engine, Tables(tables))


def _ingest(engine: "Engine", path: Path, lines: list[list[str]], topic: str) -> None:
    path.write_text("".join(" ".join(line) + "\n" for line in lines))
    report = engine.ingest([path], topic=topic)
    assert report.records + report.headers == len(lines), engine.rejects(topic)


def _line(random: Random, layout: tuple[str, ...], spread_s: int) -> list[str]:
    cells = {}
    start = BASE_S + random.randrange(spread_s)
    for name in layout:
        if name == "start":
            cells[name] = "-" if random.random() < _MISSING_SHARE / 3 else str(start)
        elif name == "end":
            cells[name] = "-" if random.random() < _MISSING_SHARE else random.choice(_ends(start))
        else:
            cells[name] = "-" if random.random() < _MISSING_SHARE else random.choice(_POOLS[name])
    return [cells[name] for name in layout]


def _ends(start: int) -> tuple[str, ...]:
    """At once, soon, in a while, before the start, and in milliseconds."""
    return (*(str(start + duration) for duration in (0, 1, 60, 600, -3)), f"{start}250")
