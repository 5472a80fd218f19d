"""Settings: where they are looked for, which place wins, and how a wrong one is told."""

import os
from pathlib import Path

import pytest

from flowql.cli.configuration import PROJECT_FILE, Configuration
from flowql.cli.known_settings import KNOWN
from flowql.errors import UsageError
from flowql.shell.settings import Settings


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder two below the place of a project's file."""
    folder = tmp_path / "project" / "a" / "b"
    folder.mkdir(parents=True)
    return folder


def write_user(tmp_path: Path, text: str) -> dict[str, str]:
    """The environment of a user with such a file."""
    (tmp_path / "user.toml").write_text(text)
    return {"FLOWQL_CONFIG": str(tmp_path / "user.toml")}


def message_of(error: UsageError) -> str:
    """The words of an error on one line."""
    return " ".join(error.render().split())


def test_the_nearer_place_wins(tmp_path: Path, project: Path) -> None:
    environment = write_user(tmp_path, 'tz = "UTC"\nlimit = 1\nformat = "csv"\nhuman = true\n')
    (tmp_path / "project" / PROJECT_FILE).write_text('tz = "Asia/Tokyo"\nlimit = 2\n')
    configuration = Configuration({**environment, "FLOWQL_TZ": "Asia/Shanghai"}, project)
    found = {name: (each.text, each.origin) for name, each in configuration.all.items()}
    assert found == {
        "tz": ("Asia/Shanghai", "$FLOWQL_TZ"),
        "limit": ("2", f"{tmp_path / 'project' / PROJECT_FILE}:2"),
        "format": ("csv", f"{tmp_path / 'user.toml'}:3"),
        "human": ("on", f"{tmp_path / 'user.toml'}:4"),
    }


def test_only_the_nearest_project_counts(tmp_path: Path, project: Path) -> None:
    (tmp_path / "project" / PROJECT_FILE).write_text("limit = 2\n")
    (project / PROJECT_FILE).write_text('tz = "UTC"\n')
    configuration = Configuration({"FLOWQL_CONFIG": ""}, project)
    assert set(configuration.all) == {"tz"}
    (project / PROJECT_FILE).unlink()
    assert set(Configuration({"FLOWQL_CONFIG": ""}, project).all) == {"limit"}


