"""Layouts: which fields the columns of a line are, and how a header line says so.

Owns the recognition of header lines, and with it the names that a topic's fields get from files. Knows
nothing of values, blocks or files.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from flowql.errors import InputError
from flowql.ingest.lines import BYTE_ORDER_MARK, tokens_of
from flowql.schema import DEFAULT_LAYOUT, DEFAULT_SCHEMA, Field, field_named, is_known_name, normalize_name

HEADER_BYTES_MAX = 16_384
"""Longer lines are no headers: 150 columns of the longest known names take 4,000 bytes."""
KNOWN_NAMES_MIN = 2
"""A header holds at least this many known names, and at least half of its names are known."""

HEADER_TEXTS_MAX = 100
"""Different headers in one source; it is searched for each of them."""

_NAME = re.compile(rb"[^\W\d-][!-~]{0,63}", re.ASCII)
_NAME_RUBBISH = re.compile(r"[^a-z0-9]+")


class DuplicateNameError(InputError):
    """A header that names one column twice: which of the two is meant cannot be known."""

    code = "duplicate-name"


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of a line's columns, in order; `unknown_names` are those without a registered kind."""

    fields: tuple[Field, ...]
    unknown_names: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Canonical field names, in column order."""
        return tuple(field.name for field in self.fields)

    @property
    def checkpoint_names(self) -> tuple[str, ...]:
        """The names as checkpoints keep them: none is the default layout."""
        return () if self.is_default else self.names

    @property
    def is_default(self) -> bool:
        """Whether these are the fourteen default columns, in the default order."""
        return self == DEFAULT


def layout_of(names: tuple[str, ...]) -> Layout:
    """The layout of canonical names; none at all is the default layout."""
    fields = tuple(field_named(name) for name in names or DEFAULT_LAYOUT)
    return Layout(fields, tuple(field.name for field in fields if not is_known_name(field.name)))


DEFAULT = layout_of(DEFAULT_LAYOUT)


def is_header(tokens: list[bytes]) -> bool:
    """Whether a line's tokens are column names: all look like names, enough of them are known."""
    if len(tokens) < KNOWN_NAMES_MIN or tokens[0][:1].isdigit() or not all(map(_NAME.fullmatch, tokens)):
        return False
    known_count = sum(_known_name(token.decode()) is not None for token in tokens)
    return known_count >= KNOWN_NAMES_MIN and 2 * known_count >= len(tokens)


@lru_cache(maxsize=256)
def read_header(line: bytes) -> Layout | None:
    """The layout that a header line gives, or None when the line is no header.

    Names may be in any case, with `_` or `.` for `-`; aliases (`srcip`) are taken for the field that they
    mean. Raises `DuplicateNameError` when two columns have the same name.
    """
    if len(line) > HEADER_BYTES_MAX:
        return None
    tokens = tokens_of(line)
    if not is_header(tokens):
        return None
    names = [normalize_name(token.decode()) for token in tokens]
    canonical = tuple(_column_name(name, names) for name in names)
    twice = next((name for name in canonical if canonical.count(name) > 1), None)
    if twice is not None:
        raise DuplicateNameError(f"the header names {twice} twice")
    return layout_of(canonical)


def header_places(lines: bytes, begin: int, end: int, texts: Iterable[bytes]) -> list[tuple[int, int]]:
    """Begin and end of the lines in a part of `lines` that hold one of these headers' texts, in order."""
    places: dict[int, int] = {}
    for text in texts:
        found = lines.find(text, begin, end)
        while found >= 0:
            line_end = lines.index(b"\n", found)
            places[lines.rfind(b"\n", 0, found) + 1] = line_end
            found = lines.find(text, line_end, end)
    return sorted(places.items())


def header_text(line: bytes) -> bytes:
    """What of a header line is searched for, to find it again."""
    return line.removeprefix(BYTE_ORDER_MARK).strip(b" \t\r")


def _known_name(token: str) -> str | None:
    name = normalize_name(token)
    if is_known_name(name):
        return name
    # Only fields of the default layout have aliases, so its schema resolves them all.
    aliased = DEFAULT_SCHEMA.resolve(name)
    return None if aliased is None else aliased.name


def _column_name(name: str, all_names: list[str]) -> str:
    known = _known_name(name)
    if known is None:
        return _NAME_RUBBISH.sub("-", name).strip("-") or "column"
    # `eni` beside `interface-id` is a column of its own, not the same one twice.
    return name if known != name and known in all_names else known
