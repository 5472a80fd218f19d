"""Durable files: written whole, synced, renamed into place, and read back against a checksum.

Owns the one way in which FlowQL writes and reads small files, and the hash that everything is checked with
(xxh3_128, as 32 hexadecimal digits). Knows nothing of what the files hold.
"""

import json
import os
from pathlib import Path
from typing import Any

import xxhash

from flowql.errors import Damage, StoreDamagedError


def checksum(data: bytes | memoryview) -> str:
    """xxh3_128 of `data`, 32 hexadecimal digits."""
    return xxhash.xxh3_128_hexdigest(data)


def encode_json(document: Any) -> bytes:
    """The one byte form of a JSON document: sorted keys, no blanks, UTF-8, a newline at the end."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def write_synced(path: Path, data: bytes) -> None:
    """Write `path` and sync it. The folder's entry is not synced: see `sync_folder`."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make renames and new names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def publish(staged: Path, target: Path) -> None:
    """Rename a synced file or folder from the staging folder to its place, durably."""
    staged.rename(target)
    sync_folder(target.parent)


def read_checked(path: Path, expected: str) -> bytes:
    """The bytes of `path`, which must have the checksum `expected`; raises `StoreDamagedError` otherwise."""
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise StoreDamagedError(Damage(path, "a file", "none")) from error
    found = checksum(data)
    if found != expected:
        raise StoreDamagedError(Damage(path, f"checksum {expected}", found))
    return data
