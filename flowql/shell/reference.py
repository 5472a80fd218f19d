"""The language's reference, by constructs: which section tells of a word, and how it reads on a terminal.

Owns the reading of the reference's headings, paragraphs, examples and tables, as that one document has them.
The text is the reference itself, never a copy.
"""

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from flowql.errors import UsageError
from flowql.names.nearest import nearest
from flowql.render.widths import align_text, display_width
from flowql.syntax.grammar_files import grammar_folder

REFERENCE_FILE = "README.md"

_HEADING = re.compile(r"(#{1,3}) (.+)")
_FENCE = "```"
_CODE = re.compile(r"`` ?(.+?) ?``|`([^`]+)`")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_BOLD = re.compile(r"\*\*([^*]+)\*\*")
_WORD = re.compile(r"[^\s(),\"']+")
_SPLIT = re.compile(r"(?<!\\)\|")
_INDENT = "  "
_GAP = "  "
_COLUMN_WIDTH_MIN = 12
_NEAR_MAX = 3
_NAME = re.compile(r"[a-z][a-z-]+")
"""A construct that may be proposed: the signs and values that stand as code in the text are not."""
_PERCENTILE = re.compile(r"p\d\d?")
_BESIDE = ("On one card", "Coming from", "What comes later", "Limits")
"""Beginnings of headings below which words are told of in passing."""
_SIGNS = {
    ":": "Field clauses",
    "=": "Field clauses",
    "!=": "Field clauses",
    "<": "Field clauses",
    "<=": "Field clauses",
    ">": "Field clauses",
    ">=": "Field clauses",
    "~": "Field clauses",
    "!~": "Field clauses",
    "in": "Field clauses",
    "*": "Words, addresses and phrases",
    "?": "Words, addresses and phrases",
    "/": "Words, addresses and phrases",
    '"': "Words, addresses and phrases",
    "\\": "Words, addresses and phrases",
    "#": "The shape of a query",
    "()": "AND, OR, NOT",
    "->": "Endpoints and arrows",
    "<->": "Endpoints and arrows",
    "..": "Ranges",
    "[]": "Ranges",
    "{}": "Sets",
    "@": "Lists",
    "$": "Parameters",
    "-": "Missing values",
    "|": "Stages",
}
"""What signs are told of under: prose has them without saying that it is about them."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the reference: its heading, and its lines without those of sections below it."""

    title: str
    level: int
    lines: tuple[str, ...]

    @property
    def code(self) -> tuple[str, ...]:
        """What stands in its text as code, examples aside."""
        text = "\n".join(_outside_fences(self.lines))
        return tuple(first or second for first, second in _CODE.findall(text))


def sections_for(construct: str) -> tuple[Section, ...]:
    """The sections that tell of a construct: a heading, a word of one, or a word or sign of the language.

    They are several only where headings are alike. Raises `UsageError` with similar constructs, or with the
    sections where the word stands, when none does.
    """
    wanted = construct.strip().lower()
    found = _index().get(wanted) or _index().get(_as_indexed(wanted))
    if found is not None:
        return found
    named = [name for name in constructs() if wanted in name]
    near = nearest(wanted, constructs(), ()) or named[:_NEAR_MAX]
    if near:
        raise UsageError(f'the reference has no "{construct}"', hint=f"there is {', '.join(near)}")
    word = re.compile(rf"\b{re.escape(wanted)}\b", re.IGNORECASE)
    mentioning = [section.title for section in _told() if word.search("\n".join(section.lines))]
    hint = f"it is mentioned under {', '.join(mentioning)}" if mentioning else r"\help lists the sections"
    raise UsageError(f'no section of the reference is about "{construct}"', hint=hint)


def titles() -> tuple[str, ...]:
    """The headings of the reference, those below another one indented."""
    return tuple(_INDENT * (section.level - 2) + section.title for section in sections() if section.level > 1)


def constructs() -> tuple[str, ...]:
    """What `sections_for` knows by name: what may be proposed while one types."""
    return tuple(name for name in _index() if _NAME.fullmatch(name) or " " in name)


@cache
def sections() -> tuple[Section, ...]:
    """The sections of the reference, in its order."""
    found: list[tuple[str, int, list[str]]] = []
    is_fenced = False
    for line in (grammar_folder() / REFERENCE_FILE).read_text(encoding="utf-8").splitlines():
        is_fenced ^= line.startswith(_FENCE)
        heading = None if is_fenced else _HEADING.fullmatch(line)
        if heading:
            found.append((heading[2], len(heading[1]), []))
        elif found:
            found[-1][2].append(line)
    return tuple(Section(title, level, tuple(lines)) for title, level, lines in found)


