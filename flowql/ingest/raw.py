"""The bytes of an opened source: read in order, counted, and digested as they are read.

Owns how files and streams are read and waited for, and the error of bytes that are not what their format
promises. Knows no format.
"""

import os
import select
from typing import BinaryIO, Protocol

import xxhash

from flowql.errors import InputError
from flowql.ingest.sources import Source
from flowql.store.batch import HEAD_BYTES

PACKED_BYTES = 1 << 18
"""How much of a compressed file or a stream is read at once."""

_SKIP_BYTES = 8 << 20
_LINE_LOOK_BYTES = 1 << 16
_STREAM_WAIT_S = 1.0


class DamagedError(InputError):
    """A compressed file that ends too early or does not decompress: what came before was given."""

    code = "damaged"


class Bytes(Protocol):
    """What a decompressor needs of its input."""

    def wait(self) -> bool:
        """Whether something, or the end, can be read now; waits a moment."""

    def read(self, count: int) -> bytes:
        """The next bytes, at most `count`; none at the end."""


class RawInput:
    """The bytes of an opened source, counted and digested as they are read.

    `byte_count` have been read; `head` is the first HEAD_BYTES of them.
    """

    def __init__(self, file: BinaryIO, source: Source) -> None:
        self._file = file
        self._hash = xxhash.xxh3_128()
        self._kept = b""
        self.is_stream = source.is_stream
        self.byte_count = 0
        self.head = b""

    @property
    def digest(self) -> str:
        """xxh3_128 of the bytes read so far, in hexadecimal."""
        return self._hash.hexdigest()

    def skip(self, count: int) -> None:
        """Read `count` bytes for their digest alone."""
        end = self.byte_count + count
        while self.byte_count < end and self.read(min(_SKIP_BYTES, end - self.byte_count)):
            pass

    def look(self, count: int) -> bytes:
        """The next bytes, up to `count` and perhaps fewer, without taking them."""
        if not self.is_stream:
            return os.pread(self._file.fileno(), count, self.byte_count)
        while len(self._kept) < count and (data := self._read(count - len(self._kept))):
            self._kept += data
        return self._kept[:count]

    def read(self, count: int) -> bytes:
        """The next bytes, at most `count`; none at the end."""
        data, self._kept = (
            (self._kept[:count], self._kept[count:]) if self._kept else (self._read(count), b"")
        )
        self._hash.update(data)
        self.byte_count += len(data)
        if len(self.head) < HEAD_BYTES:
            self.head += data[: HEAD_BYTES - len(self.head)]
        return data

    def read_lines(self, count: int) -> bytes:
        """About `count` bytes, up to a line's end if one is near, so that no part of a line is left over."""
        if self.is_stream:
            return self.read(PACKED_BYTES)
        ahead = os.pread(self._file.fileno(), _LINE_LOOK_BYTES, self.byte_count + count)
        return self.read(count + ahead.find(b"\n") + 1)

    def wait(self) -> bool:
        """Whether something, or the end, can be read now; waits a moment. Always true for files."""
        if not self.is_stream or self._kept:
            return True
        try:
            ready, _, _ = select.select([self._file], [], [], _STREAM_WAIT_S)
        except (OSError, ValueError):  # not a descriptor: an object in memory, which never waits
            return True
        return bool(ready)

    def from_start(self) -> Bytes:
        """The bytes of a file from its beginning on: those read already once more, then the others."""
        assert not self.is_stream, "a stream is read once"
        return _FromStart(self, self._file)

    def _read(self, count: int) -> bytes:
        # A buffered stream's `read` waits for all of `count`; `read1` gives what there is.
        read = getattr(self._file, "read1", self._file.read)
        return bytes(read(count) or b"")


class _FromStart:
    """A file's bytes from its beginning on; those that were read before are not counted again."""

    def __init__(self, raw: RawInput, file: BinaryIO) -> None:
        self._raw = raw
        self._file = file
        self._again = raw.byte_count
        self._place = 0

    def wait(self) -> bool:
        return True

    def read(self, count: int) -> bytes:
        if self._place == self._again:
            return self._raw.read(count)
        data = os.pread(self._file.fileno(), min(count, self._again - self._place), self._place)
        self._place += len(data)
        return data
