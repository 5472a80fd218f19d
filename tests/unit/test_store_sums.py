"""Sums by code: exact, whatever the numbers, or refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowql.execution.kernels.partial import SumsMaker
from flowql.store.sums import SUM_MAX, PackedSums, Sums, sums_by_code

NUMBERS = st.one_of(st.integers(-20, 20), st.integers(0, 1 << 42), st.integers(-(1 << 63), (1 << 63) - 1))
ROWS = st.lists(st.tuples(st.integers(0, 5), NUMBERS), max_size=20)
PARTS = st.lists(ROWS, max_size=5)
CODE_COUNT = 6


def arrays(rows: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Codes and values as kernels have them."""
    return np.array([code for code, _ in rows], np.intp), np.array([number for _, number in rows], np.int64)


def expected(rows: list[tuple[int, int]]) -> list[int]:
    """The sums, by Python's integers."""
    sums = [0] * CODE_COUNT
    for code, number in rows:
        sums[code] += number
    return sums


@given(PARTS)
def test_sums_are_exact_or_refused(parts: list[list[tuple[int, int]]]) -> None:
    sums = Sums(CODE_COUNT)
    added: list[tuple[int, int]] = []
    for rows in parts:
        reach = sum(abs(number) for _, number in added + rows)
        is_added = sums.add(*arrays(rows))
        if is_added:
            added += rows
            assert reach < SUM_MAX
        else:
            assert reach * (1 + 2**-19) + len(parts) >= SUM_MAX, "refused without need"
    assert sums.by_code.tolist() == expected(added)


@given(PARTS)
def test_packed_sums_are_exact_and_counted_or_refused(parts: list[list[tuple[int, int]]]) -> None:
    sums = PackedSums(CODE_COUNT)
    added: list[tuple[int, int]] = []
    for rows in parts:
        if sums.add(*arrays(rows)):
            added += rows
        else:
            is_negative = any(number < 0 for _, number in rows)
            assert is_negative or sum(number for _, number in added + rows) >= 1 << 39
    assert sums.by_code.tolist() == expected(added)
    assert sums.counts.tolist() == [sum(code == each for each, _ in added) for code in range(CODE_COUNT)]


@given(PARTS)
def test_groups_have_exact_sums_however_great(parts: list[list[tuple[int, int]]]) -> None:
    maker = SumsMaker(CODE_COUNT)
    counted = []
    for place, rows in enumerate(parts):
        if place % 2 and maker.add_counting(*arrays(rows)):
            counted += rows
        else:
            maker.add(*arrays(rows))
    assert list(map(int, maker.sums())) == expected([row for rows in parts for row in rows])
    assert maker.counts().tolist() == [sum(code == each for each, _ in counted) for code in range(CODE_COUNT)]


@pytest.mark.parametrize("row_count", [1, 1000])
def test_a_sum_that_might_not_fit_is_refused(row_count: int) -> None:
    codes = np.zeros(row_count, np.intp)
    values = np.full(row_count, SUM_MAX // row_count + 1)
    assert sums_by_code(codes, values, 1) is None
    assert sums_by_code(codes, values - 2 - SUM_MAX // 1000, 1) is not None
    assert sums_by_code(codes, values.astype(np.int64) * -1, 1) is None


def test_sums_of_a_narrow_column_are_not_narrow() -> None:
    sums = sums_by_code(np.zeros(3, np.intp), np.full(3, 2**31 - 1, np.int32), 2)
    assert sums is not None
    assert sums.tolist() == [3 * (2**31 - 1), 0]
