"""Literals, values, times and topics as text: the inverse of `literals`.

Owns when a text needs quotes or a backslash. A literal that was quoted is quoted again, since quotes mean
something on text fields; any other is written bare, with a backslash before what would otherwise be a sign.
"""

import re
from dataclasses import replace as with_changes

from flowql.syntax.literals import ESCAPABLE, RESERVED_WORDS
from flowql.syntax.nodes import (
    AllOf,
    End,
    Endpoint,
    Group,
    Key,
    ListName,
    Literal,
    Missing,
    Parameter,
    Present,
    Range,
    Regex,
    Subquery,
    Value,
)
from flowql.values import parse_address

_AGO = re.compile(
    r"(?:(?:-(?:[0-9]+(?:ms|[smhdw]))+|now(?=@))(?:@(?:mon|[smhdw]))?|@(?:mon|[smhdw]))", re.IGNORECASE
)
_UNESCAPED_SLASH = re.compile(r"(?<!\\)((?:\\\\)*)/")
_SLASH = r"\1\\/"
_NEVER_BARE = re.compile(r"\Z|[-+/$]|[\s\S]*(?:\.\.|[`“”])")
_TOPIC = re.compile(r"(?:[\w*?][\w.*?-]*/)?[\w*?][\w.*?-]*")
_NEVER_BEFORE_COLON = RESERVED_WORDS | {""}
_PREFIX_LENGTH = re.compile(r"[0-9]+")
_PLAIN_PORT = re.compile(r"[\w$*][^\s()|\"'<>{}\\]*")
"""What may stand behind the colon of an endpoint without braces."""
_NEEDS_BACKSLASH = re.compile(r'["\\\n]')
_BACKSLASHED = r"\\\g<0>"


def written_word(literal: Literal) -> str:
    """An unquoted literal where a search term stands: a colon is escaped, unless it is an IPv6 address's."""
    if is_ipv6(literal.text):
        return literal.text
    return _escaped(literal, ESCAPABLE) if _may_be_bare(literal.text) else _quoted(literal.text)


def written_literal(literal: Literal) -> str:
    """A literal where a field's value stands; only there may a colon stand inside, and a time such as -6h."""
    text = literal.text
    if literal.quoted:
        return _quoted(text)
    if is_ipv6(text) or _AGO.fullmatch(text):
        return text
    if not _may_be_bare(text):
        return _quoted(text)
    is_word_alone = text.partition(":")[0].lower() in _NEVER_BEFORE_COLON
    return _escaped(literal, ESCAPABLE if is_word_alone else ESCAPABLE - {":"})


def written_bound(value: Value) -> str:
    """A value behind `<` or `>`, where a number may have a sign."""
    match value:
        case Literal(text, quoted=False) if text.startswith("-") and not _AGO.fullmatch(text):
            return f"-{written_literal(with_changes(value, text=text[1:], wildcards=()))}"
        case _:
            return written_value(value)


def written_value(value: Value) -> str:
    """A value as it stands after an operator, or in a set; a subquery is `canonical`'s to write."""
    match value:
        case Literal():
            return written_literal(value)
        case Regex(text):
            return f"/{_UNESCAPED_SLASH.sub(_SLASH, text)}/"
        case ListName(name) | Parameter(name):
            return f"{'@' if isinstance(value, ListName) else '$'}{name}"
        case AllOf(items) | Group(items):
            joint = " AND " if isinstance(value, AllOf) else " OR "
            return f"({joint.join(map(written_value, items))})"
        case Range():
            return _written_range(value)
        case Missing():
            return "-"
        case Present():
            return "*"
        case Subquery():
            raise AssertionError("a subquery is written by canonical")
        case _:
            raise AssertionError(f"no value: {value!r}")


def written_endpoint(endpoint: Endpoint) -> str:
    """An endpoint, alone or beside an arrow."""
    match endpoint.address:
        case None:
            address = "any"
        case Literal(text) as literal:
            address = f"[{text}]" if ":" in text else written_literal(literal)
        case other:
            address = written_value(other)
    match endpoint.port:
        case None:
            return address
        case Group(items):
            return f"{address}:{{{', '.join(map(written_value, items))}}}"
        case Range(None, None):
            return f"{address}:*.."
        case port:
            written = written_value(port)
            return f"{address}:{written}" if _PLAIN_PORT.fullmatch(written) else f"{address}:{{{written}}}"


def written_time(time: End) -> str:
    """The time, the day or the duration of a scope."""
    if isinstance(time, Parameter):
        return f"${time.name}"
    return _quoted(time.text) if time.quoted else time.text


def written_topic(text: str) -> str:
    """The name or pattern of a topic."""
    return text if _TOPIC.fullmatch(text) and text.lower() not in RESERVED_WORDS else _quoted(text)


def written_key(key: Key) -> str:
    """What rows are grouped by: `srcaddr`, `srcaddr/24/48`, `start 5m`."""
    match key:
        case Key(column, _, None, None):
            return column.text
        case Key(column, _, (first, second), None):
            return f"{column.text}/{first}" if second is None else f"{column.text}/{first}/{second}"
        case Key(column, _, None, Literal(bucket)):
            return f"{column.text} {bucket}"
        case _:
            raise AssertionError(f"no key: {key!r}")


def is_ipv6(text: str) -> bool:
    """Whether a text that stands alone is an IPv6 address or prefix, and not a field clause."""
    address, slash, length = text.partition("/")
    if ":" not in address or parse_address(address) is None:
        return False
    return not slash or _PREFIX_LENGTH.fullmatch(length) is not None


def _quoted(text: str) -> str:
    return f'"{_NEEDS_BACKSLASH.sub(_BACKSLASHED, text)}"'


def _may_be_bare(text: str) -> bool:
    return not _NEVER_BARE.match(text) and text.lower() not in RESERVED_WORDS


def _escaped(literal: Literal, escapable: frozenset[str]) -> str:
    wildcards = frozenset(literal.wildcards)
    return "".join(
        f"\\{character}"
        if index not in wildcards and (character in escapable or character.isspace())
        else character
        for index, character in enumerate(literal.text)
    )


def _written_range(value: Range) -> str:
    low = "*" if value.low is None else written_value(value.low)
    high = "*" if value.high is None else written_value(value.high)
    excluded = value.low_excluded or value.high_excluded
    # A dot before the two of a range would be taken for one of them; and a range without ends needs brackets.
    if excluded or low.endswith(".") or low == high == "*":
        opening, closing = "[{"[value.low_excluded], "]}"[value.high_excluded]
        return f"{opening}{low} TO {high}{closing}"
    return f"{low if value.low else ''}..{high if value.high else ''}"
