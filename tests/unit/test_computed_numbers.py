"""Quotients are compared exactly, whatever the size of their parts."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowql.execution.computed_numbers import Quotients
from flowql.plan.predicates import InIntervals, Interval
from flowql.schema import Field, Kind

GREATEST = (1 << 63) - 1
BPS = Field("bps", Kind.REAL, is_virtual=True)
DIVIDENDS = st.one_of(st.integers(0, 100), st.integers(0, GREATEST))
DIVISORS = st.one_of(st.integers(-100, 100), st.integers(-GREATEST, GREATEST)).filter(bool)


def quotients(pairs: list[tuple[int, int]], scale: int, unit: int) -> Quotients:
    """All present."""
    dividends, divisors = (np.array([pair[i] for pair in pairs], np.int64) for i in (0, 1))
    return Quotients(dividends, divisors, np.ones(len(pairs), bool), scale, unit)


def held(value: Quotients, interval: Interval) -> list[bool]:
    """Where the quotient lies in the interval."""
    return value.hold(InIntervals(BPS, (interval,))).tolist()


@given(
    pairs=st.lists(st.tuples(DIVIDENDS, DIVISORS), min_size=1, max_size=8),
    place=st.integers(0, 7),
    off=st.sampled_from((Fraction(0), Fraction(1, 10**18), Fraction(-1, 10**40), Fraction(1, 3))),
    scales=st.sampled_from(((8, 10**9), (1, 10**9), (1, 1))),
)
def test_comparing_with_a_fraction_is_exact(
    pairs: list[tuple[int, int]], place: int, off: Fraction, scales: tuple[int, int]
) -> None:
    """The end is one of the quotients, or next to it."""
    scale, unit = scales
    exact = [Fraction(scale * unit * dividend, divisor) for dividend, divisor in pairs]
    end = exact[place % len(exact)] + off
    value = quotients(pairs, scale, unit)
    assert held(value, Interval(end, None)) == [each >= end for each in exact]
    assert held(value, Interval(end, None, low_excluded=True)) == [each > end for each in exact]
    assert held(value, Interval(None, end)) == [each <= end for each in exact]
    assert held(value, Interval(None, end, high_excluded=True)) == [each < end for each in exact]
    assert held(value, Interval(end, end)) == [each == end for each in exact]


@given(pairs=st.lists(st.tuples(DIVIDENDS, DIVISORS, DIVIDENDS, DIVISORS), min_size=1, max_size=8))
def test_comparing_two_quotients_is_exact(pairs: list[tuple[int, int, int, int]]) -> None:
    a = quotients([(each[0], each[1]) for each in pairs], 8, 10**9)
    b = quotients([(each[2], each[3]) for each in pairs], 1, 1)
    exact = [(Fraction(8 * 10**9 * n, d), Fraction(m, e)) for n, d, m, e in pairs]
    assert a.signs(b).tolist() == [(x > y) - (x < y) for x, y in exact]


@pytest.mark.parametrize(
    ("pair", "real"),
    [((1500, 3 * 10**9), 4000.0), ((1, 3), 8e9 / 3), ((0, -5), 0.0), ((5, -2 * 10**9), -20.0)],
)
def test_as_a_real(pair: tuple[int, int], real: float) -> None:
    found = quotients([pair], 8, 10**9).reals()[0].as_py()
    assert found == pytest.approx(real, rel=1e-15)
    assert str(found) != "-0.0"


def test_missing_is_in_no_interval() -> None:
    value = Quotients(np.array([0]), np.array([1]), np.array([False]), 8, 10**9)
    assert held(value, Interval(None, None)) == [False]
    assert value.reals().to_pylist() == [None]
