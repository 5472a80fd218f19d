"""The writer of a topic: batches in, commits out.

Owns the lock, the order of a commit's writes (manifest.py says why), the sequence counter, and clean-up. One
writer a topic; readers never notice it but by new manifests. Segments are built in the background, one at a
time, while batches go on arriving: memory holds at most the waiting records of one segment and the building
of another.
"""

import fcntl
import logging
import os
import shutil
import socket
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from flowql.errors import StoreDamagedError, StoreLockedError
from flowql.schema import Field, Schema, TopicName, field_named, schema_of
from flowql.store.batch import AddressChunk, Batch, Checkpoint, Chunk, IntegerChunk, Reject, TextChunk
from flowql.store.files import publish, sync_folder
from flowql.store.ledgers import (
    FILES_MAX,
    checkpoint_line,
    checkpoint_of,
    read_ledger,
    reject_line,
    write_ledger,
)
from flowql.store.manifest import (
    FileEntry,
    SegmentEntry,
    commit_manifest,
    latest_manifest,
    manifest_numbers,
    manifest_path,
    read_manifest,
)
from flowql.store.merge import choose_merge
from flowql.store.segment import ROWS_MAX, Segment
from flowql.store.segment_builder import build_segment
from flowql.store.store import Store
from flowql.store.vocabulary import Generation, Vocabulary, write_generation

PENDING_BYTES_MAX = 1 << 30
"""Bytes of parsed columns at which a segment is cut, however few its rows."""
REJECT_BYTES_MAX = 64 << 20
"""Bytes of rejected lines at which a commit is made, so that a file of rubbish does not fill the memory."""
GRACE_S = 600
"""Age at which a file that the newest manifests do not name is removed.

Time for a reader between manifest and mapping.
"""
_ENCODERS = 2
_LOGGER = logging.getLogger(__name__)
_FOLDERS = ("segments", "terms", "checkpoints", "rejects")


@dataclass(frozen=True, slots=True)
class CommitInfo:
    """What a commit made visible."""

    manifest: int
    record_count: int


@dataclass(slots=True)
class _Pending:
    """What the next commit will make durable."""

    batches: list[Batch] = field(default_factory=list)
    row_count: int = 0
    byte_count: int = 0
    reject_bytes: int = 0
    rejects: list[Reject] = field(default_factory=list)
    checkpoints: dict[tuple[str, str], Checkpoint] = field(default_factory=dict)
    fields: dict[str, None] = field(default_factory=dict)
    next_sequence: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.batches or self.rejects or self.checkpoints)


