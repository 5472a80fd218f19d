"""FlowQL's own functions that a statement calls where SQL has none: what each is, as a value.

Owns the works and the types of their arguments. Who runs a statement makes them of the numpy and Arrow code
that is there; each is called with whole vectors.
"""

from dataclasses import dataclass
from typing import TypeAlias

from flowql.buckets import Bucket
from flowql.lists import NamedList
from flowql.plan.expressions import Prefix
from flowql.plan.predicates import FieldLeaf
from flowql.schema import Kind

SQL_TYPES: dict[Kind, str] = {
    Kind.TEXT: "VARCHAR",
    Kind.ADDRESS: "BLOB",
    Kind.NETWORK: "BLOB",
    Kind.PORT: "BIGINT",
    Kind.PROTOCOL: "BIGINT",
    Kind.COUNT: "BIGINT",
    Kind.TIME: "BIGINT",
    Kind.DURATION: "BIGINT",
    Kind.REAL: "DOUBLE",
}
"""The type that a column of each kind has, in the input and everywhere behind it."""
SUM_TYPE = "DECIMAL(38, 0)"
"""What holds an exact sum of as many integers as there may be."""


@dataclass(frozen=True, slots=True)
class StartOf:
    """time -> the first instant of its bucket."""

    bucket: Bucket


@dataclass(frozen=True, slots=True)
class EdgesOf:
    """First time, last time -> the first instants of the buckets from the one to the other.

    More than `BUCKET_COUNT_MAX` of them end the query with that limit's name; of no times there are none.
    """

    bucket: Bucket


@dataclass(frozen=True, slots=True)
class NetworkOf:
    """address -> the network of that length that it lies in."""

    prefix: Prefix


@dataclass(frozen=True, slots=True)
class Shown:
    """value -> its text as in a table: addresses, networks, times on UTC's clock, durations, reals."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class AsRecorded:
    """value -> its text as a record has it, which patterns look at: times in seconds."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class Joined:
    """A list of distinct values -> their texts, ascending in the kind's order, joined by ", "."""

    kind: Kind


@dataclass(frozen=True, slots=True, eq=False)
class Holds:
    """value -> whether a predicate holds that has no plain form in SQL; false on missing."""

    leaf: FieldLeaf


@dataclass(frozen=True, slots=True)
class Divided:
    """Integer, integer -> the quotient rounded to an integer, half to even; missing for divisor 0."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """Integer, real -> the product or quotient, as if exact, rounded to an integer, half to even.

    A quotient is missing where the divisor is 0; what 64 bits do not hold ends the query.
    """

    divides: bool


@dataclass(frozen=True, slots=True)
class Rounded:
    """real -> rounded to so many decimals as if it were exact, halves away from zero; to an integer for 0."""

    digits: int


@dataclass(frozen=True, slots=True)
class Mean:
    """Exact sum, count -> the quotient rounded once: to a double, or half to even for times and durations."""

    kind: Kind


@dataclass(frozen=True, slots=True, eq=False)
class EntryOf:
    """value -> the number of a list's most specific entry that holds it; missing where none does."""

    list: NamedList
    kind: Kind


@dataclass(frozen=True, slots=True, eq=False)
class EntryText:
    """The number of a list's entry -> what stands in one of the list's columns, by its place."""

    list: NamedList
    place: int


Work: TypeAlias = (
    StartOf
    | EdgesOf
    | NetworkOf
    | Shown
    | AsRecorded
    | Joined
    | Holds
    | Divided
    | Scaled
    | Rounded
    | Mean
    | EntryOf
    | EntryText
)


@dataclass(frozen=True, slots=True)
class Function:
    """A function under the name that a statement calls it by, with the SQL types of its two ends.

    It is called for missing arguments too, and gives null for them unless its work says otherwise.
    """

    name: str
    work: Work
    arguments: tuple[str, ...]
    outcome: str


def types_of(work: Work) -> tuple[tuple[str, ...], str]:
    """The SQL types of a work's arguments and of its outcome."""
    match work:
        case StartOf():
            return ("BIGINT",), "BIGINT"
        case EdgesOf():
            return ("BIGINT", "BIGINT"), "BIGINT[]"
        case NetworkOf():
            return ("BLOB",), "BLOB"
        case Shown(kind) | AsRecorded(kind):
            return (SQL_TYPES[kind],), "VARCHAR"
        case Joined(kind):
            return (f"{SQL_TYPES[kind]}[]",), "VARCHAR"
        case Holds(leaf):
            return (SQL_TYPES[leaf.field.kind],), "BOOLEAN"
        case Divided():
            return ("BIGINT", "BIGINT"), "BIGINT"
        case Scaled():
            return ("BIGINT", "DOUBLE"), "BIGINT"
        case Rounded(digits):
            return ("DOUBLE",), "DOUBLE" if digits else "BIGINT"
        case Mean(kind):
            return (SUM_TYPE, "BIGINT"), SQL_TYPES[kind]
        case EntryOf(_, kind):
            return (SQL_TYPES[kind],), "BIGINT"
        case EntryText():
            return ("BIGINT",), "VARCHAR"
        case _:
            raise AssertionError(work)
