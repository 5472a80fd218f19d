"""What is given beside a query on the command line: parameters, lists, a range, strictness."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest

import flowql
from flowql.cli.given import default_lists_folder
from flowql.cli.program import run
from flowql.shell.settings import Settings

BEGIN = 1_544_709_600
"""2018-12-13T14:00:00Z"""
LOG = "".join(
    f"2 1 eni-{n % 3} 10.0.0.{n} 10.0.1.1 {40000 + n} {22 if n % 2 else 443} 6 10 840 {BEGIN + n} {BEGIN + n} ACCEPT OK\n"
    for n in range(10)
)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It does."""
        return True


class Program:
    """The program over one store: the exit code, standard output and standard error of a run."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[bytes]) -> None:
        self.folder = folder
        self._capture = capture

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Run it."""
        self._capture.readouterr()
        code = run(["--store", str(self.folder / "store"), *arguments])
        out, err = self._capture.readouterr()
        return code, out.decode(), " ".join(err.decode().split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store of ten records and two folders of lists."""
    folder = tmp_path_factory.mktemp("given")
    (folder / "flows.log").write_text(LOG)
    with flowql.open(folder / "store") as engine:
        engine.ingest([folder / "flows.log"])
    for name, text in (("one/threats.txt", "10.0.0.1\n"), ("two/threats.txt", "10.0.0.2\n10.0.0.3\n")):
        (folder / name).parent.mkdir()
        (folder / name).write_text(text)
    (folder / "ports.csv").write_text("443\n")
    return folder


@pytest.fixture
def program(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Program:
    """The program, for a user without settings."""
    monkeypatch.delenv("FLOWQL_LISTS", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    return Program(folder, capsysbinary)


def test_a_parameter_is_one_text_and_several_when_repeated(program: Program) -> None:
    assert program("count", "--param", "ip=10.0.0.4", "src:$ip")[:2] == (0, "1\n")
    assert program("count", "--param", "p=443", "--param", "p=22", "dstport in $p")[:2] == (0, "10\n")
    code, _, err = program("count", "--param", "p=443,22", "dstport:$p")
    assert (code, 'found "443,22"' in err) == (2, True)
    assert program("count", "--param", "eni=eni-*", "interface-id:$eni")[:2] == (0, "0\n")
    assert program("count", "--param", "x=", "log-status:$x")[:2] == (0, "0\n")


@pytest.mark.parametrize("text", ["ip", "=10.0.0.4", "a-b=1", "1=1"])
def test_a_parameter_has_a_name_and_a_value(program: Program, text: str) -> None:
    code, out, err = program("count", "--param", text, "*")
    assert (code, out) == (2, "")
    assert "Invalid value for '--param'" in err


def test_the_range_of_an_option_bounds_the_querys_own(program: Program) -> None:
    assert program("count", "--since", str(BEGIN + 4), "*")[1] == "6\n"
    assert program("count", "--until", str(BEGIN + 4), "*")[1] == "4\n"
    assert program("count", "--since", str(BEGIN + 4), "--until", str(BEGIN + 6), "*")[1] == "2\n"
    assert program("count", "--until", str(BEGIN + 6), f"since {BEGIN + 4}")[1] == "2\n"
    assert program("count", "--now", str(BEGIN + 8), "--since", "-3s", "*")[1] == "5\n"
    assert program("count", "--tz", "+08:00", "--since", "2018-12-13T22:00:08", "*")[1] == "2\n"
    code, _, err = program("count", "--until", "tomorrow", "*")
    assert (code, "Invalid value for '--until': 'tomorrow' is no time" in err) == (2, True)


def test_strict_refuses_what_is_only_noted_else(program: Program) -> None:
    mixed = "dstport:22 OR dstport:443 src:10.0.0.1"
    assert program("count", mixed)[0] == 0
    code, out, err = program("count", "--strict", mixed)
    assert (code, out, "parenthes" in err) == (2, "", True)


def test_lists_lie_in_a_folder_or_are_files_by_name(
    program: Program, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = str(folder / "one"), str(folder / "two")
    assert program("count", "--lists", one, "@threats")[1] == "1\n"
    assert program("count", "--list", f"threats={two}/threats.txt", "@threats")[1] == "2\n"
    both = ("--lists", one, "--list", f"web={folder / 'ports.csv'}")
    assert program("count", *both, "@threats OR dstport:@web")[1] == "6\n"
    monkeypatch.setenv("FLOWQL_LISTS", two)
    assert program("count", "@threats")[1] == "2\n"
    assert program("count", "--lists", one, "@threats")[1] == "1\n"


def test_a_folder_of_the_users_settings_is_the_last_resort(program: Program, tmp_path: Path) -> None:
    assert default_lists_folder() is None
    code, _, err = program("count", "@threats")
    assert (code, "no lists are given: their folder is named by --lists DIR" in err) == (2, True)
    usual = tmp_path / "flowql" / "lists"
    usual.mkdir(parents=True)
    (usual / "threats").write_text("10.0.0.0/29\n")
    assert default_lists_folder() == usual
    assert program("count", "@threats")[1] == "8\n"


def test_a_list_has_a_name_and_a_file_and_is_given_once(program: Program, folder: Path) -> None:
    for wrong in (["--list", "threats"], ["--list", "a=x", "--list", "a=y"], ["--list", "a b=x"]):
        assert program("count", *wrong, "*")[0] == 2
    code, _, err = program("count", "--list", f"t={folder / 'none'}", "@t")
    assert (code, "cannot be read" in err) == (2, True)
    code, _, err = program("count", "--lists", str(folder / "none"), "@t")
    assert (code, "there is no folder" in err) == (2, True)


def test_search_and_explain_take_what_count_takes(program: Program, folder: Path) -> None:
    given = (
        *("--param", "p=22", "--since", str(BEGIN + 2), "--until", str(BEGIN + 8), "--strict"),
        *("--lists", str(folder / "two"), "src:@threats dstport:$p"),
    )
    code, out, _ = program("search", "--format", "raw", *given)
    assert (code, len(out.splitlines())) == (0, 1)
    code, out, _ = program("explain", *given)
    assert code == 0
    assert "2018-12-13T14:00:02Z" in out
    assert "@threats: 2 entries" in out


def opened_lists(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The names of the lists of every shell that is opened from now on."""
    names: list[tuple[str, ...]] = []

    def open_shell(_: Path, open_engine: Callable[[], flowql.Engine], __: Settings) -> None:
        names.append(open_engine().lists.names())

    monkeypatch.setattr("flowql.shell.loop.open_shell", open_shell)
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("sys.stdout", Terminal())
    return names


@pytest.mark.parametrize("arguments", [["shell"], []])
@pytest.mark.usefixtures("program")
def test_the_shell_has_the_lists_of_the_settings(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    names = opened_lists(monkeypatch)
    monkeypatch.setenv("FLOWQL_LISTS", str(folder / "one"))
    assert run(["--store", str(folder / "store"), *arguments]) == 0
    assert names == [("threats",)]


@pytest.mark.usefixtures("program")
def test_the_shell_takes_lists(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = opened_lists(monkeypatch)
    given = ["--lists", str(folder / "two"), "--list", f"web={folder / 'ports.csv'}"]
    assert run(["--store", str(folder / "store"), "shell", *given]) == 0
    assert names == [("threats", "web")]
