"""Number columns of an open segment, as `numbers` encodes them.

Owns the reading of them: values of a range of rows, of some rows of a range, of any rows; comparing offsets
without decoding them; the rows of an ascending column by its values.
"""

from functools import cached_property
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flowql.store.container import Container
from flowql.store.numbers import BLOCK_ROWS


class NumberValues:
    """The values of a number column: int64, a missing one reads as 0 beside a False in `present`."""

    def __init__(
        self,
        container: Container,
        field: str,
        meta: dict[str, Any],
        row_count: int,
        reference: "NumberValues | None",
        scale: tuple[int, int] = (0, 1),
    ) -> None:
        self.row_count = row_count
        self.present_count: int = meta["present"]
        self.base: int = meta["base"]
        self._container = container
        self._field = field
        self._offsets = f"{field}/offsets"
        self._meta = meta
        self._unit: int = meta["unit"]
        self._dtype = np.dtype(meta["dtype"]) if meta["dtype"] else None
        # The greatest offset that is a value; the next one is an exception's, the last one a missing row's.
        self._greatest = int(np.iinfo(self._dtype).max) - 2 if self._dtype else 0
        self._reference = reference
        self._scale = scale

    @property
    def unit(self) -> int:
        """All values differ from each other by multiples of it; 0 where they are all the same."""
        own = self._unit if self._dtype else 0
        return own if self._reference is None else gcd(own, self._reference.unit)

    def scaled(self, low: int, unit: int) -> "NumberValues":
        """The same rows' values as so many units above `low`, all of which are whole."""
        base, reference = self.base, self._reference
        if reference is not None:
            base += reference.base
            reference = reference.scaled(reference.base, unit)
        meta = self._meta | {"base": (base - low) // unit, "unit": self._unit // unit}
        return NumberValues(self._container, self._field, meta, self.row_count, reference, (low, unit))

    def read(self, start: int, stop: int) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
        """The values of rows `start` to `stop`, and which of them are present (None: all)."""
        if self._dtype is None:
            reference = self._reference.read(start, stop)[0] if self._reference else None
            return self._constants(stop - start, reference)
        raw = self._container.part(self._offsets, start, stop)
        reference = self._reference.read(start, stop)[0] if self._reference else None
        values = self._decoded(raw, reference)
        if self._are_plain(raw):
            return values, None
        rows, exceptions = self._exceptions_between(start, stop)
        values[rows] = exceptions
        return values, self._present(raw, values)

    def read_some(
        self, start: int, stop: int, places: NDArray[np.intp]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
        """As `read`, of the rows at `places`, ascending, from `start` on."""
        reference = self._reference.read_some(start, stop, places)[0] if self._reference else None
        if self._dtype is None:
            return self._constants(len(places), reference)
        raw = self._container.part(self._offsets, start, stop).take(places)
        values = self._decoded(raw, reference)
        if self._are_plain(raw):
            return values, None
        rows, exceptions = self._exceptions_between(start, stop)
        found = np.flatnonzero(raw == self._greatest + 1)
        values[found] = exceptions[np.searchsorted(rows, places[found].astype(rows.dtype))]
        return values, self._present(raw, values)

    def at(self, rows: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
        """The values at `rows` (any order), and which of them are present (None: all)."""
        reference = self._reference.at(rows)[0] if self._reference else None
        if self._dtype is None:
            return self._constants(len(rows), reference)
        raw = self._container.items(self._offsets, rows)
        values = self._decoded(raw, reference)
        if self._are_plain(raw):
            return values, None
        exception_rows, exceptions = self._exceptions
        found = np.flatnonzero(raw == self._greatest + 1)
        values[found] = exceptions[np.searchsorted(exception_rows, rows[found])]
        return values, self._present(raw, values)

    def _constants(
        self, count: int, reference: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
        if not self.present_count:
            return np.zeros(count, np.int64), np.zeros(count, bool)
        if reference is not None:
            return reference + np.int64(self.base), None
        return np.full(count, self.base, np.int64), None

    def _are_plain(self, raw: NDArray[Any]) -> bool:
        """Whether all of the offsets are values: of no exception, of no missing row."""
        return int(np.maximum.reduce(raw, initial=0)) <= self._greatest

    def _decoded(self, raw: NDArray[Any], reference: NDArray[np.int64] | None) -> NDArray[np.int64]:
        """The values of offsets, as if all were plain."""
        values = raw.astype(np.int64)
        if self._unit != 1:
            values *= self._unit
        if self.base:
            values += self.base
        if reference is not None:
            values += reference
        return values

    def _present(self, raw: NDArray[Any], values: NDArray[np.int64]) -> NDArray[np.bool_] | None:
        """Which rows are present (None: all); those that are not get the value 0."""
        if self.present_count == self.row_count:
            return None
        present: NDArray[np.bool_] = raw != self._greatest + 2
        if present.all():
            return None
        values[~present] = 0
        return present

    @cached_property
    def _exceptions(self) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        name = f"{self._field}/exception_rows"
        if name not in self._container:
            return np.empty(0, np.uint32), np.empty(0, np.int64)
        low, unit = self._scale
        values = self._container.array(f"{self._field}/exception_values")
        return self._container.array(name), values if self._scale == (0, 1) else (values - low) // unit

    def _exceptions_between(self, start: int, stop: int) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """The exceptions of rows `start` to `stop`: how far each is from `start`, and its value."""
        rows, values = self._exceptions
        if not len(rows):
            return rows, values
        # Bounds of the rows' own dtype: of others numpy would convert all rows first.
        first, last = np.searchsorted(rows, np.array((start, stop), rows.dtype))
        return rows[first:last] - np.uint32(start), values[first:last]


class NumberColumn(NumberValues):
    """A number column with what tells of its rows without reading their values."""

    def __init__(
        self,
        container: Container,
        field: str,
        meta: dict[str, Any],
        row_count: int,
        reference: "NumberColumn | None",
    ) -> None:
        super().__init__(container, field, meta, row_count, reference)
        self.min: int = meta["min"]
        self.max: int = meta["max"]

    @property
    def zone_min(self) -> NDArray[np.int64]:
        """The least present value of each block."""
        return self._container.array(f"{self._field}/zone_min")

    @property
    def zone_max(self) -> NDArray[np.int64]:
        """The greatest present value of each block; below `zone_min` where there is none."""
        return self._container.array(f"{self._field}/zone_max")

    @property
    def zone_present(self) -> NDArray[np.uint32]:
        """The number of present values of each block."""
        return self._container.array(f"{self._field}/zone_present")

    @cached_property
    def missing_rows(self) -> NDArray[np.uint32]:
        """The rows without a value, ascending."""
        if self.present_count == self.row_count:
            return np.empty(0, np.uint32)
        if self._dtype is None:
            return np.arange(self.row_count, dtype=np.uint32)
        raw = self._container.array(self._offsets)
        return np.flatnonzero(raw == np.iinfo(raw.dtype).max).astype(np.uint32)

    def in_range(self, start: int, stop: int, low: int, high: int) -> NDArray[np.bool_]:
        """For rows `start` to `stop`, whether the value is present and in `[low, high]`.

        Compares offsets, not values.
        """
        if self._dtype is None or self._reference is not None:
            values, present = self.read(start, stop)
            mask = (values >= low) & (values <= high)
            return mask if present is None else mask & present
        raw = self._container.part(self._offsets, start, stop)
        first = max(-((self.base - low) // self._unit), 0)
        last = min((high - self.base) // self._unit, self._greatest)
        if first > last:
            mask = np.zeros(stop - start, bool)
        else:
            # One compare instead of two: below `first` the unsigned difference wraps around to
            # something great.
            mask = raw - self._dtype.type(first) <= self._dtype.type(last - first)
        rows, exceptions = self._exceptions_between(start, stop)
        if len(rows):
            mask[rows] = (exceptions >= low) & (exceptions <= high)
        return mask

    def places(self, value: int, first: int) -> int:
        """For an ascending column without exceptions.

        The first row at or after `first` whose value is >= `value`. Every row from `first` on must be
        present. Only the block that the row lies in is read.
        """
        if self._dtype is None or value > self.max or first == self.row_count:
            return int(self.all_places(np.array([value]), first)[0])
        before = first // BLOCK_ROWS
        block = before + int(np.searchsorted(self.zone_max[before:], value))
        start, stop = max(block * BLOCK_ROWS, first), min((block + 1) * BLOCK_ROWS, self.row_count)
        raw = self._container.part(self._offsets, start, stop)
        return start + int(np.searchsorted(raw, self._offsets_of(np.array([value])))[0])

    def all_places(self, values: NDArray[np.int64], first: int) -> NDArray[np.int64]:
        """`places` of each of several values, which are ascending."""
        if self._dtype is None:
            return np.where(values <= self.base, first, self.row_count)
        raw = self._container.array(self._offsets)
        places = np.searchsorted(raw[first:], self._offsets_of(values)) + first
        return np.asarray(np.where(values > self.max, self.row_count, places))

    def _offsets_of(self, values: NDArray[np.int64]) -> NDArray[Any]:
        """The least offsets whose values are not below these, which are cut to the column's own."""
        # Below the least value and above the greatest one differences might pass 64 bits.
        return (-((self.base - np.clip(values, self.min, self.max)) // self._unit)).astype(self._dtype)
