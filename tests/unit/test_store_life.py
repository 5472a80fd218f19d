"""A store's life: commits, snapshots, merges, locks, versions, damage."""

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest

import flowql
from flowql.errors import NotAStoreError, StoreDamagedError, StoreLockedError, StoreVersionError
from flowql.schema import TopicName
from flowql.store import writer as writing
from flowql.store.batch import Batch, Checkpoint, IntegerChunk, Piece, Reject
from flowql.store.manifest import latest_manifest, manifest_numbers
from flowql.store.merge import FAN_IN
from flowql.store.store import create_store, open_store
from flowql.store.writer import open_writer

TOPIC = TopicName("default", "flows")
LINE = "2 1 eni-{n} 10.0.0.{n} 10.0.1.1 1000 443 6 1 40 {start} {start} ACCEPT OK\n"


def batch(first: int, count: int, start: int = 1_700_000_000) -> Batch:
    """Records numbered from `first`, a second apart."""
    numbers = np.arange(first, first + count)
    columns = {
        "start": IntegerChunk((start + numbers) * 1_000_000_000),
        "bytes": IntegerChunk(numbers.astype(np.int64)),
        "dstport": IntegerChunk((numbers % 100).astype(np.uint16)),
    }
    return Batch(count, columns, numbers.astype(np.uint64), (Piece("a.log", first + 1, first, count),))


def filled(path: Path, lines: int = 20) -> flowql.Engine:
    """A store with one commit of so many records."""
    source = path.parent / "flows.log"
    source.write_text("".join(LINE.format(n=n, start=1_700_000_000 + n) for n in range(lines)))
    engine = flowql.open(path)
    engine.ingest([source])
    return engine


def test_what_was_not_committed_is_not_there(tmp_path: Path) -> None:
    store = create_store(tmp_path / "store")
    with open_writer(store, TOPIC) as writer:
        writer.add(batch(0, 10), next_sequence=10)
        writer.commit()
        writer.add(batch(10, 5), next_sequence=15)
    assert store.snapshot(TOPIC).row_count == 10
    with open_writer(store, TOPIC) as writer:
        assert writer.next_sequence == 10


def test_a_snapshot_stays_what_it_was(tmp_path: Path) -> None:
    store = create_store(tmp_path / "store")
    with open_writer(store, TOPIC) as writer:
        writer.add(batch(0, 10), next_sequence=10)
        writer.commit()
        before = store.snapshot(TOPIC)
        writer.add(batch(10, 5), next_sequence=15)
        writer.commit()
    assert before.row_count == 10
    assert store.snapshot(TOPIC, before).row_count == 15
    assert before.segments[0].number_column("bytes").read(0, 10)[0].tolist() == list(range(10))


def test_a_snapshot_is_kept_while_nothing_was_committed(tmp_path: Path) -> None:
    store = create_store(tmp_path / "store")
    with open_writer(store, TOPIC) as writer:
        writer.add(batch(0, 10), next_sequence=10)
        writer.commit()
    first = store.snapshot(TOPIC)
    assert store.snapshot(TOPIC, first) is first


def test_merges_keep_every_row_its_number_and_its_line(tmp_path: Path) -> None:
    store = create_store(tmp_path / "store")
    with open_writer(store, TOPIC) as writer:
        for turn in range(FAN_IN + 1):
            # Later commits are earlier in time: merging has to sort.
            writer.add(batch(turn * 10, 10, start=1_700_000_000 - 1000 * turn), next_sequence=turn * 10 + 10)
            writer.commit()
    snapshot = store.snapshot(TOPIC)
    assert len(snapshot.segments) == 2
    assert snapshot.row_count == 10 * (FAN_IN + 1)
    for segment in snapshot.segments:
        sequences = segment.provenance.sequences(0, segment.row_count)
        assert segment.number_column("bytes").read(0, segment.row_count)[0].tolist() == sequences.tolist()
        assert segment.provenance.places(sequences) == [("a.log", int(number) + 1) for number in sequences]
    assert flowql.open(tmp_path / "store").check().ok


def test_the_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    names = []
    for name in ("one", "two"):
        with open_writer(create_store(tmp_path / name), TOPIC) as writer:
            writer.add(batch(0, 300), next_sequence=300)
            writer.commit()
        names.append([path.name for path in (tmp_path / name / "logsets/default/flows/segments").iterdir()])
    assert names[0] == names[1]


def test_a_segment_is_cut_at_its_greatest_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "ROWS_MAX", 25)
    store = create_store(tmp_path / "store")
    with open_writer(store, TOPIC) as writer:
        for turn in range(6):
            writer.add(batch(turn * 10, 10), next_sequence=turn * 10 + 10)
        assert writer.commit().record_count == 60
    assert [segment.row_count for segment in store.snapshot(TOPIC).segments] == [20, 20, 20]


