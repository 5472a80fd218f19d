"""Plans made by hand, run by the engine's operators on one side and by the oracle on the other.

Owns what stands between a plan and its rows when there is no text: optimizing or not, pruning or not, the
snapshots of a random store.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isclose
from pathlib import Path

import pyarrow as pa

from flowql.execution.context import Context, Threads
from flowql.execution.dictionaries import SnapshotDictionaries
from flowql.execution.run import Execution
from flowql.execution.subqueries import Known, resolve_subqueries
from flowql.plan.logical import Column, Compute, Filter, Node, Project, Scan
from flowql.plan.lower import lower
from flowql.plan.optimize import optimize
from flowql.plan.predicates import Predicate
from flowql.schema import Field, Kind, Schema, TopicName
from flowql.store.store import TopicSnapshot, open_store
from flowql.values import SECOND_NS, format_address
from oracle.answers import answer_plan
from oracle.cells import Cell, Network
from oracle.random_records import RandomStore, build_store

ID = Column("_id", Kind.TEXT, is_virtual=True)


@dataclass(frozen=True, slots=True)
class DirectStore:
    """A random store, and its snapshots."""

    random: RandomStore
    snapshots: dict[TopicName, TopicSnapshot]

    @property
    def scan(self) -> Scan:
        """All topics."""
        schemas = [snapshot.schema for _, snapshot in sorted(self.snapshots.items())]
        return Scan(tuple(sorted(self.snapshots)), Schema(()).union(schemas))

    def run(self, plan: Node, *, careful: bool = False) -> Execution:
        """The plan on its way; `careful` neither rewrites nor prunes nor stops early."""

        def batches(subplan: Node) -> Iterator[pa.RecordBatch]:
            return self.run(subplan, careful=careful).batches()

        resolved = resolve_subqueries(
            plan if careful else optimize(plan), batches, Known(), Context(Threads())
        )
        physical = lower(resolved, self.snapshots, prunes=not careful)
        return Execution(physical, SnapshotDictionaries(), Context(Threads()))


def build_direct_store(
    folder: Path, seed: int, record_count: int, commit_count: int, spread_s: int
) -> DirectStore:
    """A random store and its snapshots."""
    random = build_store(folder, seed, record_count, commit_count, spread_s)
    store = open_store(folder / "store")
    return DirectStore(random, {name: store.snapshot(name) for name in store.topics()})


def virtual(name: str, kind: Kind) -> Field:
    """A computed field."""
    return Field(name, kind, is_virtual=True)


def column_of(field: Field) -> Column:
    """The field's column."""
    return Column(field.name, field.kind, field.is_virtual)


def ids_plan(store: DirectStore, predicate: Predicate) -> Node:
    """The identities of the records for which the predicate holds."""
    return Project(Compute(Filter(store.scan, predicate), (ID,)), (ID,))


def assert_same(store: DirectStore, plan: Node) -> int:
    """Assert that engine and oracle give the same rows and the same count; returns the number of rows."""
    expected = answer_plan(plan, store.random.tables)
    for careful in (False, True):
        execution = store.run(plan, careful=careful)
        rows = [row for batch in execution.batches() for row in _rows(batch, plan.columns)]
        assert len(rows) == len(expected.rows), f"careful={careful}"
        for found, wanted in zip(rows, expected.rows, strict=True):
            assert all(map(_is_same, found, wanted)), f"careful={careful}: {found} is not {wanted}"
        assert execution.matched_count == expected.matched, f"careful={careful}"
    return len(expected.rows)


def _rows(batch: pa.RecordBatch, columns: tuple[Column, ...]) -> Iterator[tuple[Cell, ...]]:
    cells = [
        [_cell(value, column.kind) for value in batch.column(column.name).to_pylist()] for column in columns
    ]
    yield from zip(*cells, strict=True)


def _cell(value: object, kind: Kind) -> Cell:
    match value, kind:
        case None, _:
            return None
        case bytes(), Kind.NETWORK:
            return str(Network(int.from_bytes(value[:16], "big"), value[16]))
        case bytes(), Kind.ADDRESS:
            return format_address(int.from_bytes(value, "big"))
        case int(), Kind.TIME | Kind.DURATION:
            return value // SECOND_NS if value % SECOND_NS == 0 else value / SECOND_NS
        case int() | float() | str(), _:
            return value
        case _:
            raise AssertionError(value)


def _is_same(found: Cell, wanted: Cell) -> bool:
    if isinstance(found, float) and isinstance(wanted, float):
        return isclose(found, wanted, rel_tol=1e-12)
    return type(found) is type(wanted) and found == wanted
