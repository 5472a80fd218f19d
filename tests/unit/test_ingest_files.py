"""From files to a writer: what is found, read, accounted for and refused."""

import gzip
import io
import os
import zlib
from collections.abc import Iterable
from pathlib import Path
from unittest.mock import patch

import pyarrow as pa
import pytest
from ingest_recorder import Recorder

from flowql.ingest import IngestReport, Progress, blocks, ingest, intake, lines, texts
from flowql.schema import DEFAULT_LAYOUT
from flowql.store.batch import HEAD_BYTES, Reject

HEADER = " ".join(DEFAULT_LAYOUT)
SWAPPED = HEADER.replace("srcaddr dstaddr", "dstaddr srcaddr")


def line(n: int) -> str:
    source, port = f"10.0.{n >> 8 & 255}.{n & 255}", n % 65536
    return f"2 123456789010 eni-1 {source} 192.0.2.1 443 {port} 6 10 {n} 1439387263 1439387264 ACCEPT OK"


def text(numbers: Iterable[int]) -> bytes:
    return "".join(line(n) + "\n" for n in numbers).encode()


def run(recorder: Recorder, *paths: Path | str, stdin: bytes = b"") -> IngestReport:
    return ingest(recorder, paths, stdin=io.BytesIO(stdin))


def numbers(recorder: Recorder) -> list[object]:
    return [row["bytes"] for row in recorder.rows()]


def accounts(report: IngestReport) -> tuple[int, ...]:
    return report.lines, report.records, report.rejects, report.blanks, report.headers


def codes(report: IngestReport) -> list[str]:
    return [problem.code for problem in report.problems]


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def test_a_plain_file(tmp_path: Path, recorder: Recorder) -> None:
    file = tmp_path / "a.log"
    file.write_bytes(text(range(3)))
    report = run(recorder, file)
    assert accounts(report) == (3, 3, 0, 0, 0)
    assert (report.sources_read, report.bytes, report.text_bytes) == (
        1,
        file.stat().st_size,
        file.stat().st_size,
    )
    assert recorder.rows()[1] == {
        "version": "2",
        "account-id": "123456789010",
        "interface-id": "eni-1",
        "srcaddr": 0xFFFF0A000001,
        "dstaddr": 0xFFFFC0000201,
        "srcport": 443,
        "dstport": 1,
        "protocol": 6,
        "packets": 10,
        "bytes": 1,
        "start": 1439387263 * 10**9,
        "end": 1439387264 * 10**9,
        "action": "ACCEPT",
        "log-status": "OK",
    }
    assert recorder.lines() == [("a.log", 1), ("a.log", 2), ("a.log", 3)]
    assert recorder.commit_count == 1


@pytest.mark.parametrize("block_bytes", [1, 200, 1 << 20])
def test_every_line_is_accounted_for_and_known_by_its_place(
    tmp_path: Path, recorder: Recorder, block_bytes: int
) -> None:
    content = [
        *("", HEADER, line(0), "  ", line(1) + "\r", "bogus", HEADER.upper(), HEADER, line(2)),
        *(SWAPPED, line(3), line(4), HEADER, line(5), "", SWAPPED, HEADER, line(6)),
    ]
    (tmp_path / "a.log").write_text("\n".join(content))  # no final newline
    (tmp_path / "b.log").write_bytes(text(range(7, 9)))
    with patch.object(blocks, "BLOCK_BYTES", block_bytes), patch.object(texts, "TEXT_BYTES", block_bytes):
        report = run(recorder, tmp_path)
    assert accounts(report) == (20, 9, 1, 3, 7)
    assert numbers(recorder) == list(range(9))
    places = [("a.log", content.index(line(n).strip() + ("\r" if n == 1 else "")) + 1) for n in range(7)]
    assert recorder.lines() == [*places, ("b.log", 1), ("b.log", 2)]
    assert recorder.rejects == [Reject(str(tmp_path / "a.log"), 6, "field-count", "", b"bogus")]
    sources = {row["bytes"]: row["srcaddr"] for row in recorder.rows()}
    assert {n for n, address in sources.items() if address == 0xFFFFC0000201} == {3, 4}
    assert recorder.next_sequence == 21


