"""A question of the suite, in the words of all engines, and what makes two answers to it the same.

Owns the shapes only: which questions there are is known to `suite`, who answers them to `asker`, who compares
the answers to `agreement`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network


@dataclass(frozen=True, slots=True)
class Networks:
    """A list of networks, which every engine holds, outside the time, before it is asked about it."""

    name: str
    ranges: tuple[tuple[int, int], ...]
    """First and last addresses as numbers, ascending, disjoint."""
    lines: tuple[str, ...]
    """The networks, as a file of them has them."""

    @classmethod
    def of(cls, name: str, networks: Sequence[IPv4Network]) -> "Networks":
        """A list of networks that may lie in each other."""
        ranges: list[tuple[int, int]] = []
        for network in sorted(networks):
            first, last = int(network[0]), int(network[-1])
            if not ranges or last > ranges[-1][1]:
                ranges.append((first, last))
        return cls(name, tuple(ranges), tuple(str(network) for network in networks))


@dataclass(frozen=True, slots=True)
class Asked:
    """What one engine is asked: its rows are those of all statements, one after the other."""

    statements: tuple[str, ...]
    as_arrow: bool = False
    """The rows of the only statement as an Arrow table."""
    total: bool = False
    """FlowQL alone: the number of matched records is one more row."""


@dataclass(frozen=True, slots=True)
class SuiteQuestion:
    """One question, its literals in the texts, which are others in every run."""

    flowql: str
    duckdb: tuple[str, ...]
    clickhouse: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    """What the columns hold, where engines write it differently; `agreement` knows the words."""
    as_arrow: bool = False
    total: bool = False
    """The last statement of the peers counts what matches; FlowQL is asked for it too, within the time."""
    networks: Networks | None = None
    spine: tuple[int, ...] = ()
    """Places of the columns that the question orders by, where equals may come in any order: these must be
    the same row by row, and the rows must be among those of `tied`."""
    tied: str = ""
    """DuckDB's words for all rows that may stand in an answer, those as good as the last one included."""

    def asked_of(self, engine: str) -> Asked:
        """The question as `flowql`, `duckdb` or `clickhouse` gets it."""
        match engine:
            case "flowql":
                return Asked((self.flowql,), self.as_arrow, self.total)
            case "duckdb":
                return Asked(self.duckdb, self.as_arrow)
            case "clickhouse":
                return Asked(self.clickhouse, self.as_arrow)
            case _:
                raise AssertionError(engine)