def test_checkpoints_and_rejects_travel_with_the_commit(tmp_path: Path) -> None:
    store = create_store(tmp_path / "store")
    checkpoint = Checkpoint("a.log", 100, "d" * 32, "h" * 32, 100, 10, complete=True, layout=("start",))
    reject = Reject("a.log", 11, "bad-port", "dstport", b"\xff\x00 rubbish")
    with open_writer(store, TOPIC) as writer:
        writer.add(batch(0, 10), [reject], [checkpoint], 11)
        writer.commit()
        assert writer.checkpoints() == [checkpoint]
    assert store.snapshot(TOPIC).rejects() == [reject]
    assert store.snapshot(TOPIC).checkpoints() == [checkpoint]


def test_many_commits_keep_the_checkpoint_files_few(tmp_path: Path) -> None:
    store = create_store(tmp_path / "store")
    with open_writer(store, TOPIC) as writer:
        for turn in range(30):
            checkpoint = Checkpoint(f"{turn}.log", 1, "d", f"h{turn}", 1, 1, complete=True)
            writer.add(batch(turn, 1), (), [checkpoint], turn + 1)
            writer.commit()
        assert len(writer.checkpoints()) == 30
    assert len(store.snapshot(TOPIC).manifest.checkpoints) <= 9


def test_a_second_writer_is_told_who_writes(tmp_path: Path) -> None:
    store = create_store(tmp_path / "store")
    with open_writer(store, TOPIC), pytest.raises(StoreLockedError, match=f"process {os.getpid()} on "):
        open_writer(store, TOPIC)
    open_writer(store, TOPIC).close()


def test_a_newer_store_and_a_newer_topic_are_refused(tmp_path: Path) -> None:
    filled(tmp_path / "store")
    (tmp_path / "store/store.json").write_text('{"format": 99}')
    with pytest.raises(StoreVersionError, match="format 99"):
        flowql.open(tmp_path / "store")


@pytest.mark.parametrize("content", [None, "not json", '{"form": 1}', "[1]"])
def test_a_path_that_is_no_store_is_refused(tmp_path: Path, content: str | None) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    if content is not None:
        (tmp_path / "store.json").write_text(content)
    with pytest.raises(NotAStoreError):
        open_store(tmp_path)
    with pytest.raises(NotAStoreError):
        create_store(tmp_path)
    with pytest.raises(NotAStoreError):
        flowql.open(tmp_path)


def test_a_missing_store_says_how_one_is_made(tmp_path: Path) -> None:
    with pytest.raises(NotAStoreError, match="there is no store"):
        flowql.open(tmp_path / "none").search("REJECT")


def test_a_damaged_manifest_refuses_the_topic(tmp_path: Path) -> None:
    engine = filled(tmp_path / "store")
    folder = tmp_path / "store/logsets/default/flows"
    path = folder / f"manifest-{manifest_numbers(folder)[-1]}.json"
    path.write_bytes(path.read_bytes().replace(b'"rows":20', b'"rows":21'))
    with pytest.raises(StoreDamagedError, match="checksum"):
        latest_manifest(folder)
    assert not engine.check().ok


def test_every_flipped_byte_is_an_error_or_no_matter_but_never_another_answer(tmp_path: Path) -> None:
    grouped = "* | stats count() as n, sum(bytes), dc(srcaddr) by interface-id"
    queries = [grouped, "eni-7", "eni-1* | count", "bytes:40 10.0.0.0/28"]
    engine = filled(tmp_path / "store")
    expected = [list(engine.search(query)) for query in queries]
    every = [path for path in (tmp_path / "store").rglob("*") if path.is_file() and path.stat().st_size]
    files = [path for path in every if path.name not in ("lock", "store.json")]
    random = np.random.default_rng(11)
    noticed = 0
    for path in files:
        content = path.read_bytes()
        for place in random.integers(0, len(content), 6).tolist():
            path.write_bytes(
                content[:place] + bytes([content[place] ^ 1 << place % 8]) + content[place + 1 :]
            )
            fresh = flowql.open(tmp_path / "store")
            assert not fresh.check().ok, (path, place)
            for query, rows in zip(queries, expected, strict=True):
                try:
                    assert list(fresh.search(query)) == rows, (path, place, query)
                except StoreDamagedError:
                    noticed += 1
        path.write_bytes(content)
    assert noticed > len(files)
    assert flowql.open(tmp_path / "store").check().ok


def test_a_missing_file_is_damage_with_its_path(tmp_path: Path) -> None:
    filled(tmp_path / "store")
    (data,) = (tmp_path / "store").rglob("segments/*/data")
    data.unlink()
    with pytest.raises(StoreDamagedError, match="expected a file, found none"):
        flowql.open(tmp_path / "store").search("eni-7")


