"""Few rows found in all segments at once, against plain Python, whatever mix of few and many the clauses are."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import flowql
from flowql.engine import Engine
from flowql.execution import rows, select
from flowql.execution.select import SegmentSearch
from flowql.plan.predicates import Everything, Predicate, describe
from flowql.schema import TopicName
from flowql.store import postings
from flowql.store.batch import AddressChunk, Batch, IntegerChunk, Piece, TextChunk
from flowql.store.docset import Docset
from flowql.store.store import create_store
from flowql.store.writer import open_writer
from flowql.values import parse_address

SEGMENTS, ROWS = 4, 300
ACTIONS = ("ACCEPT", "REJECT", "reject")
HOSTS = [f"10.0.{n // 20}.{n}" for n in range(60)]


def rows_of(segment: int) -> list[dict[str, Any]]:
    """Rows of one segment: of hosts some are rare, and ports and actions are not."""
    random = np.random.default_rng(segment)
    places = np.minimum(random.geometric(0.06, (2, ROWS)), len(HOSTS)) - 1
    return [
        {
            "srcaddr": HOSTS[places[0, n]],
            "dstaddr": HOSTS[places[1, n]],
            "dstport": int(random.integers(0, 4)),
            "action": ACTIONS[random.integers(0, 3)],
            "bytes": int(random.integers(0, 100)),
            "start": 1_700_000_000 + segment * 100 + n,
        }
        for n in range(ROWS)
    ]


def batch(rows: list[dict[str, Any]], first: int) -> Batch:
    def addresses(name: str) -> AddressChunk:
        numbers = [parse_address(host) or 0 for host in HOSTS]
        high = np.array([number >> 64 for number in numbers], np.uint64)
        low = np.array([number & ((1 << 64) - 1) for number in numbers], np.uint64)
        return AddressChunk(high, low, np.array([HOSTS.index(row[name]) for row in rows], np.int32))

    def integers(name: str, dtype: str, unit: int = 1) -> IntegerChunk:
        return IntegerChunk(np.array([row[name] * unit for row in rows], dtype))

    columns = {
        "srcaddr": addresses("srcaddr"),
        "dstaddr": addresses("dstaddr"),
        "dstport": integers("dstport", "u2"),
        "action": TextChunk(
            pa.array(ACTIONS), np.array([ACTIONS.index(row["action"]) for row in rows], np.int32)
        ),
        "bytes": integers("bytes", "i8"),
        "start": integers("start", "i8", 10**9),
    }
    sequences = np.arange(first, first + len(rows), dtype=np.uint64)
    return Batch(len(rows), columns, sequences, (Piece("a.log", first + 1, first, len(rows)),))


@pytest.fixture(scope="module")
def every() -> list[dict[str, Any]]:
    return [row for segment in range(SEGMENTS) for row in rows_of(segment)]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A store of several segments, whose times overlap, with bitmaps from eight rows on."""
    path = tmp_path_factory.mktemp("sparse") / "store"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "DENSE_ROWS", 8)
        with open_writer(create_store(path), TopicName("default", "flows")) as writer:
            for segment in range(SEGMENTS):
                writer.add(batch(rows_of(segment), segment * ROWS), next_sequence=(segment + 1) * ROWS)
                writer.commit()
    with flowql.open(path) as engine:
        yield engine


