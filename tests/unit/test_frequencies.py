"""The most frequent values of a field: the same as counted one by one, over any number of segments."""

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

import flowql
from flowql.execution import frequencies
from flowql.execution.dictionaries import SnapshotDictionaries
from flowql.execution.frequencies import Frequencies
from flowql.schema import DEFAULT_LAYOUT, Kind
from flowql.store.segment import Segment
from flowql.store.store import TopicSnapshot, open_store

Record = tuple[str, str]
ALL = 1 << 20
NAMES = ("eni", "Eni-2", "eni-1", "ENI-12", "éni", "a,b", "ß", "zz\uffff", "eni-1\U0001f600", "-a")


def record(name: str, port: str, start: int) -> str:
    cells = dict.fromkeys(DEFAULT_LAYOUT, "-") | {
        "version": "2",
        "interface-id": name,
        "dstport": port,
        "start": str(start),
    }
    return " ".join(cells.values())


def store_of(folder: Path, commits: Sequence[Sequence[Record]]) -> TopicSnapshot:
    """A topic with a segment for each commit, the later ones newer."""
    with flowql.open(folder / "store") as engine:
        for number, records in enumerate(commits):
            path = folder / f"{number}.log"
            lines = [record(*each, 1_700_000_000 + 1000 * number) for each in records]
            path.write_text("\n".join([" ".join(DEFAULT_LAYOUT), *lines]) + "\n")
            assert engine.ingest([path]).records == len(records)
    store = open_store(folder / "store")
    (topic,) = store.topics()
    return store.snapshot(topic)


@pytest.fixture
def commits() -> list[list[Record]]:
    """One with many values, one where the field has one value in every row, one without the field."""
    choose = random.Random(7)  # noqa: S311 - no secret
    many = [(choose.choice(NAMES), str(choose.choice((22, 80, 443, 65535)))) for _ in range(500)]
    return [many, [("eni-1", "-")] * 20, [("-", "22")] * 5]


@pytest.fixture
def segments(tmp_path: Path, commits: list[list[Record]]) -> Sequence[Segment]:
    snapshot = store_of(tmp_path, commits)
    assert len(snapshot.segments) == len(commits)
    return snapshot.segments


@pytest.mark.parametrize(
    "prefix", ["", "e", "ENI", "eni-1", "é", "É", "ß", "z", "zz\uffff", "a,", "-", "nothing"]
)
@pytest.mark.parametrize("count_max", [1, 3, ALL])
def test_texts_are_those_counted_one_by_one(
    segments: Sequence[Segment], commits: list[list[Record]], prefix: str, count_max: int
) -> None:
    found = Frequencies(SnapshotDictionaries()).texts("interface-id", segments, prefix, count_max)
    counts = Counter(name for records in commits for name, _ in records if name != "-")
    expected = {name: n for name, n in counts.items() if lowered(name).startswith(lowered(prefix))}
    assert [n for _, n in found] == sorted(expected.values(), reverse=True)[:count_max]
    assert all(expected[name] == n for name, n in found)
    assert len({name for name, _ in found}) == len(found)


def test_numbers_are_those_counted_one_by_one(
    segments: Sequence[Segment], commits: list[list[Record]]
) -> None:
    found = Frequencies(SnapshotDictionaries()).numbers("dstport", Kind.PORT, segments, ALL)
    counts = Counter(int(port) for records in commits for _, port in records if port != "-")
    assert dict(found) == counts
    assert [n for _, n in found] == sorted(counts.values(), reverse=True)


def test_a_field_that_no_segment_has_has_no_values(segments: Sequence[Segment]) -> None:
    frequencies_ = Frequencies(SnapshotDictionaries())
    assert frequencies_.texts("vpc-id", segments, "", ALL) == []
    assert frequencies_.numbers("srcport", Kind.PORT, segments, ALL) == []
    assert frequencies_.texts("interface-id", [], "", ALL) == []


def test_counts_are_made_once_for_the_same_segments(
    segments: Sequence[Segment], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Frequencies(SnapshotDictionaries())
    first = made.texts("interface-id", segments, "", ALL)
    monkeypatch.setattr(made, "_count", lambda *_: pytest.fail("counted again"))
    assert made.texts("interface-id", segments, "", ALL) == first


def test_of_too_many_values_those_of_the_newest_segments_count(
    segments: Sequence[Segment], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frequencies, "VALUE_COUNT_MAX", 5)
    assert Frequencies(SnapshotDictionaries()).texts("interface-id", segments, "", ALL) == [("eni-1", 20)]


def lowered(text: str) -> str:
    """ASCII letters lowered, and no others."""
    return "".join(c.lower() if c.isascii() else c for c in text)
