"""The fast road: a block of lines through Arrow's CSV reader, by the column.

Owns the proof that this gives what the careful road would. A line of the wrong width comes back alone and is
read carefully, and so is one with a value outside its field's domain. A block with tokens that Arrow refuses,
or accepts where it should not, is read again as distinct tokens, each of which the careful road's readers
read once. A block in which Arrow would see other lines is halved until only the neighbours of the odd place
are read line by line. Knows nothing of files; runs on any thread.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
from numpy.typing import NDArray

from flowql.ingest.careful import MISSING_TOKEN
from flowql.ingest.columns import take_rows
from flowql.ingest.convert import ARROW_TYPES, TOKEN_TYPE, convert_table
from flowql.ingest.layout import Layout
from flowql.ingest.lines import BYTE_ORDER_MARK, count_lines
from flowql.ingest.parsed import Gathering, Lines, Parsed
from flowql.schema import Kind

CAREFUL_BYTES_MAX = 8_192
"""A piece of at most this size is read line by line: for 70 lines, that takes as long as asking Arrow."""
UNTIDY_SHARE = 8
"""A block of which more than one line in so many has a wrong width is tidied (doubled blanks) and read
again.
"""

_NEWLINE = ord("\n")
_RETURN = ord("\r")
_BLANK = ord(" ")


@dataclass(frozen=True, slots=True)
class _Table:
    """What Arrow made of a piece of a block: rows with their lines, and lines left to the careful road.

    All lines count from the beginning of the piece.
    """

    table: pa.Table
    are_tokens: bool
    row_lines: Lines
    other_lines: Lines
    blank_lines: Lines


def parse_lines(data: bytes, layout: Layout, line_count: int | None = None) -> Parsed:
    """Parse whole lines, each ended by a newline: the same result as `parse_lines_carefully`, faster."""
    gathering = Gathering(layout)
    # In a layout of texts alone, Arrow would read a header line as a record.
    if all(field.kind is Kind.TEXT for field in layout.fields):
        gathering.add_lines(0, data)
    elif data:
        _parse(data, count_lines(data, 0, len(data)) if line_count is None else line_count, 0, gathering)
    return gathering.finish()


def parse_lines_carefully(data: bytes, layout: Layout) -> Parsed:
    """Parse whole lines, each ended by a newline, one at a time: the definition."""
    gathering = Gathering(layout)
    gathering.add_lines(0, data)
    return gathering.finish()


def _parse(data: bytes, line_count: int, first_line: int, gathering: Gathering) -> bool:
    """Parse a piece of a block. False when a header line ended it early."""
    is_small = len(data) <= CAREFUL_BYTES_MAX
    read = None if is_small else _read(data, line_count, gathering.layout)
    if read is not None:
        return _add_table(read, data, first_line, gathering)
    if is_small or line_count == 1:
        return gathering.add_lines(first_line, data)
    cut = data.rfind(b"\n", 0, len(data) // 2) + 1 or data.index(b"\n") + 1
    left_count = count_lines(data, 0, cut)
    return _parse(data[:cut], left_count, first_line, gathering) and _parse(
        data[cut:], line_count - left_count, first_line + left_count, gathering
    )


def _read(data: bytes, line_count: int, layout: Layout) -> _Table | None:
    """The piece as Arrow reads it, or None when it cannot be trusted with it."""
    is_ascii = data.isascii()
    if not _has_the_same_lines(data, is_ascii=is_ascii):
        return None
    # NUL bytes and tabs are less than a newline: the least byte tells of both in one pass.
    has_less = int(np.frombuffer(data, np.uint8).min()) < _NEWLINE
    text = data.replace(b"\t", b" ") if has_less else data
    is_utf8 = is_ascii or _is_utf8(text)
    # Arrow alone accepts NUL bytes and hexadecimal numbers.
    is_plain = is_utf8 and not (has_less and b"\0" in text) and not _has_hexadecimals(text)
    read = _read_text(text, line_count, layout, is_utf8=is_utf8, is_plain=is_plain)
    if read is not None and len(read.other_lines) * UNTIDY_SHARE > line_count:
        tidied = _tidy(text)
        if len(tidied) < len(text):
            return _read_text(tidied, line_count, layout, is_utf8=is_utf8, is_plain=is_plain)
    return read


def _read_text(
    text: bytes, line_count: int, layout: Layout, *, is_utf8: bool, is_plain: bool
) -> _Table | None:
    read = _read_table(text, line_count, layout, is_utf8=is_utf8, are_tokens=False) if is_plain else None
    return read or _read_table(text, line_count, layout, is_utf8=is_utf8, are_tokens=True)


def _has_the_same_lines(data: bytes, *, is_ascii: bool) -> bool:
    """Whether Arrow sees the lines that the careful road sees.

    It ends lines at lone carriage returns, and skips a byte order mark at the beginning of the first one
    only.
    """
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
        return False
    return is_ascii or data.find(BYTE_ORDER_MARK, 1) < 0


def _has_hexadecimals(text: bytes) -> bool:
    """Whether some token begins with `0x` or `0X`. Searches for one byte are the fast ones."""
    return any(mark in text and _has_token(text, b"0" + mark) for mark in (b"x", b"X"))


def _has_token(text: bytes, prefix: bytes) -> bool:
    """Whether some token begins with these two bytes."""
    characters = np.frombuffer(text, np.uint8)
    places = np.flatnonzero(characters[1:] == prefix[1])
    places = places[characters[places] == prefix[0]]
    before = characters[places - 1]  # for place 0, the last byte, a newline, stands in
    is_first = (before == _BLANK) | (before == _NEWLINE)
    return bool(is_first.any()) or text.removeprefix(BYTE_ORDER_MARK).startswith(prefix)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _tidy(text: bytes) -> bytes:
    """The same lines with single blanks and none at the edges."""
    while b"  " in text:
        text = text.replace(b"  ", b" ")
    return text.replace(b" \r\n", b"\r\n").replace(b" \n", b"\n").replace(b"\n ", b"\n").removeprefix(b" ")


def _read_table(
    text: bytes, line_count: int, layout: Layout, *, is_utf8: bool, are_tokens: bool
) -> _Table | None:
    types = {field.name: TOKEN_TYPE if are_tokens else ARROW_TYPES[field.kind] for field in layout.fields}
    invalid_rows: list[int] = []

    def skip(row: arrow_csv.InvalidRow) -> str:
        invalid_rows.append(row.number)
        return "skip"

    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(text),
            # One more than the text's size, so that it is one block for Arrow too, and each column one chunk.
            read_options=arrow_csv.ReadOptions(
                use_threads=False, block_size=len(text) + 1, column_names=list(types)
            ),
            # The handler is given text: without it, an invalid row of other bytes is an ArrowInvalid.
            parse_options=arrow_csv.ParseOptions(
                delimiter=" ",
                quote_char=False,
                escape_char=False,
                invalid_row_handler=skip if is_utf8 else None,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=types,
                null_values=[MISSING_TOKEN.decode()],
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid:  # a number that is none, or too great for its type
        return None
    lines = _lines_of(table.num_rows, np.array(invalid_rows, np.int64) - 1, text, line_count)
    return None if lines is None else _Table(table, are_tokens, *lines)


def _lines_of(
    row_count: int, invalid_rows: Lines, text: bytes, line_count: int
) -> tuple[Lines, Lines, Lines] | None:
    """Which lines became rows, were invalid, and are empty; None when the numbers do not add up."""
    no_lines = np.zeros(0, np.int64)
    if row_count == line_count:
        return np.arange(line_count), no_lines, no_lines
    blank = np.zeros(line_count, np.bool_)
    if row_count + len(invalid_rows) < line_count:
        blank = _empty_lines(text)
    # Arrow numbers the rows without the empty lines.
    full_lines = np.flatnonzero(~blank)
    if row_count + len(invalid_rows) != len(full_lines):
        return None
    is_row = np.ones(len(full_lines), np.bool_)
    is_row[invalid_rows] = False
    return full_lines[is_row], full_lines[~is_row], np.flatnonzero(blank)


def _empty_lines(text: bytes) -> NDArray[np.bool_]:
    characters = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero(characters == _NEWLINE)
    lengths = np.diff(ends, prepend=-1) - 1
    empty: NDArray[np.bool_] = (lengths == 0) | ((lengths == 1) & (characters[ends - 1] == _RETURN))
    return empty


def _add_table(read: _Table, data: bytes, first_line: int, gathering: Gathering) -> bool:
    columns, bad_rows = convert_table(read.table, gathering.layout, are_tokens=read.are_tokens)
    row_lines, other_lines = read.row_lines, read.other_lines
    if bad_rows is not None:
        columns = {name: take_rows(chunk, ~bad_rows) for name, chunk in columns.items()}
        other_lines = np.sort(np.concatenate([other_lines, row_lines[bad_rows]]))
        row_lines = row_lines[~bad_rows]
    end = _add_other_lines(other_lines, data, first_line, gathering)
    if end is not None:
        columns = {name: take_rows(chunk, row_lines < end) for name, chunk in columns.items()}
        row_lines = row_lines[row_lines < end]
    if len(row_lines):
        gathering.fast_parts.append((columns, row_lines + first_line))
    blanks = read.blank_lines
    gathering.blank_count += len(blanks) if end is None else int(np.searchsorted(blanks, end))
    return end is None


def _add_other_lines(lines: Lines, data: bytes, first_line: int, gathering: Gathering) -> int | None:
    """Read these lines of the piece carefully; the line of a header that ended it early, or None."""
    if not len(lines):
        return None
    ends = np.append(np.flatnonzero(np.frombuffer(data, np.uint8) == _NEWLINE), -1)
    begins = ends[lines - 1] + 1  # for line 0 the appended -1 stands in
    for line, begin, end in zip(lines.tolist(), begins.tolist(), ends[lines].tolist(), strict=True):
        if not gathering.add_line(first_line + line, data[begin:end]):
            return int(line)
    return None
