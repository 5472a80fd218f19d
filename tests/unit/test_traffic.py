"""The made-up flow logs: same bytes for the same parameters, well-formed lines, promised numbers."""

import gzip
import hashlib
import ipaddress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from flowql.demo.incidents import BEACON, BLOCKED_REPLY, BULK_UPLOAD, INCIDENTS, PORT_SCAN, Incident
from flowql.demo.layout import V5_LAYOUT
from flowql.demo.traffic import CHUNK, DEMO, Traffic, batches, write_flows, write_split
from flowql.schema import DEFAULT_LAYOUT

SMALL = Traffic(records=3_000, interfaces=64, outside=500)
# Several chunks, the last one odd.
MIDDLE = replace(DEMO, records=5 * CHUNK + 4_321)


@cache
def middle() -> Any:
    """Return the log of MIDDLE as a table with plain texts."""
    table = pa.Table.from_batches(batches(MIDDLE))
    texts = [
        pa.field(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type) for f in table.schema
    ]
    return table.cast(pa.schema(texts))


def column(name: str) -> npt.NDArray[Any]:
    """Return a column of the middle log, gaps as 0."""
    return np.asarray(pc.fill_null(middle()[name], 0))


def share(mask: Any) -> float:
    """Return the share of true values; null is false."""
    return float(pc.sum(mask).as_py() / len(mask))


def between(incident: Incident) -> tuple[Any, Any]:
    """Return an incident's rows from the inside host, and those to it."""
    source, target = pc.field("srcaddr"), pc.field("dstaddr")
    out = (source == incident.inside) & (target == incident.outside)
    back = (source == incident.outside) & (target == incident.inside)
    return middle().filter(out), middle().filter(back)


def written(traffic: Traffic, folder: Path, threads: int = 0) -> bytes:
    """Return the bytes of the log's file."""
    path = folder / "flows.log"
    assert write_flows(traffic, path, threads) == path.stat().st_size
    return path.read_bytes()


@pytest.mark.parametrize("v5", [False, True])
def test_same_parameters_same_bytes(tmp_path: Path, *, v5: bool) -> None:
    traffic = replace(SMALL, records=CHUNK + 1_001, v5=v5)
    first = hashlib.sha256(written(traffic, tmp_path, threads=1)).hexdigest()
    assert hashlib.sha256(written(traffic, tmp_path, threads=3)).hexdigest() == first
    assert hashlib.sha256(written(replace(traffic, seed=8), tmp_path)).hexdigest() != first


def test_default_lines(tmp_path: Path) -> None:
    lines = written(replace(SMALL, nodata_share=0.01), tmp_path).decode().split("\n")
    assert lines.pop() == ""
    assert len(lines) == SMALL.records
    silent = 0
    for line in lines:
        fields = dict(zip(DEFAULT_LAYOUT, line.split(" "), strict=True))
        assert fields["version"] == "2"
        assert fields["interface-id"].startswith("eni-0")
        assert 0 <= int(fields["end"]) - int(fields["start"]) <= 600
        flow = [*line.split(" ")[3:10], fields["action"]]
        if fields["log-status"] == "OK":
            addresses = ipaddress.ip_address(fields["srcaddr"]), ipaddress.ip_address(fields["dstaddr"])
            assert addresses[0] != addresses[1]
            assert addresses[0].version == addresses[1].version
            assert [str(address) for address in addresses] == flow[:2]
            assert all(number.isdecimal() for number in flow[2:7])
            assert fields["action"] in ("ACCEPT", "REJECT")
        else:
            silent += 1
            assert fields["log-status"] in ("NODATA", "SKIPDATA")
            assert set(flow) == {"-"}
    assert silent


def test_version_5_lines(tmp_path: Path) -> None:
    lines = written(replace(SMALL, v5=True), tmp_path).decode().splitlines()
    assert lines[0].split(" ") == list(V5_LAYOUT)
    assert len(V5_LAYOUT) == 29
    assert len(lines) == 1 + SMALL.records
    owners: dict[str, set[tuple[str, ...]]] = {}
    for line in lines[1:]:
        fields = dict(zip(V5_LAYOUT, line.split(" "), strict=True))
        place = ("account-id", "vpc-id", "subnet-id", "instance-id", "region", "az-id")
        owners.setdefault(fields["interface-id"], set()).add(tuple(fields[name] for name in place))
        if fields["log-status"] != "OK":
            continue
        assert fields["type"] == ("IPv6" if ":" in fields["srcaddr"] else "IPv4")
        assert fields["tcp-flags"] in (
            {"0", "1", "2", "3", "4", "18", "19"} if fields["protocol"] == "6" else {"0"}
        )
        assert (fields["traffic-path"] == "-") == (fields["flow-direction"] == "ingress")
    assert all(len(places) == 1 for places in owners.values())


def test_nothing_to_write(tmp_path: Path) -> None:
    assert written(replace(SMALL, records=0), tmp_path) == b""
    assert written(replace(SMALL, records=1), tmp_path).count(b"\n") == 1


def test_only_public_addresses_outside() -> None:
    table = pa.Table.from_batches(batches(replace(SMALL, records=20_000, outside=5_000)))
    chunk = table["srcaddr"].combine_chunks()
    for text in pc.unique(chunk.dictionary_decode()).drop_null().to_pylist():
        address = ipaddress.ip_address(text)
        assert address.is_global or address in ipaddress.ip_network("10.20.0.0/14"), text


