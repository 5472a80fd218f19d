"""The demo: its five queries find what was planted."""

from pathlib import Path

import pytest

import flowql
from flowql.cli.program import run
from flowql.demo.incidents import BEACON, BLOCKED_REPLY, BULK_UPLOAD, INCIDENTS, PORT_SCAN
from flowql.demo.tour import TOUR


def test_every_incident_has_a_stop() -> None:
    assert [stop.title for stop in TOUR[1:]] == [incident.name for incident in INCIDENTS]


def test_the_demo_finds_every_incident_first(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    store = tmp_path / "demo"
    assert run(["demo", "--store", str(store)]) == 0
    out, err = (text.decode() for text in capsysbinary.readouterr())
    assert "1,000,000 lines = 1,000,000 records + 0 rejects + 0 blanks + 0 headers" in out
    assert err.count("records matched") == len(TOUR)
    with flowql.open(store) as engine:
        scan, beacon, blocked, upload = (next(iter(engine.search(stop.query))) for stop in TOUR[1:])
    assert (scan["srcaddr"], scan["ports"]) == (PORT_SCAN.outside, PORT_SCAN.rejected)
    assert (beacon["dstaddr"], beacon["flows"]) == (BEACON.outside, BEACON.rows // 2)
    assert (blocked["srcaddr"], blocked["flows"]) == (BLOCKED_REPLY.outside, BLOCKED_REPLY.rejected)
    assert (upload["dstaddr"], upload["sent"]) == (BULK_UPLOAD.outside, BULK_UPLOAD.sent)
    assert run(["--store", str(store), "demo"]) == 0
    assert b"already ingested" in capsysbinary.readouterr().out


def test_the_demo_keeps_away_from_other_records(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store"
    (tmp_path / "a.log").write_text(
        "2 1 eni-1 10.0.0.1 10.0.0.2 40000 22 6 1 40 1544709600 1544709601 REJECT OK\n"
    )
    with flowql.open(store) as engine:
        engine.ingest([tmp_path / "a.log"])
    assert run(["--store", str(store), "demo"]) == 2
    assert b"holds other records" in capsysbinary.readouterr().err
    # The environment names the user's own store; the demo has one of its own.
    monkeypatch.setenv("FLOWQL_STORE", str(store))
    monkeypatch.setattr("flowql.cli.demo.data_folder", lambda: tmp_path)
    monkeypatch.setattr("flowql.cli.demo._fill", lambda _: None)
    monkeypatch.setattr("flowql.cli.demo.TOUR", ())
    assert run(["demo"]) == 0
    assert str(tmp_path / "demo").encode() in capsysbinary.readouterr().out
