"""Pieces of a text that commas separate at their own level, outside of quotes and brackets.

Owns the reading of text that the parser has not taken, for messages that propose a part of it in another
place.
"""

import re

_QUOTED = r"""'[^']*'|"[^"]*"|`[^`]*`"""
_INNERMOST = rf"""\((?:[^'"`()]|{_QUOTED})*\)"""
_BRACKETS = rf"""\((?:[^'"`()]|{_QUOTED}|{_INNERMOST})*\)"""
_PIECE = rf"""(?:[^'"`()|,]|{_QUOTED}|{_BRACKETS})"""
_ITEM = re.compile(rf"{_PIECE}*+")
_LIST = re.compile(rf"{_PIECE}*+(?:,{_PIECE}*+)*+")


def item_at(text: str, start: int) -> re.Match[str]:
    """The text from a place up to the next comma, bar or closing bracket at its own level."""
    return _matched(_ITEM, text, start)


def list_at(text: str, start: int) -> re.Match[str]:
    """The items from a place up to the next bar or closing bracket at its own level."""
    return _matched(_LIST, text, start)


def items_in(text: str) -> list[str]:
    """What commas at their own level separate, without blanks around; what is empty is left out."""
    items: list[str] = []
    end = -1
    while end < len(text):
        item = item_at(text, end + 1)
        items.append(item[0].strip())
        end = item.end()
    return [item for item in items if item]


def _matched(pattern: re.Pattern[str], text: str, start: int) -> re.Match[str]:
    match = pattern.match(text, start)
    assert match is not None, "the pattern matches nothing too"
    return match
