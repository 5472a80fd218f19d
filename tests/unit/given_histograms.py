"""Histograms that no query made, for tests of what draws them."""

from collections.abc import Sequence
from dataclasses import dataclass

from flowql.values import SECOND_NS

MIDNIGHT_S = 1_741_046_400
"""2025-03-04T00:00:00Z."""


@dataclass(frozen=True)
class GivenSeries:
    """The counts of one value."""

    name: str | None
    counts: tuple[int, ...]


@dataclass(frozen=True)
class GivenHistogram:
    """Counts between bounds."""

    bounds: tuple[int, ...]
    series: tuple[GivenSeries, ...]
    untimed: int = 0

    @property
    def total(self) -> int:
        """All records that are drawn."""
        return sum(sum(each.counts) for each in self.series)


def histogram(
    width_s: float = 300, first_s: float = MIDNIGHT_S, untimed: int = 0, **series: Sequence[int]
) -> GivenHistogram:
    """Buckets of one width; the series by name, `missing` for the one without."""
    count = max(map(len, series.values()))
    bounds = tuple(round((first_s + k * width_s) * SECOND_NS) for k in range(count + 1))
    names = {"missing": None}
    return GivenHistogram(
        bounds,
        tuple(GivenSeries(names.get(name, name), tuple(each)) for name, each in series.items()),
        untimed,
    )


def daily(count: int = 200, scale: int = 5_000) -> GivenHistogram:
    """A day and a half of traffic with a scan in it, and a time without any."""
    accepted = [scale * (60 - abs(k * 6 // 5 % 120 - 60)) // 60 for k in range(count)]
    refused = [each // 20 * (k % 3) for k, each in enumerate(accepted)]
    for k in range(count // 3, count // 3 + count // 20):
        refused[k] = scale + 37 * k
    for k in range(count // 2, count // 2 + count // 25):
        accepted[k] = refused[k] = 0
    missing = [scale // 50 if k % 4 == 0 else 0 for k in range(count)]
    return histogram(ACCEPT=accepted, REJECT=refused, missing=missing, untimed=12)
