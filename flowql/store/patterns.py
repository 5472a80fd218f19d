"""Patterns and regular expressions over texts, for Arrow's RE2 to run.

Owns the translation of wildcard patterns (`*` is any text, `?` one character, all others stand for
themselves, ASCII letter case does not matter) and of tokens one after another, the running of a user's
regular expression, and the words for one that does not compile. None of them ever reaches Python's `re`,
whose backtracking it could send astray.
"""

import pyarrow as pa
import pyarrow.compute as pc

from flowql.values import WORD_DELIMITERS, tokens

DELIMITER_CLASS = "".join(f"\\x{{{ord(character):x}}}" for character in WORD_DELIMITERS)
"""The token delimiters, for use inside a character class of RE2 or of tantivy's regexes."""
_SOME_TEXT = pa.array([""])  # over none, nothing would be compiled
_ERROR_PREFIX = "Invalid regular expression: "
_REASONS = {
    "missing )": "a parenthesis is not closed",
    "unexpected )": "a parenthesis is closed that was not opened",
    "missing ]": "a bracket is not closed",
    "invalid character class range": "no such range or class of characters",
    "invalid escape sequence": "no such escape",
    "trailing \\": "a backslash at the end escapes nothing",
    "no argument for repetition operator": "there is nothing to repeat before",
    "bad repetition operator": "one repetition after another",
    "invalid repetition size": "repetitions go from 0 to 1000, the smaller number first",
    "invalid perl operator": "no such group (RE2 has no look-around and no back-references)",
    "invalid named capture group": "a group's name is not well-formed",
    "pattern too large - compile failed": "it takes too much memory",
}
"""Words for RE2's reasons; one that is not here is given as RE2 gives it."""


def whole_pattern(pattern: str, wildcards: tuple[int, ...]) -> str:
    """RE2 for values that match over their whole length."""
    stars = {place for place in wildcards if pattern[place] == "*"}
    first, after = 0, len(pattern)
    while first < after and first in stars:
        first += 1
    while first < after and after - 1 in stars:
        after -= 1
    # Any text at an end is no anchor there: several times faster than looking for any text.
    opening, closing = "" if first else r"\A", "" if after < len(pattern) else r"\z"
    inner = tuple(place - first for place in wildcards if first <= place < after)
    return f"(?s){opening}{_translated(pattern[first:after], inner, '.')}{closing}"


def any_token_pattern(pattern: str, wildcards: tuple[int, ...]) -> str:
    """RE2 for values of which one token matches over its whole length."""
    inside = f"[^{DELIMITER_CLASS}]"
    edge = f"[{DELIMITER_CLASS}]"
    return rf"(?s)(?:\A|{edge}){_translated(pattern, wildcards, inside)}(?:\z|{edge})"


def consecutive_pattern(text: str) -> str | None:
    """RE2 for values that hold the tokens of `text` one after another; None when it has no token."""
    words = [_translated(word, (), "") for word in tokens(text)]
    edge = f"[{DELIMITER_CLASS}]"
    return rf"(?:\A|{edge}){f'{edge}+'.join(words)}(?:\z|{edge})" if words else None


def matching_regex(texts: pa.StringArray, regex: str) -> pa.BooleanArray:
    """For each text whether some part of it matches a regular expression, letter case aside; null for null.

    The expression is one for which `regex_error` found nothing.
    """
    return pc.match_substring_regex(texts, regex, ignore_case=True)


def regex_error(regex: str) -> str | None:
    """Why a regular expression does not compile, in words; None when it does."""
    try:
        matching_regex(_SOME_TEXT, regex)
    except pa.ArrowInvalid as error:
        reason, _, place = str(error).removeprefix(_ERROR_PREFIX).partition(": ")
        words = _REASONS.get(reason, reason)
        return f"{words}: {place}" if place and place != regex else words
    except UnicodeEncodeError:
        return "it holds what is not text"
    return None


def _translated(pattern: str, wildcards: tuple[int, ...], any_character: str) -> str:
    active = frozenset(wildcards)
    parts = []
    for place, character in enumerate(pattern):
        if place in active:
            parts.append(any_character + ("*" if character == "*" else ""))
        elif character.isascii() and character.isalpha():
            parts.append(f"[{character.lower()}{character.upper()}]")  # RE2's (?i) would fold beyond ASCII
        else:
            parts.append(f"\\x{{{ord(character):x}}}")
    return "".join(parts)
