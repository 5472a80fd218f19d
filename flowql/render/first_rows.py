"""The first rows of an answer.

Owns the cut and the knowledge that there was more. Whoever limits an answer asks its source for one row more
than are shown, so that "more" is known and not guessed.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from flowql.errors import Diagnostic
from flowql.render.answer import Answer, Column, Range
from flowql.values import INT64_MAX
from flowql.zones import Zone

if TYPE_CHECKING:
    import pyarrow as pa

    from flowql.render.emptiness import Emptiness


class FirstRows:
    """An answer cut after `row_count_max` rows (None: not cut); without a total if nobody wants it."""

    def __init__(self, answer: Answer, row_count_max: int | None, *, with_total: bool = True) -> None:
        self.is_cut = False
        self._answer = answer
        self._row_count_max = row_count_max
        self._with_total = with_total

    @property
    def query(self) -> str:
        """The query in canonical form."""
        return self._answer.query

    @property
    def range(self) -> Range:
        """The effective range of time."""
        return self._answer.range

    @property
    def columns(self) -> Sequence[Column]:
        """The columns of every batch."""
        return self._answer.columns

    @property
    def zone(self) -> Zone:
        """The zone whose clock times are shown on."""
        return self._answer.zone

    @property
    def matched(self) -> int | None:
        """The exact number of records that the search part matched, or None."""
        return self._answer.matched if self._with_total else None

    @property
    def overlaps(self) -> bool:
        """Whether records match that began before the range and reach into it."""
        return self._answer.overlaps

    @property
    def reaching(self) -> int | None:
        """The number of such records, or None."""
        return self._answer.reaching if self._with_total else None

    @property
    def complete(self) -> bool:
        """Whether no limit of the engine made the answer partial; the cut made here does not count."""
        return self._answer.complete

    @property
    def notes(self) -> Sequence[Diagnostic]:
        """Warnings and information."""
        return self._answer.notes

    @property
    def word_notes(self) -> Sequence[Diagnostic]:
        """Information about bare words; nothing without a total."""
        return self._answer.word_notes if self._with_total else ()

    def why_empty(self) -> "Emptiness | None":
        """Why no record matched; None when some did."""
        return self._answer.why_empty()

    def batches(self) -> "Iterator[pa.RecordBatch]":
        """The first rows; afterwards `is_cut` says whether there were more."""
        if self._row_count_max is None:
            yield from self._answer.batches()
            return
        left = self._row_count_max
        for batch in self._answer.batches():
            if batch.num_rows > left:
                self.is_cut = True
                yield batch.slice(0, left)
                return
            left -= batch.num_rows
            yield batch


def rows_to_ask_for(row_count_max: int | None) -> int | None:
    """How many rows the source of an answer should give so that it can be cut after `row_count_max`."""
    return None if row_count_max is None or row_count_max >= INT64_MAX else row_count_max + 1
