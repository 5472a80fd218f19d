"""Checking a topic: every byte against its checksum, every count against the others.

Owns what `flowql check` says. It reads everything that the newest manifest names and writes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from flowql.errors import Damage, StoreDamagedError
from flowql.schema import Field, TopicName
from flowql.store.ledgers import read_ledger
from flowql.store.manifest import FileEntry, Manifest, SegmentEntry, latest_manifest
from flowql.store.merge import segments_per_instant
from flowql.store.segment import START, Segment
from flowql.store.store import Store
from flowql.store.vocabulary import Generation


@dataclass(frozen=True, slots=True)
class TopicCheck:
    """What was verified of a topic, and what was found wrong."""

    name: TopicName
    manifest: int
    segment_count: int
    row_count: int
    byte_count: int
    segments_per_instant: float
    """The mean number of segments over one instant; 4 or fewer is good."""
    damages: tuple[Damage, ...]


def check_topic(store: Store, name: TopicName) -> TopicCheck:
    """Verify a topic."""
    folder = store.topic_folder(name)
    try:
        manifest = latest_manifest(folder)
    except StoreDamagedError as error:
        return TopicCheck(name, 0, 0, 0, 0, 0.0, (error.damage,))
    damages = list(_damages(folder, manifest))
    byte_count = sum(entry.bytes for entry in manifest.segments)
    overlap = segments_per_instant(manifest.segments)
    return TopicCheck(
        name, manifest.number, len(manifest.segments), manifest.row_count, byte_count, overlap, tuple(damages)
    )


def _damages(folder: Path, manifest: Manifest) -> Iterator[Damage]:
    for entry in manifest.segments:
        yield from _segment_damages(folder / "segments" / entry.id, entry, manifest)
    for name in manifest.terms:
        try:
            yield from Generation(folder / "terms" / name).damages()
        except StoreDamagedError as error:
            yield error.damage
    for kind, entries in (("checkpoints", manifest.checkpoints), ("rejects", manifest.rejects)):
        for file in entries:
            yield from _ledger_damages(folder / kind, file)


def _ledger_damages(folder: Path, entry: FileEntry) -> Iterator[Damage]:
    try:
        found = len(read_ledger(folder, [entry]))
    except StoreDamagedError as error:
        yield error.damage
        return
    if found != entry.count:
        yield Damage(folder / f"{entry.id}.jsonl", f"{entry.count} lines", str(found))


def _segment_damages(folder: Path, entry: SegmentEntry, manifest: Manifest) -> Iterator[Damage]:
    try:
        segment = Segment(folder)
    except StoreDamagedError as error:
        yield error.damage
        return
    damages = segment.container.damages()
    yield from damages
    if not damages:
        yield from _miscounts(segment, entry, manifest)


def _miscounts(segment: Segment, entry: SegmentEntry, manifest: Manifest) -> Iterator[Damage]:
    """Counts that must agree.

    Rows of every column, its postings and its present values, order, bounds, sequence numbers.
    """
    path = segment.container.path
    if segment.row_count != entry.rows:
        yield Damage(path, f"{entry.rows} rows", str(segment.row_count))
    if (segment.start_bounds or (None, None)) != (entry.start_min, entry.start_max):
        yield Damage(path, f"starts {entry.start_min} to {entry.start_max}", str(segment.start_bounds))
    for field in segment.fields:
        summary = segment.summary(field.name)
        assert summary is not None
        found = _present_count(segment, field)
        if found != summary.present_count:
            yield Damage(path, f"{summary.present_count} present values", str(found), field.name)
    sequences = segment.provenance.sequences(0, segment.row_count)
    if len(np.unique(sequences)) != segment.row_count or int(sequences.max()) >= manifest.next_sequence:
        yield Damage(path, f"distinct sequence numbers below {manifest.next_sequence}", "others", "sequence")
    column = segment.number_column(START)
    if column is not None:
        starts = column.read(segment.start_missing, segment.row_count)[0]
        if (np.diff(starts) < 0).any():
            yield Damage(path, "rows ordered by start", "disorder", START)


def _present_count(segment: Segment, field: Field) -> int:
    """The present values as the rows have them; -1 when the postings or the zone maps count otherwise."""
    if not field.kind.is_dictionary:
        numbers = segment.number_column(field.name)
        assert numbers is not None
        found = segment.row_count - len(numbers.missing_rows)
        return found if int(numbers.zone_present.sum()) == found else -1
    column = segment.dictionary_column(field.name)
    assert column is not None
    codes = column.codes(0, segment.row_count)
    counts = np.bincount(codes, minlength=column.code_count)
    return segment.row_count - int(counts[0]) if np.array_equal(counts, column.counts()) else -1
