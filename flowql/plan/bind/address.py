"""Values of address fields: addresses, CIDR blocks, ranges, wildcards, and the near misses of each.

Owns the rule that IPv4 and IPv6 never mix: an IPv6 block or range leaves out the mapped block in which IPv4
addresses lie, and an open range or a comparison stays in the family of its value. Knows nothing of fields.
"""

import re

from flowql import names
from flowql.plan.bind.alternatives import Alternatives
from flowql.plan.bind.binding import Place
from flowql.plan.bind.bounds import End, compared, range_between
from flowql.syntax.nodes import Literal, Operator, Range, Regex
from flowql.syntax.refusal import Refusal, replace
from flowql.values import (
    ADDRESS_MAX,
    IPV4_LAST,
    IPV4_MAPPED,
    format_address,
    is_ipv4,
    mask_length,
    parse_address,
    parse_network,
    without_ipv4,
)

_IPV4_FAMILY = (IPV4_MAPPED, IPV4_LAST)
_IPV6_FAMILY = (0, ADDRESS_MAX)
_WHOLE_OCTETS = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,2})((?:\.\*){1,3})", re.ASCII)
_PARTIAL_IPV4 = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,2})\.?", re.ASCII)
_PARTIAL_IPV6 = re.compile(r"([0-9a-f]{1,4}(?::[0-9a-f]{1,4}){1,6}):?", re.ASCII | re.IGNORECASE)
_FOUR_NUMBERS = re.compile(r"\d+(?:\.\d+){3}", re.ASCII)
_PATTERN = re.compile(r"[0-9a-f:.*?]+", re.ASCII | re.IGNORECASE)
_ENDPOINT = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}:\w+", re.ASCII)
_SHORT_BLOCK = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,2})\.?/(\d{1,2})", re.ASCII)
_OCTET_COUNT = 4


def match(place: Place, literal: Literal) -> Alternatives:
    """An address, a block or a pattern after `:` or `=`."""
    if literal.wildcards:
        return _pattern(place, literal)
    address = parse_address(literal.text)
    if address is not None:
        return Alternatives(ranges=((address, address),))
    if "/" in literal.text:
        return Alternatives(ranges=_block(place, literal))
    zone = names.zone_ranges(literal.text)
    if zone:
        return Alternatives(ranges=zone)
    raise _not_an_address(place, literal)


def regex(place: Place, value: Regex) -> Alternatives:
    """A regular expression over the address as printed."""
    del place
    return Alternatives(regexes=(value.text,))


def between(place: Place, range_: Range) -> Alternatives:
    """A range whose ends are addresses of one family."""
    literal = place.binding.literal
    low = None if range_.low is None else _address(place, literal(range_.low))
    high = None if range_.high is None else _address(place, literal(range_.high))
    if low is not None and high is not None and is_ipv4(low) != is_ipv4(high):
        raise Refusal(
            "mixed-families", "the ends of a range are both IPv4 or both IPv6 addresses", range_.span
        )
    family = _family(low if low is not None else high if high is not None else 0)
    return Alternatives(ranges=without_ipv4(*range_between(place, range_, _end(low), _end(high), family)))


def compare(place: Place, operator: Operator, literal: Literal) -> Alternatives:
    """The addresses of the value's family before or after it."""
    value = _address(place, literal)
    low, high = compared(operator, value, _family(value))
    return Alternatives(ranges=without_ipv4(low, high) if low <= high else ())


def is_address_pattern(text: str) -> bool:
    """Whether a text with wildcards can match an address as it is printed."""
    return _PATTERN.fullmatch(text) is not None


def is_failed_address(text: str) -> bool:
    """Whether a bare word is an address or a block gone wrong and no word: `203.0.113`, `10.0.0.256`."""
    head, slash, _ = text.partition("/")
    if slash and parse_address(head) is not None:
        return parse_network(text) is None
    if "." in text and (_PARTIAL_IPV4.fullmatch(text) or _FOUR_NUMBERS.fullmatch(text)):
        return parse_address(text) is None
    return False


def is_hyphen_range(text: str) -> bool:
    """Whether a text is two addresses with a hyphen between, as other tools write a range."""
    first, hyphen, second = text.partition("-")
    return bool(hyphen) and parse_address(first) is not None and parse_address(second) is not None


def partial_ipv6_block(text: str) -> str | None:
    """The block that the leading groups of an IPv6 address mean: `2001:db8` is `2001:db8::/32`."""
    match = _PARTIAL_IPV6.fullmatch(text)
    return f"{match[1]}::/{16 * (match[1].count(':') + 1)}" if match else None


def _address(place: Place, literal: Literal) -> int:
    address = None if literal.wildcards else parse_address(literal.text)
    if address is None:
        raise Refusal(
            "bad-address", f'expected an address for {place.field_name}, found "{literal.text}"', literal.span
        )
    return address


def _end(address: int | None) -> End | None:
    return None if address is None else End(address, address)


def _family(address: int) -> tuple[int, int]:
    return _IPV4_FAMILY if is_ipv4(address) else _IPV6_FAMILY


