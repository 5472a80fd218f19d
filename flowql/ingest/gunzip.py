"""gzip, decompressed: members one after the other, zeros between them, and what a damaged file gives.

There are two roads. The fast one (ISA-L) gives nothing of a piece that it cannot decompress, and has no way
back to where the piece began. So at the first fault, or when the end is missing, the careful one (zlib) reads
the file again from its beginning: it gives what the fast one did not, to the last byte before the fault, and
says what is wrong. A stream cannot be read again, and takes the careful road from the start.

Owns the format and the choice of the road. Knows nothing of lines.
"""

import zlib
from collections.abc import Iterator
from typing import cast

from isal import isal_zlib

from flowql.ingest.raw import PACKED_BYTES, Bytes, DamagedError, RawInput

_GZIP_WINDOW = 31  # zlib's name for: a gzip header, the greatest window
_PADDING = b"\0"  # between members and after the last one, as on tapes
_FLAGS_PLACE, _FLAGS_WITHOUT_MEANING = 3, 0xE0  # RFC 1952, 2.3.1: such flags are an error
_HEADER_BYTES = 1 << 17  # an extra field of the greatest size, and a name and comment of any that is sane
_TRICKLE_BYTES = 64
_IsalError = cast("type[Exception]", isal_zlib.error)  # its stub declares an instance


class _FaultError(Exception):
    """The fast road ends here."""


def gunzip(raw: RawInput, name: str, text_bytes_max: int) -> Iterator[bytes]:
    """The text of a gzip source, in pieces of at most about `text_bytes_max`; empty while a stream is silent.

    Raises DamagedError after the last bytes that could be decompressed, OSError.
    """
    if raw.is_stream:
        yield from _careful_texts(raw, name, text_bytes_max)
        return
    given = 0
    try:
        for text in _fast_texts(raw, text_bytes_max):
            given += len(text)
            yield text
    except _FaultError:
        yield from from_offset(_careful_texts(raw.from_start(), name, text_bytes_max), given)


def from_offset(texts: Iterator[bytes], skip_bytes: int) -> Iterator[bytes]:
    """The texts without their first `skip_bytes` bytes."""
    for text in texts:
        yield text[skip_bytes:] if skip_bytes else text
        skip_bytes = max(0, skip_bytes - len(text))


def _fast_texts(raw: RawInput, text_bytes_max: int) -> Iterator[bytes]:
    inflater = None
    packed = b""
    while True:
        if not packed:
            packed = raw.read(PACKED_BYTES)
            if not packed:
                break
        if inflater is None or inflater.eof:
            packed = _member(raw, packed)
            if not packed:
                continue
            inflater = isal_zlib.decompressobj(_GZIP_WINDOW)
        try:
            text = inflater.decompress(packed, text_bytes_max)
        except _IsalError as error:
            raise _FaultError from error
        packed = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
        if text:
            yield text
    if inflater is not None and not inflater.eof:
        raise _FaultError


def _member(raw: RawInput, packed: bytes) -> bytes:
    """What comes after the padding: a member with its whole header, or nothing.

    ISA-L checks a header only if it has all of it, and never looks for flags without a meaning.
    """
    packed = packed.lstrip(_PADDING)
    while 0 < len(packed) < _HEADER_BYTES and (more := raw.read(PACKED_BYTES)):
        packed += more
    if packed[_FLAGS_PLACE:] and packed[_FLAGS_PLACE] & _FLAGS_WITHOUT_MEANING:
        raise _FaultError
    return packed


def _careful_texts(raw: Bytes, name: str, text_bytes_max: int) -> Iterator[bytes]:
    inflater = zlib.decompressobj(_GZIP_WINDOW)
    packed = b""
    while True:
        if not packed:
            while not raw.wait():
                yield b""
            packed = raw.read(PACKED_BYTES)
            if not packed:
                break
        if inflater.eof:
            packed = packed.lstrip(_PADDING)
            if not packed:
                continue
            inflater = zlib.decompressobj(_GZIP_WINDOW)
        before = inflater.copy()
        try:
            text = inflater.decompress(packed, text_bytes_max)
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
