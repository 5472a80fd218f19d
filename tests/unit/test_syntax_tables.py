"""The parser's kept tables: the same trees, and never in the way."""

from pathlib import Path

import pytest

from flowql.syntax import parser, tables
from flowql.syntax.canonical import canonical

TEXT = "action:REJECT (dstport:22 OR dstport in (80, 443)) last 1h | top 5 srcaddr by bytes"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tables, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    return tmp_path / "cache"


def fresh() -> str:
    """A text through a parser made as in a new process."""
    parser.grammar_parser.cache_clear()
    return canonical(parser.parse(TEXT))


def test_kept_tables_give_the_same_tree(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = fresh()
    assert len(list(cache.iterdir())) == 1
    monkeypatch.setattr(parser, "build_parser", lambda: pytest.fail("built again"))
    assert fresh() == built


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 5000])
def test_damaged_tables_are_built_again(cache: Path, damage: bytes) -> None:
    built = fresh()
    (path,) = cache.iterdir()
    path.write_bytes(damage)
    assert fresh() == built
    assert path.read_bytes() != damage


def test_a_folder_that_cannot_be_written_costs_only_time(cache: Path) -> None:
    cache.write_text("a file stands where the folder would")
    assert fresh()
