"""Computed fields as columns, as keys and in sets: the engine gives what the oracle gives."""

from collections.abc import Iterator

import pytest

from flowql.execution.context import Context, Threads
from flowql.execution.subqueries import Known, resolve_subqueries
from flowql.plan.logical import (
    Aggregate,
    Column,
    Compute,
    Filter,
    Head,
    Key,
    Measure,
    Node,
    Project,
    Sort,
    SortKey,
    Top,
)
from flowql.plan.optimize import optimize
from flowql.plan.predicates import Exists, InRanges, InSubquery, Not, Or, Predicate, TextEquals
from flowql.schema import Field, Kind, field_named
from flowql.values import SECOND_NS
from oracle.direct import DirectStore, assert_same, build_direct_store, column_of, virtual
from oracle.scratch import scratch_folder

KINDS = {
    **dict.fromkeys(("bps", "pps", "bpp"), Kind.REAL),
    "duration": Kind.DURATION,
    **dict.fromkeys(
        (
            *("src-zone", "dst-zone", "service", "protocol-name", "conversation", "topic", "raw", "_source"),
            "_id",
        ),
        Kind.TEXT,
    ),
}
COMPUTED = tuple(column_of(virtual(name, kind)) for name, kind in KINDS.items())
ROW_COUNT = Measure("count", None, Column("count", Kind.COUNT))
START, BYTES, ACTION = (Column(name, field_named(name).kind) for name in ("start", "bytes", "action"))
REJECTED = TextEquals(field_named("action"), ("REJECT",))


@pytest.fixture(scope="module")
def store() -> Iterator[DirectStore]:
    """Two topics in several segments."""
    with scratch_folder("computed") as folder:
        yield build_direct_store(folder, 21, 500, 8, 86_400)


def computed(name: str) -> Column:
    """A computed column."""
    return column_of(virtual(name, KINDS[name]))


def filtered(store: DirectStore, predicate: Predicate = REJECTED) -> Node:
    """Some records with every computed column."""
    return Compute(Filter(store.scan, predicate), COMPUTED)


def key(column: Column) -> Key:
    """A key of a column's own values."""
    return Key(column, column)


def measure(function: str, column: Column, kind: Kind | None = None) -> Measure:
    """An aggregate of a column."""
    name = column.name.replace("-", "_")
    return Measure(function, column, Column(f"{function}_{name}", kind or column.kind))


@pytest.mark.parametrize("column", COMPUTED, ids=str)
def test_a_column_of_rows(store: DirectStore, column: Column) -> None:
    assert assert_same(store, Project(filtered(store), (START, column))) > 50
    assert assert_same(store, Project(Head(Compute(store.scan, COMPUTED), 7), (column, ACTION))) == 7


def test_all_columns(store: DirectStore) -> None:
    assert_same(store, Head(filtered(store), 30))


@pytest.mark.parametrize("column", COMPUTED, ids=str)
@pytest.mark.parametrize("descending", [True, False])
def test_rows_sorted_by_it(store: DirectStore, column: Column, *, descending: bool) -> None:
    ordered = Sort(filtered(store), (SortKey(column, descending=descending), SortKey(BYTES, descending=True)))
    assert_same(store, Project(ordered, (column, BYTES, START)))
    assert_same(store, Project(Head(ordered, 5), (column, BYTES, START)))


@pytest.mark.parametrize("column", COMPUTED, ids=str)
def test_groups_by_it(store: DirectStore, column: Column) -> None:
    counted = (ROW_COUNT, measure("sum", BYTES))
    assert assert_same(store, Aggregate(filtered(store), (key(column),), counted)) >= 2
    assert assert_same(store, Aggregate(filtered(store), (key(ACTION), key(column)), counted)) >= 2
    assert_same(store, Top(filtered(store), 3, key(column), ROW_COUNT))
    assert_same(store, Top(filtered(store), 3, key(column), counted[1]))


@pytest.mark.parametrize("column", [c for c in COMPUTED if c.kind in (Kind.REAL, Kind.DURATION)], ids=str)
def test_measures_of_it(store: DirectStore, column: Column) -> None:
    functions = [measure(function, column) for function in ("sum", "min", "max")]
    counts = [measure(function, column, Kind.COUNT) for function in ("count", "dc")]
    measures = (*functions, *counts, measure("avg", column))
    assert_same(store, Aggregate(filtered(store), (), measures))
    assert_same(store, Aggregate(filtered(store), (key(ACTION),), measures))
    if column.kind is Kind.REAL:  # top orders by a count or a sum of numbers, never of durations
        source = key(Column("srcaddr", Kind.ADDRESS))
        assert_same(store, Top(filtered(store), 4, source, measure("sum", column)))


