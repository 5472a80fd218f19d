"""Zones of addresses: private, public, loopback and their like, a partition of all addresses.

Owns the table `zones.tsv` (a block, its zone and its name a line, made by `generate` from IANA's registries
of special-purpose addresses) and the rule that of the blocks that hold an address the longest gives its zone.
Addresses are 128 bits, IPv4 as its mapped form, so the zones of IPv4 lie inside `::ffff:0:0/96`. What no
block holds is public: also the parts of IPv6 that nobody was given yet, and fec0::/10, once site-local, which
is global unicast now (RFC 4291, 2.5.7). Nothing is read at import. Knows nothing of fields or queries.
"""

from bisect import bisect_right
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final, TypeAlias

from flowql.names.nearest import nearest
from flowql.names.tables import FOLDER
from flowql.values import ADDRESS_MAX, parse_network

Ranges: TypeAlias = tuple[tuple[int, int], ...]

ZONES_FILE: Final = "zones.tsv"

PUBLIC: Final = "public"
ZONE_NAMES: Final[tuple[str, ...]] = (
    "private",
    "shared",
    "loopback",
    "linklocal",
    "multicast",
    "broadcast",
    "documentation",
    "unspecified",
    "reserved",
    PUBLIC,
)
"""Every zone; `public` is the rest."""


def zone_ranges(name: str) -> Ranges:
    """Return the addresses of a zone by its name in any case: ascending, with both ends; () when unknown."""
    return _ranges_by_zone().get(name.lower(), ())


def zone_of(address: int) -> str:
    """Return the zone of an address."""
    assert 0 <= address <= ADDRESS_MAX, address
    firsts, zones = zone_table()
    return zones[bisect_right(firsts, address) - 1]


@cache
def zone_table() -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Return the partition of all addresses: where each piece begins, ascending from 0, and its zone.

    A piece ends before the next one begins; no two neighbours have the same zone.
    """
    blocks = _blocks()
    edges = {0, *(first for first, _, _ in blocks), *(last + 1 for _, last, _ in blocks)}
    firsts: list[int] = []
    zones: list[str] = []
    for edge in sorted(edges - {ADDRESS_MAX + 1}):
        # Blocks are nested or apart: the one of the longest prefix has the fewest addresses.
        holding = [(last - first, zone) for first, last, zone in blocks if first <= edge <= last]
        zone = min(holding)[1] if holding else PUBLIC
        if not zones or zones[-1] != zone:
            firsts.append(edge)
            zones.append(zone)
    return tuple(firsts), tuple(zones)


def similar_zones(word: str) -> tuple[str, ...]:
    """Return at most three zones near a misspelled one, nearest first; () if none is near."""
    return nearest(word.lower(), ZONE_NAMES, ())


@cache
def _ranges_by_zone() -> Mapping[str, Ranges]:
    firsts, zones = zone_table()
    lasts = (*(first - 1 for first in firsts[1:]), ADDRESS_MAX)
    found: dict[str, Ranges] = {}
    for first, last, zone in zip(firsts, lasts, zones, strict=True):
        found[zone] = (*found.get(zone, ()), (first, last))
    return MappingProxyType(found)


def _blocks() -> list[tuple[int, int, str]]:
    blocks = []
    for line in (FOLDER / ZONES_FILE).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            block, zone, _ = line.split("\t")
            network = parse_network(block)
            assert network is not None, block
            assert zone in ZONE_NAMES, zone
            blocks.append((network[0], network[1], zone))
    return blocks
