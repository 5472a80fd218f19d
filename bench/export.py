"""`python -m bench export`: a million matching rows to an Arrow table, to a CSV file and to a Parquet file.

Owns the queries, what is timed (from a query's text to the table, or to the closed file), and the comparison:
both CSV files have the same bytes below their headers, both tables and both Parquet files the same rows in
the same order.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

import flowql
from bench import data
from bench.duckdb_peer import DUCKDB, connect_duckdb
from bench.loading import load_apart, remove_store
from bench.results import RefusedError, Result, Results, Samples, require_same
from flowql.engine import Engine
from flowql.render.answer import Style
from flowql.render.formats import FORMATS

_BENCH = "export"
_ROWS = 1_000_000
"""Rows of an answer: at least so many, or half of a log that does not have twice as many."""
_STEP_SHARE = 1_000
"""Each query gives that part of the rows more than the one before, so that none is asked twice."""
_GOALS = {"arrow": "< 1 s", "csv": "< 3 s", "parquet": ""}
_COPY = {"csv": "FORMAT csv, HEADER", "parquet": "FORMAT parquet, COMPRESSION zstd"}


@dataclass(frozen=True, slots=True)
class _Export:
    """An answer that left its engine: a table, or a file."""

    seconds: float
    rows: pa.Table | Path


def run(results: Results, records: int, runs: int, cache: Path) -> None:
    """Export every format once to warm up and `runs` times for its time."""
    log = data.plain(cache, records)
    stores = cache / "stores"
    store, database, files = stores / "export", stores / "export.duckdb", stores / "export files"
    try:
        load_apart("flowql", log, store)
        load_apart("duckdb", log, database)
        files.mkdir(parents=True, exist_ok=True)
        with flowql.open(store) as engine, connect_duckdb(database) as connection:
            row_count = min(_ROWS, records // 2)
            for name in _GOALS:
                work = partial(_exported, name, row_count, engine, connection, files, runs)
                results.measure(_BENCH, _title(name, row_count), work)
    except RefusedError as error:
        results.refuse(_BENCH, "loading", error)
    finally:
        for path in (store, database, files):
            remove_store(path)


def _title(name: str, row_count: int) -> str:
    return f"{row_count:,} rows to {name}"


def _exported(
    name: str,
    row_count: int,
    engine: Engine,
    connection: duckdb.DuckDBPyConnection,
    files: Path,
    runs: int,
) -> Iterator[Result]:
    """Export, compare, and only then say how long it took. Who goes first has the colder caches: by turns."""
    times: list[tuple[float, float]] = []
    for turn, bytes_min in enumerate(_thresholds(connection, row_count, runs + 1)):
        if turn % 2:
            theirs = _from_duckdb(name, connection, bytes_min, files)
            ours = _from_flowql(name, engine, bytes_min, files)
        else:
            ours = _from_flowql(name, engine, bytes_min, files)
            theirs = _from_duckdb(name, connection, bytes_min, files)
        _require_right(f"bytes>={bytes_min} to {name}", row_count, ours, theirs)
        times.append((ours.seconds, theirs.seconds))
    our_s, their_s = (Samples(tuple(one)) for one in zip(*times[1:], strict=True))
    yield Result(_title(name, row_count), "s", our_s, {DUCKDB: their_s}, _GOALS[name])


def _thresholds(connection: duckdb.DuckDBPyConnection, row_count: int, count: int) -> Iterator[int]:
    """Numbers of bytes that at least `row_count` records have, in each case some more."""
    for turn in range(count):
        place = row_count - 1 + turn * max(1, row_count // _STEP_SHARE)
        found = connection.execute(
            "SELECT bytes FROM flows ORDER BY bytes DESC NULLS LAST LIMIT 1 OFFSET $1", (place,)
        ).fetchall()
        if not found or found[0][0] is None:
            raise RefusedError(f"the log has no {place + 1:,} records with bytes")
        yield found[0][0]


def _from_flowql(name: str, engine: Engine, bytes_min: int, files: Path) -> _Export:
    rows: pa.Table | Path
    begin = time.perf_counter()
    result = engine.search(f"bytes>={bytes_min}")
    if name == "arrow":
        rows = result.to_arrow()
    else:
        rows = files / f"flowql.{name}"
        with rows.open("wb") as file:
            FORMATS[name].write(result, file, Style())
    return _Export(time.perf_counter() - begin, rows)


def _from_duckdb(name: str, connection: duckdb.DuckDBPyConnection, bytes_min: int, files: Path) -> _Export:
    query = f"SELECT * FROM flows WHERE bytes >= {bytes_min} ORDER BY start DESC, rowid DESC"  # noqa: S608 - a number; COPY takes no parameters
    rows: pa.Table | Path
    begin = time.perf_counter()
    if name == "arrow":
        rows = connection.sql(query).to_arrow_table()
    else:
        rows = files / f"duckdb.{name}"
        connection.execute(f"COPY ({query}) TO '{rows}' ({_COPY[name]})")
    return _Export(time.perf_counter() - begin, rows)


# ---- the comparison


def _require_right(what: str, row_count: int, ours: _Export, theirs: _Export) -> None:
    """Raise `RefusedError` unless both exports hold the same rows in the same order, and enough of them."""
    match ours.rows, theirs.rows:
        case (Path() as our_file, Path() as their_file) if our_file.suffix == ".csv":
            count = _require_same_lines(what, our_file, their_file)
        case (Path() as our_file, Path() as their_file):
            count = _require_same_tables(what, pq.read_table(our_file), pq.read_table(their_file))
        case our_table, their_table:
            count = _require_same_tables(what, our_table, their_table)
    if count < row_count:
        raise RefusedError(f"{what}: {count:,} rows, which is less than {row_count:,}")


def _require_same_lines(what: str, our_file: Path, their_file: Path) -> int:
    """Compare the files below their headers, in which names differ by `-` and `_`."""
    (our_header, ours), (their_header, theirs) = (
        file.read_bytes().split(b"\n", 1) for file in (our_file, their_file)
    )
    require_same(f"{what}, header", [our_header.replace(b"-", b"_")], [their_header])
    if ours != theirs:
        require_same(what, ours.split(b"\n"), theirs.split(b"\n"))
    return ours.count(b"\n")


def _require_same_tables(what: str, ours: pa.Table, theirs: pa.Table) -> int:
    """Compare columns, as DuckDB's table has them: times as epoch seconds."""
    require_same(f"{what}, columns", _plain_names(ours.column_names), theirs.column_names)
    require_same(f"{what}, rows", [len(ours)], [len(theirs)])
    for name, column, their_column in zip(ours.column_names, ours.columns, theirs.columns, strict=True):
        is_time = pa.types.is_timestamp(column.type)
        our_column = column.cast(pa.timestamp("s", "UTC")).cast(pa.int64()) if is_time else column
        if not our_column.equals(their_column.cast(our_column.type)):
            require_same(f"{what}, {name}", our_column.to_pylist(), their_column.to_pylist())
    return len(ours)


def _plain_names(names: Sequence[str]) -> list[str]:
    return [name.replace("-", "_") for name in names]
