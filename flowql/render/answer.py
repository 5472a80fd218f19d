"""What is rendered, and how it should look.

Owns the shape of an answer as this package needs it (a query's `Result` has it) and the wishes of whoever
looks at it. Does not know where an answer comes from, nor which terminal shows it.

Arrow types of a batch's columns, by kind: TEXT string, ADDRESS 16 bytes (big-endian, IPv4 mapped) or, where
it is printed already, string, NETWORK 17 bytes (its first address, then its prefix length), each of them also
as a dictionary of these; PORT, PROTOCOL and COUNT integers; TIME int64 nanoseconds since 1970 UTC; DURATION
int64 nanoseconds; REAL float64. Null is missing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from flowql.errors import Diagnostic
from flowql.schema import Kind
from flowql.zones import Zone

if TYPE_CHECKING:
    import pyarrow as pa

    from flowql.render.emptiness import Emptiness


class Column(Protocol):
    """A named column of one kind."""

    @property
    def name(self) -> str:
        """The canonical name of the field, or that of the measure."""

    @property
    def kind(self) -> Kind:
        """What its values are."""


class Range(Protocol):
    """A half-open range of time in nanoseconds; None is an open end."""

    @property
    def low(self) -> int | None:
        """The first instant."""

    @property
    def high(self) -> int | None:
        """The first instant after it."""

    def text_in(self, zone: Zone) -> str:
        """The range with its times on the clock of a zone."""


class Rows(Protocol):
    """Rows by batches of columns: all that most formats need."""

    @property
    def columns(self) -> Sequence[Column]:
        """The columns, in the order of every batch."""

    @property
    def zone(self) -> Zone:
        """The zone whose clock times are shown on, where people read them."""

    def batches(self) -> "Iterator[pa.RecordBatch]":
        """The rows, in order."""


class Answer(Rows, Protocol):
    """A query's answer: its rows and what is to be said about them."""

    @property
    def query(self) -> str:
        """The query in canonical form."""

    @property
    def range(self) -> Range:
        """The effective range of time."""

    @property
    def matched(self) -> int | None:
        """The exact number of records that the search part matched; None when nobody asked for it."""

    @property
    def overlaps(self) -> bool:
        """Whether records match that began before the range and reach into it."""

    @property
    def reaching(self) -> int | None:
        """The number of such records; None when the range has no beginning, or when nobody asked for it."""

    @property
    def complete(self) -> bool:
        """False when a limit made the answer partial; final once the batches are read."""

    @property
    def notes(self) -> Sequence[Diagnostic]:
        """Warnings and information; final once the batches are read."""

    @property
    def word_notes(self) -> Sequence[Diagnostic]:
        """Information about the query's bare words beside `notes`; counted when asked for."""

    def why_empty(self) -> "Emptiness | None":
        """Why no record matched; None when some did."""


class Series(Protocol):
    """The records of one value in each bucket of a histogram."""

    @property
    def name(self) -> str | None:
        """The value as text; None for the records that lack it."""

    @property
    def counts(self) -> tuple[int, ...]:
        """The number of records in each bucket."""


class Histogram(Protocol):
    """Matched records by time and by the values of a field: the sum of all of it is what matched."""

    @property
    def bounds(self) -> tuple[int, ...]:
        """Where the buckets begin, in nanoseconds, ascending; the last bound is where the last one ends."""

    @property
    def series(self) -> Sequence[Series]:
        """A few values, each with as many counts as there are buckets."""

    @property
    def untimed(self) -> int:
        """The number of matched records without a start."""


LINES_MIN = 3
"""Lines of a table that is cut in the middle, at least: its first row, its last one, and what is between."""


@dataclass(frozen=True, slots=True)
class Style:
    """How the reader wants a text to look. The default suits a file or a pipe."""

    width: int | None = None
    """Characters in a line of a table; None for no limit."""
    colour: bool = False
    escape: bool = False
    """Show control characters escaped where a format would pass them through: for a terminal's sake."""
    expanded: bool = False
    """A table as one line a value, a block a row."""
    unicode: bool = True
    """Whether characters beyond ASCII can be shown; else those of values are escaped too."""
    names: bool = False
    """In tables, names beside the numbers of protocols and ports: `6 tcp`, `22 ssh`."""
    human: bool = False
    """In tables, large numbers rounded, with a unit: `1.2 GiB~`; the mark says that digits were left out."""
    rows_max: int | None = None
    """Lines of a table's rows at most: a longer one is cut in the middle, where a line of its own says so."""
