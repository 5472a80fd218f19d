"""Values in the oracle's rows: which there are, how they are ordered, shown to a program and printed.

Times and durations are nanoseconds, addresses 128 bits. The quotients of records are fractions until a stage
makes columns of them.
"""

from fractions import Fraction
from typing import NamedTuple, TypeAlias

import pyarrow as pa

from flowql.schema import Kind, TopicName
from flowql.times import format_epoch, format_time
from flowql.values import SECOND_NS, format_address, format_duration, is_ipv4, lower_ascii


class Network(NamedTuple):
    """A block of addresses: the first of them, and the length of its prefix as its family counts it."""

    address: int
    length: int

    @property
    def last(self) -> int:
        """The last address of the block."""
        host_bits = (32 if is_ipv4(self.address) else 128) - self.length
        return self.address + (1 << host_bits) - 1

    def __str__(self) -> str:
        return f"{format_address(self.address)}/{self.length}"


class Identity(NamedTuple):
    """Where a record stands among all others, the later the greater; those without a start are before all."""

    has_start: bool
    start: int
    topic: TopicName
    place: int


Cell: TypeAlias = int | float | str | None
"""A value as a result yields it."""
Value: TypeAlias = int | float | str | Fraction | Network | Identity
Row: TypeAlias = dict[str, Value | None]
"""The values of a row by column. The computed fields of records that a plan names stand beside their own."""
IDENTITY = "#identity"
"""A column of records that only groups lose."""


def number(value: Value) -> int | float | Fraction:
    """A value that is one to reckon with."""
    assert isinstance(value, int | float | Fraction), f"no number: {value}"
    return value


def comparable(value: Value) -> Value:
    """The value as relations and sets see it: letter case aside."""
    return lower_ascii(value) if isinstance(value, str) else value


def in_order(value: Value) -> tuple[object, ...]:
    """What values of one column are ordered by: numbers by value, text by (ASCII-lowered, bytes)."""
    return (lower_ascii(value), value.encode()) if isinstance(value, str) else (value,)


def missing_last(values: tuple[Value | None, ...]) -> list[tuple[object, ...]]:
    """What groups are ordered by."""
    return [(1,) if value is None else (0, *in_order(value)) for value in values]


def shown_as(value: Value | None, kind: Kind) -> Cell:
    """A value as `Result` yields it."""
    match value:
        case None:
            return None
        case Network():
            return str(value)
        case int() if kind is Kind.ADDRESS:
            return format_address(value)
        case int() if kind in (Kind.TIME, Kind.DURATION):
            return value // SECOND_NS if value % SECOND_NS == 0 else value / SECOND_NS
        case Fraction():
            return float(value)
        case int() | float() | str():
            return value
        case _:
            raise AssertionError(f"no value of a column: {value}")


def searched(value: Value, kind: Kind) -> str:
    """A value as patterns and regular expressions see it."""
    match kind:
        case Kind.ADDRESS:
            return format_address(int(number(value)))
        case Kind.TIME | Kind.DURATION:
            return format_epoch(int(number(value)))
        case _:
            return str(value)


def printed(value: Value, kind: Kind) -> str:
    """A value as tables print it: times in UTC, durations in units, of real numbers the shortest digits."""
    match kind:
        case Kind.TIME:
            return format_time(int(number(value)))
        case Kind.DURATION:
            return format_duration(int(number(value)))
        case Kind.REAL:
            return str(pa.scalar(float(number(value))).cast(pa.string()))
        case _:
            return searched(value, kind)
