"""The command that makes the registry tables of this package from IANA's CSV files.

Owns the reading of the two registries and the writing of `services.tsv` and `protocols.tsv`, header included.
Knows nothing of the lists kept by hand, and fetches nothing: it reads local copies, whose dates it is told.

    python -m flowql.names.generate --services service-names-port-numbers.csv --protocols protocol-numbers.csv
        --date YYYY-MM-DD [--protocols-date YYYY-MM-DD]

After it, set `TABLE_DATE` in the package to the services' date; a test compares the two.
"""

import argparse
import csv
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from flowql.names.tables import FOLDER, Kind, gather, spread

PORT_MAX: Final = 65535
PROTOCOL_MAX: Final = 255
TRANSPORTS: Final = frozenset({"tcp", "udp"})

SERVICES_CSV: Final = "service-names-port-numbers.csv"
PROTOCOLS_CSV: Final = "protocol-numbers.csv"
COMMAND: Final = "python -m flowql.names.generate"
SERVICES_SOURCE: Final = (
    "IANA, Service Name and Transport Protocol Port Number Registry; every name with a tcp or udp port"
)
PROTOCOLS_SOURCE: Final = "IANA, Assigned Internet Protocol Numbers Registry; every number with a keyword"


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


def main(arguments: Sequence[str] | None = None) -> int:
    """Write both tables; return 0, or 2 with a message on standard error and nothing written."""
    parser = argparse.ArgumentParser(prog=COMMAND, description="Make the tables of names from IANA's files.")
    parser.add_argument("--services", type=Path, required=True, help=f"a copy of {SERVICES_CSV}")
    parser.add_argument("--protocols", type=Path, required=True, help=f"a copy of {PROTOCOLS_CSV}")
    parser.add_argument("--date", type=date.fromisoformat, required=True, help="the day the copies stand for")
    parser.add_argument("--protocols-date", type=date.fromisoformat, help="that of the protocols, if another")
    parser.add_argument("--into", type=Path, default=FOLDER, help="folder to write to (default: the package)")
    given = parser.parse_args(arguments)
    dates = Dates(given.date, given.protocols_date or given.date)
    try:
        tables = {
            Kind.SERVICE: services_table(_text_lines(given.services), dates),
            Kind.PROTOCOL: protocols_table(_text_lines(given.protocols), dates),
        }
    except (RegistryError, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"{COMMAND}: {error}\n")
        return 2
    for kind, text in tables.items():
        (given.into / f"{kind.value}.tsv").write_text(text, encoding="utf-8", newline="\n")
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
