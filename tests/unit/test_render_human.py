"""Large numbers for people: rounded with a unit, and marked where they are."""

from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowql.render.human import count_text, human_texts, is_size, size_text

UNITS = {
    size_text: {" B": 1} | {f" {unit}iB": 1024**k for k, unit in enumerate("KMGTPE", 1)},
    count_text: {"": 1} | {f" {unit}": 1000**k for k, unit in enumerate("kMGTPE", 1)},
}


@pytest.mark.parametrize(
    ("number", "size", "count"),
    [
        (0, "0 B", "0"),
        (999, "999 B", "999"),
        (1000, "1000 B", "1.0 k"),
        (1024, "1.0 KiB", "1.0 k~"),
        (1536, "1.5 KiB", "1.5 k~"),
        (1_048_575, "1.0 MiB~", "1.0 M~"),
        (999_950, "976.5 KiB~", "1.0 M~"),
        (3_400_000, "3.2 MiB~", "3.4 M"),
        (-5_000, "-4.9 KiB~", "-5.0 k"),
        ((1 << 63) - 1, "8.0 EiB~", "9.2 E~"),
        (0.25, "0.25 B", "0.25"),
        (1500.0, "1.5 KiB~", "1.5 k"),
        (1e300, "1e+300", "1e+300"),
    ],
)
def test_units(number: float, size: str, count: str) -> None:
    assert (size_text(number), count_text(number)) == (size, count)


@given(st.integers(-(1 << 63), (1 << 63) - 1))
def test_a_number_is_near_its_text_and_equal_where_no_mark_says_otherwise(number: int) -> None:
    for write, units in UNITS.items():
        text = write(number)
        digits = text.rstrip("~").partition(" ")[0]
        unit = units[text.rstrip("~")[len(digits) :]]
        shown = Fraction(digits) * unit
        assert abs(shown - number) * 20 <= unit
        assert (shown == number) is not text.endswith("~")


@pytest.mark.parametrize(
    ("name", "is_bytes"),
    [("bytes", True), ("sum_bytes", True), ("p95_bytes", True), ("packets", False), ("bytes_in", False)],
)
def test_sizes_are_told_by_their_names(name: str, is_bytes: bool) -> None:  # noqa: FBT001 - a table
    assert is_size(name) is is_bytes
    assert human_texts(name)(pa.array([2048, None])).to_pylist() == [
        "2.0 KiB" if is_bytes else "2.0 k~",
        None,
    ]


def test_what_is_no_number_is_missing() -> None:
    reals = pa.array([float("nan"), float("inf"), 2e6])
    assert human_texts("x")(reals).to_pylist() == [None, None, "2.0 M"]
