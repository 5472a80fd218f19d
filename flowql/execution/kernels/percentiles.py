"""Exact percentiles of integers by group: the nearest rank.

Owns the rank of a percentile, ceil(p / 100 * n) of n values (an exact value of the column, never one between
two of them), and the run: one sort of packed (group, value) keys a segment, for groups too many to count
values by bins. Runs of several segments are merged by sorting once more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flowql.execution.context import Check, unchecked
from flowql.execution.kernels.histogram import Histogram, Spread, values_at_ranks
from flowql.execution.kernels.radix import sorted_integers

_WORD_BITS = 63


@dataclass(frozen=True, slots=True)
class Run:
    """The values of one segment, sorted by (group, value).

    `codes` are the groups' ascending composite codes, `keys` hold (place of the group << bits) + value - low,
    or, where that does not fit, the value's place among `distinct` ones.
    """

    codes: NDArray[np.int64]
    keys: NDArray[Any]
    bits: int
    low: int
    distinct: NDArray[np.int64] | None

    def firsts(self, codes: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many keys lie before those of groups."""
        keys = np.searchsorted(self.codes, codes).astype(np.int64) << self.bits
        return np.searchsorted(self.keys, keys.astype(self.keys.dtype))

    def values(self, places: NDArray[np.int64] | slice) -> NDArray[np.int64]:
        """The values of keys."""
        offsets = self.keys[places].astype(np.int64) & ((1 << self.bits) - 1)
        return offsets + self.low if self.distinct is None else self.distinct[offsets]

    def groups(self) -> NDArray[np.int64]:
        """The place of each key's group."""
        return self.keys.astype(np.int64) >> self.bits


def make_run(
    codes: NDArray[np.int64],
    groups: NDArray[np.intp],
    values: NDArray[np.int64],
    check: Check = unchecked,
) -> Run:
    """The run of the values of rows, `groups` being the places of their groups among `codes`."""
    low, high = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    bits, distinct = (high - low).bit_length(), None
    group_bits = max(1, len(codes)).bit_length()
    if bits + group_bits > _WORD_BITS:
        distinct = np.unique(values)
        offsets = np.searchsorted(distinct, values)
        bits = len(distinct).bit_length()
    else:
        offsets = values - low
    keys = (groups.astype(np.int64) << bits) + offsets
    if bits + group_bits <= 32:
        keys = keys.astype(np.uint32)
    keys = sorted_integers(keys, check)
    return Run(codes, keys, bits, low, distinct)


def percentile_values(
    percents: Sequence[int],
    codes: NDArray[np.int64],
    counts: NDArray[np.int64],
    sources: Sequence[Run | Histogram],
    spread: Spread,
    check: Check = unchecked,
) -> NDArray[np.int64]:
    """For each percentile, a row, that of each group, anything where it has no value.

    `counts` are the groups' present values.
    """
    ranks = -(-counts * np.array(percents)[:, None] // 100)
    histograms = [each for each in sources if isinstance(each, Histogram)]
    runs = [each for each in sources if isinstance(each, Run) and len(each.keys)]
    if histograms:
        assert not runs, "one kind for all segments"
        return values_at_ranks(codes, ranks, histograms, spread, check)
    if not runs:
        return np.zeros(ranks.shape, np.int64)

    def of_all(runs: Sequence[Run]) -> NDArray[np.int64]:
        run = runs[0] if len(runs) == 1 else _merged(codes, runs, check)
        return np.array([_ranked(codes, row, run) for row in ranks])

    (found,) = spread(of_all, [runs], sum(len(run.keys) for run in runs))
    return found


def _merged(codes: NDArray[np.int64], runs: Sequence[Run], check: Check) -> Run:
    groups, values = [], []
    for run in runs:
        check()
        groups.append(np.searchsorted(codes, run.codes)[run.groups()])
        values.append(run.values(slice(None)))
    check()
    return make_run(codes, np.concatenate(groups), np.concatenate(values), check)


def _ranked(codes: NDArray[np.int64], ranks: NDArray[np.int64], run: Run) -> NDArray[np.int64]:
    """The values at the ranks of one run that holds everything."""
    return run.values(np.minimum(run.firsts(codes) + np.maximum(ranks, 1), len(run.keys)) - 1)
