"""Small tables, and what stages make of them in SQL: shared by the tests of the residual road."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from flowql.execution.context import Context, Threads
from flowql.execution.materialize import arrow_schema
from flowql.execution.residual import Residual
from flowql.plan.logical import Column, Node, Scan
from flowql.plan.sql import statement
from flowql.schema import Field, Kind, Schema
from flowql.values import SECOND_NS, format_address, parse_address, parse_network

START = Column("start", Kind.TIME)
END = Column("end", Kind.TIME)
SRC = Column("srcaddr", Kind.ADDRESS)
DST = Column("dstaddr", Kind.ADDRESS)
PORT = Column("dstport", Kind.PORT)
BYTES = Column("bytes", Kind.COUNT)
PACKETS = Column("packets", Kind.COUNT)
ACTION = Column("action", Kind.TEXT)
RATE = Column("rate", Kind.REAL)
DURATION = Column("duration", Kind.DURATION)
NETWORK = Column("net", Kind.NETWORK)
IP = Column("ip", Kind.ADDRESS, sides=("srcaddr", "dstaddr"))

ROAD = Residual()
"""One database for all tests: opening one takes longer than most of them."""


def field(column: Column) -> Field:
    """What predicates call a column."""
    return Field(column.name, column.kind)


def counted(name: str) -> Column:
    """A column of counts."""
    return Column(name, Kind.COUNT)


def bits(address: str) -> bytes:
    """An address in the engine's form."""
    value = parse_address(address)
    assert value is not None, address
    return value.to_bytes(16, "big")


def net(text: str) -> bytes:
    """A network in the engine's form."""
    found = parse_network(text)
    assert found is not None, text
    return found[0].to_bytes(16, "big") + bytes([int(text.partition("/")[2])])


def at(seconds: float) -> int:
    """A time of epoch seconds, or a duration of seconds."""
    return int(seconds * SECOND_NS)


def batches_of(
    columns: Sequence[Column], rows: Sequence[Sequence[Any]], size: int = 3
) -> Iterator[pa.RecordBatch]:
    """Rows as batches of a few rows; addresses and networks may be texts."""
    schema = arrow_schema(columns)
    values = list(zip(*rows, strict=True)) if rows else [() for _ in columns]
    arrays = [
        pa.array([_held(value, column.kind) for value in each], schema.field(column.name).type)
        for each, column in zip(values, columns, strict=True)
    ]
    return iter(pa.Table.from_arrays(arrays, schema=schema).to_batches(max_chunksize=size))


def _held(value: Any, kind: Kind) -> Any:
    if isinstance(value, str) and kind in (Kind.ADDRESS, Kind.NETWORK):
        return bits(value) if kind is Kind.ADDRESS else net(value)
    return value


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows, for stages to be asked of."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]

    def through(self, *stages: Node, residual: Residual = ROAD) -> list[tuple[Any, ...]]:
        """What the stages make of the rows; addresses and networks as texts. Each stage's input is set here."""
        chained: list[Node] = []
        node: Any = Given(self.columns)
        for stage in stages:
            assert not isinstance(stage, Scan), "a scan begins a chain"
            node = replace(stage, input=node)
            chained.append(node)
        lowered = statement(chained, self.columns)
        assert lowered.columns == node.columns
        schema = arrow_schema(self.columns)
        batches = batches_of(self.columns, self.rows)
        outcome = list(residual.run(lowered, batches, schema, lowered.columns, Context(Threads())))
        assert all(batch.schema == arrow_schema(lowered.columns) for batch in outcome)
        return [
            _shown(row, lowered.columns)
            for batch in outcome
            for row in zip(*batch.to_pydict().values(), strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Given:
    """An input whose columns are all that is known."""

    columns: tuple[Column, ...]


NONE: Any = Scan((), Schema(()))
"""In place of a node's input, which `Rows.through` sets."""


def _shown(row: tuple[Any, ...], columns: Sequence[Column]) -> tuple[Any, ...]:
    return tuple(_text(value, column.kind) for value, column in zip(row, columns, strict=True))


def _text(value: Any, kind: Kind) -> Any:
    if value is None or kind not in (Kind.ADDRESS, Kind.NETWORK):
        return value
    address = format_address(int.from_bytes(value[:16], "big"))
    return address if kind is Kind.ADDRESS else f"{address}/{value[16]}"
