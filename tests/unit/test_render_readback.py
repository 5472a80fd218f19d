"""Every format gives back what was written, read by somebody else's reader: values that are hard to write."""

import csv
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pytest
from given_answers import FakeAnswer, rendered, rendered_bytes
from hypothesis import given
from hypothesis import strategies as st

from flowql.plan.logical import Column
from flowql.schema import Kind
from flowql.values import INT64_MAX

TEXTS = [
    *(
        "plain",
        "",
        None,
        'say "hi", twice',
        "a,b;c\td",
        "line\nline\r\nline\r",
        "back\\slash\\n",
        "-",
        "null",
    ),
    *(
        "'single'",
        " blanks ",
        "網絡 é 🚀",
        "\x1b[31mred\x07",
        "\u202ebidi\u2066",
        "1,000",
        "NaN",
        "|*_`~<b>&amp;",
    ),
    *("\ufeffmark", "\u2028\x85", '"', '""', "=1+1", "{}", "x" * 5_000),
]
COUNTS = [0, 1, INT64_MAX, -INT64_MAX - 1, None, (1 << 53) + 1]
COLUMNS = (Column("text", Kind.TEXT), Column("count", Kind.COUNT), Column("other", Kind.TEXT))


@dataclass(frozen=True, slots=True)
class Row:
    """What is written."""

    text: str | None
    count: int | None


ROWS = [Row(text, COUNTS[k % len(COUNTS)]) for k, text in enumerate(TEXTS)]
TYPES = "{'text': 'VARCHAR', 'count': 'BIGINT', 'other': 'VARCHAR'}"
ANY_TEXT = st.text(st.characters(codec="utf-8"))
ANY_ROWS = st.lists(
    st.builds(
        Row,
        st.none() | ANY_TEXT | st.text('"\\,\t\r\n| '),
        st.none() | st.integers(-INT64_MAX - 1, INT64_MAX),
    ),
    min_size=1,
)


def answer(rows: list[Row]) -> FakeAnswer:
    """The rows as an answer; the last column is never missing."""
    arrays = [
        pa.array([row.text for row in rows], pa.string()),
        pa.array([row.count for row in rows], pa.int64()),
        pa.array(["end"] * len(rows), pa.string()),
    ]
    names = [column.name for column in COLUMNS]
    return FakeAnswer(COLUMNS, [pa.RecordBatch.from_arrays(arrays, names=names)])


def without_missing(rows: list[Row]) -> list[list[str]]:
    """The rows as formats have them that know texts only."""
    return [[row.text or "", "" if row.count is None else str(row.count), "end"] for row in rows]


def tuples(rows: list[Row]) -> list[tuple[str | None, int | None, str]]:
    """The rows as formats have them that know types."""
    return [(row.text, row.count, "end") for row in rows]


@given(ANY_ROWS)
def test_csv_by_the_standard_library(rows: list[Row]) -> None:
    written = rendered("csv", answer(rows))
    assert list(csv.reader(io.StringIO(written, newline="")))[1:] == without_missing(rows)


@given(ANY_ROWS)
def test_tsv_by_its_own_rules(rows: list[Row]) -> None:
    lines = rendered("tsv", answer(rows)).removesuffix("\n").split("\n")
    escapes = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}
    read = [
        [re.sub(r"\\(.)", lambda found: escapes[found[1]], cell) for cell in line.split("\t")]
        for line in lines[1:]
    ]
    assert read == without_missing(rows)


@given(ANY_ROWS)
def test_json_and_ndjson_by_the_standard_library(rows: list[Row]) -> None:
    objects = [{"text": text, "count": count, "other": end} for text, count, end in tuples(rows)]
    lines = rendered("ndjson", answer(rows)).removesuffix("\n").split("\n")
    assert [json.loads(line) for line in lines] == objects
    document = rendered("json", answer(rows))
    assert json.loads(document)["rows"] == objects
    assert all(line.isprintable() for line in document.splitlines())


def test_csv_by_arrow() -> None:
    read = pyarrow.csv.read_csv(
        io.BytesIO(rendered_bytes("csv", answer(ROWS))),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            column_types={"text": pa.string(), "count": pa.int64()},
        ),
    )
    assert [tuple(row.values()) for row in read.to_pylist()] == tuples(ROWS)


def test_ndjson_by_arrow() -> None:
    read = pyarrow.json.read_json(io.BytesIO(rendered_bytes("ndjson", answer(ROWS))))
    assert read.schema.field("count").type == pa.int64()
    assert [tuple(row.values()) for row in read.to_pylist()] == tuples(ROWS)


@pytest.mark.parametrize(
    ("format_name", "reader"),
    [
        (
            "csv",
            f"read_csv($path, header=true, allow_quoted_nulls=false, auto_detect=false, columns={TYPES})",
        ),
        ("ndjson", f"read_json($path, format='newline_delimited', columns={TYPES})"),
        ("parquet", "read_parquet($path)"),
    ],
)
def test_files_by_duckdb(tmp_path: Path, format_name: str, reader: str) -> None:
    path = tmp_path / f"answer.{format_name}"
    path.write_bytes(rendered_bytes(format_name, answer(ROWS)))
    with duckdb.connect() as connection:
        read = connection.execute(f"from {reader}", {"path": str(path)}).fetchall()
    assert read == tuples(ROWS)


def test_a_json_document_by_duckdb(tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    path.write_bytes(rendered_bytes("json", answer(ROWS)))
    asked = "select len(rows), matched, complete from read_json($path)"
    with duckdb.connect() as connection:
        assert connection.execute(asked, {"path": str(path)}).fetchall() == [(len(ROWS), 1234, True)]


def markdown_cells(line: str) -> list[str]:
    """The cells of a line of a table as GitHub shows them (GFM 4.10, 2.4)."""
    cells, cell = [], ""
    characters = iter(line)
    for character in characters:
        if character == "\\":
            escaped = next(characters)
            cell += escaped if not escaped.isalnum() else f"\\{escaped}"
        elif character == "|":
            cells.append(cell.strip(" "))
            cell = ""
        else:
            cell += character
    assert cell == "", "a line ends with a bar"
    return cells[1:]


@given(ANY_ROWS)
def test_markdown_has_the_cells_that_were_written(rows: list[Row]) -> None:
    header, rule, *lines = rendered("markdown", answer(rows)).removesuffix("\n").split("\n")
    assert markdown_cells(header) == ["text", "count", "other"]
    assert markdown_cells(rule) == ["---", "---:", "---"]
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        assert line.replace("\t", "").isprintable()
        text, count, end = markdown_cells(line)
        assert (count, end) == ("-" if row.count is None else str(row.count), "end")
        if row.text is None:
            assert text == "-"
        elif row.text.isprintable() and "\\" not in row.text:
            assert text == row.text.strip(" ")


@pytest.mark.parametrize("format_name", ["csv", "tsv", "ndjson"])
@pytest.mark.parametrize("text", [None, "", "x"])
def test_a_row_of_one_cell_is_a_line_whatever_is_in_it(format_name: str, text: str | None) -> None:
    rows = FakeAnswer(
        COLUMNS[:1], [pa.RecordBatch.from_arrays([pa.array([text, "end"], pa.string())], names=["text"])]
    )
    lines = rendered(format_name, rows).removesuffix("\n").split("\n")
    assert len(lines) == (2 if format_name == "ndjson" else 3)
    if format_name != "tsv":  # whose reader knows no comment and skips no line
        assert all(lines)
