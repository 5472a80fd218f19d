"""What the literals of the suite are drawn from: records, addresses by how often they occur, busy ports.

Owns the draws of one run, which follow from the log, the seed and the run's number alone. Takes records and
ports from `questions`. Does not know which questions there are.
"""

import random
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Address, ip_address
from itertools import islice

import duckdb

from bench.language_stores import draw_networks
from bench.questions import Draw, draws

_RARE_MIN, _RARE_MAX = 2, 50
"""Records of a rare host."""
_BUSY_COUNT = 24
_DRAWS_PER_RUN = 20
"""Draws to look at for a question that was not asked before."""
_COUNTED_MAX = 5_000
_LARGE_COUNT = 1_000_000
_LARGE_SHARE_MAX = 1 / 3
_LARGE_STEPS = 200
LISTED_COUNT = 1_000
"""Addresses of a list that stands in the query."""


@dataclass(frozen=True, slots=True)
class Population:
    """The log's addresses, IPv4 but for `six`, each group shuffled by the seed; and who sends much."""

    rare: tuple[str, ...]
    busy: tuple[str, ...]
    all: tuple[str, ...]
    six: tuple[str, ...]
    counts: dict[str, int]
    """Records of some thousand IPv4 addresses."""
    large: tuple[int, ...]
    """Numbers of bytes that about a million records reach, or a third of a small log; each time some more."""


@dataclass(frozen=True, slots=True)
class SuiteDraw:
    """What one run's literals are made of."""

    common: Draw
    population: Population
    seed: int

    @property
    def turn(self) -> int:
        """The run's number."""
        return self.common.turn

    @property
    def chance(self) -> random.Random:
        """A generator of this run's own, the same each time it is asked for."""
        return random.Random(f"{self.seed} {self.turn}")  # noqa: S311 - a benchmark repeats itself

    @property
    def rare_host(self) -> str:
        """An address with few records."""
        return self.population.rare[self.turn % len(self.population.rare)]

    @property
    def busy_host(self) -> str:
        """One of the addresses with the most records."""
        return self.population.busy[self.turn % len(self.population.busy)]

    @property
    def six(self) -> IPv6Address:
        """An IPv6 address."""
        return IPv6Address(self.population.six[self.turn % len(self.population.six)])

    @property
    def large(self) -> int:
        """A number of bytes that many records have, or more."""
        return self.population.large[self.turn % _LARGE_STEPS]

    def network(self, field: str, prefix: int) -> IPv4Network:
        """The network of that length about an address of this run's record."""
        return IPv4Network((self.common.record[field], prefix), strict=False)

    def listed_hosts(self) -> list[str]:
        """Many addresses of the log, rare ones mostly, as most are."""
        return self.chance.sample(self.population.all, min(LISTED_COUNT, len(self.population.all) // 2))

    def listed_networks(self) -> list[IPv4Network]:
        """Thousands of networks, one in ten about an address of the log."""
        return sorted(draw_networks(self.chance, self.population.all))


def suite_draws(connection: duckdb.DuckDBPyConnection, seed: int, runs: int) -> tuple[SuiteDraw, ...]:
    """Draws for so many runs, and spare ones; the same for the same log and seed."""
    population = _population(connection, seed)
    rng = random.Random(seed)  # noqa: S311 - a benchmark repeats itself
    common = list(islice(draws(connection, seed), _DRAWS_PER_RUN * runs))
    busy, rejected = (
        rng.sample(ports, len(ports)) for ports in (common[0].busy_ports, common[0].rejected_ports)
    )
    return tuple(
        SuiteDraw(replace(draw, busy_ports=busy, rejected_ports=rejected), population, seed)
        for draw in common
    )


def _population(connection: duckdb.DuckDBPyConnection, seed: int) -> Population:
    sides = " UNION ALL ".join(
        f"SELECT {side} AS text, count(*) AS n FROM flows WHERE {side} IS NOT NULL GROUP BY {side}"  # noqa: S608 - our own words
        for side in ("srcaddr", "dstaddr")
    )
    found = connection.execute(f"SELECT text, sum(n) AS n FROM ({sides}) GROUP BY text ORDER BY n DESC, text")  # noqa: S608 - as above
    counts = found.fetchall()
    four = [(text, count) for text, count in counts if ip_address(text).version == 4]
    rng = random.Random(seed)  # noqa: S311 - a benchmark repeats itself

    def shuffled(texts: list[str]) -> tuple[str, ...]:
        return tuple(rng.sample(texts, len(texts)))

    return Population(
        shuffled([text for text, count in four if _RARE_MIN <= count <= _RARE_MAX]),
        shuffled([text for text, _ in four[:_BUSY_COUNT]]),
        shuffled([text for text, _ in four]),
        shuffled([text for text, _ in counts if ip_address(text).version == 6]),
        dict(rng.sample(four, min(len(four), _COUNTED_MAX))),
        _thresholds(connection, rng.random()),
    )


def _thresholds(connection: duckdb.DuckDBPyConnection, more: float) -> tuple[int, ...]:
    ((record_count,),) = connection.execute("SELECT count(bytes) FROM flows").fetchall()
    share = min(_LARGE_COUNT / record_count, _LARGE_SHARE_MAX)
    levels = [1 - share * (1 + (step + more) / _LARGE_STEPS) for step in range(_LARGE_STEPS)]
    ((found,),) = connection.execute("SELECT quantile_disc(bytes, $1) FROM flows", (levels,)).fetchall()
    return tuple(found)
