"""Lists that no query made: rows of named columns, for every format that needs nothing but rows.

Owns the smallest thing that can be rendered. Does not know what the lists are about, nor where they go.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flowql.schema import Kind
from flowql.zones import UTC, Zone

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column of a list, with all of its values: texts, or whole numbers; None is missing."""

    name: str
    kind: Kind
    values: Sequence[str | None] | Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list, as rows to render."""

    columns: Sequence[ListColumn]
    zone: Zone = UTC

    def batches(self) -> "Iterator[pa.RecordBatch]":
        """All rows at once."""
        # Loaded here: whoever reads help or completes a word does not wait for Arrow.
        import pyarrow as pa  # noqa: PLC0415

        arrays = [
            pa.array(column.values, pa.string() if column.kind is Kind.TEXT else pa.int64())
            for column in self.columns
        ]
        yield pa.RecordBatch.from_arrays(arrays, names=[column.name for column in self.columns])
