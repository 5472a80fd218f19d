r"""Rows with their numbers: what `\drill` and `\why` call them by.

Owns the column of numbers. Rows are counted from 1 as they pass.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from flowql.plan.logical import Column as NumberColumn
from flowql.render.answer import Column, Rows
from flowql.render.fit import ROW_NUMBER
from flowql.schema import Kind
from flowql.zones import Zone

NUMBER = NumberColumn(ROW_NUMBER, Kind.COUNT, is_virtual=True)


class Numbered:
    """Rows behind a first column of their numbers; `row_count` are those that passed."""

    def __init__(self, rows: Rows) -> None:
        self.row_count = 0
        self._rows = rows

    @property
    def columns(self) -> Sequence[Column]:
        """The numbers, then the columns of the rows."""
        return (NUMBER, *self._rows.columns)

    @property
    def zone(self) -> Zone:
        """The zone whose clock times are shown on."""
        return self._rows.zone

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows, numbered."""
        self.row_count = 0
        for batch in self._rows.batches():
            numbers = pa.array(np.arange(1, batch.num_rows + 1, dtype=np.int64) + self.row_count)
            self.row_count += batch.num_rows
            names = [NUMBER.name, *batch.schema.names]
            yield pa.RecordBatch.from_arrays([numbers, *batch.columns], names=names)
