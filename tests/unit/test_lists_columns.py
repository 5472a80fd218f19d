"""Columns of lists: what a header names them, and which cells stand in them."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowql.lists import ListError, NamedList, named_list, rows
from flowql.lists.column_names import column_names
from flowql.lists.named_list import read_list
from flowql.schema import normalize_name
from flowql.syntax import nodes
from flowql.syntax.parser import parse


def read(content: str | bytes) -> NamedList:
    """The list that a file with this content is."""
    return read_list(Path("written"), content if isinstance(content, bytes) else content.encode())


def _cells(content: str | bytes) -> dict[str, list[str | None]]:
    table = read(content).lookup_table()
    return {name: cells.to_pylist() for name, cells in zip(table.columns, table.cells, strict=True)}


# ---- names


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("ip,Owner,Cost Centre", ("owner", "cost-centre")),
        ("ip, a_b , c.d ,e-f", ("a_b", "c.d", "e-f")),
        ('ip,"Owner, team",Größe (m²)', ("owner-team", "größe-m²")),
        ("ip,a  /  b,a...b,--a--,.a.", ("a-b", "a.b-2", "a", "a-2")),
        ("ip,,x, ,%,y", ("column2", "x", "column4", "column5", "y")),
        ("ip,owner,Owner,owner-2,OWNER", ("owner", "owner-2", "owner-2-2", "owner-3")),
        ("ip,a-b,a_b,a.b", ("a-b", "a_b-2", "a.b-3")),
        ("ip,column3,", ("column3",)),
        ("ip,column3,,x", ("column3", "column3-2", "x")),
        (
            "ip,2nd,10.0.0.1,from,AS,in-house,Match",
            ("_2nd", "_10.0.0.1", "_from", "_as", "in-house", "_match"),
        ),
        ("ip,İ,a\N{COMBINING ACUTE ACCENT}b,_x,__", ("i", "a-b", "_x", "__")),
        ("ip,x,,", ("x",)),
        ("ip,,", ()),
        ("ip", ()),
    ],
)
def test_a_header_names_the_columns_behind_the_first(header: str, names: tuple[str, ...]) -> None:
    found = read(f"{header}\n10.0.0.1\n")
    assert found.columns == names
    assert (found.entry_count, found.bad_line_count, found.unnamed_cell_count) == (1, 0, 0)


def test_every_word_that_the_language_reserves_can_be_a_title() -> None:
    words = "and,or,not,in,by,as,from,last,since,until,between,on,daily,tz,match,explain,stats,where,if"
    _check_that_queries_can_say(column_names(words.split(",")))


@given(
    st.lists(st.text(max_size=8) | st.sampled_from(["owner", "Owner", "o-w", "o.w", "", "x-2"]), max_size=8)
)
def test_whatever_the_titles_are_queries_can_say_the_names(titles: list[str]) -> None:
    names = column_names(titles)
    assert len(names) == len(titles) == len(set(map(normalize_name, names)))
    _check_that_queries_can_say(names)


def _check_that_queries_can_say(names: tuple[str, ...]) -> None:
    for name in names:
        (stage,) = parse(f"* | fields {name}").stages
        assert isinstance(stage, nodes.FieldsStage)
        assert [column.text for column in stage.columns] == [name]
        clause = parse(f"{name}:x").filter
        assert isinstance(clause, nodes.Comparison), clause
        assert clause.field.text == name


def test_a_header_of_too_many_columns_is_refused() -> None:
    header = "ip" + ",x" * rows.LIST_COLUMNS_MAX
    assert len(read(f"{header}\n10.0.0.1\n").columns) == 1_000
    with pytest.raises(ListError, match=r"a list has at most 1,000 columns \(limit: list_columns_max\)"):
        read(f"{header},x\n10.0.0.1\n")


# ---- no columns


@pytest.mark.parametrize(
    ("content", "unnamed_cell_count"),
    [
        ("", 0),
        ("10.0.0.1\n10.0.0.2 # a, b\n", 0),
        ("10.0.0.1,\n10.0.0.2,,\n", 0),
        ("10.0.0.1,web\n10.0.0.2,db,berlin,x\n10.0.0.3\n", 3),
        ("10.0.0.1,web\nbad,db,berlin,x\n", 1),
        ("ip\n10.0.0.1\n", 0),
    ],
)
def test_without_a_header_there_are_no_columns(content: str, unnamed_cell_count: int) -> None:
    found = read(content)
    assert found.columns == ()
    assert found.unnamed_cell_count == unnamed_cell_count
    with pytest.raises(AssertionError, match="the list written has no columns"):
        found.lookup_table()


# ---- cells


def test_cells_are_texts_and_missing_where_they_are_empty() -> None:
    content = 'ip,a,b\n10.0.0.1,x,007\n10.0.0.2,, -\n10.0.0.3,"","  "\n10.0.0.4,"a, ""b""", y # z\n'
    assert _cells(content) == {"a": ["x", None, None, 'a, "b"'], "b": ["007", "-", None, "y # z"]}


