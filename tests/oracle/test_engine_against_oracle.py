"""Random queries over random records: the engine gives what the naive oracle gives."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import isclose
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from flowql.errors import LimitError
from flowql.plan.given import NOTHING_GIVEN, Given
from oracle import Cell, answer
from oracle.random_clauses import GIVEN_LISTS, GIVEN_PARAMETERS
from oracle.random_queries import given_queries, queries
from oracle.random_records import BASE_S, RandomStore, build_store
from oracle.scratch import scratch_folder

NOW = (BASE_S + 1100) * 1_000_000_000
"""Before the newest records, so that `last` leaves some out on both sides."""
SIZES = ((1, 1, 1), (2, 40, 3), (3, 300, 7), (4, 300, 12), (5, 1200, 20))
"""Seed, records, commits: few and many, with merges behind them and without."""
_BIG = (6, 70_000, 1)
"""More than one block of rows, so that a block's bound lies inside of a segment."""
Outcome = TypeVar("Outcome")
ROADS: tuple[dict[str, Any], ...] = (
    {"optimized": True},
    {"optimized": False},
    {"road": "residual"},
)
"""How one query is run, as arguments of `Engine.search`: each of these ways gives the same answer."""
_LIMITS = settings(database=None, suppress_health_check=list(HealthCheck), report_multiple_bugs=False)


@pytest.fixture(scope="module")
def stores() -> Iterator[list[RandomStore]]:
    """One store for each of `SIZES`."""
    with scratch_folder("oracle") as folder:
        built = []
        for seed, record_count, commit_count in SIZES:
            (folder / str(seed)).mkdir()
            built.append(
                build_store(folder / str(seed), seed, record_count, commit_count, lists=folder / "lists")
            )
        (folder / "lists").mkdir()
        for name, lines in GIVEN_LISTS.items():
            (folder / "lists" / f"{name}.txt").write_text("\n".join(lines) + "\n")
        yield built


@pytest.fixture(scope="module")
def big_store() -> Iterator[RandomStore]:
    """A store of segments of several blocks."""
    with scratch_folder("oracle-big") as folder:
        yield build_store(folder, *_BIG)


@settings(_LIMITS, max_examples=60)
@given(place=st.integers(0, len(SIZES) - 1), text=queries())
def test_engine_and_oracle_agree(stores: list[RandomStore], place: int, text: str) -> None:
    """The same queries in every run."""
    compare(stores[place], text)


@settings(_LIMITS, max_examples=25)
@given(place=st.integers(0, len(SIZES) - 1), text=given_queries())
def test_engine_and_oracle_agree_on_what_lists_and_parameters_hold(
    stores: list[RandomStore], place: int, text: str
) -> None:
    """The same queries in every run."""
    store = stores[place]
    compare(store, text, Given(GIVEN_PARAMETERS, store.engine.lists))


@settings(_LIMITS, max_examples=3, phases=[Phase.generate])
@given(text=queries())
def test_engine_and_oracle_agree_across_blocks(big_store: RandomStore, text: str) -> None:
    """The same three queries in every run; making a failing one shorter would take minutes."""
    compare(big_store, f"{text} | head 500")


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(100, 140))
def test_engine_and_oracle_agree_at_length(seed: int) -> None:
    """Other records for each seed, other queries in every run: `pytest -m long tests/oracle`."""
    record_count = (1, 9, 70, 500, 3000)[seed % 5]
    with scratch_folder("oracle-long") as folder:
        store = build_store(folder, seed, record_count, min(record_count, 1 + seed % 23))

        @settings(_LIMITS, max_examples=250)
        @given(text=queries())
        def agree(text: str) -> None:
            compare(store, text)

        agree()


def compare(store: RandomStore, text: str, given: Given = NOTHING_GIVEN) -> None:
    """Assert that the engine's rows, columns and count of matches are the oracle's, on every road.

    A limit that a value passes is an answer, too.
    """
    note(f"the query: {text}")
    expected = limited(lambda: answer(text, store.tables, NOW, given))
    for road in ROADS:

        def searched(road: dict[str, Any] = road) -> Found:
            result = store.engine.search(text, params=given.parameters, now=NOW, **road)
            names = [column.name for column in result.columns]
            return Found(names, [tuple(row[name] for name in names) for row in result], result.matched)

        found = limited(searched)
        if isinstance(found, str) or isinstance(expected, str):
            assert found == expected, f"{road}"
            continue
        assert found.names == [column.name for column in expected.columns]
        assert len(found.rows) == len(expected.rows), f"{road}"
        for number, (row, wanted) in enumerate(zip(found.rows, expected.rows, strict=True)):
            assert same(row, wanted), f"{road}, row {number}: {row} is not {wanted}"
        assert found.matched == expected.matched, f"{road}: matched"


@dataclass(frozen=True, slots=True)
class Found:
    """What the engine gives."""

    names: list[str]
    rows: list[tuple[Cell, ...]]
    matched: int


def limited(ask: Callable[[], Outcome]) -> Outcome | str:
    """The outcome, or the name of the limit that has stopped it."""
    try:
        return ask()
    except LimitError as error:
        return error.limit_name


def same(found: tuple[Cell, ...], wanted: tuple[Cell, ...]) -> bool:
    """Equal cells of equal types; real numbers to within what the order of additions makes of them."""
    return all(
        type(a) is type(b)
        and (isclose(a, b, rel_tol=1e-12) if isinstance(a, float) and isinstance(b, float) else a == b)
        for a, b in zip(found, wanted, strict=True)
    )
