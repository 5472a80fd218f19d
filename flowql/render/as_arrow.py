"""The stream format of Arrow IPC: the schema, then a batch for each batch of rows, as they come.

The stream and not the file format, because it can be read from a pipe while it is written; nothing in it is
compressed, which every reader understands. Types are those of `public`. The schema says what was asked
(`described_schema`). An answer that fails on the way leaves a stream without its end mark.
"""

from typing import BinaryIO

import pyarrow as pa

from flowql.render.answer import Answer, Style
from flowql.render.as_json import range_json
from flowql.render.public import public_batches, public_schema


def write_arrow(answer: Answer, out: BinaryIO, style: Style) -> int:  # noqa: ARG001 - all formats are called alike
    """Write the stream; returns the number of rows."""
    writer = pa.ipc.new_stream(out, described_schema(answer))
    row_count = 0
    for batch in public_batches(answer):
        writer.write_batch(batch)
        row_count += batch.num_rows
    writer.close()  # not on an error: the end mark says that the stream is whole
    return row_count


def described_schema(answer: Answer) -> pa.Schema:
    """The answer's public schema, with what was asked as metadata.

    `flowql.query` is the canonical query, `flowql.range` its range as JSON has it (`from` and `to` in epoch
    seconds or null); of each column `flowql.kind` is the kind of its values.
    """
    fields = [
        field.with_metadata({"flowql.kind": column.kind.value})
        for field, column in zip(public_schema(answer.columns), answer.columns, strict=True)
    ]
    return pa.schema(fields, {"flowql.query": answer.query, "flowql.range": range_json(answer.range)})
