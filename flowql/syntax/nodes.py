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
class Regex:
    r"""`/re/`, an unanchored RE2 regular expression; `text` stands between the slashes, `\/` read as `/`."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class ListName:
    """`@name`: the entries of a list that the user keeps in a file."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Parameter:
    """`$name`: a typed value, or several, given beside the query."""

    name: str
    span: Span


End: TypeAlias = Literal | Parameter
"""What may stand at an end of a range, or behind `<` and `>`."""


@dataclass(frozen=True, slots=True)
class Range:
    """`a..b`, `a..`, `..b`, and the bracket forms, in which an end may be excluded. None is an open end."""

    low: End | None
    high: End | None
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


@dataclass(frozen=True, slots=True)
class AllOf:
    """`(a AND b)`: values that all have to hold, each on some side of an either-side field."""

    items: tuple["Value", ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Subquery:
    """`(QUERY | fields f)` behind `in`: the values of the one column that a query yields."""

    query: "Query"
    span: Span


Value: TypeAlias = (
    Literal | Regex | ListName | Parameter | Range | Missing | Present | Group | AllOf | Subquery
)


# ---- clauses


@dataclass(frozen=True, slots=True)
class Everything:
    """An empty filter, or `*`."""

    span: Span


@dataclass(frozen=True, slots=True)
class Bare:
    """A word, phrase, address or network without a field: looked for everywhere. Quoted means phrase.

    `/re/` looks at every text, `@name` and `$name` at what their values are.
    """

    term: Literal | Regex | ListName | Parameter

    @property
    def span(self) -> Span:
        """The term's."""
        return self.term.span


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`10.0.0.5:443`, `[2001:db8::1]:443`: an address and a port on one side; None is any."""

    address: Literal | ListName | Parameter | None
    port: "Value | None"
    span: Span


@dataclass(frozen=True, slots=True)
class Arrow:
    """`source -> destination`, or, both ways, `source <-> destination`."""

    source: Endpoint
    destination: Endpoint
    both_ways: bool
    span: Span


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


Clause: TypeAlias = Everything | Bare | Endpoint | Arrow | Comparison | Not | And | Or


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

    duration: End
    of_data: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Since:
    """`since TIME`: from that instant on."""

    time: End
    span: Span


@dataclass(frozen=True, slots=True)
class Until:
    """`until TIME`: before that instant."""

    time: End
    span: Span


@dataclass(frozen=True, slots=True)
class Between:
    """`between TIME and TIME`: half-open."""

    low: End
    high: End
    span: Span


@dataclass(frozen=True, slots=True)
class On:
    """`on 2018-12-13`, `on 2018-12`, `on today`, `on yesterday`."""

    day: End
    span: Span


@dataclass(frozen=True, slots=True)
class Daily:
    """`daily 22:00..06:00`: the hours of every day, half-open; `low` and `high` are `hh:mm`."""

    low: Literal
    high: Literal
    span: Span


@dataclass(frozen=True, slots=True)
class Zone:
    """`tz Asia/Shanghai`: the zone in which times without an offset are read, and all times shown."""

    name: Literal
    span: Span


@dataclass(frozen=True, slots=True)
class Match:
    """`match start`, `match overlap`: whether a range tests `start` alone or the whole flow."""

    overlap: bool
    span: Span


Scope: TypeAlias = From | Last | Since | Until | Between | On | Daily | Zone | Match


# ---- expressions of eval, which compute a value for each row


@dataclass(frozen=True, slots=True)
class Number:
    """`8`, `0.5`, `10MB`, `1_000`; or a duration such as `5m`, as written."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Negative:
    """`-x`."""

    item: "Expression"
    span: Span


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`a + b`: `operator` is one of + - * / %."""

    operator: str
    left: "Expression"
    right: "Expression"
    span: Span


@dataclass(frozen=True, slots=True)
class Relation:
    """`a > b` as a value: 1 where it holds, else 0. `operator` is one of the six that compare."""

    operator: Operator
    left: "Expression"
    right: "Expression"
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """`round(x, 2)`, `prefix(srcaddr, 24)`: `function` in lower case."""

    function: Name
    arguments: tuple["Expression", ...]
    span: Span


@dataclass(frozen=True, slots=True)
class If:
    """`if(FILTER, a, b)`."""

    condition: Clause
    then: "Expression"
    otherwise: "Expression"
    span: Span


Expression: TypeAlias = Name | Number | Literal | Parameter | Negative | Arithmetic | Relation | Call | If
"""A `Name` is a column, a `Literal` a quoted text."""


# ---- stages


@dataclass(frozen=True, slots=True)
class Key:
    """What rows are grouped by: a column, an address's prefix (`srcaddr/24`) or a time's bucket (`start 5m`).

    `prefix` are the lengths kept of IPv4 and, where it is written, of IPv6 addresses; `bucket` is a duration
    as written. At most one of the two is given.
    """

    column: Name
    span: Span
    prefix: tuple[int, int | None] | None = None
    bucket: Literal | None = None


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`sum(bytes) if (action:REJECT) as b`; `argument` is None for `count()`.

    `alias` and `condition` are None when none is given. `function` is in lower case: `p95`.
    """

    function: Name
    argument: Name | None
    alias: Name | None
    span: Span
    condition: Clause | None = None


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
class WhereStage:
    """`where dstport < 1024`; `filter` reads the same."""

    clause: Clause
    span: Span


@dataclass(frozen=True, slots=True)
class Assignment:
    """`kb = bytes / 1024`."""

    name: Name
    expression: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class EvalStage:
    """`eval kb = bytes / 1024, mb = kb / 1024`: each may use those before it."""

    assignments: tuple[Assignment, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Renaming:
    """`srcaddr as source`."""

    column: Name
    alias: Name
    span: Span


@dataclass(frozen=True, slots=True)
class RenameStage:
    """`rename srcaddr as source, dstaddr as target`."""

    renamings: tuple[Renaming, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class HeadStage:
    """`head 20`; `limit` and `take` read the same."""

    row_count: int
    span: Span


@dataclass(frozen=True, slots=True)
class TailStage:
    """`tail 20`: the last rows, in the order in which they stand."""

    row_count: int
    span: Span


@dataclass(frozen=True, slots=True)
class SortStage:
    """`sort -bytes, srcaddr`."""

    keys: tuple[SortKey, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class DedupStage:
    """`dedup srcaddr, dstaddr`: the first row of each combination."""

    columns: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class FieldsStage:
    """`fields start, srcaddr`."""

    columns: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class TopStage:
    """`top 10 srcaddr by sum(bytes)`; `measure` is None for a count of rows, a Name for `by bytes`.

    `rarest` for `rare`, which gives the least instead of the greatest.
    """

    row_count: int
    key: Key
    measure: Aggregate | Name | None
    span: Span
    rarest: bool = False


@dataclass(frozen=True, slots=True)
class StatsStage:
    """`stats count() as n, sum(bytes) by srcaddr`; `keys` may be empty."""

    aggregates: tuple[Aggregate, ...]
    keys: tuple[Key, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class TimechartStage:
    """`timechart 5m sum(bytes) by action`; `bucket` is a duration as written, `keys` may be empty."""

    bucket: Literal
    aggregates: tuple[Aggregate, ...]
    keys: tuple[Key, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class FacetsStage:
    """`facets 5`: the most frequent values of every column."""

    row_count: int
    span: Span


@dataclass(frozen=True, slots=True)
class LookupStage:
    """`lookup @assets on srcaddr as src`; `prefix` is what its columns are named after, None without `as`."""

    list: ListName
    column: Name
    prefix: Name | None
    span: Span


@dataclass(frozen=True, slots=True)
class SelectStage:
    """`select srcaddr, count(*) as n group by srcaddr`: SQL as written, from the word select on."""

    sql: str
    span: Span


Stage: TypeAlias = (
    CountStage
    | WhereStage
    | EvalStage
    | RenameStage
    | HeadStage
    | TailStage
    | SortStage
    | DedupStage
    | FieldsStage
    | TopStage
    | StatsStage
    | TimechartStage
    | FacetsStage
    | LookupStage
    | SelectStage
)


class Verb(Enum):
    """What to do with a query."""

    SEARCH = "search"
    EXPLAIN = "explain"
    PROFILE = "profile"


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