@pytest.mark.parametrize("block_bytes", [1, 1 << 20])
def test_a_header_unlike_those_before_is_found_by_parsing(
    tmp_path: Path, recorder: Recorder, block_bytes: int
) -> None:
    short = "bytes end start dstport srcaddr my_tag"
    content = [
        line(0),
        short,
        "1 1439387264 1439387263 22 10.0.0.1 x",
        "2 - - - - y",
        HEADER,
        line(3),
        short,
        "4 - - - - -",
    ]
    (tmp_path / "a.log").write_text("\n".join(content) + "\n")
    (tmp_path / "b.log").write_bytes(text([5]))
    with patch.object(blocks, "BLOCK_BYTES", block_bytes), patch.object(texts, "TEXT_BYTES", block_bytes):
        report = run(recorder, tmp_path)
    assert accounts(report) == (9, 6, 0, 0, 3)
    assert numbers(recorder) == [0, 1, 2, 3, 4, 5]
    assert [row.get("my-tag") for row in recorder.rows()] == [None, "x", "y", None, None, None]
    assert report.unknown_names == ("my-tag",)
    assert report.new_fields[-1] == "my-tag"
    assert recorder.lines() == [("a.log", n) for n in (1, 3, 4, 6, 8)] + [("b.log", 1)]
    checkpoint = [each for each in recorder.checkpoints() if each.source.endswith("a.log")][-1]
    assert checkpoint.layout[-1] == "my-tag"
    assert checkpoint.complete


def test_a_found_header_holds_for_later_blocks(tmp_path: Path, recorder: Recorder) -> None:
    short = "bytes srcaddr"
    content = [*map(line, range(20)), short, *(f"{n} 10.0.0.1" for n in range(20, 400))]
    (tmp_path / "a.log").write_text("\n".join(content) + "\n")
    with patch.object(blocks, "BLOCK_BYTES", 256), patch.object(texts, "TEXT_BYTES", 256):
        report = run(recorder, tmp_path)
    assert accounts(report) == (401, 400, 0, 0, 1)
    assert numbers(recorder) == list(range(400))


def test_too_many_different_headers_end_their_file(tmp_path: Path, recorder: Recorder) -> None:
    content = [line(0), *(text for n in range(1, 60) for text in (f"bytes srcaddr x{n}", f"{n} - -"))]
    (tmp_path / "a.log").write_text("\n".join(content) + "\n")
    with patch.object(intake, "HEADER_TEXTS_MAX", 5):
        report = run(recorder, tmp_path)
        assert codes(report) == ["too-many-headers"]
        assert numbers(recorder) == [0, 1, 2, 3, 4, 5]
        assert accounts(report) == (12, 6, 0, 0, 6)
    assert run(recorder, tmp_path).records == 54


def test_headers_that_alternate_are_no_trouble(tmp_path: Path, recorder: Recorder) -> None:
    content = [text for n in range(2_000) for text in ((HEADER, SWAPPED, "bytes srcaddr")[n % 3], line(n))]
    content[5::6] = [f"{n} -" for n in range(2, 2_000, 3)]
    (tmp_path / "a.log").write_text("\n".join(content))
    assert accounts(run(recorder, tmp_path)) == (4_000, 2_000, 0, 0, 2_000)
    assert numbers(recorder) == list(range(2_000))


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("block_bytes", [1, 1 << 20])
def test_a_header_with_a_name_twice_ends_its_file_alone(
    tmp_path: Path, recorder: Recorder, place: int, block_bytes: int
) -> None:
    content = [*([line(0), line(1)] if place else []), "srcaddr dstaddr srcaddr", line(2), line(3)]
    (tmp_path / "a.log").write_text("\n".join(content) + "\n")
    (tmp_path / "b.log").write_bytes(text([4]))
    with patch.object(blocks, "BLOCK_BYTES", block_bytes), patch.object(texts, "TEXT_BYTES", block_bytes):
        report = run(recorder, tmp_path)
        assert codes(report) == ["duplicate-name"]
        assert f"line {2 * place + 1}" in report.problems[0].message
        assert numbers(recorder) == ([0, 1, 4] if place else [4])
        again = run(recorder, tmp_path)
    assert codes(again) == ["duplicate-name"]
    assert again.records == 0
    assert numbers(recorder) == ([0, 1, 4] if place else [4])


