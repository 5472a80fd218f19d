"""Names of IP protocols, of port services and of zones of addresses: from a word to its numbers, and back.

Owns the dated tables kept in this package and the questions asked of them. The registries' lines come from
IANA by the command `python -m flowql.names.generate`; the words people say instead (rdp, postgres, dns) are a
short list kept by hand, and they win. Nothing is read at import, and never anything of the host's.
Knows nothing of fields, queries or transports: a service name means its ports over tcp and udp alike, and
whether a word such as `rdp`, a protocol (27) and a service (3389), is the one or the other the caller says.
"""

from typing import Final

from flowql.names.nearest import nearest
from flowql.names.tables import Kind, known_names, name_by_number, numbers_by_name, said_names, spread
from flowql.names.zones import ZONE_NAMES, similar_zones, zone_of, zone_ranges, zone_table

__all__ = [
    "TABLE_DATE",
    "ZONE_NAMES",
    "protocol_name",
    "protocol_names",
    "protocol_number",
    "service_name",
    "service_names",
    "service_ports",
    "similar_protocols",
    "similar_services",
    "similar_zones",
    "zone_of",
    "zone_ranges",
    "zone_table",
]

# The services' date, as that registry moves every month and the protocols' once a year: the newest entry in
# the copy. Each table's first lines say its own; a test holds this equal to the line in services.tsv.
TABLE_DATE: Final = "2026-02-13"


def protocol_number(name: str) -> int | None:
    """Return the number (0 to 255) of an IP protocol by its name in any case, or None when it is unknown."""
    numbers = numbers_by_name(Kind.PROTOCOL).get(name.lower())
    return None if numbers is None else spread(numbers)[0]


def protocol_name(number: int) -> str | None:
    """Return the lower-case name of an IP protocol, or None when it has none (61, 253, unassigned)."""
    return name_by_number(Kind.PROTOCOL).get(number)


def service_ports(name: str) -> tuple[int, ...]:
    """Return the ports of a service by its name in any case, ascending, over tcp and udp; () when unknown."""
    return spread(numbers_by_name(Kind.SERVICE).get(name.lower(), ""))


def service_name(port: int) -> str | None:
    """Return the word people use for a port, else the registry's first name for it, else None; lower-case."""
    return name_by_number(Kind.SERVICE).get(port)


def service_names() -> tuple[str, ...]:
    """Return every name of a service, lower-case: the words people say, then the registry's, in its order."""
    return known_names(Kind.SERVICE)


def protocol_names() -> tuple[str, ...]:
    """Return every name of an IP protocol, lower-case: the words people say, then the registry's."""
    return known_names(Kind.PROTOCOL)


def similar_services(word: str) -> tuple[str, ...]:
    """Return at most three known service names near a misspelled one, nearest first; () if none is near."""
    return nearest(word.lower(), numbers_by_name(Kind.SERVICE), said_names(Kind.SERVICE))


def similar_protocols(word: str) -> tuple[str, ...]:
    """Return at most three known protocol names near a misspelled one, nearest first; () if none is near."""
    return nearest(word.lower(), numbers_by_name(Kind.PROTOCOL), said_names(Kind.PROTOCOL))
