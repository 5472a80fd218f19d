"""Ledgers: the checkpoint and reject files of a topic, immutable JSON lines named by their content.

Owns their form. `checkpoints/<id>.jsonl` has a `Checkpoint` a line, `rejects/<id>.jsonl` a `Reject` a line,
as an object with the type's field names; bytes that are not UTF-8 stand in JSON as the lone surrogates of
Python's "surrogateescape". `<id>` is the xxh3_128 of the file. What a later commit adds stands in a new file;
past FILES_MAX checkpoint files the writer puts one in place of all. Reject files stay as they were written.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from flowql.store.batch import Checkpoint, Reject
from flowql.store.files import checksum, publish, read_checked, write_synced
from flowql.store.manifest import FileEntry

FILES_MAX = 8


def write_ledger(lines: Sequence[str], staging: Path, target: Path) -> FileEntry:
    """Write a file of the given JSON lines; returns its entry for the manifest."""
    data = "".join(line + "\n" for line in lines).encode()
    name = checksum(data)
    staged = staging / "ledger.jsonl"
    write_synced(staged, data)
    publish(staged, target / f"{name}.jsonl")
    return FileEntry(name, len(lines))


def read_ledger(folder: Path, entries: Iterable[FileEntry]) -> list[str]:
    """The JSON lines of the files, oldest first, each file verified."""
    lines: list[str] = []
    for entry in entries:
        lines += read_checked(folder / f"{entry.id}.jsonl", entry.id).decode().splitlines()
    return lines


def checkpoint_line(checkpoint: Checkpoint) -> str:
    """A checkpoint as a JSON line."""
    return json.dumps(asdict(checkpoint))


def checkpoint_of(line: str) -> Checkpoint:
    """The checkpoint of a JSON line."""
    fields = json.loads(line)
    return Checkpoint(**fields | {"layout": tuple(fields["layout"])})


def reject_line(reject: Reject) -> str:
    """A reject as a JSON line."""
    return json.dumps(asdict(reject) | {"raw": reject.raw.decode("utf-8", "surrogateescape")})


def reject_of(line: str) -> Reject:
    """The reject of a JSON line."""
    fields = json.loads(line)
    return Reject(**fields | {"raw": fields["raw"].encode("utf-8", "surrogateescape")})
