"""A store's export in DuckDB, and answers by the SQL of whole queries over it.

Owns what a user would do: the export is made by the query that the comments above a statement name, written
as Parquet, and read as the table `flows`; settings that they name are set.
"""

import re
import shlex
from collections.abc import Iterator
from math import isclose
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from flowql.render.answer import Style
from flowql.render.as_parquet import write_parquet

if TYPE_CHECKING:
    from flowql.engine import Engine

_EXPORT = re.compile(r"^--   (flowql search .*)$", re.MULTILINE)
_SETTING = re.compile(r"^--   (SET .*;)$", re.MULTILINE)
_RELATIVE = 1e-12
"""By how much reals may differ: their sums are good to so many digits."""


class Exported:
    """One state of a store: exports of its topics, made in a folder when they are first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, Path] = {}
        self._connection = duckdb.connect(":memory:")

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

    def answer(self, sql: str, engine: "Engine") -> tuple[list[str], list[tuple[Any, ...]]]:
        """Names and rows, as DuckDB gives them; the engine is asked for an export that is not there yet."""
        settings = _SETTING.findall(sql)
        for setting in settings:
            self._connection.execute(setting)
        self._connection.read_parquet(str(self._file(sql, engine))).create_view("flows", replace=True)
        try:
            table = self._connection.sql(sql).to_arrow_table()
        finally:
            for setting in settings:
                self._connection.execute(re.sub(r"SET (\w+) .*", r"RESET \1", setting))
        return table.column_names, rows_of(table)

    def _file(self, sql: str, engine: "Engine") -> Path:
        """The export that the comments say how to make."""
        (command,) = _EXPORT.findall(sql)
        words = shlex.split(command)
        assert words[:-2] == ["flowql", "search", "--format", "parquet", "--output"], command
        query = words[-1]
        if query not in self._files:
            path = Path(mkdtemp(dir=self._folder), words[-2])
            with path.open("wb") as out:
                write_parquet(engine.search(query), out, Style())
            self._files[query] = path
        return self._files[query]


def rows_of(table: pa.Table) -> list[tuple[Any, ...]]:
    """Rows whose times and durations are nanoseconds."""
    return list(zip(*(_values(column) for column in table.columns), strict=True)) if table.num_columns else []


def _values(column: pa.ChunkedArray) -> list[Any]:
    is_time = pa.types.is_timestamp(column.type) or pa.types.is_duration(column.type)
    values: list[Any] = (column.cast(pa.int64()) if is_time else column).to_pylist()
    return values


def differences(found: list[tuple[Any, ...]], expected: list[tuple[Any, ...]]) -> Iterator[str]:
    """What is not the same, in words; reals may differ in their last digits."""
    if len(found) != len(expected):
        yield f"{len(found)} rows, not {len(expected)}"
    for place, (row, wanted) in enumerate(zip(found, expected, strict=False)):
        if len(row) != len(wanted) or not all(map(_is_same, row, wanted)):
            yield f"row {place}: {row} is not {wanted}"


def _is_same(found: Any, wanted: Any) -> bool:
    if isinstance(found, float) and isinstance(wanted, float):
        return isclose(found, wanted, rel_tol=_RELATIVE)
    return type(found) is type(wanted) and bool(found == wanted)
