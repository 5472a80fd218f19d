"""README.md and grammar/README.md, run: what their fenced blocks show has to be true.

Blocks by the word after the backticks:

- `flowql`: queries, one a line; a line that begins with a blank or a bar goes on with the one before. Each is
  run over the small store of `examples`; a line that begins with `#` is a comment of the language. What is
  refused on purpose stands in an `error` block instead.
- `error`: a query on the first lines, then its message as it is printed, from the line that begins with
  `error:` on.
- `log NAME`: a file of that name is written into the folder in which the document's commands are run.
- `console`: lines that begin with `$ ` are commands (`> ` goes on with one), run by bash in that folder, with
  `flowql` on the path and FLOWQL_STORE set to a store of its own, which for the reference holds one topic with
  the records of `examples`, beside its lists; the lines below a command are what it
  prints, both streams together, on no terminal. `...` alone on a line stands for any lines, `…` for any text
  in a line. A command whose shown lines have one that begins with `error:` has to fail, any other to succeed.
  What it exports holds from there on, for the blocks below as well.
- `repl`: lines that begin with `flowql> ` (`   ...> ` goes on with one) are typed into `flowql shell`, which runs
  in that folder, on a terminal of 100 columns and without colours; the lines below are what it answers. One
  shell takes all of a document's.
- `python`: run in that folder; with `>>>` prompts as doctest does, sharing names with the blocks before it.
- `sh`: commands that set a machine up. They are not run here: `.ci/run` runs them.
- nothing, or any other word: text, not run.

The blocks of a document share one folder and are run in order. A table whose heading is `you type there | here |
what differs` holds queries in its second column, which are run too; where `flowql fmt` translates the language
of the first, that has to give the second, or to be refused where the third says so.
"""

import doctest
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bench.screens import DEMO_STORE
from docs.blocks import FencedBlock, fenced_blocks
from docs.console import Sandbox, commands_of, matches
from docs.examples import NOW, ONE_TOPIC, PARAMETERS, make_store
from docs.typist import Typist
from flowql.engine import Engine
from flowql.errors import QueryError
from flowql.syntax.canonical import canonical
from flowql.syntax.parser import parse
from flowql.translate import translate

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
REFERENCE = ROOT / "grammar" / "README.md"
_TABLE = "| you type there | here | what differs |"
_TRANSLATED = {"Coming from CLS CQL": "cql", "Coming from nfdump": "nfdump"}
_REFUSED = "refused by the translation"
_CELL = re.compile(r"(?:\\.|[^|\\])*")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The store of the examples."""
    with make_store(tmp_path_factory.mktemp("documents")) as engine:
        yield engine


def test_the_reference_has_its_examples() -> None:
    """A reference without queries would pass everything below."""
    assert sum(block.language == "flowql" for block in fenced_blocks(REFERENCE)) >= 20


@pytest.mark.parametrize("document", [README, REFERENCE], ids=["README", "reference"])
def test_queries_run(document: Path, engine: Engine) -> None:
    """Every query of a `flowql` block; most of them find something, or running them would prove little."""
    outcomes = [
        _outcome(engine, text, f"{document.name}:{block.line}")
        for block in _blocks(document, "flowql")
        for text in _queries(block.text)
    ]
    wrong = [each for each in outcomes if isinstance(each, str)]
    assert not wrong, "\n\n".join(wrong)
    assert sum(bool(each) for each in outcomes) >= len(outcomes) * 0.7


@pytest.mark.parametrize("document", [README, REFERENCE], ids=["README", "reference"])
def test_errors_are_as_shown(document: Path, engine: Engine) -> None:
    """Every message of an `error` block."""
    for block in _blocks(document, "error"):
        lines = block.text.splitlines()
        start = next(i for i, line in enumerate(lines) if line.startswith("error:"))
        with pytest.raises(QueryError) as caught:
            engine.search("\n".join(lines[:start]))
        assert caught.value.render() == "\n".join(lines[start:]), f"{document.name}:{block.line}"


def test_the_other_languages_say_the_same_here(engine: Engine) -> None:
    """The tables of the sections that begin with `Coming from`."""
    wrong = []
    for section, there, here, differs in _table_rows():
        outcome = _outcome(engine, here, f"{section}: {there}")
        if isinstance(outcome, str):
            wrong.append(outcome)
            continue
        if section in _TRANSLATED and there:
            said = _translated(_TRANSLATED[section], there)
            expected = None if _REFUSED in differs else canonical(parse(here))
            if said != expected:
                wrong.append(f"{section}: {there}: translated to {said}, expected {expected}")
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.timeout(170)
@pytest.mark.parametrize("document", [README, REFERENCE], ids=["README", "reference"])
def test_commands_print_what_is_shown(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Every `console`, `repl` and `python` block, in order."""
    sandbox = Sandbox(tmp_path)
    if document == REFERENCE:
        make_store(sandbox.folder, ONE_TOPIC).close()
    else:
        sandbox.link(DEMO_STORE, request.getfixturevalue("demo_home") / DEMO_STORE)
    monkeypatch.chdir(sandbox.folder)
    names: dict[str, object] = {}
    wrong = []
    with ExitStack() as stack:
        typist: Typist | None = None
        for block in fenced_blocks(document):
            monkeypatch.setenv("FLOWQL_STORE", sandbox.environment["FLOWQL_STORE"])
            match block.language.split():
                case ["log", name]:
                    (sandbox.folder / name).write_text(block.text + "\n")
                case ["console"]:
                    wrong += [
                        text
                        for each in commands_of(block.text, block.line)
                        if (text := sandbox.difference(each))
                    ]
                case ["repl"]:
                    typist = typist or stack.enter_context(Typist(sandbox.folder, sandbox.environment))
                    wrong += typist.differences(block.text, block.line)
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


def _outcome(engine: Engine, text: str, place: str) -> int | str:
    """How many rows a query gives, or what is wrong with it, in words."""
    try:
        return sum(1 for _ in engine.search(text, params=PARAMETERS, now=NOW))
    except QueryError as error:
        return f"{place}\n{error.render()}"


def _table_rows() -> Iterator[tuple[str, str, str, str]]:
    """Section, first cell, second cell and third cell of every row; the text of a cell in backticks, if any."""
    section, is_table = "", False
    for line in REFERENCE.read_text().splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        is_table = line == _TABLE or (is_table and line.startswith("|"))
        if not is_table or line == _TABLE or line.startswith("|--"):
            continue
        cells = [cell.strip() for cell in _CELL.findall(line) if cell.strip()]
        there, here, differs = (*cells, "")[:3]
        yield section, _code(there), _code(here), differs


def _code(cell: str) -> str:
    """What stands in backticks in a cell; nothing when it is not all of it."""
    match = re.fullmatch(r"`(.*)`", cell)
    return match[1].replace(r"\|", "|") if match else ""


def _translated(language: str, text: str) -> str | None:
    try:
        return canonical(translate(language, text).query)
    except QueryError:
        return None


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
