"""What the value of a key means in CQL, as clauses of FlowQL that mean the same.

The log service parts a text into words at fixed signs and looks for words; FlowQL does so for texts, while
its addresses, ports and numbers are values. Owns which texts are the same in both.
"""

import re

from flowql import names
from flowql.errors import Span
from flowql.schema import DEFAULT_SCHEMA, EITHER_SIDE, Kind, field_named, normalize_name, virtual_names
from flowql.syntax.literals import RESERVED_WORDS
from flowql.syntax.nodes import (
    Bare,
    Clause,
    Comparison,
    Everything,
    Literal,
    Missing,
    Name,
    Operator,
    Present,
    Range,
)
from flowql.syntax.refusal import Refusal
from flowql.translate.connectives import all_of
from flowql.translate.cursor import Kind as TokenKind
from flowql.translate.cursor import Token
from flowql.translate.notes import Notes
from flowql.values import INT64_MAX, is_ipv4, parse_address, parse_network, tokens

_FIELD_NAME = re.compile(r"[^\W\d](?:\w|[-.](?=\w))*")
_NUMBERS = (Kind.PORT, Kind.PROTOCOL, Kind.COUNT, Kind.TIME)
_DIGITS = re.compile(r"\d+", re.ASCII)
_DIGIT_PATTERN = re.compile(r"[\d*]+", re.ASCII)
_ADDRESS_PATTERN = re.compile(r"[0-9a-f.*]+", re.ASCII | re.IGNORECASE)
_TIME_LENGTHS = (9, 10, 12, 13)
_ANY = "any"
_PLAIN = re.compile(r"(?:[^\W\d]|\d+(?![\d.-]))(?:[\w-]|\.(?!\.))*")
"""Words that need no quotes; what begins with digits and a dot or hyphen may look like half an address."""
_PATTERN = re.compile(r"[\w*](?:[\w*-]|\.(?!\.))*")


def field_of(key: Token) -> Name:
    """The field that a key of the log service names; raises `Refusal` where FlowQL means another thing."""
    name = key.text
    if name.startswith("__"):
        message = f"{name} is the log service's own, which flow logs do not bring with them"
        raise Refusal("unknown-field", message, key.span)
    if key.wildcards or name.lower() in RESERVED_WORDS or not _FIELD_NAME.fullmatch(name):
        raise Refusal("bad-field", f'"{name}" is no name of a field in FlowQL', key.span)
    normal = normalize_name(name)
    if normal in EITHER_SIDE:
        source, destination = EITHER_SIDE[normal]
        message = f"{name} looks at both sides in FlowQL, where CQL has one key of that name"
        raise Refusal("field-differs", message, key.span, details=(f"take {source} or {destination}",))
    if normal in map(normalize_name, virtual_names()):
        message = f"{name} is computed in FlowQL, where CQL has a key of that name"
        raise Refusal("field-differs", message, key.span)
    return Name(name, key.span)


