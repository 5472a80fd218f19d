"""What the grammar allows at a cursor: the word there, what is expected, and that no text stops the reading."""

from pathlib import Path

import pytest

from flowql.syntax import completion, tables
from flowql.syntax.completion import COMPLETED_LENGTH_MAX, Place, places_at
from flowql.syntax.expected import UNPROPOSED, Expected, proposed_terminals
from flowql.syntax.parser import grammar_parser
from golden.corpus import texts


def only(text: str, cursor: int | None = None) -> Place:
    """The one place of a text that can be read in one way."""
    (place,) = places_at(text, cursor)
    return place


def words_of(place: Place) -> set[str]:
    """Every word that the grammar has for a place."""
    return {word for each in place.expected for word in each.words}


@pytest.mark.timeout(600)
def test_no_prefix_of_any_text_stops_the_reading() -> None:
    """Every beginning of every third text of the golden files and documents."""
    prefixes = {text[:length] for text in sorted(texts())[::3] for length in range(len(text) + 1)}
    found = {prefix: places_at(prefix) for prefix in prefixes}
    assert any(found.values())
    for prefix, places in found.items():
        for place in places:
            assert prefix[place.start :] == place.prefix, prefix
            assert place.expected, prefix


def test_every_terminal_is_proposed_or_on_the_list_of_those_that_are_not() -> None:
    names = {terminal.name for terminal in grammar_parser().terminals}
    assert names == proposed_terminals() | UNPROPOSED
    assert not proposed_terminals() & UNPROPOSED


@pytest.mark.parametrize(
    ("text", "start", "prefix"),
    [
        ("", 0, ""),
        ("dst", 0, "dst"),
        ("action:REJECT ", 14, ""),
        ("action:REJ", 7, "REJ"),
        ("NOT", 0, "NOT"),
        ("-log", 1, "log"),
        ("(dst", 1, "dst"),
        ("dstport:80..9", 12, "9"),
        ("dstport in (22,44", 15, "44"),
        ("since -6", 6, "-6"),
        ("since 2024-01-0", 6, "2024-01-0"),
        ("daily 22:00..0", 6, "22:00..0"),
        ("tz +0", 3, "+0"),
        ("tz Asia/Sh", 3, "Asia/Sh"),
        ("from vpc-*, -te", 13, "te"),
        ("from logs/vp", 5, "logs/vp"),
        ("src:@thr", 4, "@thr"),
        ("src:$", 4, "$"),
        ("10.0.0.5:44", 9, "44"),
        ("private -> pub", 11, "pub"),
        ("* | sort -by", 10, "by"),
        ("* | stats sum(by", 14, "by"),
        ("last 24h\n  act", 11, "act"),
        ("vpc-id:a\\ b", 7, "a\\ b"),
    ],
)
def test_the_word_under_the_cursor(text: str, start: int, prefix: str) -> None:
    places = places_at(text)
    assert {(place.start, place.prefix) for place in places} == {(start, prefix)}


@pytest.mark.parametrize(
    ("text", "what", "field", "operator"),
    [
        ("dstport:", Expected.VALUE, "dstport", ":"),
        ("dstport not in (22, ", Expected.VALUE, "dstport", "not in"),
        ("dstport:(22 OR ", Expected.VALUE, "dstport", ":"),
        ("bytes >= ", Expected.END, "bytes", ">="),
        ("bytes:[1 TO ", Expected.END, "bytes", ":"),
        ("src port > ", Expected.END, "src port", ">"),
        ("dst port ", Expected.VALUE, "dstport", ":"),
        ("proto ", Expected.VALUE, "proto", ":"),
        ("10.0.0.5:", Expected.VALUE, "port", ":"),
        ("private -> public:{22, ", Expected.VALUE, "port", ":"),
        ("srcaddr in (action:REJECT protocol:", Expected.VALUE, "protocol", ":"),
        ("dstport ", Expected.OPERATOR, "dstport", ""),
        ("a OR dstport n", Expected.OPERATOR, "dstport", ""),
    ],
)
def test_the_field_of_a_place(text: str, what: Expected, field: str, operator: str) -> None:
    places = [place for place in places_at(text) if place.expects(what)]
    assert [(place.field, place.operator) for place in places] == [(field, operator)]


