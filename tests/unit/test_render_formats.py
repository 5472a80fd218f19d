"""The formats, byte by byte, over rows that are hard to write: missing, quotes, control characters."""

import csv
import io
import json
from dataclasses import replace

import pyarrow as pa
import pytest
from given_answers import COLUMNS, START, TRICKY, FakeAnswer, network, one_column, rendered

from flowql.errors import Diagnostic, Severity
from flowql.plan.logical import Column, TimeRange
from flowql.render import lines
from flowql.render.answer import Style
from flowql.render.first_rows import FirstRows, rows_to_ask_for
from flowql.render.formats import FORMATS, ROWS_WRITERS
from flowql.render.summary import counted, note_texts, range_text, summary_lines
from flowql.schema import Kind
from flowql.values import IPV4_MAPPED, SECOND_NS
from flowql.zones import find_zone


def test_table() -> None:
    assert rendered("table", FakeAnswer()) == (
        "interface-id  srcaddr   dstport  start                     share\n"
        'eni "a", b    10.0.0.1       22  2018-12-13T14:00:00Z        0.5\n'
        "-             ::1             -  -                             -\n"
        "eni-\\x1b[31m  -             443  2018-12-13T14:00:00.25Z  0.3333\n"
        "網絡          0.0.0.0     65535  1970-01-01T00:00:00Z          1\n"
    )


def test_csv() -> None:
    assert rendered("csv", FakeAnswer()) == (
        "interface-id,srcaddr,dstport,start,share\n"
        '"eni ""a"", b",10.0.0.1,22,1544709600,0.5\n'
        ",::1,,,\n"
        "eni-\x1b[31m,,443,1544709600.25,0.3333333333333333\n"
        "網絡,0.0.0.0,65535,0,1\n"
    )


def test_csv_reads_back() -> None:
    read = list(csv.reader(io.StringIO(rendered("csv", FakeAnswer()), newline="")))
    assert read[1] == ['eni "a", b', "10.0.0.1", "22", "1544709600", "0.5"]
    assert [len(row) for row in read] == [5] * 5


def test_csv_keeps_a_row_whose_only_cell_is_missing() -> None:
    assert rendered("csv", one_column(Kind.COUNT, 1, None, 3)) == 'x\n1\n""\n3\n'


def test_tsv() -> None:
    assert rendered("tsv", FakeAnswer()) == (
        "interface-id\tsrcaddr\tdstport\tstart\tshare\n"
        'eni "a", b\t10.0.0.1\t22\t1544709600\t0.5\n'
        "\t::1\t\t\t\n"
        "eni-\x1b[31m\t\t443\t1544709600.25\t0.3333333333333333\n"
        "網絡\t0.0.0.0\t65535\t0\t1\n"
    )


def test_tsv_escapes_what_would_break_a_line() -> None:
    answer = one_column(Kind.TEXT, "a\tb", "a\nb\r\n", "a\\tb", "\\\n", None, "")
    assert rendered("tsv", answer) == "x\na\\tb\na\\nb\\r\\n\na\\\\tb\n\\\\\\n\n\\N\n\n"
    named = FakeAnswer((Column("a\tb\\c", Kind.COUNT),), [])
    assert rendered("tsv", named) == "a\\tb\\\\c\n"
    assert rendered("tsv", one_column(Kind.TEXT, "a\\\x07"), Style(escape=True)) == "x\na\\\\\\x07\n"


def test_markdown() -> None:
    assert rendered("markdown", FakeAnswer()) == (
        "| interface-id | srcaddr | dstport | start | share |\n"
        "| --- | --- | ---: | --- | ---: |\n"
        '| eni "a", b | 10.0.0.1 | 22 | 2018-12-13T14:00:00Z | 0.5 |\n'
        "| - | ::1 | - | - | - |\n"
        "| eni-\\x1b\\[31m | - | 443 | 2018-12-13T14:00:00.25Z | 0.3333 |\n"
        "| 網絡 | 0.0.0.0 | 65535 | 1970-01-01T00:00:00Z | 1 |\n"
    )


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("a|b", r"a\|b"),
        ("a\\|b", r"a\\\|b"),
        ("<b>&amp;`*~", r"\<b>\&amp;\`\*\~"),
        ("sum_bytes", "sum_bytes"),
        ("_x_ __y", r"\_x\_ \_\_y"),
        ("a\nb", r"a\nb"),
        ("[x](y)", r"\[x](y)"),
    ],
)
def test_markdown_shows_values_as_they_are(text: str, cell: str) -> None:
    assert rendered("markdown", one_column(Kind.TEXT, text)) == f"| x |\n| --- |\n| {cell} |\n"
    named = FakeAnswer((Column(text, Kind.COUNT),), [])
    assert rendered("markdown", named) == f"| {cell} |\n| ---: |\n"


