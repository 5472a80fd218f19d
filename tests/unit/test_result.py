"""Results as programs hold them: what a query's zone and range leave in them."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from given_answers import TRICKY

import flowql
from flowql.engine import Engine
from flowql.errors import CancelledError, LimitError, UsageError

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
    assert "2018-12-13T22:00:00+08:00</td>" in result._repr_html_()
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


def test_what_the_time_does_not_suffice_for_is_named(engine: Engine) -> None:
    result = engine.search("srcport:99 action:ACCEPT since 2018-12-13")
    empty = result.why_empty(budget_s=0)
    assert empty is not None
    assert (empty.in_scope, empty.parts, empty.without_time, empty.nearest) == (None, [], None, [])
    assert empty.left_out == [
        "the records in scope",
        "without srcport:99",
        "without action:ACCEPT",
        "at any time",
        "values near srcport:99",
        "values near action:ACCEPT",
    ]
    assert empty.newest_start == (BEGIN + 540) * 1_000_000_000
    whole = result.why_empty(budget_s=60)
    assert whole is not None
    assert (whole.in_scope, [part.count for part in whole.parts], whole.left_out) == (10, [10, 0], [])


def test_a_cancelled_explanation_is_an_error_and_no_answer(engine: Engine) -> None:
    result = engine.search("srcport:99")
    assert result.matched == 0
    result.cancel()
    with pytest.raises(CancelledError):
        result.why_empty()


def test_words_are_counted_however_many_there_are(engine: Engine) -> None:
    result = engine.search(" OR ".join(f"eni-{n}" for n in range(40)))
    assert [note.code for note in result.word_notes] == ["words-not-counted"]
    assert [sum(way.count for way in word.ways) for word in result.words] == [1] * 10 + [0] * 30
    assert [word.matching[0].label for word in result.words[:2]] == ["text of interface-id"] * 2
    assert engine.search("explain eni-1").words == ()


def test_a_row_says_why_it_matched(engine: Engine) -> None:
    result = engine.search("srcport:<2 eni-1", why=True)
    assert [column.name for column in result.columns][-1] == "why"
    assert [row["why"] for row in result] == ["srcport:<2 (1); eni-1 (interface-id eni-1)"]
    assert result.to_arrow().column("why").type == pa.string()
    assert [row["why"] for row in engine.search("*", why=True, limit=2)] == [None, None]


@pytest.mark.parametrize("text", ["* | top 3 srcaddr", "* | stats count() by action", "* | count"])
def test_groups_have_no_reason(engine: Engine, text: str) -> None:
    with pytest.raises(flowql.FlowqlError, match="a stage of this query makes groups"):
        engine.search(text, why=True)


def test_a_column_of_that_name_is_not_hidden(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("interface-id start why\na 1544709600 because\n")
    with flowql.open(tmp_path / "store") as engine:
        engine.ingest(log)
        with pytest.raises(flowql.FlowqlError, match="a column why already"):
            engine.search("*", why=True)
        assert [row["why"] for row in engine.search("because")] == ["because"]


# ---- other programs' rows


def test_a_table_has_the_columns_of_an_empty_answer(engine: Engine) -> None:
    table = engine.search("srcport:99 | fields srcaddr, start").to_arrow()
    assert (table.column_names, len(table)) == (["srcaddr", "start"], 0)


def test_a_stream_is_the_table_and_made_as_it_is_read(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = engine.search("*")
    whole = result.to_arrow()
    assert pa.table(result).equals(whole)
    asked = []

    def batches(_: flowql.Result) -> Iterator[pa.RecordBatch]:
        for number in range(3):
            asked.append(number)
            yield TRICKY.select(["srcaddr"])

    monkeypatch.setattr(flowql.Result, "batches", batches)
    reader = pa.RecordBatchReader.from_stream(engine.search("* | fields srcaddr"))
    assert asked == []
    assert reader.read_next_batch().column(0).to_pylist() == ["10.0.0.1", "::1", None, "0.0.0.0"]  # noqa: S104 - a record's
    assert asked == [0]


def test_a_stream_that_fails_on_the_way_says_so(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    batches = flowql.Result.batches

    def stopped(result: flowql.Result) -> Iterator[pa.RecordBatch]:
        yield from batches(result)
        raise LimitError("rows-max", "too many")

    monkeypatch.setattr(flowql.Result, "batches", stopped)
    with pytest.raises(LimitError):
        engine.search("*").to_arrow()
    with pytest.raises(Exception, match="too many"):
        pa.table(engine.search("*"))


def test_a_program_may_ask_a_stream_for_other_types(engine: Engine) -> None:
    stream = engine.search("srcport:1 | fields dstport")
    wanted = pa.schema([("dstport", pa.int32())])
    assert pa.table(stream, schema=wanted).to_pydict() == {"dstport": [443]}


def test_pandas_has_exact_numbers_and_missing_ones(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    log = tmp_path / "a.log"
    log.write_text("start srcaddr bytes\n1544709600 10.0.0.1 9007199254740993\n1544709601 - -\n")
    with flowql.open(tmp_path / "store") as engine:
        engine.ingest(log)
        frame = engine.search("*").to_pandas()
    assert frame["bytes"].tolist() == [pandas.NA, 9007199254740993]
    assert frame["bytes"].dtype == "Int64"
    assert frame["srcaddr"].tolist() == [pandas.NA, "10.0.0.1"]
    assert frame["start"].tolist() == [pandas.Timestamp(BEGIN + n, unit="s", tz="UTC") for n in (1, 0)]


def test_polars_has_the_rows(engine: Engine) -> None:
    pytest.importorskip("polars")
    frame = engine.search("srcport:<3 | fields srcport, srcaddr, duration").to_polars()
    assert frame["srcport"].to_list() == [2, 1, 0]
    assert frame["srcaddr"].to_list() == ["10.0.0.1"] * 3
    assert frame["duration"].dt.total_seconds().to_list() == [150] * 3


@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_a_missing_package_is_named(engine: Engine, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError) as raised:
        getattr(engine.search("*"), f"to_{name}")()
    assert raised.value.render() == f"error: {name} is not installed\n  install it: pip install {name}"