@pytest.mark.parametrize(
    "text",
    [
        '"',
        "'a b",
        "`x",
        '"a"',
        "/ab",
        "/ab/",
        "a # b",
        "# ",
        "a) b",
        "dstport:22, ",
        "dstport:-",
        "(a)",
        "count()",
        "* | stats count() as ",
        "* | count by ",
        "* | eval ",
        "* | eval x = 1, ",
        "* | rename a as ",
        "* | lookup @l on a as ",
        "* | select ",
        "* | select srcaddr, cou",
        "f:/a/",
        "\ud800",
        "a \ud800",
    ],
)
def test_where_nothing_may_stand(text: str) -> None:
    assert places_at(text) == ()


@pytest.mark.parametrize(
    ("text", "there", "not_there"),
    [
        ("", {"NOT", "last", "explain"}, {"AND", "OR", "|", "of data"}),
        ("a ", {"AND", "OR", "NOT", "|", "from"}, {"explain"}),
        ("a OR ", {"NOT"}, {"last", "AND", "OR"}),
        ("NOT ", set(), {"NOT", "last"}),
        ("(a ", {"AND", "OR"}, {"last", "|"}),
        ("last 1h ", {"of data", "until", "tz"}, {"last", "since", "on"}),
        ("since -1h ", {"until"}, {"since", "last", "between", "on"}),
        ("from a tz UTC ", {"last", "daily"}, {"from", "tz"}),
        ("between -2h ", {"and"}, {"AND"}),
        ("dstport:(22 ", {"OR"}, {"AND"}),
        ("ip:(10.0.0.5 ", {"OR", "AND"}, set()),
        ("* | stats count() ", {"as", "by", "|"}, set()),
        ("* | sort bytes ", {"asc", "desc"}, {"by"}),
        ("* | count ", {"|"}, {"by"}),
        ("srcaddr in (last 1h a ", {"AND", "|", "from"}, {"last"}),
        ("* | ", {"where", "eval", "timechart", "lookup", "select", "rare"}, {"filter", "join"}),
        ("* | where ", {"NOT"}, {"last", "from", "explain", "AND"}),
        ("* | where dstport:22 ", {"AND", "OR", "|"}, {"last", "tz"}),
        ("* | where dstport ", {":", "in"}, {"last"}),
        ("* | stats count() if (a:b ", {"AND", "OR"}, {"last", "|"}),
        ("* | eval x = ", {"if", "round", "prefix"}, {"|", "AND"}),
        ("* | eval x = a + (", {"if", "lower"}, {"|"}),
        ("* | eval x = if(a:b, ", {"if", "concat"}, {"AND"}),
        ("* | eval x = a ", {"|"}, {"if", "AND"}),
        ("* | stats sum(a) ", {"if", "as", "by", "|"}, set()),
        ("* | timechart 5m count() ", {"if", "as", "by", "|"}, set()),
        ("* | top 5 a by sum(b) ", {"if", "|"}, {"as", "by"}),
        ("* | rename a ", {"as"}, {"|", "by"}),
        ("* | lookup @l ", {"on"}, {"by", "|"}),
        ("* | lookup @l on a ", {"as", "|"}, {"by", "on"}),
        ("* | dedup ", set(), {"by"}),
    ],
)
def test_words_that_fit(text: str, there: set[str], not_there: set[str]) -> None:
    words = {word for place in places_at(text) for word in words_of(place)}
    assert there <= words
    assert not words & not_there


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("* | where ", {Expected.COLUMN, Expected.TERM, Expected.LIST, Expected.PARAMETER, Expected.KEYWORD}),
        ("* | stats count() if (", {Expected.COLUMN, Expected.TERM, Expected.LIST, Expected.PARAMETER, Expected.KEYWORD}),
        ("* | where dstport:", {Expected.VALUE, Expected.LIST, Expected.PARAMETER}),
        ("* | where bytes > ", {Expected.END, Expected.PARAMETER}),
        ("* | eval x = if(dstport in (22, ", {Expected.VALUE, Expected.LIST, Expected.PARAMETER}),
        ("* | eval x = ", {Expected.COLUMN, Expected.FUNCTION}),
        ("* | eval x = a / ", {Expected.COLUMN, Expected.FUNCTION}),
        ("* | eval x = round(", {Expected.COLUMN, Expected.FUNCTION}),
        ("* | eval x = if(a:b, ", {Expected.COLUMN, Expected.FUNCTION}),
        ("* | rename ", {Expected.COLUMN}),
        ("* | rename a as b, ", {Expected.COLUMN}),
        ("* | dedup a, ", {Expected.COLUMN}),
        ("* | stats count() by ", {Expected.COLUMN}),
        ("* | stats count() by start 5m, ", {Expected.COLUMN}),
        ("* | rare 5 ", {Expected.COLUMN}),
        ("* | rare 5 a by ", {Expected.AGGREGATE, Expected.COLUMN}),
        ("* | timechart ", {Expected.DURATION}),
        ("* | timechart 5m ", {Expected.AGGREGATE}),
        ("* | timechart 5m count(), ", {Expected.AGGREGATE}),
        ("* | timechart 5m sum(", {Expected.COLUMN}),
        ("* | timechart 5m count() by ", {Expected.COLUMN}),
        ("* | lookup ", {Expected.LIST}),
        ("* | lookup @", {Expected.LIST}),
        ("* | lookup @l on ", {Expected.COLUMN}),
        ("* | tail ", {Expected.ROW_COUNT, Expected.KEYWORD}),
        ("* | facets ", {Expected.ROW_COUNT, Expected.KEYWORD}),
    ],
)  # fmt: skip
def test_what_may_stand_in_a_stage(text: str, expected: set[Expected]) -> None:
    assert {each.what for each in only(text).expected} == expected


