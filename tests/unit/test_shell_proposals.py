"""What may be typed next: in queries, behind a bar, in commands and their arguments."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import flowql
from flowql.errors import StoreError
from flowql.plan.candidates import Candidate, CandidateKind
from flowql.shell import proposed_arguments
from flowql.shell.commands import COMMANDS, Completes
from flowql.shell.proposals import Proposer
from flowql.shell.proposed_arguments import PROPOSED
from flowql.shell.saved import save_query
from flowql.shell.settings import Settings

LINE = "2 1 eni-1 10.0.0.1 10.0.0.2 40000 22 6 1 40 1544709600 1544709601 REJECT OK"


@dataclass
class Around:
    """What a query is completed within."""

    settings: Settings = field(default_factory=Settings)
    previous: str | None = None
    topics: tuple[str, ...] = ()


@dataclass
class FakeEngine:
    """Proposes `action` in place of the last three characters, or fails."""

    error: Exception | None = None
    asked: list[tuple[str, int | None, dict[str, Any]]] = field(default_factory=list)

    def complete(self, text: str, cursor: int | None = None, **options: Any) -> tuple[Candidate, ...]:
        """A candidate, or an error."""
        self.asked.append((text, cursor, options))
        if self.error:
            raise self.error
        return (Candidate("action", CandidateKind.FIELD, "text", len(text) - 3),)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[flowql.Engine]:
    """A store of one record."""
    folder = tmp_path_factory.mktemp("proposals")
    (folder / "a.log").write_text(LINE + "\n")
    with flowql.open(folder / "store") as opened:
        opened.ingest([folder / "a.log"])
        yield opened


def proposed(engine: flowql.Engine, text: str, around: Around | None = None) -> list[str]:
    """The whole texts that proposals make of a text."""
    found = Proposer(engine, around or Around()).at(text, len(text))
    return [text[: each.start] + each.text for each in found]


def test_a_query_is_the_engines_to_complete() -> None:
    fake = FakeEngine()
    settings = Settings(tz="Asia/Shanghai", now=7)
    (found,) = Proposer(fake, Around(settings)).at("22 act last 1h", 6)
    assert (found.text, found.start, found.detail) == ("action", 3, "text")
    assert fake.asked == [("22 act", 6, {"now": 7, "tz": "Asia/Shanghai"})]


@pytest.mark.parametrize("error", [StoreError("gone"), OSError("gone")])
def test_a_store_that_fails_proposes_nothing(error: Exception) -> None:
    assert Proposer(FakeEngine(error), Around()).at("act", 3) == []


def test_behind_a_bar_the_columns_are_those_of_the_previous_query(engine: flowql.Engine) -> None:
    around = Around(previous="* | stats count() as many by action")
    assert proposed(engine, "| sort m", around) == ["| sort many"]
    assert "| sort many" in proposed(engine, "| sort ", around)
    assert proposed(engine, "| sort m", Around()) == []


def test_the_topics_that_were_chosen_go_before_a_query_without_its_own() -> None:
    fake = FakeEngine()
    proposer = Proposer(fake, Around(topics=("last", "-b")))
    (found,) = proposer.at("act", 3)
    assert (found.start, fake.asked[-1][0]) == (0, 'from "last", -b act')
    proposer.at("from c act", 10)
    assert fake.asked[-1][0] == "from c act"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\\expla", ["\\explain"]),
        ("\\nonsense a", []),
        ("\\explain acti", ["\\explain action"]),
        ("\\explain   acti", ["\\explain   action"]),
        (" \\explain acti", [" \\explain action"]),
        ("\\top srca", ["\\top srcaddr"]),
        ("\\top srcaddr 1", []),
        ("\\drill 1 srca", ["\\drill 1 srcaddr"]),
        ("\\drill 1 bytes -srca", ["\\drill 1 bytes -srcaddr"]),
        ("\\hist b", ["\\hist by"]),
        ("\\hist by prot", ["\\hist by protocol", "\\hist by protocol-name"]),
        ("\\use fl", ["\\use flows"]),
        ("\\use x -fl", ["\\use x -flows"]),
        ("\\set edi", ["\\set editing"]),
        ("\\set editing ", ["\\set editing emacs", "\\set editing vi"]),
        ("\\set editing vi ", []),
        ("\\mode cs", ["\\mode csv"]),
        ("\\? expl", ["\\? explain"]),
        ("\\help timec", ["\\help timechart"]),
        ("\\save x acti", ["\\save x action"]),
        ("\\timing ", []),
    ],
)
def test_commands_and_their_arguments(engine: flowql.Engine, text: str, expected: list[str]) -> None:
    assert proposed(engine, text) == expected


def test_saved_queries_are_proposed_by_their_names(
    engine: flowql.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposed_arguments, "saved_folder", lambda: tmp_path)
    save_query(tmp_path, "from-net", "src:$net")
    assert proposed(engine, "\\run fr") == ["\\run from-net"]
    assert proposed(engine, "\\run from-net fr") == []


def test_files_are_proposed_with_their_folders(engine: flowql.Engine, tmp_path: Path) -> None:
    (tmp_path / "a b.csv").touch()
    (tmp_path / "all").mkdir()
    (tmp_path / ".hidden").touch()
    assert proposed(engine, f"\\o {tmp_path}/a") == [f"\\o {tmp_path}/a b.csv", f"\\o {tmp_path}/all/"]
    assert proposed(engine, f"\\o {tmp_path}/a b") == [f"\\o {tmp_path}/a b.csv"]
    assert f"\\o {tmp_path}/.hidden" not in proposed(engine, f"\\o {tmp_path}/")
    assert proposed(engine, f"\\o {tmp_path}/none/") == []


def test_every_sort_of_argument_is_proposed() -> None:
    in_queries = {Completes.QUERY, Completes.FIELD, Completes.BY_FIELD, Completes.TOPIC}
    assert set(PROPOSED) | in_queries == set(Completes)


def test_every_command_takes_any_text(engine: flowql.Engine) -> None:
    for command in COMMANDS.values():
        for argument in ["", " ", "x", "x ", " x  y z", '"', "|", "\n", "-", "/"]:
            proposed(engine, f"\\{command.name} {argument}")
