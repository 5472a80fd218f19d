"""A made-up flow log of any length, the same on every machine: what golden files of work are asked about.

Owns the lines. Each one follows from its number by whole numbers alone. What is drawn through logarithms
(`flowql.demo`) differs in a few lines from one kind of processor to another, and work is counted to the KiB.

Seven records a second from the base time on; one in 1,000 comes up to five minutes late. Some hosts talk far
more than others, and one outside host in 50 has an IPv6 address. One record in 32 is of a scan, which is
refused; one in 2,000 says NODATA, and one in 250,000 is of more than 5 GiB.
"""

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

RECORDS_PER_S = 7
_HOSTS = 512
_OUTSIDE_HOSTS = 1 << 15
_DRAWS = 32  # numbers that a record may draw
_SERVICES = np.array(
    [(443, 6)] * 6 + [(53, 17)] * 3 + [(80, 6)] * 2 + [(123, 17), (22, 6), (3389, 6), (5432, 6), (8080, 6)],
    np.uint64,
)
_WATCHED = (22, 3389)
_GREAT = 5 << 30
_GREAT_EVERY, _GREAT_PLACE = 250_000, 123_456
_NODATA_EVERY, _NODATA_PLACE = 2_000, 1_234

_Words = NDArray[np.uint64]


def made_up_lines(first: int, after: int, base_s: int) -> bytes:
    """The lines of records `first` to `after`, in the default layout."""
    numbers = np.arange(first, after, dtype=np.uint64)

    def draw(which: int, below: int) -> _Words:
        """A number for each record, one as likely as another."""
        return np.asarray(_mixed(numbers * _DRAWS + which) % below)

    host = draw(0, _HOSTS) * draw(1, _HOSTS) // _HOSTS
    peer = draw(2, _OUTSIDE_HOSTS) * draw(3, _OUTSIDE_HOSTS) // _OUTSIDE_HOSTS
    peer = peer * draw(4, _OUTSIDE_HOSTS) // _OUTSIDE_HOSTS
    service = _SERVICES[draw(5, len(_SERVICES))]
    is_scan = draw(6, 32) == 0
    is_answer = (draw(7, 2) == 1) & ~is_scan
    port = np.where(is_scan, draw(8, 10_000) + 1, service[:, 0])
    client_port = draw(9, 28_000) + 32_768
    protocol = np.where(is_scan, 6, service[:, 1])
    packets = draw(10, 64) * draw(11, 64) * draw(12, 64) // 64 + 1
    size = packets * (draw(13, 1_400) + 40)
    size = np.where(numbers % _GREAT_EVERY == _GREAT_PLACE, numbers + _GREAT, size)
    start = numbers // RECORDS_PER_S + base_s - np.where(draw(14, 1_000) == 0, draw(15, 300), 0)
    is_refused = is_scan | (np.isin(port, _WATCHED) & (draw(16, 4) > 0))
    is_known = numbers % _NODATA_EVERY != _NODATA_PLACE

    interfaces, inside, outside = _names()
    ours = inside.take(pa.array(np.where(_is_six(peer), host + _HOSTS, host)))
    theirs = outside.take(pa.array(peer))
    flow = (
        pc.if_else(is_answer, ours, theirs),
        pc.if_else(is_answer, theirs, ours),
        np.where(is_answer, port, client_port),
        np.where(is_answer, client_port, port),
        protocol,
        packets,
        size,
    )
    columns = [
        "2",
        "123456789010",
        interfaces.take(pa.array(host)),
        *(pc.if_else(is_known, _text(each), "-") for each in flow),
        _text(start),
        _text(start + draw(17, 61)),
        pc.if_else(is_known, pc.if_else(is_refused, "REJECT", "ACCEPT"), "-"),
        pc.if_else(is_known, "OK\n", "NODATA\n"),
    ]
    lines = pc.binary_join_element_wise(*columns, " ")
    return "".join(lines.to_pylist()).encode()


@cache
def _names() -> tuple[pa.StringArray, pa.StringArray, pa.StringArray]:
    """The interfaces, the addresses of their hosts (IPv4, then IPv6), and those of hosts outside."""
    hosts = range(_HOSTS)
    draws = _mixed(np.arange(_OUTSIDE_HOSTS, dtype=np.uint64)).tolist()
    six = _is_six(np.arange(_OUTSIDE_HOSTS, dtype=np.uint64)).tolist()
    return (
        pa.array([f"eni-{draws[host] >> 32:08x}" for host in hosts]),
        pa.array(
            [f"10.0.{host >> 6}.{host % 64 + 4}" for host in hosts] + [f"fd00::{host:x}" for host in hosts]
        ),
        pa.array(
            [
                f"2001:db8:{number:x}::{number:x}"
                if is_six
                else f"{20 + draw % 150}.{draw >> 8 & 255}.{draw >> 16 & 255}.{draw >> 24 & 255}"
                for number, (draw, is_six) in enumerate(zip(draws, six, strict=True))
            ]
        ),
    )


def _is_six(peer: _Words) -> NDArray[np.bool_]:
    return np.asarray(peer % 50 == 49)


def _text(values: pa.Array | _Words) -> pa.StringArray:
    return pc.cast(pa.array(values), pa.string())


def _mixed(numbers: _Words) -> _Words:
    """Numbers that look drawn at random: the finalizer of splitmix64."""
    mixed = (numbers + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ mixed >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ mixed >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return mixed ^ mixed >> np.uint64(31)
