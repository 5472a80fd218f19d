"""Four things that go wrong in the demo's network, with the numbers that queries must find.

Owns the stories and their flow rows. The addresses and counts are the same for every seed; only times within
seconds, ephemeral ports and the sizes of single flows vary. Outside actors have addresses reserved for
documentation, so no background flow ever shares them. Does not know the rest of the traffic.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flowql.demo.flows import OK, Rows
from flowql.demo.network import TCP, Network, inside_address

_HOUR_S = 3600
_DAY_S = 24 * _HOUR_S
_MANY = 0
"""An incident's port when there is more than one."""

_PORTS_TRIED = 1000
_OPEN_PORTS = (22, 80, 443)
_BEAT_S = 300
_CALLS_PER_HOUR, _RETRIES_PER_HOUR = 60, 360
_CONNECTIONS, _WINDOW_S = 4, 60


@dataclass(frozen=True, slots=True)
class Incident:
    """What happened, between whom, and the numbers that a query over the whole log must give."""

    name: str
    story: str
    host: int
    """Interface number of the inside host."""
    outside: str
    """Address of the outside actor."""
    port: int
    """The server's port; 0 for many."""
    after_s: int
    """Seconds from the beginning of the log to the (most telling part of the) incident."""
    for_s: int
    rows: int
    """Rows between the two addresses, both directions, in the whole log."""
    rejected: int
    """How many of these are REJECT."""
    sent: int
    """Bytes of the rows from the inside host to the outside actor."""

    @property
    def inside(self) -> str:
        """Address of the inside host."""
        return inside_address(self.host)


PORT_SCAN = Incident(
    name="port scan",
    story="In four minutes of the morning, one outside address tries 1,000 ports of one host; three answer.",
    host=45,
    outside="203.0.113.77",
    port=_MANY,
    after_s=10 * _HOUR_S + 42 * 60,
    for_s=240,
    rows=_PORTS_TRIED + len(_OPEN_PORTS),
    rejected=_PORTS_TRIED - len(_OPEN_PORTS),
    sent=44 * len(_OPEN_PORTS),
)
BEACON = Incident(
    name="beacon",
    story="Every 300 seconds, day and night, one host sends nearly the same 1,412 bytes to one address.",
    host=23,
    outside="198.51.100.23",
    port=443,
    after_s=0,
    for_s=_DAY_S,
    rows=2 * _DAY_S // _BEAT_S,
    rejected=0,
    sent=1412 * _DAY_S // _BEAT_S,
)
BLOCKED_REPLY = Incident(
    name="blocked reply",
    story="From 14:00 to 15:00 a client's requests to its database leave, but every reply is rejected.",
    host=12,
    outside="198.51.100.54",
    port=5432,
    after_s=14 * _HOUR_S,
    for_s=_HOUR_S,
    rows=2 * (23 * _CALLS_PER_HOUR + _RETRIES_PER_HOUR),
    rejected=_RETRIES_PER_HOUR,
    sent=23 * _CALLS_PER_HOUR * 2600 + _RETRIES_PER_HOUR * 180,
)
BULK_UPLOAD = Incident(
    name="bulk upload",
    story="Between 02:10 and 04:10 at night, one host sends 50 GB over ssh to an address never seen.",
    host=31,
    outside="203.0.113.199",
    port=22,
    after_s=2 * _HOUR_S + 10 * 60,
    for_s=2 * _HOUR_S,
    rows=2 * _CONNECTIONS * 2 * _HOUR_S // _WINDOW_S,
    rejected=0,
    sent=50_000_000_000,
)
INCIDENTS = (PORT_SCAN, BEACON, BLOCKED_REPLY, BULK_UPLOAD)
SPAN_S = _DAY_S
"""Length of log that all incidents need, from its beginning."""


def incident_rows(network: Network, seed: int, begin: int) -> Rows:
    """Rows of all incidents in a log that begins at `begin` (epoch seconds), by ascending start."""
    rng = np.random.default_rng([seed, 1])
    scenes = (_port_scan, _beacon, _blocked_reply, _bulk_upload)
    rows = Rows.joined([part for scene in scenes for part in scene(network, begin, rng)])
    return rows.take(np.argsort(rows.start, kind="stable"))


def _port_scan(network: Network, begin: int, rng: np.random.Generator) -> list[Rows]:
    closed = np.setdiff1d(np.arange(1, 10_000), _OPEN_PORTS)
    tried = rng.choice(closed, _PORTS_TRIED - len(_OPEN_PORTS), replace=False)
    ports = rng.permutation(np.append(tried, _OPEN_PORTS))
    answered = np.isin(ports, _OPEN_PORTS)
    start = begin + PORT_SCAN.after_s + np.arange(_PORTS_TRIED) * PORT_SCAN.for_s // _PORTS_TRIED
    tries = _Side(network, PORT_SCAN, start, start + 1, 40_125, ports)
    answers = _Side(network, PORT_SCAN, start[answered], start[answered] + 1, 40_125, ports[answered])
    return [
        tries.rows(outward=False, packets=1, size=44, rejected=~answered, flags=2),
        answers.rows(outward=True, packets=1, size=44, flags=18),
    ]


