"""Both roads of decompression give the same text, of sound files and of damaged ones."""

import gzip
import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
import xxhash

from flowql.ingest import gunzip, texts
from flowql.ingest.raw import DamagedError, RawInput
from flowql.ingest.sources import Source

ALL_FLAGS = 0b11110
WORDS = b"".join(b"%d 10.0.%d.%d ACCEPT OK\n" % (i, i % 7, i * i % 251) for i in range(20_000))


def member(text: bytes, flags: int = 0, level: int = 6) -> bytes:
    """A gzip member with the optional parts of the header that `flags` say."""
    header = b"\x1f\x8b\x08" + bytes([flags]) + bytes(6)
    header += struct.pack("<H", 300) + bytes(range(150)) * 2 if flags & 4 else b""
    header += b"flows.log\0" if flags & 8 else b""
    header += b"a comment\0" if flags & 16 else b""
    header += struct.pack("<H", zlib.crc32(header) & 0xFFFF) if flags & 2 else b""
    inflater = zlib.compressobj(level, zlib.DEFLATED, -15)
    packed = inflater.compress(text) + inflater.flush()
    return header + packed + struct.pack("<II", zlib.crc32(text), len(text))


def outcome(raw: RawInput) -> tuple[bytes, str | None]:
    """All the text, and what is wrong after it."""
    pieces = []
    try:
        for piece in texts.texts_of(raw, "a.gz"):
            assert len(piece) <= 2 * texts.TEXT_BYTES + 1_000
            pieces.append(piece)
    except DamagedError as error:
        return b"".join(pieces), error.message
    return b"".join(pieces), None


def of_stream(packed: bytes) -> tuple[bytes, str | None]:
    """The careful road."""
    return outcome(RawInput(io.BytesIO(packed), Source("-", None)))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a.gz"


def of_file(file: Path, packed: bytes) -> tuple[bytes, str | None]:
    """The fast road, as far as it goes; every byte is counted and digested once, whatever comes."""
    file.write_bytes(packed)
    with file.open("rb", buffering=0) as opened:
        raw = RawInput(opened, Source(str(file), len(packed)))
        result = outcome(raw)
    assert raw.digest == xxhash.xxh3_128_hexdigest(packed[: raw.byte_count])
    assert result[1] or raw.byte_count == len(packed)
    return result


@pytest.fixture(params=[(1, 1), (1 << 18, 1), (7, 100), (1 << 10, 1 << 16), (1 << 18, 8 << 20)])
def _pieces(request: pytest.FixtureRequest) -> Iterator[None]:
    packed_bytes, text_bytes = request.param
    with (
        patch.object(gunzip, "PACKED_BYTES", packed_bytes),
        patch.object(gunzip, "_HEADER_BYTES", 400),
        patch.object(texts, "TEXT_BYTES", text_bytes),
    ):
        yield


SMALL = (
    member(b"one two\n" * 5, ALL_FLAGS) + member(b"") + bytes(3) + member(b"three") + member(b" 4\n", level=0)
)


@pytest.mark.usefixtures("_pieces")
def test_members_with_every_part_of_a_header_an_empty_one_and_padding(file: Path) -> None:
    with patch.object(
        gunzip, "_careful_texts", side_effect=AssertionError("a sound file takes the fast road")
    ):
        assert of_file(file, SMALL + bytes(20)) == (b"one two\n" * 5 + b"three 4\n", None)
    assert of_stream(SMALL + bytes(20)) == (b"one two\n" * 5 + b"three 4\n", None)


@pytest.mark.usefixtures("_pieces")
def test_a_cut_anywhere(file: Path) -> None:
    for size in range(2, len(SMALL)):
        assert of_file(file, SMALL[:size]) == of_stream(SMALL[:size]), size


