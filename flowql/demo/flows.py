"""Drawing flows: who talked to whom, how much, and whether it was allowed.

Owns the statistics of one flow row. Takes the participants from `network` and ready start times from
its caller. Does not know chunks, files, or how a row is printed.
"""

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from flowql.demo.network import ANY_CLOSED, ICMP, OUTSIDE_TIERS, PER_IPV6, SERVICES, TCP, Network

OK, NODATA, SKIPDATA = 0, 1, 2

_REFUSED_SHARE = 0.004
"""Conversations refused although nobody scans: stale rules, retired hosts."""
_MOST_PACKETS = 2_000_000.0
_LATEST_S = 300
_NODATA_OF_SILENT = 0.8
_NEARBY = 12
"""How many places a row may move from its conversation's turn, so that pairs do not strictly alternate."""


def _by_weight(weights: npt.ArrayLike, tickets: int) -> npt.NDArray[np.uint8]:
    """A table that turns a uniform ticket number into an index with the given weights."""
    edges = np.cumsum(weights)
    return np.searchsorted(edges / edges[-1], (np.arange(tickets) + 0.5) / tickets).astype(np.uint8)


_KIND = _by_weight([service.weight for service in SERVICES], 1 << 16)
_PROTOCOL = np.array([service.protocol for service in SERVICES], np.uint8)
_PORT = np.array([max(service.port, 0) for service in SERVICES], np.uint16)
_SCAN = np.array([service.port == ANY_CLOSED for service in SERVICES])
_PACKETS = np.array([service.packets for service in SERVICES], np.float32)
_SPREAD = np.array([service.spread for service in SERVICES], np.float32)
_ASK = np.array([service.ask for service in SERVICES], np.float32)
_ANSWER = np.array([service.answer for service in SERVICES], np.float32)
# Who logs: 0 the client, 2 the server, 1 either (both are inside, one of the two records is kept).
_LOGGED = np.array(
    [1 + (s.client in OUTSIDE_TIERS) - (s.server in OUTSIDE_TIERS) for s in SERVICES], np.uint8
)
# Ephemeral ports: Linux's range for our own hosts, anything above 1023 for the rest of the world.
_RANGES = [(0, 0) if s.protocol == ICMP else (1024, 64510) if s.client in OUTSIDE_TIERS else (32768, 28231)
           for s in SERVICES]  # fmt: skip
_LOW, _SPAN = np.array(_RANGES, np.uint32).T.copy()

_WANTED = np.array(
    [23, 22, 445, 3389, 8080, 5900, 1433, 2323, 8443, 5060, 6379, 3306, 5432, 9200, 2375, 11211]
)
_CLOSED = np.concatenate([np.repeat(_WANTED, 40), np.arange(1, 9216, 28)]).astype(np.uint16)
# Seconds from start to end: mostly a nearly full one-minute window, sometimes a ten-minute one.
_LASTS = np.concatenate(
    [np.repeat(np.arange(55, 61), 96), np.repeat(np.arange(60), 7), np.arange(541, 601, 2)],
).astype(np.uint16)
_FLAGS = np.array([3, 2, 0, 1, 4], np.uint8)[_by_weight([55, 14, 22, 6, 3], 256)]
_ANSWER_FLAGS = np.array([19, 18, 0, 1, 4], np.uint8)[_by_weight([55, 14, 22, 6, 3], 256)]


