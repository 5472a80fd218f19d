"""Where lists lie, what they are called, that they are read once, and what is refused of them."""

import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from flowql.lists import ListError, Lists, NamedList, UnknownListError, UnreadableListError, folder
from flowql.values import format_address, parse_address

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "threat-lists"
IS_ROOT = os.geteuid() == 0


def _shown(found: NamedList) -> list[str]:
    """The list's ranges of addresses as texts."""
    return [f"{format_address(first)}..{format_address(last)}" for first, last in found.addresses]


# ---- lists of everything


@pytest.mark.parametrize(
    ("content", "families"),
    [
        ("10.0.0.1\n0.0.0.0/0\n", "IPv4"),
        ("10.0.0.1/0\n", "IPv4"),
        ("0.0.0.0/1\n128.0.0.0/1\n", "IPv4"),
        ("0.0.0.0-255.255.255.255\n", "IPv4"),
        ("::ffff:0:0/96\n", "IPv4"),
        ("::/0\n", "IPv6"),
        ("::/1\n8000::/1\n", "IPv6"),
        ("0.0.0.0/0\n::/0\n", "IPv4 and IPv6"),
    ],
)
def test_a_list_of_everything_is_refused_unless_asked_for(
    tmp_path: Path, content: str, families: str
) -> None:
    path = tmp_path / "all.txt"
    path.write_text(content)
    with pytest.raises(ListError) as raised:
        Lists(tmp_path).load("ALL")
    message = f"the list ALL holds every address of {families}, which is taken for a mistake"
    assert raised.value.message == message
    assert raised.value.hint == f"look in {path} for an entry such as 0.0.0.0/0 or ::/0"
    assert Lists(tmp_path, allow_everything=True).load("all").whole_families == tuple(families.split(" and "))


@pytest.mark.parametrize(
    "content", ["0.0.0.0/1\n", "0.0.0.1-255.255.255.255\n", "::/1\n", "::1-ffff::\n", "0-65535\n", ""]
)
def test_less_than_everything_is_a_list(tmp_path: Path, content: str) -> None:
    (tmp_path / "most").write_text(content)
    assert Lists(tmp_path).load("most").whole_families == ()


# ---- where lists lie