def test_raw() -> None:
    assert rendered("raw", FakeAnswer()) == (
        'eni "a", b 10.0.0.1 22 1544709600 0.5\n'
        "- ::1 - - -\n"
        "eni-\x1b[31m - 443 1544709600.25 0.3333333333333333\n"
        "網絡 0.0.0.0 65535 0 1\n"
    )


def test_ndjson() -> None:
    assert rendered("ndjson", FakeAnswer()) == (
        '{"interface-id":"eni \\"a\\", b","srcaddr":"10.0.0.1","dstport":22,"start":1544709600,"share":0.5}\n'
        '{"interface-id":null,"srcaddr":"::1","dstport":null,"start":null,"share":null}\n'
        '{"interface-id":"eni-\\u001b[31m","srcaddr":null,"dstport":443,"start":1544709600.25,'
        '"share":0.3333333333333333}\n'
        '{"interface-id":"網絡","srcaddr":"0.0.0.0","dstport":65535,"start":0,"share":1}\n'
    )


def test_json_is_one_document() -> None:
    note = Diagnostic("mixed-and-or", 'read as (a "b")', severity=Severity.WARNING)
    answer = FakeAnswer(range=TimeRange(START, START + SECOND_NS // 2), notes=(note,), complete=False)
    text = rendered("json", answer)
    document = json.loads(text)
    assert list(document) == ["query", "range", "matched", "columns", "rows", "complete", "notes"]
    assert document["query"] == answer.query
    assert document["range"] == {"from": 1544709600, "to": 1544709600.5}
    assert document["matched"] == 1234
    assert document["columns"][:2] == [
        {"name": "interface-id", "kind": "text"},
        {"name": "srcaddr", "kind": "address"},
    ]
    assert [list(row) for row in document["rows"]] == [[column.name for column in COLUMNS]] * 4
    assert document["rows"] == [json.loads(line) for line in rendered("ndjson", answer).splitlines()]
    assert document["complete"] is False
    assert document["notes"] == [
        {
            "code": "mixed-and-or",
            "severity": "warning",
            "message": 'read as (a "b")',
            "count": 1,
            "details": [],
        }
    ]
    assert text == rendered("json", answer)


def test_json_without_rows_range_or_total() -> None:
    answer = FirstRows(FakeAnswer(given=[]), None, with_total=False)
    document = json.loads(rendered("json", answer))
    assert (document["range"], document["matched"], document["rows"]) == (
        {"from": None, "to": None},
        None,
        [],
    )


def test_json_has_no_control_characters_and_no_number_that_is_none() -> None:
    texts = "".join(map(chr, [*range(0x20), 0x22, 0x5C, 0x7F, 0x9B, 0x202E]))
    text = rendered("ndjson", one_column(Kind.TEXT, texts))
    assert text.rstrip("\n").isprintable()
    assert json.loads(text) == {"x": texts}
    assert rendered("ndjson", one_column(Kind.REAL, float("nan"), float("inf"))) == '{"x":null}\n' * 2


def test_json_carries_what_was_counted_of_words_and_of_the_range() -> None:
    word = Diagnostic("word-nowhere", "a and b are each found nowhere", severity=Severity.INFO, count=2)
    several = Diagnostic("word-ways", "2 words", severity=Severity.INFO, details=("x is", "y is"), count=2)
    answer = FakeAnswer(word_notes=(word, several), reaching=3)
    notes = json.loads(rendered("json", answer))["notes"]
    assert [(each["code"], each["count"], each["details"]) for each in notes] == [
        ("word-nowhere", 2, []),
        ("word-ways", 2, ["x is", "y is"]),
        ("reaching", 3, []),
    ]
    assert notes[-1]["message"] == "3 records began before the range and reach into it (match overlap)"
    assert json.loads(rendered("json", FirstRows(answer, None, with_total=False)))["notes"] == []


@pytest.mark.parametrize("format_name", [name for name, each in FORMATS.items() if not each.is_binary])
def test_pieces_change_nothing(format_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = rendered(format_name, FakeAnswer())
    assert rendered(format_name, FakeAnswer(given=[TRICKY.slice(k, 1) for k in range(4)])) == whole
    monkeypatch.setattr(lines.cells_of, "__defaults__", (2,))
    assert rendered(format_name, FakeAnswer()) == whole


@pytest.mark.parametrize("format_name", ["csv", "tsv", "raw", "markdown"])
def test_a_terminal_gets_control_characters_escaped(format_name: str) -> None:
    text = rendered(format_name, FakeAnswer(), Style(escape=True))
    assert "\x1b" not in text
    assert "eni-\\x1b" in text


@pytest.mark.parametrize("format_name", ["table", "ndjson", "raw"])
def test_no_rows_no_text(format_name: str) -> None:
    assert rendered(format_name, FakeAnswer(given=[])) == ""


@pytest.mark.parametrize(
    ("format_name", "header"),
    [
        ("csv", "interface-id,srcaddr,dstport,start,share\n"),
        ("tsv", "interface-id\tsrcaddr\tdstport\tstart\tshare\n"),
        (
            "markdown",
            "| interface-id | srcaddr | dstport | start | share |\n| --- | --- | ---: | --- | ---: |\n",
        ),
    ],
)
def test_without_rows_there_is_a_header(format_name: str, header: str) -> None:
    assert rendered(format_name, FakeAnswer(given=[])) == header


def test_a_narrow_table_says_what_it_leaves_out() -> None:
    batch = TRICKY.take(pa.array([0, 0]))
    assert rendered("table", FakeAnswer(given=[batch]), Style(width=40)) == (
        "srcaddr   dstport  start\n"
        "10.0.0.1       22  2018-12-13T14:00:00Z\n"
        "10.0.0.1       22  2018-12-13T14:00:00Z\n"
        'the same in every row: interface-id eni "a", b ·\n  share 0.5\n'
    )
    assert rendered("table", FakeAnswer(given=[TRICKY.slice(0, 3)]), Style(width=42)) == (
        "srcaddr   dstport  start\n"
        "10.0.0.1       22  2018-12-13T14:00:00Z\n"
        "::1             -  -\n"
        "-             443  2018-12-13T14:00:00.25Z\n"
        "not shown in 42 columns: interface-id,\n"
        "  share\n"
    )


def test_one_row_that_does_not_fit_is_shown_by_lines() -> None:
    answer = FakeAnswer(given=[TRICKY.slice(0, 1)])
    expected = (
        'interface-id  eni "a", b\n'
        "srcaddr       10.0.0.1\n"
        "dstport       22\n"
        "start         2018-12-13T14:00:00Z\n"
        "share         0.5\n"
    )
    assert rendered("table", answer, Style(width=40)) == expected
    assert rendered("table", answer, Style(expanded=True)) == expected


def test_expanded_rows_are_parted_by_blank_lines() -> None:
    assert rendered("table", one_column(Kind.COUNT, 1, 2), Style(expanded=True)) == "x  1\n\nx  2\n"


def test_the_header_is_bold_where_colour_is_welcome() -> None:
    assert rendered("table", one_column(Kind.COUNT, 1), Style(colour=True)) == "\x1b[1mx\x1b[0m\n1\n"


def test_widths_grow_with_later_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowql.render.pieces.PIECE_ROWS_MAX", 1)
    answer = FakeAnswer(
        (Column("x", Kind.TEXT), Column("n", Kind.COUNT)),
        [pa.RecordBatch.from_arrays([pa.array(["a", "long"]), pa.array([1, 2])], names=["x", "n"])],
    )
    assert rendered("table", answer) == "x  n\na  1\nlong  2\n"


def test_every_rows_writer_is_a_format() -> None:
    assert set(ROWS_WRITERS) == set(FORMATS) - {"json", "arrow", "parquet"}
    assert [name for name, each in FORMATS.items() if not each.is_machine] == ["table", "markdown"]
    assert [name for name, each in FORMATS.items() if each.is_binary] == ["arrow", "parquet"]


def test_the_first_rows_know_that_there_are_more() -> None:
    pair = FakeAnswer(given=[TRICKY.slice(0, 2), TRICKY.slice(2, 2)])
    for limit, shown, is_cut in [
        (0, 0, True),
        (1, 1, True),
        (2, 2, True),
        (3, 3, True),
        (4, 4, False),
        (9, 4, False),
    ]:
        first = FirstRows(pair, limit)
        assert sum(batch.num_rows for batch in first.batches()) == shown
        assert first.is_cut is is_cut
    assert rows_to_ask_for(3) == 4
    assert rows_to_ask_for(None) is None


def test_the_summary_says_what_was_shown_and_what_matched() -> None:
    answer = FakeAnswer(query="a\x07b")
    assert summary_lines(answer, 50, is_cut=True, more="--limit N") == [
        "a\\x07b",
        "the first 50 rows (--limit N shows more) · 1,234 records matched · range [beginning, end)",
    ]
    partial = FakeAnswer(matched=1, complete=False)
    assert summary_lines(partial, 0, is_cut=False, more="")[1] == (
        "no rows · 1 record matched · range [beginning, end) · partial: a limit stopped it"
    )
    assert counted(1, "row") == "1 row"


def test_the_range_is_told_in_the_zone_with_what_reaches_into_it() -> None:
    berlin = find_zone("Europe/Berlin")
    assert berlin is not None
    answer = FakeAnswer(zone=berlin, range=TimeRange(START, None), reaching=1)
    told = "range [2018-12-13T15:00:00+01:00, end)"
    assert range_text(answer) == f"{told} · 1 record began before it and reaches into it (match overlap)"
    answer.reaching = 1200
    assert range_text(answer) == f"{told} · 1,200 records began before it and reach into it (match overlap)"
    assert range_text(FirstRows(answer, 1)) == range_text(answer)
    assert range_text(FirstRows(answer, 1, with_total=False)) == told
    answer.overlaps = True
    assert range_text(answer) == f"{told}, match overlap · 1,200 of the records began before it"
    answer.reaching = 0
    assert range_text(answer) == f"{told}, match overlap"


def test_only_people_read_times_in_the_zone() -> None:
    kolkata = find_zone("Asia/Kolkata")
    assert kolkata is not None
    answer = replace(one_column(Kind.TIME, START, None, START + SECOND_NS // 4), zone=kolkata)
    assert rendered("table", answer) == ("x\n2018-12-13T19:30:00+05:30\n-\n2018-12-13T19:30:00.25+05:30\n")
    assert rendered("table", FirstRows(answer, None)) == rendered("table", answer)
    assert rendered("csv", answer) == 'x\n1544709600\n""\n1544709600.25\n'
    assert '"x":1544709600.25' in rendered("json", answer)


def test_durations_have_units_in_tables_and_are_seconds_elsewhere() -> None:
    answer = one_column(Kind.DURATION, 90 * SECOND_NS, None, -SECOND_NS // 2)
    assert rendered("table", answer) == "     x\n 1m30s\n     -\n-500ms\n"
    assert rendered("csv", answer) == 'x\n90\n""\n-0.5\n'
    assert rendered("ndjson", answer) == '{"x":90}\n{"x":null}\n{"x":-0.5}\n'


def test_networks_are_texts_with_their_length() -> None:
    values = (network(IPV4_MAPPED | 0x0A010000, 16), None, network(1 << 127, 1))
    answer = one_column(Kind.NETWORK, *values)
    assert rendered("table", answer) == "x\n10.1.0.0/16\n-\n8000::/1\n"
    assert rendered("csv", answer) == 'x\n10.1.0.0/16\n""\n8000::/1\n'
    assert rendered("ndjson", answer) == '{"x":"10.1.0.0/16"}\n{"x":null}\n{"x":"8000::/1"}\n'


def test_information_is_told_only_to_those_who_want_it() -> None:
    notes = [
        Diagnostic("a", "warned", severity=Severity.WARNING),
        Diagnostic("b", "told", severity=Severity.INFO),
    ]
    assert len(note_texts(notes, "", with_information=True)) == 2
    assert note_texts(notes, "", with_information=False) == ["warning: warned"]


def test_why_a_row_matched_is_read_to_its_end_before_other_columns_are_shown() -> None:
    columns = (Column("start", Kind.TIME), Column("why", Kind.TEXT))
    names = [column.name for column in columns]
    reasons = ["dstport:443 (443); REJECT (action REJECT)", "dstport:443 (443)"]
    batch = pa.RecordBatch.from_arrays([pa.array([START, START + SECOND_NS]), pa.array(reasons)], names=names)
    answer = FakeAnswer(columns=columns, given=[batch])
    assert rendered("table", answer, Style(width=45)) == (
        f"why\n{reasons[0]}\n{reasons[1]}\nnot shown in 45 columns: start\n"
    )
    assert rendered("table", answer, Style(width=80)).splitlines()[1].endswith(f"Z  {reasons[0]}")
    assert max(map(len, rendered("table", answer, Style(width=30)).splitlines()[:3])) == 30
