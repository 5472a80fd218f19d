"""nfdump's filters as clauses; the language is that of nfdump 1.7's manual and of the release before it.

Owns its terms. Where the two releases read a filter differently, it is refused. What numbers, addresses and
names mean is in `nfdump_values`.
"""

from collections.abc import Callable

from flowql.syntax.nodes import (
    Clause,
    Comparison,
    Everything,
    Group,
    Literal,
    Name,
    Operator,
    Value,
)
from flowql.syntax.refusal import Refusal
from flowql.translate.connectives import Connectives, all_of
from flowql.translate.cursor import Cursor, Kind, Token
from flowql.translate.nfdump_tokens import read_tokens
from flowql.translate.nfdump_values import (
    FLAG_NAMES,
    NOT_HELD,
    flags_of,
    protocol_of,
    read_address,
    read_network,
    read_number,
    rounded_down,
    written_count,
)
from flowql.translate.notes import Notes
from flowql.values import format_duration

_COMPARATORS = {
    "=": Operator.MATCH,
    "==": Operator.MATCH,
    "eq": Operator.MATCH,
    ">": Operator.GREATER,
    "gt": Operator.GREATER,
    ">=": Operator.GREATER_EQUAL,
    "ge": Operator.GREATER_EQUAL,
    "<": Operator.LESS,
    "lt": Operator.LESS,
    "<=": Operator.LESS_EQUAL,
    "le": Operator.LESS_EQUAL,
}
_FAMILIES = {"ipv4": "0.0.0.0/0", "ipv6": "::/0"}
_ADDRESS_FIELDS = {None: "ip", "src": "srcaddr", "dst": "dstaddr"}
_PORT_FIELDS = {None: "port", "src": "srcport", "dst": "dstport"}
_PORT_MAX = 65_535
_FLAGS_MAX = 255
_MILLISECOND_NS = 1_000_000


def read_nfdump(text: str, notes: Notes) -> Clause:
    """The clause of a filter; raises `Refusal`."""
    tokens = list(read_tokens(text))
    if len(tokens) == 1:
        return Everything(tokens[0].span)
    cursor = Cursor(text, tokens)
    return Connectives(cursor, _Terms(cursor, notes).read, blank_is_and=False).read_all()


