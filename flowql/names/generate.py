"""The command that makes the registry tables of this package from IANA's CSV files.

Owns the reading of the registries and the writing of `services.tsv`, `protocols.tsv` and `zones.tsv`, their
headers included. Knows nothing of the lists kept by hand, and fetches nothing: it reads local copies, whose
dates it is told. Names and zones are two runs, as their registries move at different times:

    python -m flowql.names.generate --services service-names-port-numbers.csv --protocols protocol-numbers.csv
        --date YYYY-MM-DD [--protocols-date YYYY-MM-DD]
    python -m flowql.names.generate --ipv4-special iana-ipv4-special-registry-1.csv
        --ipv6-special iana-ipv6-special-registry-1.csv --date YYYY-MM-DD

After the first, set `TABLE_DATE` in the package to the services' date; a test compares the two.
"""

import argparse
import csv
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Final, TypeAlias

from flowql.names.tables import FOLDER, Kind, gather, spread
from flowql.names.zones import ZONES_FILE

PORT_MAX: Final = 65535
PROTOCOL_MAX: Final = 255
TRANSPORTS: Final = frozenset({"tcp", "udp"})

SERVICES_CSV: Final = "service-names-port-numbers.csv"
PROTOCOLS_CSV: Final = "protocol-numbers.csv"
IPV4_SPECIAL_CSV: Final = "iana-ipv4-special-registry-1.csv"
IPV6_SPECIAL_CSV: Final = "iana-ipv6-special-registry-1.csv"
COMMAND: Final = "python -m flowql.names.generate"
SERVICES_SOURCE: Final = (
    "IANA, Service Name and Transport Protocol Port Number Registry; every name with a tcp or udp port"
)
PROTOCOLS_SOURCE: Final = "IANA, Assigned Internet Protocol Numbers Registry; every number with a keyword"
ZONES_SOURCE: Final = (
    "IANA, IPv4 and IPv6 Special-Purpose Address Registries (public copies of their CSV files); every block"
)

# The blocks with a zone of their own, whatever the registry says of their reach. A copy without one of them
# is no whole copy. Blocks of documentation go by their name, as the registry gains some.
ZONE_BY_BLOCK: Final = {
    "0.0.0.0/32": "unspecified",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "shared",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "linklocal",
    "172.16.0.0/12": "private",
    "192.168.0.0/16": "private",
    "255.255.255.255/32": "broadcast",
    "::/128": "unspecified",
    "::1/128": "loopback",
    "fc00::/7": "private",
    "fe80::/10": "linklocal",
}
DOCUMENTATION: Final = "Documentation"

# FlowQL holds an IPv4 address as its mapped form: this block is IPv4, and has the zones of IPv4.
IPV4_MAPPED_BLOCK: Final = "::ffff:0:0/96"

# Multicast has registries of its own, which part these two blocks further (RFC 5771, 3; RFC 4291, 2.7).
MULTICAST: Final = {"224.0.0.0/4": "Multicast", "ff00::/8": "Multicast"}

# By the column Globally Reachable. N/A is said of Teredo and 6to4, whose reach depends on a relay: such an
# address stands for a host on the public Internet. The cell is empty where an entry has ended: its block was
# given back, and is kept from other uses.
ZONE_BY_REACH: Final = {"True": "public", "N/A": "public", "False": "reserved", "": "reserved"}
ZONES_REMARKS: Final = (
    "# Columns: block, zone, name. The longest block that holds an address wins; what is in none is public.",
    "# Globally reachable is public, and so is what the registry says N/A of (Teredo, 6to4); an entry that",
    "# ended is reserved. Multicast is from RFC 5771 and RFC 4291. Left out: ::ffff:0:0/96, which is IPv4.",
)

Network: TypeAlias = IPv4Network | IPv6Network


class RegistryError(ValueError):
    """A file that is not a copy of the registry it was given as; says what was expected and found."""


@dataclass(frozen=True, slots=True)
class Dates:
    """The day each registry's copy stands for."""

    services: date
    protocols: date