def readable(section: Section, width: int) -> list[str]:
    """A section as lines for a terminal of that width: code as it is, prose filled, tables aligned."""
    lines = [section.title, "=" * display_width(section.title), ""]
    for block in _blocks(section.lines):
        if block[0].startswith(_FENCE):
            lines += [_INDENT + line for line in block[1:-1]]
        elif block[0].startswith("|"):
            lines += _table(block, width)
        else:
            lines += textwrap.wrap(
                _plain(" ".join(block)), width, break_long_words=False, break_on_hyphens=False
            )
        lines.append("")
    return lines[:-1]


def _as_indexed(wanted: str) -> str:
    """A construct as the index has it: of a list, a parameter and a percentile each stands for all."""
    match wanted[:1]:
        case "@" | "$" as sign:
            return sign
    return "p1" if _PERCENTILE.fullmatch(wanted) else wanted.strip("|`() ")


def _told() -> list[Section]:
    """The sections in which words are told of, and not only used."""
    return [section for section in sections() if section.level > 1 and not section.title.startswith(_BESIDE)]


@cache
def _index() -> dict[str, tuple[Section, ...]]:
    """Every construct and its sections: signs, then headings, words of headings, and words of the text."""
    titled: dict[str, tuple[Section, ...]] = {}
    for section in sections():
        if section.level > 1:
            title = section.title.lower()
            titled[title] = (*titled.get(title, ()), section)
    index = {sign: titled[title.lower()] for sign, title in _SIGNS.items()} | titled
    for section in _told():
        for word in _WORD.findall(section.title):
            if word.isupper() or word[0].isupper() or word == section.title:
                index.setdefault(word.lower(), (section,))
    for is_first in (True, False):  # what a piece of code begins with is what it is about
        for section in _told():
            for code in section.code:
                words = _WORD.findall(code.lower())
                for word in words[:1] if is_first else words:
                    index.setdefault(word, (section,))
    return index


def _outside_fences(lines: Sequence[str]) -> list[str]:
    return [line for block in _blocks(lines) if not block[0].startswith(_FENCE) for line in block]


def _blocks(lines: Sequence[str]) -> list[list[str]]:
    """Paragraphs, tables and fenced examples."""
    blocks: list[list[str]] = []
    current: list[str] = []
    is_fenced = False
    for line in lines:
        if line.startswith(_FENCE):
            if is_fenced:
                blocks.append([*current, line])
                current = []
            else:
                blocks += [current] if current else []
                current = [line]
            is_fenced = not is_fenced
        elif line.strip() or is_fenced:
            current.append(line)
        elif current:
            blocks.append(current)
            current = []
    return [*blocks, current] if current else blocks


def _plain(text: str) -> str:
    """Prose without marks: links as their words, code as it is written."""
    text = _BOLD.sub(r"\1", _LINK.sub(r"\1", text))
    return _CODE.sub(lambda found: found[1] or found[2], text)


def _table(block: Sequence[str], width: int) -> list[str]:
    rows = [
        [_plain(cell.strip()).replace("\\|", "|") for cell in _SPLIT.split(line.strip().strip("|"))]
        for line in block
        if not set(line) <= set("|-: ")
    ]
    widths = [max(map(display_width, column)) for column in zip(*rows, strict=True)]
    room = width - sum(widths[:-1]) - len(_GAP) * (len(widths) - 1)
    if room < _COLUMN_WIDTH_MIN:
        each = max((width - len(_GAP) * (len(widths) - 1)) // len(widths), _COLUMN_WIDTH_MIN)
        widths = [min(each, one) for one in widths]
    else:
        widths[-1] = min(room, widths[-1])
    return [line for row in rows for line in _row(row, widths)]


def _row(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    """A row of a table; cells that are too wide are filled over several lines."""
    filled = [textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, widths, strict=True)]
    lines = []
    for k in range(max(map(len, filled))):
        parts = [
            align_text(cell[k] if k < len(cell) else "", width, right=False)
            for cell, width in zip(filled, widths, strict=True)
        ]
        lines.append(_GAP.join(parts).rstrip())
    return lines
