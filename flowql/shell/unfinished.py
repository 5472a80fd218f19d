"""Whether a text that was typed is a whole query yet.

Owns the rule by which Enter begins a new line instead of running the query: something is open, or the last
sign wants more. It looks at signs alone and may be wrong; Esc Enter overrules it. Knows nothing of the
language's rules.
"""

import re

_QUOTES = "\"'`"
_OPENINGS = {"(": ")", "[": "]", "{": "}"}
_CLOSINGS = frozenset(_OPENINGS.values())
_WANTS_MORE = re.compile(
    r"(?:[|,:=<>~!&]|(?:^|\s)(?:and|or|not|in|by|as|from|since|until|between))\s*\Z", re.IGNORECASE
)
_COMMENT = re.compile(r"(?<!\S)#")


def is_unfinished(text: str) -> bool:
    """Whether brackets or quotes are open in `text`, or it ends with an operator, a bar or a comma."""
    if text.startswith("\\"):
        return False
    code, has_open = _without_quoted(text)
    return has_open or _WANTS_MORE.search(code) is not None


def _without_quoted(text: str) -> tuple[str, bool]:
    """The text without quoted parts and comments, and whether a quote or a bracket is open at its end."""
    kept: list[str] = []
    open_count = 0
    place = 0
    while place < len(text):
        character = text[place]
        if character == "\\":
            place += 2
            kept.append("x")
            continue
        if character in _QUOTES:
            end = _quote_end(text, place)
            if end is None:
                return "".join(kept), True
            place = end
            kept.append("x")
            continue
        if _COMMENT.match(text, place):
            line_end = text.find("\n", place)
            place = len(text) if line_end < 0 else line_end
            continue
        open_count += (character in _OPENINGS) - (character in _CLOSINGS)
        kept.append(character)
        place += 1
    return "".join(kept), open_count > 0


def _quote_end(text: str, place: int) -> int | None:
    """The place after the quote that closes the one at `place`, or None. Only `"` and `'` have escapes."""
    quote = text[place]
    place += 1
    while place < len(text):
        if text[place] == "\\" and quote != "`":
            place += 1
        elif text[place] == quote:
            return place + 1
        place += 1
    return None
