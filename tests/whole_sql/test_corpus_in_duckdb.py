"""The golden corpus and random queries: DuckDB gives by their SQL what FlowQL gives."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from flowql.errors import FlowqlError
from flowql.plan.sql import NoSqlError
from oracle.random_clauses import GIVEN_LISTS, GIVEN_PARAMETERS
from oracle.random_queries import given_queries
from oracle.random_records import BASE_S, RandomStore, build_store
from oracle.scratch import scratch_folder
from whole_sql.corpus import Outcome, files, outcomes, told
from whole_sql.exported import Exported, differences, rows_of

NOW = (BASE_S + 1100) * 1_000_000_000
SIZES = ((11, 1, 1), (13, 300, 7), (15, 1200, 12))
"""Seed, records, commits."""
STEP = 29
"""One text in so many is asked in every run, and all of them in the long one."""
REFUSED = {"lookup @assets": 16, "lookup @services": 1}
"""What of the corpus SQL cannot say, and how many texts ask for it: any other refusal is a failure."""
REFUSED_AT_RANDOM = (*REFUSED, "the text of a real number")
"""What of the random queries SQL cannot say."""
_LIMITS = settings(database=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])


def test_some_golden_queries_have_one_answer() -> None:
    """A part of each file; where it begins goes by the file's place."""
    found = [each for place, path in enumerate(files()) for each in _outcomes(path, place % STEP, STEP)]
    assert len(found) > 100
    _check(found)
    assert {each.refused for each in found if each.refused} <= REFUSED.keys()


@pytest.mark.long
@pytest.mark.timeout(900)
def test_all_golden_queries_have_one_answer() -> None:
    found = [each for path in files() for each in _outcomes(path, 0, 1)]
    _check(found)
    assert Counter(each.refused for each in found if each.refused) == REFUSED


def _outcomes(path: Path, place: int, step: int) -> list[Outcome]:
    with scratch_folder("whole-sql") as folder:
        return list(outcomes(path, folder, place, step))


def _check(found: list[Outcome]) -> None:
    wrong = [each for each in found if each.differences]
    assert not wrong, told(wrong)


@pytest.fixture(scope="module")
def stores() -> Iterator[list[tuple[RandomStore, Exported]]]:
    """Random stores and their exports."""
    with scratch_folder("whole-sql") as folder:
        (folder / "lists").mkdir()
        for name, lines in GIVEN_LISTS.items():
            (folder / "lists" / f"{name}.txt").write_text("\n".join(lines) + "\n")
        built = []
        for seed, record_count, commit_count in SIZES:
            own = folder / str(seed)
            own.mkdir()
            store = build_store(own, seed, record_count, commit_count, lists=folder / "lists")
            built.append((store, Exported(own)))
        yield built
        for store, exported in built:
            store.engine.close()
            exported.close()


@settings(_LIMITS, max_examples=25)
@given(place=st.integers(0, len(SIZES) - 1), text=given_queries())
def test_random_queries_have_one_answer(
    stores: list[tuple[RandomStore, Exported]], place: int, text: str
) -> None:
    """The same queries in every run."""
    _compare(*stores[place], text)


@pytest.mark.long
@pytest.mark.timeout(900)
@settings(_LIMITS, max_examples=2000)
@given(place=st.integers(0, len(SIZES) - 1), text=given_queries())
def test_random_queries_have_one_answer_at_length(
    stores: list[tuple[RandomStore, Exported]], place: int, text: str
) -> None:
    """Other queries in every run."""
    _compare(*stores[place], text)


def _compare(store: RandomStore, exported: Exported, text: str) -> None:
    """Both give the same rows, or both fail, or SQL cannot say it, and that is known."""
    options = {"now": NOW, "params": GIVEN_PARAMETERS}
    try:
        sql = store.engine.sql(text, **options)
    except NoSqlError as error:
        if error.part not in REFUSED_AT_RANDOM:
            raise
        return
    try:
        expected = store.engine.search(text, **options).to_arrow()
    except FlowqlError:
        with pytest.raises(Exception, match=r"Error"):
            exported.answer(sql, store.engine)
        return
    names, rows = exported.answer(sql, store.engine)
    assert names == expected.column_names, text
    assert not [*differences(rows, rows_of(expected))], text
