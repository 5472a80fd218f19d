"""The backslash commands as a whole: each has help with an example, and the example runs on a real store."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from shell_screen import Screen, screen_over, small_store

import flowql
from flowql.engine import Engine
from flowql.shell.commands import ALIASES, COMMANDS
from flowql.shell.saved import SUFFIX, saved_folder
from flowql.shell.settings import SETTINGS

BEFORE = ("REJECT | stats count() as n by srcaddr, action",)
"""What has run before an example does."""
BEFORE_ITS_OWN = {"why": "REJECT", "run": r"\save from-net srcaddr:$net action:REJECT", "e": "REJECT"}
SAYS = {
    "?": "for example: ",
    "help": "timechart 5m",
    "topics": "default/flows",
    "fields": "dstport: port",
    "top": "from flows REJECT | top 5 srcaddr",
    "hist": "count() by protocol",
    "drill": "from flows REJECT AND srcaddr=198.51.100.1 AND NOT action=REJECT",
    "why": "row 1: ",
    "last": "srcaddr,action,n",
    "explain": "logical plan",
    "profile": " ms",
    "sql": "SELECT",
    "cli": "flowql search --store ",
    "save": "from-net: srcaddr:$net AND action:REJECT (needs $net)",
    "run": "with net=10.0.0.0/8",
    "list": "no query is saved",
    "o": "rows go to answers.txt",
    "e": "from flows action:ACCEPT",
    "use": "from flows*",
    "set": "limit 100",
    "mode": "mode json",
    "x": "expanded on",
    "timing": "timing off",
    "q": "",
}
"""What the example of each command makes it say."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine over a small store."""
    with flowql.open(small_store(tmp_path_factory.mktemp("shell"))) as engine:
        yield engine


