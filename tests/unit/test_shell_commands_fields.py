r"""What the store holds, as the shell tells it: `\topics`, `\fields`, `\top`, `\hist`, `\why`, `\help`."""

from collections.abc import Iterator

import pytest
from shell_screen import RECORD_COUNT, Screen, screen_over, small_store

import flowql
from flowql.engine import Engine
from flowql.shell.reference import constructs, readable, sections, sections_for
from flowql.syntax.parser import parse


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine over a small store."""
    with flowql.open(small_store(tmp_path_factory.mktemp("shell"))) as engine:
        yield engine


@pytest.fixture
def screen(engine: Engine) -> Screen:
    """A session over it."""
    return screen_over(engine)


def line_of(shown: str, name: str) -> list[str]:
    """The cells of the line that begins with a name."""
    found = [line.split() for line in shown.splitlines() if line.split()[:1] == [name]]
    assert len(found) == 1, shown
    return found[0]


def test_topics_are_told_with_their_records_and_times(screen: Screen) -> None:
    assert line_of(screen.after(r"\topics"), "default/flows") == [
        *("default/flows", str(RECORD_COUNT), "2023-11-14T22:13:20Z", "2023-11-14T22:32:20Z", "14")
    ]


def test_fields_are_told_with_kind_presence_distinct_and_frequent_values(screen: Screen) -> None:
    shown = screen.after(r"\fields")
    assert line_of(shown, "dstport") == [
        "dstport",
        "port",
        "90.00",
        "%",
        "2",
        "443",
        "https",
        "(12),",
        "22",
        "ssh",
        "(6)",
    ]
    assert line_of(shown, "protocol") == ["protocol", "protocol", "90.00", "%", "1", "6", "tcp", "(18)"]
    assert line_of(shown, "action") == [
        "action",
        "text",
        "90.00",
        "%",
        "2",
        "ACCEPT",
        "(12),",
        "REJECT",
        "(6)",
    ]
    assert line_of(shown, "version") == ["version", "text", "100", "%", "1", "2", "(20)"]
    assert line_of(shown, "srcport")[4] == "16"
    assert "from flows | facets 3\n" in shown


def test_fields_are_those_of_what_was_found(screen: Screen) -> None:
    shown = screen.after("REJECT | count", r"\fields")
    assert line_of(shown, "dstport") == ["dstport", "port", "100", "%", "1", "22", "ssh", "(6)"]
    assert "from flows REJECT | facets 3\n" in shown
    assert screen.session.previous == "from flows REJECT | count"


def test_names_are_left_out_where_they_are_not_wanted(screen: Screen) -> None:
    shown = screen.after(r"\set names off", r"\fields")
    assert line_of(shown, "protocol") == ["protocol", "protocol", "90.00", "%", "1", "6", "(18)"]


def test_one_field_is_told_with_its_ends_and_its_most_frequent_values(screen: Screen) -> None:
    shown = screen.after(r"\fields bytes")
    assert (
        "bytes: count · in 90.00 % of 20 records · missing in 2 · 13 distinct values · 40 to 12,000\n"
        in shown
    )
    assert "from flows | top 10 bytes" in shown
    assert "40      6" in shown
    assert "start: time · in 100 % of 20 records" in screen.after("*", r"\fields start")
    assert "2023-11-15T06:13:20+08:00 to" in screen.after(r"\set tz Asia/Shanghai", "*", r"\fields start")
    assert "srcaddr: address" in screen.after(r"\fields SRC_IP")


def test_values_of_a_field_are_counted_in_what_was_found(screen: Screen) -> None:
    assert "from flows | top 10 dstport\n" in screen.after(r"\top dport")
    assert "from flows dstport=443 | top 2 srcaddr\n" in screen.after("dstport=443 | count", r"\top src 2")


def test_a_histogram_has_the_records_that_were_found(screen: Screen) -> None:
    shown = screen.after("REJECT", r"\hist by srcport")
    assert shown.splitlines()[-1] == "6 records"
    query = shown.splitlines()[-2]
    assert query.startswith("from flows REJECT | timechart ")
    assert query.endswith(" count() by srcport")
    counts = screen.after(query, r"\last ndjson")
    assert counts.count('"count":1') == 6
    assert "no record matches" in screen.after("NOT *", r"\hist")


@pytest.mark.parametrize("number", [1, 2, 6])
def test_why_tells_the_clauses_that_hold_for_a_row(screen: Screen, number: int) -> None:
    screen.after("dstport:22 OR srcport:40002")
    shown = screen.after(rf"\why {number}")
    assert shown.startswith(f"from flows (dstport:22 OR srcport:40002)\nrow {number}: ")
    assert "dstport:22" in shown.splitlines()[1]
    assert ("srcport:40002" in shown.splitlines()[1]) == (number == 4)


def test_why_is_refused_when_the_rows_are_others_now(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("grows")
    with flowql.open(small_store(folder)) as engine:
        screen = screen_over(engine)
        screen.after("*")
        (folder / "new.log").write_text(
            "2 1 eni-z 10.9.9.9 10.0.0.5 1 22 6 1 1 1800000000 1800000001 REJECT OK\n"
        )
        engine.ingest(folder / "new.log", topic="flows")
        assert "the store has changed since this answer" in screen.after(r"\why 1")
        assert "srcaddr=10.0.0" not in screen.after(r"\drill 1 interface-id")
        assert screen.session.previous == "from flows interface-id=eni-c"  # the row that was shown


def test_every_heading_of_the_reference_is_found_and_readable() -> None:
    for section in sections():
        if section.level > 1:
            assert section in sections_for(section.title)
        for line in readable(section, 80):
            assert "](" not in line
            assert not line.startswith("```")


@pytest.mark.parametrize(
    ("construct", "title"),
    [
        ("timechart", "timechart"),
        ("AND", "AND, OR, NOT"),
        ("daily", "Time"),
        ("..", "Ranges"),
        ("->", "Endpoints and arrows"),
        ("@threats", "Lists"),
        ("$ip", "Parameters"),
        ("p95", "stats"),
        ("count()", "count"),
        ("| top", "top"),
        ("srcaddr", "Fields"),
        ("from", "Topics"),
    ],
)
def test_a_construct_has_its_section(construct: str, title: str) -> None:
    assert title in [section.title for section in sections_for(construct)]


def test_every_construct_that_is_proposed_has_a_section() -> None:
    assert all(sections_for(name) for name in constructs())


def test_help_without_a_construct_lists_the_sections(screen: Screen) -> None:
    shown = screen.after(r"\help")
    assert "Field clauses" in shown
    assert "  timechart" in shown
    assert "it is mentioned under stats" in screen.after(r"\help median")


def test_examples_of_a_section_stand_as_they_are_typed() -> None:
    (section,) = sections_for("daily")
    examples = [line.strip() for line in readable(section, 80) if line.startswith("  ")]
    assert "last 7d until 2018-12-13" in examples
    for example in examples:
        parse(example)


@pytest.mark.parametrize("glance", [r"\top dstport", r"\fields dstport", r"\hist", r"\fields"])
def test_a_glance_at_what_was_found_leaves_the_query_that_a_bar_goes_on_from(
    screen: Screen, glance: str
) -> None:
    screen.after("REJECT")
    before = screen.session.previous
    screen.after(glance)
    assert screen.session.previous == before
    assert f"\n{before} | count\n" in screen.after("| count")


def test_the_rows_of_a_glance_are_drilled_into(screen: Screen) -> None:
    screen.after("REJECT")
    before = screen.session.previous
    screen.after(r"\top srcaddr")
    assert f"\n{before} AND srcaddr=" in screen.after(r"\drill 1")
    assert f"{screen.session.previous}".startswith(f"{before} AND srcaddr=")