def test_what_a_crash_left_in_staging_is_swept_and_old_garbage_removed(tmp_path: Path) -> None:
    engine = filled(tmp_path / "store")
    folder = tmp_path / "store/logsets/default/flows"
    (folder / "staging/segment").mkdir()
    (folder / "staging/segment/data").write_bytes(b"half")
    orphan = folder / "segments" / ("0" * 32)
    orphan.mkdir()
    (orphan / "data").write_bytes(b"never named")
    young = folder / "segments" / ("1" * 32)
    young.mkdir()
    long_ago = time.time() - writing.GRACE_S - 60
    os.utime(orphan, (long_ago, long_ago))
    more = tmp_path / "more.log"
    more.write_text(LINE.format(n=77, start=1_700_000_100))
    engine.ingest([more])
    assert not orphan.exists()
    assert young.exists()
    assert engine.count("*") == 21


def test_a_manifest_is_one_line_and_its_checksum(tmp_path: Path) -> None:
    filled(tmp_path / "store")
    folder = tmp_path / "store/logsets/default/flows"
    document, checksum_line = (folder / "manifest-1.json").read_text().splitlines()
    assert json.loads(document)["next_sequence"] == 20
    assert len(checksum_line) == 32


def test_totals_of_counts_that_are_whole_billions_keep_their_unit(tmp_path: Path) -> None:
    source = tmp_path / "big.log"
    lines = [
        f"2 1 eni-1 10.0.0.{n} 10.0.1.1 1 443 6 1 {size} 1700000000 1700000001 ACCEPT OK\n"
        for n, size in ((1, 5 * 10**9), (2, 3 * 10**9))
    ]
    source.write_text("".join(lines))
    engine = flowql.open(tmp_path / "store")
    engine.ingest([source])
    assert [row["sum_bytes"] for row in engine.search("* | stats sum(bytes) by srcaddr")] == [
        5 * 10**9,
        3 * 10**9,
    ]
    measures = next(iter(engine.search("* | stats dc(bytes), sum(bytes), min(bytes), max(bytes)")))
    assert list(measures.values()) == [2, 8 * 10**9, 3 * 10**9, 5 * 10**9]


def test_a_build_that_failed_is_never_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = create_store(tmp_path / "store")
    with open_writer(store, TOPIC) as writer:
        writer.add(batch(0, 4), next_sequence=4)
        monkeypatch.setattr(
            writing, "build_segment", lambda *_: (_ for _ in ()).throw(OSError(28, "no space left"))
        )
        with pytest.raises(OSError, match="no space"):
            writer.commit()
        monkeypatch.undo()
        with pytest.raises(OSError, match="no space"):
            writer.commit()
    assert store.topics() == ()


def test_what_was_merged_away_stays_for_readers_that_hold_it(tmp_path: Path) -> None:
    engine = filled(tmp_path / "store")
    held = engine.search("eni-7")
    for turn in range(FAN_IN + 2):
        more = tmp_path / f"{turn}.log"
        more.write_text(LINE.format(n=turn, start=1_700_000_100 + turn))
        engine.ingest([more])
    assert [row["interface-id"] for row in held] == ["eni-7"]


def test_readers_write_nothing_below_the_store(tmp_path: Path) -> None:
    filled(tmp_path / "store")
    before = sorted(tmp_path.joinpath("store").rglob("*"))
    engine = flowql.open(tmp_path / "store")
    assert engine.count("eni-7") == 1
    assert engine.check().ok
    assert sorted(tmp_path.joinpath("store").rglob("*")) == before


def test_a_file_name_that_is_not_utf8_is_a_name_like_any_other(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/x\xff.log"
    Path(os.fsdecode(path)).write_text(LINE.format(n=1, start=1_700_000_000))
    engine = flowql.open(tmp_path / "store")
    assert engine.ingest([os.fsdecode(path)]).records == 1
    assert engine.count("eni-1") == 1


def test_a_store_is_made_where_an_attempt_was_cut_off(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store/.store.json.77").write_text("{")
    filled(tmp_path / "store")
    assert flowql.open(tmp_path / "store").count("*") == 20


def test_sums_past_the_limit_are_refused_on_both_roads(tmp_path: Path) -> None:
    source = tmp_path / "huge.log"
    source.write_text(
        "".join(
            f"2 1 eni-1 10.0.0.1 10.0.1.1 1 443 6 1 {(1 << 62) + n} 1700000000 1700000001 ACCEPT OK\n"
            for n in range(3)
        )
    )
    engine = flowql.open(tmp_path / "store")
    engine.ingest([source])
    for query in (
        "* | stats sum(bytes)",
        "* | head 10 | stats sum(bytes)",
        "* | head 10 | top 1 srcaddr by bytes",
    ):
        with pytest.raises(flowql.FlowqlError, match="sum_max"):
            list(engine.search(query))
