"""What is expected at a place, in the language's notions: from the terminals that the grammar accepts there.

Owns the one table from terminals to what completion proposes, and which of the accepted terminals are only
read to be refused, or understood and not taught, so that they are not proposed. Knows nothing of a text.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import TypeAlias

from lark import Token

from flowql.errors import Span
from flowql.schema import EITHER_SIDE, normalize_name
from flowql.syntax.build_endpoints import qualified_field
from flowql.syntax.build_expressions import EXPRESSION_FUNCTIONS
from flowql.syntax.spans import token_span

Words: TypeAlias = Mapping[str, tuple[str, ...]]
"""For a terminal the words that are proposed for it."""


class Expected(Enum):
    """What sort of thing may stand at a place."""

    FIELD = "field"  # whose name begins a clause
    TERM = "term"  # a word of its own
    OPERATOR = "operator"
    VALUE = "value"  # of a field
    END = "end"  # of a range of values of a field, or what one is compared with
    SET = "set"  # of values of a field
    SIDE = "side"  # of an arrow
    LIST = "list"
    PARAMETER = "parameter"
    TOPIC = "topic"
    DURATION = "duration"
    TIME = "time"
    DAY = "day"
    HOURS = "hours"
    ZONE = "zone"  # of time
    STAGE = "stage"
    AGGREGATE = "aggregate"
    FUNCTION = "function"  # of an expression
    COLUMN = "column"
    ROW_COUNT = "row count"
    KEYWORD = "keyword"


@dataclass(frozen=True, slots=True)
class Expectation:
    """One sort of thing, and, where the grammar has words for it, these words."""

    what: Expected
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Level:
    """The innermost open query before a place.

    `start` is where its text begins; `tokens` are its own, brackets included, less what closed brackets hold;
    `opened` are its brackets that are open, the outermost first.
    """

    start: int
    tokens: tuple[Token, ...]
    opened: tuple[Token, ...]

    @property
    def last(self) -> str:
        """The terminal before the place; "" at the start."""
        return self.tokens[-1].type if self.tokens else ""

    @property
    def bar(self) -> Span | None:
        """The last bar; None in the search."""
        return next((token_span(token) for token in reversed(self.tokens) if token.type == "PIPE"), None)

    @property
    def stage(self) -> tuple[str, ...]:
        """The terminals behind the last bar."""
        types = [token.type for token in self.tokens]
        return tuple(types[len(types) - types[::-1].index("PIPE") :]) if "PIPE" in types else ()

    @property
    def function(self) -> str:
        """The aggregate whose parenthesis is open, as written; "" when none is."""
        if not self.stage or not self.opened:
            return ""
        place = self.tokens.index(self.opened[-1])
        return str(self.tokens[place - 1].value) if self.tokens[place - 1].type == "NAME" else ""

    @property
    def named(self) -> tuple[str, ...]:
        """The columns of the list that the stage has begun, its keys if it groups, before the place."""
        if not self.stage or self.opened or self.stage[0] == "EVAL":
            return ()
        listed = self.tokens[len(self.tokens) - len(self.stage) :]
        keyword = next((i for i in reversed(range(len(listed))) if listed[i].type == "BY"), 0)
        return tuple(str(token.value) for token in listed[keyword:] if token.type == "NAME")

    @property
    def in_set(self) -> bool:
        """Whether the parenthesis behind an `in` is open, which may yet hold a query."""
        types = [token.type for token in self.tokens]
        return ("MEMBERSHIP", "LEFT_PARENTHESIS") in pairwise(types)


def expectations(accepted: AbstractSet[str], level: Level) -> tuple[Expectation, ...]:
    """What may stand where these terminals are accepted; what people type most first."""
    return tuple(each for each in _expectations(accepted, level) if each.words or each.what not in _WORDED)


def governing_field(level: Level) -> tuple[str, str]:
    """The field before the place, as written, and the operator behind it; an endpoint's port is `port`."""
    types = [token.type for token in level.tokens]
    place = next((i for i in reversed(range(len(types))) if types[i] in _GOVERNING), None)
    if place is None:
        return "", ""
    token = level.tokens[place]
    operator = level.tokens[place + 1].value if place + 1 < len(types) else ""
    match token.type:
        case "FIELD":
            return " ".join(token.value.split()), str(operator)
        case "QUALIFIER":
            return qualified_field(token.value), ":"
        case _:
            return "port", ":"