class _Terms:
    """Reads one term after the other."""

    def __init__(self, cursor: Cursor, notes: Notes) -> None:
        self._cursor = cursor
        self._notes = notes

    def read(self, negated: bool) -> Clause:  # noqa: FBT001 - as Connectives calls it
        """The term ahead."""
        token = self._cursor.next
        match token.text.lower() if token.kind is Kind.WORD else None:
            case "any":
                self._cursor.take()
                return Everything(token.span)
            case "ipv4" | "ipv6" as family:
                self._cursor.take()
                block = Literal(_FAMILIES[family], token.span)
                return Comparison(Name("ip", token.span), Operator.MATCH, block, token.span)
            case "src" | "dst" as side:
                self._cursor.take()
                return self._sided(token, side)
            case "ip" | "host" | "net" | "port":
                return self._sided(token, None)
            case "first" | "last" if self._cursor.after_next.is_word("seen"):
                message = "nfdump reads this time in the zone of its host"
                detail = "in FlowQL: since TIME, until TIME, start>TIME, end<TIME, with an offset in TIME"
                raise Refusal("local-time", message, token.span, details=(detail,))
            case word:
                return self._measured(word, negated=negated)

    def _measured(self, word: str | None, *, negated: bool) -> Clause:
        """A term on something else than addresses and ports."""
        match word:
            case "in" | "out":
                return self._counted_way(self._cursor.take(), word)
            case "packets" | "bytes":
                return self._count(self._cursor.take())
            case "proto":
                return self._protocol(self._cursor.take())
            case "duration":
                return self._duration(self._cursor.take())
            case "pps" | "bps" | "bpp":
                return self._rate(self._cursor.take())
            case "flags":
                return self._flags(self._cursor.take(), negated=negated)
            case _:
                raise self._no_term()

    def _no_term(self) -> Refusal:
        token = self._cursor.next
        held = NOT_HELD.get(token.text.lower()) if token.kind is Kind.WORD else None
        if held is not None:
            return Refusal("no-field", f"FlowQL's records hold no {held}", token.span)
        return self._cursor.expected("a term such as src ip, dst port, proto, bytes or flags")

    def _sided(self, first: Token, side: str | None) -> Clause:
        what = self._cursor.next
        match what.text.lower() if what.kind is Kind.WORD else None:
            case "ip" | "host":
                self._cursor.take()
                return self._address(first, Name(_ADDRESS_FIELDS[side], first.span.to(what.span)))
            case "net":
                self._cursor.take()
                return self._network(first, Name(_ADDRESS_FIELDS[side], first.span.to(what.span)))
            case "port":
                self._cursor.take()
                return self._port(first, Name(_PORT_FIELDS[side], first.span.to(what.span)))
            case word if word in NOT_HELD:
                raise self._no_term()
            case _:
                raise self._cursor.expected(f"ip, net or port after {side}")

    # ---- addresses

    def _address(self, first: Token, field: Name) -> Clause:
        if self._cursor.next.is_word("in"):
            self._cursor.take()
            return self._list(first, field, self._listed_address)
        return _compared(first, field, Operator.MATCH, read_address(self._cursor))

    def _network(self, first: Token, field: Name) -> Clause:
        return _compared(first, field, Operator.MATCH, read_network(self._cursor, self._notes))

    def _listed_address(self) -> Literal:
        address = read_address(self._cursor)
        if not self._cursor.take_sign("/"):
            return address
        length = self._number()
        prefix = read_number(length)
        if prefix == 0:
            message = "in a list /0 is not read as a network by nfdump, but as the one address before it"
            raise Refusal("bad-network", message, address.span.to(length.span))
        if prefix > (128 if ":" in address.text else 32):
            raise Refusal("bad-network", f"/{prefix} is no prefix of {address.text}", length.span)
        return Literal(f"{address.text}/{prefix}", address.span.to(length.span))

    # ---- ports

    def _port(self, first: Token, field: Name) -> Clause:
        if self._cursor.next.is_word("in"):
            self._cursor.take()
            return self._list(first, field, self._listed_port)
        operator = self._comparator()
        return _compared(first, field, operator, self._listed_port())

    def _listed_port(self) -> Literal:
        if self._cursor.next.kind is Kind.WORD:
            name = self._cursor.next
            message = f'nfdump takes ports by number, found "{name.text}"'
            raise Refusal("bad-port", message, name.span, details=("FlowQL takes the names of services too",))
        number = self._number()
        if read_number(number) > _PORT_MAX:
            raise Refusal(
                "bad-port", f"a port is at most {_PORT_MAX}, found {read_number(number)}", number.span
            )
        return Literal(str(read_number(number)), number.span)

    def _list(self, first: Token, field: Name, read: Callable[[], Literal]) -> Clause:
        opening = self._cursor.take_sign("[")
        if opening is None:
            raise self._cursor.expected("[ and a list")
        items: list[Value] = [read()]
        while not self._cursor.next.is_sign("]"):
            self._cursor.take_sign(",")
            if self._cursor.next.kind is Kind.END:
                raise Refusal("missing-bracket", "this bracket is not closed", opening.span)
            items.append(read())
        closing = self._cursor.take()
        value = Group(tuple(items), opening.span.to(closing.span))
        return Comparison(field, Operator.IN, value, first.span.to(closing.span))

    # ---- numbers

    def _comparator(self) -> Operator:
        token = self._cursor.next
        operator = _COMPARATORS.get(token.text.lower()) if token.kind in (Kind.SIGN, Kind.WORD) else None
        if operator is None:
            return Operator.MATCH
        self._cursor.take()
        return operator

    def _number(self) -> Token:
        if self._cursor.next.kind is not Kind.NUMBER:
            raise self._cursor.expected("a number")
        return self._cursor.take()

    def _counted_way(self, first: Token, way: str) -> Clause:
        what = self._cursor.next
        if not what.is_word("packets", "bytes"):
            raise self._no_term()
        if way == "out":
            message = f"FlowQL's records hold no {what.text.lower()} of the way back"
            raise Refusal("no-field", message, first.span.to(what.span))
        return self._count(self._cursor.take(), first)

    def _count(self, what: Token, first: Token | None = None) -> Clause:
        operator, number = self._comparator(), self._number()
        value = Literal(written_count(number), number.span)
        return _compared(first or what, Name(what.text.lower(), what.span), operator, value)

    def _duration(self, what: Token) -> Clause:
        operator, number = self._comparator(), self._number()
        text = format_duration(read_number(number) * _MILLISECOND_NS)
        message = f"nfdump's duration is in milliseconds: {number.text} is {text}"
        self._notes.add("milliseconds", message, number.span)
        return _compared(what, Name("duration", what.span), operator, Literal(text, number.span))

    def _rate(self, what: Token) -> Clause:
        operator, number = self._comparator(), self._number()
        name = Name(what.text.lower(), what.span)
        message = (
            f"nfdump drops the decimals of {name.text}, and takes 0 where there is nothing to divide by; "
            "FlowQL compares the exact quotient, which is then missing: the query says what nfdump does"
        )
        self._notes.add("rounded-rate", message, what.span.to(number.span))
        return rounded_down(name, operator, read_number(number), what.span.to(number.span))

    # ---- protocols and flags

    def _protocol(self, what: Token) -> Clause:
        token = self._cursor.next
        if token.kind not in (Kind.WORD, Kind.NUMBER):
            raise self._cursor.expected("a protocol")
        value = protocol_of(self._cursor.take(), self._notes)
        return _compared(what, Name("protocol", what.span), Operator.MATCH, value)

    def _flags(self, what: Token, *, negated: bool) -> Clause:
        field = Name("tcp-flags", what.span)
        message = (
            "only layouts that hold flags have the field tcp-flags; nfdump 1.7 looks at flags of TCP alone, "
            "and so does the query"
        )
        self._notes.add("tcp-flags", message, what.span)
        tcp = _compared(what, Name("protocol", what.span), Operator.MATCH, Literal("tcp", what.span))
        is_whole = self._cursor.next.is_sign("=", "==") and self._cursor.after_next.kind is Kind.WORD
        if is_whole:
            self._cursor.take()
        token = self._cursor.next
        if token.kind is Kind.WORD and token.text.lower() not in _COMPARATORS:
            bits = flags_of(self._cursor.take())
            if is_whole:
                value = Literal(str(sum(bits)), token.span)
                return all_of([tcp, _compared(what, field, Operator.EQUAL, value)])
            if negated and len(bits) > 1:
                message = f"under a not, flags {token.text} means none of them in nfdump 1.6, not all in 1.7"
                each = " or ".join(f"flags {letter}" for letter in dict.fromkeys(token.text))
                detail = f"for none of them write: not ({each})"
                raise Refusal("negated-flags", message, what.span.to(token.span), details=(detail,))
            names = [Literal(FLAG_NAMES[bit], token.span) for bit in bits]
            return all_of([tcp, *(_compared(what, field, Operator.MATCH, name) for name in names)])
        operator, number = self._comparator(), self._number()
        if read_number(number) > _FLAGS_MAX:
            raise Refusal("bad-flags", f"flags are at most {_FLAGS_MAX}", number.span)
        operator = Operator.EQUAL if operator is Operator.MATCH else operator
        return all_of([tcp, _compared(what, field, operator, Literal(str(read_number(number)), number.span))])


def _compared(first: Token, field: Name, operator: Operator, value: Literal) -> Clause:
    return Comparison(field, operator, value, first.span.to(value.span))
