"""Values of nfdump's filters: numbers, addresses, networks, protocols, flags and rates.

Owns where they mean something else than in FlowQL, and which fields FlowQL's records do not hold. The names
of protocols that only nfdump has, and the order of flags, are those of its manual and its table.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from flowql import names
from flowql.errors import Span
from flowql.syntax.nodes import Clause, Comparison, Everything, Literal, Name, Not, Operator, Range
from flowql.syntax.refusal import Refusal
from flowql.translate.cursor import Cursor, Kind, Token
from flowql.translate.notes import Notes
from flowql.values import INT64_MAX, format_address, is_ipv4, mask_length, parse_address, parse_network

FLAG_NAMES: Mapping[int, str] = MappingProxyType(
    {1: "fin", 2: "syn", 4: "rst", 8: "psh", 16: "ack", 32: "urg", 64: "ece", 128: "cwr"}
)
_FLAG_LETTERS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32, "E": 64, "C": 128}
_ALL_FLAGS = "X"
"""FIN to URG at once."""

_SCALES = {"k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_NUMBER_LENGTH_MAX = 20
_PROTOCOL_MAX = 255
_SHORT_NETWORK = re.compile(r"\d{1,3}(?:\.\d{1,3}){0,2}", re.ASCII)

_PROTOCOL_TABLE = """
    4 ipip     10 bbn     11 nvpii   14 encom   19 dcn     22 xns     23 trnk1   24 trnk2
    25 leaf1   26 leaf2   29 iso-4   30 netbk   31 mfesp   32 meinp   43 rte6    44 frag6
    48 mhrp    52 inlsp   55 mobil   59 nohe6   60 opts6   64 satnt   65 klan    69 satm
    76 bsatm   77 sunnd   78 wbmon   79 wbexp   80 isoip   82 svmtp   84 ttp     85 nsigp
    90 s-rpc   96 sccsp   97 ethip   108 ipcmp  110 cpqpp  111 ipxip  114 0hop   121 sm
    124 isis4  135 mhead  136 udp-l  137 mpls
