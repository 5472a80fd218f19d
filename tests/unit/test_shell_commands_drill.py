r"""`\drill`: the query for the records behind a row finds as many as the row says."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from shell_screen import Screen, screen_over, small_store

import flowql
from flowql.engine import Engine
from flowql.errors import UsageError
from flowql.schema import DEFAULT_SCHEMA
from flowql.shell.clauses import cell_value
from flowql.shell.drilling import Row, drilled


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine over a small store."""
    with flowql.open(small_store(tmp_path_factory.mktemp("shell"))) as engine:
        yield engine


@pytest.fixture
def screen(engine: Engine) -> Screen:
    """A session over it."""
    return screen_over(engine)


def rows_of(engine: Engine, query: str) -> list[Row]:
    """The rows of an answer, as the shell has them."""
    result = engine.search(query)
    return [
        Row(
            tuple(result.columns),
            tuple(cell_value(column, batch.column(k), row) for k, column in enumerate(result.columns)),
            result.zone,
        )
        for batch in result.batches()
        for row in range(batch.num_rows)
    ]


def drill(engine: Engine, query: str, row: Row, chosen: Sequence[str] = ()) -> str:
    """The query behind a row."""
    canonical = engine.search(query).query
    return drilled(canonical, row, chosen, DEFAULT_SCHEMA, lambda text: engine.search(text, limit=0).columns)


@pytest.mark.parametrize(
    "query",
    [
        "* | stats count() as count by srcaddr",
        "* | stats count() as count by src, dport, action",
        "* | stats count() as count by srcaddr/24, protocol",
        "* | stats count() as count by start 5m, log-status",
        "tz Asia/Kolkata * | stats count() as count by start 1d",
        "* | stats count() as count by service, src-zone",
        "* | stats count() as count by duration, bytes",
        "* | stats count() as count by ip",
        "* | top 20 dstport",
        "* | rare 20 interface-id",
        "* | top 20 srcaddr/16",
        "* | timechart 5m count() as count",
        "* | timechart 7m count() as count by action",
        "* | facets 20",
        "REJECT OR dstport:443 | stats count() as count by action",
        "from other * | top 20 dstaddr",
        "* | head 9 | top 20 srcport",
        "* | where bytes>2000 | stats count() as count by bytes",
        "* | eval kb = bytes / 1000 | stats count() as count by kb",
        "* | rename srcaddr as client | stats count() as count by client",
        "* | stats count() as count by srcaddr, dstport | sort -count | rename srcaddr as client | head 3",
        "* | stats count() as count by srcaddr, start 10m | where count>1 | fields count, start, srcaddr",
    ],
)
def test_behind_a_group_are_as_many_records_as_it_says(engine: Engine, query: str) -> None:
    rows = rows_of(engine, query)
    assert rows
    for row in rows:
        place = row.place("count")
        assert place is not None
        found = sum(1 for _ in engine.search(drill(engine, query, row)))
        assert found == row.cells[place], drill(engine, query, row)


@pytest.mark.parametrize(
    ("query", "number", "chosen", "expected"),
    [
        ("REJECT | top 3 dstport", 0, (), "REJECT AND dstport=22"),
        ("* | stats count() by srcaddr, action", -1, (), "srcaddr:- AND action:-"),
        ("* | stats count() by dstport, action", 0, ("action",), "action=REJECT"),
        ("* | stats count() by dstport, action", 0, ("-dstport",), "NOT dstport=22"),
        ("REJECT OR 443 | top 1 dstport", 0, (), "(REJECT OR 443) AND dstport=443"),
        ("* | head 5 | top 1 dstport", 0, (), "* | head 5 | where dstport:-"),
        ("REJECT", 0, ("src", "srcport"), "REJECT AND srcaddr=198.51.100.2 AND srcport=40005"),
        ("REJECT", 0, ("-action",), "REJECT AND NOT action=REJECT"),
        ("REJECT | sort bytes | head 2", 0, ("dstport",), "REJECT AND dstport=22 | sort bytes | head 2"),
        ("dstport=22", 0, ("dstport",), "dstport=22"),
        ("REJECT", 0, ("start",), "REJECT AND start=2023-11-14T22:18:20Z"),
        (
            "REJECT | eval kb = bytes / 8 | head 2",
            0,
            ("kb", "srcport"),
            "REJECT AND srcport=40005 | eval kb = bytes / 8 | where kb=5.0 | head 2",
        ),
        (
            "REJECT | rename srcaddr as client",
            0,
            ("client",),
            "REJECT | rename srcaddr as client | where client=198.51.100.2",
        ),
    ],
)
def test_conditions_go_where_they_belong(
    engine: Engine, query: str, number: int, chosen: tuple[str, ...], expected: str
) -> None:
    found = drill(engine, query, rows_of(engine, query)[number], chosen)
    assert found == expected
    engine.search(found)


@pytest.mark.parametrize(
    ("query", "chosen", "hint"),
    [
        ("REJECT", (), "columns: version"),
        ("REJECT", ("srcadr",), "columns: srcaddr"),
        ("REJECT | count", (), "those of the query itself"),
        ("REJECT | stats sum(bytes)", (), "those of the query itself"),
        ("* | select srcaddr, count(*) as n group by srcaddr", (), "group with stats or top"),
        ("* | stats count() as n by srcaddr | fields n", (), "leave it in with fields"),
        ("* | top 3 dstport", ("srcaddr",), "keys: dstport"),
    ],
)
def test_a_row_without_such_cells_is_refused(
    engine: Engine, query: str, chosen: tuple[str, ...], hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        drill(engine, query, rows_of(engine, query)[0], chosen)
    assert hint in str(caught.value.hint)


def test_a_text_that_is_the_name_of_a_field_is_quoted(tmp_path: Path) -> None:
    line = "2 1 srcport 10.0.0.1 10.0.0.2 1 2 6 1 1 1700000000 1700000001 {} OK\n"
    (tmp_path / "a.log").write_text(line.format("dstport") + line.format("a*b"))
    with flowql.open(tmp_path / "store") as engine:
        engine.ingest(tmp_path / "a.log")
        rows = rows_of(engine, "* | stats count() by interface-id, action")
        assert [
            drill(engine, "* | top 5 action", row, ()) for row in rows_of(engine, "* | top 5 action")
        ] == [
            'action="a*b"',
            'action="dstport"',
        ]
        assert [
            engine.count(drill(engine, "* | stats count() by interface-id, action", row)) for row in rows
        ] == [
            1,
            1,
        ]


def test_rows_are_called_by_the_numbers_that_they_are_shown_with(screen: Screen) -> None:
    shown = screen.after("REJECT | fields srcport, srcaddr").splitlines()
    number, srcport, _ = shown[3].split()
    assert number == "3"
    assert f"REJECT AND srcport={srcport} | fields srcport, srcaddr" in screen.after(r"\drill 3 srcport")
    assert "1 record matched" in screen.after(r"\drill 1 srcport")


def test_only_rows_that_were_shown_have_numbers(screen: Screen) -> None:
    screen.after(r"\set limit 2", "REJECT")
    assert "rows are 1 to 2" in screen.after(r"\drill 3 srcport")


def test_drilling_keeps_parameters(screen: Screen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    screen.after(r"\save q dstport:$port | top 2 srcaddr", r"\run q port=22")
    assert "3 records matched" in screen.after(r"\drill 1")
    assert screen.session.previous == "from flows dstport:$port AND srcaddr=198.51.100.1"