RARE, RARER, BUSY = HOSTS[40], HOSTS[37], HOSTS[0]
CASES: dict[str, Callable[[dict[str, Any]], bool]] = {
    f"ip:{RARE}": lambda r: RARE in (r["srcaddr"], r["dstaddr"]),
    f"ip:{RARE} ip:{RARER}": lambda r: {RARE, RARER} <= {r["srcaddr"], r["dstaddr"]},
    f"ip:{RARE} ip:{BUSY}": lambda r: {RARE, BUSY} <= {r["srcaddr"], r["dstaddr"]},
    f"ip:{BUSY}": lambda r: BUSY in (r["srcaddr"], r["dstaddr"]),
    f"srcaddr:{RARE} dstport:2": lambda r: r["srcaddr"] == RARE and r["dstport"] == 2,
    f"srcaddr:{RARE} NOT dstport:2": lambda r: r["srcaddr"] == RARE and r["dstport"] != 2,
    f"srcaddr:{RARE} NOT (dstport:2 OR action:REJECT)": lambda r: (
        r["srcaddr"] == RARE and r["dstport"] != 2 and r["action"] == "ACCEPT"
    ),
    f"srcaddr:{RARE} bytes>50 action:reject": lambda r: (
        r["srcaddr"] == RARE and r["bytes"] > 50 and r["action"] != "ACCEPT"
    ),
    f"srcaddr in ({RARE}, {RARER}) dstport:1": lambda r: r["srcaddr"] in (RARE, RARER) and r["dstport"] == 1,
    "srcaddr:10.0.2.44/30 bytes>20": lambda r: r["srcaddr"] in HOSTS[44:48] and r["bytes"] > 20,
    "srcaddr:10.0.2.0/24 dstport:1": lambda r: r["srcaddr"].startswith("10.0.2.") and r["dstport"] == 1,
    f"srcaddr:{RARE} OR dstaddr:{RARER}": lambda r: r["srcaddr"] == RARE or r["dstaddr"] == RARER,
    f"srcaddr:{RARE} OR dstport:3": lambda r: r["srcaddr"] == RARE or r["dstport"] == 3,
    f"NOT ip:{BUSY} dstport:0": lambda r: BUSY not in (r["srcaddr"], r["dstaddr"]) and r["dstport"] == 0,
    f"since 1700000200 until 1700000400 ip:{RARE}": lambda r: (
        1_700_000_200 <= r["start"] < 1_700_000_400 and RARE in (r["srcaddr"], r["dstaddr"])
    ),
    "ip:192.0.2.1": lambda _: False,
    "ip:192.0.2.1 dstport:1": lambda _: False,
}


@pytest.mark.parametrize("query", CASES)
@pytest.mark.parametrize("head", [3, 50, 100_000])
def test_rows_and_counts(engine: Engine, every: list[dict[str, Any]], query: str, head: int) -> None:
    found = [(row["start"], place, row) for place, row in enumerate(every) if CASES[query](row)]
    newest = [row for _, _, row in sorted(found, key=lambda each: each[:2], reverse=True)]
    result = engine.search(f"{query} | head {head}")
    assert list(result) == newest[:head]
    assert result.matched == len(newest)
    assert engine.count(query) == len(newest)


@pytest.mark.parametrize("query", CASES)
def test_rows_of_windows_of_time(
    engine: Engine, every: list[dict[str, Any]], query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is dear to answer for a whole segment is asked window by window."""
    monkeypatch.setattr(SegmentSearch, "is_cheap", False)
    monkeypatch.setattr(rows, "BLOCK_ROWS", 32)
    found = [(row["start"], place, row) for place, row in enumerate(every) if CASES[query](row)]
    newest = [row for _, _, row in sorted(found, key=lambda each: each[:2], reverse=True)]
    assert list(engine.search(f"{query} | head 7")) == newest[:7]
    assert list(engine.search(query)) == newest
    last = (1_700_000_000 + (SEGMENTS - 1) * 100 + ROWS - 1) * 10**9
    is_newest = property(lambda search: search.scan.segment.start_bounds[1] == last)
    monkeypatch.setattr(SegmentSearch, "is_cheap", is_newest)
    assert list(engine.search(f"{query} | head 7")) == newest[:7]


@pytest.mark.parametrize("query", CASES)
@pytest.mark.parametrize("limit", [0, 1 << 62])
def test_candidates_may_be_looked_at_one_by_one_or_not(
    engine: Engine, every: list[dict[str, Any]], query: str, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = select._looks
    # So many rows in a segment make all candidates few, or none.
    monkeypatch.setattr(select, "_looks", lambda nodes, candidates, _: looks(nodes, candidates, limit))
    assert engine.count(query) == sum(map(CASES[query], every))


def test_what_is_sparse_is_found_for_all_segments_at_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without this every case above would pass by the segments' own ways."""
    settled: list[Predicate] = []

    def settle(search: SegmentSearch, candidates: Docset, rest: Predicate) -> None:
        settled.append(rest)
        kept(search, candidates, rest)

    kept = SegmentSearch.settle
    monkeypatch.setattr(SegmentSearch, "settle", settle)
    for query in (f"ip:{RARE}", f"ip:{RARE} ip:{RARER}"):
        engine.count(query)
    assert settled == [Everything()] * 2 * SEGMENTS
    settled.clear()
    engine.count(f"srcaddr:{RARE} dstport:2")
    assert [describe(rest) for rest in settled] == ["dstport in [2]"] * SEGMENTS
    settled.clear()
    engine.count(f"ip:{BUSY}")
    assert not settled
