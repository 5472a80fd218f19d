"""A screen as a picture: SVG that looks the same wherever it is shown.

Owns the colours, the measures and the form of the file. Text stays text, in the reader's own monospaced
font, each piece stretched to its cells; blocks and lines, of which charts are made, are drawn as shapes, for
fonts do not agree about them. The picture has a ground of its own, and so suits dark and light pages. Does
not know what is on the screen.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from pyte.screens import Char

from bench.terminal import DIM

_CELL_WIDTH, _CELL_HEIGHT, _FONT_SIZE, _BASE = 9, 20, 15, 15
"""Pixels; `_BASE` is how far below the top of its cell a letter stands."""
_PADDING = 18
_FONTS = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
_GROUND, _TEXT, _EDGE = "#1a1e26", "#d5dae2", "#3a414d"
_COLOURS = {
    "default": _TEXT,
    DIM: "#8b95a5",
    "black": _GROUND,
    "red": "#f0737a",
    "green": "#94cf86",
    "brown": "#e6c07a",
    "blue": "#6db3f8",
    "magenta": "#d29be8",
    "cyan": "#5ccbd3",
    "white": "#e9ecf1",
    "brightblack": "#808a9b",
}
"""The terminal's theme, by pyte's names; brown is yellow."""
_EIGHTHS = 8
_SHADES = {"░": 0.25, "▒": 0.5, "▓": 0.75}
_ARMS = {
    "─": "lr",
    "│": "ud",
    "┌": "rd",
    "┐": "ld",
    "└": "ur",
    "┘": "ul",
    "├": "urd",
    "┤": "uld",
    "┬": "lrd",
    "┴": "lru",
    "┼": "lrud",
}
"""Where lines go from the middle of a cell: left, right, up, down."""


@dataclass(frozen=True, slots=True)
class _Look:
    """How a piece of text is written."""

    colour: str
    is_bold: bool
    is_italic: bool
    is_underlined: bool


@dataclass(frozen=True, slots=True)
class _Piece:
    """A text that stands in a line from some column on."""

    column: int
    text: str
    look: _Look


def svg_of(cells: Sequence[Sequence[Char]], cursor: tuple[int, int] | None, title: str) -> str:
    """The picture of the cells (a list a line), with the cursor where there is one."""
    width = len(cells[0]) * _CELL_WIDTH + 2 * _PADDING
    height = len(cells) * _CELL_HEIGHT + 2 * _PADDING
    shapes: dict[tuple[str, float], list[str]] = defaultdict(list)
    texts: list[str] = []
    looks: dict[_Look, str] = {}
    for y, line in enumerate(cells):
        at = cursor[1] if cursor and cursor[0] == y else None
        _draw_shapes(shapes, line, y, at)
        for piece in _pieces(line, at):
            name = looks.setdefault(piece.look, chr(ord("a") + len(looks)))
            texts.append(_text(piece, y, name))
    styles = "".join(f".{name}{{{_css(look)}}}" for look, name in looks.items())
    size = f'width="{width}" height="{height}"'
    edge = f'width="{width - 1}" height="{height - 1}" rx="9" fill="{_GROUND}" stroke="{_EDGE}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {size} role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>text{{font:{_FONT_SIZE}px {_FONTS}}}{styles}</style>",
        f'<rect x=".5" y=".5" {edge}/>',
        f'<g transform="translate({_PADDING} {_PADDING})">',
        *(_path(colour, opacity, parts) for (colour, opacity), parts in shapes.items()),
        *texts,
        "</g>",
        "</svg>",
    ]
    return "".join(f"{line}\n" for line in lines)


def _draw_shapes(
    shapes: dict[tuple[str, float], list[str]], line: Sequence[Char], y: int, cursor: int | None
) -> None:
    """Add what is not text: grounds first, then blocks and lines."""
    top = y * _CELL_HEIGHT
    grounds = [_ground(cell, is_cursor=x == cursor) for x, cell in enumerate(line)]
    for first, end in _runs(grounds):
        if grounds[first] != _GROUND:
            x, width = first * _CELL_WIDTH, (end - first) * _CELL_WIDTH
            shapes[grounds[first], 1].append(_rectangle(x, top, width, _CELL_HEIGHT))
    drawn = [(cell.data, _front(cell)) if _is_drawn(cell.data) else None for cell in line]
    for first, end in _runs(drawn):
        if (what := drawn[first]) is None:
            continue
        sign, colour = what
        if sign in _ARMS:
            for x in range(first, end):
                shapes[colour, 1] += _strokes(_ARMS[sign], x * _CELL_WIDTH, top)
        else:
            shapes[colour, _SHADES.get(sign, 1)].append(_block(sign, first * _CELL_WIDTH, top, end - first))


def _runs(values: Sequence[Any]) -> Iterator[tuple[int, int]]:
    """First and end of each run of equal values."""
    first = 0
    for at in range(1, len(values) + 1):
        if at == len(values) or values[at] != values[first]:
            yield first, at
            first = at


def _is_drawn(sign: str) -> bool:
    return sign in _ARMS or "▀" <= sign <= "▐" or sign in _SHADES


def _block(sign: str, x: int, top: int, count: int) -> str:
    """A block element over so many cells: a part of the cell's height, or of its width."""
    width = count * _CELL_WIDTH
    if sign in _SHADES:
        return _rectangle(x, top, width, _CELL_HEIGHT)
    if sign == "▀":
        return _rectangle(x, top, width, _CELL_HEIGHT // 2)
    eighths = ord(sign) - ord("▀")
    if eighths <= _EIGHTHS:
        height = _CELL_HEIGHT * eighths / _EIGHTHS
        return _rectangle(x, top + _CELL_HEIGHT - height, width, height)
    if sign == "▐":
        left = _CELL_WIDTH / 2
        return "".join(_rectangle(x + k * _CELL_WIDTH + left, top, left, _CELL_HEIGHT) for k in range(count))
    part = _CELL_WIDTH * (2 * _EIGHTHS - eighths) / _EIGHTHS
    return "".join(_rectangle(x + k * _CELL_WIDTH, top, part, _CELL_HEIGHT) for k in range(count))


def _strokes(arms: str, x: int, top: int) -> Iterator[str]:
    """Lines of a pixel and a half from the middle of a cell to its sides."""
    thick = 1.5
    left, upper = x + (_CELL_WIDTH - thick) / 2, top + (_CELL_HEIGHT - thick) / 2
    for arm in arms:
        match arm:
            case "l":
                yield _rectangle(x, upper, (_CELL_WIDTH + thick) / 2, thick)
            case "r":
                yield _rectangle(left, upper, (_CELL_WIDTH + thick) / 2, thick)
            case "u":
                yield _rectangle(left, top, thick, (_CELL_HEIGHT + thick) / 2)
            case _:
                yield _rectangle(left, upper, thick, (_CELL_HEIGHT + thick) / 2)


def _rectangle(x: float, y: float, width: float, height: float) -> str:
    return f"M{x:g} {y:g}h{width:g}v{height:g}h{-width:g}z"


def _path(colour: str, opacity: float, parts: Sequence[str]) -> str:
    faint = f' opacity="{opacity:g}"' if opacity != 1 else ""
    return f'<path fill="{colour}"{faint} d="{"".join(parts)}"/>'


def _pieces(line: Sequence[Char], cursor: int | None) -> Iterator[_Piece]:
    """The texts of a line: cells of one look, parted where two blanks stand, so that columns stay columns."""
    looks = [
        _look(cell, is_cursor=x == cursor) if _is_text(cell.data) else None for x, cell in enumerate(line)
    ]
    for x in range(1, len(line) - 1):  # a blank between two words of one look belongs to both
        if line[x].data == " " and looks[x - 1] is not None and looks[x - 1] == looks[x + 1]:
            looks[x] = looks[x - 1]
    for first, end in _runs(looks):
        if (look := looks[first]) is not None:
            yield _Piece(first, "".join(cell.data for cell in line[first:end]), look)


def _is_text(sign: str) -> bool:
    return sign != " " and not _is_drawn(sign)


def _look(cell: Char, *, is_cursor: bool) -> _Look:
    colour = _ground(cell, is_cursor=False) if is_cursor else _front(cell)
    return _Look(colour, cell.bold, cell.italics, cell.underscore)


def _front(cell: Char) -> str:
    return _colour(cell.bg, _GROUND) if cell.reverse else _colour(cell.fg, _TEXT)


def _ground(cell: Char, *, is_cursor: bool) -> str:
    if is_cursor:
        return _TEXT
    return _colour(cell.fg, _TEXT) if cell.reverse else _colour(cell.bg, _GROUND)


def _colour(name: str, default: str) -> str:
    """The colour that a terminal shows for pyte's name or six hexadecimal digits."""
    if name == "default":
        return default
    return _COLOURS.get(name) or _COLOURS.get(name.removeprefix("bright")) or f"#{name}"


def _css(look: _Look) -> str:
    return (
        f"fill:{look.colour}"
        + ";font-weight:bold" * look.is_bold
        + ";font-style:italic" * look.is_italic
        + ";text-decoration:underline" * look.is_underlined
    )


def _text(piece: _Piece, y: int, name: str) -> str:
    length = len(piece.text) * _CELL_WIDTH
    stretch = f' textLength="{length}"' if len(piece.text) > 1 else ""
    x = piece.column * _CELL_WIDTH
    return f'<text class="{name}" x="{x}" y="{y * _CELL_HEIGHT + _BASE}"{stretch}>{escape(piece.text)}</text>'