def test_folders_globs_and_missing_files(tmp_path: Path, recorder: Recorder) -> None:
    for i, name in enumerate(["b/2.log", "b/1.log", "a/3.txt", "a/.hidden", ".git/4.log", "b/deep/5.log"]):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(text([i]))
    report = run(
        recorder, tmp_path / "b", tmp_path / "nothing.log", tmp_path / "*" / "*.txt", tmp_path / "*.xyz"
    )
    assert numbers(recorder) == [1, 0, 5, 2]
    assert codes(report) == ["missing", "missing"]
    report = run(recorder, tmp_path / "**" / "*.log", tmp_path / "b")
    assert report.records == 0
    assert len(report.sources_skipped) == 6
    assert recorder.commit_count == 1


def test_linked_folders_are_followed_but_not_in_circles(tmp_path: Path, recorder: Recorder) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "1.log").write_bytes(text([1]))
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to(tmp_path / "logs")
    report = run(recorder, tmp_path / "logs")
    assert report.records == 1
    assert report.problems == ()


def test_an_empty_folder_and_an_empty_file(tmp_path: Path, recorder: Recorder) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.log").touch()
    report = run(recorder, tmp_path / "empty", tmp_path / "a.log")
    assert codes(report) == ["empty-folder"]
    assert accounts(report) == (0, 0, 0, 0, 0)
    assert recorder.checkpoints() == []


