"""Parquet: groups of rows of one size, each column by its distinct values and compressed with Zstandard.

Types are those of `public` and metadata those of `as_arrow`; Parquet has no durations, so that readers other
than Arrow see their nanoseconds as numbers. Memory holds the rows of one group. Without its last bytes, which
are written when all went well, a Parquet file cannot be read: an answer that fails on the way is never taken
for a whole one.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import BinaryIO

import pyarrow as pa

from flowql.render.answer import Answer, Style
from flowql.render.as_arrow import described_schema
from flowql.render.public import public_batches

GROUP_ROWS = 1 << 18
"""Rows of a group, except of the last: readers skip whole groups, and a writer holds one (some 50 MiB)."""


def write_parquet(answer: Answer, out: BinaryIO, style: Style) -> int:  # noqa: ARG001 - all formats are called alike
    """Write the file, from its beginning to its end without going back; returns the number of rows."""
    parquet = import_module("pyarrow.parquet")  # 30 ms that no other format should cost
    schema = described_schema(answer)
    sink = _Sink(out)
    writer = parquet.ParquetWriter(sink, schema, compression="zstd")
    row_count = 0
    try:
        for group in _groups(public_batches(answer), schema):
            writer.write_table(group, GROUP_ROWS)
            row_count += len(group)
        writer.close()
    except BaseException:
        sink.is_given_up = True
        raise
    return row_count


def _groups(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """The rows as tables of `GROUP_ROWS` rows, the last of fewer, however the rows are batched."""
    waiting: list[pa.RecordBatch] = []
    room = GROUP_ROWS
    for batch in batches:
        first = 0
        while batch.num_rows - first >= room:
            yield _group([*waiting, batch.slice(first, room)], schema)
            first, waiting, room = first + room, [], GROUP_ROWS
        waiting.append(batch.slice(first))
        room -= batch.num_rows - first
    if room < GROUP_ROWS:
        yield _group(waiting, schema)


def _group(batches: list[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_batches(batches).combine_chunks().cast(schema)


class _Sink:
    """Where the file goes, until it is given up: a writer that is thrown away still writes the file's end."""

    closed = False

    def __init__(self, out: BinaryIO) -> None:
        self.is_given_up = False
        self._out = out

    def write(self, data: bytes) -> None:
        """Pass the bytes on."""
        if not self.is_given_up:
            self._out.write(data)
