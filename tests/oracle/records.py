"""Records as the oracle keeps them: a dict of typed values each, in the order in which they came.

Owns the reading of a record's cells from text, independent of ingestion, and the catalog that the binder
asks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from flowql.execution.residual import Residual
from flowql.plan.logical import Column, Node
from flowql.schema import Kind, Schema, TopicName, field_named
from flowql.values import SECOND_NS, parse_address

if TYPE_CHECKING:
    from oracle.cells import Row, Value

Record: TypeAlias = dict[str, int | str]
"""The present values by field name: text as str, all else as int, addresses of 128 bits, times in ns."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record came from: its number among all lines of the topic, and its line of a file."""

    sequence: int
    source: str
    line: int


@dataclass(slots=True)
class Table:
    """One topic: its fields, and its records, oldest line first; a record's index is its row identity.

    `origins` is empty where nobody asks for them.
    """

    topic: TopicName
    schema: Schema
    records: list[Record] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)


class Tables:
    """All topics of a store: the catalog (`flowql.plan.catalog`) over which the binder works."""

    def __init__(self, tables: Iterable[Table]) -> None:
        self.by_name = {table.topic: table for table in tables}
        self.rows: dict[tuple[TopicName, int], Row] = {}
        """Records with their computed fields, by topic and place, as far as they were asked for."""
        self.found: dict[Node, frozenset[Value]] = {}
        """What subqueries have given."""

    @property
    def default_logset(self) -> str:
        """The logset of names without one."""
        return "default"

    def topics(self) -> tuple[TopicName, ...]:
        """Every topic, ascending."""
        return tuple(sorted(self.by_name))

    def schema(self, topic: TopicName) -> Schema:
        """The topic's fields."""
        return self.by_name[topic].schema

    def newest_start(self, topic: TopicName) -> int | None:
        """The greatest start of the topic's records."""
        starts = [record["start"] for record in self.by_name[topic].records if "start" in record]
        return max((start for start in starts if isinstance(start, int)), default=None)

    def select_columns(self, sql: str, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        """The columns of a SELECT, as the product has them: what kinds SQL's functions have is DuckDB's."""
        residual = Residual()
        try:
            return residual.select_columns(sql, columns)
        finally:
            residual.close()


def parse_cell(name: str, text: str) -> int | str | None:
    """The typed value of one cell, which must be well-formed; None when it is missing."""
    if text == "-":
        return None
    match field_named(name).kind:
        case Kind.TEXT:
            return text
        case Kind.ADDRESS:
            address = parse_address(text)
            assert address is not None, f"no address: {text}"
            return address
        case Kind.TIME:
            number = int(text)
            return number * 1_000_000 if len(text) == 13 else number * SECOND_NS
        case Kind.PORT | Kind.PROTOCOL | Kind.COUNT:
            number = int(text)
            # DESIGN 6: -1 packets or bytes of NODATA and SKIPDATA records are missing.
            return None if number == -1 and name in ("packets", "bytes") else number
        case kind:
            raise AssertionError(f"no field is stored as {kind}")


def table_of(topic: TopicName, columns: Sequence[str], lines: Iterable[Sequence[str]]) -> Table:
    """A table of text lines, each as many cells as there are columns (canonical names)."""
    table = Table(topic, Schema(tuple(field_named(name) for name in columns)))
    for cells in lines:
        assert len(cells) == len(columns), f"{len(columns)} columns, but {len(cells)} cells: {cells}"
        values = {name: parse_cell(name, cell) for name, cell in zip(columns, cells, strict=True)}
        table.records.append({name: value for name, value in values.items() if value is not None})
    return table
