"""The memory of stages that hold much, or would: a sort, millions of groups, a SELECT, read to the end.

Owns what is read, the order to a process that reads it by itself (`stages_reader`), and the comparison: all
rows are streamed through DuckDB here, in another run, and must be those of its own table. A reading that a
limit of FlowQL stops is told with the limit's name, for it kept to its memory too; a process that is killed
has no figures.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from bench.results import RefusedError, Result, Samples, require_same
from flowql.engine import Engine

_PROJECT = Path(__file__).resolve().parent.parent
_MIB = 1 << 20
_MEMORY_GOAL = "< 1,024"
_RUNS_MAX = 3
"""Runs of each reading, which takes long: a limit on what was asked for."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A query whose rows are all read, batch by batch, and the same in SQL."""

    name: str
    flowql: str
    sql: str
    """Its columns are FlowQL's by position; times are epoch seconds."""
    ordered: tuple[int, ...] = ()
    """Places of the columns whose order both languages fix, from row to row; of the others, just the rows."""


_SORTED = "SELECT * FROM flows ORDER BY bytes DESC NULLS LAST, start DESC, rowid DESC"
_GROUPED = "SELECT srcaddr, {0}, count(*) FROM flows GROUP BY srcaddr, {0}"
_SELECTED = "SELECT srcaddr, dstaddr, bytes FROM flows ORDER BY bytes DESC NULLS LAST"
READINGS = (
    Reading(
        "groups of srcaddr, srcport", "* | stats count() by srcaddr, srcport", _GROUPED.format("srcport")
    ),
    Reading(
        "groups of srcaddr, dstaddr", "* | stats count() by srcaddr, dstaddr", _GROUPED.format("dstaddr")
    ),
    Reading("sort of everything", "* | sort -bytes", _SORTED, tuple(range(14))),
    Reading(
        "select of everything, ordered",
        "* | select srcaddr, dstaddr, bytes order by bytes desc",
        _SELECTED,
        (2,),
    ),
)


def measured(
    reading: Reading, engine: Engine, connection: duckdb.DuckDBPyConnection, store: Path, runs: int
) -> Iterator[Result]:
    """Read in processes of their own, compare, and only then say what it took."""
    told = [_read_apart(reading, store) for _ in range(min(runs, _RUNS_MAX))]
    limits = {one["limit"] for one in told}
    if len(limits) > 1:
        raise RefusedError(f"{reading.flowql}: it ended with the limits {limits}, None being none")
    (limit,) = limits
    if limit is None:
        _require_right_rows(reading, [one["rows"] for one in told], engine, connection)

    def result(what: str, unit: str, values: Iterator[float], goal: str = "") -> Result:
        ended = f" (refused: {limit})" if limit else ""
        return Result(f"{reading.name}{ended}, {what}", unit, Samples(tuple(values)), goal=goal)

    yield result("peak memory", "MiB", (one["peak_bytes"] / _MIB for one in told), _MEMORY_GOAL)
    beyond = ((one["peak_bytes"] - one["idle_bytes"]) / _MIB for one in told)
    yield result("beyond an idle engine", "MiB", beyond)
    yield result("time", "s", (one["seconds"] for one in told))


def _read_apart(reading: Reading, store: Path) -> dict[str, Any]:
    """What a process says that reads to the end or to a limit."""
    order = json.dumps({"query": reading.flowql, "store": str(store.resolve())})
    command = [sys.executable, "-m", "bench.stages_reader", order]
    done = subprocess.run(command, cwd=_PROJECT, stdout=subprocess.PIPE, check=False)  # noqa: S603 - our own
    if done.returncode:
        raise RefusedError(f"{reading.flowql}: its process ended with exit code {done.returncode}")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


# ---- the comparison


def _require_right_rows(
    reading: Reading, row_counts: list[int], engine: Engine, connection: duckdb.DuckDBPyConnection
) -> None:
    """Raise `RefusedError` unless FlowQL's rows are the peer's, and every process read as many.

    DuckDB sums up both: the number of rows, the sum of their hashes, and that of the hashes of the ordered
    columns with the row's place. None of the rows are held.
    """
    stream = pa.RecordBatchReader.from_stream(engine.search(reading.flowql))
    ours = _summed(connection.from_arrow(stream), reading)
    theirs = _summed(connection.sql(reading.sql), reading)
    parts = ("number of rows", "sum of the rows' hashes", "sum of the hashes with places")
    for part, our, their in zip(parts, ours, theirs, strict=True):
        require_same(f"{reading.flowql}, {part}", [our], [their])
    require_same(f"{reading.flowql}, rows read", row_counts, [theirs[0]] * len(row_counts))


def _summed(rows: duckdb.DuckDBPyRelation, reading: Reading) -> tuple[int, ...]:
    columns = [_comparable(name, str(type_)) for name, type_ in zip(rows.columns, rows.types, strict=True)]
    places = ", ".join(["place", *(columns[place] for place in reading.ordered)])
    summed = rows.project("*, row_number() OVER () AS place").aggregate(
        f"count(*), sum(hash({', '.join(columns)})::HUGEINT), sum(hash({places})::HUGEINT)"
    )
    ((*sums,),) = summed.fetchall()
    return tuple(sums)


def _comparable(name: str, type_: str) -> str:
    """A column's values as both sides have them: equal hashes need equal types."""
    if type_.startswith("TIMESTAMP"):
        return f'epoch_ns("{name}") // 1000000000'
    return f'"{name}"' if type_ == "VARCHAR" else f'"{name}"::BIGINT'
