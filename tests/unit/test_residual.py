"""The database of the residual road: what it refuses, its limits, cancelling, several queries at once."""

import gc
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Event, Thread, Timer
from time import perf_counter
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from residual_rows import ACTION, BYTES, NONE, ROAD, SRC, START, Given, Rows, batches_of, counted

from flowql.errors import CancelledError, LimitError
from flowql.execution.context import Context, Threads
from flowql.execution.limits import MEMORY_BYTES, Limits
from flowql.execution.materialize import arrow_schema
from flowql.execution.residual import Residual
from flowql.execution.residual.failures import error_of
from flowql.plan import expressions as x
from flowql.plan import predicates as p
from flowql.plan.logical import (
    Aggregate,
    Column,
    Computed,
    Dedup,
    Extend,
    Filter,
    Head,
    Key,
    Measure,
    Node,
    Sort,
    SortKey,
    Tail,
)
from flowql.plan.sql import Statement, statement
from flowql.schema import Kind

COLUMNS = (START, SRC, BYTES, ACTION)
SCHEMA = arrow_schema(COLUMNS)
BATCH_ROWS = 1 << 16
COUNT = Measure("count", None, counted("count"))


def lowered(stage: Any, columns: tuple[Column, ...] = COLUMNS) -> Statement:
    """The statement of one stage."""
    return statement([stage], columns)


def many(row_count: int, distinct: int = 1 << 40) -> Iterator[pa.RecordBatch]:
    """Rows as they come, each with an address of its own up to so many."""
    actions = pa.array(["ACCEPT", "REJECT", None])
    for first in range(0, row_count, BATCH_ROWS):
        numbers = np.arange(first, min(first + BATCH_ROWS, row_count))
        halves = np.zeros((len(numbers), 2), ">u8")
        halves[:, 1] = numbers * 2_654_435_761 % distinct
        addresses = pa.Array.from_buffers(pa.binary(16), len(numbers), [None, pa.py_buffer(halves.tobytes())])
        arrays = [
            pa.array(-numbers),
            addresses,
            pa.array(numbers * 7_919 % 1_000_003),
            actions.take(pa.array(numbers % 3)),
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)


def run(
    stage: Any, batches: Iterator[pa.RecordBatch], context: Context | None = None, road: Residual = ROAD
) -> Iterator[pa.RecordBatch]:
    """The outcome of one stage."""
    query = lowered(stage)
    return road.run(query, batches, SCHEMA, query.columns, context or Context(Threads()))


# ---- the wall


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM glob('/*')",
        "COPY (SELECT 1) TO '/tmp/flowql-out.csv'",
        "ATTACH '/tmp/flowql-out.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "EXPORT DATABASE '/tmp/flowql-out'",
        "SELECT * FROM read_parquet('https://example.org/x.parquet')",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "SET threads = 4",
        "SET temp_directory = '/'",
        "SET lock_configuration = false",
        "RESET memory_limit",
        "SELECT * FROM secret_rows",
        "SELECT getenv('HOME')",
    ],
)
def test_every_way_out_is_shut(sql: str) -> None:
    secret_rows = pa.table({"x": [1]})  # a Python object that replacement scans would find
    cursor = ROAD._cursor()
    try:
        with pytest.raises(duckdb.Error):
            cursor.execute(sql).fetchall()
    finally:
        cursor.close()
    assert len(secret_rows) == 1
    assert not Path("/tmp/flowql-out.csv").exists()  # noqa: S108 - that is where it would have been


def test_the_clock_of_the_database_is_utc() -> None:
    cursor = ROAD._cursor()
    assert cursor.execute("SELECT current_setting('TimeZone'), current_setting('threads')").fetchall() == [
        ("UTC", 1)
    ]
    cursor.close()


