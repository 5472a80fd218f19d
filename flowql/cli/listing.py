"""Lists that no query made: rows of named columns, in any format that needs nothing but rows.

Owns the smallest thing that can be rendered. Does not know what the lists are about.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import click
import pyarrow as pa

from flowql.render.formats import ROWS_WRITERS
from flowql.render.terminal import style_of
from flowql.schema import Kind
from flowql.zones import UTC, Zone

list_format_option = click.option(
    "--format", "format_name", type=click.Choice(list(ROWS_WRITERS)), default="table", show_default=True
)


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column of a list, with all of its values; None is missing."""

    name: str
    kind: Kind
    values: list[str] | list[int] | list[int | None]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list, as rows to render."""

    columns: Sequence[ListColumn]
    zone: Zone = UTC

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All rows at once."""
        arrays = [
            pa.array(column.values, pa.string() if column.kind is Kind.TEXT else pa.int64())
            for column in self.columns
        ]
        yield pa.RecordBatch.from_arrays(arrays, names=[column.name for column in self.columns])


def print_listing(listing: Listing, format_name: str) -> None:
    """Print the list on standard output."""
    ROWS_WRITERS[format_name](listing, sys.stdout.buffer, style_of(sys.stdout))
    sys.stdout.buffer.flush()