class TopicWriter:
    """The one writer of a topic, from `open_writer` to `close`; a context manager.

    Leaving it without `commit` leaves invisible what was not committed. Called from one thread.
    """

    def __init__(self, folder: Path, lock: IO[str]) -> None:
        self._folder = folder
        self._lock = lock
        self._manifest = latest_manifest(folder)
        self._vocabulary = Vocabulary(Generation(folder / "terms" / name) for name in self._manifest.terms)
        self._builder = ThreadPoolExecutor(1, "flowql-build")
        self._encoders = ThreadPoolExecutor(_ENCODERS, "flowql-encode")
        self._building: Future[None] | None = None
        self._failed: BaseException | None = None
        self._pending = _Pending(next_sequence=self._manifest.next_sequence)
        self._fields = dict.fromkeys(self._manifest.fields)
        self._committed_count = 0

    @property
    def schema(self) -> Schema:
        """The topic's fields so far, those of waiting batches included."""
        return schema_of(self._fields)

    @property
    def next_sequence(self) -> int:
        """The first sequence number that no line has."""
        return self._pending.next_sequence

    def checkpoints(self) -> list[Checkpoint]:
        """The latest checkpoint of each source, of all commits."""
        lines = read_ledger(self._folder / "checkpoints", self._manifest.checkpoints)
        return list({(each.source, each.head): each for each in map(checkpoint_of, lines)}.values())

    def add(
        self,
        batch: Batch,
        rejects: Sequence[Reject] = (),
        checkpoints: Sequence[Checkpoint] = (),
        next_sequence: int | None = None,
        fields: Sequence[str] = (),
    ) -> None:
        """Take one block's records, in line order.

        `next_sequence` is the first free number after the block, lines that gave no record included.
        `checkpoints` say how far the sources are once this block is in; they become durable with its records.
        `fields` are the layout's names, so that a field without any value is known all the same. Cuts and
        commits a segment in the background when enough waits; blocks while one is being built.
        """
        batch = batch.narrowed()
        byte_count = sum(map(_chunk_bytes, batch.columns.values()))
        pending = self._pending
        too_many = pending.row_count + batch.record_count > ROWS_MAX
        too_big = pending.batches and pending.byte_count + byte_count > PENDING_BYTES_MAX
        if too_many or too_big or pending.reject_bytes > REJECT_BYTES_MAX:
            self._flush()
            pending = self._pending
        if batch.record_count:
            pending.batches.append(batch)
        pending.row_count += batch.record_count
        pending.byte_count += byte_count
        pending.rejects += rejects
        pending.reject_bytes += sum(len(reject.raw) for reject in rejects)
        pending.checkpoints.update({(each.source, each.head): each for each in checkpoints})
        self._fields.update(dict.fromkeys(fields))
        self._fields.update(dict.fromkeys(name for name in batch.columns if name not in self._fields))
        if next_sequence is not None:
            pending.next_sequence = next_sequence

    def commit(self) -> CommitInfo:
        """Make all that was added durable and visible, and merge what is due; returns when both are done."""
        self._flush()
        self._wait()
        info = CommitInfo(self._manifest.number, self._committed_count)
        self._committed_count = 0
        self._merge_what_is_due()
        self._remove_garbage()
        return info

    def close(self) -> None:
        """Let go of the lock. What was not committed stays invisible."""
        self._builder.shutdown(cancel_futures=True)
        self._encoders.shutdown()
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- building and committing

    def _flush(self) -> None:
        """Hand what waits to the builder, when the builder is done with what it had."""
        self._wait()
        if self._pending.is_empty and self._pending.next_sequence == self._manifest.next_sequence:
            return
        pending, self._pending = self._pending, _Pending(next_sequence=self._pending.next_sequence)
        pending.fields = dict(self._fields)
        self._building = self._builder.submit(self._build_and_commit, pending)

    def _wait(self) -> None:
        """Wait for the builder. A build that failed fails every later call: no commit may pass it over."""
        if self._failed:
            raise self._failed
        if self._building:
            building, self._building = self._building, None
            self._failed = building.exception()
            if self._failed:
                raise self._failed

    def _build_and_commit(self, pending: _Pending) -> None:
        manifest = replace(self._manifest, fields=tuple(pending.fields), next_sequence=pending.next_sequence)
        if pending.batches:
            fields = [field_named(name) for name in pending.fields]
            entry, segment = self._build(pending.batches, fields)
            pending.batches.clear()
            manifest = replace(manifest, segments=(*manifest.segments, entry), terms=self._add_terms(segment))
        staging = self._folder / "staging"
        if pending.rejects:
            lines = [reject_line(reject) for reject in pending.rejects]
            ledger = write_ledger(lines, staging, self._folder / "rejects")
            manifest = replace(manifest, rejects=(*manifest.rejects, ledger))
        if pending.checkpoints:
            manifest = replace(
                manifest, checkpoints=self._add_checkpoints(list(pending.checkpoints.values()))
            )
        self._manifest = commit_manifest(self._folder, manifest)
        self._committed_count += pending.row_count

    def _build(self, batches: list[Batch], fields: list[Field]) -> tuple[SegmentEntry, Segment]:
        staged = self._folder / "staging" / "segment"
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir()
        name = build_segment(batches, fields, staged, self._encoders)
        sync_folder(staged)
        target = self._folder / "segments" / name
        if not target.exists():
            publish(staged, target)
        segment = Segment(target)
        low, high = segment.start_bounds or (None, None)
        entry = SegmentEntry(name, segment.row_count, segment.byte_count, segment.start_missing, low, high)
        return entry, segment

    def _add_terms(self, segment: Segment) -> tuple[str, ...]:
        kept = write_generation(
            self._vocabulary, segment.text_values(), self._folder / "staging", self._folder / "terms"
        )
        known = {each.id: each for each in self._vocabulary.generations}
        self._vocabulary = Vocabulary(
            known.get(name) or Generation(self._folder / "terms" / name) for name in kept
        )
        return tuple(kept)

    def _add_checkpoints(self, new: list[Checkpoint]) -> tuple[FileEntry, ...]:
        entries = self._manifest.checkpoints
        if len(entries) >= FILES_MAX:
            latest = {(each.source, each.head): each for each in [*self.checkpoints(), *new]}
            entries, new = (), list(latest.values())
        lines = [checkpoint_line(each) for each in new]
        return (*entries, write_ledger(lines, self._folder / "staging", self._folder / "checkpoints"))

    def _merge_what_is_due(self) -> None:
        try:
            while chosen := choose_merge(self._manifest.segments):
                self._merge(chosen)
        except StoreDamagedError as error:
            # What was committed counts all the same; the damage is for `check`, and for whoever reads there.
            _LOGGER.warning("no merge: %s", error)

    def _merge(self, chosen: list[SegmentEntry]) -> None:
        batches = [Segment(self._folder / "segments" / entry.id).as_batch() for entry in chosen]
        entry, _ = self._build(batches, [field_named(name) for name in self._fields])
        merged = {each.id for each in chosen}
        kept = tuple(each for each in self._manifest.segments if each.id not in merged)
        self._manifest = commit_manifest(self._folder, replace(self._manifest, segments=(*kept, entry)))

    # ---- clean-up

    def _remove_garbage(self) -> None:
        """Remove what neither the newest manifest names nor one that was superseded a short time ago."""
        before = time.time() - GRACE_S
        numbers = manifest_numbers(self._folder)
        kept = [self._manifest]
        for number, following in pairwise(numbers):
            # A manifest is in use until some time after the next one came.
            if manifest_path(self._folder, following).stat().st_mtime < before:
                manifest_path(self._folder, number).unlink()
            else:
                kept.append(read_manifest(self._folder, number))
        named = {
            "segments": {entry.id for manifest in kept for entry in manifest.segments},
            "terms": {name for manifest in kept for name in manifest.terms},
            "checkpoints": {f"{entry.id}.jsonl" for manifest in kept for entry in manifest.checkpoints},
            "rejects": {f"{entry.id}.jsonl" for manifest in kept for entry in manifest.rejects},
        }
        for folder, names in named.items():
            for path in (self._folder / folder).iterdir():
                if path.name not in names:
                    _remove_if_old(path, before)


