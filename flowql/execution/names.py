"""Names of many values at once: services, protocols and zones as Arrow texts.

Owns the tables, made when first asked for. Which name a number or an address has is said in flowql.names.
"""

from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.names import protocol_name, service_name
from flowql.names.zones import zone_table

_HALF_BITS = 64


@cache
def service_names() -> pa.StringArray:
    """The name of each port by number, and behind them a null for no port."""
    return pa.array([*map(service_name, range(1 << 16)), None], pa.string())


@cache
def protocol_names() -> pa.StringArray:
    """The name of each protocol by number, and behind them a null for no protocol."""
    return pa.array([*map(protocol_name, range(256)), None], pa.string())


def zone_names(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> pa.StringArray:
    """The zone of each address, given as its high and low 64 bits."""
    firsts, names = _zones()
    places = np.searchsorted(firsts, _keys(high, low), "right") - 1
    return names.take(pa.array(places))


@cache
def _zones() -> tuple[NDArray[np.bytes_], pa.StringArray]:
    """The first address of each zone, ascending, and its name; together they cover every address."""
    firsts, names = zone_table()
    high = np.array([first >> _HALF_BITS for first in firsts], np.uint64)
    low = np.array([first & ((1 << _HALF_BITS) - 1) for first in firsts], np.uint64)
    return _keys(high, low), pa.array(names, pa.string())


def _keys(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.bytes_]:
    """The addresses as 16 big-endian bytes, which compare as the numbers do."""
    pairs = np.empty((len(high), 2), ">u8")
    pairs[:, 0], pairs[:, 1] = high, low
    return pairs.view("S16").reshape(-1)
