"""`python -m bench screens`: pictures of the shell's screen, while it answers questions to the demo's log.

Owns the scenes: what is typed, and what is waited for. A real shell runs on a real pseudo-terminal, in a home
of its own; nothing of what it shows is touched but for one thing: of the blank lines between the prompt and
the bar at the foot of the screen one is left. The same program gives the same bytes: how long answers took is
left out by the shell's own setting (`timing off`), and the demo's log is the same every time, but for a few
lines on another kind of processor. Does not know how a picture is drawn.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.picture import svg_of
from bench.terminal import BACKSPACE, CTRL_L, ENTER, TAB, Terminal

FOLDER = Path(__file__).resolve().parent / "screens"
_PROJECT = Path(__file__).resolve().parent.parent
DEMO_STORE = Path(".local", "share", "flowql", "demo")
"""Where the demo's store lies below a home, as on Linux."""
_PROMPT = "flowql>"
_LINES, _COLUMNS = 34, 100
_MEASURES = "count() as flows, dc(srcaddr) as sources, sum(bytes) as volume"


@dataclass(frozen=True, slots=True)
class Step:
    """Keys that are pressed, and texts that the screen shows then."""

    keys: str
    shows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture: the name of its file, what it shows in words, and the steps that lead there."""

    name: str
    title: str
    steps: tuple[Step, ...]
    lines: int = _LINES


_AWAKE = (Step("src", ("srcaddr", "srcport")), Step(3 * BACKSPACE, ()))
"""The shell loads what completes and colours behind its first prompt: once it proposes, all is there."""


def _asked(query: str, *shows: str) -> tuple[Step, Step]:
    """A query, typed and looked at before Enter is pressed."""
    return Step(query, (query,)), Step(ENTER, shows)


SCENES = (
    Scene(
        "histogram",
        "A host's records over time with an hour of rejected ones, and the newest of them in a table",
        _asked("ip:198.51.100.54 | head 6", "3,480 records matched"),
    ),
    Scene(
        "completion",
        "A menu below a query that is being typed: the most frequent ports, by name",
        (Step("action:REJECT dstport:", ("https",)), Step(TAB + TAB, ())),
        lines=16,
    ),
    Scene(
        "mistake",
        "A service that is not known, marked in the message and on the prompt; Tab takes what is proposed",
        _asked("srcport:postgress action:REJECT", "Tab:"),
    ),
    Scene(
        "fields",
        "What is known of a field in the records that were found, with its most frequent values",
        (
            *_asked("action:REJECT | count", "1 row"),
            Step(CTRL_L, ()),
            *_asked(r"\fields dstport", "10 rows"),
        ),
    ),
    Scene(
        "sparklines",
        "A table of counts and sums for every two hours, with sparklines below it",
        _asked(f"* | timechart 2h {_MEASURES}", "each mark"),
    ),
)


def run(only: str = "", folder: Path = FOLDER) -> int:
    """Write the pictures of the scenes with a text in their name into a folder; 0."""
    folder.mkdir(parents=True, exist_ok=True)
    with demo_home() as home:
        for scene in SCENES:
            if only in scene.name:
                path = folder / f"{scene.name}.svg"
                path.write_text(picture_of(scene, home), encoding="utf-8")
                sys.stdout.write(f"{path}: {path.stat().st_size:,} bytes\n")
    return 0


@contextmanager
def demo_home() -> Iterator[Path]:
    """A home in which `flowql demo` has left its store; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="flowql-screens-") as folder:
        home = Path(folder).resolve()
        command = [sys.executable, "-m", "flowql", "demo", "--store", str(home / DEMO_STORE)]
        subprocess.run(  # noqa: S603 - our own program
            command, cwd=_PROJECT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True
        )
        yield home


def picture_of(scene: Scene, home: Path) -> str:
    """A scene's picture, over the demo's store below a home."""
    environment = {
        "HOME": str(home),
        "PYTHONPATH": str(_PROJECT),
        "XDG_STATE_HOME": str(home / f"state-{scene.name}"),
        "FLOWQL_CONFIG": "",
        "FLOWQL_STORE": str(home / DEMO_STORE),
        "FLOWQL_TIMING": "off",
        "FLOWQL_PAGER": "never",
    }
    arguments = ["-m", "flowql", "shell"]
    with Terminal(arguments, home, environment, lines=scene.lines, columns=_COLUMNS) as terminal:
        terminal.wait_for(_PROMPT)
        for step in (*_AWAKE, *scene.steps):
            terminal.press(step.keys)
            terminal.wait_for(*step.shows)
            terminal.settle()
        line, column = terminal.cursor
        kept = _kept_lines(terminal.lines, line)
        cells = terminal.cells
        return svg_of([cells[k] for k in kept], (kept.index(line), column), scene.title)


def _kept_lines(lines: list[str], cursor: int) -> list[int]:
    """The numbers of the lines that are shown: of the blank ones above the bar, one."""
    bar = len(lines) - 1
    while bar > cursor + 1 and lines[bar - 1]:
        bar -= 1
    last = max(cursor, *(k for k in range(bar) if lines[k]))
    return [*range(last + 1), *range(max(last + 1, bar - 1), len(lines))]
