"""Raw lines that are pasted where a query is expected, and what must never be taken for one; refining."""

import pytest

import flowql
from flowql.errors import UsageError
from flowql.shell.pasted import LINE_COUNT_MAX, record_query
from flowql.shell.refine import is_refinement, refined

LINE = "2 123456789010 eni-1a2b3c4d 10.0.0.5 203.0.113.7 49152 443 6 12 4210 1700000000 1700000060 ACCEPT OK"
OTHER = (
    "2 123456789010 eni-1a2b3c4d 203.0.113.7 10.0.0.5 443 49152 6 10 18200 1700000000 1700000060 ACCEPT OK"
)
NODATA = "2 123456789010 eni-9c0d1e2f - - - - - - - 1700000000 1700000600 - NODATA"
WIDE = ("vpc-id", "srcaddr", "dstaddr", "tcp-flags", "type", "start", "end", "ecs-task-arn")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> flowql.Engine:
    """A store with the lines above, and some that differ from them in one field each."""
    folder = tmp_path_factory.mktemp("pasted")
    words = LINE.split()
    changed = {3: "10.0.0.6", 6: "444", 7: "17", 8: "13", 10: "1700000001", 12: "REJECT", 13: "SKIPDATA"}
    others = [" ".join([*words[:i], word, *words[i + 1 :]]) for i, word in changed.items()]
    lines = [LINE, OTHER, NODATA, NODATA.replace("9c0d1e2f", "00000000"), *others]
    (folder / "a.log").write_text("\n".join(lines) + "\n")
    opened = flowql.open(folder / "store")
    opened.ingest([folder / "a.log"])
    return opened


def raws(engine: flowql.Engine, query: str | None) -> list[str]:
    """The records that a query finds, remade."""
    assert query is not None
    return [row["raw"] for row in engine.search(f"{query} | fields raw")]


def test_a_pasted_line_finds_its_record_and_no_other(engine: flowql.Engine) -> None:
    query = record_query(LINE)
    assert query is not None
    assert query.startswith("version=2 account-id=123456789010 interface-id=eni-1a2b3c4d srcaddr=10.0.0.5 ")
    assert raws(engine, query) == [LINE]


@pytest.mark.parametrize(
    "line", [f"  {LINE}", f"{LINE} \t \n", LINE.replace(" ", "\t"), LINE.replace(" 443", "\n443")]
)
def test_blanks_that_were_copied_along_do_no_harm(engine: flowql.Engine, line: str) -> None:
    assert raws(engine, record_query(line)) == [LINE]


@pytest.mark.parametrize(
    "line",
    [
        NODATA,
        NODATA.replace("- - - - - - -", "- - - - - -1 -1"),
        NODATA.replace(" - NODATA", " NODATA"),
        NODATA.replace("- - - - - - -", "- - - - - -"),
    ],
)
def test_a_line_without_traffic_finds_its_record(engine: flowql.Engine, line: str) -> None:
    assert raws(engine, record_query(line)) == [NODATA]


def test_several_lines_find_a_record_each(engine: flowql.Engine) -> None:
    query = record_query(f"{LINE}\n\n{OTHER}\n{LINE}\n")
    assert sorted(raws(engine, query)) == sorted([LINE, OTHER])
    assert record_query("\n".join([LINE] * (LINE_COUNT_MAX + 1))) is None


def test_a_line_of_a_layout_that_a_topic_has() -> None:
    line = "vpc-1 10.0.0.1 ::1 - IPv4 1700000000123 1700000060000000 arn:aws:ecs:x"
    assert record_query(line) is None
    assert record_query(line, [WIDE]) == (
        "vpc-id=vpc-1 srcaddr=10.0.0.1 dstaddr=::1 tcp-flags:- type=IPv4 start=1700000000123 "
        'end=2023-11-14T22:14:20Z ecs-task-arn="arn:aws:ecs:x"'
    )
    assert record_query(line.replace("IPv4", "srcport"), [(*WIDE, "srcport")]) is None
    assert 'type="start"' in str(record_query(line.replace("IPv4", "start"), [WIDE]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "REJECT",
        LINE.replace("443", "70000"),
        LINE.replace("10.0.0.5", "10.0.0"),
        LINE.replace("1700000060", "60"),
        LINE.replace("ACCEPT", "AND"),
        LINE.replace("eni-1a2b3c4d", "a:b|c"),
        f"{LINE} | count",
        f"NOT {LINE}",
        LINE.rpartition(" ")[0],
        f"{LINE}\nREJECT",
        f"{LINE}\n{OTHER} x",
        "a b c d e f g h i j k l m n",
        "1 2 3 4 5 6 7 8 9 10 11 12 13 14",
        "dstport:22 OR dstport:23 OR dstport:24 OR dstport:25 last 1h from a b c d",
    ],
)
def test_what_is_no_record_is_a_query(text: str) -> None:
    assert record_query(text, [WIDE]) is None


def test_a_line_that_begins_with_a_bar_goes_on_from_the_previous_query() -> None:
    assert is_refinement("| count")
    assert is_refinement("  |count")
    assert not is_refinement("|| b")
    assert not is_refinement("a | count")
    assert refined("action:REJECT", " | count ") == "action:REJECT | count"
    assert refined("REJECT # why", "| count") == "REJECT # why\n| count"


def test_there_must_be_a_previous_query() -> None:
    with pytest.raises(UsageError) as raised:
        refined(None, "| count")
    assert raised.value.hint == "begin with a search: * | count"