def test_a_folder_gives_its_files_by_their_stems(tmp_path: Path) -> None:
    for name in ("a", "B.TXT", "c.csv", "d.list", "e.netset", "f.ipset", "g.v2.txt", "h-i_j.txt"):
        (tmp_path / name).write_text("10.0.0.1\n")
    for name in ("x.md", "x.gz", ".hidden", "my list.txt", "x.txt~", "a..b.txt", "README.rst"):
        (tmp_path / name).write_text("10.0.0.2\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "broken.txt").symlink_to(tmp_path / "nowhere")
    found = Lists(tmp_path)
    assert found.names() == ("a", "b", "c", "d", "e", "f", "g.v2", "h-i_j")
    assert {found.load(name).path.name for name in ("A", "b", "G.V2")} == {"a", "B.TXT", "g.v2.txt"}
    assert found.load("b").name == found.load("B").name == "b"


def test_two_files_of_one_name_are_an_error_that_names_both(tmp_path: Path) -> None:
    (tmp_path / "threats.txt").write_text("10.0.0.1\n")
    (tmp_path / "Threats.netset").write_text("10.0.0.2\n")
    with pytest.raises(ListError) as raised:
        Lists(tmp_path).load("threats")
    expected = f"the list threats is several files of {tmp_path}: Threats.netset and threats.txt"
    assert raised.value.message == expected
    assert Lists(tmp_path).names() == ("threats",)
    chosen = Lists(tmp_path, {"threats": tmp_path / "threats.txt"})
    assert _shown(chosen.load("threats")) == ["10.0.0.1..10.0.0.1"]


def test_a_path_given_by_name_goes_before_the_folder(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "corp.txt").write_text("10.0.0.1\n")
    (tmp_path / "any file.dat").write_text("10.0.0.2\n")
    found = Lists(tmp_path / "folder", {"Corp": tmp_path / "any file.dat"})
    assert found.names() == ("corp",)
    assert _shown(found.load("CORP")) == ["10.0.0.2..10.0.0.2"]
    assert found.load("CORP").name == "corp"


@pytest.mark.parametrize("name", ["", "my list", "a..b", "a/b", "@a", ".a", "-a"])
def test_a_name_that_no_query_can_say_is_refused(name: str) -> None:
    with pytest.raises(ListError, match="the name of a list is made of"):
        Lists(paths={name: Path("x")})


def test_a_name_given_twice_is_refused() -> None:
    with pytest.raises(ListError, match="the list corp is given twice"):
        Lists(paths={"corp": Path("a"), "Corp": Path("b")})


def test_an_unknown_list_comes_with_the_near_ones(tmp_path: Path) -> None:
    for name in ("threats.txt", "corp.txt"):
        (tmp_path / name).write_text("10.0.0.1\n")
    found = Lists(tmp_path)
    with pytest.raises(UnknownListError) as raised:
        found.load("threts")
    error = raised.value
    assert (error.code, error.message) == ("unknown-list", 'unknown list "threts"')
    assert error.similar == found.similar("THRETS") == ("threats",)
    assert error.hint == "the lists are corp, threats"


def test_an_unknown_list_says_what_there_is(tmp_path: Path) -> None:
    (tmp_path / "many").mkdir()
    for number in range(12):
        (tmp_path / "many" / f"n{number:02}").touch()
    hints = {
        None: "no lists are given: their folder is named by --lists DIR, or a file by --list NAME=FILE",
        tmp_path / "nowhere": f"there is no folder {tmp_path / 'nowhere'}",
        tmp_path: f"no lists are in {tmp_path}",
        tmp_path / "many": "the lists are " + ", ".join(f"n{n:02}" for n in range(10)) + ", ...",
    }
    for where, hint in hints.items():
        with pytest.raises(UnknownListError) as raised:
            Lists(where).load("threats")
        assert raised.value.hint == hint
        assert raised.value.similar == ()


# ---- files that cannot be read


def test_a_file_that_is_gone_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "gone"
    with pytest.raises(UnreadableListError) as raised:
        Lists(paths={"corp": path}).load("Corp")
    assert raised.value.code == "unreadable-list"
    assert raised.value.message == f"the list Corp cannot be read: {path}: No such file or directory"


@pytest.mark.skipif(IS_ROOT, reason="root may read everything")
def test_a_file_that_is_closed_to_us_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "closed"
    path.write_text("10.0.0.1\n")
    path.chmod(0)
    with pytest.raises(UnreadableListError, match="Permission denied"):
        Lists(paths={"corp": path}).load("corp")


def test_a_folder_or_a_pipe_is_no_list(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path):
        with pytest.raises(UnreadableListError, match="is no file that can be read again"):
            Lists(paths={"corp": path}).load("corp")
    assert Lists(tmp_path).names() == ()


def test_a_folder_of_lists_that_is_a_file_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(UnreadableListError, match=r"the folder of lists cannot be read: .*: Not a directory"):
        Lists(path).names()


def test_a_file_beyond_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.txt"
    with path.open("wb") as file:
        file.truncate(folder.LIST_BYTES_MAX + 1)
    with pytest.raises(ListError, match=r"is larger than 67,108,864 bytes \(limit: list_bytes_max\)"):
        Lists(tmp_path).load("huge")


# ---- read once


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were read, in order."""
    seen: list[Path] = []
    read = folder.read_list

    def noted(path: Path, content: bytes) -> NamedList:
        seen.append(path)
        return read(path, content)

    monkeypatch.setattr(folder, "read_list", noted)
    return seen


def test_a_list_is_read_once_and_again_when_its_file_changes(tmp_path: Path, readings: list[Path]) -> None:
    path = tmp_path / "corp.txt"
    path.write_text("10.0.0.1\n")
    os.utime(path, ns=(1, 1))
    found = Lists(tmp_path, {"other": path})
    first = found.load("corp")
    assert first == found.load("CORP")
    assert found.load("other").name == "other"
    assert found.load("other").addresses is first.addresses
    assert readings == [path]

    path.write_text("10.0.0.2\n")  # of the same size
    os.utime(path, ns=(2, 2))
    second = found.load("corp")
    assert _shown(second) == ["10.0.0.2..10.0.0.2"]
    assert second.digest != first.digest
    path.write_text("10.0.0.2\n10.0.0.9\n")
    os.utime(path, ns=(2, 2))  # of another size, at the same time
    assert found.load("corp").entry_count == 2
    assert len(found._kept) == 1  # what a file held before is not kept


def test_threads_that_ask_together_read_once(tmp_path: Path, readings: list[Path]) -> None:
    path = tmp_path / "corp.txt"
    path.write_text("".join(f"10.0.{n >> 8}.{n & 255}\n" for n in range(0, 20_000, 2)))
    found, together = Lists(tmp_path), Barrier(8)

    def load(_: int) -> NamedList:
        together.wait()
        return found.load("corp")

    with ThreadPoolExecutor(8) as threads:
        loaded = list(threads.map(load, range(8)))
    assert readings == [path]
    assert all(each == loaded[0] for each in loaded)
    assert loaded[0].entry_count == len(loaded[0].addresses) == 10_000


# ---- lists as their makers write them


@pytest.mark.skipif(not SAMPLES.exists(), reason=f"the sample files are not here: {SAMPLES}")
def test_a_firehol_list_holds_what_its_header_says() -> None:
    path = SAMPLES / "spamhaus_drop-2015-11-02.netset"
    stated = re.search(r"^# Entries +: (\d+) subnets, (\d+) unique IPs", path.read_text(), re.MULTILINE)
    assert stated
    found = Lists(SAMPLES).load("spamhaus_drop-2015-11-02")
    assert found.entry_count == int(stated[1]) == 683
    assert sum(last - first + 1 for first, last in found.addresses) == int(stated[2]) == 22_583_552
    assert (found.bad_line_count, found.host_bits_count, found.ports) == (0, 0, ())
    assert any(first <= parse_address("1.4.0.9") <= last for first, last in found.addresses)  # type: ignore[operator]


@pytest.mark.skipif(not SAMPLES.exists(), reason=f"the sample files are not here: {SAMPLES}")
def test_a_list_with_comments_behind_its_entries() -> None:
    found = Lists(SAMPLES).load("spamhaus-drop-txt-head")
    assert _shown(found) == ["1.4.0.0..1.4.127.255", "1.10.16.0..1.10.31.255"]
    assert (found.entry_count, found.bad_line_count) == (2, 0)
