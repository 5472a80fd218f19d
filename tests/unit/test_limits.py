"""Limits of time and memory: the error with the limit's name, or the rows so far where they are the first."""

from collections.abc import Callable, Iterator
from itertools import count
from threading import Event

import pytest

import flowql
from flowql.engine import Engine
from flowql.errors import CancelledError, LimitError, UsageError
from flowql.execution import limits as limits_module
from flowql.execution.limits import DEFAULT_LIMITS, Limits, Stop
from golden.life import BASE_S
from golden.made_up import made_up_lines

RECORDS = 200_000


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("limits")
    log = folder / "flows.log"
    log.write_bytes(made_up_lines(0, RECORDS, BASE_S))
    with flowql.open(folder / "store") as engine:
        engine.ingest(log)
        yield engine


@pytest.fixture
def tick(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Have every look at the clock find that so many seconds have passed since the look before."""

    def set_step(step_s: float) -> None:
        looks = count()
        monkeypatch.setattr(limits_module, "perf_counter", lambda: step_s * next(looks))

    return set_step


def test_the_defaults_are_what_they_were() -> None:
    assert DEFAULT_LIMITS.timeout_s is None
    assert DEFAULT_LIMITS.memory_bytes == 512 << 20
    assert DEFAULT_LIMITS.sorted_rows_max == DEFAULT_LIMITS.group_count_max == 1 << 21
    assert DEFAULT_LIMITS.counted_values_max == 1 << 23
    assert DEFAULT_LIMITS.chart_rows_max == 10_000_000


@pytest.mark.parametrize("given", [{"timeout_s": 0}, {"timeout_s": float("nan")}, {"memory_bytes": 0}])
def test_a_limit_of_nothing_is_refused(engine: Engine, given: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="above 0"):
        engine.search("*", **given)  # type: ignore[arg-type]


def test_the_clock_stands_while_nobody_waits(tick: Callable[[float], None]) -> None:
    stop = Stop(timeout_s=2.5)
    tick(1.0)
    for _ in range(2):
        with stop.working():
            pass
    assert stop.reason() is None
    with stop.working(), pytest.raises(LimitError, match=r"longer than the 2\.5 s .*limit: timeout"):
        stop.check()


def test_cancelling_goes_before_the_clock(tick: Callable[[float], None]) -> None:
    given = Event()
    stop = Stop(0.5, given)
    tick(1.0)
    given.set()
    with stop.working(), pytest.raises(CancelledError):
        stop.check()


@pytest.mark.parametrize("partial", [False, True])
@pytest.mark.parametrize(
    "text",
    ["* | stats p50(bytes) by srcaddr", "* | sort bytes", "* | facets", "* | dedup srcaddr", "* | count"],
)
def test_what_is_no_beginning_ends_with_the_limit(
    engine: Engine, tick: Callable[[float], None], text: str, *, partial: bool
) -> None:
    result = engine.search(text, timeout_s=0.5, allow_partial=partial)
    tick(1.0)
    with pytest.raises(LimitError) as caught:
        result.to_arrow()
    assert (caught.value.limit_name, caught.value.exit_code) == ("timeout", 4)
    assert result.complete


@pytest.mark.parametrize(
    "text", ["* | fields start, srcaddr", "bytes>100 | eval kb = bytes / 1024 | fields srcport, kb"]
)
def test_rows_in_their_order_are_the_first_ones(
    engine: Engine, tick: Callable[[float], None], text: str
) -> None:
    whole = engine.search(text).to_arrow()
    found = set()
    for step_s in (1.0, 0.1, 0.03, 0.01):
        tick(0.0)
        result = engine.search(text, timeout_s=1, allow_partial=True)
        tick(step_s)
        table = result.to_arrow()
        assert table.equals(whole.slice(0, len(table)))
        if result.complete:
            assert len(table) == len(whole)
        else:
            (note,) = (note for note in result.notes if note.code == "partial")
            assert f"limit: timeout): the rows are the first {len(table):,}" in note.message
        found.add(len(table))
    assert len(found) > 1, "some ended earlier than others"
    tick(0.0)
    result = engine.search(text, timeout_s=0.5)
    tick(1.0)
    with pytest.raises(LimitError, match="limit: timeout"):
        result.to_arrow()


def test_a_count_is_exact_or_none(engine: Engine, tick: Callable[[float], None]) -> None:
    result = engine.search("bytes>100 packets>2", timeout_s=0.5, allow_partial=True)
    tick(1.0)
    assert (result.matched, result.histogram(), result.word_notes, result.complete) == (None, None, (), False)
    assert result.why_empty() is None
    with pytest.raises(LimitError, match="timeout"):
        engine.count("bytes>100 packets>2", timeout_s=0.5, allow_partial=True)


def test_an_engine_has_limits_for_queries_that_name_none(
    engine: Engine, tick: Callable[[float], None]
) -> None:
    with flowql.open(engine.path, limits=Limits(timeout_s=0.5)) as hasty:
        tick(1.0)
        with pytest.raises(LimitError, match="timeout"):
            hasty.count("bytes>100")
        assert hasty.count("bytes>100", timeout_s=1e9) > 0


# ---- memory


@pytest.mark.parametrize(
    "text",
    [
        "* | sort bytes desc, srcport | fields bytes, srcport, srcaddr",
        "* | stats sum(bytes), count() by srcaddr, srcport | sort -count, srcaddr, srcport",
        "* | facets",
        "srcaddr in (dstport:22 | fields srcaddr) | stats sum(bytes) by dstaddr",
    ],
)
def test_less_memory_gives_the_same_answer(engine: Engine, text: str) -> None:
    small = engine.search(text, memory_bytes=32 << 20)
    assert small.to_arrow().equals(engine.search(text).to_arrow())
    assert small.complete


@pytest.mark.parametrize(
    "text",
    [
        "* | stats values(srcport) by srcaddr, dstaddr, start",
        "* | timechart 1s count() by srcaddr",
        "srcport in (* | fields srcport)",
    ],
)
@pytest.mark.parametrize("partial", [False, True])
def test_what_the_memory_does_not_hold_ends_with_its_name(
    engine: Engine, text: str, *, partial: bool
) -> None:
    with pytest.raises(LimitError) as caught:
        engine.search(text, memory_bytes=1 << 16, allow_partial=partial).to_arrow()
    assert (caught.value.limit_name, caught.value.exit_code) == ("memory_max", 4)
    assert engine.count("dstport:22") > 0
