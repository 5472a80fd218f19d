"""What is told about an answer is what a naive count gives: words, reasons of rows, reasons of nothing."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from flowql.execution.emptiness import PARTS_MAX
from flowql.plan.bind import bind
from flowql.plan.bound import BoundQuery
from flowql.plan.predicates import all_of
from flowql.syntax.canonical import canonical
from flowql.syntax.parser import parse
from oracle import telling
from oracle.random_queries import filters, queries
from oracle.random_records import RandomStore, build_store
from oracle.scratch import scratch_folder
from oracle.test_engine_against_oracle import NOW

SIZES = ((2, 40, 3), (4, 300, 12))
"""Seed, records, commits."""
_LIMITS = settings(database=None, suppress_health_check=list(HealthCheck), report_multiple_bugs=False)
_PATIENT_S = 60.0
"""Nothing is left out for lack of time."""


@pytest.fixture(scope="module")
def stores() -> Iterator[list[RandomStore]]:
    """One store for each of `SIZES`."""
    with scratch_folder("telling") as folder:
        built = []
        for seed, record_count, commit_count in SIZES:
            (folder / str(seed)).mkdir()
            built.append(build_store(folder / str(seed), seed, record_count, commit_count))
        yield built


def bound_search(text: str, store: RandomStore) -> tuple[str, BoundQuery]:
    """The search part of a query, as text and bound."""
    search = canonical(replace(parse(text), stages=()))
    note(f"the query: {search}")
    return search, bind(parse(search), store.tables, NOW)


@settings(_LIMITS, max_examples=50)
@given(place=st.integers(0, len(SIZES) - 1), text=queries())
def test_words_are_counted_in_the_topics_and_the_time(
    stores: list[RandomStore], place: int, text: str
) -> None:
    store = stores[place]
    search, bound = bound_search(text, store)
    rows = telling.scope_rows(bound, store.tables)
    expected = [
        (word.text, [(way.label, telling.count(way.predicate, rows, store.tables)) for way in word.readings])
        for word in bound.words
    ]
    for optimized in (True, False):
        words = store.engine.search(search, now=NOW, optimized=optimized).words
        assert [(word.text, [(way.label, way.count) for way in word.ways]) for word in words] == expected


@settings(_LIMITS, max_examples=50)
@given(place=st.integers(0, len(SIZES) - 1), text=queries())
def test_every_row_tells_the_clauses_that_hold_for_it(
    stores: list[RandomStore], place: int, text: str
) -> None:
    store = stores[place]
    search, bound = bound_search(text, store)
    rows = telling.search_rows(bound, store.tables)
    expected = [telling.reason(bound, row, store.tables) for row in rows]
    for optimized in (True, False):
        found = store.engine.search(search, now=NOW, why=True, optimized=optimized)
        assert [row["why"] for row in found] == expected


@settings(_LIMITS, max_examples=50)
@given(place=st.integers(0, len(SIZES) - 1), parts=st.lists(filters(), min_size=1, max_size=4))
def test_an_empty_answer_tells_what_there_is_without_each_clause(
    stores: list[RandomStore], place: int, parts: list[str]
) -> None:
    store = stores[place]
    scope = "since 2024-01-01T00:05" if len(parts) % 2 else ""
    text = " ".join([scope, *(f"({part})" for part in parts), "account-id:no-such-account"])
    search, bound = bound_search(text, store)
    empty = store.engine.search(search, now=NOW).why_empty(_PATIENT_S)
    assert empty is not None
    rows = telling.scope_rows(bound, store.tables)
    assert empty.in_scope == len(rows)
    expected = []
    for part in bound.parts[:PARTS_MAX] if rows else ():
        others = [each.predicate for each in bound.parts if each is not part]
        expected.append((part.text, telling.count(all_of(others), rows, store.tables)))
    assert [(part.text, part.count) for part in empty.parts] == expected
    everything = telling.scope_rows(bound, store.tables, at_any_time=True)
    whole = all_of([part.predicate for part in bound.parts])
    assert empty.without_time == (telling.count(whole, everything, store.tables) if scope else None)
    assert empty.newest_start == max(store.tables.newest_start(topic) or 0 for topic in bound.topics)
    assert not empty.left_out
    _check_nearest(store, search, bound)


def _check_nearest(store: RandomStore, search: str, bound: BoundQuery) -> None:
    """Every value told is there as often as it says, and its clause is nowhere."""
    rows = telling.scope_rows(bound, store.tables)
    empty = store.engine.search(search, now=NOW).why_empty(_PATIENT_S)
    assert empty is not None
    for nearest in empty.nearest:
        (clause, *_) = [each for each in bound.clauses if each.span == nearest.span]
        assert telling.count(clause.predicate, rows, store.tables) == 0
        assert nearest.values
        for value in nearest.values:
            assert (
                value.count
                == sum(telling.value_text(value.field, row, bound) == value.text for row in rows)
                > 0
            )


def test_with_no_clause_left_out_everything_in_scope_is_counted(stores: list[RandomStore]) -> None:
    """The sole clause left out leaves the topics and the time."""
    result = stores[1].engine.search("account-id:no-such-account", now=NOW)
    empty = result.why_empty(_PATIENT_S)
    assert empty is not None
    assert [part.count for part in empty.parts] == [empty.in_scope]
    assert empty.in_scope == stores[1].engine.search("*", now=NOW).matched
    assert stores[1].engine.search("*", now=NOW).why_empty() is None