def test_a_file_of_another_user_does_not_count(
    tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project" / PROJECT_FILE).write_text("limit = 2\n")
    (project / PROJECT_FILE).write_text('store = "/tmp/theirs"\n')
    if os.getuid() == 0:
        os.chown(project / PROJECT_FILE, 12345, -1)
        assert set(Configuration({"FLOWQL_CONFIG": ""}, project).all) == {"limit"}
    else:
        monkeypatch.setattr(os, "getuid", lambda: 12345)
        assert set(Configuration({"FLOWQL_CONFIG": ""}, project).all) == set()


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give files away")
def test_a_link_of_another_user_does_not_count(tmp_path: Path, project: Path) -> None:
    (tmp_path / "mine.toml").write_text("limit = 2\n")
    (project / PROJECT_FILE).symlink_to(tmp_path / "mine.toml")
    assert set(Configuration({"FLOWQL_CONFIG": ""}, project).all) == {"limit"}
    os.chown(project / PROJECT_FILE, 12345, -1, follow_symlinks=False)
    assert set(Configuration({"FLOWQL_CONFIG": ""}, project).all) == set()


def test_nothing_is_set_where_nobody_says(project: Path) -> None:
    assert dict(Configuration({"FLOWQL_CONFIG": "", "FLOWQL_TZ": ""}, project).all) == {}
    assert Configuration({"FLOWQL_CONFIG": str(project / "none.toml")}, project).get("tz") is None


def test_files_may_be_left_out(tmp_path: Path, project: Path) -> None:
    environment = {**write_user(tmp_path, "not toml"), "FLOWQL_TZ": "UTC"}
    (project / PROJECT_FILE).write_text("nor this")
    assert set(Configuration(environment, project, reads_files=False).all) == {"tz"}


def test_a_folder_is_named_from_where_the_file_lies(
    tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    environment = write_user(tmp_path, 'lists = "~/lists"\n')
    (tmp_path / "project" / PROJECT_FILE).write_text('store = "data/flows"\n')
    configuration = Configuration(environment, project).all
    assert configuration["store"].text == str(tmp_path / "project" / "data" / "flows")
    assert configuration["lists"].text == str(tmp_path / "home" / "lists")
    assert Configuration({"FLOWQL_CONFIG": "", "FLOWQL_STORE": "data"}, project).all["store"].text == "data"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# mine\n\nlimt = 5\n", ':3: there is no setting "limt" did you mean "limit"?'),
        ('limit = "few"\n', ':1: limit is a number of rows or all, found "few"'),
        ('\nformat = "cvs"\n', ":2: format is one of"),
        ('\nformat = "cvs"\n', 'did you mean "csv"?'),
        ('tz = "Shanghai"\n', 'unknown zone "Shanghai"'),
        ('tz = "Shanghai"\n', "Asia/Shanghai"),
        ("strict = 2\n", "strict is on or off"),
        ('timeout = "soon"\n', "a duration is written like 30s, 1m30s or 500ms"),
        ('timeout = "0s"\n', "a duration is written like"),
        ('memory = "lots"\n', "a size is written like 2GiB"),
        ("limit = [1, 2]\n", ":1: limit takes N|all, found [1, 2]"),
        ("[tz]\nname = 1\n", ":1: tz takes"),
        ('tz = "UTC\n', "(at line 1, column 10) a line is: name = value"),
        ("tz = 1\ntz = 2\n", "at line 2"),
        (f"limit = {'1' * 5000}\n", ": this is no file of settings"),
        (f"limit = {'[' * 5000}\n", ": this is no file of settings"),
        ('lists = "~nosuchuser/lists"\n', ':1: there is no such user: "~nosuchuser/lists"'),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, project: Path, text: str, told: str) -> None:
    configuration = Configuration(write_user(tmp_path, text), project)
    with pytest.raises(UsageError) as caught:
        configuration.get("store")
    assert caught.value.exit_code == 2
    assert told in message_of(caught.value)
    assert message_of(caught.value).startswith(f"error: {tmp_path / 'user.toml'}:")


def test_a_wrong_variable_is_named(project: Path) -> None:
    with pytest.raises(UsageError, match=r"^\$FLOWQL_LIMIT: limit is a number of rows"):
        Configuration({"FLOWQL_CONFIG": "", "FLOWQL_LIMIT": "some"}, project).get("limit")


def test_a_file_that_cannot_be_read_is_told(project: Path) -> None:
    (project / PROJECT_FILE).write_bytes(b'tz = "\xff"\n')
    with pytest.raises(UsageError, match="it is no UTF-8"):
        Configuration({"FLOWQL_CONFIG": ""}, project).get("tz")
    with pytest.raises(UsageError, match="cannot be read"):
        Configuration({"FLOWQL_CONFIG": str(project)}, project.parent).get("tz")


@pytest.mark.parametrize("value", ["less; rm -rf ~", "/bin/sh", "!sh", "$(id)"])
def test_no_setting_takes_a_command(project: Path, value: str) -> None:
    """A project's file may come with somebody else's data."""
    takes_any = {name for name, known in KNOWN.items() if not known.is_path}
    assert takes_any | {"store", "lists"} == set(KNOWN)
    for name in takes_any:
        (project / PROJECT_FILE).write_text(f"{name} = '{value}'\n")
        with pytest.raises(UsageError, match=f":1: .*{name}|found|unknown zone"):
            Configuration({"FLOWQL_CONFIG": ""}, project).get(name)


def test_the_shell_begins_with_the_settings(project: Path) -> None:
    assert Configuration({"FLOWQL_CONFIG": ""}, project).shell_settings() == Settings()
    (project / PROJECT_FILE).write_text(
        'format = "ndjson"\nlimit = "all"\ntz = "asia/shanghai"\nediting = "vi"\nnames = false\n'
        'store = "x"\ntimeout = "3s"\n'
    )
    expected = Settings(mode="ndjson", limit=None, tz="Asia/Shanghai", editing="vi", names=False)
    assert Configuration({"FLOWQL_CONFIG": ""}, project).shell_settings() == expected


def test_every_default_that_is_a_value_reads_back() -> None:
    for name, known in KNOWN.items():
        if not known.is_path and "terminal" not in known.default:
            known.read(known.default)
        assert known.variable == f"FLOWQL_{name.upper()}"
