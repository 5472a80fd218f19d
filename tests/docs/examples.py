"""The store over which the queries of documents are run, and what is given beside them.

Owns the records: a few of each kind that an example looks for, in the topics that examples name. The queries
themselves are the documents'.
"""

from collections.abc import Sequence
from pathlib import Path

import flowql
from flowql.engine import Engine

NOW = 1_544_745_600 * 1_000_000_000
"""2018-12-14T00:00:00Z, in nanoseconds: the day after the records."""
PARAMETERS = {"ip": "10.0.0.5", "ports": [22, 80], "limit": 100, "day": "2018-12-13"}
_BEGIN = 1_544_709_600
"""2018-12-13T14:00:00Z."""
_LISTS = {
    "threats.txt": "203.0.113.0/24\n2001:db8::7\n",
    "corp.txt": "10.0.0.0/8\n",
    "watched-ports.txt": "22\n3389\n8000-8100\n",
    "as3303.txt": "203.0.113.0/24\n",
    "assets.csv": "network,owner,site\n10.0.0.0/8,infra,berlin\n10.0.0.0/24,web,oslo\n203.0.113.0/24,guests,\n",
}
ONE_TOPIC = ("flows",)
"""Where every record is there once: what answers are shown over."""
TOPICS = (*ONE_TOPIC, "vpc-prod", "vpc-test", "vpc-test-2", "dr-east", "archive/vpc-2018")
_HEADER = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action "
    "log-status tcp-flags"
)
_RECORDS = """
2 1 eni-1a2b3c4d 10.0.0.5 203.0.113.7 49152 443 6 12 4210 +0 +60 ACCEPT OK 18
2 1 eni-1a2b3c4d 203.0.113.7 10.0.0.5 443 49152 6 10 18200 +0 +60 ACCEPT OK 18
2 1 eni-lq6mkcis 10.16.0.40 172.31.16.9 40001 22 6 1 40 +30 +31 REJECT OK 2
2 1 eni-lq6mkcis 10.0.0.9 172.31.16.9 40001 22 6 1 2000000 +30 +31 REJECT OK 2
2 1 eni-lq6mkcis 198.51.100.9 10.0.0.5 40003 3389 6 1 40 +32 +33 REJECT OK 2
2 1 eni-5e6f7a8b 10.0.0.9 10.0.0.5 51000 5432 6 80 96000 +60 +720 ACCEPT OK 16
2 1 eni-5e6f7a8b 10.0.0.9 10.0.0.2 35000 53 17 1 71 +90 +90 ACCEPT OK 0
2 1 eni-5e6f7a8b 2001:db8::1 2001:db8::7 40000 443 17 9 450 +91 +95 ACCEPT OK 0
2 1 eni-5e6f7a8b 10.0.0.5 8.8.8.8 52000 22 6 9000 11000000 +100 +160 ACCEPT OK 24
2 1 eni-5e6f7a8b 10.0.0.5 10.0.0.9 52000 8050 6 3 1000 +100 +160 REJECT OK 24
2 1 eni-9c0d1e2f - - - - - - - +0 +600 - NODATA -
"""


def make_store(folder: Path, topics: Sequence[str] = TOPICS) -> Engine:
    """The engine, with its lists, over a store in `folder` that has the records in each of the topics."""
    lists = folder / "lists"
    lists.mkdir()
    for name, text in _LISTS.items():
        (lists / name).write_text(text)
    engine = flowql.open(folder / "store", lists=lists)
    log = folder / "flows.log"
    lines = [_HEADER, *map(_record, _RECORDS.strip().splitlines())]
    log.write_text("".join(f"{line}\n" for line in lines))
    for topic in topics:
        engine.ingest([log], topic=topic if "/" in topic else f"default/{topic}")
    return engine


def _record(line: str) -> str:
    """A record whose times count from the beginning."""
    return " ".join(str(_BEGIN + int(word[1:])) if word.startswith("+") else word for word in line.split())
