"""Ten thousand made and mutated texts, and extreme ones; a million go by `python -m bench fuzz`."""

import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from flowql.errors import QueryError
from flowql.plan.bind import bind
from flowql.plan.given import Given
from flowql.schema import DEFAULT_SCHEMA, TopicName
from flowql.syntax.parser import TEXT_LENGTH_MAX, parse
from fuzzing.batch import check_batch
from fuzzing.checks import NOW, Broken, Ground, ground, outcome_of
from fuzzing.made import text_of
from fuzzing.minimal import minimized
from oracle import Table, Tables

SEED = 20181213
TEXTS = 5_000
DEEP = 10_000
PIECES = [
    *"a1 \n(\"'`\\/:.-*?@$#&|,[{<=~!é\0\u200b",
    *(
        "::",
        "1:",
        "..",
        "->",
        "||",
        "a:",
        "a.",
        "a-",
        "1.",
        '"a" ',
        "/a/ ",
        "a=",
        "in ",
        "not ",
        "src ip ",
        "port 1 ",
    ),
    *(
        "10.0.0.1 ",
        "10.0.0.1/",
        "10.0.0.1:",
        "a -> ",
        "f in (",
        "f in (1,",
        '"\\',
        "'\\\"",
        "\\ ",
        "2 3 4 ",
        "(a|",
    ),
    *("last 1h ", "from a ", "|count", "#a\n", "(1 2)", "f:[1 "),
]


@pytest.fixture(scope="module")
def over() -> Iterator[Ground]:
    with ground() as made:
        yield made


def test_every_text_is_a_query_or_has_good_diagnostics() -> None:
    batch = check_batch(SEED, range(TEXTS))
    found = [*batch.findings.values()]
    assert not found, "\n".join(f"{each.text!r}: {each.words}" for each in found)
    # Enough of each: a generator gone astray would prove nothing.
    for outcome in ("bound", "unbound", "unparsed"):
        assert batch.outcomes[outcome] > TEXTS / 20, batch.outcomes


def test_a_number_is_the_same_text_every_time() -> None:
    assert [text_of(SEED, number) for number in range(50)] == [text_of(SEED, number) for number in range(50)]
    assert len({text_of(SEED, number) for number in range(1_000)}) > 900


def test_a_failing_text_is_made_small() -> None:
    assert minimized("action:REJECT AND (dstport:22 OR x)", lambda text: "22" in text) == "22"


def test_a_broken_rule_is_found(over: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fuzzing.checks.canonical", lambda _: "something else")
    with pytest.raises(Broken, match="another tree"):
        outcome_of("REJECT", over)
    monkeypatch.setattr("fuzzing.checks.SECONDS_MAX", 0.0)
    with pytest.raises(Broken, match="slow"):
        outcome_of("REJECT", over)


# ---- no recursion error at any depth, and no long wait


@pytest.mark.parametrize(
    "text",
    [
        "(" * DEEP + "x" + ")" * DEEP,
        "(" * DEEP,
        ")" * DEEP,
        "NOT " * DEEP + "x",
        "!" * DEEP + "x",
        "-" * DEEP + "x",
        "+" * DEEP + "x",
        "(x OR " * DEEP + "x" + ")" * DEEP,
        "(x AND (y OR " * (DEEP // 2) + "x" + ")" * DEEP,
        "src in (" * 500 + "x" + " | fields src)" * 500,
        "src:(" * DEEP,
        "f:NOT " * DEEP + "x",
        "[" * DEEP,
        "{" * DEEP,
        "f:" * DEEP,
        "a|" * DEEP,
        "| head 1 " * 200 + "| nosuch",
    ],
    ids=lambda text: f"{text[:12]}...{len(text)}",
)
def test_any_depth_is_refused_with_words(over: Ground, text: str) -> None:
    begin = time.process_time()
    assert outcome_of(text, over) in ("unparsed", "unbound")
    assert time.process_time() - begin < 5


def test_the_limit_on_depth_has_a_name(over: Ground) -> None:
    with pytest.raises(QueryError, match="nesting_max") as caught:
        bind(parse("NOT " * DEEP + "x"), over.catalog, NOW)
    assert caught.value.diagnostics[0].code == "nesting-too-deep"


def test_the_limit_on_length_has_a_name() -> None:
    with pytest.raises(QueryError, match="text_length_max") as caught:
        parse("x " * (TEXT_LENGTH_MAX // 2 + 1))
    assert caught.value.diagnostics[0].code == "text-too-long"


@pytest.mark.parametrize("piece", PIECES)
def test_a_long_text_of_one_piece_takes_no_long_time(over: Ground, piece: str) -> None:
    """No look-ahead reads the rest of the text at every place, which would take minutes."""
    text = piece * (40_000 // len(piece))
    narrow = Tables([Table(TopicName("default", "flows"), DEFAULT_SCHEMA)])
    begin = time.process_time()
    with suppress(QueryError):
        bind(parse(text), narrow, NOW, over.given)
    assert time.process_time() - begin < 5


# ---- what was found


def test_a_subquery_counts_for_the_limit_on_depth() -> None:
    parse("src in (" * 100 + "x" + " | fields src)" * 100)
    with pytest.raises(QueryError, match="nesting_max"):
        parse("src in (" * 101 + "x" + " | fields src)" * 101)


def test_many_stages_are_refused_before_a_plan_gets_too_deep(over: Ground) -> None:
    assert outcome_of("*" + " | head 1" * 100, over) == "bound"
    with pytest.raises(QueryError, match="stage_count_max"):
        bind(parse("*" + " | head 1" * 101), over.catalog, NOW)


def test_a_strict_reading_looks_into_subqueries(over: Ground) -> None:
    query = parse("src in (REJECT 22 OR 9 | fields src)")
    assert [note.code for note in bind(query, over.catalog, NOW).notes] == ["mixed-and-or"]
    with pytest.raises(QueryError, match="without parentheses"):
        bind(query, over.catalog, NOW, Given(strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "expla\u0130n x",  # a dotted capital I is an i with case aside
        "src \u0130n (10.0.0.5)",
        "src not \u0131n (10.0.0.5)",
        "d=in\\:",  # a reserved word before a colon
        "10.0.0.5:{.}",
        '10.0.0.5:{"22"} -> any',
        "private -> public:{*..}",
        "t={*}",
        "t:@w<->t",
        " top e",
        "src in ((a b OR 9) | fields src)",
    ],
)
def test_what_once_failed_holds(over: Ground, text: str) -> None:
    assert outcome_of(text, over) in ("bound", "unbound", "unparsed")