def test_gzip_and_split_hold_the_same_lines(tmp_path: Path) -> None:
    plain = written(SMALL, tmp_path)
    assert write_flows(SMALL, tmp_path / "flows.log.gz") == len(plain)
    assert gzip.decompress((tmp_path / "flows.log.gz").read_bytes()) == plain
    assert write_split(SMALL, tmp_path / "parts", 700) == 5
    parts = [gzip.decompress(path.read_bytes()) for path in sorted((tmp_path / "parts").iterdir())]
    assert [part.count(b"\n") for part in parts] == [700, 700, 700, 700, 200]
    assert b"".join(parts) == plain
    # Every file of a layout with a header has its own.
    assert write_split(replace(SMALL, v5=True), tmp_path / "v5", 1_500, gzip=False) == 2
    assert [path.read_text().count("\n") for path in (tmp_path / "v5").iterdir()] == [1_501, 1_501]


def test_split_across_chunks(tmp_path: Path) -> None:
    traffic = replace(SMALL, records=2 * CHUNK + 5)
    assert write_split(traffic, tmp_path / "parts", 20_000, gzip=False) == 4
    parts = b"".join(path.read_bytes() for path in sorted((tmp_path / "parts").iterdir()))
    assert parts == written(traffic, tmp_path)


def test_shares() -> None:
    table = middle()
    assert table.num_rows == MIDDLE.records
    assert share(pc.match_substring(table["srcaddr"], ":")) == pytest.approx(MIDDLE.ipv6_share, rel=0.1)
    assert share(pc.not_equal(table["log-status"], "OK")) == pytest.approx(MIDDLE.nodata_share, rel=0.3)
    start = column("start")
    late = start < np.maximum.accumulate(start)
    assert late.mean() == pytest.approx(MIDDLE.late_share, rel=0.3)
    assert 0.03 < share(pc.equal(table["action"], "REJECT")) < 0.08
    assert len(pc.unique(table["interface-id"])) == MIDDLE.interfaces
    assert start.min() >= MIDDLE.begin - 300
    assert start.max() < MIDDLE.begin + MIDDLE.span_s


def test_numbers_are_believable() -> None:
    packets, size, protocol = column("packets"), column("bytes"), column("protocol")
    assert np.all(size >= 40 * packets)
    assert np.all(size <= 1_500 * packets)
    assert set(np.unique(protocol)) == {0, 1, 6, 17}  # 0 stands for gaps
    assert not column("srcport")[protocol == 1].any()
    server = np.minimum(column("srcport"), column("dstport"))
    ports = {
        int(port): (server == port).mean() for port in (443, 80, 53, 22, 3389, 5432, 3306, 6379, 123, 8080)
    }
    assert max(ports, key=ports.__getitem__) == 443
    assert all(0.003 < part < 0.6 for part in ports.values()), ports
    # The most popular outside address is common, yet far from everything.
    outside = pc.value_counts(
        middle()["dstaddr"].filter(pc.invert(pc.starts_with(middle()["dstaddr"], "10.")))
    )
    assert 0.003 < max(outside.field("counts").to_pylist()) / MIDDLE.records < 0.1
    assert len(outside) > 10_000


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: incident.name)
def test_incident_numbers(incident: Incident) -> None:
    out, back = between(incident)
    assert out.num_rows + back.num_rows == incident.rows
    both = pa.concat_tables([out, back])
    assert pc.sum(pc.equal(both["action"], "REJECT")).as_py() == incident.rejected
    assert pc.sum(out["bytes"]).as_py() == incident.sent
    # The outside actor appears with nobody else.
    alone = (pc.field("srcaddr") == incident.outside) | (pc.field("dstaddr") == incident.outside)
    assert middle().filter(alone).num_rows == incident.rows
    if incident.port:
        assert set(out["dstport"].to_pylist()) == set(back["srcport"].to_pylist()) == {incident.port}


def test_incident_stories() -> None:
    begin = MIDDLE.begin
    _, tries = between(PORT_SCAN)
    assert len(pc.unique(tries["dstport"])) == 1_000
    start = np.asarray(tries["start"]) - begin - PORT_SCAN.after_s
    assert start.min() >= 0
    assert start.max() < PORT_SCAN.for_s
    beats, _ = between(BEACON)
    assert np.abs(np.diff(np.asarray(beats["start"])) - 300).max() <= 2
    assert np.ptp(np.asarray(beats["bytes"])) < 20
    _, replies = between(BLOCKED_REPLY)
    rejected = replies.filter(pc.field("action") == "REJECT")
    start = np.asarray(rejected["start"]) - begin - BLOCKED_REPLY.after_s
    assert start.min() >= 0
    assert start.max() < BLOCKED_REPLY.for_s
    flows, _ = between(BULK_UPLOAD)
    assert pc.min(flows["bytes"]).as_py() > 80_000_000


def test_unbelievable_parameters() -> None:
    cases: list[dict[str, Any]] = [{"interfaces": 3}, {"outside": 5}, {"records": -1}, {"span_s": 0}]
    for wrong in cases:
        with pytest.raises(ValueError, match="must"):
            replace(SMALL, **wrong)
    with pytest.raises(ValueError, match="incidents need"):
        replace(SMALL, incidents=True)