"""
_PROTOCOLS = {name: int(number) for number, name in re.findall(r"(\d+) (\S+)", _PROTOCOL_TABLE)}
"""Names that FlowQL does not know, or (ipip, sm) has for another number."""

_WORDS_NOT_HELD = {
    "autonomous systems": "as prev",
    "interface numbers of a router": "if",
    "VLANs": "vlan",
    "lengths of routed prefixes": "mask",
    "type of service": "tos",
    "MAC addresses": "mac",
    "MPLS labels": "mpls",
    "Ethernet types": "ethertype",
    "next hops": "next bgp",
    "exporters": "router exporter sysid engine engine-type engine-id observation",
    "names of a collector": "ident",
    "numbers of flows": "flows count cnt",
    "direction as nfdump has it": "flowdir",
    "forwarding status": "fwdstat",
    "time to live": "ttl min max",
    "translated addresses": "nat xlate",
    "tunnels": "tun",
    "access lists": "ingress egress acl",
    "firewall events": "asa pf",
    "latencies": "client server latency",
    "routing instances": "vrf",
    "payload": "payload",
    "countries": "geo",
    "types and codes of ICMP": "icmp icmp-type icmp-code",
}
NOT_HELD: Mapping[str, str] = MappingProxyType(
    {word: what for what, words in _WORDS_NOT_HELD.items() for word in words.split()}
)
"""What FlowQL's records do not hold, by nfdump's word for it."""


def read_number(token: Token) -> int:
    """The value of a number: decimal with a scale of powers of 1000, or hexadecimal."""
    text = token.text.lower()
    if len(text) > _NUMBER_LENGTH_MAX:
        raise Refusal("bad-number", "no count is so great", token.span)
    value = int(text, 16) if text.startswith("0x") else int(text.rstrip("kmgt")) * _SCALES.get(text[-1], 1)
    if value > INT64_MAX:
        raise Refusal("bad-number", "no count is so great", token.span)
    return value


def written_count(token: Token) -> str:
    """A number as FlowQL writes it: its units are powers of 1000 too."""
    value = read_number(token)
    unit = token.text[-1].lower()
    return str(value) if unit not in _SCALES else f"{token.text[:-1]}{unit if unit == 'k' else unit.upper()}"


def read_address(cursor: Cursor) -> Literal:
    """The address ahead, as FlowQL prints it."""
    token = cursor.next
    if token.kind is Kind.NUMBER:
        message = "an address is written in full: nfdump does not complete it"
        raise Refusal("bad-address", message, token.span)
    if token.kind not in (Kind.WORD, Kind.QUOTED):
        raise cursor.expected("an address")
    cursor.take()
    address = parse_address(token.text)
    if address is None:
        if token.text.lower() == "tor":
            raise Refusal("no-field", "FlowQL has no table of Tor nodes: use a list, @NAME", token.span)
        message = f'expected an address, found "{token.text}": names of hosts are not looked up'
        raise Refusal("bad-address", message, token.span)
    if is_ipv4(address) and ":" in token.text:
        message = "nfdump takes this for an IPv6 address, FlowQL for the IPv4 address in it"
        raise Refusal("mapped-address", message, token.span)
    return Literal(format_address(address), token.span)


def read_network(cursor: Cursor, notes: Notes) -> Literal:
    """The network ahead: `10.0.0.0/8`, `10.0.0.0 255.0.0.0`, or, as older releases have it, `10/8`."""
    token = cursor.next
    short = token.kind in (Kind.WORD, Kind.NUMBER) and _SHORT_NETWORK.fullmatch(token.text)
    if short:
        cursor.take()
        full = ".".join([*token.text.split("."), "0", "0", "0"][:4])
        if parse_address(full) is None:
            raise Refusal("bad-network", f'expected a network, found "{token.text}"', token.span)
        if not cursor.next.is_sign("/"):
            length = 8 * len(token.text.split("."))
            detail = f"write net {full}/{length}"
            message = "a network has a length or a mask"
            raise Refusal("bad-network", message, token.span, details=(detail,))
        network = _with_length(cursor, Literal(full, token.span))
        message = f"{token.text} is completed to {full}, as nfdump 1.6 does; 1.7 wants it written in full"
        notes.add("short-network", message, network.span)
        return network
    address = read_address(cursor)
    if cursor.next.is_sign("/"):
        return _with_length(cursor, address)
    if cursor.next.kind is Kind.WORD and "." in cursor.next.text:
        mask = cursor.take()
        bits = parse_address(mask.text)
        length_of_mask = None if bits is None else mask_length(bits)
        if length_of_mask is None or ":" in address.text:
            message = "expected a mask of which all ones come first"
            raise Refusal("bad-network", message, mask.span)
        return _checked(f"{address.text}/{length_of_mask}", address.span.to(mask.span))
    raise cursor.expected("/ and a length, or a mask")


def _with_length(cursor: Cursor, address: Literal) -> Literal:
    cursor.take_sign("/")
    if cursor.next.kind is not Kind.NUMBER:
        raise cursor.expected("the length of the network")
    length = cursor.take()
    return _checked(f"{address.text}/{read_number(length)}", address.span.to(length.span))


def _checked(text: str, span: Span) -> Literal:
    network = parse_network(text)
    if network is None:
        raise Refusal("bad-network", f"{text} is no network", span)
    first, _, has_host_bits = network
    if has_host_bits:
        message = "host bits are set: nfdump 1.6 ignores them, and 1.7 then finds nothing"
        detail = f"write net {format_address(first)}/{text.rpartition('/')[2]}"
        raise Refusal("host-bits", message, span, details=(detail,))
    return Literal(text, span)


def protocol_of(token: Token, notes: Notes) -> Literal:
    """A protocol by number or by nfdump's name, which may be another's in FlowQL."""
    if token.kind is Kind.NUMBER:
        number = read_number(token)
        if number > _PROTOCOL_MAX:
            raise Refusal("bad-protocol", f"a protocol is at most {_PROTOCOL_MAX}", token.span)
        return Literal(str(number), token.span)
    name = token.text.lower()
    only_there = _PROTOCOLS.get(name)
    if only_there is not None:
        ours = names.protocol_name(only_there)
        message = f"nfdump's {name} is protocol {only_there}" + (f", {ours} in FlowQL" if ours else "")
        notes.add("protocol-name", message, token.span)
        return Literal(str(only_there), token.span)
    if names.protocol_number(name) is None:
        raise Refusal("bad-protocol", f'unknown protocol "{token.text}"', token.span)
    return Literal(name, token.span)


def flags_of(token: Token) -> list[int]:
    """The bits that letters stand for, ascending."""
    letters = "FSRPAU" if token.text == _ALL_FLAGS else token.text
    bits = [_FLAG_LETTERS.get(letter) for letter in letters]
    if None in bits:
        message = f'flags are the capital letters F S R P A U E C or X, found "{token.text}"'
        raise Refusal("bad-flags", message, token.span)
    return sorted({bit for bit in bits if bit is not None})


def rounded_down(field: Name, operator: Operator, number: int, span: Span) -> Clause:
    """A comparison of a quotient less its decimals, 0 where it is missing, with a whole number.

    `floor(x) >= n` is `x >= n` for every n above 0; all others are made of that.
    """

    def at_least(least: int) -> Clause:
        return Comparison(field, Operator.GREATER_EQUAL, Literal(str(least), span), span)

    match operator:
        case Operator.GREATER:
            return at_least(number + 1)
        case Operator.LESS_EQUAL:
            return Not(at_least(number + 1), span)
        case Operator.GREATER_EQUAL if number == 0:
            return Everything(span)
        case Operator.GREATER_EQUAL:
            return at_least(number)
        case Operator.LESS if number == 0:
            raise Refusal("nothing", f"no flow has a {field.text} below 0", span)
        case Operator.LESS:
            return Not(at_least(number), span)
        case Operator.MATCH if number == 0:
            return Not(at_least(1), span)
        case Operator.MATCH:
            low, high = Literal(str(number), span), Literal(str(number + 1), span)
            return Comparison(field, Operator.MATCH, Range(low, high, span, high_excluded=True), span)
        case _:
            raise AssertionError(f"{operator} does not compare")
