"""`flowql config`, and what settings do to other commands."""

from pathlib import Path

import pytest
from cli_runs import Program, make_store

from flowql.cli.known_settings import KNOWN
from flowql.cli.program import run


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of a hundred records."""
    return make_store(tmp_path_factory.mktemp("config"))


@pytest.fixture
def user_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The place of the user's file; the current folder is empty."""
    file = tmp_path / "home" / "config.toml"
    monkeypatch.setenv("FLOWQL_CONFIG", str(file))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return file


@pytest.fixture
def program(store: Path, user_file: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Program:
    """The program, for a user without settings."""
    assert not user_file.exists()
    return Program(store, capsysbinary)


def test_a_setting_is_written_read_and_taken_out(program: Program, user_file: Path) -> None:
    assert program("config", "get", "tz").out == "UTC\n"
    assert program("config", "set", "tz", "Asia/Shanghai").code == 0
    assert program("config", "set", "limit", "7").code == 0
    assert program("config", "set", "strict", "on").code == 0
    assert user_file.read_text() == 'tz = "Asia/Shanghai"\nlimit = 7\nstrict = true\n'
    assert program("config", "get", "tz").out == "Asia/Shanghai\n"
    assert program("config", "unset", "tz").code == 0
    assert user_file.read_text() == "limit = 7\nstrict = true\n"
    ran = program("config", "unset", "tz")
    assert (ran.code, ran.err) == (1, f"tz is not set in {user_file}\n")


def test_everything_else_in_the_file_stays(program: Program, user_file: Path) -> None:
    user_file.parent.mkdir()
    user_file.write_text("# mine\n\ntz = 'UTC'   # at home\nlimit=3\n# the end\n")
    user_file.chmod(0o600)
    assert program("config", "set", "tz", "Asia/Shanghai").code == 0
    assert program("config", "unset", "limit").code == 0
    assert user_file.read_text() == '# mine\n\ntz = "Asia/Shanghai"   # at home\n# the end\n'
    assert user_file.stat().st_mode & 0o777 == 0o600
    assert list(user_file.parent.iterdir()) == [user_file]


def test_what_is_wrong_is_not_written(program: Program, user_file: Path) -> None:
    ran = program("config", "set", "limt", "5")
    assert (ran.code, ran.err) == (2, 'error: there is no setting "limt"\n  did you mean "limit"?\n')
    ran = program("config", "set", "pager", "less")
    assert (ran.code, "pager is one of auto, always, never" in ran.err) == (2, True)
    assert program("config", "get", "colour").code == 2
    assert not user_file.exists()


def test_a_broken_file_is_told_and_can_be_found(program: Program, user_file: Path) -> None:
    user_file.parent.mkdir()
    user_file.write_text("tz = UTC\n")
    for arguments in (["count", "*"], ["config", "list"], ["config", "set", "limit", "3"]):
        ran = program(*arguments)
        assert (ran.code, ran.out) == (2, "")
        assert f"error: {user_file}" in ran.err
    assert user_file.read_text() == "tz = UTC\n"
    assert program("config", "path").out == f"{user_file}\n"
    assert program("--no-config", "count", "*").code == 0
    assert program("count", "--help").code == 0


def test_a_misspelled_setting_can_be_mended_with_the_program(program: Program, user_file: Path) -> None:
    user_file.parent.mkdir()
    user_file.write_text("limt = 3\nlimit = 4\n")
    ran = program("count", "*")
    assert (ran.code, f"{user_file}:1: there is no setting" in ran.err) == (2, True)
    assert program("config", "unset", "limt").code == 0
    assert program("count", "*").code == 0


def test_a_projects_file_is_the_nearest_or_a_new_one(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert program("config", "set", "--project", "limit", "2").code == 0
    file = tmp_path / "here" / ".flowql.toml"
    assert file.read_text() == "limit = 2\n"
    (tmp_path / "here" / "below").mkdir()
    monkeypatch.chdir(tmp_path / "here" / "below")
    assert program("config", "set", "--project", "limit", "3").code == 0
    assert program("config", "path", "--project").out == f"{file}\n"
    assert program("config", "get", "limit").out == "3\n"


def test_every_setting_is_listed_with_its_place(
    program: Program, user_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program("config", "set", "tz", "Asia/Shanghai")
    monkeypatch.setenv("FLOWQL_FORMAT", "csv")
    lines = {line.split()[0]: line.split() for line in program("config", "list").out.splitlines()}
    assert set(lines) == set(KNOWN)
    assert lines["tz"] == ["tz", "Asia/Shanghai", f"{user_file}:1"]
    assert lines["format"] == ["format", "csv", "$FLOWQL_FORMAT"]
    assert lines["pager"] == ["pager", "auto", "default"]
    ran = program("config", "set", "format", "tsv")
    assert (ran.code, ran.err) == (0, "$FLOWQL_FORMAT says csv, which goes before tsv\n")


def test_flag_then_environment_then_project_then_user(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = ("REJECT | fields start | head 1",)

    def shown(*flags: str) -> str:
        return program("search", *flags, *query).out.splitlines()[1]

    assert shown() == "2018-12-13T14:01:39Z"
    program("config", "set", "tz", "Asia/Shanghai")
    assert shown() == "2018-12-13T22:01:39+08:00"
    program("config", "set", "--project", "tz", "Asia/Tokyo")
    assert shown() == "2018-12-13T23:01:39+09:00"
    monkeypatch.setenv("FLOWQL_TZ", "Europe/Berlin")
    assert shown() == "2018-12-13T15:01:39+01:00"
    assert shown("--tz", "UTC") == "2018-12-13T14:01:39Z"
    monkeypatch.setenv("FLOWQL_TZ", "none")
    assert shown() == "2018-12-13T14:01:39Z"


def test_a_limit_that_is_a_setting_cuts_tables_only(program: Program) -> None:
    program("config", "set", "limit", "3")
    ran = program("search", "*")
    assert len(ran.out.splitlines()) == 4
    assert "the first 3 rows (--limit N shows more) · 100 records matched" in ran.err
    assert len(program("search", "--format", "csv", "*").out.splitlines()) == 101
    assert len(program("search", "--limit", "5", "*").out.splitlines()) == 6
    program("config", "set", "limit", "all")
    assert len(program("search", "*").out.splitlines()) == 101


def test_settings_stand_for_flags(program: Program, tmp_path: Path) -> None:
    program("config", "set", "format", "csv")
    assert program("search", "REJECT | count").out == "count\n10\n"
    assert program("search", "--format", "table", "REJECT | count").out == "count\n   10\n"
    assert program("topics").out.startswith("topic ")
    program("config", "set", "strict", "on")
    mixed = "dstport:22 OR dstport:443 src:10.0.0.1"
    assert program("count", mixed).code == 2
    assert program("count", "--no-strict", mixed).code == 0
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "mine").write_text("10.0.0.1\n")
    program("config", "set", "lists", str(tmp_path / "lists"))
    assert program("count", "src:@mine").out == "15\n"
    program("config", "set", "names", "on")
    assert "22 ssh" in program("search", "--format", "table", "REJECT | fields dstport | head 1").out
    assert "ssh" not in program("search", "REJECT | fields dstport | head 1").out


def test_a_folder_is_meant_from_where_one_is(
    program: Program, user_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files name folders from where they lie, and people from where they are."""
    (tmp_path / "here" / ".flowql.toml").write_text("")
    (tmp_path / "here" / "below").mkdir()
    monkeypatch.chdir(tmp_path / "here" / "below")
    program("config", "set", "store", "data")
    program("config", "set", "lists", "~/lists")
    assert user_file.read_text() == f'store = "{tmp_path}/here/below/data"\nlists = "~/lists"\n'
    for text, written in (("data", "below/data"), ("../data", "data"), ("../../data", f"{tmp_path}/data")):
        program("config", "set", "--project", "store", text)
        assert (tmp_path / "here" / ".flowql.toml").read_text() == f'store = "{written}"\n'
    ran = program("config", "set", "lists", "~nosuchuser/lists")
    assert (ran.code, "there is no such user" in ran.err) == (2, True)


def test_a_nearer_place_that_says_otherwise_is_named(program: Program, tmp_path: Path) -> None:
    assert program("config", "set", "--project", "limit", "2").err == ""
    ran = program("config", "set", "limit", "3")
    place = tmp_path / "here" / ".flowql.toml"
    assert (ran.code, ran.err) == (0, f"{place}:1 says 2, which goes before 3\n")


def test_the_store_may_be_a_setting(
    store: Path, user_file: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    nowhere = Program(user_file.parent / "nothing", capsysbinary)
    nowhere("config", "set", "--project", "store", str(store))
    capsysbinary.readouterr()
    assert run(["count", "*"]) == 0
    assert capsysbinary.readouterr().out == b"100\n"
    assert nowhere("count", "*").code == 3
