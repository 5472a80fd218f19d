"""The text of a golden file: its blocks, where their answers stand, and how answers are written back.

Owns the syntax that `collector` documents. Knows nothing of stores or queries.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TEXT_KEYWORDS = frozenset(
    ("query", "count", "plan", "canonical", "error", "notes", "why", "empty", "complete", "work")
)
LIFE_KEYWORDS = frozenset(("topic", "made-up", "commit", "merge", "reopen", "now", "show", "list", "param"))
CURSOR = "<|>"
"""Where the cursor stands in the text of a `complete` block; no query holds it."""
KEYWORDS = TEXT_KEYWORDS | LIFE_KEYWORDS | {"topics"}
_SEPARATOR = "----"
_INDENT = "  "


class ScriptError(Exception):
    """A golden file that is not written as it has to be."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block.

    `texts` are the queries of a block that asks something, `body` its answer's lines (or a
    topic's lines), without their indent; `answer_lines` is where the answer stands in the file, as a
    half-open range of line indexes, so that it can be replaced.
    """

    keyword: str
    argument: str
    line: int
    texts: tuple[str, ...]
    body: tuple[str, ...]
    answer_lines: tuple[int, int]

    @property
    def title(self) -> str:
        """What the block is called in a list of tests."""
        head = self.argument or (self.texts[0] if self.texts else "")
        return f"{self.line}: {self.keyword} {head}".strip()


def read_script(path: Path) -> list[Block]:
    """The blocks of a file, in order. Raises `ScriptError`."""
    lines = path.read_text().split("\n")
    return [_block(path, lines, first, last) for first, last in _extents(lines)]


def replace_answers(path: Path, answers: dict[Block, list[str]]) -> None:
    """Write the file anew with these blocks' answers; all other lines stay as they are."""
    lines = path.read_text().split("\n")
    for block, answer in sorted(answers.items(), key=lambda item: -item[0].line):
        first, after = block.answer_lines
        lines[first:after] = [(_INDENT + line).rstrip() for line in answer]
    path.write_text("\n".join(lines))


def _extents(lines: list[str]) -> Iterator[tuple[int, int]]:
    """The half-open ranges of lines that blocks take, blank lines at their end left out."""
    starts = [i for i, line in enumerate(lines) if line and not line.startswith((" ", "#"))]
    breaks = [i for i, line in enumerate(lines) if line and not line.startswith(" ")] + [len(lines)]
    for start in starts:
        after = next(i for i in breaks if i > start)
        while not lines[after - 1].strip():
            after -= 1
        yield start, after


def _block(path: Path, lines: list[str], start: int, after: int) -> Block:
    keyword, _, argument = lines[start].partition(" ")
    argument = argument.strip()
    where = f"{path.name}:{start + 1}"
    if keyword not in KEYWORDS:
        raise ScriptError(f"{where}: no such block: {keyword} (there are {', '.join(sorted(KEYWORDS))})")
    body = [line.removeprefix(_INDENT).rstrip() for line in lines[start + 1 : after]]
    texts: tuple[str, ...] = ()
    first = start + 1
    if keyword in TEXT_KEYWORDS:
        texts = (argument,)
        if not argument:
            if _SEPARATOR not in body:
                raise ScriptError(
                    f"{where}: a block without a text on its first line has texts, {_SEPARATOR}, the answer"
                )
            split = body.index(_SEPARATOR)
            texts, body, first = _texts(body[:split]), body[split + 1 :], first + split + 1
    if keyword in ("made-up", "commit", "merge", "reopen", "now", "show", "param") and body:
        raise ScriptError(f"{where}: {keyword} has no lines")
    return Block(keyword, argument, start + 1, texts, tuple(body), (first, after))


def _texts(lines: list[str]) -> tuple[str, ...]:
    """One text a line; a line with a further indent goes on with the text before."""
    texts: list[str] = []
    for line in lines:
        if line.startswith(" ") and texts:
            texts[-1] += "\n" + line
        else:
            texts.append(line)
    return tuple(texts)
