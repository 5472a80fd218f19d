"""The text of a source: its bytes as they come, or decompressed.

Owns the file formats (plain, gzip, zstd), told by a file's first bytes. Knows nothing of lines.
"""

from collections.abc import Iterator

import pyarrow as pa

from flowql.errors import InputError
from flowql.ingest.gunzip import from_offset, gunzip
from flowql.ingest.raw import PACKED_BYTES, DamagedError, RawInput

TEXT_BYTES = 8 << 20
"""How much of a plain file is read at once, and about how much of a packed one's text: a block's worth."""

_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_PARQUET_MAGIC = b"PAR1"


class FormatError(InputError):
    """A file in a format that is known, and not read."""

    code = "unsupported-format"


def texts_of(raw: RawInput, name: str, skip_bytes: int = 0) -> Iterator[bytes]:
    """The text of a source from an offset on, piece by piece.

    An empty piece means that nothing came for a moment (streams only). Raises DamagedError after the last
    bytes that could be decompressed, FormatError before any, OSError.
    """
    while not raw.wait():
        yield b""
    start = raw.look(len(_PARQUET_MAGIC))
    if start.startswith(_GZIP_MAGIC):
        yield from _gathered(from_offset(gunzip(raw, name, TEXT_BYTES), skip_bytes), raw)
    elif start == _ZSTD_MAGIC:
        yield from _gathered(from_offset(_zstd_texts(raw, name), skip_bytes), raw)
    elif start == _PARQUET_MAGIC:
        raise FormatError(f"{name} is a Parquet file, which is not read yet")
    else:
        raw.skip(skip_bytes)
        yield from _plain_texts(raw)


def _gathered(texts: Iterator[bytes], raw: RawInput) -> Iterator[bytes]:
    """A file's texts in pieces as big as a plain one's, of whole lines if possible; a stream's as they come.

    So the text is put together once, and not again for every line that lies across two pieces.
    """
    if raw.is_stream:
        yield from texts
        return
    parts: list[bytes] = []
    byte_count = 0
    try:
        for text in texts:
            parts.append(text)
            byte_count += len(text)
            if byte_count >= TEXT_BYTES:
                cut = text.rfind(b"\n") + 1 or len(text)
                parts[-1] = text[:cut]
                yield b"".join(parts)
                parts, byte_count = [text[cut:]], len(text) - cut
    except (DamagedError, OSError):
        yield b"".join(parts)
        raise
    yield b"".join(parts)


def _plain_texts(raw: RawInput) -> Iterator[bytes]:
    while True:
        while not raw.wait():
            yield b""
        text = raw.read_lines(TEXT_BYTES)
        if not text:
            return
        yield text


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
