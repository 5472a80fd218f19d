"""Raw lines of a flow log that were pasted where a query was expected: the query that finds their records.

Owns when a text is such lines: every token is a value of its field, in the order of a layout, and the times
that say when it was are there. No query of one's own looks so. Does not know which layouts there are.
"""

import re
from collections.abc import Iterable, Sequence

from flowql.errors import NOWHERE
from flowql.schema import DEFAULT_LAYOUT, Kind, Schema, schema_of
from flowql.syntax.literals import RESERVED_WORDS
from flowql.syntax.nodes import Literal
from flowql.syntax.writing import written_literal
from flowql.times import format_time
from flowql.values import SECOND_NS, parse_address

LINE_COUNT_MAX = 100
"""Pasted lines that become one query."""

_MISSING = "-"
_MISSING_COUNT = "-1"
_STATUS_ONLY = frozenset({"NODATA", "SKIPDATA"})
_VALUES_FIRST, _VALUES_END = DEFAULT_LAYOUT.index("srcaddr"), DEFAULT_LAYOUT.index("start")
_NUMBER = re.compile(r"[0-9]{1,19}")
_TIME = re.compile(r"[0-9]{9,10}|[0-9]{12,13}|[0-9]{15,16}|[0-9]{18,19}")
_TEXT = re.compile(r"""[^\s"'`“”()\[\]{}|,<>=!~&]+""")
_PLAIN = re.compile(r"\w[\w.-]*", re.ASCII)
_MILLISECOND_DIGITS = 13


def record_query(text: str, layouts: Iterable[Sequence[str]] = ()) -> str | None:
    """The query for the records that `text` holds, a line each; None when it is anything else.

    `layouts` are canonical names of columns in order, tried behind the default ones. Blanks of any sort may
    stand between the tokens and around the lines.
    """
    tried = list(dict.fromkeys([DEFAULT_LAYOUT, *map(tuple, layouts)]))
    whole = _clauses(text.split(), tried)  # perhaps folded by the terminal it was copied from
    if whole is not None:
        return " ".join(whole)
    lines = [line.split() for line in text.splitlines() if line.strip()]
    if not 1 < len(lines) <= LINE_COUNT_MAX:
        return None
    found = [_clauses(line, tried) for line in lines]
    records = [" ".join(each) for each in found if each is not None]
    if len(records) < len(lines):
        return None
    return "(" + ") OR (".join(dict.fromkeys(records)) + ")"


def _clauses(tokens: list[str], layouts: list[tuple[str, ...]]) -> list[str] | None:
    """A clause for each token, by the first layout that they fit."""
    for layout in layouts:
        own = _completed(tokens) if layout == DEFAULT_LAYOUT else tokens
        schema = schema_of(layout)
        if len(own) != len(layout) or not _says_when(own, schema):
            continue
        values = [_clause(name, token, schema) for name, token in zip(layout, own, strict=True)]
        clauses = [clause for clause in values if clause is not None]
        if len(clauses) == len(layout):
            return clauses
    return None


def _completed(tokens: list[str]) -> list[str]:
    """A line without traffic that leaves out one `-`, as published pages have it, with it again."""
    if len(tokens) != len(DEFAULT_LAYOUT) - 1 or tokens[-1] not in _STATUS_ONLY:
        return tokens
    if _TIME.fullmatch(tokens[_VALUES_END]) and _TIME.fullmatch(tokens[_VALUES_END + 1]):
        return [*tokens[:-1], _MISSING, tokens[-1]]
    if {*tokens[_VALUES_FIRST : _VALUES_END - 1]} <= {_MISSING, _MISSING_COUNT}:
        return [*tokens[:_VALUES_FIRST], _MISSING, *tokens[_VALUES_FIRST:]]
    return tokens


def _says_when(tokens: list[str], schema: Schema) -> bool:
    """Whether the layout has both times and an address, and the times are there."""
    times = [token for token, field in zip(tokens, schema.fields, strict=True) if field.kind is Kind.TIME]
    has_addresses = bool(schema.of_kind(Kind.ADDRESS))
    return has_addresses and len(times) > 1 and all(map(_TIME.fullmatch, times))


def _clause(name: str, token: str, schema: Schema) -> str | None:
    """What a record with this token in this field is found by; None when the token is no value of it."""
    kind = next(field.kind for field in schema.fields if field.name == name)
    if token == _MISSING or (kind is Kind.COUNT and token == _MISSING_COUNT):
        return f"{name}:-"
    match kind:
        case Kind.ADDRESS:
            return None if parse_address(token) is None else f"{name}={token}"
        case Kind.PORT | Kind.PROTOCOL | Kind.COUNT:
            is_value = _NUMBER.fullmatch(token) and int(token) <= kind.value_max
            return f"{name}={int(token)}" if is_value else None
        case Kind.TIME:
            return f"{name}={_written_time(token)}"
        case Kind.TEXT:
            is_value = _TEXT.fullmatch(token) and token.lower() not in RESERVED_WORDS
            return f"{name}={_written_text(token, schema)}" if is_value else None
        case _:
            raise AssertionError(f"no such kind of stored field: {kind}")


def _written_time(token: str) -> str:
    """A time as queries have it: seconds and milliseconds as they are, finer ones on a clock."""
    if len(token) <= _MILLISECOND_DIGITS:
        return token
    return format_time(int(token) * SECOND_NS // 10 ** (len(token) // 3 * 3 - 9))


def _written_text(token: str, schema: Schema) -> str:
    """A text as it stands behind `=`, where the bare name of a field would be that field."""
    is_name = schema.resolve(token) is not None or schema.resolve_virtual(token) is not None
    is_bare = _PLAIN.fullmatch(token) is not None and not is_name
    return written_literal(Literal(token, NOWHERE, quoted=not is_bare))
