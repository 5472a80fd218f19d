"""Colours of the text that is being typed.

Owns the way from the parts that the language's lexer tells to the line editor's styles. Which part of a text
is what is `flowql.syntax.highlighting`'s to say, which is loaded behind the first prompt.
"""

from collections.abc import Callable, Sequence

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer

Parts = Sequence[tuple[int, int, str]]
"""Beginnings, ends and classes of the parts of a text, in order and apart."""

STYLES = {
    "field": "ansicyan",
    "operator": "",
    "keyword": "bold",
    "stage": "bold ansiblue",
    "name": "ansicyan",
    "word": "",
    "number": "ansimagenta",
    "quoted": "ansigreen",
    "pattern": "ansigreen",
    "list": "ansiyellow",
    "parameter": "ansiyellow",
    "bracket": "",
    "comment": "italic ansibrightblack",
    "wrong": "underline ansired",
    "command": "bold",
}
"""The style of each class: colours of the terminal's own palette, readable on light and on dark."""


class QueryLexer(Lexer):
    """Colours a text as its parts are; a text of which nothing is known yet is plain."""

    def __init__(self, parts_of: Callable[[], Callable[[str], Parts] | None]) -> None:
        self._parts_of = parts_of

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """The pieces of each line, each with its style."""
        parts_of = self._parts_of()
        lines = _styled_lines(document.text, parts_of(document.text) if parts_of else ())
        return lambda line: lines[line] if line < len(lines) else []


def _styled_lines(text: str, parts: Parts) -> list[StyleAndTextTuples]:
    lines: list[StyleAndTextTuples] = [[]]
    end = 0
    for start, stop, looks in [*parts, (len(text), len(text), "")]:
        for style, piece in (("", text[end:start]), (f"class:{looks}", text[start:stop])):
            first, *others = piece.split("\n")
            lines[-1].append((style, first))
            lines.extend([(style, other)] for other in others)
        end = stop
    return lines