def services_table(lines: Iterable[str], dates: Dates) -> str:
    """Return the text of `services.tsv` for the lines of the services registry's CSV.

    Raises `RegistryError` when a column or a number is not the registry's, or an entry is newer than stated.
    """
    ports: dict[str, list[int]] = {}
    newest = ""
    columns = ("Service Name", "Port Number", "Transport Protocol", "Registration Date", "Modification Date")
    for name, written, transport, registered, modified in _rows(lines, columns):
        newest = max(newest, *(day for day in (registered, modified) if _is_day(day)), "")
        if name and written and transport in TRANSPORTS:
            # Also for a name with several lines: its place is that of the first, its ports those of all.
            ports.setdefault(name.lower(), []).extend(_numbers(written, PORT_MAX))
    if newest > dates.services.isoformat():
        message = f"the services are dated {dates.services}, but the copy has an entry of {newest}"
        raise RegistryError(message)
    return _table(SERVICES_SOURCE, dates.services, dates, ports)


def protocols_table(lines: Iterable[str], dates: Dates) -> str:
    """Return the text of `protocols.tsv` for the lines of the protocols' CSV; raises `RegistryError`."""
    numbers: dict[str, list[int]] = {}
    for written, keyword in _rows(lines, ("Decimal", "Keyword")):
        name = _protocol_word(keyword)
        # 255 is kept out by its keyword: `reserved` is a remark, no protocol.
        if name and name != "reserved":
            numbers.setdefault(name, []).extend(_numbers(written, PROTOCOL_MAX))
    return _table(PROTOCOLS_SOURCE, dates.protocols, dates, numbers)


