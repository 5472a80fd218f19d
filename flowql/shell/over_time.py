"""The histogram of an answer: above its rows where it is known soon, else below them.

Owns how long rows wait for it. Rows are often there long before all records that match are known.
"""

from dataclasses import dataclass
from threading import Event, Timer
from typing import Protocol, Self

from flowql.errors import CancelledError
from flowql.render.answer import Histogram, Style
from flowql.render.chart import bar_count_for, histogram_lines
from flowql.zones import Zone

PATIENCE_S = 0.3
_RECORDS_MIN = 2
"""Fewer records than this have no course over time."""


class Timed(Protocol):
    """An answer that tells its records by time."""

    @property
    def zone(self) -> Zone:
        """The zone on whose clock the times are shown."""

    def histogram(self, bucket_count_max: int = ..., by: str = ...) -> Histogram | None:
        """The matched records by time."""

    def whole(self, cancelled: Event | None = ...) -> Self:
        """The same answer, cancelled by itself; what was found for the one is found for the other."""


@dataclass(slots=True)
class OverTime:
    """What is drawn of one answer, above or below its rows; nothing unless it `is_wanted`."""

    result: Timed
    is_wanted: bool
    _is_late: bool = False

    def above(self, style: Style) -> list[str]:
        """The lines above the rows; none where they would let the rows wait."""
        if not self.is_wanted:
            return []
        enough = Event()
        timer = Timer(PATIENCE_S, enough.set)
        timer.daemon = True
        timer.start()
        try:
            return self._lines(self.result.whole(enough), style)
        except CancelledError:
            self._is_late = True
            return []
        finally:
            timer.cancel()

    def below(self, style: Style) -> list[str]:
        """The lines below the rows, if there were none above them."""
        return self._lines(self.result, style) if self._is_late else []

    def _lines(self, result: Timed, style: Style) -> list[str]:
        histogram = result.histogram(bar_count_for(style))
        if histogram is None or sum(sum(each.counts) for each in histogram.series) < _RECORDS_MIN:
            return []
        return histogram_lines(histogram, style, result.zone)