_GOVERNING = frozenset({"FIELD", "QUALIFIER", "HOST", "ORIGIN", "GOAL"})
_WORDED = frozenset({Expected.KEYWORD, Expected.STAGE, Expected.OPERATOR, Expected.FUNCTION})
"""What is nothing without its words."""

# Behind these a value of a field begins. Behind others one is accepted as well, but only to be refused.
_BEFORE_VALUE = frozenset(
    {
        *("MATCH", "EQUALITY", "ORDER", "MEMBERSHIP", "QUALIFIER", "RANGE", "RANGE_DOWN", "TO"),
        *("LEFT_PARENTHESIS", "LEFT_BRACKET", "LEFT_BRACE", "COMMA", "OR", "AND"),
    }
)
_BEFORE_END = frozenset({"ORDER", "RANGE", "RANGE_DOWN", "TO", "LEFT_BRACKET"})
_RANGES_OF_TIME = ("LAST", "SINCE", "UNTIL", "BETWEEN", "ON")
_OPERATORS: Words = {
    "MATCH": (":",),
    "EQUALITY": ("=", "!="),
    "ORDER": (">", ">=", "<", "<="),
    "MEMBERSHIP": ("in", "not in"),
    "REGEX_MATCH": ("~", "!~"),
}
_STAGES: Words = {
    "STATS": ("stats",),
    "TOP": ("top",),
    "COUNT": ("count",),
    "WHERE": ("where",),
    "SORT": ("sort",),
    "HEAD": ("head",),
    "FIELDS": ("fields",),
    "TIMECHART": ("timechart",),
    "EVAL": ("eval",),
    "FACETS": ("facets",),
    "LOOKUP": ("lookup",),
    "RARE": ("rare",),
    "DEDUP": ("dedup",),
    "TAIL": ("tail",),
    "RENAME": ("rename",),
    "SELECT": ("select",),
}
_SCOPES: Words = {
    "LAST": ("last",),
    "FROM": ("from",),
    "SINCE": ("since",),
    "UNTIL": ("until",),
    "BETWEEN": ("between",),
    "ON": ("on",),
    "TZ": ("tz",),
    "DAILY": ("daily",),
    "MATCHING": ("match",),
}
_JOINTS: Words = {"AND": ("AND",), "OR": ("OR",), "NOT": ("NOT",)}
_VERBS: Words = {"EXPLAIN": ("explain",), "PROFILE": ("profile",)}
_IN_SCOPE: Words = {"AND": ("and",), "WHOLE": ("start", "overlap")}
_BEHIND_NAMES: Words = {
    "AS": ("as",),
    "IF": ("if",),
    "ON": ("on",),
    "BY": ("by",),
    "ASC": ("asc",),
    "DESC": ("desc",),
    "PIPE": ("|",),
}
_FUNCTIONS = ("if", *EXPRESSION_FUNCTIONS)
_SIGNS: Words = {"STAR": ("*",), "MISSING": ("-",)}
_BEFORE_ROW_COUNT = frozenset({"HEAD", "TAIL", "FACETS"})
_SIMPLE = {
    "TOPIC": Expected.TOPIC,
    "DURATION": Expected.DURATION,
    "TIME": Expected.TIME,
    "DAY": Expected.DAY,
    "HOURS": Expected.HOURS,
    "ZONE": Expected.ZONE,
    "GOAL": Expected.SIDE,
    "LIST": Expected.LIST,
    "PARAMETER": Expected.PARAMETER,
}


