"""Whole ingestions against a loop and an if: any lines, blocks of any size, at once or as the file grows."""

import gzip
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_recorder import Recorder
from test_ingest_files import HEADER, SWAPPED, accounts, line, run

from flowql.ingest import blocks, texts
from flowql.ingest.careful import Fault, LineKind, LineReader
from flowql.ingest.layout import DEFAULT, read_header

_LINES = st.sampled_from(
    [
        *(line(n).encode() for n in range(4)),
        *(line(n).encode() for n in range(4)),
        HEADER.encode(),
        SWAPPED.encode(),
        SWAPPED.encode(),
        b" SrcAddr dstaddr bytes start note\r",
        b"10.0.0.1 10.0.0.2 5 1439387263 x",
        b"10.0.0.1 10.0.0.2 5 - -",
        b"",
        b"  \r",
        b"bogus",
        line(1).replace("443", "0x1f").encode(),
        line(1).replace(" ", "  ").encode(),
        line(1).replace("OK", "\ufffd").encode(),
        b"\xff\xfe \0",
    ]
)


@dataclass
class _Expected:
    rows: list[dict[str, object]] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    rejects: list[tuple[int, str, bytes]] = field(default_factory=list)
    blank_count: int = 0
    header_count: int = 0


def _read(content: list[bytes]) -> _Expected:
    expected = _Expected()
    layout = DEFAULT
    for number, raw in enumerate(content, 1):
        match LineReader(layout).read(raw):
            case LineKind.BLANK:
                expected.blank_count += 1
            case LineKind.HEADER:
                expected.header_count += 1
                layout = read_header(raw) or layout
            case Fault(code):
                expected.rejects.append((number, code, raw))
            case record:
                row = dict(zip(layout.names, record, strict=True))
                expected.rows.append({name: value for name, value in row.items() if value is not None})
                expected.places.append(number)
    return expected


@given(
    st.lists(_LINES, min_size=1, max_size=30),
    st.sampled_from([1, 100, 500, 1 << 23]),
    st.lists(st.integers(0, 30), max_size=3),
    st.sampled_from(["plain", "gzip"]),
    st.sampled_from([b"", b"\n"]),
)
@settings(max_examples=150)
def test_an_ingestion_is_what_its_lines_are(
    content: list[bytes], block_bytes: int, cuts: list[int], form: str, end: bytes
) -> None:
    recorder = Recorder()
    totals = [0] * 5
    with (
        TemporaryDirectory() as folder,
        patch.object(blocks, "BLOCK_BYTES", block_bytes),
        patch.object(texts, "TEXT_BYTES", block_bytes),
    ):
        file = Path(folder, "a.log")
        file.touch()
        done = 0
        # The file grows to each cut, at the end of a line, and is ingested each time.
        for cut in sorted({*(cut for cut in cuts if cut < len(content)), len(content)}):
            text = b"".join(raw + b"\n" for raw in content[done:cut])
            if cut == len(content):
                text = text[:-1] + end
            with file.open("ab") as grown:
                grown.write(gzip.compress(text) if form == "gzip" else text)
            done = cut
            totals = [sum(both) for both in zip(totals, accounts(run(recorder, file)), strict=True)]
        again = run(recorder, file)
    # A last line that is empty and has no newline is no line.
    expected = _read(content if end or content[-1] else content[:-1])
    assert recorder.rows() == expected.rows
    assert [number for _, number in recorder.lines()] == expected.places
    assert sorted((r.line, r.code, r.raw) for r in recorder.rejects) == expected.rejects
    assert (totals[3], totals[4]) == (expected.blank_count, expected.header_count)
    assert accounts(again) == (0, 0, 0, 0, 0)
