"""Addresses and networks in plain SQL: from text to the engine's bytes and back, their networks, their zones.

Owns the templates. An address is 16 bytes, IPv4 as its mapped form, and a network 17, the last one its
length. Texts are RFC 5952, as exports have them; no other text is understood.
"""

from sqlglot import exp

from flowql.names import zone_table
from flowql.plan.expressions import Prefix
from flowql.plan.sql import terms
from flowql.plan.sql.templates import bound, filled
from flowql.plan.sql.terms import Term, call, integer, text
from flowql.values import IPV4_MAPPED

_MAPPED = f"{IPV4_MAPPED >> 32:024X}"
_NIBBLES = "0123456789ABCDEF"
_IPV4_LENGTH = 96  # bits before those of an IPv4 address

_FROM_TEXT = f"""
    CASE WHEN CONTAINS($text, ':')
    THEN UNHEX(ARRAY_TO_STRING([LPAD("#group", 4, '0') FOR "#group" IN STRING_SPLIT(TRIM(REPLACE($text, '::',
        ':' || REPEAT('0:', 8 - LENGTH([1 FOR "#group" IN STRING_SPLIT($text, ':') IF "#group" <> '']))
    ), ':'), ':')], ''))
    ELSE UNHEX('{_MAPPED}' || FORMAT('{{:02x}}{{:02x}}{{:02x}}{{:02x}}',
        CAST(SPLIT_PART($text, '.', 1) AS UTINYINT), CAST(SPLIT_PART($text, '.', 2) AS UTINYINT),
        CAST(SPLIT_PART($text, '.', 3) AS UTINYINT), CAST(SPLIT_PART($text, '.', 4) AS UTINYINT)))
    END
"""
_OCTETS = ", ".join(f"CAST('0x' || SUBSTRING($digits, {place}, 2) AS INTEGER)" for place in (25, 27, 29, 31))
_ZEROS = "'(^|:)0(:0){' || CAST(\"#more\" AS VARCHAR) || '}(:|$)'"
# Of the longest runs of zeros, of two groups at least, the first one becomes `::`.
_TO_TEXT = rf"""
    CASE WHEN STARTS_WITH($digits, '{_MAPPED}') THEN FORMAT('{{}}.{{}}.{{}}.{{}}', {_OCTETS})
    ELSE [COALESCE(
        [REGEXP_REPLACE("#groups", {_ZEROS}, '::') FOR "#more" IN [7, 6, 5, 4, 3, 2, 1]
            IF REGEXP_MATCHES("#groups", {_ZEROS})][1],
        "#groups"
    ) FOR "#groups" IN [REGEXP_REPLACE(
        REGEXP_REPLACE(LOWER($digits), '{"(....)" * 8}.*', '\1:\2:\3:\4:\5:\6:\7:\8'),
        '(^|:)0{{1,3}}', '\1', 'g')]][1]
    END
"""
_LENGTH = f"(CAST('0x' || SUBSTRING($digits, 33, 2) AS INTEGER) + {_IPV4_LENGTH} * CAST(STARTS_WITH($digits, '{_MAPPED}') AS INTEGER))"  # noqa: E501
_LAST = f"""
    LEFT($digits, $length // 4)
    || CASE WHEN $length % 4 = 0 THEN ''
       ELSE SUBSTRING('{_NIBBLES}', 1 + (
           CAST('0x' || SUBSTRING($digits, $length // 4 + 1, 1) AS INTEGER) | (15 >> ($length % 4))), 1) END
    || REPEAT('F', (128 - $length) // 4)
"""


def from_text(value: Term) -> Term:
    """The bytes of an address's text."""
    return bound(_FROM_TEXT, text=value)


def address_text(value: Term) -> Term:
    """The text of an address's bytes."""
    return bound(_TO_TEXT, digits=call("HEX", value))


def network_text(value: Term) -> Term:
    """The text of a network's bytes."""
    shown = f"{_TO_TEXT} || '/' || CAST(CAST('0x' || SUBSTRING($digits, 33, 2) AS INTEGER) AS VARCHAR)"
    return bound(shown, digits=call("HEX", value))


def network_of(value: Term, prefix: Prefix) -> Term:
    """The network that an address lies in."""
    template = f"CASE WHEN STARTS_WITH($digits, '{_MAPPED}') THEN UNHEX($ipv4) ELSE UNHEX($ipv6) END"
    ipv4, ipv6 = _masked(_IPV4_LENGTH + prefix.ipv4_length), _masked(prefix.ipv6_length)
    lengths = (f"{length:02X}" for length in (prefix.ipv4_length, prefix.ipv6_length))
    for name, part, length in zip(("$ipv4", "$ipv6"), (ipv4, ipv6), lengths, strict=True):
        template = template.replace(name, f"{part} || '{length}'")
    return bound(template, digits=call("HEX", value))


def _masked(length: int) -> str:
    """The template of the digits of which so many bits are kept."""
    whole, rest = divmod(length, 4)
    kept = f"LEFT($digits, {whole})"
    if rest:
        mask = 0xF & ~(0xF >> rest)
        images = "".join(_NIBBLES[place & mask] for place in range(16))
        kept += f" || TRANSLATE(SUBSTRING($digits, {whole + 1}, 1), '{_NIBBLES}', '{images}')"
    return f"{kept} || '{'0' * (32 - whole - (rest > 0))}'"


def network_in(value: Term, ranges: tuple[tuple[int, int], ...]) -> Term:
    """Whether all of a network lies in one of the ranges."""
    template = f"$first >= $low AND ({_LAST.replace('$length', _LENGTH)}) <= $high"
    digits = call("HEX", value)
    first = call("LEFT", digits.copy(), integer(32))
    return exp.Paren(
        this=terms.any_of(
            exp.Paren(
                this=filled(
                    template, digits=digits, first=first, low=text(f"{low:032X}"), high=text(f"{high:032X}")
                )
            )
            for low, high in ranges
        )
    )


def zone_text(value: Term) -> Term:
    """The name of an address's zone."""
    firsts, names = zone_table()
    pieces = zip(reversed(firsts), reversed(names), strict=True)
    return exp.Case(
        ifs=[
            exp.If(this=exp.GTE(this=value.copy(), expression=terms.address(first)), true=text(name))
            for first, name in pieces
        ]
    )
