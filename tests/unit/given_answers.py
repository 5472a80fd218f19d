"""Answers that no query made, for tests of formats: rows that are hard to write, among them."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from flowql.errors import Diagnostic
from flowql.execution.emptiness import EmptyAnswer
from flowql.plan.logical import ALL_TIME, Column, TimeRange
from flowql.render.answer import Style
from flowql.render.first_rows import FirstRows
from flowql.render.formats import FORMATS
from flowql.schema import Kind
from flowql.values import IPV4_MAPPED, SECOND_NS
from flowql.zones import UTC, Zone

COLUMNS = (
    Column("interface-id", Kind.TEXT),
    Column("srcaddr", Kind.ADDRESS),
    Column("dstport", Kind.PORT),
    Column("start", Kind.TIME),
    Column("share", Kind.REAL),
)
START = 1_544_709_600 * SECOND_NS


def address(number: int) -> bytes:
    """An address as the engine has it."""
    return number.to_bytes(16, "big")


def network(number: int, length: int) -> bytes:
    """A network as the engine has it."""
    return address(number) + bytes([length])


TRICKY = pa.RecordBatch.from_arrays(
    [
        pa.array(['eni "a", b', None, "eni-\x1b[31m", "網絡"]).dictionary_encode(),
        pa.array([address(IPV4_MAPPED | 0x0A000001), address(1), None, address(IPV4_MAPPED)], pa.binary(16)),
        pa.array([22, None, 443, 65535], pa.int64()),
        pa.array([START, None, START + SECOND_NS // 4, 0], pa.int64()),
        pa.array([0.5, None, 1 / 3, 1.0], pa.float64()),
    ],
    names=[column.name for column in COLUMNS],
)


@dataclass
class FakeAnswer:
    """An answer over given batches."""

    columns: tuple[Column, ...] = COLUMNS
    given: list[pa.RecordBatch] = field(default_factory=lambda: [TRICKY])
    query: str = 'action:"x" | head 4'
    range: TimeRange = ALL_TIME
    zone: Zone = UTC
    matched: int = 1234
    overlaps: bool = False
    reaching: int | None = None
    complete: bool = True
    notes: tuple[Diagnostic, ...] = ()
    word_notes: tuple[Diagnostic, ...] = ()

    def why_empty(self) -> EmptyAnswer | None:
        """Nobody asks."""
        raise AssertionError

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows."""
        return iter(self.given)


def rendered_bytes(format_name: str, answer: FakeAnswer | FirstRows, style: Style | None = None) -> bytes:
    """What a format gives."""
    out = io.BytesIO()
    row_count = FORMATS[format_name].write(answer, out, style or Style())
    assert row_count == sum(batch.num_rows for batch in answer.batches())
    return out.getvalue()


def rendered(format_name: str, answer: FakeAnswer | FirstRows, style: Style | None = None) -> str:
    """The text that a format gives."""
    return rendered_bytes(format_name, answer, style).decode()


def one_column(kind: Kind, *values: object) -> FakeAnswer:
    """An answer of one column."""
    types = {Kind.TEXT: pa.string(), Kind.REAL: pa.float64(), Kind.NETWORK: pa.binary(17)}
    array = pa.array(values, types.get(kind, pa.int64()))
    return FakeAnswer((Column("x", kind),), [pa.RecordBatch.from_arrays([array], names=["x"])])
