"""Completing the words of a command line, in a process of its own as a shell asks for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_runs import command_line, imported, make_store

from flowql.shell.saved import save_query, saved_folder

HEAVY = {"numpy", "pyarrow", "lark", "prompt_toolkit", "duckdb", "tomlkit"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one topic."""
    return make_store(tmp_path_factory.mktemp("completion"))


def proposed(*words: str, **environment: str) -> list[str]:
    """What bash is proposed for the last word."""
    line = {
        "_FLOWQL_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(["flowql", *words]),
        "COMP_CWORD": str(len(words)),
    }
    ran = command_line(environment={**line, **environment})
    assert (ran.code, ran.err) == (0, "")
    return [each.partition(",")[2] for each in ran.out.splitlines()]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["se"], ["search"]),
        (["--st"], ["--store"]),
        (["search", "--format", "n"], ["ndjson"]),
        (["search", "--format", "markdown", "--his"], ["--histogram"]),
        (["search", "--tz", "asia/shang"], ["Asia/Shanghai"]),
        (["fmt", "--from", ""], ["cql", "nfdump"]),
        (["config", "un"], ["unset"]),
        (["config", "get", "ti"], ["timeout", "timing"]),
        (["config", "set", "pager", "a"], ["auto", "always"]),
        (["completion", "z"], ["zsh"]),
        (["help", "ex"], ["explain"]),
        (["config", "set", "tz", "x", ""], []),
        (["search", "dstport:22", ""], []),
    ],
)
def test_words_are_completed(words: list[str], expected: list[str]) -> None:
    assert proposed(*words) == expected


def test_saved_queries_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    for name, value in home.items():
        monkeypatch.setenv(name, value)
    for name in ("tries", "scans", "scan-ports"):
        save_query(saved_folder(), name, "*")
    assert proposed("search", "--saved", "sc", **home) == ["scan-ports", "scans"]


def test_topics_are_those_of_the_store_that_the_line_or_a_setting_names(store: Path) -> None:
    assert proposed("--store", str(store), "rejects", "d") == ["default/flows"]
    assert proposed("ingest", "--store", str(store), "--topic", "") == ["default/flows"]
    assert proposed("rejects", "", FLOWQL_STORE=str(store)) == ["default/flows"]
    assert proposed("rejects", "x", FLOWQL_STORE=str(store)) == []
    assert proposed("rejects", "", FLOWQL_STORE=str(store.parent)) == []


@pytest.mark.parametrize(
    "words", [["search", "--f"], ["search", "--format", "c"], ["rejects", ""], ["config", "s"]]
)
def test_a_key_press_waits_for_no_heavy_import(store: Path, words: list[str]) -> None:
    environment = {
        "_FLOWQL_COMPLETE": "zsh_complete",
        "COMP_WORDS": " ".join(["flowql", *words]),
        "COMP_CWORD": str(len(words)),
        "FLOWQL_STORE": str(store),
    }
    ran = command_line(environment=environment, imports=True)
    assert "click.shell_completion" in imported(ran)
    assert imported(ran).isdisjoint(HEAVY)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_asks_the_program(shell: str) -> None:
    ran = command_line("completion", shell)
    assert (ran.code, ran.err) == (0, "")
    assert f"_FLOWQL_COMPLETE={shell}_complete" in ran.out


def test_the_script_completes_in_bash(store: Path) -> None:
    """The printed script, read by a real bash, asks the program on the path."""
    programs = Path(sys.executable).parent
    script = (
        'eval "$(flowql completion bash)"; '
        "COMP_WORDS=(flowql search --format nd); COMP_CWORD=3; "
        '_flowql_completion flowql; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", script],  # noqa: S607 - whichever bash there is
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "FLOWQL_STORE": str(store)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.stdout, done.returncode) == ("ndjson\n", 0), done.stderr


def test_an_unknown_shell_is_refused() -> None:
    assert command_line("completion", "tcsh").code == 2
    assert command_line(environment={"_FLOWQL_COMPLETE": "tcsh_complete"}).code == 2
