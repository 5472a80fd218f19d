"""Expressions of numbers, worked out over rows of a segment: what a search asks of computed columns.

Owns the arithmetic over arrays, which gives what the residual road gives: integers stay exact, and passing 64
bits ends the query; a divisor of 0, and a real that is not finite, is missing.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from flowql.errors import LimitError
from flowql.execution.segment_rows import SegmentRows
from flowql.plan.expressions import Arithmetic, Constant, Expression, Operation, Read
from flowql.plan.predicates import Exists, InIntervals, InRanges, Interval, OnComputed
from flowql.schema import Kind
from flowql.values import INT64_MAX

Numbers: TypeAlias = NDArray[np.int64] | NDArray[np.float64]
Present: TypeAlias = NDArray[np.bool_] | None

_DOUBTFUL = float(1 << 62)
"""From here on doubles do not tell whether an integer passes 64 bits."""


def computed_holds(leaf: OnComputed, rows: SegmentRows) -> NDArray[np.bool_]:
    """For each row whether the number is present and lies where the leaf says."""
    values, present = expression_numbers(leaf.expression, rows)
    match leaf.leaf:
        case Exists():
            held = np.ones(rows.count, bool)
        case InRanges(_, ranges):
            held = np.zeros(rows.count, bool)
            for low, high in ranges:
                held |= (values >= low) & (values <= high)
        case InIntervals(_, intervals):
            held = np.zeros(rows.count, bool)
            for interval in intervals:
                held |= _in_interval(values, interval)
    return held if present is None else held & present


def expression_numbers(expression: Expression, rows: SegmentRows) -> tuple[Numbers, Present]:
    """The values, anything where they are missing, and which are present (None: all).

    int64 of kind COUNT, float64 of kind REAL.
    """
    match expression:
        case Read(column):
            return rows.numbers(column.name)
        case Constant(value, kind):
            assert isinstance(value, int | float), expression
            if kind is Kind.REAL:
                return np.full(rows.count, float(value)), None
            return np.full(rows.count, int(value), np.int64), None
        case Arithmetic(operation, left, right, kind):
            (one, one_present), (other, other_present) = (
                expression_numbers(each, rows) for each in (left, right)
            )
            present = _both(one_present, other_present)
            if operation in (Operation.DIVIDE, Operation.MODULO):
                present = _both(present, other != 0)
            if kind is Kind.REAL:
                return _reals(operation, one.astype(np.float64), other.astype(np.float64), present)
            return _integers(operation, one, other, present), present
        case _:
            raise AssertionError(f"no arithmetic of numbers: {expression}")


def _both(one: Present, other: Present) -> Present:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _reals(
    operation: Operation, one: NDArray[np.float64], other: NDArray[np.float64], present: Present
) -> tuple[Numbers, Present]:
    with np.errstate(all="ignore"):
        values = _worked_out(operation, one, other)
    return values, _both(present, np.isfinite(values))


def _integers(operation: Operation, one: Numbers, other: Numbers, present: Present) -> Numbers:
    with np.errstate(all="ignore"):
        values: Numbers = _worked_out(operation, one, other)
        if operation is not Operation.MODULO:
            size = np.abs(_worked_out(operation, one.astype(np.float64), other.astype(np.float64)))
            doubtful = np.flatnonzero(size >= _DOUBTFUL if present is None else (size >= _DOUBTFUL) & present)
            if len(doubtful):
                _check(_worked_out(operation, one[doubtful].astype(object), other[doubtful].astype(object)))
    return values


def _check(exact: NDArray[Any]) -> None:
    """End the query where one of Python's integers does not fit into 64 bits."""
    if max(exact) > INT64_MAX or min(exact) < -INT64_MAX - 1:
        raise LimitError("integer_max", "an integer passes 64 bits", hint="divide before multiplying")


def _worked_out(operation: Operation, one: Any, other: Any) -> Any:
    match operation:
        case Operation.ADD:
            return one + other
        case Operation.SUBTRACT:
            return one - other
        case Operation.MULTIPLY:
            return one * other
        case Operation.DIVIDE:
            return one / other
        case Operation.MODULO:
            return np.fmod(one, other)  # has the sign of the left side


def _in_interval(values: Numbers, interval: Interval) -> NDArray[np.bool_]:
    """Reals are quotients that were rounded, so that the ends are rounded, too."""
    held = np.ones(len(values), bool)
    if interval.low is not None:
        low = float(interval.low)
        held &= values > low if interval.low_excluded else values >= low
    if interval.high is not None:
        high = float(interval.high)
        held &= values < high if interval.high_excluded else values <= high
    return held