def test_a_word_of_two_is_cut_before_its_first() -> None:
    first = places_at("last 1h of da")[0]
    assert (first.start, first.prefix) == (8, "of da")
    assert "of data" in words_of(first)


def test_the_text_behind_the_cursor_does_not_count() -> None:
    assert only("dst:22 OR", 2) == only("ds")
    assert places_at("dstport:22", 100) == places_at("dstport:22")
    assert places_at("dstport:22", -1) == places_at("")


def test_topics_and_rows_before_a_bar() -> None:
    place = only('from vpc-*, -"a b", other/x REJECT | top 5 ')
    assert [(each.text, each.excluded) for each in place.topics] == [
        ("vpc-*", False),
        ("a b", True),
        ("other/x", False),
    ]
    assert place.rows == 'from vpc-*, -"a b", other/x REJECT '
    assert only("src in (REJECT | top 5 ").rows == "REJECT "
    assert only("* | stats count() as n by srcaddr | fields n, ").named == ("n",)
    assert only("* | stats sum(bytes) by srcaddr, ").named == ("srcaddr",)
    assert only("* | stats sum(").function == "sum"
    assert only("* | eval x = bytes + ").named == ()
    assert only("* | stats sum(bytes) if (").named == ()
    assert only("* | where bytes > 5 | timechart 5m sum(bytes) by action, ").named == ("action",)
    assert only("* | where bytes > 5 | eval x = ").rows == "* | where bytes > 5 "


def test_without_kept_tables_a_refusal_stops_the_reading_no_more_than_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parser that is built where none is kept must make no trees either."""
    kept = places_at("* | stats count() if (a) b") + places_at("f LIKE a AND src")
    (tmp_path / "cache").write_text("a file stands where the folder would")
    monkeypatch.setattr(tables, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    completion.treeless_parser.cache_clear()
    assert places_at("* | stats count() if (a) b") + places_at("f LIKE a AND src") == kept
    assert kept


def test_a_text_too_long_has_no_completion() -> None:
    text = "a " * (COMPLETED_LENGTH_MAX // 2)
    assert places_at(text)
    assert places_at(text + "a") == ()