def test_a_row_shorter_than_the_header_has_missing_cells() -> None:
    content = "ip,a,b\n10.0.0.1\n10.0.0.2,x\n10.0.0.3 # no cells, here\n10.0.0.4,,y\n443,https\n"
    assert _cells(content) == {"a": [None, "x", None, None, "https"], "b": [None, None, None, "y", None]}


def test_a_row_longer_than_the_header_is_a_bad_line_unless_by_empty_cells() -> None:
    found = read("ip,a\n10.0.0.1,x,y\n10.0.0.2,x,,\n10.0.0.3,a, b\n10.0.0.4,,\n10.0.0.5,,,y\n")
    assert [bad.line for bad in found.bad_lines] == [2, 4, 6]
    assert found.entry_count == 2
    assert found.lookup_table().cells[0].to_pylist() == ["x", None]


def test_bad_lines_comments_and_blank_lines_have_no_cells() -> None:
    assert _cells("# x\n\nip,a\nbad,1\n10.0.0.1,2\n; y\n\n,3\n10.0.0.300,4\n10.0.0.2,5\n") == {
        "a": ["2", "5"]
    }


def test_what_is_not_utf_8_in_a_cell_is_replaced() -> None:
    assert _cells(b"ip,caf\xe9\n10.0.0.1,caf\xe9\n") == {"caf": ["caf\N{REPLACEMENT CHARACTER}"]}


def test_a_bare_carriage_return_is_no_part_of_a_cell() -> None:
    found = read("ip,a,b,c\n10.0.0.1,x\r10.0.0.2,y\n10.0.0.3,z\r\n")
    assert [bad.line for bad in found.bad_lines] == [2]
    assert found.lookup_table().cells[0].to_pylist() == ["z"]


def test_a_header_alone_makes_an_empty_table() -> None:
    assert _cells("ip,a,b\n") == {"a": [], "b": []}


def test_more_cells_than_the_limit_are_not_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read("ip,a,b,c\n" + "10.0.0.1,x\n" * 4)
    monkeypatch.setattr(named_list, "LIST_CELLS_MAX", 12)
    assert len(found.lookup_table().cells[0]) == 4
    monkeypatch.setattr(named_list, "LIST_CELLS_MAX", 11)
    with pytest.raises(ListError) as raised:
        found.lookup_table()
    assert raised.value.message == (
        "the list written is too large to look up: 4 entries with 3 columns are more than 11 cells "
        "(limit: list_cells_max)"
    )


_TEXTS = st.text(st.sampled_from('ab ,"#;é'), max_size=4)


@given(st.lists(st.lists(_TEXTS, max_size=3), max_size=6))
def test_cells_as_the_csv_format_writes_them_come_back(lines: list[list[str]]) -> None:
    quoted = [
        ",".join(["10.0.0.1", *('"' + cell.replace('"', '""') + '"' for cell in line)]) for line in lines
    ]
    found = _cells("\n".join(["ip,a,b,c", *quoted]))
    padded = [[*(cell.strip() or None for cell in line), None, None, None][:3] for line in lines]
    assert [list(row) for row in zip(*found.values(), strict=True)] == padded


def test_cells_of_many_rows_keep_their_order() -> None:
    count = 150_000  # several chunks
    content = "port,n,even\n" + "".join(f"{n % 65_536},{n},{'' if n % 2 else n}\n" for n in range(count))
    found = _cells(content)
    assert all(int(after) - int(before) == 1 for before, after in pairwise(found["n"]))  # type: ignore[arg-type]
    assert found["even"] == [None if n % 2 else str(n) for n in range(count)]
