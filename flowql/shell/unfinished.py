"""Whether a text that was typed is a whole query yet.

Owns the rule by which Enter begins a new line instead of running the query: something is open, or the last
sign wants more; and that a semicolon at the end runs it all the same. It looks at signs alone and may be
wrong; Esc Enter overrules it. Knows nothing of the language's rules.
"""

import re

_OPENINGS, _CLOSINGS, _QUOTES = "([{", ")]}", "\"'`"
# What holds no signs: an escaped character, a closed quotation, a comment.
_WITHOUT_SIGNS = re.compile(
    r"""\\.|"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|`[^`]*`|(?<![^\s()|,])#[^\n]*""", re.DOTALL
)
_WANTS_MORE = re.compile(
    r"(?:[|,:=<>~!&]|(?:^|\s)(?:and|or|not|in|by|as|from|since|until|between))\s*\Z", re.IGNORECASE
)


def is_unfinished(text: str) -> bool:
    """Whether brackets or quotes are open in `text`, or it ends with an operator, a bar or a comma."""
    if text.lstrip().startswith("\\"):
        return False
    signs = _signs(text)
    if _is_quoting(signs):
        return True
    if signs.rstrip().endswith(";"):
        return False
    open_count = sum((sign in _OPENINGS) - (sign in _CLOSINGS) for sign in signs)
    return open_count > 0 or _WANTS_MORE.search(signs) is not None


def without_end(text: str) -> str:
    """The text without the semicolon that ends it, if one does."""
    stripped = text.rstrip()
    signs = _signs(stripped)
    return stripped[:-1] if signs.endswith(";") and not _is_quoting(signs) else text


def _signs(text: str) -> str:
    return _WITHOUT_SIGNS.sub(lambda found: "" if found[0].startswith("#") else "x", text)


def _is_quoting(signs: str) -> bool:
    return any(quote in signs for quote in _QUOTES)
