"""README.md and grammar/README.md, run: what their fenced blocks show has to be true.

Blocks by the word after the backticks:

- `flowql`: one query, or several with a blank line between two. Each parses and binds over the default
  fields; a line that begins with `#` is a comment of the language. What is refused on purpose stands in an
  `error` block instead.
- `error`: a query on the first lines, then its message as it is printed, from the line that begins with
  `error:` on.
- `log NAME`: a file of that name is written into the folder in which the document's commands are run.
- `console`: lines that begin with `$ ` are commands (`> ` goes on with one), run by bash in that folder, with
  `flowql` on the path and FLOWQL_STORE set to a store of its own; the lines below a command are what it
  prints, both streams together, on no terminal. `...` alone on a line stands for any lines, `…` for any text
  in a line. A command whose shown lines have one that begins with `error:` has to fail, any other to succeed.
- `python`: run in that folder; with `>>>` prompts as doctest does, sharing names with the blocks before it.
- `sh`: commands that set a machine up. They are not run here: `.ci/run` runs them.
- nothing, or any other word: text, not run.

The blocks of a document share one folder and are run in order.
"""

import doctest
from pathlib import Path

import pytest

from docs.blocks import FencedBlock, fenced_blocks
from docs.console import Sandbox, commands_of, matches
from flowql.errors import QueryError
from flowql.plan.bind import bind
from flowql.schema import DEFAULT_SCHEMA, TopicName
from flowql.syntax.parser import parse
from oracle import Table, Tables

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
REFERENCE = ROOT / "grammar" / "README.md"
_TOPICS = [
    "default/flows",
    "default/vpc-prod",
    "default/vpc-test",
    "default/vpc-test-2",
    "default/dr-east",
    "archive/vpc-2018",
]
_NO_RECORDS = Tables([Table(TopicName(*name.split("/")), DEFAULT_SCHEMA) for name in _TOPICS])


def test_the_reference_has_its_examples() -> None:
    """A reference without queries would pass everything below."""
    assert sum(block.language == "flowql" for block in fenced_blocks(REFERENCE)) >= 20


@pytest.mark.parametrize("document", [README, REFERENCE], ids=["README", "reference"])
def test_queries_bind(document: Path) -> None:
    """Every query of a `flowql` block."""
    wrong = []
    for block in _blocks(document, "flowql"):
        for text in _queries(block.text):
            try:
                bind(parse(text), _NO_RECORDS, 0)
            except QueryError as error:
                wrong.append(f"{document.name}:{block.line}\n{error.render()}")
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.parametrize("document", [README, REFERENCE], ids=["README", "reference"])
def test_errors_are_as_shown(document: Path) -> None:
    """Every message of an `error` block."""
    for block in _blocks(document, "error"):
        lines = block.text.splitlines()
        start = next(i for i, line in enumerate(lines) if line.startswith("error:"))
        with pytest.raises(QueryError) as caught:
            bind(parse("\n".join(lines[:start])), _NO_RECORDS, 0)
        assert caught.value.render() == "\n".join(lines[start:]), f"{document.name}:{block.line}"


@pytest.mark.timeout(170)
@pytest.mark.parametrize("document", [README, REFERENCE], ids=["README", "reference"])
def test_commands_print_what_is_shown(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every `console` and `python` block, in order."""
    sandbox = Sandbox(tmp_path)
    monkeypatch.chdir(sandbox.folder)
    monkeypatch.setenv("FLOWQL_STORE", sandbox.environment["FLOWQL_STORE"])
    names: dict[str, object] = {}
    wrong = []
    for block in fenced_blocks(document):
        match block.language.split():
            case ["log", name]:
                (sandbox.folder / name).write_text(block.text + "\n")
            case ["console"]:
                wrong += [
                    text for each in commands_of(block.text, block.line) if (text := sandbox.difference(each))
                ]
            case ["python"]:
                wrong += _python_failures(document, block, names)
            case _:
                pass
    assert not wrong, "\n\n".join(wrong)


def test_shown_lines_may_leave_out_lines_and_text() -> None:
    """The comparison itself."""
    printed = ["a 1", "b 2", "c 3"]
    assert matches(["a 1", "b 2", "c 3"], printed)
    assert matches(["a …", "...", "c 3"], printed)
    assert matches(["...", "c 3", "..."], printed)
    assert not matches(["a 1", "c 3"], printed)
    assert not matches(["a …", "..."], ["b", "c"])
    assert not matches([], printed)


def _blocks(document: Path, language: str) -> list[FencedBlock]:
    return [block for block in fenced_blocks(document) if block.language == language]


def _python_failures(document: Path, block: FencedBlock, names: dict[str, object]) -> list[str]:
    """Run a block; what went wrong, as text."""
    where = f"{document.name}:{block.line}"
    if ">>> " not in block.text:
        exec(compile(block.text, where, "exec"), names)  # noqa: S102 - the documents are ours
        return []
    test = doctest.DocTestParser().get_doctest(block.text, {}, where, str(document), block.line - 1)
    test.globs = names
    report: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=report.append, clear_globs=False)
    return ["".join(report)] if report else []


def _queries(text: str) -> list[str]:
    """The queries of a `flowql` block."""
    queries: list[str] = []
    for line in text.splitlines():
        if queries and line.startswith((" ", "|")):
            queries[-1] += "\n" + line
        elif line.strip() and not line.startswith("#"):
            queries.append(line)
    return queries