class Values:
    """Makes clauses of values, and notes what differs."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    # ---- a word without a key

    def anywhere(self, token: Token) -> Clause:
        """A word or a phrase that is looked for in the whole record."""
        if token.text == "*" and token.wildcards and token.kind is TokenKind.WORD:
            return Everything(token.span)
        _refuse_network(token, token.text)
        words = tokens(token.text)
        if not words:
            raise Refusal("no-word", "there is no word here to look for", token.span)
        self._note_case(token)
        if token.wildcards:
            return Bare(self._pattern(token, words))
        if token.kind is TokenKind.QUOTED:
            if parse_address(token.text) is not None or len(words) > 1:
                self._note_address(token)
                return Bare(Literal(token.text, token.span, quoted=True))
            return self._word(words[0], token)
        if parse_address(token.text) is not None:
            self._note_address(token)
            return Bare(Literal(token.text, token.span))
        self._note_parts(token, words)
        return all_of([self._word(word, token) for word in words])

    def _word(self, word: str, token: Token) -> Clause:
        """One word; one that is a name as well is looked for in the line, where it is only a word."""
        if _is_name(word):
            message = f"{word} alone is a name too in FlowQL, of what ports, protocols or addresses are for"
            self._notes.add("name", f"{message}; the query looks for the word", token.span)
            value = Literal(word, token.span)
            return Comparison(Name("raw", token.span), Operator.MATCH, value, token.span)
        normal = normalize_name(word)
        is_field = DEFAULT_SCHEMA.resolve(word) is not None or normal in EITHER_SIDE
        is_taken = is_field or normal in map(normalize_name, (_ANY, *virtual_names()))
        return Bare(Literal(word, token.span, quoted=is_taken or not _is_plain(word)))

    # ---- the value of a key

    def matched(self, field: Name, token: Token) -> Clause:
        """`key:value`."""
        span = field.span.to(token.span)
        kind = _kind(field)
        special = self._missing_or_present(token, kind)
        if special is not None:
            return Comparison(field, Operator.MATCH, special, span)
        match kind:
            case Kind.TEXT:
                return self._matched_text(field, token)
            case Kind.ADDRESS:
                value = self._address(field, token)
            case _:
                value = self._number(field, token)
        return Comparison(field, Operator.MATCH, value, span)

    def compared(self, field: Name, operator: Operator, token: Token) -> Clause:
        """`key>value`."""
        if _kind(field) not in _NUMBERS:
            message = f"{field.text} is no number in FlowQL: {operator.value} compares numbers in CQL"
            raise Refusal("bad-operator", message, field.span.to(token.span))
        value = self._plain_number(field, token)
        return Comparison(field, operator, value, field.span.to(token.span))

    def between(
        self, field: Name, ends: tuple[Token, Token], excluded: tuple[bool, bool], span: Span
    ) -> Clause:
        """`key:[a TO b]`; `excluded` says which ends are left out."""
        if _kind(field) not in _NUMBERS:
            raise Refusal("bad-operator", f"{field.text} is no number in FlowQL, and has no ranges", span)
        low, high = (None if each.text == "*" else self._plain_number(field, each) for each in ends)
        value = Present(span) if low is high is None else Range(low, high, span, *excluded)
        return Comparison(field, Operator.MATCH, value, field.span.to(span))

    def _missing_or_present(self, token: Token, kind: Kind) -> Missing | Present | None:
        if token.text == "*" and token.wildcards and token.kind is TokenKind.WORD:
            message = "FlowQL holds - for missing: key:* finds the records that have another value than that"
            self._notes.add("missing", message, token.span)
            return Present(token.span)
        if token.text == "-" or (token.kind is TokenKind.QUOTED and not tokens(token.text)):
            message = "FlowQL holds - for missing, and an empty text is missing too"
            self._notes.add("missing", message, token.span)
            return Missing(token.span)
        if token.text == "-1" and kind is Kind.COUNT:
            self._notes.add("missing", "FlowQL holds a count of -1 for missing", token.span)
            return Missing(token.span)
        return None

    def _matched_text(self, field: Name, token: Token) -> Clause:
        words = tokens(token.text)
        if not words:
            raise Refusal("no-word", "there is no word here to look for", token.span)
        self._note_case(token)
        if token.wildcards:
            values = [self._pattern(token, words)]
        elif token.kind is TokenKind.QUOTED and len(words) > 1:
            values = [Literal(token.text, token.span, quoted=True)]
        else:
            self._note_parts(token, words)
            values = [Literal(word, token.span, quoted=not _is_plain(word)) for word in words]
        span = field.span.to(token.span)
        return all_of([Comparison(field, Operator.MATCH, value, span) for value in values])

    def _address(self, field: Name, token: Token) -> Literal:
        _refuse_network(token, f"{field.text}:{token.text}")
        if token.wildcards:
            if not _ADDRESS_PATTERN.fullmatch(token.text):
                raise Refusal("bad-value", f"expected an address for {field.text}", token.span)
            return Literal(token.text, token.span, wildcards=token.wildcards)
        if parse_address(token.text) is None:
            raise Refusal(
                "bad-value", f'expected an address for {field.text}, found "{token.text}"', token.span
            )
        self._note_address(token)
        return Literal(token.text, token.span)

    def _number(self, field: Name, token: Token) -> Literal:
        if token.wildcards and _kind(field) is not Kind.TIME and _DIGIT_PATTERN.fullmatch(token.text):
            self._note_pattern(token)
            return Literal(token.text, token.span, wildcards=token.wildcards)
        return self._plain_number(field, token)

    def _plain_number(self, field: Name, token: Token) -> Literal:
        kind = _kind(field)
        if token.wildcards or not _DIGITS.fullmatch(token.text):
            message = f'the log service holds {field.text} as digits, found "{token.text}"'
            raise Refusal("bad-value", message, token.span, details=_named_detail(field, kind, token))
        if len(token.text) > len(str(INT64_MAX)) or int(token.text) > kind.value_max:
            raise Refusal("bad-value", f"no {kind.value} is so great", token.span)
        if kind is Kind.TIME and len(token.text) not in _TIME_LENGTHS:
            raise Refusal("bad-value", "expected epoch seconds or milliseconds", token.span)
        return Literal(str(int(token.text)), token.span)

    # ---- patterns and notes

    def _pattern(self, token: Token, words: list[str]) -> Literal:
        if words != [token.text]:
            message = "a * in several words at once has no counterpart: ask for each word by itself"
            raise Refusal("bad-pattern", message, token.span)
        if not _PATTERN.fullmatch(token.text):
            message = "a pattern in FlowQL is made of letters, digits, dots, hyphens and *"
            raise Refusal("bad-pattern", message, token.span)
        self._note_pattern(token)
        return Literal(token.text, token.span, wildcards=token.wildcards)

    def _note_pattern(self, token: Token) -> None:
        message = (
            "CQL tries a pattern on each word of a value, FlowQL behind a field on the whole value: the same "
            "where values are one word, as in flow logs"
        )
        self._notes.add("pattern", message, token.span)

    def _note_case(self, token: Token) -> None:
        if any(character.isalpha() for character in token.text):
            message = "letter case never counts in FlowQL; in CQL it does where the topic's index says so"
            self._notes.add("case", message, token.span)

    def _note_parts(self, token: Token, words: list[str]) -> None:
        if words != [token.text] and len(words) > 1:
            message = "CQL parts this into words that may stand in any order; so does the query"
            self._notes.add("parts", message, token.span)

    def _note_address(self, token: Token) -> None:
        address = parse_address(token.text)
        if address is not None and not (is_ipv4(address) and ":" not in token.text):
            message = "CQL looks for the text of an address, FlowQL for the address in any of its spellings"
            self._notes.add("address", message, token.span)


def _kind(field: Name) -> Kind:
    found = DEFAULT_SCHEMA.resolve(field.text)
    return (found or field_named(normalize_name(field.text))).kind


def _is_plain(word: str) -> bool:
    """Whether a word stands for itself in FlowQL without quotes."""
    if parse_address(word) is not None:
        return True
    return _PLAIN.fullmatch(word) is not None and word.lower() not in RESERVED_WORDS


def _is_name(word: str) -> bool:
    """Whether FlowQL knows a bare word as a service, a protocol or a zone."""
    if word.isdigit():
        return False
    is_number = bool(names.service_ports(word)) or names.protocol_number(word) is not None
    return is_number or bool(names.zone_ranges(word))


def _refuse_network(token: Token, ours: str) -> None:
    if "/" in token.text and not token.wildcards and parse_network(token.text) is not None:
        message = "CQL has no networks: it parts this at the / and looks for both words"
        raise Refusal("no-network", message, token.span, details=(f"the network in FlowQL: {ours}",))


def _named_detail(field: Name, kind: Kind, token: Token) -> tuple[str, ...]:
    number = names.protocol_number(token.text) if kind is Kind.PROTOCOL else None
    ports = names.service_ports(token.text) if kind is Kind.PORT else ()
    if number is None and not ports:
        return ()
    return (f"FlowQL takes the name: {field.text}:{token.text}",)
