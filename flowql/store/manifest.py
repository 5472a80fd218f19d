"""Manifests: what counts in a topic, and the commit that makes it count.

Owns `manifest-<n>.json`, the one file whose appearance makes records visible. Layout: one line of JSON, then
one line with the xxh3_128 of the first line (its newline included). The document:

    {"format": 1, "next_sequence": n, "fields": [canonical names in order],
     "segments":    [{"id", "rows", "bytes", "start_missing", "start_min", "start_max"}, ...]   in ns or null
     "checkpoints": [{"id", "count"}, ...]      checkpoints/<id>.jsonl, oldest first
     "rejects":     [{"id", "count"}, ...]      rejects/<id>.jsonl
     "terms":       [id, ...]}                  terms/<id>/

Order of writes, and what a crash leaves. (1) Segments, terms, checkpoint and reject files are built in
`staging/`, synced, renamed to their place, the place's folder synced. A crash here leaves files that no
manifest names: garbage. (2) The manifest is written to `staging/`, synced, renamed to `manifest-<n>.json`
with n one above the highest, the topic's folder synced. A crash before the rename leaves the old manifest the
highest, after it the new one; both are whole. (3) Only then is the commit acknowledged.

So a reader takes the highest number; one that has a wrong checksum was damaged after it counted, and the
topic is refused rather than answered from an older one. Nothing is ever concluded from a listing of other
files.
"""

import json
import os
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from flowql.errors import Damage, StoreDamagedError, StoreVersionError
from flowql.store.files import checksum, encode_json, publish, write_synced

FORMAT = 1
_NAME = re.compile(r"manifest-(0|[1-9][0-9]*)\.json")


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """A segment that counts. Starts in nanoseconds, None when no row has one."""

    id: str
    rows: int
    bytes: int
    start_missing: int
    start_min: int | None
    start_max: int | None


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A checkpoint or reject file that counts, and how many entries it has."""

    id: str
    count: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """One commit of a topic. Number 0 is a topic before its first commit; it has no file."""

    number: int = 0
    next_sequence: int = 0
    fields: tuple[str, ...] = ()
    segments: tuple[SegmentEntry, ...] = ()
    checkpoints: tuple[FileEntry, ...] = ()
    rejects: tuple[FileEntry, ...] = ()
    terms: tuple[str, ...] = ()

    @property
    def row_count(self) -> int:
        """The records that are visible."""
        return sum(segment.rows for segment in self.segments)


def latest_manifest(topic_folder: Path) -> Manifest:
    """The highest-numbered manifest, or the empty one.

    Raises `StoreDamagedError` when it is not what was written.
    """
    while True:
        numbers = manifest_numbers(topic_folder)
        if not numbers:
            return Manifest()
        try:
            return read_manifest(topic_folder, numbers[-1])
        except FileNotFoundError:
            continue  # a newer commit's clean-up took it between listing and reading: list again


def manifest_numbers(topic_folder: Path | str) -> list[int]:
    """The numbers of the manifests on disk, ascending."""
    with os.scandir(topic_folder) as entries:
        return sorted(int(match[1]) for entry in entries if (match := _NAME.fullmatch(entry.name)))


def manifest_path(topic_folder: Path, number: int) -> Path:
    """Where manifest `number` lies."""
    return topic_folder / f"manifest-{number}.json"


def read_manifest(topic_folder: Path, number: int) -> Manifest:
    """Read one manifest and verify its checksum."""
    path = manifest_path(topic_folder, number)
    document, _, last = path.read_bytes().partition(b"\n")
    found = checksum(document + b"\n")
    if last.decode(errors="replace").strip() != found:
        raise StoreDamagedError(Damage(path, f"checksum {last.decode(errors='replace').strip()}", found))
    fields = json.loads(document)
    version = fields.pop("format")
    if version > FORMAT:
        raise StoreVersionError(
            f"{path} has format {version}, and this FlowQL reads up to {FORMAT}", hint="upgrade flowql"
        )
    return Manifest(
        number=number,
        next_sequence=fields["next_sequence"],
        fields=tuple(fields["fields"]),
        segments=tuple(SegmentEntry(**entry) for entry in fields["segments"]),
        checkpoints=tuple(FileEntry(**entry) for entry in fields["checkpoints"]),
        rejects=tuple(FileEntry(**entry) for entry in fields["rejects"]),
        terms=tuple(fields["terms"]),
    )


def commit_manifest(topic_folder: Path, manifest: Manifest) -> Manifest:
    """Make `manifest` the topic's newest one.

    Returns it with the number that it got. Only the topic's writer may.
    """
    manifest = replace(manifest, number=manifest.number + 1)
    document = asdict(manifest) | {"format": FORMAT}
    del document["number"]
    line = encode_json(document)
    staged = topic_folder / "staging" / "manifest.json"
    write_synced(staged, line + checksum(line).encode() + b"\n")
    publish(staged, manifest_path(topic_folder, manifest.number))
    return manifest