def _beacon(network: Network, begin: int, rng: np.random.Generator) -> list[Rows]:
    beats = BEACON.for_s // _BEAT_S
    start = begin + 17 + np.arange(beats) * _BEAT_S + rng.integers(0, 3, beats)
    side = _Side(network, BEACON, start, start + 2, _ephemeral(rng, beats), BEACON.port)
    return [
        side.rows(outward=True, packets=9, size=_around(rng, BEACON.sent, beats, 0.004), flags=3),
        side.rows(outward=False, packets=8, size=_around(rng, 873 * beats, beats, 0.006), flags=19),
    ]


def _blocked_reply(network: Network, begin: int, rng: np.random.Generator) -> list[Rows]:
    every = _DAY_S // (24 * _CALLS_PER_HOUR)
    calls = np.arange(_DAY_S // every) * every + 8
    calls = calls[(calls < BLOCKED_REPLY.after_s) | (calls >= BLOCKED_REPLY.after_s + _HOUR_S)]
    retries = BLOCKED_REPLY.after_s + np.arange(_RETRIES_PER_HOUR) * (_HOUR_S // _RETRIES_PER_HOUR)
    start, count = begin + calls, len(calls)
    well = _Side(network, BLOCKED_REPLY, start, start + 4, _ephemeral(rng, count), BLOCKED_REPLY.port)
    start = begin + retries
    # Without a reply the client repeats its SYN: three packets of 60 bytes.
    badly = _Side(network, BLOCKED_REPLY, start, start + 7, _ephemeral(rng, len(start)), BLOCKED_REPLY.port)
    return [
        well.rows(outward=True, packets=14, size=_around(rng, 2600 * count, count, 0.2), flags=3),
        well.rows(outward=False, packets=16, size=_around(rng, 9100 * count, count, 0.3), flags=19),
        badly.rows(outward=True, packets=3, size=180, flags=2),
        badly.rows(outward=False, packets=3, size=180, rejected=True, flags=18),
    ]


def _bulk_upload(network: Network, begin: int, rng: np.random.Generator) -> list[Rows]:
    windows = BULK_UPLOAD.for_s // _WINDOW_S
    start = begin + BULK_UPLOAD.after_s + np.repeat(np.arange(windows) * _WINDOW_S, _CONNECTIONS)
    ports = np.tile(_ephemeral(rng, _CONNECTIONS), windows)
    size = _around(rng, BULK_UPLOAD.sent, len(start), 0.15)
    packets = -(-size // 1448)
    side = _Side(network, BULK_UPLOAD, start, start + _WINDOW_S, ports, BULK_UPLOAD.port)
    return [
        side.rows(outward=True, packets=packets, size=size, flags=0),
        side.rows(outward=False, packets=packets // 2, size=packets // 2 * 52, flags=0),
    ]


_Numbers = npt.NDArray[np.int64] | int


@dataclass(frozen=True, slots=True)
class _Side:
    """Flows between an incident's two addresses, yet without direction; logged by the inside host."""

    network: Network
    incident: Incident
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    client_port: _Numbers
    server_port: _Numbers

    def rows(
        self,
        *,
        outward: bool,
        packets: _Numbers,
        size: _Numbers,
        flags: int,
        rejected: npt.NDArray[np.bool_] | bool = False,
    ) -> Rows:
        """Return the flows of one direction."""
        host, actor = self.incident.host, self.network.actors[self.incident.outside]
        source, target = (host, actor) if outward else (actor, host)
        # The scanner is the one actor that is a client.
        from_client = outward != (self.incident.port == _MANY)
        ports = (self.client_port, self.server_port) if from_client else (self.server_port, self.client_port)
        values = (host, source, target, *ports, TCP, packets, size, self.start, self.end, rejected, OK, flags)
        types = ("i4", "i4", "i4", "u2", "u2", "u1", "i8", "i8", "i8", "i8", "?", "u1", "u1")
        count = len(self.start)
        return Rows(*(np.broadcast_to(v, count).astype(t) for v, t in zip(values, types, strict=True)))


def _ephemeral(rng: np.random.Generator, count: int) -> npt.NDArray[np.int64]:
    return rng.integers(32768, 61000, count)


def _around(rng: np.random.Generator, total: int, parts: int, by: float) -> npt.NDArray[np.int64]:
    """Split `total` into parts that differ by at most the share `by` from their mean and sum up exactly."""
    half = np.rint(total / parts * by * (2 * rng.random(parts // 2) - 1)).astype(np.int64)
    jitter = np.concatenate([half, -half, np.zeros(parts % 2, np.int64)])
    sizes = total // parts + rng.permutation(jitter)
    sizes[: total % parts] += 1
    return sizes