@dataclass(frozen=True, slots=True)
class Rows:
    """Flow rows as columns of equal length; interfaces and addresses are codes of a `Network`."""

    interface: npt.NDArray[np.int32]
    source: npt.NDArray[np.int32]
    target: npt.NDArray[np.int32]
    source_port: npt.NDArray[np.uint16]
    target_port: npt.NDArray[np.uint16]
    protocol: npt.NDArray[np.uint8]
    packets: npt.NDArray[np.int64]
    size: npt.NDArray[np.int64]
    """Bytes."""
    start: npt.NDArray[np.int64]
    """Epoch seconds."""
    end: npt.NDArray[np.int64]
    rejected: npt.NDArray[np.bool_]
    status: npt.NDArray[np.uint8]
    """OK, NODATA or SKIPDATA; in the latter two only interface, start and end count."""
    flags: npt.NDArray[np.uint8]
    """TCP flags seen in the window, or-ed; 0 for other protocols."""

    def __len__(self) -> int:
        return len(self.start)

    def take(self, which: Any) -> "Rows":
        """Return the rows at the places (or the slice) given."""
        return Rows(*(getattr(self, field.name)[which] for field in fields(self)))

    def insert(self, at: npt.NDArray[np.int64], more: "Rows") -> "Rows":
        """Put row k of `more` before row at[k]."""
        names = [field.name for field in fields(self)]
        return Rows(*(np.insert(getattr(self, name), at, getattr(more, name)) for name in names))

    @classmethod
    def joined(cls, parts: "list[Rows]") -> "Rows":
        """All rows of all parts, in the parts' order."""
        names = [field.name for field in fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


@dataclass(frozen=True, slots=True)
class Shares:
    """How often the unusual happens, as shares of all rows."""

    ipv6: float
    late: float
    nodata: float


def draw(network: Network, starts: npt.NDArray[np.int64], shares: Shares, rng: np.random.Generator) -> Rows:
    """Draw one row for each of the ascending `starts` (epoch seconds).

    Rows come from conversations of two rows each: a request and its answer, or two refused attempts.
    """
    pairs = (len(starts) + 1) // 2
    bits = rng.integers(0, 1 << 64, (6, -(-pairs // 4)), np.uint64).view(np.uint16)[:, :pairs]
    unit = rng.random((4, pairs), np.float32)
    kind = _KIND[bits[0]]
    client = network.clients.pick(kind, unit[0])
    server = network.servers.pick(kind, unit[1])
    # Nobody talks to itself, nor to one with whom it would share an IPv6 address.
    same = np.flatnonzero((client ^ server) < PER_IPV6)
    client[same] = (client[same] + PER_IPV6) % network.interfaces
    six = _some(rng, pairs, shares.ipv6)
    client[six], server[six] = network.as_ipv6(client[six]), network.as_ipv6(server[six])
    interface = np.where(_LOGGED[kind] > (bits[1] & 1), server, client)
    interface[six] -= network.interfaces

    scan = _SCAN[kind]
    refused = scan.copy()
    refused[_some(rng, pairs, _REFUSED_SHARE)] = True
    span = _SPAN[kind]
    client_port = (_LOW[kind] + (bits[2] * span >> 16)).astype(np.uint16)
    server_port = _PORT[kind]
    ports = _two(server_port, server_port)
    scanned = np.flatnonzero(scan)
    ports[scanned, 0] = _CLOSED[bits[3, scanned] % len(_CLOSED)]
    ports[scanned, 1] = _CLOSED[bits[4, scanned] % len(_CLOSED)]

    # A request and its answer swap both ends; a refused request has no answer but a second attempt.
    source = _two(client, np.where(refused, client, server))
    target = _two(server, np.where(refused, server, client))
    source_port = _two(client_port, np.where(refused, client_port + (span > 0), server_port))
    target_port = _two(ports[:, 0], np.where(refused, ports[:, 1], client_port))

    asked = _PACKETS[kind] * np.exp(_SPREAD[kind] * rng.standard_normal(pairs, np.float32))
    np.minimum(asked, _MOST_PACKETS, out=asked)
    asked[refused] = 1 + (bits[3, refused] % 8 == 0)
    packets = np.rint(_two(asked, np.where(refused, asked, asked * (0.6 + 0.8 * unit[2])))).astype(np.int64)
    np.maximum(packets, 1, out=packets)
    # Bytes per packet vary by flow, between a bare header and a full Ethernet frame.
    spread = 0.6 + 0.8 * unit[3]
    weight = np.clip(_two(_ASK[kind] * spread, _ANSWER[kind] * spread), 40, 1500)
    weight[refused] = (40 + 4 * (bits[5, refused] % 6))[:, None]
    size = (packets * weight.astype(np.float64)).astype(np.int64)

    tcp = _PROTOCOL[kind] == TCP
    asking = np.where(refused, 2, _FLAGS[bits[5] & 255]) * tcp
    answering = np.where(refused, 2, _ANSWER_FLAGS[bits[5] & 255]) * tcp

    order = _order(pairs)[: len(starts)]
    pair = order >> 1
    start = starts.copy()
    late = _some(rng, len(starts), shares.late)
    start[late] -= rng.integers(5, _LATEST_S, len(late))
    status = np.zeros(len(starts), np.uint8)
    silent = _some(rng, len(starts), shares.nodata)
    status[silent] = np.where(rng.random(len(silent)) < _NODATA_OF_SILENT, NODATA, SKIPDATA)
    return Rows(
        interface[pair],
        source.ravel()[order],
        target.ravel()[order],
        source_port.ravel()[order],
        target_port.ravel()[order],
        _PROTOCOL[kind[pair]],
        packets.ravel()[order],
        size.ravel()[order],
        start,
        start + _LASTS[bits[1, pair] // 2 % len(_LASTS)],
        refused[pair],
        status,
        _two(asking, answering).ravel()[order].astype(np.uint8),
    )


def _two(first: npt.NDArray[Any], second: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Both rows of every pair side by side, in the type of the first."""
    both = np.empty((len(first), 2), first.dtype)
    both[:, 0], both[:, 1] = first, second
    return both


def _some(rng: np.random.Generator, count: int, share: float) -> npt.NDArray[np.int64]:
    """Return places of about `share` of `count` rows: exact for shares too small for a 16-bit ticket."""
    return rng.integers(0, max(count, 1), rng.binomial(count, share))


@lru_cache(maxsize=4)
def _order(pairs: int) -> npt.NDArray[np.int64]:
    """A fixed local shuffle of 2 x pairs rows in which an answer never precedes its request."""
    rng = np.random.default_rng(pairs)
    turn = 2 * np.arange(pairs) + rng.integers(0, _NEARBY, pairs)
    return np.argsort(_two(turn, turn + rng.integers(1, _NEARBY, pairs)).ravel(), kind="stable")
