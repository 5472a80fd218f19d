"""The pictures of the shell's screen in the repository are those of today's shell."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bench.screens import FOLDER, SCENES, picture_of
from docs.test_documents import README

_TEXT = "{http://www.w3.org/2000/svg}text"


def test_every_picture_is_of_a_scene_and_every_scene_has_one() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {scene.name for scene in SCENES}
    assert f"({FOLDER.parent.name}/{FOLDER.name}/" in README.read_text()


@pytest.mark.parametrize("name", ["histogram", "mistake"])
def test_a_picture_shows_what_the_shell_shows_today(name: str, demo_home: Path) -> None:
    """Texts and their places; digits may be others, for the log is a little so on other processors."""
    scene = next(each for each in SCENES if each.name == name)
    kept, taken = _texts((FOLDER / f"{name}.svg").read_text()), _texts(picture_of(scene, demo_home))
    assert taken == kept, "python -m bench screens takes the pictures anew"


def _texts(picture: str) -> list[tuple[str | None, str]]:
    """The texts of a picture with the heights at which they stand, digits as zeros."""
    texts = ET.fromstring(picture).iter(_TEXT)  # noqa: S314 - our own
    return [(each.get("y"), re.sub(r"\d", "0", each.text or "")) for each in texts]
