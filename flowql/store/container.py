"""The data file of a segment: many arrays in one file, mapped once, every byte checked before it is believed.

Layout. The file is a sequence of arrays, each little-endian, native width, beginning at a multiple of 64
bytes; the gaps are zero. There is no header: what lies where is in the segment's `segment.json`, which is
written after the data and is itself checked by the manifest:

    "arrays":      {name: [dtype, offset, length]}: dtype as numpy's ("<u4"), offset in bytes, length in items
    "bytes":       the file's size
    and what `checksums` needs

A reader maps the file, closes its descriptor, and verifies a chunk's checksum before it hands out the first
view that touches it; it never verifies a chunk twice. So damage is an error at the first touch, never a wrong
answer, and opening costs nothing per array. An array of which chunk after chunk is asked for is verified
whole, as soon as its chunks one by one have cost as much: looking at it costs nothing from then on.
"""

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from flowql.errors import Damage
from flowql.store.checksums import CHUNK_BYTES, SPAN_BYTES, CheckedFile, Hasher

ALIGNMENT = 64
"""Bytes; a cache line, and what numpy and Arrow like best. Part of the format."""
_MANY_PLACES = 4096  # so many places lie in most chunks of an array
_APART_SHARE = 8
"""Verifying one chunk by itself takes as long as verifying so many of a whole array."""


class ContainerWriter:
    """Writes arrays one after another to an open file; `describe` gives what a reader needs."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._arrays: dict[str, list[Any]] = {}
        self._offset = 0
        self._chunks, self._spans = Hasher(CHUNK_BYTES), Hasher(SPAN_BYTES)

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
        return {
            "arrays": self._arrays,
            "bytes": self._offset,
            "chunk_bytes": CHUNK_BYTES,
            "checksums": self._chunks.hexdigests(),
            "span_bytes": SPAN_BYTES,
            "spans": self._spans.hexdigests(),
        }

    def _write(self, data: bytes | memoryview) -> None:
        self._file.write(data)
        self._offset += len(data)
        self._chunks.update(data)
        self._spans.update(data)


class Container:
    """A mapped data file. Views stay valid when the file is removed; they are read-only."""

    def __init__(self, path: Path, description: dict[str, Any]) -> None:
        self.path = path
        self.byte_count: int = description["bytes"]
        self._arrays: dict[str, list[Any]] = description["arrays"]
        self._file = CheckedFile(path, self.byte_count, description)
        self._views: dict[str, NDArray[Any]] = {}
        """The whole arrays, verified or not: making a view takes longer than many a use of it."""
        self._whole: dict[str, NDArray[Any]] = {}
        """Those of which every byte is verified."""
        self._apart: dict[str, int] = {}
        """How many chunks of an array were verified one by one, or a few at a time."""

    def __contains__(self, name: str) -> bool:
        return name in self._arrays

    def array(self, name: str) -> NDArray[Any]:
        """The whole array."""
        known = self._whole.get(name)
        return self._verified(name) if known is None else known

    def part(self, name: str, start: int, stop: int) -> NDArray[Any]:
        """Items `start` to `stop` of an array, of which only they are verified."""
        view = self._view(name)
        assert 0 <= start <= stop <= len(view), (name, start, stop, len(view))
        if name not in self._whole:
            _, offset, _ = self._arrays[name]
            size = view.itemsize
            self._account(name, self._file.verify(offset + start * size, offset + stop * size, name))
        return view[start:stop]

    def items(self, name: str, places: NDArray[Any]) -> NDArray[Any]:
        """The items at places of an array, in any order; only the chunks that they lie in are verified."""
        whole = self._whole.get(name)
        if whole is None and len(places) >= _MANY_PLACES:
            whole = self.array(name)
        if whole is not None:
            return whole.take(places)
        view = self._view(name)
        _, offset, _ = self._arrays[name]
        self._account(name, self._file.verify_places(places * np.int64(view.itemsize) + offset, name))
        return view.take(places)

    def damages(self) -> list[Damage]:
        """Verify every byte of the file, checked before or not."""
        return self._file.damages()

    def _account(self, name: str, new_count: int) -> None:
        """Verify all of an array of which so many chunks were verified by themselves that it pays."""
        if new_count:
            count = self._apart[name] = self._apart.get(name, 0) + new_count
            if count * _APART_SHARE * self._file.chunk_bytes >= self._views[name].nbytes:
                self._verified(name)

    def _verified(self, name: str) -> NDArray[Any]:
        """The whole array, every byte of which is verified now."""
        view = self._view(name)
        _, offset, _ = self._arrays[name]
        self._file.verify(offset, offset + view.nbytes, name)
        self._whole[name] = view
        return view

    def _view(self, name: str) -> NDArray[Any]:
        """The whole array, its bytes not verified."""
        view = self._views.get(name)
        if view is None:
            dtype, offset, length = self._arrays[name]
            held = np.frombuffer(self._file.buffer, dtype, length, offset) if length else np.empty(0, dtype)
            view = self._views[name] = held
        return view
