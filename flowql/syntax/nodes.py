"""The syntax tree: what a query's text says, before anything is known of fields or values.

Owns the node types; every node carries its span. Nodes are frozen values that hold text as the user meant
it (escapes and quotes resolved), never a typed value: what `10.0.0.0/8` or `22` is depends on the field, and
is the binder's to say. And, Or and sets are n-ary, since real queries have thousands of terms.
"""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from flowql.errors import Span


class Operator(Enum):
    """What stands between a field and its value; the value is the canonical spelling."""

    MATCH = ":"
    EQUAL = "="
    NOT_EQUAL = "!="
    GREATER = ">"
    GREATER_EQUAL = ">="
    LESS = "<"
    LESS_EQUAL = "<="
    IN = "in"
    NOT_IN = "not in"


@dataclass(frozen=True, slots=True)
class Name:
    """A field or column name as written."""

    text: str
    span: Span


# ---- values


@dataclass(frozen=True, slots=True)
class Literal:
    """A word or a quoted text, escapes resolved.

    `wildcards` are the indexes in `text` at which an unescaped, unquoted `*` or `?` stands. `span` covers
    quotes.
    """

    text: str
    span: Span
    quoted: bool = False
    wildcards: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Range:
    """`a..b`, `a..`, `..b`, and the bracket forms, in which an end may be excluded. None is an open end."""

    low: Literal | None
    high: Literal | None
    span: Span
    low_excluded: bool = False
    high_excluded: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """A lone `-` as a value."""

    span: Span


@dataclass(frozen=True, slots=True)
class Present:
    """A lone `*` as a value."""

    span: Span


@dataclass(frozen=True, slots=True)
class Group:
    """Several values of which one has to hold: `(a OR b)`, `{a, b}`, and the set of `in (a, b)`."""

    items: tuple["Value", ...]
    span: Span


Value: TypeAlias = Literal | Range | Missing | Present | Group


# ---- clauses


@dataclass(frozen=True, slots=True)
class Everything:
    """An empty filter, or `*`."""

    span: Span


@dataclass(frozen=True, slots=True)
class Bare:
    """A word, phrase, address or network without a field: looked for everywhere. Quoted means phrase."""

    literal: Literal

    @property
    def span(self) -> Span:
        """The literal's."""
        return self.literal.span


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field clause: `dstport:22`, `bytes > 1M`, `srcaddr not in (a, b)`."""

    field: Name
    operator: Operator
    value: Value
    span: Span


@dataclass(frozen=True, slots=True)
class Not:
    """`NOT c`, `-c`, `!c`."""

    item: "Clause"
    span: Span


@dataclass(frozen=True, slots=True)
class And:
    """Two or more clauses that all hold; a blank between clauses is this too."""

    items: tuple["Clause", ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Or:
    """Two or more clauses of which one holds."""

    items: tuple["Clause", ...]
    span: Span


Clause: TypeAlias = Everything | Bare | Comparison | Not | And | Or


# ---- scope


@dataclass(frozen=True, slots=True)
class TopicPattern:
    """One name of a `from`: `name`, `logset/name`, wildcards in either; excluded when written after `, -`."""

    text: str
    span: Span
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class From:
    """`from vpc-*, -test-*`."""

    patterns: tuple[TopicPattern, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Last:
    """`last 24h`, `last 24h of data`."""

    duration: Literal
    of_data: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Since:
    """`since TIME`: from that instant on."""

    time: Literal
    span: Span


@dataclass(frozen=True, slots=True)
class Until:
    """`until TIME`: before that instant."""

    time: Literal
    span: Span


@dataclass(frozen=True, slots=True)
class Between:
    """`between TIME and TIME`: half-open."""

    low: Literal
    high: Literal
    span: Span


Scope: TypeAlias = From | Last | Since | Until | Between


# ---- stages


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`sum(bytes) as b`; `argument` is None for `count()`; `alias` is None when none is given."""

    function: Name
    argument: Name | None
    alias: Name | None
    span: Span


@dataclass(frozen=True, slots=True)
class SortKey:
    """A column to sort by; descending when written `-column` or `column desc`."""

    column: Name
    descending: bool
    span: Span


@dataclass(frozen=True, slots=True)
class CountStage:
    """`count`."""

    span: Span


@dataclass(frozen=True, slots=True)
class HeadStage:
    """`head 20`; `limit` and `take` read the same."""

    row_count: int
    span: Span


@dataclass(frozen=True, slots=True)
class SortStage:
    """`sort -bytes, srcaddr`."""

    keys: tuple[SortKey, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class FieldsStage:
    """`fields start, srcaddr`."""

    columns: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class TopStage:
    """`top 10 srcaddr by sum(bytes)`; `measure` is None for a count of rows, a Name for `by bytes`."""

    row_count: int
    key: Name
    measure: Aggregate | Name | None
    span: Span


@dataclass(frozen=True, slots=True)
class StatsStage:
    """`stats count() as n, sum(bytes) by srcaddr`; `keys` may be empty."""

    aggregates: tuple[Aggregate, ...]
    keys: tuple[Name, ...]
    span: Span


Stage: TypeAlias = CountStage | HeadStage | SortStage | FieldsStage | TopStage | StatsStage


class Verb(Enum):
    """What to do with a query."""

    SEARCH = "search"
    EXPLAIN = "explain"


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query.

    `text` is what was parsed; `mixed_or` are the spans of Ors that stand, without parentheses, beside an And
    (decision 3 of the language: they run, with a note that shows the grouping).
    """

    text: str
    verb: Verb
    scopes: tuple[Scope, ...]
    filter: Clause
    stages: tuple[Stage, ...]
    mixed_or: tuple[Span, ...] = ()
