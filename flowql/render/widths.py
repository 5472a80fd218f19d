"""The space that texts take on a terminal: measured, shortened, filled up.

Owns display widths: wide characters take two cells, marks that combine with the character before them none,
nor the vowels and final consonants that join a Korean syllable. Texts come without control characters. Does
not know columns or tables.
"""

import unicodedata
from functools import lru_cache, partial

import pyarrow.compute as pc

from flowql.render.cells import Texts, each

ELLIPSIS, ASCII_ELLIPSIS = "…", "~"
"""What stands for the middle of a shortened text, in one cell."""
_WIDE = ("W", "F")
_COMBINING = ("Mn", "Me")
_JOINING_JAMO = frozenset((*range(0x1160, 0x1200), *range(0xD7B0, 0xD800)))


def display_width(text: str) -> int:
    """Cells of a terminal that `text` takes."""
    return len(text) if text.isascii() else sum(map(_character_width, text))


def widest(texts: Texts) -> int:
    """The display width of the widest text; 0 when there is none."""
    if pc.all(pc.string_is_ascii(texts)).as_py():
        return pc.max(pc.binary_length(texts)).as_py() or 0
    return max(map(display_width, pc.unique(texts).to_pylist()), default=0)


def shorten(texts: Texts, width: int, mark: str = ELLIPSIS) -> Texts:
    """The texts; too wide ones lose their middle, for ids and addresses differ at both ends."""
    if widest(texts) <= width:
        return texts
    return _each_distinct(texts, partial(shorten_text, width=width, mark=mark))


def align(texts: Texts, width: int, *, right: bool) -> Texts:
    """The texts filled up with blanks to `width`; wider ones stay as they are."""
    if pc.all(pc.string_is_ascii(texts)).as_py():
        return (pc.utf8_lpad if right else pc.utf8_rpad)(texts, width)
    return _each_distinct(texts, partial(align_text, width=width, right=right))


def align_text(text: str, width: int, *, right: bool) -> str:
    """`text` filled up with blanks to `width`."""
    blanks = " " * (width - display_width(text))
    return blanks + text if right else text + blanks


def shorten_text(text: str, width: int, mark: str = ELLIPSIS) -> str:
    """`text` without its middle if it is wider than `width`."""
    if display_width(text) <= width:
        return text
    kept = max(width - len(mark), 0)
    tail = _fitting_end(text, kept // 2)
    return _fitting(text, kept - display_width(tail)) + mark + tail


def _fitting(text: str, width: int) -> str:
    """As much of the beginning of `text` as fits."""
    used = 0
    for k, character in enumerate(text):
        used += _character_width(character)
        if used > width:
            return text[:k]
    return text


def _fitting_end(text: str, width: int) -> str:
    """As much of the end of `text` as fits; no mark without the character that it belongs to."""
    used, first = 0, len(text)
    for k in range(len(text) - 1, -1, -1):
        cells = _character_width(text[k])
        used += cells
        if used > width:
            break
        if cells:
            first = k
    return text[first:]


@lru_cache(1 << 12)
def _character_width(character: str) -> int:
    if unicodedata.category(character) in _COMBINING or ord(character) in _JOINING_JAMO:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def _each_distinct(texts: Texts, change: "partial[str]") -> Texts:
    distinct = texts.dictionary_encode()
    return each(distinct.dictionary, change).take(distinct.indices)