def _block(place: Place, literal: Literal) -> tuple[tuple[int, int], ...]:
    network = parse_network(literal.text)
    if network is None:
        raise _not_a_block(literal)
    first, last, host_bits_set = network
    if host_bits_set:
        meant = f"{format_address(first)}/{literal.text.partition('/')[2]}"
        place.binding.note(
            "host-bits", f"the host bits of {literal.text} are ignored: it is {meant}", literal.span
        )
    return ((first, last),) if is_ipv4(first) else without_ipv4(first, last)


def _not_a_block(literal: Literal) -> Refusal:
    address_text, _, length_text = literal.text.partition("/")
    address = parse_address(address_text)
    if address is None:
        message = f'expected an address before the slash, found "{address_text}"'
        meant = _meant(literal.text)
        return Refusal(
            "bad-address", message, literal.span, *([replace(literal.span, meant)] if meant else [])
        )
    if not length_text:
        message = "expected a prefix length after the slash, found nothing"
        return Refusal("bad-prefix-length", message, literal.span, replace(literal.span, address_text))
    if length_text.isascii() and length_text.isdigit():
        family, length_max = ("IPv6", 128) if ":" in address_text else ("IPv4", 32)
        found = "leading zeros" if int(length_text[:4]) <= length_max else f"/{length_text}"
        message = f"the prefix length of an {family} network is from 0 to {length_max}, found {found}"
        fixed = f"{address_text}/{length_text.lstrip('0') or '0'}"
        fixes = (replace(literal.span, fixed),) if parse_network(fixed) else ()
        return Refusal("bad-prefix-length", message, literal.span, *fixes)
    mask = parse_address(length_text)
    length = None if mask is None else mask_length(mask)
    fixes = () if length is None else (replace(literal.span, f"{address_text}/{length}"),)
    message = f'expected a prefix length after the slash, found "{length_text}"'
    return Refusal("bad-prefix-length", message, literal.span, *fixes)


def _pattern(place: Place, literal: Literal) -> Alternatives:
    whole = _WHOLE_OCTETS.fullmatch(literal.text)
    octets = whole[1].split(".") if whole else []
    if whole and len(octets) + whole[2].count("*") <= _OCTET_COUNT:
        zeros = ["0"] * (_OCTET_COUNT - len(octets))
        network = parse_network(".".join(octets + zeros) + f"/{8 * len(octets)}")
        if network is not None:
            return Alternatives(ranges=(network[:2],))
        raise _not_an_address(place, literal)
    if not is_address_pattern(literal.text):
        raise _not_an_address(place, literal)
    return Alternatives(patterns=(literal,))


def _not_an_address(place: Place, literal: Literal) -> Refusal:
    text = literal.text
    if text.lower() == "any":
        message = "any stands in arrows only; a field that is present is written *"
        return Refusal("bad-address", message, literal.span, replace(literal.span, "*"))
    if _ENDPOINT.fullmatch(text):
        return _endpoint_on_field(place, literal)
    if is_hyphen_range(text):
        message = f'a range is written with two dots, found "{text}"'
        return Refusal("hyphen-range", message, literal.span, replace(literal.span, text.replace("-", "..")))
    meant = _meant(text)
    zones = () if meant or not text.isalpha() else names.similar_zones(text)
    if zones:
        details = (f"zones with a similar name: {', '.join(zones)}",)
        message = f'unknown zone "{text}"'
        return Refusal(
            "unknown-zone", message, literal.span, replace(literal.span, zones[0]), details=details
        )
    fixes = () if meant is None else (replace(literal.span, meant),)
    message = (
        f'expected an address, a CIDR block, a range or a wildcard for {place.field_name}, found "{text}"'
    )
    return Refusal("bad-address", message, literal.span, *fixes)


def _endpoint_on_field(place: Place, literal: Literal) -> Refusal:
    """The error for `src:10.0.0.5:443`: an address field holds no port."""
    address, _, port = literal.text.rpartition(":")
    side = {"srcaddr": "srcport", "dstaddr": "dstport"}.get(place.field_name)
    message = f'{place.field_name} holds an address without a port, found "{literal.text}"'
    fixes = (replace(literal.span, f"{address} {side}:{port}"),) if side else ()
    return Refusal("bad-address", message, literal.span, *fixes)


def _meant(text: str) -> str | None:
    """What a text that is no address was likely meant to be."""
    if _PARTIAL_IPV4.fullmatch(text) and parse_address(
        text.rstrip(".") + ".0" * (3 - text.rstrip(".").count("."))
    ):
        return f"{text.rstrip('.')}.*"
    if _FOUR_NUMBERS.fullmatch(text):
        plain = ".".join(number.lstrip("0") or "0" for number in text.split("."))
        return plain if parse_address(plain) is not None else None
    if "%" in text and parse_address(text.partition("%")[0]) is not None:
        return text.partition("%")[0]
    padded = _SHORT_BLOCK.fullmatch(text)
    if padded:
        octets = padded[1].split(".")
        block = f"{'.'.join([*octets, *['0'] * (_OCTET_COUNT - len(octets))])}/{padded[2]}"
        return block if parse_network(block) else None
    return partial_ipv6_block(text)
