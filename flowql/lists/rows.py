"""The rows of a list's file: what is an entry, what is said beside it, and what is a bad line.

One entry a line, in UTF-8:

    203.0.113.0/24          a network; host bits set mean the network they lie in, and are counted
    2001:db8::7             an address; IPv4-mapped is IPv4, and an IPv6 block holds no IPv4
    10.0.0.1 - 10.0.0.9     a range of one family, with blanks around its hyphen or without
    3389    8000-8100       a port, a range of ports
    # or ; and what follows, behind an entry too, is a comment

A row with commas is CSV, of which the first cell is the entry; the first row of a file may be a header, which
names the others:

    network,owner,Cost centre
    10.0.0.0/24,web,"1,200"
    10.0.1.0/24,db          a row may be shorter than the header: its last cells are missing

A cell is text without the blanks around it, and is missing when it is empty; a quoted cell ends on its
line. Without a header the cells have no names, and are remarks. A line that is none of these is a bad line,
and so is one with more cells than the header, empty ones at its end aside: a comma that nobody quoted has
moved them. A bad line is counted, kept with its number, and no reason to stop.

Owns how the bytes fall into rows and the rows into cells. Knows nothing of what becomes of them.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple, TypeAlias

from flowql.lists.column_names import column_names
from flowql.lists.entries import Entry, parse_entry
from flowql.lists.errors import ListError

LIST_COLUMNS_MAX = 1_000
"""Columns that a header may name."""
CELL_CHARACTERS_MAX = csv.field_size_limit()
"""A line with a longer cell is a bad line."""

_COMMENT = re.compile(r"[#;].*", re.DOTALL)
_TITLE = re.compile(r"[^\W\d][\w ,/()-]*")
"""A cell that can head a column: no dot and no colon, so that a misspelled address is none."""
_LONE_TITLE = re.compile(
    r"(?:(?:src|dst|source|destination)[ _-]?)?"
    r"(?:ip(?:v[46])?|address|addr|cidr|network|net|subnet|prefix|range|port)"
    r"(?:[ _-]?(?:address|addr|cidr|network|range|prefix))?(?:es|s)?"
    r"|host|entry|indicator"
)
"""What heads a file of one column; any other word there is a bad line."""

_Line: TypeAlias = tuple[int, str]


class Row(NamedTuple):
    """A line that is neither blank, nor a comment, nor the header.

    `line` is its number, from 1, `text` all of it. `entry` is None where it is a bad line; `cells` are those
    behind the entry, less the empty ones at the end.
    """

    line: int
    text: str
    entry: Entry | None
    cells: list[str]


def read_rows(content: bytes) -> tuple[tuple[str, ...] | None, Iterator[Row]]:
    """The names of the columns behind the entries, None without a header, and the rows as they are asked for.

    Raises `ListError` when the header names more than `LIST_COLUMNS_MAX` columns.
    """
    # What is not UTF-8 becomes U+FFFD, which is in no entry: a bad line, or part of a cell or a comment.
    lines = _lines(content.decode("utf-8-sig", errors="replace"))
    first = next(lines, None)
    if first is None:
        return None, iter(())
    cells = _cells(first[1])
    if parse_entry(cells[0]) is not None or not _is_header(cells):
        return None, _rows(chain((first,), lines), None)
    titles = _behind_the_entry(cells)
    if len(titles) > LIST_COLUMNS_MAX:
        raise ListError(f"a list has at most {LIST_COLUMNS_MAX:,} columns (limit: list_columns_max)")
    return column_names(titles), _rows(lines, len(titles))


def _lines(text: str) -> Iterator[_Line]:
    """Every line that is neither blank nor a comment, with its number."""
    # Not str.splitlines: it takes form feeds and others for the end of a line, and editors do not.
    for number, line in enumerate(text.split("\n"), 1):
        row = line.strip()
        if row and row[0] not in "#;":
            yield number, row


def _rows(lines: Iterable[_Line], column_count: int | None) -> Iterator[Row]:
    for line, text in lines:
        all_cells = _cells(text)
        entry = parse_entry(all_cells[0])
        cells = _behind_the_entry(all_cells)
        if cells and (_has_entry(cells) if column_count is None else len(cells) > column_count):
            entry = None
        yield Row(line, text, entry, cells)


def _cells(text: str) -> list[str]:
    """The cells of a row; the first one less its comment, which then is all of the rest."""
    if '"' not in text and "\r" not in text and len(text) <= CELL_CHARACTERS_MAX:
        cells = text.split(",")
    elif "," in text or text[0] == '"':
        try:
            # Line by line: a quote that nobody closed must not swallow the rest of the file.
            cells = next(csv.reader([text], skipinitialspace=True))
        except csv.Error:  # a cell longer than the reader takes, or a bare carriage return
            return [text]
    else:
        cells = [text]
    if "#" in cells[0] or ";" in cells[0]:
        return [_COMMENT.sub("", cells[0]).strip()]
    return [cell.strip() for cell in cells]


def _behind_the_entry(cells: list[str]) -> list[str]:
    end = len(cells)
    while end > 1 and not cells[end - 1]:
        end -= 1
    return cells[1:end]


def _has_entry(cells: Iterable[str]) -> bool:
    # With no header, `22, 80, 443` may be three entries as well as one with remarks: nobody can say.
    return any(parse_entry(_COMMENT.sub("", cell).strip()) for cell in cells)


def _is_header(cells: list[str]) -> bool:
    if len(cells) > 1:
        return _TITLE.fullmatch(cells[0]) is not None
    return _LONE_TITLE.fullmatch(cells[0].lower()) is not None