def test_groups_of_no_rows(store: DirectStore) -> None:
    nothing = InRanges(field_named("bytes"), ((7, 7),))
    assert_same(store, Aggregate(filtered(store, nothing), (key(computed("service")),), (ROW_COUNT,)))
    assert_same(store, Aggregate(filtered(store, nothing), (), (measure("max", computed("bps")),)))
    assert_same(store, Top(filtered(store, nothing), 3, key(computed("src-zone")), ROW_COUNT))


def test_what_nothing_reads_is_not_computed(store: DirectStore) -> None:
    ordered = Sort(filtered(store), (SortKey(computed("bps"), descending=True),))
    plan = optimize(Project(ordered, (START, computed("service"))))
    assert [c.name for node in _nodes(plan) if isinstance(node, Compute) for c in node.computed] == [
        "bps",
        "service",
    ]
    counted = optimize(Aggregate(ordered, (key(ACTION),), (ROW_COUNT,)))
    assert not any(isinstance(node, Compute) for node in _nodes(counted))
    everything = optimize(Head(filtered(store), 3))
    assert any(isinstance(node, Compute) and node.computed == COMPUTED for node in _nodes(everything))


def _nodes(plan: Node) -> Iterator[Node]:
    node: Node | None = plan
    while node is not None:
        yield node
        node = getattr(node, "input", None)


# ---- subqueries

FIELDS = ("srcaddr", "dstport", "protocol", "bytes", "start", "interface-id", "tcp-flags")


def chosen(store: DirectStore, name: str, predicate: Predicate) -> Node:
    """A subquery: one field of some records."""
    field = field_named(name)
    return Project(Filter(store.scan, predicate), (Column(name, field.kind),))


@pytest.mark.parametrize("name", FIELDS)
def test_values_of_a_subquery(store: DirectStore, name: str) -> None:
    for inner in (
        REJECTED,
        InRanges(field_named("dstport"), ((53, 53),)),
        InRanges(field_named("bytes"), ((7, 7),)),
    ):
        within = InSubquery(field_named(name), chosen(store, name, inner))
        for predicate in (within, Not(within), Or((within, Not(Exists(field_named("bytes")))))):
            assert_same(
                store, Project(Filter(store.scan, predicate), (ACTION, Column(name, field_named(name).kind)))
            )


def test_a_subquery_of_groups_and_one_inside_another(store: DirectStore) -> None:
    source = Column("srcaddr", Kind.ADDRESS)
    many = Project(Head(Aggregate(Filter(store.scan, REJECTED), (key(source),), (ROW_COUNT,)), 4), (source,))
    inner = InSubquery(field_named("srcaddr"), many)
    middle = Project(Filter(store.scan, inner), (Column("interface-id", Kind.TEXT),))
    outer = InSubquery(field_named("interface-id"), middle)
    assert assert_same(store, Filter(store.scan, outer)) > 0


def test_a_computed_field_in_a_subquery(store: DirectStore) -> None:
    zone = virtual("src-zone", Kind.TEXT)
    zones = Project(Head(filtered(store), 3), (column_of(zone),))
    assert assert_same(store, Filter(store.scan, InSubquery(zone, zones))) > 0
    duration = Field("duration", Kind.DURATION, is_virtual=True)
    minute = InRanges(duration, ((60 * SECOND_NS, 60 * SECOND_NS),))
    lasting = Project(Compute(Filter(store.scan, minute), (column_of(duration),)), (column_of(duration),))
    assert assert_same(store, Filter(store.scan, InSubquery(duration, lasting))) > 0


def test_each_subquery_is_run_once(store: DirectStore) -> None:
    plan = chosen(store, "dstport", REJECTED)
    within = InSubquery(field_named("dstport"), plan)
    both = Or((within, Not(InSubquery(field_named("srcport"), plan))))
    ran: list[Node] = []

    def run(subplan: Node) -> Iterator[object]:
        ran.append(subplan)
        yield from store.run(subplan).batches()

    resolve_subqueries(Filter(store.scan, both), run, Known(), Context(Threads()))
    assert ran == [plan]
