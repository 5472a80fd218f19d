"""What an engine proposes at a cursor, beside what the golden file of completion shows."""

from pathlib import Path

import pytest

import flowql
from flowql.engine import Engine
from flowql.errors import QueryError
from flowql.plan.candidates import CandidateKind
from flowql.plan.complete import _FUNCTIONS, _PROPOSERS, _STAGES, _WORDS
from flowql.syntax import expected
from flowql.syntax.completion import places_at
from flowql.syntax.expected import Expected
from golden.corpus import texts

LINES = """\
2 1 eni-a 10.0.0.5 203.0.113.7 40000 443 6 1 100 1700000000 1700000060 ACCEPT OK
2 1 eni-a 10.0.0.5 203.0.113.7 40001 22 6 1 100 1700000001 1700000060 REJECT OK
2 1 eni-b 10.0.0.5 203.0.113.7 40001 22 6 1 100 1700000002 1700000060 ACCEPT OK
"""
_NOW = 1_700_000_000_000_000_000


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    (tmp_path / "a.log").write_text(LINES)
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "threats.txt").write_text("203.0.113.0/24\n")
    engine = flowql.open(tmp_path / "store", lists=tmp_path / "lists")
    engine.ingest([tmp_path / "a.log"])
    return engine


def put_in(text: str, cursor: int, engine: Engine) -> list[str]:
    """The text with each candidate put in."""
    found = engine.complete(text, cursor, now=_NOW)
    return [text[: each.start] + each.text + text[cursor:] for each in found]


def test_every_text_that_may_stand_somewhere_has_a_proposer_or_words() -> None:
    """A sort of thing, or a word, that the grammar has and completion forgot fails here, not at a keyboard."""
    worded = {
        Expected.OPERATOR,
        Expected.VALUE,
        Expected.STAGE,
        Expected.KEYWORD,
        Expected.SET,
        Expected.FUNCTION,
    }
    assert set(_PROPOSERS) | worded == set(Expected)
    assert not set(_PROPOSERS) & worded
    tables = (expected._JOINTS, expected._VERBS, expected._IN_SCOPE, expected._BEHIND_NAMES, expected._SCOPES)
    words = {word for table in tables for words in table.values() for word in words}
    assert words | {"of data", "TO", "("} == set(_WORDS)
    assert set(expected._FUNCTIONS) == set(_FUNCTIONS)
    assert {word for words in expected._STAGES.values() for word in words} == set(_STAGES)


def test_a_candidate_takes_the_place_of_the_word_before_the_cursor(engine: Engine) -> None:
    assert put_in("action:rej last 1h", 10, engine) == ["action:REJECT last 1h"]
    assert put_in("last 1h of d", 12, engine)[0] == "last 1h of data"
    assert put_in("dstport  n", 10, engine) == ["dstport  not in"]
    assert "src:@threats" in put_in("src:@th", 7, engine)


@pytest.mark.parametrize(
    "text",
    ["interface-id:", "action:", "dstport:", "srcaddr:", "protocol:", "service:", "bytes:", "duration:"],
)
def test_what_is_proposed_as_a_value_is_one(engine: Engine, text: str) -> None:
    """Every candidate put in makes a query that runs, lists aside: a list may hold nothing of a field's kind."""
    found = [each for each in engine.complete(text) if each.kind is not CandidateKind.LIST]
    assert found
    for each in found:
        engine.count(text[: each.start] + each.text)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("", ":*"),
        ("action:REJECT | ", " srcaddr"),
        ("* | top 5 srcaddr by ", ""),
        ("* | sort ", ""),
        ("* | stats count() by ", ""),
        ("since ", ""),
        ("on ", ""),
        ("last ", ""),
        ("tz ", ""),
        ("daily ", ""),
        ("from ", ""),
        ("private -> ", ""),
    ],
)
def test_what_is_proposed_parses_or_goes_on(engine: Engine, text: str, end: str) -> None:
    """A candidate, or a candidate and what must follow it, is a query; behind a word more is proposed."""
    for each in engine.complete(text):
        candidate = text[: each.start] + each.text
        is_query = False
        for tried in (candidate, candidate + end):
            try:
                engine.count(tried)
            except QueryError:
                continue
            is_query = True
        words = (CandidateKind.KEYWORD, CandidateKind.STAGE, CandidateKind.AGGREGATE)
        names_its_own = each.text in {"eval", "select"}  # behind them a name of one's own stands, or SQL
        goes_on = each.kind in words and (
            names_its_own or places_at(candidate if candidate.endswith("(") else f"{candidate} ")
        )
        assert is_query or goes_on, candidate


def test_records_that_arrive_are_seen(engine: Engine, tmp_path: Path) -> None:
    assert [each.text for each in engine.complete("interface-id:eni")] == ["eni-a", "eni-b"]
    (tmp_path / "b.log").write_text(LINES.replace("eni-a", "eni-c") * 2)
    engine.ingest([tmp_path / "b.log"])
    assert [(each.text, each.detail) for each in engine.complete("interface-id:eni")] == [
        ("eni-c", "4 records"),
        ("eni-b", "3 records"),
        ("eni-a", "2 records"),
    ]


def test_parameters_are_proposed_with_their_values(engine: Engine) -> None:
    params = {"host": "10.0.0.5", "ports": [22, None], "long": "x" * 100}
    found = engine.complete("src:$", params=params)
    assert [(each.text, each.detail) for each in found] == [
        ("$host", "10.0.0.5"),
        ("$ports", "22, -"),
        ("$long", "x" * 39 + "…"),
    ]


def test_a_zone_given_beside_the_text_tells_the_days(engine: Engine) -> None:
    late = 1_700_000_000_000_000_000 + 3600 * 10**9  # 23:13 in London, the next day in Shanghai
    days = [engine.complete("on tod", now=late, tz=zone)[0].detail for zone in ("UTC", "Asia/Shanghai")]
    assert days == ["2023-11-14", "2023-11-15"]


def test_without_a_store_there_is_still_a_language(tmp_path: Path) -> None:
    engine = flowql.open(tmp_path / "none", lists=tmp_path / "lists")
    assert "srcaddr" in [each.text for each in engine.complete("src")]
    assert engine.complete("action:") != ()
    assert engine.complete("from ") == ()
    assert not (tmp_path / "none").exists()


def test_lists_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "lists").write_text("a file stands where the folder would")
    engine = flowql.open(tmp_path / "none", lists=tmp_path / "lists")
    assert [each for each in engine.complete("src:") if each.kind is CandidateKind.LIST] == []


@pytest.mark.timeout(300)
def test_no_text_raises(engine: Engine) -> None:
    """Every third text cut at every blank and sign: one place of each sort that a text holds."""
    cuts = {
        text[: place + 1]
        for text in sorted(texts())[::3]
        for place in range(len(text))
        if not text[place].isalnum() or not text[place + 1 : place + 2].isalnum()
    }
    assert sum(bool(engine.complete(cut)) for cut in cuts) > len(cuts) // 4
