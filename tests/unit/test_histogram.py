"""The histogram of an answer: exactly the rows, in buckets of time that people count in."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import flowql
from flowql.engine import Engine
from flowql.errors import UsageError
from flowql.execution.histogram import OTHER, SERIES_MAX, Histogram
from flowql.values import DAY_NS, SECOND_NS
from golden.life import BASE_S
from golden.made_up import made_up_lines

RECORDS = 150_000


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Two segments of made-up records, and a few records without a start."""
    folder = tmp_path_factory.mktemp("histogram")
    with flowql.open(folder / "store") as engine:
        for first, after in ((0, RECORDS // 2), (RECORDS // 2, RECORDS)):
            log = folder / f"{first}.log"
            log.write_bytes(made_up_lines(first, after, BASE_S))
            engine.ingest(log)
        log = folder / "untimed.log"
        log.write_text("action start dstport\nACCEPT - 22\nREJECT - 23\nACCEPT - 443\n")
        engine.ingest(log)
        yield engine


def assert_is_of_rows(engine: Engine, text: str, found: Histogram, by: str) -> None:
    """Every bucket has the rows that the query gives there."""
    counts: Counter[tuple[int, str | None]] = Counter()
    untimed = 0
    named = {series.name for series in found.series}
    for row in engine.search(f"{text} | fields start, {by}"):
        if row["start"] is None:
            untimed += 1
            continue
        place = sum(bound <= row["start"] * SECOND_NS for bound in found.bounds) - 1
        value = None if row[by] is None else str(row[by])
        counts[place, value if value in named else OTHER] += 1
    told = {
        (place, series.name): count
        for series in found.series
        for place, count in enumerate(series.counts)
        if count
    }
    assert told == counts
    assert found.untimed == untimed


@pytest.mark.parametrize("by", ["action", "dstport", "interface-id", "version"])
@pytest.mark.parametrize(
    "text", ["dstport:22", "bytes>200000", "dstport:22 action:REJECT", "packets:1..3", "action:-"]
)
def test_every_bucket_has_its_rows(engine: Engine, text: str, by: str) -> None:
    result = engine.search(text)
    found = result.histogram(by=by)
    assert found is not None
    assert sum(sum(series.counts) for series in found.series) + found.untimed == result.matched
    assert len({len(series.counts) for series in found.series}) == 1
    assert len(found.bounds) == len(found.series[0].counts) + 1
    assert list(found.bounds) == sorted(set(found.bounds))
    assert all(any(series.counts) for series in found.series)
    assert_is_of_rows(engine, text, found, by)


def test_everything_is_counted(engine: Engine) -> None:
    result = engine.search("*")
    found = result.histogram()
    assert found is not None
    assert (sum(sum(each.counts) for each in found.series) + 3, found.untimed) == (result.matched, 3)
    assert [series.name for series in found.series] == ["ACCEPT", "REJECT", None]


def test_many_values_are_counted_together(engine: Engine) -> None:
    found = engine.search("*").histogram(by="src")
    assert found is not None
    top = [row["srcaddr"] for row in engine.search("srcaddr:* start:* | top 5 srcaddr")]
    names = [series.name for series in found.series]
    assert (names[:SERIES_MAX], names[SERIES_MAX:]) == (top, [OTHER, None])


@pytest.mark.parametrize("bucket_count_max", [1, 2, 10, 200, 5000])
def test_buckets_are_as_many_as_asked_for_and_hold_first_and_last(
    engine: Engine, bucket_count_max: int
) -> None:
    found = engine.search("start:*").histogram(bucket_count_max)
    assert found is not None
    assert 1 <= len(found.bounds) - 1 <= bucket_count_max
    totals = [sum(counts) for counts in zip(*(each.counts for each in found.series), strict=True)]
    assert totals[0] > 0
    assert totals[-1] > 0


def test_buckets_are_on_the_clock_of_the_zone(tmp_path: Path) -> None:
    """An hour is left out in Berlin on 2018-03-25: that day has 23."""
    log = tmp_path / "a.log"
    noon_s = 1_521_975_600  # 2018-03-25T11:00Z
    log.write_text("start action\n" + "".join(f"{noon_s + 86_400 * day} ACCEPT\n" for day in range(-3, 4)))
    with flowql.open(tmp_path / "store") as engine:
        engine.ingest(log)
        found = engine.search("*", tz="Europe/Berlin").histogram(7)
    assert found is not None
    lengths = [after - first for first, after in zip(found.bounds, found.bounds[1:], strict=False)]
    hour_ns = DAY_NS // 24
    assert lengths == [DAY_NS] * 3 + [23 * hour_ns] + [DAY_NS] * 3
    assert [each.counts for each in found.series] == [(1,) * 7]


def test_stages_do_not_count(engine: Engine) -> None:
    plain = engine.search("dstport:22").histogram()
    assert plain is not None
    for stages in ("| stats count() by srcaddr", "| where bytes > 1000", "| head 3", "| select 1 as one"):
        assert engine.search(f"dstport:22 {stages}", limit=5).histogram() == plain


def test_there_is_none_of_nothing(engine: Engine) -> None:
    assert engine.search("srcaddr:99.99.99.99").histogram() is None
    assert engine.search("explain dstport:22").histogram() is None


def test_a_field_that_no_record_has_leaves_one_series(engine: Engine) -> None:
    found = engine.search("dstport:22").histogram(by="pkt-srcaddr")
    assert found is not None
    assert [series.name for series in found.series] == [None]


def test_what_is_not_told_apart_is_refused(engine: Engine) -> None:
    with pytest.raises(UsageError, match="values of bytes are not told apart"):
        engine.search("*").histogram(by="bytes")
    with pytest.raises(UsageError, match="1 bucket or more"):
        engine.search("*").histogram(0)
