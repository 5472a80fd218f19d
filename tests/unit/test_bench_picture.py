"""A screen becomes a picture in which text is text, and charts are shapes."""

from xml.etree import ElementTree as ET

import pyte
from pyte.screens import Char

from bench.picture import svg_of

_SVG = "{http://www.w3.org/2000/svg}"


def _cells(*written: str) -> list[list[Char]]:
    screen = pyte.Screen(12, len(written))
    pyte.Stream(screen).feed("\r\n".join(written))
    return [[screen.buffer[y][x] for x in range(12)] for y in range(len(written))]


def _picture(*written: str, cursor: tuple[int, int] | None = None) -> ET.Element:
    return ET.fromstring(svg_of(_cells(*written), cursor, "a <title> & more"))  # noqa: S314 - our own


def _texts(picture: ET.Element) -> list[tuple[str | None, int, int]]:
    """Each text with its column and its line."""
    texts = picture.iter(f"{_SVG}text")
    return [(each.text, int(each.attrib["x"]) // 9, int(each.attrib["y"]) // 20) for each in texts]


def test_texts_stand_in_their_cells_and_columns_stay_columns() -> None:
    picture = _picture("a <b> &  c", "", "   d")
    assert _texts(picture) == [("a <b> &", 0, 0), ("c", 9, 0), ("d", 3, 2)]
    assert [each.get("textLength") for each in picture.iter(f"{_SVG}text")] == ["63", None, None]
    assert picture.findtext(f"{_SVG}title") == "a <title> & more"


def test_a_text_is_parted_where_its_look_changes() -> None:
    picture = _picture("\x1b[1;34mone\x1b[0m two \x1b[31mtwo\x1b[0m")
    assert _texts(picture) == [("one", 0, 0), ("two", 4, 0), ("two", 8, 0)]
    names = [each.get("class") for each in picture.iter(f"{_SVG}text")]
    assert len(set(names)) == 3
    assert "font-weight:bold" in (picture.findtext(f"{_SVG}style") or "")


def test_blocks_and_lines_are_shapes_as_high_as_they_say() -> None:
    picture = _picture("\x1b[36m█▂▂\x1b[0m└")
    assert _texts(picture) == []
    shapes = [each.attrib["d"] for each in picture.iter(f"{_SVG}path")]
    assert shapes[0] == "M0 0h9v20h-9zM9 15h18v5h-18z"
    assert len(shapes) == 2


def test_the_cursor_is_a_block_with_its_letter_in_it() -> None:
    plain, pointed = _picture("abc"), _picture("abc", cursor=(0, 1))
    assert [text for text, _, _ in _texts(plain)] == ["abc"]
    assert [text for text, _, _ in _texts(pointed)] == ["a", "b", "c"]
    assert [each.attrib["d"] for each in pointed.iter(f"{_SVG}path")] == ["M9 0h9v20h-9z"]
