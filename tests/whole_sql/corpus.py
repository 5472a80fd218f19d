"""Every query of the golden files, asked of FlowQL and of DuckDB by its SQL.

Owns the walk through a file's life, and what is said of an answer that is not the same.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from flowql.plan.sql import NoSqlError
from golden.life import Life
from golden.script import read_script
from whole_sql.exported import Exported, differences, rows_of

FOLDER = Path(__file__).parents[1] / "golden"


@dataclass(frozen=True, slots=True)
class Text:
    """A query's text, and where it stands."""

    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(FOLDER)}:{self.line} {self.text}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a text: the part that SQL cannot say, or what is not the same."""

    of: Text
    refused: str | None = None
    differences: tuple[str, ...] = ()


def files() -> list[Path]:
    """The golden files that ask for rows."""
    found = sorted(FOLDER.rglob("*.fqt"))
    return [path for path in found if any(block.keyword == "query" for block in read_script(path))]


def outcomes(path: Path, folder: Path, place: int, step: int) -> Iterator[Outcome]:
    """What becomes of every `step`-th text of a file, from the one at `place` on."""
    blocks = read_script(path)
    asked = [(block, text) for block in blocks if block.keyword == "query" for text in block.texts]
    with closing(Life(blocks, folder)) as life:
        exports: dict[int, Exported] = {}
        try:
            for block, text in asked[place::step]:
                life.advance(block)
                exported = exports.get(len(life.committed))
                if exported is None:
                    exported = exports[len(life.committed)] = Exported(folder)
                yield _outcome(Text(path, block.line, text), life, exported)
        finally:
            for exported in exports.values():
                exported.close()


def _outcome(of: Text, life: Life, exported: Exported) -> Outcome:
    engine = life.script_road().engine
    try:
        sql = engine.sql(of.text, **life.options)
    except NoSqlError as error:
        return Outcome(of, refused=error.part)
    expected = engine.search(of.text, **life.options).to_arrow()
    names, rows = exported.answer(sql, engine)
    wrong = [*differences(rows, rows_of(expected))]
    if names != expected.column_names:
        wrong.insert(0, f"the columns {names}, not {expected.column_names}")
    return Outcome(of, differences=tuple(wrong))


def told(found: Sequence[Outcome]) -> str:
    """What is not the same, for people."""
    return "\n".join(f"{each.of}\n  {'; '.join(each.differences[:3])}" for each in found)
