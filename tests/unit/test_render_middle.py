"""Long tables cut in the middle: which rows are kept, and that few are."""

import weakref
from collections.abc import Iterator

import pyarrow as pa
import pytest
from given_answers import FakeAnswer, rendered
from hypothesis import given
from hypothesis import strategies as st

from flowql.plan.logical import Column
from flowql.render.answer import Style
from flowql.render.middle import cut_in_middle
from flowql.schema import Kind


def numbers(first: int, count: int) -> pa.RecordBatch:
    """Rows that are numbered."""
    return pa.RecordBatch.from_arrays([pa.array(range(first, first + count), pa.int64())], names=["n"])


def batches_of(sizes: list[int]) -> list[pa.RecordBatch]:
    """Batches of these sizes, numbered through."""
    return [numbers(sum(sizes[:k]), size) for k, size in enumerate(sizes)]


def values(batches: tuple[pa.RecordBatch, ...]) -> list[int]:
    """All numbers."""
    return [value for batch in batches for value in batch.column(0).to_pylist()]


@given(st.lists(st.integers(0, 30), max_size=12), st.integers(0, 40))
def test_the_ends_are_the_first_and_the_last_rows(sizes: list[int], line_count_max: int) -> None:
    ends = cut_in_middle(batches_of(sizes), line_count_max)
    lines = max(line_count_max, 3)
    count = sum(sizes)
    first, last = values(ends.first), values(ends.last)
    assert ends.row_count == count
    assert first == list(range(len(first)))
    assert last == list(range(count - len(last), count))
    assert len(first) + len(last) == (count if count <= lines else lines - 1)
    assert ends.hidden_count == count - len(first) - len(last) != 1
    assert count <= lines or 0 <= len(first) - len(last) <= 1


def test_what_is_between_the_ends_is_let_go() -> None:
    alive: list[weakref.ref[pa.RecordBatch]] = []
    most = 0

    def made() -> Iterator[pa.RecordBatch]:
        nonlocal most
        for k in range(200):
            batch = numbers(k * 10, 10)
            alive.append(weakref.ref(batch))
            yield batch
            del batch
            most = max(most, pa.total_allocated_bytes())

    before = pa.total_allocated_bytes()
    ends = cut_in_middle(made(), 20)
    assert ends.hidden_count == 2000 - 19
    assert most - before < 20 * 10 * 64  # a batch has ten rows of 8 bytes
    assert sum(ref() is not None for ref in alive) <= 3


def cut(count: int, style: Style) -> str:
    """A table of so many rows."""
    answer = FakeAnswer((Column("n", Kind.COUNT),), batches_of([count]))
    return rendered("table", answer, style)


def test_a_line_says_what_is_not_shown() -> None:
    assert cut(1000, Style(rows_max=5)) == "  n\n  0\n  1\n… 996 of 1,000 rows not shown …\n998\n999\n"
    assert cut(6, Style(rows_max=5, unicode=False)) == "n\n0\n1\n... 2 of 6 rows not shown ...\n4\n5\n"
    assert cut(5, Style(rows_max=5)) == "n\n0\n1\n2\n3\n4\n"
    assert cut(9, Style(rows_max=5, colour=True)).splitlines()[3] == "\x1b[2m… 5 of 9 rows not shown …\x1b[0m"


def test_an_expanded_table_is_cut_too() -> None:
    told = "… 8 of 10 rows not shown …"
    assert cut(10, Style(rows_max=3, expanded=True)) == f"n  0\n\n{told}\n\nn  9\n"


@pytest.mark.parametrize("rows_max", [None, 20])
def test_no_rows_no_table(rows_max: int | None) -> None:
    assert cut(0, Style(rows_max=rows_max)) == ""


def test_what_is_the_same_in_the_rows_shown_is_not_said_of_all() -> None:
    columns = (Column("x", Kind.TEXT), Column("n", Kind.COUNT))
    texts = ["same"] * 4 + ["other"] + ["same"] * 4
    batch = pa.RecordBatch.from_arrays([pa.array(texts), pa.array(range(9))], names=["x", "n"])
    lines = rendered("table", FakeAnswer(columns, [batch]), Style(width=5, rows_max=4)).splitlines()
    assert lines[-1] == "the same in every row shown: x same"
