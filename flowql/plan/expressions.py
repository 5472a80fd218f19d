"""Bound, typed expressions: what a computed column is worked out from, row by row.

Owns the expression types, their kinds and their text. Where a value that is needed is missing, or a divisor
is 0, the outcome is missing. Integers stay integers: a sum, difference or product that passes 64 bits ends
the query with a limit's name, it never wraps around nor becomes a real number. Like predicates they speak of
columns and values only, so that any engine can work them out.
"""

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from flowql.buckets import Bucket
from flowql.plan.predicates import Predicate, Relation, describe
from flowql.schema import Kind
from flowql.times import format_time
from flowql.values import format_address, format_duration

if TYPE_CHECKING:
    from flowql.plan.logical import Column


@dataclass(frozen=True, slots=True)
class Read:
    """The value of a column."""

    column: "Column"

    @property
    def kind(self) -> Kind:
        """The column's."""
        return self.column.kind

    def __str__(self) -> str:
        return self.column.name


@dataclass(frozen=True, slots=True)
class Constant:
    """A value: int for COUNT, DURATION and TIME (nanoseconds) and ADDRESS (128 bits), float for REAL, str."""

    value: int | float | str | None
    kind: Kind

    def __str__(self) -> str:
        match self.value:
            case str():
                return f'"{self.value}"'
            case int() if self.kind is Kind.DURATION:
                return format_duration(self.value)
            case int() if self.kind is Kind.TIME:
                return format_time(self.value)
            case int() if self.kind is Kind.ADDRESS:
                return format_address(self.value)
            case _:
                return str(self.value)


class Operation(Enum):
    """What is done to two numbers; the value is the sign."""

    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    MODULO = "%"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two numbers, times or durations, of kinds that the binder has checked, and what becomes of them.

    `/` of two values of one kind is REAL, of a DURATION by a number a DURATION (rounded half to even, in
    nanoseconds); `%` has the sign of the left side. PORT and PROTOCOL count as integers. Both sides of + and
    - have the units of the outcome already: a bare number beside a duration was bound as seconds.
    """

    operation: Operation
    left: "Expression"
    right: "Expression"
    kind: Kind

    def __str__(self) -> str:
        return f"({self.left} {self.operation.value} {self.right})"


@dataclass(frozen=True, slots=True)
class Compared:
    """1 where the relation holds between two values of one kind, 0 where it does not; letter case aside."""

    relation: Relation
    left: "Expression"
    right: "Expression"

    @property
    def kind(self) -> Kind:
        """A number, so that it can be added."""
        return Kind.COUNT

    def __str__(self) -> str:
        return f"({self.left} {self.relation.value} {self.right})"


@dataclass(frozen=True, slots=True)
class Choice:
    """`then` where the predicate holds, else `otherwise`; both of one kind."""

    predicate: Predicate
    then: "Expression"
    otherwise: "Expression"

    @property
    def kind(self) -> Kind:
        """That of both branches."""
        return self.then.kind

    def __str__(self) -> str:
        return f"if({describe(self.predicate)}, {self.then}, {self.otherwise})"


@dataclass(frozen=True, slots=True)
class Coalesce:
    """The first of the values that is present; all of one kind."""

    items: tuple["Expression", ...]

    @property
    def kind(self) -> Kind:
        """That of all items."""
        return self.items[0].kind

    def __str__(self) -> str:
        return f"coalesce({', '.join(map(str, self.items))})"


@dataclass(frozen=True, slots=True)
class Round:
    """A number rounded to so many decimals, halves away from zero; of 0 decimals an integer (COUNT)."""

    item: "Expression"
    digits: int

    @property
    def kind(self) -> Kind:
        """COUNT without decimals, else REAL."""
        return Kind.COUNT if self.digits == 0 else Kind.REAL

    def __str__(self) -> str:
        return f"round({self.item}, {self.digits})"


@dataclass(frozen=True, slots=True)
class Concat:
    """The values as printed, one after another; missing when one of them is."""

    items: tuple["Expression", ...]

    @property
    def kind(self) -> Kind:
        """Text."""
        return Kind.TEXT

    def __str__(self) -> str:
        return f"concat({', '.join(map(str, self.items))})"


@dataclass(frozen=True, slots=True)
class Lower:
    """A text with its ASCII letters in lower case."""

    item: "Expression"

    @property
    def kind(self) -> Kind:
        """Text."""
        return Kind.TEXT

    def __str__(self) -> str:
        return f"lower({self.item})"


@dataclass(frozen=True, slots=True)
class Prefix:
    """How much of an address is kept: so many bits of IPv4 and of IPv6, the others are 0."""

    ipv4_length: int
    ipv6_length: int

    def __str__(self) -> str:
        return f"/{self.ipv4_length}/{self.ipv6_length}"


@dataclass(frozen=True, slots=True)
class Prefixed:
    """The network, as an address and its length in one text (`10.0.0.0/24`), that an address lies in."""

    item: "Expression"
    prefix: Prefix

    @property
    def kind(self) -> Kind:
        """A network."""
        return Kind.NETWORK

    def __str__(self) -> str:
        return f"prefix({self.item}, {self.prefix})"


@dataclass(frozen=True, slots=True)
class Bucketed:
    """The first instant of the bucket that a time lies in."""

    item: "Expression"
    bucket: Bucket

    @property
    def kind(self) -> Kind:
        """A time."""
        return Kind.TIME

    def __str__(self) -> str:
        return f"bucket({self.item}, {self.bucket})"


Expression: TypeAlias = (
    Read | Constant | Arithmetic | Compared | Choice | Coalesce | Round | Concat | Lower | Prefixed | Bucketed
)
