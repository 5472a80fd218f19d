"""Real files, read in place: their accounts, and some of their values."""

from collections import Counter

import pytest
from ingest_recorder import SAMPLES, Recorder
from test_ingest_files import accounts, codes, run

from flowql.ingest import IngestReport
from flowql.values import format_address

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"the shared samples are not at {SAMPLES}")

EXPECTED = {
    "aws-flowlogs-reader/v2-default-noheader.log": (5, 5, 0, 0, 0),
    "aws-flowlogs-reader/v2-millisecond-timestamps.log": (1, 1, 0, 0, 0),
    "aws-flowlogs-reader/v3-custom-order.log": (3, 2, 0, 0, 1),
    "aws-flowlogs-reader/v4-custom-order.log": (3, 2, 0, 0, 1),
    "aws-flowlogs-reader/v5-custom-order-with-bogus-line.log": (4, 2, 1, 0, 1),
    "aws-flowlogs-reader/v6-transit-gateway.log": (2, 1, 0, 0, 1),
    "aws-ktranslate/v2-real.log": (7, 6, 0, 0, 1),
    "aws-ktranslate/v3-real.log": (2, 1, 0, 0, 1),
    "aws-otel/tgw-v6.log": (2, 1, 0, 0, 1),
    "aws-otel/vpc-v2-header.log": (3, 2, 0, 0, 1),
    "aws-otel/vpc-v7-ecs.log": (2, 1, 0, 0, 1),
    "aws-sekoia": (12, 10, 0, 0, 2),
    "huawei-otc/flow.log": (3, 3, 0, 0, 0),
    "luflow/luflow-2020-09-09.log.gz": (25_335, 25_335, 0, 0, 0),
    "zeek/rita-proxy_rolling-converted-14-fields.log.gz": (14_128, 14_128, 0, 0, 0),
}


def _ingest(name: str) -> tuple[IngestReport, Recorder]:
    recorder = Recorder()
    return run(recorder, SAMPLES / name), recorder


@pytest.mark.parametrize("name", EXPECTED)
def test_accounts(name: str) -> None:
    report, _ = _ingest(name)
    assert accounts(report) == EXPECTED[name]
    assert report.problems == ()
    assert report.unknown_names == ()


def test_millisecond_times_and_status_lines() -> None:
    _, recorder = _ingest("aws-flowlogs-reader/v2-millisecond-timestamps.log")
    assert recorder.rows() == [
        {
            "version": "2",
            "account-id": "123456789010",
            "interface-id": "eni-4b118871",
            "start": 1512564058 * 10**9,
            "end": 1512564059 * 10**9,
            "log-status": "SKIPDATA",
        }
    ]


def test_a_custom_order_and_its_bogus_line() -> None:
    _, recorder = _ingest("aws-flowlogs-reader/v5-custom-order-with-bogus-line.log")
    first, second = recorder.rows()
    assert (first["pkt-src-aws-service"], first["flow-direction"], first["tcp-flags"]) == (
        "S3",
        "ingress",
        19,
    )
    assert "traffic-path" not in first
    assert second["traffic-path"] == 7
    assert format_address(int(str(first["pkt-srcaddr"]))) == "198.51.100.6"
    assert [(r.line, r.code, r.raw) for r in recorder.rejects] == [(4, "field-count", b"bogus line")]


def test_transit_gateway_counts() -> None:
    _, recorder = _ingest("aws-flowlogs-reader/v6-transit-gateway.log")
    (row,) = recorder.rows()
    assert row["packets-lost-ttl-expired"] == 16
    assert row["tgw-id"] == "00000000"


def test_all_layouts_share_one_topic() -> None:
    recorder = Recorder()
    folders = ["aws-ktranslate/*.log", "aws-otel", "aws-sekoia", "huawei-otc", "aws-flowlogs-reader/*.log"]
    report = run(recorder, *(SAMPLES / folder for folder in folders))
    assert report.records == 37
    assert Counter(row.get("log-status") for row in recorder.rows())["NODATA"] == 2
    assert run(recorder, *(SAMPLES / folder for folder in folders)).lines == 0


def test_ipv6_of_a_converted_capture() -> None:
    _, recorder = _ingest("zeek/rita-proxy_rolling-converted-14-fields.log.gz")
    rows = recorder.rows()
    sources = Counter(format_address(int(str(row["srcaddr"]))) for row in rows)
    assert sources["fe80::c84:8e54:1f99:fa3"] > 0
    assert Counter(row["protocol"] for row in rows)[58] > 0


@pytest.mark.parametrize(
    "name",
    [
        "binetflow",
        "gcp",
        "netobserv",
        "ocsf/vpcflow-v1.1.0.raw.csv",
        "azure-nsg",
        "hitc",
        "zeek/slips-horizontal-scan-conn.tsv",
    ],
)
def test_other_formats_give_rejects_and_no_fields(name: str) -> None:
    report, _ = _ingest(name)
    assert report.records == 0
    assert report.rejects > 0
    assert report.new_fields == ()


def test_a_parquet_file_among_logs_is_named() -> None:
    report, _ = _ingest("aws-flowlogs-reader")
    assert codes(report) == ["unsupported-format"]
    assert report.records == 13
