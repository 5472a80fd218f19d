"""CQL, the search conditions of Tencent Cloud's log service, as clauses; the SQL behind a bar is not read.

Owns its tokens and the order of its parts. What the value of a key means is in `cql_values`.
"""

import re
from collections.abc import Iterator

from flowql.errors import Span
from flowql.syntax.nodes import (
    Clause,
    Comparison,
    Everything,
    Group,
    Literal,
    Missing,
    Name,
    Operator,
    Or,
    Present,
)
from flowql.syntax.refusal import Refusal
from flowql.translate.connectives import Connectives
from flowql.translate.cql_values import Values, field_of
from flowql.translate.cursor import Cursor, Kind, Token, end_token
from flowql.translate.notes import Notes

_TOKEN = re.compile(
    r"""(?P<skipped>\s+)
      | (?P<quoted>"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*')
      | (?P<word>(?:[^\s"'()\[\]{}|:=<>\\?]|\\[\s\S])+)
      | (?P<sign>[<>]=?|[:=\[\]{}])
      | (?P<other>[()])""",
    re.VERBOSE,
)
_CONNECTIVES = {"and": Kind.AND, "or": Kind.OR, "not": Kind.NOT, "(": Kind.OPEN, ")": Kind.CLOSE}
_ORDERS = {
    ">": Operator.GREATER,
    ">=": Operator.GREATER_EQUAL,
    "<": Operator.LESS,
    "<=": Operator.LESS_EQUAL,
    "=": Operator.EQUAL,
}
_ESCAPE = re.compile(r"\\(?P<escaped>[\s\S])|\*")
_OTHER_NEGATION = re.compile(r"[-+!][^\s\d]")
_EXISTS = "_exists_"


def read_cql(text: str, notes: Notes) -> Clause:
    """The clause of a search condition; raises `Refusal`."""
    tokens = list(_tokens(text))
    if len(tokens) == 1:
        return Everything(tokens[0].span)
    cursor = Cursor(text, tokens)
    return Connectives(cursor, _Terms(cursor, notes).read, blank_is_and=True).read_all()


def _tokens(text: str) -> Iterator[Token]:
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise _no_token(text, Span(place, place + 1))
        written, span = match[0], Span(place, match.end())
        if match["quoted"]:
            yield Token(Kind.QUOTED, *_resolved(written[1:-1], span))
        elif match["word"]:
            kind = _CONNECTIVES.get(written.lower(), Kind.WORD)
            yield Token(kind, *_resolved(written, span))
        elif match["sign"]:
            yield Token(Kind.SIGN, written, span)
        elif match["other"]:
            yield Token(_CONNECTIVES[written], written, span)
        place = match.end()
    yield end_token(text)


def _no_token(text: str, span: Span) -> Refusal:
    match text[span.start]:
        case "|":
            message = "what stands behind the bar is SQL, which is not translated"
            return Refusal("sql", message, span, details=("translate what stands before it",))
        case "?":
            message = "? stands for itself in CQL, and for one character in the syntax before it"
            return Refusal(
                "bad-pattern", message, span, details=(r"write * for characters, \? for the sign",)
            )
        case "\\":
            return Refusal("bad-escape", "a backslash stands before a sign", span)
        case _:
            return Refusal("unterminated-string", "this quote is not closed", span)


def _resolved(written: str, span: Span) -> tuple[str, Span, tuple[int, ...]]:
    """The text with its escapes resolved, and where in it a `*` stands for characters."""
    parts: list[str] = []
    wildcards: list[int] = []
    length = place = 0
    for match in _ESCAPE.finditer(written):
        parts += [written[place : match.start()], match["escaped"] or "*"]
        length += match.start() - place + 1
        if match["escaped"] is None:
            wildcards.append(length - 1)
        place = match.end()
    return "".join((*parts, written[place:])), span, tuple(wildcards)


class _Terms:
    """Reads one term after the other."""

    def __init__(self, cursor: Cursor, notes: Notes) -> None:
        self._cursor = cursor
        self._values = Values(notes)

    def read(self, negated: bool) -> Clause:  # noqa: ARG002, FBT001 - as Connectives calls it
        """A condition on a key, or a word that is looked for everywhere."""
        token = self._cursor.next
        if token.kind not in (Kind.WORD, Kind.QUOTED):
            raise self._cursor.expected("a word or key:value")
        self._cursor.take()
        if token.kind is Kind.WORD and self._cursor.next.is_sign(":", *_ORDERS):
            return self._on_key(token)
        _refuse_other_negation(token)
        return self._values.anywhere(token)

    def _on_key(self, key: Token) -> Clause:
        if key.text.lower() == _EXISTS and self._cursor.take_sign(":"):
            name = self._literal("the name of a key")
            field = field_of(name)
            return Comparison(field, Operator.MATCH, Present(name.span), key.span.to(name.span))
        field = field_of(key)
        self._cursor.take_sign(":")
        sign = self._cursor.next
        if self._cursor.take_sign(*_ORDERS):
            return self._values.compared(field, _ORDERS[sign.text], self._literal("a number"))
        if sign.is_sign("[", "{"):
            return self._range(field)
        if sign.kind is Kind.OPEN:
            return self._group(field)
        token = self._literal("a value")
        if self._cursor.next.is_sign(":", "="):
            message = "CQL reads a colon or a = inside a value only with a backslash before it, or in quotes"
            raise Refusal("bare-colon", message, self._cursor.next.span)
        return self._values.matched(field, token)

    def _group(self, field: Name) -> Clause:
        """`key:(a OR b)`: connectives between values of one key."""

        def value(negated: bool) -> Clause:  # noqa: ARG001, FBT001 - as Connectives calls it
            return self._values.matched(field, self._literal("a value"))

        opening = self._cursor.take()
        clause = Connectives(self._cursor, value, blank_is_and=True).read()
        if self._cursor.next.kind is Kind.END:
            raise Refusal("missing-parenthesis", "this parenthesis is not closed", opening.span)
        if self._cursor.next.kind is not Kind.CLOSE:
            raise self._cursor.expected("and, or, or )")
        self._cursor.take()
        return _as_set(field, clause)

    def _range(self, field: Name) -> Clause:
        opening = self._cursor.take()
        low = self._literal("the low end of a range")
        if not self._cursor.next.is_word("to"):
            raise self._cursor.expected("TO")
        self._cursor.take()
        high = self._literal("the high end of a range")
        closing = self._cursor.next
        if not self._cursor.take_sign("]", "}"):
            raise self._cursor.expected("] or }")
        excluded = (opening.text == "{", closing.text == "}")
        return self._values.between(field, (low, high), excluded, opening.span.to(closing.span))

    def _literal(self, what: str) -> Token:
        token = self._cursor.next
        if token.kind not in (Kind.WORD, Kind.QUOTED):
            raise self._cursor.expected(what)
        return self._cursor.take()


def _refuse_other_negation(token: Token) -> None:
    if token.kind is Kind.WORD and _OTHER_NEGATION.match(token.text):
        message = f'CQL has no "{token.text[0]}" before a word: it negates with NOT'
        raise Refusal("other-sign", message, token.span)


def _as_set(field: Name, clause: Clause) -> Clause:
    """`f:a OR f:b` as `f in (a, b)`; anything else as it is."""
    if not isinstance(clause, Or):
        return clause
    values = []
    for item in clause.items:
        match item:
            case Comparison(_, Operator.MATCH, value) if isinstance(value, Literal | Missing):
                values.append(value)
            case _:
                return clause
    return Comparison(field, Operator.IN, Group(tuple(values), clause.span), clause.span)
