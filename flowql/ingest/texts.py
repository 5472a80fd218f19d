"""The text of a source: its bytes as they come, decompressed, with a running digest of what was read.

Owns the file formats (plain, gzip, zstd) and what is left of a damaged file. Knows nothing of lines.
"""

import os
import select
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa
import xxhash

from flowql.errors import InputError
from flowql.ingest.sources import Source
from flowql.store.batch import HEAD_BYTES

TEXT_BYTES = 8 << 20
"""How much of a plain file is read at once: one block's worth."""
PACKED_BYTES = 1 << 18
"""How much of a compressed file or a stream is read at once."""

_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_PARQUET_MAGIC = b"PAR1"
_GZIP_WINDOW = 31  # zlib's name for: a gzip header, the greatest window
_LINE_LOOK_BYTES = 1 << 16
_STREAM_WAIT_S = 1.0
_TRICKLE_BYTES = 64


class DamagedError(InputError):
    """A compressed file that ends too early or does not decompress: what came before was given."""

    code = "damaged"


class FormatError(InputError):
    """A file in a format that is known, and not read."""

    code = "unsupported-format"


class RawInput:
    """The bytes of an opened source, counted and digested as they are read.

    `byte_count` have been read; `head` is the first HEAD_BYTES of them.
    """

    def __init__(self, file: BinaryIO, source: Source) -> None:
        self._file = file
        self._is_stream = source.is_stream
        self._hash = xxhash.xxh3_128()
        self._kept = b""
        self.byte_count = 0
        self.head = b""

    @property
    def digest(self) -> str:
        """xxh3_128 of the bytes read so far, in hexadecimal."""
        return self._hash.hexdigest()

    def skip(self, count: int) -> None:
        """Read `count` bytes for their digest alone."""
        end = self.byte_count + count
        while self.byte_count < end and self.read(min(TEXT_BYTES, end - self.byte_count)):
            pass

    def look(self, count: int) -> bytes:
        """The next bytes, up to `count` and perhaps fewer, without taking them."""
        if not self._is_stream:
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
        if self._is_stream:
            return self.read(PACKED_BYTES)
        ahead = os.pread(self._file.fileno(), _LINE_LOOK_BYTES, self.byte_count + count)
        return self.read(count + ahead.find(b"\n") + 1)

    def wait(self) -> bool:
        """Whether something, or the end, can be read now; waits a moment. Always true for files."""
        if not self._is_stream or self._kept:
            return True
        try:
            ready, _, _ = select.select([self._file], [], [], _STREAM_WAIT_S)
        except (OSError, ValueError):  # not a descriptor: an object in memory, which never waits
            return True
        return bool(ready)

    def _read(self, count: int) -> bytes:
        # A buffered stream's `read` waits for all of `count`; `read1` gives what there is.
        read = getattr(self._file, "read1", self._file.read)
        return bytes(read(count) or b"")


def texts_of(raw: RawInput, name: str, skip_bytes: int = 0) -> Iterator[bytes]:
    """The text of a source from an offset on, piece by piece.

    An empty piece means that nothing came for a moment (streams only). Raises DamagedError after the last
    bytes that could be decompressed, FormatError before any, OSError.
    """
    while not raw.wait():
        yield b""
    start = raw.look(len(_PARQUET_MAGIC))
    if start.startswith(_GZIP_MAGIC):
        yield from _from_offset(_gzip_texts(raw, name), skip_bytes)
    elif start == _ZSTD_MAGIC:
        yield from _from_offset(_zstd_texts(raw, name), skip_bytes)
    elif start == _PARQUET_MAGIC:
        raise FormatError(f"{name} is a Parquet file, which is not read yet")
    else:
        raw.skip(skip_bytes)
        yield from _plain_texts(raw)


def _from_offset(texts: Iterator[bytes], skip_bytes: int) -> Iterator[bytes]:
    for text in texts:
        yield text[skip_bytes:] if skip_bytes else text
        skip_bytes = max(0, skip_bytes - len(text))


def _plain_texts(raw: RawInput) -> Iterator[bytes]:
    while True:
        while not raw.wait():
            yield b""
        text = raw.read_lines(TEXT_BYTES)
        if not text:
            return
        yield text


def _gzip_texts(raw: RawInput, name: str) -> Iterator[bytes]:
    inflater = zlib.decompressobj(_GZIP_WINDOW)
    packed = b""
    while True:
        if not packed:
            while not raw.wait():
                yield b""
            packed = raw.read(PACKED_BYTES)
        if inflater.eof:  # between two members; zeros are padding, as on tapes
            packed = packed.lstrip(b"\0")
            if packed:
                inflater = zlib.decompressobj(_GZIP_WINDOW)
        if not packed:
            break
        before = inflater.copy()
        try:
            text = inflater.decompress(packed, TEXT_BYTES)
        except zlib.error as error:
            yield _until_damage(before, packed)
            raise DamagedError(f"{name} is damaged: {_reason(error)}") from error
        packed = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
        if text:
            yield text
    yield inflater.flush()
    if not inflater.eof:
        raise DamagedError(f"{name} is cut off: the gzip data has no end")


def _reason(error: zlib.error) -> str:
    return str(error).rpartition(": ")[2]


def _until_damage(inflater: "zlib._Decompress", packed: bytes) -> bytes:
    """What a piece that does not decompress as a whole gives in small bites, up to the bad one."""
    texts = []
    try:
        for i in range(0, len(packed), _TRICKLE_BYTES):
            before, bite = inflater.copy(), packed[i : i + _TRICKLE_BYTES]
            texts.append(inflater.decompress(bite))
    except zlib.error:
        texts.append(_bytewise(before, bite))
    return b"".join(texts)


def _bytewise(inflater: "zlib._Decompress", bite: bytes) -> bytes:
    texts = []
    try:
        while bite:
            texts.append(inflater.decompress(bite[:1]))
            bite = bite[1:]
    except zlib.error:
        return b"".join(texts)
    raise AssertionError("a bite that does not decompress whole does not in parts")


def _zstd_texts(raw: RawInput, name: str) -> Iterator[bytes]:
    stream = pa.CompressedInputStream(pa.PythonFile(_Readable(raw), mode="r"), "zstd")
    while True:
        try:
            text = stream.read(PACKED_BYTES)
        except OSError as error:
            raise DamagedError(f"{name} is damaged or cut off: {error}") from error
        if not text:
            return
        yield text


class _Readable:
    """As much of a file object as Arrow asks of one."""

    closed = False

    def __init__(self, raw: RawInput) -> None:
        self._raw = raw

    def read(self, count: int) -> bytes:
        """At most `count` bytes."""
        return self._raw.read(count)

    def close(self) -> None:
        """The source is closed by who opened it."""
