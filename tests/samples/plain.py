"""Flow logs read in the plainest way, with nothing of FlowQL: lines, words, the standard library."""

import gzip
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import TypeAlias

Value: TypeAlias = int | str | None
PlainRecord: TypeAlias = dict[str, Value]
DEFAULT_NAMES = [
    "version",
    "account-id",
    "interface-id",
    "srcaddr",
    "dstaddr",
    "srcport",
    "dstport",
    "protocol",
    "packets",
    "bytes",
    "start",
    "end",
    "action",
    "log-status",
]
_ADDRESSES = frozenset(("srcaddr", "dstaddr", "pkt-srcaddr", "pkt-dstaddr"))
_TIMES = frozenset(("start", "end"))
_NUMBERS = frozenset(
    [
        "srcport",
        "dstport",
        "protocol",
        "packets",
        "bytes",
        "tcp-flags",
        "traffic-path",
        "packets-lost-no-route",
        "packets-lost-blackhole",
        "packets-lost-mtu-exceeded",
        "packets-lost-ttl-expired",
    ]
)


@dataclass(frozen=True, slots=True)
class PlainFile:
    """A file's lines, sorted into what they are, and the names of its columns."""

    line_count: int
    header_count: int
    rejected: list[str]
    records: list[PlainRecord]
    names: list[str]


def read_plain(path: Path) -> PlainFile:
    """Read a log, compressed or not; a line of another width than its header is rejected."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    lines = data.decode().splitlines()
    names, header_count = DEFAULT_NAMES, 0
    records, rejected = [], []
    for line in lines:
        words = line.split()
        if "version" in words or "tgw-id" in words:
            names, header_count = words, header_count + 1
        elif len(words) == len(names):
            records.append({name: _value(name, word) for name, word in zip(names, words, strict=True)})
        else:
            rejected.append(line)
    return PlainFile(len(lines), header_count, rejected, records, names)


def newest_first(records: list[PlainRecord]) -> list[PlainRecord]:
    """The order of results: by start, then by line, both reversed, and at the end what has no start."""
    numbered = list(enumerate(records))
    numbered.sort(key=lambda item: (_start(item[1]), item[0]), reverse=True)
    return [record for _, record in numbered]


def _start(record: PlainRecord) -> float:
    start = record.get("start")
    return float("-inf") if start is None else float(start)


def _value(name: str, word: str) -> Value:
    if word == "-":
        return None
    if name in _ADDRESSES:
        address = ip_address(word)
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return str(mapped or address)
    if name in _TIMES:
        number = int(word)
        return number // 1000 if len(word) == 13 else number
    return int(word) if name in _NUMBERS else word
