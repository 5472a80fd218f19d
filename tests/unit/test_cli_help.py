"""Help at every level: as it is printed, within 80 columns, with examples that the program understands."""

import re
import shlex
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import click
import pytest

from flowql.cli.configuration import Configuration
from flowql.cli.helping import ExampleCommand
from flowql.cli.options import HELP_OPTIONS, Chosen
from flowql.cli.program import program, run
from flowql.cli.query_words import QueryCommand, read_query
from flowql.syntax.parser import parse

GOLDENS = Path(__file__).parents[1] / "golden" / "help"
WIDTH_MAX = 80


def all_commands() -> Iterator[tuple[str, click.Command]]:
    """Every command and command of a group, by the words that name it; the program itself has none."""

    def below(
        words: tuple[str, ...], command: click.Command, ctx: click.Context
    ) -> Iterator[tuple[str, click.Command]]:
        yield " ".join(words), command
        if isinstance(command, click.Group):
            for name in command.list_commands(ctx):
                inner = command.get_command(ctx, name)
                assert inner is not None
                yield from below((*words, name), inner, click.Context(inner, info_name=name, parent=ctx))

    yield from below((), program, click.Context(program, info_name="flowql", help_option_names=HELP_OPTIONS))


COMMANDS = dict(all_commands())


@pytest.mark.parametrize("words", COMMANDS)
def test_help_reads_as_accepted(
    words: str,
    request: pytest.FixtureRequest,
    capsysbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Written anew by `pytest --accept`."""
    monkeypatch.setenv("COLUMNS", "80")
    assert run([*words.split(), "--help"]) == 0
    text = capsysbinary.readouterr().out.decode()
    assert max(map(len, text.splitlines())) <= WIDTH_MAX
    golden = GOLDENS / f"{words.replace(' ', '-') or 'flowql'}.txt"
    if request.config.getoption("accept"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text)
    assert text == golden.read_text()
    assert run(["help", *words.split()]) == 0
    assert capsysbinary.readouterr().out.decode() == text


def test_there_is_no_golden_without_a_command() -> None:
    assert {path.stem for path in GOLDENS.iterdir()} == {
        name.replace(" ", "-") or "flowql" for name in COMMANDS
    }


@pytest.mark.parametrize("words", [name for name in COMMANDS if name.count(" ") == 0])
def test_every_command_ends_with_examples(words: str) -> None:
    command = COMMANDS[words]
    assert isinstance(command, ExampleCommand)
    assert command.examples


@pytest.mark.parametrize(
    "line",
    [
        each.line
        for command in COMMANDS.values()
        if isinstance(command, ExampleCommand)
        for each in command.examples
    ],
)
def test_an_example_is_understood(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its options are there and take what is written, and its query is one."""
    monkeypatch.chdir(tmp_path)
    for name in re.findall(r"(?<=-f )\S+", line):
        (tmp_path / name).write_text("src:$ip\n")
    words = shlex.split(line.partition("flowql ")[2].removesuffix(')"'))
    words = list(takewhile(lambda word: word not in ("|", ">", "&&"), words))
    context: click.Context = program.make_context("flowql", words)
    context.obj = Chosen(configuration=Configuration(reads_files=False))
    while isinstance(context.command, click.Group):
        rest = [*context._protected_args, *context.args]
        if not rest:
            return
        name, command, rest = context.command.resolve_command(context, rest)
        assert command is not None
        context = command.make_context(name, rest, parent=context)
    if isinstance(context.command, QueryCommand) and not context.params.get("language"):
        parse(read_query(context.params["words"], context.params["file"]))


def test_help_of_a_construct_is_the_references_section(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["help", "timechart"]) == 0
    section = capsysbinary.readouterr().out.decode()
    assert section.startswith("timechart\n=========\n")
    prose = [line for line in section.splitlines() if not line.startswith("  ")]
    assert max(map(len, prose)) <= WIDTH_MAX
    assert run(["help", "--language", "count"]) == 0
    assert capsysbinary.readouterr().out.decode() != (GOLDENS / "count.txt").read_text()
    assert run(["help", "--language"]) == 0
    assert "Subqueries" in capsysbinary.readouterr().out.decode()


def test_help_proposes_what_is_near(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["help", "timechrat"]) == 2
    assert "timechart" in capsysbinary.readouterr().err.decode()
    assert run(["help", "frobnicate"]) == 2
    assert "flowql help --language lists the sections" in capsysbinary.readouterr().err.decode()
    assert run(["serch", "REJECT"]) == 2
    assert "did you mean search?" in capsysbinary.readouterr().err.decode()
