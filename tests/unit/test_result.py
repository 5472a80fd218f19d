"""Results as programs hold them: what a query's zone and range leave in them."""

from collections.abc import Iterator

import pyarrow as pa
import pytest

import flowql
from flowql.engine import Engine

BEGIN = 1_544_709_600
"""2018-12-13T14:00:00Z"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine over ten flows of 150 seconds, one a minute."""
    folder = tmp_path_factory.mktemp("result")
    log = folder / "flows.log"
    lines = [
        f"2 1 eni-{n} 10.0.0.1 10.0.0.2 {n} 443 6 10 840 {BEGIN + 60 * n} {BEGIN + 60 * n + 150} ACCEPT OK"
        for n in range(10)
    ]
    log.write_text("\n".join(lines) + "\n")
    with flowql.open(folder / "store") as engine:
        engine.ingest(log)
        yield engine


def test_the_zone_is_the_query_s(engine: Engine) -> None:
    assert engine.search("*").zone.name == "UTC"
    assert engine.search("*", tz="asia/shanghai").zone.name == "Asia/Shanghai"
    assert engine.search("tz +01:00", tz="Asia/Shanghai").zone.name == "+01:00"


def test_people_read_times_in_the_zone_and_programs_epoch_seconds(engine: Engine) -> None:
    result = engine.search("tz Asia/Shanghai srcport:0 | fields start, duration")
    assert list(result) == [{"start": BEGIN, "duration": 150}]
    assert "<td>2018-12-13T22:00:00+08:00</td><td>150</td>" in result._repr_html_()
    table = result.to_arrow()
    assert table.schema.field("start").type == pa.timestamp("ns", "UTC")
    assert table.schema.field("duration").type == pa.duration("ns")


def test_the_records_that_reach_into_the_range_are_counted(engine: Engine) -> None:
    result = engine.search("since 2018-12-13T14:05Z")
    assert (result.matched, result.reaching, result.overlaps) == (5, 2, False)
    assert engine.search("since 2018-12-13T14:05Z srcport:(2 OR 3)").reaching == 1
    assert engine.search("until 2018-12-13T14:05Z").reaching is None
    assert engine.search("*").reaching is None
    overlapping = engine.search("since 2018-12-13T14:05Z match overlap")
    assert (overlapping.matched, overlapping.overlaps) == (7, True)
