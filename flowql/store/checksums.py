"""Checksums of a file's bytes, and what of it is believed already.

Owns two sizes of what lies under one checksum: chunks, for a lookup touches a few bytes in each of many
places that nobody asked for before, and spans of many chunks, for a scan wants all bytes of a long part.
Hashing a span takes half of the time that its chunks take one by one, and lets other threads run meanwhile.

A description of a file has
    "chunk_bytes", "span_bytes": the bytes under one checksum; a span is a whole number of chunks
    "checksums", "spans":        the xxh3_64 of each chunk, and of each span, the last one shorter, 16 hex
                                 digits each, joined
"""

from pathlib import Path
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from flowql.errors import Damage, StoreDamagedError
from flowql.store.mapping import MappedFile

CHUNK_BYTES = 1 << 14
"""A multiple of every item. A writer's choice: 8 bytes of metadata for each."""
SPAN_BYTES = 1 << 20
"""A writer's choice, too."""
_OLD_CHUNK_BYTES = 1 << 20
_WORTH_A_SPAN = 16
"""Hashing a span takes about as long as hashing so many chunks one by one."""
_DIGEST_BYTES = 8
_FEW_PLACES = 16
"""For so many, Python looks at chunks faster than numpy's calls begin to."""


class Hasher:
    """The checksums of bytes that are written one part after another."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._digests = bytearray()
        self._hash = xxhash.xxh3_64()
        self._begun = 0
        """Bytes of the last chunk, which is not whole yet."""

    def update(self, data: bytes | memoryview) -> None:
        """Add bytes."""
        view = memoryview(data)
        if self._begun:
            view = self._go_on(view)
        whole = len(view) - len(view) % self._size
        for first in range(0, whole, self._size):
            self._digests += xxhash.xxh3_64_digest(view[first : first + self._size])
        if whole < len(view):
            self._go_on(view[whole:])

    def hexdigests(self) -> str:
        """All of them, joined; nothing may be added after."""
        if self._begun:
            self._end()
        return self._digests.hex()

    def _go_on(self, view: memoryview) -> memoryview:
        """Add to the chunk that is not whole yet; what is left behind it."""
        part = view[: self._size - self._begun]
        self._hash.update(part)
        self._begun += len(part)
        if self._begun == self._size:
            self._end()
        return view[len(part) :]

    def _end(self) -> None:
        self._digests += self._hash.digest()
        self._hash.reset()
        self._begun = 0


class CheckedFile:
    """A mapped file; a part of it is compared with its checksums before it is believed, and never again."""

    def __init__(self, path: Path, byte_count: int, description: dict[str, Any]) -> None:
        self.path = path
        self._file = MappedFile(path, byte_count)
        self.buffer = self._file.buffer
        # Before chunks became small, their size was not told, and checksums came as a list.
        self.chunk_bytes: int = description.get("chunk_bytes", _OLD_CHUNK_BYTES)
        self._checksums = bytes.fromhex("".join(description["checksums"]))
        # Before there were spans, every chunk was one.
        self._span_chunks: int = description.get("span_bytes", self.chunk_bytes) // self.chunk_bytes
        self._spans = bytes.fromhex(description["spans"]) if "spans" in description else self._checksums
        self.verified = bytearray(len(self._checksums) // _DIGEST_BYTES)
        """For each chunk whether it is believed."""
        self._is_verified = np.frombuffer(self.verified, bool)

    def verify(self, start: int, stop: int, name: str) -> int:
        """Believe bytes `start` to `stop`, of the array `name`; how many chunks were compared one by one.

        Raises `StoreDamagedError`.
        """
        if start >= stop:
            return 0
        first, after = start // self.chunk_bytes, (stop - 1) // self.chunk_bytes + 1
        if 0 not in self.verified[first:after]:
            return 0
        return self._verify_run(first, after, name)

    def verify_places(self, places: NDArray[np.int64], name: str) -> int:
        """Believe the bytes at places, of the array `name`; how many chunks were compared one by one."""
        if len(places) <= _FEW_PLACES:
            chunks = {place // self.chunk_bytes for place in places.tolist()}
            chunks = {chunk for chunk in chunks if not self.verified[chunk]}
        else:
            touched = places // self.chunk_bytes
            chunks = set(touched[~self._is_verified[touched]].tolist())
        for chunk in chunks:
            self._file.will_read(chunk * self.chunk_bytes, (chunk + 1) * self.chunk_bytes)
        return sum(self._verify_chunk(chunk, name) for chunk in chunks)

    def damages(self) -> list[Damage]:
        """Compare every chunk and span of the file, compared before or not."""
        damages = []
        for span in range(-(-len(self.verified) // self._span_chunks)):
            found = [each for chunk in self._chunks_of(span) if (each := self._chunk_damage(chunk))]
            damage = None if found else self._span_damage(span)
            damages += found or ([damage] if damage else [])
        return damages

    def _verify_run(self, first: int, after: int, name: str) -> int:
        """Believe the chunks from `first` to before `after`: spans where many of one's chunks are wanted."""
        if after - first < _WORTH_A_SPAN:
            self._file.will_read(first * self.chunk_bytes, after * self.chunk_bytes)
            return sum(self._verify_chunk(chunk, name) for chunk in range(first, after))
        size = self._span_chunks
        wanted = [
            (span, max(first, span * size), min(after, (span + 1) * size))
            for span in range(first // size, (after - 1) // size + 1)
        ]
        whole = {span for span, low, high in wanted if self.verified.count(0, low, high) >= _WORTH_A_SPAN}
        start = first if wanted[0][0] not in whole else wanted[0][0] * size
        stop = after if wanted[-1][0] not in whole else (wanted[-1][0] + 1) * size
        self._file.will_read(start * self.chunk_bytes, stop * self.chunk_bytes)
        count = 0
        for span, low, high in wanted:
            if span not in whole:
                count += sum(self._verify_chunk(chunk, name) for chunk in range(low, high))
            elif damage := self._span_damage(span):
                raise StoreDamagedError(
                    next(filter(None, map(self._chunk_damage, self._chunks_of(span))), damage)
                )
            else:
                chunks = self._chunks_of(span)
                self.verified[chunks.start : chunks.stop] = b"\x01" * len(chunks)
        return count

    def _chunks_of(self, span: int) -> range:
        return range(span * self._span_chunks, min((span + 1) * self._span_chunks, len(self.verified)))

    def _verify_chunk(self, chunk: int, name: str) -> bool:
        """Believe one chunk; whether it had to be compared."""
        if self.verified[chunk]:
            return False
        damage = self._chunk_damage(chunk, name)
        if damage:
            raise StoreDamagedError(damage)
        self.verified[chunk] = 1
        return True

    def _chunk_damage(self, chunk: int, name: str = "") -> Damage | None:
        return self._damage(chunk, self.chunk_bytes, self._checksums, name)

    def _span_damage(self, span: int) -> Damage | None:
        return self._damage(span, self._span_chunks * self.chunk_bytes, self._spans, "")

    def _damage(self, place: int, size: int, checksums: bytes, name: str) -> Damage | None:
        start = place * size
        found = xxhash.xxh3_64_digest(memoryview(self.buffer)[start : start + size])
        expected = checksums[place * _DIGEST_BYTES : (place + 1) * _DIGEST_BYTES]
        if found == expected:
            return None
        part = f"bytes from {start}" + (f", array {name}" if name else "")
        return Damage(self.path, f"checksum {expected.hex()}", found.hex(), part)
