"""The fenced blocks of a Markdown document."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FencedBlock:
    """What stands between two lines of three backticks; `line` is that of its first line of text, from 1."""

    language: str
    text: str
    line: int


def fenced_blocks(path: Path) -> list[FencedBlock]:
    """The blocks of a document, in order; `language` is the word after the backticks, or empty."""
    blocks = []
    language, lines, first = None, list[str](), 0
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if not line.startswith("```"):
            lines.append(line)
        elif language is None:
            language, lines, first = line.removeprefix("```").strip(), [], number + 1
        else:
            blocks.append(FencedBlock(language, "\n".join(lines), first))
            language = None
    assert language is None, f"{path}:{first - 1}: this block is not closed"
    return blocks
