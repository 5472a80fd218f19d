"""Every pair: FlowQL's answer, on both roads, and on the kernels without the optimizer, is DuckDB's."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import duckdb
import pytest

import flowql
from flowql.engine import Engine
from flowql.errors import LimitError
from oracle.scratch import scratch_folder
from peers import published_pairs, row_pairs, small_pairs, stats_pairs, time_pairs
from peers.log import write_log
from peers.pairs import Answer, Pair, Rows, difference
from peers.peer import peer_over, write_assets

ROADS: tuple[tuple[Literal["auto", "residual"], bool], ...] = (
    ("auto", True),
    ("auto", False),
    ("residual", True),
)
FINDING = (
    *stats_pairs.PAIRS,
    *time_pairs.PAIRS,
    *row_pairs.PAIRS,
    *published_pairs.PAIRS,
)
"""Pairs whose answers have rows."""
PAIRS = (*FINDING, *small_pairs.PAIRS)


@dataclass
class Both:
    """One log in FlowQL and in its peer, which is asked each question once."""

    engine: Engine
    peer: duckdb.DuckDBPyConnection
    _asked: dict[str, Answer] = field(default_factory=dict)

    def expected(self, pair: Pair) -> Answer:
        """What the peer says."""
        if pair.sql not in self._asked:
            cursor = self.peer.execute(pair.sql)
            names = tuple(column[0] for column in cursor.description or ())
            self._asked[pair.sql] = Answer(names, cursor.fetchall())
        return self._asked[pair.sql]

    def found(self, pair: Pair, road: Literal["auto", "residual"], *, optimized: bool) -> Answer:
        """What FlowQL says."""
        result = self.engine.search(pair.query, road=road, optimized=optimized)
        names = tuple(column.name for column in result.columns)
        return Answer(names, [tuple(row.values()) for row in result])


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    with scratch_folder("peers") as folder:
        paths = write_log(folder)
        write_assets(folder / "assets.csv")
        with flowql.open(folder / "store", lists={"assets": folder / "assets.csv"}) as engine:
            for path in paths:
                engine.ingest(path)
            yield Both(engine, peer_over(paths))


def pairs_on_roads() -> Iterator[Any]:
    for pair in PAIRS:
        marks = [pytest.mark.xfail(reason=pair.wrong, strict=True)] if pair.wrong else []
        for road, optimized in ROADS:
            name = f"{pair.name}, {road}{'' if optimized else ', as written'}"
            yield pytest.param(pair, road, optimized, id=name, marks=marks)


@pytest.mark.parametrize(("pair", "road", "optimized"), list(pairs_on_roads()))
def test_both_say_the_same(
    both: Both, pair: Pair, road: Literal["auto", "residual"], *, optimized: bool
) -> None:
    expected = both.expected(pair)
    told = difference(expected, both.found(pair, road, optimized=optimized))
    assert told is None, f"{pair.query}\n{told}"


@pytest.mark.parametrize("pair", FINDING, ids=lambda pair: pair.name)
def test_every_question_finds_something(both: Both, pair: Pair) -> None:
    assert any(value is not None for row in both.expected(pair).rows for value in row)


@pytest.mark.parametrize(("road", "optimized"), ROADS)
def test_what_the_peer_counts_beyond_64_bits_is_refused(
    both: Both, road: Literal["auto", "residual"], *, optimized: bool
) -> None:
    sums = "SELECT sum(bytes * 2::HUGEINT) FROM log WHERE \"interface-id\" = 'eni-great'"
    assert both.peer.execute(sums).fetchone()[0] > 1 << 63  # type: ignore[index]
    for stages, limit in (
        ("eval half = bytes - 1000, other = bytes | stats sum(half) as a, sum(other) as b", None),
        ("eval twice = bytes * 2 | stats count(twice)", "integer_max"),
        ("eval more = bytes + 1000T | stats sum(more)", "sum_max"),
        (
            "where bytes>1000T | dedup dstaddr, dstport | eval x = bytes + 2Gi * 2Gi | stats sum(x)",
            "integer_max",
        ),
    ):
        query = f"interface-id:eni-great | {stages}"
        result = both.engine.search(query, road=road, optimized=optimized)
        if limit is None:
            assert len(list(result)) == 1
            continue
        with pytest.raises(LimitError) as caught:
            list(result)
        assert caught.value.limit_name == limit


@pytest.mark.parametrize(
    ("expected", "found", "told"),
    [
        ([(1, "a"), (2, None)], [(1, "a"), (2, None)], None),
        ([(0.1 + 0.2,)], [(0.3,)], None),
        ([(1.0,)], [(1.0 + 1e-11,)], "row 0"),
        ([(1.0,)], [(1,)], "row 0"),
        ([(1,)], [(1.0,)], "row 0"),
        ([(0,)], [(None,)], "row 0"),
        ([(1,), (2,)], [(2,), (1,)], "row 0"),
        ([(1,)], [(1,), (2,)], "row 1"),
        ([(1,), (2,)], [(1,)], "row 1"),
    ],
)
def test_differences_are_told(expected: Rows, found: Rows, told: str | None) -> None:
    names = ("n", "m")[: len(expected[0])]
    difference_told = difference(Answer(names, expected), Answer(names, found))
    assert difference_told is None if told is None else told in str(difference_told)
    assert "columns" in str(difference(Answer(names, expected), Answer(("other",), found)))
