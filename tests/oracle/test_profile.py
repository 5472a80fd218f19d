"""Profiles: what an execution records adds up, and a recorder changes no answer."""

import re
from collections.abc import Iterator

import pytest

from flowql.execution.context import Context, Threads
from flowql.execution.dictionaries import SnapshotDictionaries
from flowql.execution.recorder import Recorder, profile_text
from flowql.execution.run import Execution
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
)
from flowql.plan.lower import lower
from flowql.plan.optimize import optimize
from flowql.plan.predicates import And, Exists, InRanges, InSubquery, Matches, Not, Or, Predicate, TextEquals
from flowql.schema import Kind, field_named
from oracle.direct import DirectStore, build_direct_store, column_of, virtual
from oracle.scratch import scratch_folder

COUNT = Measure("count", None, Column("count", Kind.COUNT))
SERVICE, RAW = (column_of(virtual(name, Kind.TEXT)) for name in ("service", "raw"))
BUSY = And(
    (
        Matches(virtual("raw", Kind.TEXT), "OK$"),
        TextEquals(field_named("action"), ("REJECT",)),
        Or((InRanges(field_named("bytes"), ((0, 100),)), Not(Exists(field_named("srcaddr"))))),
    )
)


@pytest.fixture(scope="module")
def store() -> Iterator[DirectStore]:
    """Several segments."""
    with scratch_folder("profile") as folder:
        yield build_direct_store(folder, 31, 300, 3, 86_400)


def profiled(store: DirectStore, plan: Node) -> tuple[int, str]:
    """The number of rows, and the profile, times left out."""
    recorder = Recorder()
    physical = lower(optimize(plan), store.snapshots)
    execution = Execution(physical, SnapshotDictionaries(), Context(Threads(), recorder=recorder))
    row_count = sum(batch.num_rows for batch in execution.batches())
    text = profile_text(physical, recorder)
    assert re.search(r"\d\.\d ms", text)
    return row_count, re.sub(r"\d+\.\d ms", "T", text)


def rows_of(store: DirectStore, predicate: Predicate) -> int:
    """How many rows match, unrecorded."""
    return store.run(Filter(store.scan, predicate)).matched_count


def test_parts_of_a_predicate_stand_in_their_order_under_each_segment(store: DirectStore) -> None:
    plan = Aggregate(Filter(store.scan, BUSY), (), (COUNT,))
    row_count, text = profiled(store, plan)
    first, search, *lines = text.splitlines()
    assert (row_count, first) == (1, "CountOp from cardinalities: 1 row, T")
    assert search.startswith("  SearchOp raw matches /OK$/ and")
    segments = [line for line in lines if line.startswith("    read ")]
    assert len(segments) == sum(len(snapshot.segments) for snapshot in store.snapshots.values())
    accounts = [re.search(r"\): ([\d,]+) -> ([\d,]+) rows?,", line) for line in segments]
    assert sum(int(account[2]) for account in accounts if account) == rows_of(store, BUSY)
    for place, line in enumerate(lines):
        if line in segments:
            texts = [each.strip().split(":")[0] for each in lines[place + 1 : place + 6]]
            assert texts[-1] == "raw matches /OK$/", "what is dear comes last"
            assert {'action equals "REJECT"', "any of"} <= set(texts)
            counts = [int(each) for each in re.findall(r"([\d,]+) -> ", lines[place + 5])]
            assert counts[0] <= int(accounts[segments.index(line)][1].replace(",", ""))


def test_every_operator_has_its_rows(store: DirectStore) -> None:
    grouped = Aggregate(Compute(Filter(store.scan, BUSY), (SERVICE,)), (Key(SERVICE, SERVICE),), (COUNT,))
    first = Head(Sort(grouped, (SortKey(SERVICE, descending=True),)), 3)
    row_count, text = profiled(
        store, Project(Head(Sort(first, (SortKey(SERVICE, descending=False),)), 2), (SERVICE,))
    )
    names = [line.strip().split(" ")[0] for line in text.splitlines()[:5]]
    assert names == ["ProjectOp", "HeadOp", "SortOp", "GroupOp", "SearchOp"]
    assert f": {row_count} rows, T" in text.splitlines()[1]
    assert ", first 3 by " in text.splitlines()[3], "no more groups are made than are asked for"
    assert re.search(r": 3 rows, T", text.splitlines()[3]), "groups are counted, too"


def test_a_segment_that_is_not_reached_is_said_so(store: DirectStore) -> None:
    _, text = profiled(store, Head(Filter(store.scan, Exists(field_named("srcaddr"))), 0))
    assert "not asked" in text


def test_pruned_segments_are_listed(store: DirectStore) -> None:
    row_count, text = profiled(
        store, Filter(store.scan, InRanges(field_named("bytes"), ((1 << 60, 1 << 61),)))
    )
    assert row_count == 0
    assert text.count("    prune default/") == sum(len(s.segments) for s in store.snapshots.values())


def test_a_count_from_postings_is_accounted_for(store: DirectStore) -> None:
    rejected = TextEquals(field_named("action"), ("REJECT",))
    _, text = profiled(store, Aggregate(Filter(store.scan, rejected), (), (COUNT,)))
    found = re.findall(r"    action equals \"REJECT\": [\d,]+ -> ([\d,]+) row", text)
    assert sum(map(int, found)) == rows_of(store, rejected)


def test_a_plan_with_a_subquery_can_be_shown_before_it_is_run(store: DirectStore) -> None:
    sources = Project(Filter(store.scan, BUSY), (Column("srcaddr", Kind.ADDRESS),))
    within = InSubquery(field_named("srcaddr"), sources)
    text = str(lower(optimize(Filter(store.scan, within)), store.snapshots))
    assert "srcaddr in (Project srcaddr <- Filter raw matches /OK$/ and" in text
