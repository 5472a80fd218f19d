"""Docsets against Python sets: every form meets every form."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowql.store import docset as ds

ROW_COUNT = 200_000


def _forms(rows: list[int]) -> list[ds.Docset]:
    listed = np.array(sorted(rows), np.uint32)
    mask = np.zeros(ROW_COUNT, bool)
    mask[listed] = True
    forms: list[ds.Docset] = [
        ds.RowList(listed),
        ds.scanned(lambda first, after: mask[first:after], 0, ROW_COUNT, ROW_COUNT),
        ds.from_portable(ds.to_portable(listed)),
    ]
    if rows and max(rows) - min(rows) + 1 == len(rows):
        forms.append(ds.RowRange(min(rows), max(rows) + 1))
    return forms if rows else [*forms, ds.EMPTY]


def _spread(seed: int, kind: str) -> set[int]:
    random = np.random.default_rng(seed)
    match kind:
        case "none":
            return set()
        case "few":
            return set(random.integers(0, ROW_COUNT, 50).tolist())
        case "run":
            start = int(random.integers(0, ROW_COUNT - 1))
            return set(range(start, min(ROW_COUNT, start + int(random.integers(1, 150_000)))))
        case "dense":
            return set(np.flatnonzero(random.random(ROW_COUNT) < 0.4).tolist())
        case "even":
            return set(range(0, ROW_COUNT, 2)) - set(random.integers(0, ROW_COUNT, 9).tolist())
        case "some":
            return set(random.integers(0, ROW_COUNT, ROW_COUNT // 20).tolist())
        case _:
            return set(range(ROW_COUNT))


def listed_parts(form: ds.Docset) -> list[int]:
    """The rows of all parts of a docset, each part checked to lie in its bounds."""
    rows: list[int] = []
    for part in ds.parts_of(form, 1 << 16, ROW_COUNT):
        match part:
            case ds.RowRange(start, stop):
                assert start // (1 << 16) == (stop - 1) // (1 << 16)
                rows += range(start, stop)
            case ds.RowBlock(start, stop, places):
                assert start % (1 << 16) == 0
                assert stop == start + places[-1] + 1 <= start + (1 << 16)
                rows += (places + start).tolist()
            case _:
                assert len(part) <= 1 << 16
                rows += part.tolist()
    return rows


KINDS = ["none", "few", "some", "run", "dense", "even", "all"]


@pytest.mark.parametrize("kind_a", KINDS)
@pytest.mark.parametrize("kind_b", KINDS)
def test_algebra_is_that_of_sets(kind_a: str, kind_b: str) -> None:
    a, b = _spread(1, kind_a), _spread(2, kind_b)
    for form_a in _forms(list(a)):
        for form_b in _forms(list(b)):
            assert set(ds.to_rows(ds.intersect(form_a, form_b)).tolist()) == a & b
            assert set(ds.to_rows(ds.unite([form_a, form_b], ROW_COUNT)).tolist()) == a | b
            assert set(ds.to_rows(ds.subtract(form_a, form_b, ROW_COUNT)).tolist()) == a - b


@pytest.mark.parametrize("kind", KINDS)
def test_single_operations(kind: str) -> None:
    rows = _spread(3, kind)
    ascending = sorted(rows)
    for form in _forms(list(rows)):
        assert ds.count_rows(form) == len(rows)
        assert ds.to_rows(form).tolist() == ascending
        assert ds.count_rows(ds.complement(form, ROW_COUNT)) == ROW_COUNT - len(rows)
        assert not set(ds.to_rows(ds.complement(form, ROW_COUNT)).tolist()) & rows
        assert ds.newest_rows(form, 7).tolist() == ascending[-7:]
        assert ds.newest_rows(form, 0).tolist() == []
        bits = ds.to_bits(form, ROW_COUNT)
        assert ds.held_between(bits, 0, ROW_COUNT).nonzero()[0].tolist() == ascending
        assert listed_parts(form) == ascending
        probe = np.arange(0, ROW_COUNT, 97, dtype=np.uint32)
        assert ds.contains(form, probe).tolist() == [row in rows for row in probe.tolist()]


@settings(max_examples=50)
@given(st.integers(0, ROW_COUNT), st.integers(0, ROW_COUNT), st.sampled_from(KINDS))
def test_clip_keeps_what_lies_inside(start: int, stop: int, kind: str) -> None:
    start, stop = min(start, stop), max(start, stop)
    rows = _spread(4, kind)
    expected = sorted(row for row in rows if start <= row < stop)
    for form in _forms(list(rows)):
        assert ds.to_rows(ds.clip(form, start, stop)).tolist() == expected


@pytest.mark.parametrize(
    ("start", "stop"), [(0, ROW_COUNT), (1, 2), (65_530, 65_540), (63, 131_073), (70_000, 70_000)]
)
def test_a_scan_asks_block_by_block_and_holds_nothing_outside(start: int, stop: int) -> None:
    asked = []

    def holds(first: int, after: int) -> np.ndarray | None:
        asked.append((first, after))
        return None if first >= 131_072 else np.arange(first, after) % 3 == 0

    found = ds.to_rows(ds.scanned(holds, start, stop, ROW_COUNT)).tolist()
    assert found == [row for row in range(start, min(stop, 131_072)) if row % 3 == 0]
    assert [row for first, after in asked for row in range(first, after)] == list(range(start, stop))
    assert all(first // 65_536 == (after - 1) // 65_536 for first, after in asked)
