"""What the documents point to is there: sections, files, and the folders and modules of the code map."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.blocks import fenced_blocks
from docs.test_documents import README, REFERENCE, ROOT

_LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)")
_NO_PART_OF_AN_ANCHOR = re.compile(r"[^\w\- ]")
_MAP_BEGINS = "grammar/ "


@pytest.mark.parametrize("document", [README, REFERENCE], ids=["README", "reference"])
def test_links_lead_somewhere(document: Path) -> None:
    """Every link to a file, to a section, or to a section of a file."""
    wrong = []
    for path, anchor in _LINK.findall(_prose(document)):
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            wrong.append(f"{path}#{anchor}")
    assert not wrong, f"{document.name} links to {wrong}"


def test_the_code_map_names_what_is_there() -> None:
    """Every path of the code map, and every folder of the package is in it."""
    paths = set(_mapped())
    missing = sorted(path for path in paths if not (ROOT / path).exists())
    assert not missing
    package = ROOT / "flowql"
    folders = {f"flowql/{each.parent.name}/" for each in package.glob("*/__init__.py")}
    modules = {f"flowql/{each.name}" for each in package.glob("*.py") if not each.name.startswith("__")}
    assert folders | modules <= paths


def _mapped() -> Iterator[str]:
    """The paths in the map's first column; a line that is further in lies in the folder above it."""
    block = next(each for each in fenced_blocks(README) if each.text.startswith(_MAP_BEGINS))
    folders: list[tuple[int, str]] = []
    for line in block.text.splitlines():
        words = re.split(r"\s{2,}", line.strip())[0].split()
        indent = len(line) - len(line.lstrip())
        folders = [(depth, folder) for depth, folder in folders if depth < indent]
        inside = folders[-1][1] if folders else ""
        yield from (inside + word for word in words)
        if words[-1].endswith("/"):
            folders.append((indent, inside + words[-1]))


def _prose(document: Path) -> str:
    """The text outside fenced blocks."""
    return "".join(document.read_text().split("```")[::2])


def _anchors(document: Path) -> set[str]:
    """The sections of a document as links name them: a title that comes again is numbered."""
    titles = re.findall(r"^#+ (.+)$", _prose(document), re.MULTILINE)
    names = [_NO_PART_OF_AN_ANCHOR.sub("", title.lower()).replace(" ", "-") for title in titles]
    counts = (names[:place].count(name) for place, name in enumerate(names))
    return {f"{name}-{count}" if count else name for name, count in zip(names, counts, strict=True)}