def zones_table(ipv4_lines: Iterable[str], ipv6_lines: Iterable[str], day: date) -> str:
    """Return the text of `zones.tsv` for the lines of the two special-purpose registries' CSVs.

    Raises `RegistryError` when a block or its reach is not as the registry writes them, a block that has a
    zone of its own is not there, or an entry is newer than `day`.
    """
    found: dict[Network, tuple[str, str]] = {}
    for version, lines in ((4, ipv4_lines), (6, ipv6_lines)):
        for network, name, reach in _special_blocks(lines, day):
            if network.version != version:
                message = f"expected IPv{version} blocks, found {network}"
                raise RegistryError(message)
            if str(network) != IPV4_MAPPED_BLOCK:
                found[network] = (_zone(network, name, reach), name)
    missing = ZONE_BY_BLOCK.keys() - map(str, found)
    if missing:
        message = f"expected the blocks {', '.join(ZONE_BY_BLOCK)}; not found: {', '.join(sorted(missing))}"
        raise RegistryError(message)
    found |= {ip_network(block): ("multicast", name) for block, name in MULTICAST.items()}
    in_order = sorted(found, key=lambda each: (each.version, int(each.network_address), each.prefixlen))
    files = f"--ipv4-special {IPV4_SPECIAL_CSV} --ipv6-special {IPV6_SPECIAL_CSV}"
    header = (
        f"# Source: {ZONES_SOURCE}.",
        f"# Date: {day}",
        f"# Made by: {COMMAND} {files} --date {day}",
        *ZONES_REMARKS,
    )
    rows = ("\t".join((str(block), *found[block])) for block in in_order)
    return "\n".join((*header, *rows)) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the tables of the given files; return 0, or 2 with a message and nothing written."""
    parser = argparse.ArgumentParser(prog=COMMAND, description="Make the tables of names from IANA's files.")
    parser.add_argument("--services", type=Path, help=f"a copy of {SERVICES_CSV}")
    parser.add_argument("--protocols", type=Path, help=f"a copy of {PROTOCOLS_CSV}")
    parser.add_argument("--ipv4-special", type=Path, help=f"a copy of {IPV4_SPECIAL_CSV}")
    parser.add_argument("--ipv6-special", type=Path, help=f"a copy of {IPV6_SPECIAL_CSV}")
    parser.add_argument("--date", type=date.fromisoformat, required=True, help="the day the copies stand for")
    parser.add_argument("--protocols-date", type=date.fromisoformat, help="that of the protocols, if another")
    parser.add_argument("--into", type=Path, default=FOLDER, help="folder to write to (default: the package)")
    given = parser.parse_args(arguments)
    dates = Dates(given.date, given.protocols_date or given.date)
    names, special = (given.services, given.protocols), (given.ipv4_special, given.ipv6_special)
    if not (all(names) or all(special)) or any(any(pair) and not all(pair) for pair in (names, special)):
        parser.error("expected --services with --protocols, or --ipv4-special with --ipv6-special")
    if all(names) and all(special):
        parser.error("names and zones are two runs, each with its date")
    try:
        if all(special):
            ipv4, ipv6 = map(_text_lines, special)
            tables = {ZONES_FILE: zones_table(ipv4, ipv6, given.date)}
        else:
            services, protocols = map(_text_lines, names)
            tables = {
                f"{Kind.SERVICE.value}.tsv": services_table(services, dates),
                f"{Kind.PROTOCOL.value}.tsv": protocols_table(protocols, dates),
            }
    except (RegistryError, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"{COMMAND}: {error}\n")
        return 2
    for file_name, text in tables.items():
        (given.into / file_name).write_text(text, encoding="utf-8", newline="\n")
    return 0


def _text_lines(path: Path) -> list[str]:
    # utf-8-sig: copies that went through a spreadsheet carry a byte order mark.
    return path.read_text(encoding="utf-8-sig").splitlines(keepends=True)


def _rows(lines: Iterable[str], columns: Sequence[str]) -> Iterator[tuple[str, ...]]:
    reader = csv.DictReader(lines)
    missing = [column for column in columns if column not in (reader.fieldnames or ())]
    if missing:
        message = f"expected the columns {', '.join(columns)}; not found: {', '.join(missing)}"
        raise RegistryError(message)
    for row in reader:
        yield tuple((row[column] or "").strip() for column in columns)


def _numbers(written: str, largest: int) -> tuple[int, ...]:
    if not re.fullmatch(r"[0-9]+(-[0-9]+)?", written):
        message = f"expected a number or a range, found {written!r}"
        raise RegistryError(message)
    numbers = spread(written)
    if not numbers or numbers[-1] > largest:
        message = f"expected numbers from 0 to {largest}, found {written!r}"
        raise RegistryError(message)
    return numbers


def _special_blocks(lines: Iterable[str], day: date) -> Iterator[tuple[Network, str, str]]:
    columns = ("Address Block", "Name", "Allocation Date", "Globally Reachable")
    for blocks, name, allocated, reach in _rows(lines, columns):
        if allocated > f"{day:%Y-%m}":
            message = f"the blocks are dated {day}, but the copy has an entry of {allocated}"
            raise RegistryError(message)
        # One entry may have several blocks, and any cell a footnote: `192.0.0.0/24 [2]`.
        for block in _without_footnote(blocks).split(","):
            try:
                yield ip_network(block.strip()), name.replace('"', ""), _without_footnote(reach)
            except ValueError as error:
                message = f"expected an address block, found {block.strip()!r}"
                raise RegistryError(message) from error


def _zone(network: Network, name: str, reach: str) -> str:
    if reach not in ZONE_BY_REACH:
        message = f"expected True, False, N/A or nothing as the reach of {network}, found {reach!r}"
        raise RegistryError(message)
    if name.startswith(DOCUMENTATION):
        return "documentation"
    return ZONE_BY_BLOCK.get(str(network), ZONE_BY_REACH[reach])


def _without_footnote(cell: str) -> str:
    return re.sub(r"\s*\[[0-9]+\]", "", cell)


def _is_day(text: str) -> bool:
    # The registry also writes bare years and months in these columns.
    return re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is not None


def _protocol_word(keyword: str) -> str:
    # Some keywords are remarks or phrases, `ARGUS (deprecated)`, `ISIS over IPv4`: a name here is one word.
    return "-".join(re.sub(r"\(.*?\)", "", keyword).lower().split())


def _table(source: str, day: date, dates: Dates, numbers: dict[str, list[int]]) -> str:
    files = f"--services {SERVICES_CSV} --protocols {PROTOCOLS_CSV}"
    days = f"--date {dates.services} --protocols-date {dates.protocols}"
    header = (
        f"# Source: {source}.",
        f"# Date: {day}",
        f"# Made by: {COMMAND} {files} {days}",
        "# Columns: name, numbers. The registry's order: the first name of a number is the one to print.",
    )
    rows = (f"{name}\t{gather(found)}" for name, found in numbers.items())
    return "\n".join((*header, *rows)) + "\n"


if __name__ == "__main__":
    sys.exit(main())
