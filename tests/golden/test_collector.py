"""The collector itself: a wrong answer fails, `--accept` writes it, and each road is a store of its own."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from golden.life import Life
from golden.question import Question
from golden.script import ScriptError, read_script

TESTS = Path(__file__).parents[1]
SCRIPT = """\
# A comment.
show interface-id

topic flows
  interface-id  dstport  start
  a             22       +1
  b             80       +2
  c             22       +3
  d             22       +4
  e             22       +5
  f             22       +6
  g             22       +7
  h             22       +8
  i             22       +9

commit

# Right.
query dstport:80
  b

# Wrong: the order.
query
  dstport:22 start<2024-01-01T00:00:05Z
  dstport = 22
    start<2024-01-01T00:00:05Z
  ----
  a c d

error dstport:22

error dstport:70000
"""


def test_a_wrong_answer_fails_and_is_written_when_accepted(tmp_path: Path) -> None:
    """Four questions: one right, one wrong, one that is no error, one whose message is not there."""
    path = tmp_path / "script.fqt"
    path.write_text(SCRIPT)
    report = _pytest(path)
    assert "3 failed, 1 passed" in report
    assert "-a c d\n+d c a" in report
    assert "is no error: it has 8 rows" in report
    accepted = _pytest(path, "--accept")
    assert "1 failed, 3 passed" in accepted, "what is no error is never accepted"
    message = [
        "error dstport:70000",
        "  error: a port is at most 65535, found 70000",
        "    dstport:70000",
        "            ^^^^^",
    ]
    expected = SCRIPT.replace("a c d", "d c a").replace(message[0], "\n".join(message))
    assert path.read_text() == expected


def test_every_road_is_a_store_of_its_own(tmp_path: Path) -> None:
    """A record that only the other stores hold shows on each of the other roads."""
    path = tmp_path / "script.fqt"
    path.write_text(SCRIPT)
    blocks = read_script(path)
    life = Life(blocks, tmp_path / "stores")
    life.advance(blocks[-1])
    for optimized in (True, False):
        assert Question("dstport:80", life).lines_of(life.script_road(optimized=optimized)) == ["b"]
    life.committed.append(
        replace(life.committed[1], cells=tuple("new" if c == "b" else c for c in life.committed[1].cells))
    )
    names = [road.name for road in life.roads()]
    answers = [list(road.engine.search("dstport:80")) for road in life.roads()]
    life.close()
    assert names == [
        "one segment",
        "many segments",
        "many segments, not optimized",
        "many segments, not optimized, in SQL",
        "after merges",
        "merged and opened again",
    ]
    assert [[row["interface-id"] for row in rows] for rows in answers] == [["new", "b"]] * len(names)


@pytest.mark.parametrize("text", ["ask dstport:22\n", "query\n  dstport:22\n", "commit\n  a\n"])
def test_a_file_that_is_written_wrong_is_refused(tmp_path: Path, text: str) -> None:
    """An unknown keyword, texts without an answer, lines where none can be."""
    path = tmp_path / "script.fqt"
    path.write_text(text)
    with pytest.raises(ScriptError):
        read_script(path)


def _pytest(*arguments: object) -> str:
    """What a run of pytest over a file outside of the project prints."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "conftest",
        "-p",
        "no:cacheprovider",
        "-q",
        *map(str, arguments),
    ]
    paths = os.pathsep.join([str(TESTS), str(TESTS.parent), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        command,
        cwd=Path(str(arguments[0])).parent,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr
