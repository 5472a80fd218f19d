"""The tables of names as they lie in the package, and how they are read.

Owns the file format and the order in which names win. Knows nothing of IANA's own files (see `generate`), nor
of what a number is used for.

Two files a kind, UTF-8, one name a line, columns separated by a tab, lines with `#` are for people:

    services.tsv       name  numbers            generated: every registered name, in the registry's order
    said-services.tsv  name  numbers  printed   by hand: the words people say, `-` for printed nowhere
    protocols.tsv, said-protocols.tsv           the same for IP protocols

Numbers are written ascending, `22` or `67,68` or `6000-6063`. A said line replaces the registry's line of
that name, whose numbers it repeats. The word printed for a number is the said one if a line claims it, else
the first registered.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

FOLDER: Final = Path(__file__).parent

# Printed nowhere: the word is understood, another one is shown.
NOWHERE: Final = "-"


class Kind(Enum):
    """What is named; the value is the stem of its files."""

    SERVICE = "services"
    PROTOCOL = "protocols"


@cache
def numbers_by_name(kind: Kind) -> Mapping[str, str]:
    """Return every known lower-case name with its numbers as written."""
    # Numbers stay text here: of six thousand names a query asks for one or two.
    said = {name: numbers for name, numbers, _ in _said_rows(kind)}
    return MappingProxyType(_registered(kind) | said)


@cache
def name_by_number(kind: Kind) -> Mapping[int, str]:
    """Return the one name to print for each number that has a name."""
    names = {number: name for name, _, printed in _said_rows(kind) for number in spread(printed)}
    for name, numbers in _registered(kind).items():
        for number in spread(numbers):
            names.setdefault(number, name)
    return MappingProxyType(names)


@cache
def said_names(kind: Kind) -> frozenset[str]:
    """Return the words of the list kept by hand."""
    return frozenset(name for name, _, _ in _said_rows(kind))


@cache
def known_names(kind: Kind) -> tuple[str, ...]:
    """Return every known lower-case name, those of the list kept by hand first."""
    said = [name for name, _, _ in _said_rows(kind)]
    return tuple(dict.fromkeys([*said, *_registered(kind)]))


def spread(numbers: str) -> tuple[int, ...]:
    """Return the numbers written as `22`, `67,68` or `6000-6063`, in that order; () for no text and `-`."""
    if numbers.isdigit():  # nearly every line
        return (int(numbers),)
    if numbers in {"", NOWHERE}:
        return ()
    return tuple(number for part in numbers.split(",") for number in _run(part))


def gather(numbers: Iterable[int]) -> str:
    """Return the shortest writing of a set of numbers, the inverse of `spread`."""
    runs: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return ",".join(_written(first, last) for first, last in runs)


@cache
def _registered(kind: Kind) -> dict[str, str]:
    rows = (line.partition("\t") for line in _lines(f"{kind.value}.tsv"))
    return {name: numbers for name, _, numbers in rows}


@cache
def _said_rows(kind: Kind) -> tuple[tuple[str, str, str], ...]:
    rows = (line.split("\t") for line in _lines(f"said-{kind.value}.tsv"))
    return tuple((name, numbers, printed) for name, numbers, printed in rows)


def _lines(file_name: str) -> list[str]:
    # Path, not importlib.resources: that import costs more than reading the table.
    text = (FOLDER / file_name).read_text(encoding="utf-8")
    return [line for line in text.split("\n") if line and line[0] != "#"]


def _run(part: str) -> range:
    first, _, last = part.partition("-")
    return range(int(first), int(last or first) + 1)


def _written(first: int, last: int) -> str:
    if last - first > 1:
        return f"{first}-{last}"
    return str(first) if first == last else f"{first},{last}"
