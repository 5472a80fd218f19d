"""Names beside the numbers of protocols and ports.

Owns which numbers of a row get a name. A protocol always does. A port does where the protocol of its row, if
the row has one, has ports at all (ICMP keeps its type and code in them); and of a source and a destination
port side by side only one is named: a system port before one that people have a word for, that before one
which only the registry names, and of two alike the lower one. The other is the client's, whose number means
nothing even if the registry has a name for it.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.names import protocol_name, service_name
from flowql.names.tables import Kind as Names
from flowql.names.tables import said_names
from flowql.render.answer import Column
from flowql.render.cells import Texts
from flowql.schema import EITHER_SIDE, Kind

_WITH_PORTS = (6, 17, 33, 132, 136)
"""TCP, UDP, DCCP, SCTP, UDP-Lite."""
_SYSTEM_PORT_MAX = 1023
"""RFC 6335, 6: ports that only a privileged program can be asked at."""
_MISSING = -1


class NamesBeside:
    """The names for the rows of batches with these columns."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._protocols = [k for k, column in enumerate(columns) if column.kind is Kind.PROTOCOL]
        self._ports = [k for k, column in enumerate(columns) if column.kind is Kind.PORT]
        places = {columns[k].name: k for k in self._ports}
        self._said = [f" {name}" for name in said_names(Names.SERVICE)]
        self._pair = [places[name] for name in EITHER_SIDE["port"] if name in places]

    @property
    def places(self) -> list[int]:
        """The columns that get names."""
        return sorted([*self._protocols, *self._ports])

    def __call__(self, columns: Sequence[pa.Array]) -> dict[int, Texts]:
        """For each of these columns a text a row: a blank and the name, or nothing."""
        numbers = {k: _numbers(columns[k]) for k in (*self._protocols, *self._ports)}
        named = {k: _names(numbers[k], protocol_name) for k in self._protocols}
        with_ports = self._rows_with_ports(numbers)
        for k in self._ports:
            names = _names(numbers[k], service_name)
            named[k] = names if with_ports is None else np.where(with_ports, names, "")
        if len(self._pair) == 2:
            first, second = self._pair
            both = (named[first] != "") & (named[second] != "")
            ranks = [self._ranks(numbers[k], named[k]) for k in self._pair]
            is_first = np.where(ranks[0] == ranks[1], numbers[first] <= numbers[second], ranks[0] < ranks[1])
            named[first] = np.where(both & ~is_first, "", named[first])
            named[second] = np.where(both & is_first, "", named[second])
        return {k: pa.array(names, pa.string()) for k, names in named.items()}

    def _ranks(self, ports: NDArray[np.int64], names: NDArray[np.object_]) -> NDArray[np.int64]:
        """How sure it is that a named port is the one of a service: the less, the surer."""
        ranks: NDArray[np.int64] = np.where(np.isin(names, self._said), 1, 2)
        ranks[ports <= _SYSTEM_PORT_MAX] = 0
        return ranks

    def _rows_with_ports(self, numbers: dict[int, NDArray[np.int64]]) -> NDArray[np.bool_] | None:
        """Whether the ports of each row are ports; None where its protocol is no column."""
        if len(self._protocols) != 1:
            return None
        protocols = numbers[self._protocols[0]]
        return np.isin(protocols, (*_WITH_PORTS, _MISSING))


def _numbers(values: pa.Array) -> NDArray[np.int64]:
    """The numbers; -1 is missing."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    numbers: NDArray[np.int64] = values.cast(pa.int64()).fill_null(_MISSING).to_numpy()
    return numbers


def _names(numbers: NDArray[np.int64], name_of: Callable[[int], str | None]) -> NDArray[np.object_]:
    distinct, places = np.unique(numbers, return_inverse=True)
    named = ((name_of(number) if number >= 0 else None) for number in distinct.tolist())
    texts: NDArray[np.object_] = np.array([f" {name}" if name else "" for name in named], object)
    return texts[places]
