"""Wildcard patterns as RE2 regular expressions, for Arrow to run over distinct values.

Owns the translation and nothing else: `*` is any text, `?` one character, all others stand for themselves,
ASCII letter case does not matter. A user's pattern never reaches Python's `re`, whose backtracking it could
send astray.
"""

from flowql.values import WORD_DELIMITERS

DELIMITER_CLASS = "".join(f"\\x{{{ord(character):x}}}" for character in WORD_DELIMITERS)
"""The token delimiters, for use inside a character class of RE2 or of tantivy's regexes."""


def whole_pattern(pattern: str, wildcards: tuple[int, ...]) -> str:
    """RE2 for values that match over their whole length."""
    return rf"(?s)\A{_translated(pattern, wildcards, '.')}\z"


def any_token_pattern(pattern: str, wildcards: tuple[int, ...]) -> str:
    """RE2 for values of which one token matches over its whole length."""
    inside = f"[^{DELIMITER_CLASS}]"
    edge = f"[{DELIMITER_CLASS}]"
    return rf"(?s)(?:\A|{edge}){_translated(pattern, wildcards, inside)}(?:\z|{edge})"


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