@pytest.mark.parametrize("packed_bytes", [5, 1 << 18])
def test_a_flipped_bit_anywhere(file: Path, packed_bytes: int) -> None:
    faults = set()
    with patch.object(gunzip, "PACKED_BYTES", packed_bytes), patch.object(gunzip, "_HEADER_BYTES", 400):
        for place in range(16, 8 * len(SMALL)):
            packed = bytearray(SMALL)
            packed[place // 8] ^= 1 << place % 8
            found = of_file(file, bytes(packed))
            assert found == of_stream(bytes(packed)), place
            faults.add(found[1])
    assert {
        "a.gz is damaged: header crc mismatch",
        "a.gz is damaged: unknown header flags set",
        "a.gz is damaged: incorrect header check",
        "a.gz is damaged: incorrect data check",
        "a.gz is damaged: incorrect length check",
    } <= faults


@pytest.mark.usefixtures("_pieces")
@pytest.mark.parametrize("level", [1, 6])
def test_damage_in_the_middle_of_a_member_gives_all_before_it(file: Path, level: int) -> None:
    words = WORDS if texts.TEXT_BYTES > 1 else WORDS[:5_000]
    packed = bytearray(member(words[:1_000]) + member(words[1_000:], level=level))
    place = len(packed) * (5 + level) // 15
    packed[place : place + 8] = b"\xff" * 8
    text, fault = of_file(file, bytes(packed))
    assert fault is not None
    assert text == _bytewise(bytes(packed))
    assert len(text) > len(words) // 3
    assert of_stream(bytes(packed)) == (text, fault)


def _bytewise(packed: bytes) -> bytes:
    """What zlib gives of members, fed byte by byte until it fails."""
    text, inflater = b"", zlib.decompressobj(31)
    try:
        for byte in packed:
            if inflater.eof:
                inflater = zlib.decompressobj(31)
            text += inflater.decompress(bytes([byte]))
    except zlib.error:
        return text
    raise AssertionError("no damage")


@pytest.mark.usefixtures("_pieces")
@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (lambda packed: packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:], "incorrect data check"),
        (lambda packed: packed[:-1] + bytes([packed[-1] ^ 1]), "incorrect length check"),
        (lambda packed: packed + b"garbage", "incorrect header check"),
        (lambda packed: packed + bytes(9) + b"\x1f\x8b\x08\xe0" + packed[4:], "unknown header flags set"),
    ],
    ids=["checksum", "length", "garbage", "flags"],
)
def test_a_fault_after_the_text_costs_none_of_it(file: Path, damage: object, fault: str) -> None:
    assert callable(damage)
    packed = damage(member(WORDS[:3_000]))
    assert of_file(file, packed) == of_stream(packed) == (WORDS[:3_000], f"a.gz is damaged: {fault}")


def test_padding_that_fills_whole_reads(file: Path) -> None:
    packed = member(b"1\n") + bytes(gunzip.PACKED_BYTES * 2 + 5) + member(b"2\n")
    assert of_file(file, packed) == of_stream(packed) == (b"1\n2\n", None)


def test_text_that_swells_comes_in_bounded_pieces(file: Path) -> None:
    text = b"\n" * (20 << 20)
    packed = gzip.compress(text, 9)
    with patch.object(texts, "TEXT_BYTES", 1 << 20):
        assert of_file(file, packed) == of_stream(packed) == (text, None)


def test_what_zlib_takes_is_read_on_whatever_the_fast_road_says(file: Path) -> None:
    packed = member(WORDS)

    def stops(*_: object) -> Iterator[bytes]:
        yield WORDS[:1_000]
        raise gunzip._FaultError

    with patch.object(gunzip, "_fast_texts", stops):
        assert of_file(file, packed) == (WORDS, None)


def test_an_offset_is_skipped_on_either_road(file: Path) -> None:
    packed = member(WORDS)
    for size, offset in ((len(packed), 12_345), (len(packed) - 9, 12_345), (len(packed) // 2, 200_000)):
        file.write_bytes(packed[:size])
        pieces: list[bytes] = []
        with file.open("rb", buffering=0) as opened, patch.object(gunzip, "PACKED_BYTES", 1_000):
            try:
                pieces.extend(texts.texts_of(RawInput(opened, Source(str(file), size)), "a.gz", offset))
            except DamagedError:
                assert size < len(packed)
        assert b"".join(pieces) == of_stream(packed[:size])[0][offset:] != b""
