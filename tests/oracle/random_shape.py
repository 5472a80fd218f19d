"""What is known of the rows at one place of a random pipeline, and what may be drawn from there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from flowql.schema import Kind, field_named

Draw: TypeAlias = st.DrawFn

_STORED = (
    *("srcaddr", "dstaddr", "srcport", "dstport", "protocol", "packets", "bytes", "start", "end"),
    *("action", "account-id", "interface-id", "log-status", "vpc-id", "tcp-flags"),
)
VIRTUAL: Mapping[str, Kind] = {
    **dict.fromkeys(("src-zone", "dst-zone", "service", "protocol-name", "topic", "conversation"), Kind.TEXT),
    "duration": Kind.DURATION,
    "bpp": Kind.REAL,
    "bps": Kind.REAL,
}
SIDES = {"ip": Kind.ADDRESS, "net": Kind.ADDRESS, "port": Kind.PORT}


@dataclass(slots=True)
class Shape:
    """What is known of the rows at one place of a pipeline."""

    columns: dict[str, Kind] = field(default_factory=lambda: {n: field_named(n).kind for n in _STORED})
    of_records: bool = True
    """Whether fields that are computed from records can be named."""
    is_plain: bool = True
    """Whether there are all columns of records and no other."""
    made_count: int = 0
    inexact: set[str] = field(default_factory=set)
    """Real columns that are not rounded just once: on which side of a bound they are, nobody says."""

    @property
    def named(self) -> dict[str, Kind]:
        """The columns that a stage may name."""
        return {**VIRTUAL, **self.columns} if self.of_records else self.columns

    def of(self, *kinds: Kind) -> list[str]:
        """The names of columns of some kinds."""
        return sorted(name for name, kind in self.named.items() if kind in kinds)

    def new_name(self) -> str:
        """A name that no column has."""
        self.made_count += 1
        return f"x{self.made_count}"

    @property
    def reliable(self) -> dict[str, Kind]:
        """Those of them that are the same, bit by bit, however they are worked out."""
        return {name: kind for name, kind in self.named.items() if name not in self.inexact}


Step: TypeAlias = Callable[[Draw, Shape, SearchStrategy[str], tuple[str, ...]], str]
"""What draws a stage and changes the shape; it is given filters of records, and names of lists with columns."""


def some(draw: Draw, names: list[str], most: int) -> list[str]:
    """A few of the names, in any order."""
    return draw(st.lists(st.sampled_from(names), min_size=1, max_size=most, unique=True))
