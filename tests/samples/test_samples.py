"""Real files: every line accounted for, every value read back, answers as plain Python has them.

The files are never copied into the project; without the folder these tests are skipped.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

import flowql
from flowql.engine import Engine
from oracle.scratch import scratch_folder
from samples.plain import PlainRecord, newest_first, read_plain

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
_SEKOIA = (
    "aws-sekoia/AWSLogs/111111111111/vpcflowlogs/eu-west-2/2022/02/21/"
    "111111111111_vpcflowlogs_eu-west-2_fl-0dcbf7c4c2483c6b6_"
)
ZEEK = "zeek/rita-proxy_rolling-converted-14-fields.log.gz"
LUFLOW = "luflow/luflow-2020-09-09.log.gz"
FILES = {
    "aws-flowlogs-reader/v2-default-noheader.log": (5, 5, 0, 0),
    "aws-flowlogs-reader/v2-millisecond-timestamps.log": (1, 1, 0, 0),
    "aws-flowlogs-reader/v3-custom-order.log": (3, 2, 0, 1),
    "aws-flowlogs-reader/v4-custom-order.log": (3, 2, 0, 1),
    "aws-flowlogs-reader/v5-custom-order-with-bogus-line.log": (4, 2, 1, 1),
    "aws-flowlogs-reader/v6-transit-gateway.log": (2, 1, 0, 1),
    "aws-ktranslate/v2-real.log": (7, 6, 0, 1),
    "aws-ktranslate/v3-real.log": (2, 1, 0, 1),
    "aws-otel/vpc-v2-header.log": (3, 2, 0, 1),
    "aws-otel/vpc-v7-ecs.log": (2, 1, 0, 1),
    "aws-otel/tgw-v6.log": (2, 1, 0, 1),
    f"{_SEKOIA}20220221T1955Z_7fe2e5f7.log.gz": (6, 5, 0, 1),
    f"{_SEKOIA}20220221T2025Z_55a7d2af.log.gz": (6, 5, 0, 1),
    "huawei-otc/flow.log": (3, 3, 0, 0),
    ZEEK: (14_128, 14_128, 0, 0),
    LUFLOW: (25_335, 25_335, 0, 0),
}
"""Lines, records, rejects and headers of each file, as counted by eye or as ORIGINS.md gives them."""
SMALL = [name for name in FILES if name not in (ZEEK, LUFLOW)]

pytestmark = pytest.mark.skipif(not SAMPLES.exists(), reason=f"the sample files are not here: {SAMPLES}")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """A store with a topic for each big file, and one, `small`, for all the small ones."""
    with scratch_folder("samples") as folder, flowql.open(folder / "store") as opened:
        opened.ingest([SAMPLES / ZEEK], topic="zeek")
        opened.ingest([SAMPLES / LUFLOW], topic="luflow")
        opened.ingest([SAMPLES / name for name in SMALL], topic="small")
        yield opened


@pytest.fixture(scope="module")
def records() -> dict[str, list[PlainRecord]]:
    """The records of the two big files, by topic, as plain Python reads them."""
    return {"zeek": read_plain(SAMPLES / ZEEK).records, "luflow": read_plain(SAMPLES / LUFLOW).records}


# ---- every line, every value


@pytest.mark.parametrize("name", FILES, ids=[Path(name).name[-40:] for name in FILES])
def test_every_line_is_accounted_for_and_every_value_read_back(name: str, tmp_path: Path) -> None:
    """Of one file in a store of its own."""
    plain = read_plain(SAMPLES / name)
    line_count, record_count, reject_count, _ = FILES[name]
    assert (plain.line_count, len(plain.records), len(plain.rejected), plain.header_count) == FILES[name]
    with flowql.open(tmp_path / "store") as engine:
        report = engine.ingest([SAMPLES / name], topic="one")
        assert (report.lines, report.records, report.rejects, report.headers) == FILES[name]
        assert report.blanks == 0
        assert [reject.raw.decode() for reject in engine.rejects("one")] == plain.rejected
        assert [reject.line for reject in engine.rejects("one")] == ([line_count] if reject_count else [])
        result = engine.search("from one")
        assert [column.name for column in result.columns] == plain.names
        assert list(result) == newest_first(plain.records)
        assert result.matched == record_count
        again = engine.ingest([SAMPLES / name], topic="one")
        assert (again.records, len(again.sources_skipped)) == (0, 1)
        assert engine.count("from one") == record_count


def test_layouts_share_a_topic(engine: Engine) -> None:
    """All the small files in one topic: its fields are those of all of them."""
    plain = [read_plain(SAMPLES / name) for name in SMALL]
    total = [record for file in plain for record in file.records]
    (info,) = (each for each in engine.topics() if each.name == "default/small")
    assert info.rows == len(total) == 37
    assert info.rejects == 1
    assert set(info.fields) == {name for file in plain for name in file.names}
    for field, value in (
        ("tcp-flags", 19),
        ("region", "us-east-1"),
        ("action", "REJECT"),
        ("log-status", "NODATA"),
    ):
        expected = sum(record.get(field) == value for record in total)
        assert expected > 0
        assert engine.count(f"from small {field}={value}") == expected
        missing = sum(record.get(field) is None for record in total)
        assert engine.count(f"from small {field}:-") == missing


def test_ingesting_the_folder_again_adds_nothing(engine: Engine) -> None:
    """Every source is known already."""
    report = engine.ingest([SAMPLES / name for name in SMALL], topic="small")
    assert (report.lines, report.records, len(report.sources_skipped)) == (0, 0, len(SMALL))


# ---- which records a query matches


def _net(*blocks: str) -> Callable[[object], bool]:
    networks = [ip_network(block) for block in blocks]
    known: dict[object, bool] = {}

    def is_in(address: object) -> bool:
        if address is None:
            return False
        if address not in known:
            value = ip_address(str(address))
            known[address] = any(value in network for network in networks)
        return known[address]

    return is_in


_LAN = _net("10.0.0.0/24")
_TEN = _net("10.0.0.0/8")
_V6 = _net("::/0")
_MULTICAST = _net("224.0.0.0/4", "ff00::/8")

SEARCHES: dict[str, Callable[[PlainRecord], bool]] = {
    "action:REJECT": lambda r: r["action"] == "REJECT",
    "REJECT": lambda r: r["action"] == "REJECT",
    '"REJECT OK"': lambda r: (r["action"], r["log-status"]) == ("REJECT", "OK"),
    "action:accept dstport:443": lambda r: r["action"] == "ACCEPT" and r["dstport"] == 443,
    "port:53": lambda r: 53 in (r["srcport"], r["dstport"]),
    "dstport in (22, 23, 3389, 8000..8100)": lambda r: r["dstport"] in (22, 23, 3389, *range(8000, 8101)),
    "dstport!=443": lambda r: r["dstport"] != 443,
    "dstport:80*": lambda r: str(r["dstport"]).startswith("80"),
    "src:10.0.0.0/24": lambda r: _LAN(r["srcaddr"]),
    "10.0.0.0/24": lambda r: _LAN(r["srcaddr"]) or _LAN(r["dstaddr"]),
    "src:10.0.0.0/8 NOT dst:10.0.0.0/8": lambda r: _TEN(r["srcaddr"]) and not _TEN(r["dstaddr"]),
    "ip!=10.0.0.0/8": lambda r: not _TEN(r["srcaddr"]) and not _TEN(r["dstaddr"]),
    "ip:::/0": lambda r: _V6(r["srcaddr"]) or _V6(r["dstaddr"]),
    "dst in (224.0.0.0/4, ff00::/8)": lambda r: _MULTICAST(r["dstaddr"]),
    "src:10.0.0.* protocol:tcp": lambda r: _LAN(r["srcaddr"]) and r["protocol"] == 6,
    "udp bytes>1k": lambda r: r["protocol"] == 17 and _int(r["bytes"]) > 1000,
    "bytes:400..499": lambda r: 400 <= _int(r["bytes"]) <= 499,
    "bytes:0 OR packets>100": lambda r: r["bytes"] == 0 or _int(r["packets"]) > 100,
    "NOT (protocol:tcp OR protocol:udp)": lambda r: r["protocol"] not in (6, 17),
    "interface-id:eni-*": lambda r: str(r["interface-id"]).startswith("eni-"),
    "ENI-workereth01": lambda r: r["interface-id"] == "eni-workereth01",
    '"6 20"': lambda r: (
        (r["protocol"], r["packets"]) == (6, 20)
        or (r["packets"], r["bytes"]) == (6, 20)
        or (r["srcport"], r["dstport"]) == (6, 20)
        or (r["dstport"], r["protocol"]) == (6, 20)
    ),
    "srcport:-": lambda r: r["srcport"] is None,
}


@pytest.mark.parametrize("topic", ["zeek", "luflow"])
@pytest.mark.parametrize("text", SEARCHES)
def test_matches_are_those_of_plain_python(
    engine: Engine, records: dict[str, list[PlainRecord]], topic: str, text: str
) -> None:
    """The count, and the newest hundred rows."""
    expected = [record for record in newest_first(records[topic]) if SEARCHES[text](record)]
    assert engine.count(f"from {topic} ({text})") == len(expected)
    assert list(engine.search(f"from {topic} ({text}) | head 100")) == expected[:100]


def test_searches_are_not_all_empty(records: dict[str, list[PlainRecord]]) -> None:
    """Every search but the last, which is for what must not be there, finds something in one of the files."""
    found = {
        text: any(holds(r) for each in records.values() for r in each) for text, holds in SEARCHES.items()
    }
    assert [text for text, is_found in found.items() if not is_found] == ["srcport:-"]


@pytest.mark.parametrize("topic", ["zeek", "luflow"])
def test_a_time_range_is_half_open(engine: Engine, records: dict[str, list[PlainRecord]], topic: str) -> None:
    """Its first instant is in, its last is not."""
    starts = sorted(_int(record["start"]) for record in records[topic])
    low, high = starts[len(starts) // 3], starts[2 * len(starts) // 3]
    expected = sum(low <= start < high for start in starts)
    assert 0 < expected < len(starts)
    assert engine.count(f"from {topic} since {low} until {high}") == expected
    newest = starts[-1]
    in_last_hour = sum(newest + 1 - 3600 <= start for start in starts)
    assert engine.count(f"from {topic} last 1h of data") == in_last_hour


# ---- stages


@pytest.mark.parametrize("topic", ["zeek", "luflow"])
def test_top_sources_by_bytes(engine: Engine, records: dict[str, list[PlainRecord]], topic: str) -> None:
    """Ties are broken by address, the shares are of the whole."""
    sums: Counter[str] = Counter()
    for record in records[topic]:
        sums[str(record["srcaddr"])] += _int(record["bytes"])
    ranked = sorted(sums.items(), key=lambda item: (-item[1], *_address_order(item[0])))[:10]
    expected = [(address, total, pytest.approx(total / sums.total())) for address, total in ranked]
    rows = engine.search(f"from {topic} | top 10 srcaddr by bytes")
    assert [(row["srcaddr"], row["sum_bytes"], row["share"]) for row in rows] == expected


@pytest.mark.parametrize("topic", ["zeek", "luflow"])
def test_stats_by_action_and_protocol(
    engine: Engine, records: dict[str, list[PlainRecord]], topic: str
) -> None:
    """Count, sum, least, greatest, mean and distinct values of each group."""
    groups: dict[tuple[str, int], list[PlainRecord]] = {}
    for record in records[topic]:
        groups.setdefault((str(record["action"]), _int(record["protocol"])), []).append(record)
    expected = [
        {
            "action": action,
            "protocol": protocol,
            "n": len(members),
            "sum_bytes": sum(sizes),
            "min_bytes": min(sizes),
            "max_bytes": max(sizes),
            "avg_bytes": pytest.approx(sum(sizes) / len(sizes)),
            "dc_dstport": len({record["dstport"] for record in members}),
        }
        for (action, protocol), members in sorted(groups.items())
        if (sizes := [_int(record["bytes"]) for record in members])
    ]
    measures = "count() as n, sum(bytes), min(bytes), max(bytes), avg(bytes), dc(dstport)"
    assert list(engine.search(f"from {topic} | stats {measures} by action, protocol")) == expected


@pytest.mark.parametrize("topic", ["zeek", "luflow"])
def test_sorting_by_bytes_is_stable(
    engine: Engine, records: dict[str, list[PlainRecord]], topic: str
) -> None:
    """The greatest first, and among equals the newest."""
    expected = sorted(newest_first(records[topic]), key=lambda record: -_int(record["bytes"]))[:200]
    assert list(engine.search(f"from {topic} | sort -bytes | head 200")) == expected


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value


def _address_order(address: str) -> tuple[int, int]:
    """Where an address stands among 128-bit ones, IPv4 being mapped."""
    value = ip_address(address)
    return (0, 0xFFFF << 32 | int(value)) if value.version == 4 else (0, int(value))