def open_writer(store: Store, topic: TopicName) -> TopicWriter:
    """Become the topic's writer.

    Makes the topic when there is none. Raises `StoreLockedError`, which says who writes.
    """
    folder = store.topic_folder(topic)
    if not folder.exists():
        folder.mkdir(parents=True)
        sync_folder(folder.parent)
        sync_folder(folder.parent.parent)
    lock = _take_lock(folder / "lock", topic)
    try:
        shutil.rmtree(folder / "staging", ignore_errors=True)
        for name in ("staging", *_FOLDERS):
            (folder / name).mkdir(exist_ok=True)
        sync_folder(folder)
        return TopicWriter(folder, lock)
    except BaseException:
        lock.close()
        raise


def _take_lock(path: Path, topic: TopicName) -> IO[str]:
    lock = path.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        holder = lock.read().strip() or "another process"
        lock.close()
        raise StoreLockedError(
            f"topic {topic} is being written by {holder}", hint="wait for it to end"
        ) from error
    lock.truncate(0)
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    lock.write(f"process {os.getpid()} on {socket.gethostname()} since {since}\n")
    lock.flush()
    return lock


def _remove_if_old(path: Path, before: float) -> None:
    try:
        if path.stat().st_mtime >= before:
            return
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    except FileNotFoundError:
        return  # gone is what was wanted


def _chunk_bytes(chunk: Chunk) -> int:
    match chunk:
        case TextChunk(values, codes):
            return codes.nbytes + int(values.nbytes)
        case AddressChunk(high, low, codes):
            return codes.nbytes + high.nbytes + low.nbytes
        case IntegerChunk(values, present):
            return values.nbytes + (0 if present is None else present.nbytes)