UNPROPOSED = frozenset(
    {
        # written by the user, or signs
        *("IPV6", "COLON_WORD", "AGO", "QUOTED", "RAW", "REGEX", "RECORD", "BANG", "MINUS", "COMMA"),
        *("RIGHT_PARENTHESIS", "LEFT_BRACKET", "RIGHT_BRACKET", "LEFT_BRACE", "RIGHT_BRACE", "SUBQUERY"),
        *("RANGE", "RANGE_UP", "RANGE_DOWN", "QUALIFIER", "HOST", "ORIGIN", "FORTH", "BOTH_WAYS"),
        *("EXCLUDED", "DESCENDING", "LIMIT", "BLANK", "COMMENT"),
        *("NUMBER", "PREFIX", "ADD", "SUBTRACT", "TIMES", "DIVIDE", "MODULO"),
        # of other languages
        *("PLUS", "NEGATIVE", "BACK", "CALL"),
        *("OTHER_SIGN", "OTHER_REGEX_MATCH", "OTHER_OPERATOR", "OTHER_NULL", "OTHER_STAGE"),
    }
)
"""The terminals of which nothing is proposed. A new terminal has its place here, or in a table above."""


def proposed_terminals() -> frozenset[str]:
    """The terminals of which something is proposed."""
    return frozenset(
        {
            *_OPERATORS, *_STAGES, *_SCOPES, *_SIMPLE,
            *("FIELD", "WORD", "STAR", "MISSING", "NAME", "INTEGER", "AND", "OR", "NOT", "TO"),
            *("BY", "AS", "IF", "ASC", "DESC", "OF_DATA", "WHOLE", "EXPLAIN", "PROFILE", "PIPE"),
            "LEFT_PARENTHESIS",
        }
    )  # fmt: skip


def _expectations(accepted: AbstractSet[str], level: Level) -> Iterator[Expectation]:
    if level.last == "FIELD":
        yield Expectation(Expected.OPERATOR, _worded(_OPERATORS, accepted))
    elif "FIELD" in accepted:
        yield from _of_search(accepted, level)
    elif "COUNT" in accepted:
        yield Expectation(Expected.STAGE, _worded(_STAGES, accepted))
    elif "WORD" in accepted:
        yield from _of_value(accepted, level)
    elif level.stage:
        yield from _of_stage(accepted, level)
    else:
        yield from (Expectation(what) for terminal, what in _SIMPLE.items() if terminal in accepted)
        yield Expectation(Expected.KEYWORD, _worded(_IN_SCOPE, accepted))


def _of_search(accepted: AbstractSet[str], level: Level) -> Iterator[Expectation]:
    yield Expectation(Expected.KEYWORD, _worded({"OF_DATA": ("of data",)}, accepted))
    yield Expectation(Expected.COLUMN if level.stage else Expected.FIELD)
    joints = accepted - {"NOT"} if level.last in {"NOT", "BANG", "MINUS"} else accepted
    yield Expectation(Expected.KEYWORD, _worded(_JOINTS, joints))
    if "FROM" in accepted and level.last != "OR" and not level.opened and not level.stage:
        yield Expectation(Expected.KEYWORD, _scopes(level))
    yield Expectation(Expected.KEYWORD, _worded(_VERBS, accepted))
    if level.tokens:
        yield Expectation(Expected.KEYWORD, _worded({"PIPE": ("|",)}, accepted))
    yield from (Expectation(what) for what in (Expected.TERM, Expected.LIST, Expected.PARAMETER))


def _scopes(level: Level) -> tuple[str, ...]:
    """The words of the scopes that the query has not yet; of ranges of time only what goes with its own."""
    held = {token.type for token in level.tokens}
    left = {terminal: words for terminal, words in _SCOPES.items() if terminal not in held}
    ranges = held.intersection(_RANGES_OF_TIME)
    allowed = {"SINCE": {"UNTIL"}, "UNTIL": {"SINCE", "LAST"}, "LAST": {"UNTIL"}}
    for each in ranges:
        beside = allowed.get(each, set())
        left = {name: words for name, words in left.items() if name in beside or name not in _RANGES_OF_TIME}
    return tuple(word for words in left.values() for word in words)