def test_neither_library_is_loaded_before_it_is_needed() -> None:
    script = (
        "import sys, flowql, flowql.engine, flowql.plan.sql, flowql.execution.residual as r;"
        "road = r.Residual(); road.close();"
        "assert not {'duckdb', 'sqlglot'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_program_that_closes_nothing_ends_quietly_and_leaves_no_folder(tmp_path: Path) -> None:
    script = (
        "from residual_rows import *; from flowql.plan.logical import Head;"
        "print(Rows((BYTES,), ((1,), (2,))).through(Head(NONE, 1)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(Path(__file__).parent), "TMPDIR": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (ran.stdout, ran.stderr) == ("[(1,)]\n", "")
    assert list(tmp_path.iterdir()) == []


def test_what_is_closed_opens_again() -> None:
    road = Residual()
    rows = Rows((BYTES,), ((1,),))
    assert rows.through(Head(NONE, 1), residual=road) == [(1,)]
    road.close()
    road.close()
    assert rows.through(Head(NONE, 1), residual=road) == [(1,)]
    road.close()


# ---- streams


def test_rows_come_out_while_others_still_go_in() -> None:
    taken = []

    def counted_batches() -> Iterator[pa.RecordBatch]:
        for batch in many(40 * BATCH_ROWS):
            taken.append(batch.num_rows)
            yield batch

    outcome = run(Filter(Given(COLUMNS), p.Everything()), counted_batches())
    assert next(outcome).num_rows
    assert len(taken) < 20
    outcome.close()
    assert len(taken) < 20


def test_the_first_rows_are_enough() -> None:
    taken = []

    def counted_batches() -> Iterator[pa.RecordBatch]:
        for batch in many(40 * BATCH_ROWS):
            taken.append(batch.num_rows)
            yield batch

    assert sum(batch.num_rows for batch in run(Head(Given(COLUMNS), 5), counted_batches())) == 5
    assert len(taken) < 20


def test_texts_may_come_by_dictionaries_and_columns_in_another_order() -> None:
    batches = [
        pa.RecordBatch.from_pydict(
            {
                "#": pa.array([place]),
                "action": pa.array(texts).dictionary_encode(),
                "bytes": pa.array([place]),
            }
        )
        for place, texts in enumerate([["x"], ["y"], [None]])
    ]
    query = lowered(Filter(Given((BYTES, ACTION)), p.Everything()), (BYTES, ACTION))
    assert query.needs_place
    schema = arrow_schema((BYTES, ACTION))
    outcome = list(ROAD.run(query, iter(batches), schema, query.columns, Context(Threads())))
    assert pa.Table.from_batches(outcome).to_pydict() == {"bytes": [0, 1, 2], "action": ["x", "y", None]}


def test_a_statement_says_whether_the_order_of_its_input_counts() -> None:
    given: Any = Given(COLUMNS)
    groups = Aggregate(given, (Key(ACTION, ACTION),), (COUNT,))
    first = Aggregate(given, (), (Measure("first", BYTES, counted("first")),))
    by_count: Node = Sort(groups, (SortKey(COUNT.output, descending=True),))
    assert not lowered(groups).needs_place
    assert not statement([groups, by_count], COLUMNS).needs_place
    for stage in (
        first,
        Filter(given, p.Everything()),
        Tail(given, 1),
        Dedup(given, (ACTION,)),
        Head(given, 1),
    ):
        assert lowered(stage).needs_place, stage


def test_the_same_rows_give_the_same_bytes() -> None:
    rate = Column("rate", Kind.REAL)
    thirds = x.Arithmetic(x.Operation.DIVIDE, x.Read(BYTES), x.Constant(3, Kind.COUNT), Kind.REAL)
    given: Any = Given(COLUMNS)
    extend = Extend(given, (Computed(rate, thirds),))
    group = Aggregate(extend, (Key(SRC, SRC),), (Measure("sum", rate, rate),))
    query = statement([extend, group], COLUMNS)
    found = [
        pa.Table.from_batches(ROAD.run(query, many(300_000, 5000), SCHEMA, query.columns, Context(Threads())))
        for _ in range(2)
    ]
    assert found[0].equals(found[1])
    assert len(found[0]) == 5000


def test_two_queries_at_once_do_not_see_each_other() -> None:
    barrier = Barrier(4)
    found: dict[int, list[tuple[Any, ...]]] = {}

    def ask(number: int) -> None:
        rows = Rows((ACTION, BYTES), tuple((f"t{number}", i) for i in range(5000)))
        made = x.Concat((x.Read(START), x.Constant(str(number), Kind.TEXT)))
        with_times = Rows((*rows.columns, START), tuple((*row, number) for row in rows.rows))
        barrier.wait()
        for _ in range(5):
            extend = Extend(NONE, (Computed(Column("made", Kind.TEXT), made),))
            group = Aggregate(NONE, (Key(Column("made", Kind.TEXT), Column("made", Kind.TEXT)),), (COUNT,))
            found.setdefault(number, []).extend(with_times.through(extend, group))

    threads = [Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {number: set(rows) for number, rows in found.items()} == {
        number: {(f"1970-01-01T00:00:00.{number:09d}".rstrip("0").rstrip(".") + f"Z{number}", 5000)}
        for number in range(4)
    }


# ---- what goes wrong


def test_what_the_input_raises_comes_out_as_it_is() -> None:
    class OwnError(Exception):
        pass

    def broken() -> Iterator[pa.RecordBatch]:
        yield from many(10)
        raise OwnError("the segment is gone")

    with pytest.raises(OwnError, match="the segment is gone"):
        list(run(Sort(Given(COLUMNS), (SortKey(BYTES, descending=False),)), broken()))
    assert sum(batch.num_rows for batch in run(Head(Given(COLUMNS), 5), many(10))) == 5


def test_a_defect_of_ours_is_not_passed_off_as_a_limit() -> None:
    query = lowered(Head(Given(COLUMNS), 1))
    with pytest.raises(duckdb.Error):
        list(
            ROAD.run(
                query, batches_of((BYTES,), [(1,)]), arrow_schema((BYTES,)), query.columns, Context(Threads())
            )
        )


@pytest.mark.parametrize("delay_s", [0.0, 0.3])
@pytest.mark.parametrize(
    "stage",
    [
        Sort(NONE, (SortKey(BYTES, descending=True),)),
        Aggregate(NONE, (Key(SRC, SRC),), (COUNT,)),
        Filter(NONE, p.Everything()),
    ],
)
def test_a_cancelled_query_ends_soon(stage: Any, delay_s: float) -> None:
    context = Context(Threads())
    stopped: list[float] = []

    def cancel() -> None:
        stopped.append(perf_counter())
        context.stop.set()

    timer = Timer(delay_s, cancel)
    timer.start()
    with pytest.raises(CancelledError):
        for _ in run(replace(stage, input=Given(COLUMNS)), many(1 << 40), context):
            pass
    assert perf_counter() - stopped[0] < 1.0
    timer.join()


def test_a_query_that_is_let_go_of_leaves_nothing_behind() -> None:
    road = Residual()
    concat = x.Concat((x.Read(START), x.Read(SRC)))
    outcome = run(
        Extend(Given(COLUMNS), (Computed(Column("t", Kind.TEXT), concat),)), many(1 << 40), road=road
    )
    next(outcome)
    del outcome
    gc.collect()
    cursor = road._cursor()
    left = cursor.execute(
        "SELECT count(*) FROM duckdb_functions() WHERE function_name LIKE '%flowql%'"
    ).fetchall()
    assert left == [(0,)]
    cursor.close()
    road.close()


def within(memory_bytes: int) -> Context:
    return Context(Threads(), limits=Limits(memory_bytes=memory_bytes))


def test_a_limit_of_memory_has_a_name() -> None:
    road = Residual()
    text = Measure("values", SRC, Column("v", Kind.TEXT))
    with pytest.raises(LimitError) as caught:
        list(run(Aggregate(Given(COLUMNS), (), (text,)), many(3_000_000), within(24 << 20), road=road))
    assert caught.value.limit_name == "memory_max"
    assert caught.value.exit_code == 4
    assert sum(batch.num_rows for batch in run(Head(Given(COLUMNS), 5), many(10), road=road)) == 5
    road.close()


def test_a_full_folder_ends_the_query(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowql.execution.residual.database.SPILL_MAX", 1 << 20)
    road = Residual()
    by_bytes = Sort(Given(COLUMNS), (SortKey(BYTES, descending=True),))
    with pytest.raises(LimitError) as caught:
        list(run(by_bytes, many(3_000_000), within(32 << 20), road=road))
    assert caught.value.limit_name == "memory_max"
    road.close()


@pytest.mark.parametrize(
    ("error", "limit"),
    [
        (duckdb.IOException("IO Error: Could not write file: No space left on device"), "spill_max"),
        (duckdb.OutOfMemoryException("Out of Memory Error: failed to offload data block"), "memory_max"),
        (OSError("Out of Memory Error: failed to pin block of size 256.0 KiB"), "memory_max"),
        (
            duckdb.OutOfRangeException("Out of Range Error: Overflow in addition of INT64 (1 + 2)!"),
            "integer_max",
        ),
    ],
)
def test_limits_by_their_errors(error: Exception, limit: str) -> None:
    found = error_of(error, context=Context(Threads()), raised=(), has_select=True)
    assert isinstance(found, LimitError)
    assert found.limit_name == limit


def test_a_sort_that_memory_does_not_hold_goes_to_the_folder() -> None:
    road = Residual()
    row_count = 1_500_000  # some 60 MB
    seen, last = 0, (1 << 62, 0)
    by_bytes = Sort(Given(COLUMNS), (SortKey(BYTES, descending=True),))
    for batch in run(by_bytes, many(row_count), within(48 << 20), road=road):
        values = batch.column("bytes").to_numpy()
        assert last[0] >= values[0]
        assert (np.diff(values) <= 0).all()
        last = (int(values[-1]), 0)
        seen += batch.num_rows
    assert seen == row_count
    road.close()


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("what", ["groups", "sort", "dedup", "rows"])
def test_large_queries_stay_inside_a_gibibyte(what: str) -> None:
    """Five million groups, and as many rows sorted: in a process of its own, whose memory is looked at."""
    assert MEMORY_BYTES <= 512 << 20
    ran = subprocess.run(
        [sys.executable, __file__, what],
        env={"PYTHONPATH": str(Path(__file__).parent), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    row_count, peak_kib = map(int, ran.stdout.split())
    assert row_count == 5_000_000
    assert peak_kib < 1 << 20


def _measure_memory(what: str) -> None:
    """Print how many rows came, and the most anonymous memory that was held, in KiB."""
    given: Any = Given(COLUMNS)
    stages: dict[str, Any] = {
        "groups": Aggregate(given, (Key(SRC, SRC),), (COUNT, Measure("min", ACTION, Column("a", Kind.TEXT)))),
        "sort": Sort(given, (SortKey(ACTION, descending=False), SortKey(BYTES, descending=True))),
        "dedup": Dedup(given, (SRC,)),
        "rows": Filter(given, p.Everything()),
    }
    peaks, ended = [0], []

    def watch() -> None:
        while not ended:
            lines = Path("/proc/self/status").read_text().splitlines()
            peaks.append(
                max(peaks[-1], *(int(line.split()[1]) for line in lines if line.startswith("RssAnon")))
            )
            ended_soon.wait(0.02)

    ended_soon = Event()
    watcher = Thread(target=watch)
    watcher.start()
    rows = sum(batch.num_rows for batch in run(stages[what], many(5_000_000)))
    ended.append(True)
    watcher.join()
    sys.stdout.write(f"{rows} {peaks[-1]}\n")


if __name__ == "__main__":
    _measure_memory(sys.argv[1])
