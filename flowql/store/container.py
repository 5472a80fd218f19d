"""The data file of a segment: many arrays in one file, mapped once, every byte checked before it is believed.

Layout. The file is a sequence of arrays, each little-endian, native width, beginning at a multiple of 64
bytes; the gaps are zero. There is no header: what lies where is in the segment's `segment.json`, which is
written after the data and is itself checked by the manifest:

    "arrays":    {name: [dtype, offset, length]}   dtype as in numpy ("<u4"), offset in bytes, length in items
    "bytes":     the file's size
    "checksums": [xxh3_64 as 16 hex digits, one for each CHUNK_BYTES of the file, the last one shorter]

A reader maps the file, closes its descriptor, and verifies a chunk's checksum before it hands out the first
view that touches it; it never verifies a chunk twice. So damage is an error at the first touch, never a wrong
answer, and opening costs nothing per array.
"""

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import xxhash
from numpy.typing import NDArray

from flowql.errors import Damage, StoreDamagedError

ALIGNMENT = 64
"""Bytes; a cache line, and what numpy and Arrow like best. Part of the format."""
CHUNK_BYTES = 1 << 20
"""Bytes under one checksum. Part of the format; smaller costs metadata, larger makes a first touch dear."""


class ContainerWriter:
    """Writes arrays one after another to an open file; `describe` gives what a reader needs."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._arrays: dict[str, list[Any]] = {}
        self._offset = 0
        self._checksums: list[str] = []
        self._hash = xxhash.xxh3_64()
        self._chunk_left = CHUNK_BYTES

    def add(self, name: str, array: NDArray[Any]) -> None:
        """Append a one-dimensional array under a name that is new."""
        assert name not in self._arrays, name
        assert array.ndim == 1, name
        self._write(bytes(-self._offset % ALIGNMENT))
        array = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        self._arrays[name] = [array.dtype.str, self._offset, len(array)]
        if len(array):
            self._write(array.view(np.uint8).data)

    def describe(self) -> dict[str, Any]:
        """The entries `arrays`, `bytes` and `checksums`; nothing may be added after."""
        if self._chunk_left < CHUNK_BYTES:
            self._checksums.append(self._hash.hexdigest())
            self._chunk_left = CHUNK_BYTES
        return {"arrays": self._arrays, "bytes": self._offset, "checksums": self._checksums}

    def _write(self, data: bytes | memoryview) -> None:
        self._file.write(data)
        self._offset += len(data)
        view = memoryview(data)
        while view:
            part = view[: self._chunk_left]
            self._hash.update(part)
            self._chunk_left -= len(part)
            view = view[len(part) :]
            if not self._chunk_left:
                self._checksums.append(self._hash.hexdigest())
                self._hash.reset()
                self._chunk_left = CHUNK_BYTES


class Container:
    """A mapped data file. Views stay valid when the file is removed; they are read-only."""

    def __init__(self, path: Path, description: dict[str, Any]) -> None:
        self.path = path
        self._arrays: dict[str, list[Any]] = description["arrays"]
        self._checksums: list[str] = description["checksums"]
        self.byte_count: int = description["bytes"]
        self._buffer = _map_file(path, self.byte_count)
        self._verified = bytearray(len(self._checksums))

    def __contains__(self, name: str) -> bool:
        return name in self._arrays

    def array(self, name: str) -> NDArray[Any]:
        """The whole array."""
        dtype, offset, length = self._arrays[name]
        return self._view(name, np.dtype(dtype), offset, length)

    def part(self, name: str, start: int, stop: int) -> NDArray[Any]:
        """Items `start` to `stop` of an array, of which only they are verified."""
        dtype, offset, length = self._arrays[name]
        assert 0 <= start <= stop <= length, (name, start, stop, length)
        item = np.dtype(dtype)
        return self._view(name, item, offset + start * item.itemsize, stop - start)

    def damages(self) -> list[Damage]:
        """Verify every chunk of the file, checked before or not."""
        return [damage for chunk in range(len(self._checksums)) if (damage := self._chunk_damage(chunk))]

    def _view(self, name: str, dtype: np.dtype[Any], offset: int, length: int) -> NDArray[Any]:
        if not length:
            return np.empty(0, dtype)
        first, last = offset // CHUNK_BYTES, (offset + length * dtype.itemsize - 1) // CHUNK_BYTES
        for chunk in range(first, last + 1):
            if not self._verified[chunk]:
                damage = self._chunk_damage(chunk, name)
                if damage:
                    raise StoreDamagedError(damage)
                self._verified[chunk] = 1
        return np.frombuffer(self._buffer, dtype, length, offset)

    def _chunk_damage(self, chunk: int, name: str = "") -> Damage | None:
        start = chunk * CHUNK_BYTES
        found = xxhash.xxh3_64_hexdigest(memoryview(self._buffer)[start : start + CHUNK_BYTES])
        if found == self._checksums[chunk]:
            return None
        part = f"bytes from {start}" + (f", array {name}" if name else "")
        return Damage(self.path, f"checksum {self._checksums[chunk]}", found, part)


def _map_file(path: Path, expected_bytes: int) -> pa.Buffer:
    # Arrow's mapping outlives its file; Python's mmap keeps a descriptor open for as long as it lives.
    try:
        with pa.memory_map(str(path)) as file:
            found = file.size()
            if found != expected_bytes:
                raise StoreDamagedError(Damage(path, f"{expected_bytes} bytes", f"{found} bytes"))
            return file.read_buffer(found)
    except FileNotFoundError as error:
        raise StoreDamagedError(Damage(path, "a file", "none")) from error