def test_what_cannot_be_read_is_named_and_the_rest_is_read(tmp_path: Path, recorder: Recorder) -> None:
    for name in ("a/1.log", "b/2.log", "3.log"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(text([int(name[-5])]))
    open_path, list_folder = Path.open, os.listdir

    def refuse_open(path: Path, *args: object, **more: object) -> object:
        if path.name == "3.log":
            raise PermissionError(13, "Permission denied")
        return open_path(path, *args, **more)

    def refuse_list(path: str) -> list[str]:
        if path.endswith("/a"):
            raise PermissionError(13, "Permission denied")
        return list_folder(path)

    with patch.object(Path, "open", refuse_open), patch.object(os, "listdir", refuse_list):
        report = run(recorder, tmp_path)
    assert [(Path(p.source).name, p.code) for p in report.problems] == [
        ("a", "unreadable"),
        ("3.log", "unreadable"),
    ]
    assert numbers(recorder) == [2]


def test_a_broken_link_is_named(tmp_path: Path, recorder: Recorder) -> None:
    (tmp_path / "a.log").symlink_to(tmp_path / "gone")
    (tmp_path / "b.log").write_bytes(text([1]))
    report = run(recorder, tmp_path)
    assert codes(report) == ["missing"]
    assert report.records == 1


def test_a_name_with_magic_characters_is_a_file_first(tmp_path: Path, recorder: Recorder) -> None:
    (tmp_path / "a[1].log").write_bytes(text([1]))
    assert run(recorder, tmp_path / "a[1].log").records == 1


def test_gzip_with_several_members_and_padding(tmp_path: Path, recorder: Recorder) -> None:
    packed = (
        gzip.compress(text([0])[:-20]) + gzip.compress(text([0])[-20:]) + gzip.compress(text(range(1, 5)))
    )
    (tmp_path / "a.log").write_bytes(packed + bytes(100))
    report = run(recorder, tmp_path)
    assert numbers(recorder) == [0, 1, 2, 3, 4]
    assert report.problems == ()
    assert report.text_bytes == len(text(range(5)))


def test_zstd(tmp_path: Path, recorder: Recorder) -> None:
    with pa.CompressedOutputStream(str(tmp_path / "a.zst"), "zstd") as stream:
        stream.write(text(range(1000)))
    assert run(recorder, tmp_path).records == 1000
    packed = (tmp_path / "a.zst").read_bytes()
    (tmp_path / "a.zst").write_bytes(packed[: len(packed) // 2])
    assert codes(run(Recorder(), tmp_path)) == ["damaged"]


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 0.999])
def test_a_cut_gzip_gives_the_rows_up_to_the_damage(tmp_path: Path, recorder: Recorder, keep: float) -> None:
    packed = gzip.compress(text(range(5000)))
    (tmp_path / "a.gz").write_bytes(packed[: int(len(packed) * keep)])
    (tmp_path / "b.log").write_bytes(text([5000]))
    report = run(recorder, tmp_path)
    left = zlib.decompressobj(31).decompress(packed[: int(len(packed) * keep)])
    count = left.count(b"\n")
    assert numbers(recorder) == [*range(count), 5000]
    assert codes(report) == ["damaged"]
    assert [(r.code, r.line, r.raw) for r in recorder.rejects] == [
        ("truncated", count + 1, left.rpartition(b"\n")[2])
    ]
    # The same again adds nothing; the whole file adds what was missing.
    again = run(recorder, tmp_path)
    assert (again.lines, codes(again)) == (0, ["damaged"])
    (tmp_path / "a.gz").write_bytes(packed)
    assert run(recorder, tmp_path).problems == ()
    assert sorted(map(str, numbers(recorder))) == sorted(map(str, range(5001)))


def test_a_cut_gzip_without_one_whole_line(tmp_path: Path, recorder: Recorder) -> None:
    packed = gzip.compress(text([0]))
    for name in ("a.gz", "b.gz"):
        (tmp_path / name).write_bytes(packed[:60])
    report = run(recorder, tmp_path)
    assert codes(report) == ["damaged"] * 2
    assert accounts(report) == (1, 0, 1, 0, 0)
    assert run(recorder, tmp_path).lines == 0
    (tmp_path / "b.gz").write_bytes(packed)
    assert run(recorder, tmp_path).records == 1


def test_a_grown_gzip_that_is_cut(tmp_path: Path, recorder: Recorder) -> None:
    packed = gzip.compress(text([0])) + gzip.compress(text([1]))
    for size in (len(packed) // 2, len(packed) - 15, len(packed) - 15, len(packed)):
        (tmp_path / "a.gz").write_bytes(packed[:size])
        run(recorder, tmp_path)
    assert numbers(recorder) == [0, 1]
    assert [(r.code, r.line) for r in recorder.rejects] == [("truncated", 2)]


@pytest.mark.parametrize("what", ["flip", "checksum", "garbage"])
def test_a_corrupt_gzip_gives_the_rows_up_to_the_damage(
    tmp_path: Path, recorder: Recorder, what: str
) -> None:
    packed = bytearray(gzip.compress(text(range(5000))))
    match what:
        case "flip":
            place = len(packed) // 2
            packed[place : place + 8] = b"\xff" * 8
        case "checksum":
            packed[-8] ^= 1
        case _:
            packed += b"garbage"
    (tmp_path / "a.gz").write_bytes(packed)
    report = run(recorder, tmp_path)
    assert codes(report) == ["damaged"]
    found = [n for n in numbers(recorder) if isinstance(n, int)]
    assert len(found) > 2000
    assert what == "flip" or found == list(range(5000))
    assert run(recorder, tmp_path).lines == 0


def test_ingesting_again_adds_nothing_wherever_the_file_is(tmp_path: Path, recorder: Recorder) -> None:
    for name, data in (
        ("a.log", text(range(100))),
        ("b.gz", gzip.compress(text(range(100, 200)))),
        ("c", text([200])),
    ):
        (tmp_path / name).write_bytes(data)
    assert run(recorder, tmp_path).records == 201
    (tmp_path / "moved").mkdir()
    (tmp_path / "a.log").rename(tmp_path / "moved" / "x.log")
    report = run(recorder, tmp_path)
    assert accounts(report) == (0, 0, 0, 0, 0)
    assert sorted(Path(name).name for name in report.sources_skipped) == ["b.gz", "c", "x.log"]


@pytest.mark.parametrize("count", [1, 100])
def test_the_same_content_twice_in_one_call_is_read_once(
    tmp_path: Path, recorder: Recorder, count: int
) -> None:
    for name in ("a.log", "b.log"):
        (tmp_path / name).write_bytes(text(range(count)))
    report = run(recorder, tmp_path, tmp_path / "a.log")
    assert report.records == count
    assert [Path(name).name for name in report.sources_skipped] == ["b.log", "a.log"]


@pytest.mark.parametrize("first", [1, 100, 2000])
@pytest.mark.parametrize("form", ["plain", "gzip"])
def test_a_grown_file_is_read_on(tmp_path: Path, recorder: Recorder, first: int, form: str) -> None:
    def pack(data: bytes) -> bytes:
        return gzip.compress(data) if form == "gzip" else data

    header = f"{SWAPPED}\n".encode()
    file = tmp_path / "a.log"
    file.write_bytes(pack(header + text(range(first))))
    assert run(recorder, file).records == first
    is_long = file.stat().st_size >= HEAD_BYTES
    with file.open("ab") as grown:
        grown.write(pack(text(range(first, 2300))))
    # What is long enough is known by its beginning, what is shorter only by its name, too.
    moved = file.rename(tmp_path / "b.log") if is_long else file
    report = run(recorder, moved)
    assert accounts(report) == (2300 - first, 2300 - first, 0, 0, 0)
    assert report.sources_continued == (str(moved),)
    assert numbers(recorder) == list(range(2300))
    assert {row["srcaddr"] for row in recorder.rows()} == {0xFFFFC0000201}
    assert recorder.lines()[-1] == (moved.name, 2301)


def test_a_short_file_is_not_found_in_others_that_begin_like_it(tmp_path: Path, recorder: Recorder) -> None:
    header = f"{HEADER}\n".encode()
    for name, data in (("a.log", header), ("b.log", header + text([1])), ("c.log", header + text([1, 2]))):
        (tmp_path / name).write_bytes(data)
    report = run(recorder, tmp_path)
    assert accounts(report) == (6, 3, 0, 0, 3)
    assert report.sources_continued == ()


@pytest.mark.parametrize("form", ["plain", "gzip"])
def test_a_file_that_grew_in_the_middle_of_a_line(tmp_path: Path, recorder: Recorder, form: str) -> None:
    def pack(data: bytes) -> bytes:
        return gzip.compress(data) if form == "gzip" else data

    file = tmp_path / "a.log"
    file.write_bytes(pack(text([0, 1])[:-2]))  # ... ACCEPT O
    assert run(recorder, file).records == 2
    with file.open("ab") as grown:
        grown.write(pack(b"K\n" + text([2])[:-1]))
    report = run(recorder, file)
    assert accounts(report) == (2, 1, 1, 0, 0)
    assert recorder.rejects == [Reject(str(file), 2, "torn-line", "", b"K")]
    with file.open("ab") as grown:
        grown.write(pack(b"\r\n" + text([3])))
    assert accounts(run(recorder, file)) == (1, 1, 0, 0, 0)
    assert numbers(recorder) == [0, 1, 2, 3]
    assert recorder.lines()[-1] == ("a.log", 4)


def test_a_file_written_anew_is_read_whole(tmp_path: Path, recorder: Recorder) -> None:
    file = tmp_path / "a.log"
    file.write_bytes(text(range(100)))
    run(recorder, file)
    file.write_bytes(text(range(99)) + text([7000]) + text(range(100, 200)))
    assert run(recorder, file).records == 200


def test_rubbish_is_rejected_line_by_line(tmp_path: Path, recorder: Recorder) -> None:
    rubbish = os.urandom(300_000)
    (tmp_path / "a.bin").write_bytes(rubbish)
    (tmp_path / "b.log").write_bytes(text([1]))
    report = run(recorder, tmp_path)
    assert report.records == 1
    assert report.new_fields == DEFAULT_LAYOUT
    line_count = rubbish.count(b"\n") + (not rubbish.endswith(b"\n"))
    assert report.rejects + report.blanks == line_count
    assert (
        b"\n".join(reject.raw for reject in recorder.rejects) + b"\n" in (rubbish + b"\n", rubbish)
        or report.blanks
    )


def test_much_rubbish_ends_its_file(tmp_path: Path, recorder: Recorder) -> None:
    (tmp_path / "a.bin").write_bytes(b"no flow log\n" * 10_000)
    (tmp_path / "b.log").write_bytes(text([1]))
    with (
        patch.object(intake, "RUBBISH_BYTES_MAX", 20_000),
        patch.object(blocks, "BLOCK_BYTES", 5_000),
        patch.object(texts, "TEXT_BYTES", 5_000),
    ):
        report = run(recorder, tmp_path)
    assert codes(report) == ["not-flow-logs"]
    assert report.records == 1
    assert report.rejects < 4_000


def test_a_line_that_is_too_long_ends_its_file(tmp_path: Path, recorder: Recorder) -> None:
    long = b"x" * (lines.LINE_BYTES_MAX + 1)
    (tmp_path / "a.log").write_bytes(text([0]) + long + b"\n" + text([1]))
    (tmp_path / "b.log").write_bytes(text([2]) + long)
    (tmp_path / "c.log").write_bytes(text([3]) + long[1:] + b"\n" + text([4]))
    (tmp_path / "d.log").write_bytes(long + b"\n" + text([5]))
    report = run(recorder, tmp_path)
    assert codes(report) == ["line-too-long"] * 3
    assert numbers(recorder) == [0, 2, 3, 4]
    assert [(r.code, len(r.raw)) for r in recorder.rejects] == [("field-count", lines.LINE_BYTES_MAX)]
    again = run(recorder, tmp_path)
    assert again.lines == 0
    assert codes(again) == ["line-too-long"] * 3


def test_parquet_is_named(tmp_path: Path, recorder: Recorder) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1....PAR1")
    assert codes(run(recorder, tmp_path)) == ["unsupported-format"]


def test_blocks_of_many_tiny_lines_stay_small(tmp_path: Path, recorder: Recorder) -> None:
    (tmp_path / "a.log").write_bytes(b"x\n\n" * 5_000)
    with patch.object(blocks, "BLOCK_LINES_MAX", 1_000):
        report = run(recorder, tmp_path)
    assert accounts(report) == (10_000, 0, 5_000, 5_000, 0)
    assert len(recorder.batches) >= 10
    assert [r.line for r in recorder.rejects] == list(range(1, 10_001, 2))


def test_standard_input_has_no_checkpoint(recorder: Recorder) -> None:
    report = run(recorder, "-", stdin=gzip.compress(f"{HEADER}\n".encode() + text(range(10))))
    assert accounts(report) == (11, 10, 0, 0, 1)
    assert recorder.checkpoints() == []
    assert recorder.lines()[0] == ("-", 2)


def test_progress_ends_at_the_whole(tmp_path: Path, recorder: Recorder) -> None:
    (tmp_path / "a.log").write_bytes(text(range(1000)))
    (tmp_path / "b.gz").write_bytes(gzip.compress(text(range(1000, 2000))))
    told: list[Progress] = []
    with patch.object(blocks, "BLOCK_BYTES", 10_000), patch.object(texts, "TEXT_BYTES", 10_000):
        ingest(recorder, [tmp_path], progress=told.append)
    total = sum(file.stat().st_size for file in tmp_path.iterdir())
    assert told[-1] == Progress(2000, 2000, total, total)
    assert len(told) > 10
    assert [p.records for p in told] == sorted(p.records for p in told)
    ingest(recorder, [tmp_path], progress=told.append)
    assert told[-1] == Progress(0, 0, total, total)
