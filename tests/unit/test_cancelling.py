"""Cancelling: at whichever check a query is ended, it ends there, and the engine answers as before."""

from collections.abc import Callable, Iterator
from threading import Event, Thread
from time import perf_counter

import pytest

import flowql
from flowql.engine import Engine
from flowql.errors import CancelledError
from flowql.execution.context import THREADS
from flowql.execution.result import Result
from golden.life import BASE_S
from golden.made_up import made_up_lines

RECORDS = 240_000
SEGMENTS = 3
ENDED_S = 5.0
"""By when no thread works on for a query that was cancelled, amply."""


class AtCheck(Event):
    """An event that is set from the so-manieth look at it on."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.look_count = 0

    def is_set(self) -> bool:
        self.look_count += 1
        return self.look_count >= self.number


def rows(result: Result) -> object:
    return result.to_arrow()


def matched(result: Result) -> object:
    return result.matched


def whole(result: Result) -> object:
    return result.whole().to_arrow()


def told(result: Result) -> object:
    return result.matched, result.histogram(), result.word_notes, result.reaching


def reason(result: Result) -> object:
    return result.why_empty(60)


QUERIES: list[tuple[str, str, Callable[[Result], object]]] = [
    ("a scan", "bytes>1000 packets>3 duration>2", matched),
    ("words", "22 443 REJECT since 2018-01-01", told),
    ("rows", "bytes>1000", rows),
    ("an export", "* | fields start, srcaddr, dstaddr, srcport, dstport, bytes", rows),
    ("percentiles of few groups", "* | stats p50(bytes), p95(bytes) by action", rows),
    ("percentiles of many groups", "* | stats p50(bytes), p99(packets) by dstaddr, srcport", rows),
    ("distinct values", "* | stats dc(srcaddr), values(dstport) by action, dstaddr", rows),
    ("groups by a computed text", "* | stats count() by service", rows),
    ("groups by a computed number", "* | eval kb = bytes / 1024 | stats sum(kb), max(kb) by srcaddr", rows),
    ("either side", "* | top 10 ip by bytes", rows),
    ("facets", "* | facets", rows),
    ("a timechart", "* | timechart 5m sum(bytes), p95(bytes) by action", rows),
    ("a sort", "bytes>100 | sort duration desc | fields srcaddr, bytes", rows),
    ("a sort's first rows", "* | sort bytes desc, srcaddr | head 100", rows),
    ("a regular expression over lines", "raw:/.*1.*9.*7.*REJECT.*/", matched),
    ("a wildcard over addresses", "srcaddr:*.1?.*7", rows),
    ("a list", "srcaddr in @nets | stats count() by srcaddr", rows),
    ("a subquery", "srcaddr in (dstport:22 | fields srcaddr) | stats sum(bytes) by dstaddr", rows),
    ("a comparison", "srcport>dstport OR srcaddr=dstaddr", matched),
    ("SQL over rows", "* | eval t = concat(srcaddr, action) | where bytes > 5000 | fields t, bytes", rows),
    ("SQL's groups", "* | select srcaddr, sum(bytes) as b group by srcaddr order by b desc limit 5", rows),
    ("dedup", "* | dedup srcaddr, dstport", rows),
    ("why nothing matched", "srcaddr:99.99.99.99 bytes>1000 duration>9 raw:*xyz*", reason),
]
BY_NAME = pytest.mark.parametrize(
    ("text", "act"), [each[1:] for each in QUERIES], ids=[e[0] for e in QUERIES]
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("cancelling")
    lists = folder / "lists"
    lists.mkdir()
    nets = [f"{n % 223 + 1}.{n // 223}.{n % 7}.0/24" for n in range(10_000)]
    (lists / "nets.txt").write_text("\n".join(nets) + "\n")
    with flowql.open(folder / "store", lists=lists) as engine:
        for part in range(SEGMENTS):
            log = folder / f"{part}.log"
            bounds = RECORDS * part // SEGMENTS, RECORDS * (part + 1) // SEGMENTS
            log.write_bytes(made_up_lines(*bounds, BASE_S))
            engine.ingest(log)
        yield engine


def assert_threads_are_free(engine: Engine) -> None:
    began = perf_counter()
    assert list(engine._threads.map(abs, range(THREADS))) == list(range(THREADS))
    assert perf_counter() - began < ENDED_S


@BY_NAME
def test_a_query_ends_at_any_check(engine: Engine, text: str, act: Callable[[Result], object]) -> None:
    never = AtCheck(1 << 62)
    expected = act(engine.search(text, cancelled=never))
    assert never.look_count > 1
    for number in sorted({1, 2, *(never.look_count * part // 4 for part in (1, 2, 3))}):
        event = AtCheck(number)
        try:
            found = act(engine.search(text, cancelled=event))
        except CancelledError:
            assert event.look_count >= number
        else:
            # So much of the waiting is for threads that another time there are fewer looks.
            assert event.look_count < number
            assert found == expected
        assert_threads_are_free(engine)
    assert act(engine.search(text)) == expected


@pytest.mark.parametrize("text", [each[1] for each in QUERIES if each[2] is not reason])
def test_an_answer_is_cancelled_while_it_is_read(engine: Engine, text: str) -> None:
    result = engine.search(text)
    expected = engine.search(text).matched
    batches = result.batches()
    next(batches)
    result.cancel()
    asked: list[Callable[[], object]] = [
        lambda: result.matched,
        result.histogram,
        result.to_arrow,
        lambda: list(result),
    ]
    for ask in asked:
        with pytest.raises(CancelledError):
            ask()
    assert result.whole().matched == expected
    assert_threads_are_free(engine)


def test_what_a_cancelled_query_began_to_build_is_whole(engine: Engine) -> None:
    text = "* | stats dc(dstaddr) by srcaddr/24"
    engine.close()
    never = AtCheck(1 << 62)
    expected = engine.search(text, cancelled=never).to_arrow()
    for number in range(1, min(never.look_count, 40), 3):
        engine.close()
        event = AtCheck(number)
        try:
            found = engine.search(text, cancelled=event).to_arrow()
        except CancelledError:
            found = engine.search(text).to_arrow()
        assert found == expected


@pytest.mark.parametrize(
    "text", ["* | sort bytes desc", "* | select srcaddr, row_number() over (order by bytes) as n"]
)
def test_whoever_waits_for_sql_is_not_kept(engine: Engine, text: str) -> None:
    kept_s: list[float] = []

    def read(result: Result) -> None:
        try:
            result.to_arrow()
        except CancelledError:
            kept_s.append(perf_counter() - cancelled)

    for _ in range(20):  # on a machine that is busy, the query may be over before it is cancelled
        result = engine.search(text, road="residual")
        thread = Thread(target=read, args=(result,))
        thread.start()
        thread.join(0.05)
        cancelled = perf_counter()
        result.cancel()
        thread.join()
        if kept_s:
            break
    assert kept_s, "no query was ended"
    assert kept_s[0] < 1.0
    assert len(engine.search("dstport:22 | select count(*) as n").to_arrow()) == 1


def test_explaining_and_counting_are_cancelled(engine: Engine) -> None:
    asked: list[Callable[..., object]] = [engine.count, engine.explain, engine.profile]
    for ask in asked:
        with pytest.raises(CancelledError):
            ask("bytes>1000 | stats sum(bytes) by srcaddr", cancelled=AtCheck(1))
