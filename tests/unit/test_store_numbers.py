"""Number columns: whatever goes in comes out, by slice and by row, and zone maps bound it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowql.store.container import Container, ContainerWriter
from flowql.store.number_column import NumberColumn
from flowql.store.numbers import BLOCK_ROWS, encode_numbers

VALUES = st.one_of(
    st.integers(0, 300),
    st.integers(0, 70_000),
    st.integers(0, (1 << 62) - 1),
    st.sampled_from([0, 1, 253, 254, 255, 256, 65_533, 65_534, 65_535, 65_536, (1 << 32) - 1, 1 << 32]),
)


def stored(folder: Path, *encoded: tuple[str, object]) -> dict[str, NumberColumn]:
    """Columns written to a container and opened again; `encoded` are (name, EncodedNumbers) in order."""
    with (folder / "data").open("wb") as file:
        writer = ContainerWriter(file)
        for name, each in encoded:
            for part, array in each.arrays.items():  # type: ignore[attr-defined]
                writer.add(f"{name}/{part}", array)
        description = writer.describe()
    container = Container(folder / "data", description)
    columns: dict[str, NumberColumn] = {}
    for name, each in encoded:
        meta = each.meta  # type: ignore[attr-defined]
        row_count = (
            len(next(iter(each.arrays.values()))) if not meta["dtype"] else len(each.arrays["offsets"])
        )  # type: ignore[attr-defined]
        columns[name] = NumberColumn(container, name, meta, row_count, columns.get(meta["minus"] or ""))
    return columns


@settings(max_examples=150)
@given(
    st.lists(st.one_of(st.none(), VALUES), min_size=1, max_size=60),
    st.sampled_from([1, 1_000_000, 1_000_000_000]),
    st.data(),
)
def test_numbers_come_back(
    tmp_path_factory: pytest.TempPathFactory, given_values: list[int | None], unit: int, data: st.DataObject
) -> None:
    given_values = [None if value is None else value % ((1 << 62) // unit) for value in given_values]
    present = np.array([value is not None for value in given_values])
    values = np.array([value or 0 for value in given_values], np.int64)
    encoded = encode_numbers(values, None if present.all() else present, unit=unit)
    if not encoded.meta["dtype"]:
        return  # constants are tested below
    column = stored(tmp_path_factory.mktemp("numbers"), ("x", encoded))["x"]
    expected = [None if value is None else value * unit for value in given_values]
    start = data.draw(st.integers(0, len(values)))
    stop = data.draw(st.integers(start, len(values)))
    assert listed(*column.read(start, stop)) == expected[start:stop]
    rows = np.array(data.draw(st.lists(st.integers(0, len(values) - 1), max_size=10)), np.uint32)
    assert listed(*column.at(rows)) == [expected[row] for row in rows.tolist()]
    assert column.missing_rows.tolist() == np.flatnonzero(~present).tolist()
    bounds = st.integers(-5, (1 << 62)) if unit == 1 else st.sampled_from([v for v in expected if v] or [0])
    low, high = sorted((data.draw(bounds), data.draw(bounds)))
    inside = [value is not None and low <= value <= high for value in expected]
    assert column.in_range(0, len(values), low, high).tolist() == inside


def listed(values: np.ndarray, present: np.ndarray | None) -> list[int | None]:
    """Values as Python ints, None where missing."""
    known = np.ones(len(values), bool) if present is None else present
    return [int(value) if there else None for value, there in zip(values, known, strict=True)]


def test_seconds_in_nanoseconds_take_the_room_of_seconds() -> None:
    seconds = np.arange(1_700_000_000, 1_700_000_000 + 60_000, 7, np.int64)
    in_ns = encode_numbers(seconds * 1_000_000_000, None)
    assert in_ns.meta["unit"] % 1_000_000_000 == 0
    assert in_ns.arrays["offsets"].dtype.itemsize == 2


def test_a_few_outliers_do_not_widen_the_column(tmp_path: Path) -> None:
    values = np.arange(10_000, dtype=np.int64) % 200
    values[77] = 1 << 40
    encoded = encode_numbers(values, None)
    assert encoded.arrays["offsets"].dtype == np.uint8
    assert stored(tmp_path, ("x", encoded))["x"].read(70, 80)[0].tolist() == values[70:80].tolist()


def test_an_ascending_column_is_searched_by_value(tmp_path: Path) -> None:
    values = np.sort(np.random.default_rng(3).integers(10**9, 2 * 10**9, 5_000))
    column = stored(tmp_path, ("start", encode_numbers(values, None, unit=1000, exact_only=True)))["start"]
    for wanted in [
        0,
        10**12,
        int(values[0]) * 1000,
        int(values[2500]) * 1000 + 1,
        int(values[-1]) * 1000 + 1,
        1 << 62,
    ]:
        assert column.places(wanted, 0) == np.searchsorted(values * 1000, wanted)


@pytest.mark.parametrize("missing_count", [0, 7, BLOCK_ROWS - 1, BLOCK_ROWS, 2 * BLOCK_ROWS + 7])
@pytest.mark.parametrize("distinct", [3, 1 << 30])
def test_only_the_block_that_a_value_lies_in_is_searched(
    tmp_path: Path, missing_count: int, distinct: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(missing_count)
    row_count = 3 * BLOCK_ROWS + 99
    known = np.sort(random.integers(10**9, 10**9 + distinct, row_count - missing_count))
    values = np.concatenate((np.zeros(missing_count, np.int64), known))
    present = np.arange(row_count) >= missing_count
    encoded = encode_numbers(values, present if missing_count else None, unit=1000, exact_only=True)
    column = stored(tmp_path, ("start", encoded))["start"]
    edges = known[np.arange(0, len(known), BLOCK_ROWS // 2)]
    looked_for = np.unique(np.concatenate((edges, known[-3:], random.choice(known, 20))))
    looked_for = np.concatenate([looked_for * 1000 + apart for apart in (-1, 0, 1)])
    read: list[int] = []
    part = Container.part

    def noted(container: Container, name: str, start: int, stop: int) -> np.ndarray:
        read.append(stop - start)
        return part(container, name, start, stop)

    monkeypatch.setattr(Container, "part", noted)
    for wanted in looked_for.tolist():
        expected = missing_count + np.searchsorted(known * 1000, wanted)
        assert column.places(wanted, missing_count) == expected
        assert column.all_places(np.array([wanted]), missing_count).tolist() == [expected]
    assert max(read) <= BLOCK_ROWS


def test_a_column_near_another_stores_the_distance(tmp_path: Path) -> None:
    starts = np.sort(np.random.default_rng(4).integers(0, 10**9, 3_000))
    ends = starts + np.arange(3_000) % 60
    encoded = encode_numbers(ends, None, ("start", starts))
    assert encoded.arrays["offsets"].dtype == np.uint8
    columns = stored(tmp_path, ("start", encode_numbers(starts, None)), ("end", encoded))
    assert columns["end"].read(5, 900)[0].tolist() == ends[5:900].tolist()
    assert columns["end"].in_range(0, 3_000, int(ends[10]), int(ends[20])).sum() == np.count_nonzero(
        (ends >= ends[10]) & (ends <= ends[20])
    )


def test_zone_maps_bound_each_block() -> None:
    values = np.arange(BLOCK_ROWS * 2 + 5, dtype=np.int64)
    present = np.ones(len(values), bool)
    present[BLOCK_ROWS : 2 * BLOCK_ROWS] = False
    arrays = encode_numbers(np.where(present, values, 0), present).arrays
    assert arrays["zone_present"].tolist() == [BLOCK_ROWS, 0, 5]
    assert arrays["zone_min"][[0, 2]].tolist() == [0, 2 * BLOCK_ROWS]
    assert arrays["zone_max"][[0, 2]].tolist() == [BLOCK_ROWS - 1, 2 * BLOCK_ROWS + 4]
    assert arrays["zone_min"][1] > arrays["zone_max"][1]


def test_constants_and_nothing_store_no_offsets() -> None:
    assert "offsets" not in encode_numbers(np.full(9, 7, np.int64), None).arrays
    assert encode_numbers(np.zeros(9, np.int64), np.zeros(9, bool)).meta["present"] == 0


@settings(max_examples=150)
@given(
    st.lists(st.one_of(st.none(), VALUES), min_size=1, max_size=60),
    st.lists(st.integers(0, 90), min_size=60, max_size=60),
    st.sampled_from([1, 1_000, 1_000_000_000]),
    st.data(),
)
def test_some_rows_and_scaled_values_are_those_of_all(
    tmp_path_factory: pytest.TempPathFactory,
    starts: list[int | None],
    lengths: list[int],
    unit: int,
    data: st.DataObject,
) -> None:
    starts = [None if value is None else value % ((1 << 61) // unit) for value in starts]
    is_whole = None not in starts
    first = np.array([value or 0 for value in starts], np.int64)
    present = None if is_whole else np.array([value is not None for value in starts])
    encoded = [("x", encode_numbers(first, present, unit=unit))]
    if is_whole:
        last = first + np.array(lengths[: len(starts)])
        encoded.append(("y", encode_numbers(last, None, ("x", first), unit=unit)))
    if not encoded[0][1].meta["dtype"]:
        return  # constants are tested elsewhere
    columns = stored(tmp_path_factory.mktemp("numbers"), *encoded)
    for column in columns.values():
        values, known = column.read(0, len(starts))
        places = np.array(sorted(data.draw(st.sets(st.integers(0, len(starts) - 1)))), np.intp)
        some, some_known = column.read_some(0, len(starts), places)
        assert some.tolist() == values[places].tolist()
        if known is not None:
            assert (np.ones(len(some), bool) if some_known is None else some_known).tolist() == known[
                places
            ].tolist()
        held = values if known is None else values[known]
        if not len(held):
            continue
        low = int(held.min())
        scaled, scaled_known = column.scaled(low, unit).read(0, len(starts))
        assert (scaled if scaled_known is None else scaled[scaled_known]).tolist() == [
            (value - low) // unit for value in held.tolist()
        ]


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_columns_of_many_blocks_come_back(tmp_path: Path, dtype: type[np.signedinteger]) -> None:
    random = np.random.default_rng(5)
    row_count = 2 * BLOCK_ROWS + 100
    starts = np.sort(random.integers(1_700_000_000, 1_700_003_600, row_count)).astype(dtype)
    ends = starts + random.integers(0, 200, row_count).astype(dtype)
    ends[BLOCK_ROWS + 7] += 100_000
    present = random.random(row_count) > 0.01
    present[:BLOCK_ROWS] = False  # a first block without any value
    sizes = random.integers(0, 1 << 31, row_count).astype(dtype)
    sizes[random.random(row_count) > 0.01] %= dtype(60_000)
    in_s = 1_000_000_000
    columns = stored(
        tmp_path,
        ("start", encode_numbers(starts, None, unit=in_s, exact_only=True)),
        ("end", encode_numbers(ends, None, ("start", starts), unit=in_s)),
        ("bytes", encode_numbers(sizes, present)),
    )
    assert columns["start"].read(0, row_count)[0].tolist() == (starts.astype(np.int64) * in_s).tolist()
    assert columns["end"].read(0, row_count)[0].tolist() == (ends.astype(np.int64) * in_s).tolist()
    expected = [int(size) if there else None for size, there in zip(sizes, present, strict=True)]
    assert listed(*columns["bytes"].read(0, row_count)) == expected
    assert [f for f in ("end", "bytes") if f"{f}/exception_rows" in columns[f]._container] == ["end", "bytes"]


def test_differences_beyond_64_bits_have_the_unit_one(tmp_path: Path) -> None:
    greatest = (1 << 63) - 1
    starts, ends = np.array([0, greatest, 5], np.int64), np.array([greatest - 7, 0, 5], np.int64)
    encoded = encode_numbers(ends, None, ("start", starts))
    columns = stored(tmp_path, ("start", encode_numbers(starts, None)), ("end", encoded))
    assert encoded.meta["unit"] == 1
    assert columns["end"].read(0, 3)[0].tolist() == ends.tolist()
