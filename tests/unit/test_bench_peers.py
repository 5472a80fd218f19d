"""The suite beside its peers runs, tells no time for answers that differ, and asks nothing twice."""

import json
import math
import mmap
import sys
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from ipaddress import IPv6Address
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

duckdb = pytest.importorskip("duckdb")
if sys.platform != "linux":
    pytest.skip("the benchmarks read /proc", allow_module_level=True)

from bench import alone, data, growth, peers  # noqa: E402 - only where they can run
from bench.__main__ import main  # noqa: E402
from bench.agreement import require_agreement  # noqa: E402
from bench.askers import Asker  # noqa: E402
from bench.data import Log  # noqa: E402
from bench.loading import Load  # noqa: E402
from bench.peers import ENGINES  # noqa: E402
from bench.questions import fresh_questions  # noqa: E402
from bench.results import RefusedError, Results  # noqa: E402
from bench.suite import TASKS  # noqa: E402
from bench.suite_draw import suite_draws  # noqa: E402
from bench.suite_question import SuiteQuestion  # noqa: E402
from bench.turns import Table, around  # noqa: E402
from flowql.demo.traffic import Traffic, write_flows  # noqa: E402

LOG = ("--records", "10000", "--skew", "20")
LOADS = ["load, rate", "load, peak memory", "load, size"]
ALONE = [
    "store opened",
    "page cache cold, store opened",
    "page cache cold, first question, one host",
    "hosts on one thread, count and newest 50, first 20",
    "hosts on one thread, count and newest 50, all others",
]
CHANGED = {
    "rare host, count and newest 50",
    "top sources by bytes",
    "rows a minute by action",
    "totals since a time by action",
    "export, port and action, Arrow",
}
COUNTED = SuiteQuestion("n", (), (), kinds=("number",))
RANKED = SuiteQuestion(
    "top",
    (),
    (),
    kinds=("address", "number"),
    spine=(1,),
    tied="SELECT * FROM (VALUES ('10.0.0.1', 3), ('10.0.0.2', 2), ('::5', 2))",
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a benchmark said: its exit code, its results by name, and its words to people."""

    code: int
    told: dict[str, dict[str, Any]]
    words: str


def run(cache: Path, *words: str) -> Said:
    """Run the benchmark."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(["peers", *words, "--runs", "1", "--cache", str(cache)])
    lines = map(json.loads, out.getvalue().splitlines())
    return Said(code, {line["name"]: line for line in lines}, err.getvalue())


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all, as users have."""
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def first(cache: Path) -> Said:
    """A run that keeps its stores, of a log in which some talk much more than others."""
    pytest.importorskip("chdb")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(alone, "_HOST_COUNT", 20)
        return run(cache, *LOG, "--keep", "--only", "o")


@pytest.fixture(scope="module")
def stores(cache: Path, first: Said) -> dict[str, Path]:
    """The stores it kept."""
    assert not first.code, first.words
    return {path.suffix[1:]: path for path in (cache / "stores").iterdir() if path.suffix[1:] in ENGINES}


@pytest.fixture(scope="module")
def table(stores: dict[str, Path]) -> Iterator[Table]:
    """All around that log, with literals of their own."""
    with around({engine: stores[engine] for engine in ENGINES}, 8, 1) as table:
        yield table


def agree(question: SuiteQuestion, **answers: Any) -> None:
    """Compare answers as they come from the engines."""
    with duckdb.connect() as connection:
        require_agreement(question, answers, connection)


def test_questions_are_told_beside_both_peers(first: Said) -> None:
    assert (first.code, "refused" in first.words) == (0, False), first.words
    tasks = [task.name for task in TASKS if "o" in task.name]
    worst = min(tasks, key=lambda name: first.told[name]["ratio"])
    sums = ["geometric mean of the ratios", f"worst ratio: {worst}", "suite, peak memory"]
    assert list(first.told) == [*LOADS, *tasks, *sums, *ALONE]
    assert all(line["value"] > 0 for line in first.told.values())
    for name in (*LOADS, *tasks):
        line = first.told[name]
        assert list(line["peers"]) == ["duckdb", "clickhouse"]
        assert line["peer_value"] == (max if name == LOADS[0] else min)(line["peers"].values())
    logarithms = [math.log(first.told[name]["ratio"]) for name in tasks]
    assert first.told[sums[0]]["value"] == pytest.approx(math.exp(sum(logarithms) / len(tasks)), rel=1e-2)


def test_every_question_has_the_same_answer_with_other_literals(table: Table) -> None:
    for task in TASKS:
        assert set(table.asked(task)) == set(ENGINES), task.name


@pytest.mark.usefixtures("stores")
def test_kept_stores_are_not_loaded_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "load_apart", None)
    monkeypatch.setattr(peers, "ENGINES", ENGINES[:2])  # ClickHouse lets one process at a time have its table
    said = run(cache, *LOG, "--keep", "--only", "pair")
    assert (said.code, next(iter(said.told))) == (0, "a pair of hosts, count"), said.words


def test_what_fails_to_load_is_refused_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(engine: str, log: Log, store: Path) -> Load:
        store.parent.mkdir(exist_ok=True)
        store.touch()
        if engine == "clickhouse":
            raise RefusedError(f"{engine} did not load {log.path}")
        return Load(store, 1.0, 1)

    monkeypatch.setattr(peers, "load_apart", load)
    said = run(tmp_path, "--records", "10000")
    assert (said.code, said.told) == (1, {})
    assert "refused: peers loading: clickhouse did not load" in said.words
    assert not any((tmp_path / "stores").iterdir())


def test_hosts_whose_number_of_records_is_wrong_have_no_rate(table: Table, stores: dict[str, Path]) -> None:
    counts = dict.fromkeys(table.draws[0].population.counts, 0)
    wrong = replace(table.draws[0], population=replace(table.draws[0].population, counts=counts))
    results = Results({"load_1m": 0.0, "cores": 2}, "hosts")
    alone.run(results, stores["flowql"], [wrong], 1)
    (refusal,) = results.refusals
    assert refusal.startswith("peers hosts on one thread: matched by ip:")


def test_a_store_that_stays_in_memory_is_not_called_cold(tmp_path: Path) -> None:
    file = tmp_path / "store" / "data"
    file.parent.mkdir()
    file.write_bytes(bytes(1 << 20))
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, mmap.MAP_PRIVATE) as mapped:
        assert mapped.read() == bytes(1 << 20)  # its pages cannot go while they are mapped
        with pytest.raises(RefusedError, match="256 of 256 pages"):
            alone._forget(file.parent)
    alone._forget(file.parent)


def test_growth_tells_each_size_and_how_it_grew(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "_STEPS", 2)
    said = run(cache, "--growth", "--records", "10000", "--only", "port and action, newest")
    assert (said.code, "refused" in said.words) == (0, False), said.words
    name = "port and action, newest 50"
    assert list(said.told) == [
        f"{name}, 1,000 records",
        f"{name}, 10,000 records",
        f"{name}, growth to 10,000",
    ]
    small, large, grown = (line["value"] for line in said.told.values())
    assert grown == pytest.approx(large / small, rel=1e-2)


def test_no_time_is_told_of_a_wrong_answer(stores: dict[str, Path], tmp_path: Path) -> None:
    tampered = tmp_path / "tampered.duckdb"
    tampered.write_bytes(stores["duckdb"].read_bytes())
    with duckdb.connect(tampered) as connection:
        connection.execute("UPDATE flows SET bytes = bytes + 1, start = start + 60 WHERE src4 IS NOT NULL")
    with around({"flowql": stores["flowql"], "duckdb": tampered}, 7, 1) as table:
        for task in (task for task in TASKS if task.name in CHANGED):
            with pytest.raises(RefusedError):
                table.asked(task)


def test_what_an_engine_says_against_a_question_is_told(table: Table) -> None:
    question = SuiteQuestion("* | sing", ("SELECT sung FROM flows",), ())
    with pytest.raises(RefusedError, match=r"^flowql: QueryError: "):
        table.askers["flowql"].ask(question)
    with pytest.raises(RefusedError, match=r"^duckdb: BinderException: "):
        table.askers["duckdb"].ask(question)
    # And it goes on answering.
    assert table.askers["duckdb"].ask(replace(question, duckdb=("SELECT 7",)))[1] == [[7]]


def test_an_engine_that_has_ended_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RefusedError, match="duckdb has ended with exit code 1"):
        Asker("duckdb", tmp_path / "nothing")
    assert "nothing" in capfd.readouterr().err


def test_no_question_is_asked_twice_and_seeds_differ(stores: dict[str, Path]) -> None:
    with duckdb.connect(stores["duckdb"], read_only=True) as connection:
        draws, again, others = (suite_draws(connection, seed, 5) for seed in (7, 7, 8))
    changed = 0
    for task in TASKS:
        texts, same, different = (
            [question.flowql for question in fresh_questions(task.make, one, 5)]
            for one in (draws, again, others)
        )
        assert texts == same
        assert len(set(texts)) == 5, task.name
        changed += texts != different
    assert changed > len(TASKS) / 2  # others have no literal of the log


@pytest.mark.parametrize("wrong", [[[5]], [[4], [4]], [[None]], []])
def test_a_count_that_differs_is_refused(wrong: list[Any]) -> None:
    agree(COUNTED, flowql=[[4]], duckdb=[[4]], clickhouse=[["4"]])
    for engine in ("flowql", "clickhouse"):
        answers: Mapping[str, Any] = {"flowql": [[4]], "duckdb": [[4]], "clickhouse": [[4]], engine: wrong}
        with pytest.raises(RefusedError, match=engine):
            agree(COUNTED, **answers)


def test_equals_may_come_in_any_order_and_others_not() -> None:
    right = [["10.0.0.1", 3], ["10.0.0.2", 2]]
    agree(RANKED, flowql=right, duckdb=right, clickhouse=[["::ffff:10.0.0.1", 3], ["::5", "2"]])
    for wrong in (
        [["10.0.0.1", 3], ["10.0.0.3", 2]],
        [["10.0.0.2", 3], ["10.0.0.1", 2]],
        [["10.0.0.2", 2], ["10.0.0.1", 3]],
        [["10.0.0.1", 3], ["::", 2]],
    ):
        with pytest.raises(RefusedError, match="flowql"):
            agree(RANKED, flowql=wrong, duckdb=right)
    doubled = [["10.0.0.1", 3], ["10.0.0.2", 2], ["10.0.0.2", 2]]
    with pytest.raises(RefusedError, match="should not be there"):
        agree(RANKED, flowql=doubled, duckdb=[*right, ["::5", 2]])


def test_the_number_of_matched_records_is_compared_too() -> None:
    question = replace(RANKED, total=True)
    rows = [["10.0.0.1", 3]]
    agree(question, flowql=[*rows, [9]], duckdb=[*rows, [9]])
    with pytest.raises(RefusedError, match="matched by top"):
        agree(question, flowql=[*rows, [8]], duckdb=[*rows, [9]])


def test_tables_agree_whatever_types_they_have_and_no_wrong_one_does() -> None:
    question = SuiteQuestion(
        "all", (), (), kinds=("address", "flow", "flow", "flow"), as_arrow=True, spine=(2,)
    )
    mapped = [IPv6Address("::ffff:10.0.0.1").packed, IPv6Address("2001:db8::1").packed, bytes(16)]

    def flows(sources: list[Any], sizes: list[Any], starts: list[int] | None = None) -> Any:
        status = pa.array(["OK", "OK", "NODATA"]).dictionary_encode()
        columns = {"srcaddr": sources, "bytes": sizes, "start": starts or [9, 9, 8], "log_status": status}
        return pa.table(columns)

    ours = flows(["10.0.0.1", "2001:db8::1", None], [0, 5, None])
    binary = flows(mapped, [0, 5, 0])
    binary = binary.set_column(0, "srcaddr", pa.array(mapped, pa.binary(16)))
    swapped = ours.take([1, 0, 2])
    agree(question, flowql=ours, duckdb=swapped, clickhouse=binary)
    for wrong in (
        flows(["10.0.0.1", "2001:db8::1", None], [None, 5, None]),
        flows(["10.0.0.2", "2001:db8::1", None], [0, 5, None]),
        flows(["10.0.0.1", "2001:db8::1", None], [0, 5, None], [9, 8, 8]),
        ours.slice(1),
    ):
        with pytest.raises(RefusedError, match="clickhouse"):
            agree(question, flowql=ours, duckdb=ours, clickhouse=wrong)


def test_skew_makes_another_log_and_its_default_the_same(cache: Path, tmp_path: Path) -> None:
    def most_frequent(traffic: Traffic) -> int:
        path = tmp_path / "log"
        write_flows(traffic, path)
        sources = [line.split(b" ")[3] for line in path.read_bytes().splitlines()]
        return max(map(sources.count, set(sources)))

    plain = Traffic(3_000)
    flat, steep = replace(plain, skew=0.05), replace(plain, skew=20)
    assert most_frequent(flat) < most_frequent(plain) < most_frequent(steep)
    assert data.of_traffic(cache, replace(plain, skew=1)).path == data.of_traffic(cache, plain).path
    assert data.of_traffic(cache, steep).path != data.of_traffic(cache, plain).path
    with pytest.raises(ValueError, match="skew must be positive"):
        replace(plain, skew=0)
