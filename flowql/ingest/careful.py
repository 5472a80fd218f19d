"""The careful road, one line at a time: the definition of what a line means, with which the fast road agrees.

Owns the verdict on a line (record, reject with its reason, blank, header) and the reading of every kind of
value. Knows nothing of blocks, files or Arrow.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from flowql.ingest.columns import Value
from flowql.ingest.layout import Layout, is_header
from flowql.ingest.lines import tokens_of
from flowql.ingest.times import time_ns
from flowql.schema import Kind
from flowql.values import parse_address

MISSING_TOKEN = b"-"
MISSING_COUNT = -1
"""What some collectors write for the packets and bytes of records without traffic."""

_INT64_DIGITS_MAX = 19
_STATUS_ONLY = (b"NODATA", b"SKIPDATA")
_SHORT_COLUMNS = 13
_VALUES_FIRST = 3  # srcaddr: the columns before it are in every record
_VALUES_COUNT = 7  # from srcaddr to bytes
_TIME_DIGITS_MIN = 9


class LineKind(Enum):
    """Lines that are neither record nor reject."""

    BLANK = "blank"
    HEADER = "header"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a line is no record: a code, and the field at fault (`""` when it is the whole line)."""

    code: str
    field: str = ""


Record = list[Value]
"""A record's values, in the order of its layout's columns."""

NUL_BYTE = Fault("nul-byte")
FIELD_COUNT = Fault("field-count")


TokenReader = Callable[[bytes], Value]
"""Reads a token that is not MISSING_TOKEN; raises ValueError when it is no value of the reader's kind."""


def token_reader(kind: Kind) -> TokenReader:
    """The definition of what a token of a field of this kind means, in a line without NUL bytes."""
    return _READERS[kind][0]


class LineReader:
    """Reads lines under one layout."""

    __slots__ = ("_is_default", "_readers")

    def __init__(self, layout: Layout) -> None:
        self._is_default = layout.is_default
        self._readers = [(*_READERS[field.kind], field.name) for field in layout.fields]

    def read(self, line: bytes) -> Record | Fault | LineKind:
        """What a line (without its newline) is."""
        if b"\0" in line:
            return NUL_BYTE
        tokens = tokens_of(line)
        if not tokens:
            return LineKind.BLANK
        if is_header(tokens):
            return LineKind.HEADER
        if len(tokens) != len(self._readers):
            completed = _complete_status_line(tokens) if self._is_default else None
            if completed is None:
                return FIELD_COUNT
            tokens = completed
        return self._read_record(tokens)

    def _read_record(self, tokens: list[bytes]) -> Record | Fault:
        record: Record = []
        for token, (read, code, name) in zip(tokens, self._readers, strict=True):
            try:
                record.append(None if token == MISSING_TOKEN else read(token))
            except ValueError:
                return Fault(code, name)
        return record


def _complete_status_line(tokens: list[bytes]) -> list[bytes] | None:
    """The fourteen tokens of a NODATA or SKIPDATA line that has thirteen; None when it is not such a line.

    Published pages leave out one `-`, and not always the same one. The two adjacent times tell which: after
    them come an action or none, before them the addresses to bytes, all seven or, if one is left out, all
    missing.
    """
    if len(tokens) != _SHORT_COLUMNS or tokens[-1] not in _STATUS_ONLY:
        return None
    for start in (_VALUES_FIRST + _VALUES_COUNT, _VALUES_FIRST + _VALUES_COUNT - 1):
        values = tokens[_VALUES_FIRST:start]
        if not all(_looks_like_time(token) for token in tokens[start : start + 2]):
            continue
        if len(values) == _VALUES_COUNT:
            return [*tokens[:-1], MISSING_TOKEN, tokens[-1]]
        if all(value in (MISSING_TOKEN, b"-1") for value in values):
            return [*tokens[:_VALUES_FIRST], *[MISSING_TOKEN] * _VALUES_COUNT, *tokens[start:]]
    return None


def _looks_like_time(token: bytes) -> bool:
    return token.isdigit() and len(token) >= _TIME_DIGITS_MIN


def _read_text(token: bytes) -> Value:
    return token.decode()


def _read_address(token: bytes) -> Value:
    address = parse_address(token.decode())
    if address is None:
        raise ValueError(token)
    return address


def _read_port(token: bytes) -> Value:
    return _inside(_read_integer(token), _PORT_MAX)


def _read_protocol(token: bytes) -> Value:
    return _inside(_read_integer(token), _PROTOCOL_MAX)


def _read_count(token: bytes) -> Value:
    number = _read_integer(token)
    return None if number == MISSING_COUNT else _inside(number, _COUNT_MAX)


def _read_time(token: bytes) -> Value:
    time = time_ns(_read_integer(token))
    if time is None:
        raise ValueError(token)
    return time


def _inside(number: int, last: int) -> int:
    if not 0 <= number <= last:
        raise ValueError(number)
    return number


def _read_integer(token: bytes) -> int:
    """ASCII decimal digits, leading zeros and a minus allowed: the caller refuses negative numbers."""
    digits = token.removeprefix(b"-")
    # bytes.isdigit is ASCII only, where int() takes any digits, signs, blanks and underscores.
    if not digits.isdigit():
        raise ValueError(token)
    if len(token) > _INT64_DIGITS_MAX:  # int() refuses thousands of digits, though they be zeros
        digits = digits.lstrip(b"0") or b"0"
        if len(digits) > _INT64_DIGITS_MAX:
            raise ValueError(token)
    return -int(digits) if token.startswith(b"-") else int(digits)


_PORT_MAX, _PROTOCOL_MAX, _COUNT_MAX = (kind.value_max for kind in (Kind.PORT, Kind.PROTOCOL, Kind.COUNT))
_READERS: dict[Kind, tuple[TokenReader, str]] = {
    Kind.TEXT: (_read_text, "encoding"),
    Kind.ADDRESS: (_read_address, "bad-address"),
    Kind.PORT: (_read_port, "bad-port"),
    Kind.PROTOCOL: (_read_protocol, "bad-protocol"),
    Kind.COUNT: (_read_count, "bad-number"),
    Kind.TIME: (_read_time, "bad-time"),
}
