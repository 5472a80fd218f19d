"""The data file of a segment: many arrays in one file, mapped once, every byte checked before it is believed.

Layout. The file is a sequence of arrays, each little-endian, native width, beginning at a multiple of 64
bytes; the gaps are zero. There is no header: what lies where is in the segment's `segment.json`, which is
written after the data and is itself checked by the manifest:

    "arrays":      {name: [dtype, offset, length]}: dtype as numpy's ("<u4"), offset in bytes, length in items
    "bytes":       the file's size
    "chunk_bytes": the bytes under one checksum
    "checksums":   the xxh3_64 of each chunk of the file, the last one shorter, 16 hex digits each, joined

A reader maps the file, closes its descriptor, and verifies a chunk's checksum before it hands out the first
view that touches it; it never verifies a chunk twice. So damage is an error at the first touch, never a wrong
answer, and opening costs nothing per array. Chunks are small, for a lookup touches a few bytes in each of
many places that nobody asked for before: verifying 16 KiB for each costs it microseconds.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import xxhash
from numpy.typing import NDArray

from flowql.errors import Damage, StoreDamagedError
from flowql.store.mapping import MappedFile

ALIGNMENT = 64
"""Bytes; a cache line, and what numpy and Arrow like best. Part of the format."""
CHUNK_BYTES = 1 << 14
"""Bytes under one checksum, a multiple of every item. A writer's choice: 8 bytes of metadata for each."""
_OLD_CHUNK_BYTES = 1 << 20
_DIGEST_BYTES = 8
_MANY_PLACES = 4096  # so many places lie in most chunks of an array


class ContainerWriter:
    """Writes arrays one after another to an open file; `describe` gives what a reader needs."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._arrays: dict[str, list[Any]] = {}
        self._offset = 0
        self._checksums = bytearray()
        self._hash = xxhash.xxh3_64()
        self._begun = 0
        """Bytes of the chunk that is not whole yet."""

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
        """What a reader needs; nothing may be added after."""
        if self._begun:
            self._end_chunk()
        return {
            "arrays": self._arrays,
            "bytes": self._offset,
            "chunk_bytes": CHUNK_BYTES,
            "checksums": self._checksums.hex(),
        }

    def _write(self, data: bytes | memoryview) -> None:
        self._file.write(data)
        self._offset += len(data)
        view = memoryview(data)
        if self._begun:
            view = self._go_on(view)
        whole = len(view) - len(view) % CHUNK_BYTES
        for first in range(0, whole, CHUNK_BYTES):
            self._checksums += xxhash.xxh3_64_digest(view[first : first + CHUNK_BYTES])
        if whole < len(view):
            self._go_on(view[whole:])

    def _go_on(self, view: memoryview) -> memoryview:
        """Add to the chunk that is not whole yet; what is left behind it."""
        part = view[: CHUNK_BYTES - self._begun]
        self._hash.update(part)
        self._begun += len(part)
        if self._begun == CHUNK_BYTES:
            self._end_chunk()
        return view[len(part) :]

    def _end_chunk(self) -> None:
        self._checksums += self._hash.digest()
        self._hash.reset()
        self._begun = 0


class Container:
    """A mapped data file. Views stay valid when the file is removed; they are read-only."""

    def __init__(self, path: Path, description: dict[str, Any]) -> None:
        self.path = path
        self._arrays: dict[str, list[Any]] = description["arrays"]
        # Before chunks became small, their size was not told, and checksums came as a list.
        self._chunk_bytes: int = description.get("chunk_bytes", _OLD_CHUNK_BYTES)
        self._checksums = bytes.fromhex("".join(description["checksums"]))
        self.byte_count: int = description["bytes"]
        self._file = MappedFile(path, self.byte_count)
        self._buffer = self._file.buffer
        self._verified = bytearray(len(self._checksums) // _DIGEST_BYTES)
        self._is_verified = np.frombuffer(self._verified, bool)
        self._views: dict[str, NDArray[Any]] = {}
        """The whole arrays, verified or not: making a view takes longer than many a use of it."""
        self._whole: dict[str, NDArray[Any]] = {}
        """Those of which every byte is verified."""

    def __contains__(self, name: str) -> bool:
        return name in self._arrays

    def array(self, name: str) -> NDArray[Any]:
        """The whole array."""
        known = self._whole.get(name)
        if known is None:
            known = self._view(name)
            self._verify(name, 0, len(known))
            self._whole[name] = known
        return known

    def part(self, name: str, start: int, stop: int) -> NDArray[Any]:
        """Items `start` to `stop` of an array, of which only they are verified."""
        view = self._view(name)
        assert 0 <= start <= stop <= len(view), (name, start, stop, len(view))
        if name not in self._whole:
            self._verify(name, start, stop)
        return view[start:stop]

    def items(self, name: str, places: NDArray[Any]) -> NDArray[Any]:
        """The items at places of an array, in any order; only the chunks that they lie in are verified."""
        view = self._view(name)
        if name not in self._whole and len(places) >= _MANY_PLACES:
            self.array(name)
        elif name not in self._whole:
            _, offset, _ = self._arrays[name]
            touched = (places * np.int64(view.itemsize) + offset) // self._chunk_bytes
            if not self._is_verified[touched].all():
                chunks = np.unique(touched).tolist()
                for chunk in chunks:
                    self._file.will_read(chunk * self._chunk_bytes, (chunk + 1) * self._chunk_bytes)
                self._verify_chunks(chunks, name)
        found: NDArray[Any] = view[places]
        return found

    def damages(self) -> list[Damage]:
        """Verify every chunk of the file, checked before or not."""
        data = memoryview(self._buffer)
        return [each for chunk in range(len(self._verified)) if (each := self._damage(data, chunk))]

    def _view(self, name: str) -> NDArray[Any]:
        """The whole array, its bytes not verified."""
        view = self._views.get(name)
        if view is None:
            dtype, offset, length = self._arrays[name]
            held = np.frombuffer(self._buffer, dtype, length, offset) if length else np.empty(0, dtype)
            view = self._views[name] = held
        return view

    def _verify(self, name: str, start: int, stop: int) -> None:
        """Believe items `start` to `stop` of an array, or raise `StoreDamagedError`."""
        if start == stop:
            return
        _, offset, _ = self._arrays[name]
        size = self._views[name].itemsize
        first, last = (
            (offset + start * size) // self._chunk_bytes,
            (offset + stop * size - 1) // self._chunk_bytes,
        )
        if 0 in self._verified[first : last + 1]:
            self._file.will_read(first * self._chunk_bytes, (last + 1) * self._chunk_bytes)
            self._verify_chunks(range(first, last + 1), name)

    def _verify_chunks(self, chunks: Iterable[int], name: str) -> None:
        data = memoryview(self._buffer)
        for chunk in chunks:
            if not self._verified[chunk]:
                damage = self._damage(data, chunk, name)
                if damage:
                    raise StoreDamagedError(damage)
                self._verified[chunk] = 1

    def _damage(self, data: memoryview, chunk: int, name: str = "") -> Damage | None:
        start = chunk * self._chunk_bytes
        found = xxhash.xxh3_64_digest(data[start : start + self._chunk_bytes])
        expected = self._checksums[chunk * _DIGEST_BYTES : (chunk + 1) * _DIGEST_BYTES]
        if found == expected:
            return None
        part = f"bytes from {start}" + (f", array {name}" if name else "")
        return Damage(self.path, f"checksum {expected.hex()}", found.hex(), part)
