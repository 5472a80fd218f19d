"""The measures of merged groups as columns.

Owns how each aggregate is had from its parts: an average is one exact sum over one exact count, rounded once;
what does not fit into 64 bits ends the query with a limit's name.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from flowql.errors import LimitError
from flowql.execution.context import Check, unchecked
from flowql.execution.kernels.histogram import Spread
from flowql.execution.kernels.keyspace import KeySpace
from flowql.execution.kernels.partial import Codes, Edge, Of, Partial
from flowql.execution.kernels.percentiles import percentile_values
from flowql.execution.kernels.reals import reals_of_ranks
from flowql.execution.kernels.row_measures import of_measure
from flowql.execution.materialize import ARROW_TYPES
from flowql.execution.printed import printed_array
from flowql.plan.logical import Measure
from flowql.schema import Kind
from flowql.values import INT64_MAX

_EXACT_FLOAT = 1 << 53


def add_percentiles(
    measures: Sequence[Measure], merged: Partial, spread: Spread, check: Check = unchecked
) -> None:
    """Work out the percentiles of merged groups: a column's together, for which rows are read once more."""
    percents: dict[Of, list[int]] = {}
    for measure in measures:
        if measure.percent is not None:
            percents.setdefault(of_measure(measure), []).append(measure.percent)
    for of, asked in percents.items():
        present = _part(merged, "present", of)
        values = percentile_values(asked, merged.codes, present, merged.runs.get(of, ()), spread, check)
        merged.percentiles |= {(percent, of): row for percent, row in zip(asked, values, strict=True)}


def measure_values(measure: Measure, merged: Partial, space: KeySpace | None) -> pa.Array:
    """The measure of every group, in the groups' order; `space` has the codes of its argument, if it has."""
    of, count = of_measure(measure), len(merged.codes)
    if measure.function == "dc":
        return pa.array(_distinct_counts(merged, of))
    if measure.function == "values":
        assert space is not None, measure
        return _listed(measure, merged, of, space)
    if measure.function == "count":
        return pa.array(merged.rows if of == Of(None) else _part(merged, "present", of))
    present = _part(merged, "present", of)
    is_real = measure.argument is not None and measure.argument.kind is Kind.REAL
    if measure.function in ("first", "last"):
        return _edge_values(measure, merged, of, space)
    if measure.percent is not None:
        values = merged.percentiles[measure.percent, of]
        return pa.array(reals_of_ranks(values) if is_real else values, mask=present == 0)
    match measure.function:
        case "sum":
            sums = _part(merged, "sum", of)
            if is_real:
                reals = sums.astype(np.float64)
                return pa.array(reals, mask=(present == 0) | ~np.isfinite(reals))
            return _integers(sums, present == 0)
        case "avg":
            return _averages(measure, _part(merged, "sum", of), present)
        case "min" | "max":
            extremes = _part(merged, measure.function, of)
            if space is not None:
                return space.values(np.where(present == 0, 0, extremes))
            return pa.array(extremes.astype(np.float64) if is_real else extremes, mask=present == 0)
        case _:
            raise AssertionError((measure, count))


def _part(merged: Partial, what: str, of: Of) -> NDArray[Any]:
    """A part of the groups; zeros where no segment had a row."""
    return merged.parts.get((what, of), np.zeros(len(merged.codes), np.int64))


def _integers(sums: NDArray[Any], missing: NDArray[np.bool_]) -> pa.Array:
    if sums.dtype == object:
        if len(sums) and (max(sums) > INT64_MAX or min(sums) < -INT64_MAX - 1):
            raise LimitError("sum_max", "a sum passes 2^63 - 1", hint="narrow the search")
        sums = sums.astype(np.int64)
    return pa.array(sums, mask=missing)


def _averages(measure: Measure, sums: NDArray[Any], present: NDArray[np.int64]) -> pa.Array:
    counts = np.maximum(present, 1)
    if measure.output.kind is Kind.DURATION:
        means = [round_half_even(int(s), int(n)) for s, n in zip(sums, counts, strict=True)]
        return pa.array(np.array(means, np.int64), mask=present == 0)
    is_real = sums.dtype == np.float64
    if sums.dtype == object or (not is_real and len(sums) and np.abs(sums).max() >= _EXACT_FLOAT):
        # A division of Python's integers is rounded once; of doubles it would be rounded before, too.
        quotients = [int(total) / int(count) for total, count in zip(sums, counts, strict=True)]
        return pa.array(np.array(quotients, np.float64), mask=present == 0)
    averages = sums / counts
    return pa.array(averages, mask=(present == 0) | ~np.isfinite(averages))


def round_half_even(total: int, count: int) -> int:
    """The integer nearest to total / count, of two as near the even one."""
    quotient, rest = divmod(total, count)
    return quotient + (2 * rest > count or (2 * rest == count and quotient % 2 == 1))


def _distinct_counts(merged: Partial, of: Of) -> NDArray[np.int64]:
    codes, _ = merged.pairs.get(of, (np.empty(0, np.int64), None))
    places = np.searchsorted(merged.codes, codes)
    return np.bincount(places, minlength=len(merged.codes))


def _listed(measure: Measure, merged: Partial, of: Of, space: KeySpace) -> pa.Array:
    """The distinct values of each group, ascending, printed, as one text."""
    assert measure.argument is not None
    nothing: Codes = np.empty(0, np.int64)
    codes, values = merged.pairs.get(of, (nothing, nothing))
    counts = np.bincount(np.searchsorted(merged.codes, codes), minlength=len(merged.codes))
    texts = printed_array(space.values(values), measure.argument.kind)
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    joined = pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), texts), ", ")
    return pc.if_else(pa.array(counts > 0), joined, pa.scalar(None, pa.string()))


def _edge_values(measure: Measure, merged: Partial, of: Of, space: KeySpace | None) -> pa.Array:
    edge: Edge | None = merged.edges.get((measure.function, of))
    found = np.zeros(len(merged.codes), np.int64)
    held = np.zeros(len(merged.codes), bool)
    if edge is not None:
        places = np.searchsorted(merged.codes, edge.codes)
        found[places], held[places] = edge.values, True
    if space is not None:
        return space.values(np.where(held, found, 0))
    return pa.array(found, ARROW_TYPES[measure.output.kind], mask=~held)