@pytest.fixture
def screen(engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Screen:
    """A session over it, in a folder of its own, of a user without saved queries."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("VISUAL", "sed -i s/REJECT/ACCEPT/")
    return screen_over(engine)


def test_every_command_is_in_the_list_of_this_test() -> None:
    assert set(SAYS) == set(COMMANDS)
    assert not set(ALIASES) & set(COMMANDS)
    assert set(ALIASES.values()) <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_of_a_command_runs(screen: Screen, name: str) -> None:
    screen.after(*BEFORE, *((BEFORE_ITS_OWN[name],) if name in BEFORE_ITS_OWN else ()))
    command = COMMANDS[name]
    assert command.example.startswith(f"\\{name}")
    shown = screen.after(command.example)
    assert SAYS[name] in shown
    assert "error" not in shown
    assert screen.session.is_over == (name == "q")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_section_of_help(screen: Screen, name: str) -> None:
    shown = screen.after(rf"\? {name}")
    assert shown.startswith(COMMANDS[name].usage)
    assert COMMANDS[name].example in shown
    assert COMMANDS[name].summary in " ".join(screen.after(r"\?").split())


def test_help_for_an_unknown_command_proposes_one(screen: Screen) -> None:
    assert r"did you mean \drill?" in screen.after(r"\? dril")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (r"\topics x", r"\use TOPIC chooses one"),
        (r"\fields dsport", "similar name"),
        (r"\top", r"\top dstport 20"),
        (r"\top dstport few", r"\top dstport 20"),
        (r"\top dsport", "similar name"),
        (r"\hist dstport", r"\hist by dstport"),
        (r"\hist by dsport", "similar name"),
        (r"\drill", "the number of a row is needed"),
        (r"\drill 0", "rows are numbered from 1"),
        (r"\drill 9", "rows are 1 to 2"),
        (r"\drill 1 srcadr", "keys: srcaddr, action"),
        (r"\why", "the number of a row is needed"),
        (r"\why 1", "a stage of this query makes groups"),
        (r"\last jsn", "formats: json"),
        (r"\explain dsport:22", "similar name"),
        (r"\run nothing", "no query is saved"),
        (r"\run", "a name is needed"),
        (r"\save", "a name is needed"),
        (r"\save ../x", "the name of a query is made of letters"),
        (r"\save x dstport:", "error"),
        (r"\list x", r"\run x runs a query"),
        (r"\o", r"\o FILE"),
        (r"\o nowhere/x.csv", "cannot be written"),
        (r"\use nosuch", "nosuch"),
        (r"\set limt 3", "settings: limit"),
        (r"\set limit x", r"\set limit 100"),
        (r"\mode tabel", r"\set mode table"),
        (r"\x maybe", "on or off"),
        (r"\timing maybe", "on or off"),
        (r"\help timechrt", "there is timechart"),
        (r"\q now", r"\q leaves"),
    ],
)
def test_a_wrong_argument_is_told_with_what_would_do(screen: Screen, typed: str, told: str) -> None:
    shown = screen.after(*BEFORE, typed)
    assert "error: " in shown
    assert told in shown
    assert not screen.session.is_over


@pytest.mark.parametrize("name", ["drill 1", "why 1", "last", "explain", "profile", "sql", "cli", "save x"])
def test_what_goes_by_the_previous_query_says_so_when_there_is_none(screen: Screen, name: str) -> None:
    shown = screen.after(f"\\{name}")
    assert "error: " in shown
    assert "yet" in shown


def test_saved_queries_are_only_for_their_owner(screen: Screen) -> None:
    screen.after("REJECT", r"\save mine")
    path = saved_folder() / f"mine{SUFFIX}"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == "from flows REJECT\n"


def test_a_bar_goes_on_from_the_previous_query_in_commands_too(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "there is none yet" in screen.after(r"\save mine | count")
    screen.after("REJECT")
    assert "mine: from flows REJECT | count\n" in screen.after(r"\save mine | count")
    assert "from flows REJECT | count" in screen.after(r"\explain | count")
    monkeypatch.setenv("VISUAL", "sed -i s/count/top/")
    assert "\nfrom flows REJECT | top 10 dstport\n" in screen.after(r"\e | count 10 dstport")


def test_a_query_that_is_replaced_is_told(screen: Screen) -> None:
    screen.after(r"\save q REJECT")
    assert "instead of: REJECT" in screen.after(r"\save q ACCEPT")
    assert "instead" not in screen.after(r"\save q ACCEPT")
    assert "q  ACCEPT" in screen.after(r"\list")


def test_parameters_of_a_saved_query_are_asked_for_by_name(screen: Screen) -> None:
    screen.after(r"\save q dstport in $ports srcaddr:$net")
    assert r"\run q ports=VALUE net=VALUE" in screen.after(r"\run q ports=22")
    assert "6 records matched" in screen.after(r"\run q ports=22 ports=23 net=198.51.100.0/24")
    assert "with ports=22, ports=23, net=198.51.100.0/24" in screen.after("| count")
    assert "expected an address" in screen.after(r"\run q ports=22 net=x")
    assert screen.session.mistake is None  # the query that is wrong was not typed
    assert "expected name=value" in screen.after(r"\run q ports")
    assert "a quote is open" in screen.after(r"\run q 'x")


def test_an_editor_that_changes_nothing_runs_nothing(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "true")
    assert screen.after("REJECT", r"\e").endswith("nothing was changed, so nothing is run\n")
    monkeypatch.setenv("VISUAL", "false")
    assert "ended with 1" in screen.after(r"\e REJECT")
    monkeypatch.setenv("VISUAL", "no-such-editor")
    assert "set VISUAL or EDITOR" in screen.after(r"\e REJECT")


def test_a_mistake_made_in_the_editor_is_put_right_at_the_prompt(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", "sed -i s/REJECT/dsport:22/")
    assert "similar name" in screen.after(r"\e REJECT | count")
    assert screen.session.mistake is not None
    assert screen.session.mistake.text == "dsport:22 | count"
    assert screen.session.mistake.cursor == 0


def test_the_list_of_commands_fits_a_narrow_terminal_and_names_the_keys(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    lines = screen_over(engine, is_terminal=True).after(r"\?").splitlines()
    assert max(map(len, lines)) <= 80
    keys = ("Enter", "Esc Enter", "Tab", "right arrow", "Ctrl-R", "Ctrl-C", "Ctrl-D")
    assert all(any(line.startswith(f"  {key}  ") for line in lines) for key in keys)
    assert any(" ;" in line for line in lines)


def test_the_list_of_settings_fits_a_narrow_terminal(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    screen = screen_over(engine, is_terminal=True, tz="Asia/Shanghai", now=1_700_000_000_000_000_000)
    lines = screen.after(r"\set").splitlines()
    assert max(map(len, lines)) <= 80
    assert {name: any(rf"\set {name} " in line for line in lines) for name in SETTINGS} == dict.fromkeys(
        SETTINGS, True
    )
    assert r"\set now 2023-11-15T06:13:20+08:00" in {line.strip() for line in lines}


def test_topics_are_chosen_for_queries_that_name_none(screen: Screen) -> None:
    assert "queries that name no topics: from other" in screen.after(r"\use other")
    assert "from other * | count" not in screen.after("* | count")
    assert screen.session.previous == "from other | count"
    assert "10 records matched" in screen.after("*")
    assert "queries that name none search other" in screen.after(r"\topics")
    screen.after(r"\use *, -other")
    assert screen.session.topics == ("*", "-other")
    assert "20 records matched" in screen.after("*")
    screen.after(r"\use nosuch")
    assert screen.session.topics == ("*", "-other")
    assert "what they search without from" in screen.after(r"\use -")
    assert "30 records matched" in screen.after("*")