def _of_value(accepted: AbstractSet[str], level: Level) -> Iterator[Expectation]:
    bracket = level.opened[-1].type if level.opened else ""
    if level.last not in _BEFORE_VALUE or (level.last == "COMMA" and not bracket):
        yield Expectation(Expected.KEYWORD, _joints_of_values(accepted, level, bracket))
        return
    if level.last == "MEMBERSHIP":
        yield Expectation(Expected.SET, ("(",))
    else:
        what = Expected.END if level.last in _BEFORE_END else Expected.VALUE
        yield Expectation(what, _worded(_SIGNS, accepted))
    yield from (Expectation(_SIMPLE[terminal]) for terminal in ("LIST", "PARAMETER") if terminal in accepted)


def _joints_of_values(accepted: AbstractSet[str], level: Level, bracket: str) -> tuple[str, ...]:
    """What goes on with a value group: `OR`, on either-side fields `AND`, in brackets `TO`."""
    if bracket in {"LEFT_BRACKET", "LEFT_BRACE"}:
        return _worded({"TO": ("TO",)}, accepted)
    field, operator = governing_field(level)
    if bracket != "LEFT_PARENTHESIS" or operator != ":":
        return ()
    joints = {"OR", "AND"} if normalize_name(field) in EITHER_SIDE else {"OR"}
    return _worded(_JOINTS, accepted & joints)


def _of_stage(accepted: AbstractSet[str], level: Level) -> Iterator[Expectation]:
    stage, last = level.stage, level.last
    if last == "TIMECHART":
        yield Expectation(Expected.DURATION)
    elif "NUMBER" in accepted and stage[0] == "EVAL":
        yield from (Expectation(Expected.COLUMN), Expectation(Expected.FUNCTION, _FUNCTIONS))
        return
    elif "NAME" in accepted:
        yield from _of_names(stage, last, in_call=bool(level.function))
    elif last in _BEFORE_ROW_COUNT:
        yield Expectation(Expected.ROW_COUNT)
    if "LIST" in accepted:
        yield Expectation(Expected.LIST)
    yield Expectation(Expected.KEYWORD, _worded(_BEHIND_NAMES, accepted - _untaught(stage)))


def _untaught(stage: tuple[str, ...]) -> frozenset[str]:
    """What is accepted behind these terminals only to be refused, or is another spelling."""
    match stage:
        case ("COUNT",) | ("STATS",) | ("SORT",):
            return frozenset({"BY"})
        case ("TIMECHART",) | ("TIMECHART", "DURATION") | ("DEDUP", *_) | ("LOOKUP", "LIST"):
            return frozenset({"BY", "PIPE"}) if stage[-1] != "NAME" else frozenset()
        case _:
            return frozenset()


def _of_names(stage: tuple[str, ...], last: str, *, in_call: bool) -> Iterator[Expectation]:
    begins = last in {stage[0], "COMMA", "DURATION"}
    match stage[0]:
        case _ if last == "AS":
            return  # a name of the user's own
        case "EVAL" | "LOOKUP" if last != "ON":
            return  # likewise, and the name of a list without its sign
        case _ if in_call:
            yield Expectation(Expected.COLUMN)
        case "STATS" | "TIMECHART" if begins and "BY" not in stage:
            yield Expectation(Expected.AGGREGATE)
        case "TOP" | "RARE" if last == "BY":
            yield Expectation(Expected.AGGREGATE)
            yield Expectation(Expected.COLUMN)
        case "COUNT":
            return  # read only to be refused, as are several keys of top
        case "TOP" | "RARE" if last == "COMMA":
            return
        case "RENAME" if not begins:
            return
        case _:
            yield Expectation(Expected.COLUMN)


def _worded(table: Words, accepted: AbstractSet[str]) -> tuple[str, ...]:
    """The words of the accepted terminals, in the table's order."""
    return tuple(word for terminal, words in table.items() if terminal in accepted for word in words)
