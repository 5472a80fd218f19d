"""Groups that are left out before merging: never one that is among the first, and ties stay whole."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowql.execution.kernels import leading as leading_module
from flowql.execution.kernels.leading import Leaders, leading, total_of
from flowql.execution.kernels.partial import Of, Partial, merge
from flowql.plan.logical import Column, Measure
from flowql.schema import Kind

BYTES = Column("bytes", Kind.COUNT)
COUNT = Measure("count", None, Column("count", Kind.COUNT))
SUM = Measure("sum", BYTES, Column("sum_bytes", Kind.COUNT))
WEIGHTS = st.one_of(st.integers(0, 3), st.integers(0, 1000), st.sampled_from([0, 1 << 40, 1 << 61]))
SEGMENT = st.dictionaries(st.integers(0, 30), st.tuples(st.integers(1, 9), WEIGHTS), max_size=25)


def partial_of(groups: dict[int, tuple[int, int]]) -> Partial:
    """Groups of one segment: rows and sum by code."""
    codes = np.array(sorted(groups), np.int64)
    rows = np.array([groups[code][0] for code in sorted(groups)], np.int64)
    sums = np.array([groups[code][1] for code in sorted(groups)], np.int64)
    return Partial(codes, rows, {("sum", Of("bytes")): sums, ("present", Of("bytes")): rows})


@given(
    st.lists(SEGMENT, max_size=6), st.sampled_from([COUNT, SUM]), st.integers(0, 8), st.sampled_from([1, 16])
)
def test_the_first_groups_and_their_ties_are_left_whole(
    segments: list[dict[int, tuple[int, int]]], measure: Measure, row_count: int, worth: int
) -> None:
    partials = [partial_of(groups) for groups in segments]
    totals: dict[int, list[int]] = {}
    for groups in segments:
        for code, each in groups.items():
            known = totals.setdefault(code, [0, 0])
            totals[code] = [known[0] + each[0], known[1] + each[1]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leading_module, "_WORTH", worth)
        merged = merge(leading(partials, Leaders(measure, row_count)))
    sums = merged.parts.get(("sum", Of("bytes")), np.zeros(0, np.int64))
    found = {
        code: [rows, total]
        for code, rows, total in zip(merged.codes.tolist(), merged.rows.tolist(), map(int, sums), strict=True)
    }
    assert found.items() <= totals.items(), "whole groups"
    place = 0 if measure is COUNT else 1
    ordered = sorted((each[place] for each in totals.values()), reverse=True)
    last = ordered[min(row_count, len(ordered)) - 1] if row_count and ordered else None
    if last is not None:
        assert {code for code, each in totals.items() if each[place] >= last} <= found.keys()
    assert total_of(partials, measure) == sum(each[place] for each in totals.values())


def test_of_many_groups_few_are_left() -> None:
    random = np.random.default_rng(5)
    partials = []
    for _ in range(20):
        codes = np.sort(random.choice(100_000, 50_000, replace=False))
        weights = (1e9 / (codes + 1)).astype(np.int64)
        partials.append(Partial(codes, np.ones(len(codes), np.int64), {("sum", Of("bytes")): weights}))
    left = leading(partials, Leaders(SUM, 10))
    assert max(len(partial.codes) for partial in left) < 500
    first = merge(left).codes[:10].tolist()
    assert first == list(range(10))


def test_what_does_not_add_up_is_left_alone() -> None:
    partials = [partial_of({1: (1, 5), 2: (1, 7)}), partial_of({1: (1, -5)})]
    assert leading(partials, Leaders(SUM, 1)) == partials
    assert total_of(partials, SUM) is None
    average = Measure("avg", BYTES, Column("avg_bytes", Kind.REAL))
    assert total_of(partials[:1], average) is None
    assert leading(partials[:1] * 2, Leaders(average, 1)) == partials[:1] * 2
