"""Patterns and regular expressions over texts, and the words for one that does not compile."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from flowql.store.patterns import consecutive_pattern, matching_regex, regex_error, whole_pattern
from flowql.store.vocabulary import Vocabulary

TEXTS = pa.array(["eni-1", "ENI-1", "xeni-12", "", None])


@pytest.mark.parametrize(
    ("regex", "words"),
    [
        ("(abc", "a parenthesis is not closed"),
        ("abc)", "a parenthesis is closed that was not opened"),
        ("[abc", "a bracket is not closed"),
        ("x[z-a]", "no such range or class of characters: z-a"),
        (r"(a)\1", r"no such escape: \1"),
        ("abc\\", "a backslash at the end escapes nothing"),
        ("a|*", "there is nothing to repeat before: *"),
        ("a**", "one repetition after another: **"),
        ("a{1001}", "repetitions go from 0 to 1000, the smaller number first: {1001}"),
        ("x(?=a)", "no such group (RE2 has no look-around and no back-references): (?="),
        ("x(?P<n", "a group's name is not well-formed: (?P<n"),
        ("(a{999}b)" * 999, "it takes too much memory"),
        ("\udcff", "it holds what is not text"),
    ],
)
def test_what_does_not_compile_is_said_in_words(regex: str, words: str) -> None:
    assert regex_error(regex) == words


@pytest.mark.parametrize("regex", ["", "a", "(?-i)A", "^x$|[^a-f]{3,}", r"\d+\.\d*?", "(?P<name>a)", "a{2"])
def test_what_compiles_has_no_error(regex: str) -> None:
    assert regex_error(regex) is None
    assert len(matching_regex(TEXTS, regex)) == len(TEXTS)


@pytest.mark.parametrize(
    ("regex", "matches"),
    [
        ("^eni", [True, True, False, False, None]),
        ("(?-i)^eni", [True, False, False, False, None]),
        ("e(?-i:N)I", [False, True, False, False, None]),
        ("nothing|I-1", [True, True, True, False, None]),
        ("$", [True, True, True, True, None]),
    ],
)
def test_letter_case_is_aside_unless_the_expression_brings_it_back(regex: str, matches: list[bool]) -> None:
    assert matching_regex(TEXTS, regex).to_pylist() == matches


def test_nothing_matches_in_no_vocabulary() -> None:
    assert len(Vocabulary([]).matching("action", "a")) == 0


@pytest.mark.parametrize(
    "pattern", ["*", "**", "*1", "eni*", "*n*", "e*1", "?", "*?", "?*", "eni-?", "**1*", "***", ""]
)
def test_a_star_at_an_end_is_no_anchor_there(pattern: str) -> None:
    """The short form of a pattern, against the long one."""
    stars = tuple(place for place, character in enumerate(pattern) if character in "*?")
    long = "".join({"*": ".*", "?": "."}.get(character, character) for character in pattern)
    texts = pa.array(["", "e", "eni-1", "ENI-12", "a\nb1", "n", "1"])
    expected = pc.match_substring_regex(texts, rf"(?s)\A(?:{long})\z", ignore_case=True)
    assert pc.match_substring_regex(texts, whole_pattern(pattern, stars)).equals(expected)


def test_tokens_one_after_another() -> None:
    pattern = consecutive_pattern("Team / blue")
    texts = pa.array(["team/blue", "x,TEAM blue y", "teams blue", "team-x blue", "team;;blue", "team x blue"])
    assert pc.match_substring_regex(texts, pattern).to_pylist() == [True, True, False, False, True, False]
    assert consecutive_pattern(" / ") is None
