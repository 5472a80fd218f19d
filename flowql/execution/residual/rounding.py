"""Quotients and roundings of numbers, exactly, a vector at a time.

Owns the half that goes to even and the half that goes away from zero. Doubles decide where they leave no
doubt; what they leave in doubt is settled with Python's integers and fractions, number by number.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flowql.errors import LimitError
from flowql.schema import Kind

_EXACT_MAX = 1 << 53
"""Integers up to it are doubles."""
_DOUBT = 2.0**-49
"""Far above the part by which a product or a quotient of two doubles is off."""
_INTEGERS = range(-(1 << 63), 1 << 63)


def divided(dividends: pa.Array, divisors: pa.Array) -> pa.Array:
    """Integers over integers, rounded half to even; null where a side is missing or the divisor is 0."""
    missing = _missing(dividends, divisors)
    a, b = _filled(dividends, 0), _filled(divisors, 1)
    missing |= b == 0
    return _settled(
        np.divide(a, b, out=np.zeros(len(a)), where=b != 0),
        missing,
        lambda row: Fraction(int(a[row]), int(b[row])),
    )


def scaled(integers: pa.Array, reals: pa.Array, *, divides: bool) -> pa.Array:
    """Integers times, or over, reals, rounded half to even; null as in `divided`."""
    missing = _missing(integers, reals)
    a, b = _filled(integers, 0), _filled(reals, 1)
    if divides:
        missing |= b == 0
        about = np.divide(a, b, out=np.zeros(len(a)), where=b != 0)
        return _settled(about, missing, lambda row: int(a[row]) / Fraction(float(b[row])))
    return _settled(a * b, missing, lambda row: int(a[row]) * Fraction(float(b[row])))


def means(sums: pa.Array, counts: pa.Array, *, kind: Kind) -> pa.Array:
    """Sums (decimals without decimals) over counts: doubles for REAL, else integers, half to even."""
    missing = sums.is_null().to_numpy(zero_copy_only=False)
    n = _filled(counts, 1)
    n = np.where(n == 0, 1, n)
    # The halves of 128 bits, the lower one first.
    halves = np.frombuffer(sums.buffers()[1], "<i8")[sums.offset * 2 :][: len(sums) * 2].reshape(-1, 2)
    low, high = halves[:, 0], halves[:, 1]
    is_small = (high == low >> 63) & (np.abs(low) <= _EXACT_MAX) & (low != _INTEGERS[0])
    about = np.where(is_small, low, 0) / n
    rest = np.flatnonzero(~is_small & ~missing)

    def total(row: int) -> int:
        return int(high[row]) << 64 | int(low[row]) & (1 << 64) - 1

    if kind is Kind.REAL:
        for row in rest.tolist():
            about[row] = total(row) / int(n[row])
        return pa.array(about, mask=missing)
    about[rest] = np.inf
    return _settled(about, missing, lambda row: Fraction(total(row), int(n[row])))


def rounded(reals: pa.Array, *, digits: int) -> pa.Array:
    """Reals rounded to so many decimals, halves away from zero; to integers for 0."""
    missing = _missing(reals)
    values = _filled(reals, 0)
    power = 10**digits
    with np.errstate(over="ignore", invalid="ignore"):
        size = np.abs(values) * power
        whole = np.floor(size + 0.5)
        is_clear = np.abs(size - np.floor(size) - 0.5) > size * _DOUBT
        is_clear &= size < _EXACT_MAX / 4
    outcome = np.copysign(whole, values) / power
    integers = np.copysign(np.where(is_clear & (digits == 0), whole, 0), values).astype(np.int64)
    for row in np.flatnonzero(~is_clear & ~missing).tolist():
        exact = abs(Fraction(float(values[row]))) * power
        nearest = int(exact + Fraction(1, 2)) * (-1 if values[row] < 0 else 1)
        if digits == 0:
            integers[row] = _checked(nearest)
        else:
            outcome[row] = float(Fraction(nearest, power))
    return pa.array(integers if digits == 0 else outcome + 0.0, mask=missing)


def _settled(
    about: NDArray[np.float64], missing: NDArray[np.bool_], exact: Callable[[int], Fraction]
) -> pa.Array:
    """Integers nearest to values that are about these, half to even."""
    size = np.abs(about)
    with np.errstate(invalid="ignore"):
        is_clear = np.abs(size - np.floor(size) - 0.5) > size * _DOUBT
        is_clear &= size < _EXACT_MAX / 4
        outcome = np.where(is_clear, np.rint(about), 0).astype(np.int64)
    for row in np.flatnonzero(~is_clear & ~missing).tolist():
        outcome[row] = _checked(round(exact(row)))
    return pa.array(outcome, mask=missing)


def _checked(integer: int) -> int:
    if integer not in _INTEGERS:
        raise LimitError("integer_max", "an integer passes 64 bits", hint="divide before multiplying")
    return integer


def _missing(*arrays: pa.Array) -> NDArray[np.bool_]:
    parts = [each.is_null().to_numpy(zero_copy_only=False) for each in arrays]
    return np.asarray(np.logical_or.reduce(parts))


def _filled(values: pa.Array, instead: int) -> NDArray[Any]:
    """Values as they are, int64 or double, with something where they are missing."""
    return np.asarray(values.fill_null(instead).to_numpy(zero_copy_only=False))
