"""`Result.whole`: the rows that a limit cut off, without looking for them again."""

from collections.abc import Iterator

import pytest

import flowql
from flowql.engine import Engine
from flowql.execution import runs
from flowql.execution.residual import Residual
from flowql.execution.result import Result
from flowql.execution.run import Execution
from flowql.execution.select import SegmentSearch
from golden.life import BASE_S
from golden.made_up import made_up_lines

RECORDS = 150_000


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("whole")
    with flowql.open(folder / "store") as engine:
        for first, after in ((0, RECORDS // 2), (RECORDS // 2, RECORDS)):
            log = folder / f"{first}.log"
            log.write_bytes(made_up_lines(first, after, BASE_S))
            engine.ingest(log)
        yield engine


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is looked for in segments, run, and run in SQL, from here on."""
    found: list[str] = []
    for owner, name in ((SegmentSearch, "_select"), (Execution, "batches"), (Residual, "run")):
        work = getattr(owner, name)

        def noted(*arguments: object, _work: object = work, _name: str = name, **named: object) -> object:
            found.append(_name)
            return _work(*arguments, **named)  # type: ignore[operator]

        monkeypatch.setattr(owner, name, noted)
    return found


def shown(engine: Engine, text: str, limit: int) -> Result:
    """An answer as a shell shows it: some rows, the total, the histogram."""
    result = engine.search(text, limit=limit)
    assert len(list(result)) <= limit
    assert result.matched
    assert result.histogram() is not None
    return result


@pytest.mark.parametrize(
    "text",
    [
        "dstport:22",
        "bytes>1000 packets>3",
        "raw:*22* bytes>5000",
        "* | fields start, srcaddr",
        "dstport:443 | sort bytes desc, srcport",
        "bytes>1000 | eval kb = bytes / 1024 | fields kb",
        "srcaddr in (dstport:22 | fields srcaddr)",
    ],
)
def test_no_record_is_looked_for_again(engine: Engine, text: str, asked: list[str]) -> None:
    expected = engine.search(text).to_arrow()
    result = shown(engine, text, 5)
    asked.clear()
    whole = result.whole()
    assert whole.to_arrow().equals(expected)
    assert whole.matched == result.matched
    assert whole.histogram() == result.histogram()
    assert "_select" not in asked
    assert result.whole().to_arrow().equals(expected)


@pytest.mark.parametrize("text", ["* | top 3 srcaddr", "* | select count(*) as n", "* | dedup action"])
def test_rows_that_were_all_read_are_not_made_again(engine: Engine, text: str, asked: list[str]) -> None:
    result = shown(engine, text, 50)
    asked.clear()
    whole = result.whole()
    assert list(whole) == list(result)
    assert whole.columns == result.columns
    assert asked == []


def test_many_rows_are_made_again(engine: Engine, asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "KEPT_CELLS_MAX", 10)
    result = shown(engine, "* | top 30 srcaddr", 50)
    asked.clear()
    assert list(result.whole()) == list(result)
    assert asked.count("batches") == 2


def test_a_limit_that_is_just_reached_may_have_cut_rows(engine: Engine) -> None:
    result = shown(engine, "* | top 30 srcaddr", 10)
    assert len(list(result.whole())) == 30
    assert len(list(result)) == 10


def test_it_is_of_the_same_snapshot(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("snapshot")
    log = folder / "flows.log"
    with flowql.open(folder / "store") as engine:
        log.write_bytes(made_up_lines(0, 1000, BASE_S))
        engine.ingest(log)
        result = engine.search("*", limit=1)
        log.write_bytes(made_up_lines(0, 2000, BASE_S))
        engine.ingest(log)
        assert engine.count("*") > 1000
        assert len(result.whole().to_arrow()) == 1000


def test_reasons_and_plans_come_again(engine: Engine) -> None:
    result = engine.search("dstport:22 bytes>1000", why=True, limit=1)
    (row,) = result
    assert next(iter(result.whole())) == row
    assert row["why"].startswith("dstport:22")
    plan = engine.search("explain dstport:22", limit=1)
    assert list(plan.whole()) == list(plan)


def test_a_cancelled_answer_can_be_asked_for_again(engine: Engine) -> None:
    result = shown(engine, "dstport:22", 5)
    result.cancel()
    assert len(result.whole().to_arrow()) == engine.count("dstport:22")
