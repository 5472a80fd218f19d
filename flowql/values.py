"""Typed values: addresses, networks, durations and numbers, from text and back.

Owns the one reading and the one printing of each. An address is an int of 128 bits (IPv4 as its mapped form
`::ffff:a.b.c.d`), a duration is an int of nanoseconds, a count is an int. A function that reads text gives
None when the text is no such value; it never guesses. Times have a room of their own. Knows nothing of
fields, queries or columns.
"""

import re
import socket

IPV4_MAPPED = 0xFFFF << 32
"""The 128-bit number to which an IPv4 address's 32 bits are added (RFC 4291, 2.5.5.2)."""
IPV4_LAST = IPV4_MAPPED | 0xFFFFFFFF
ADDRESS_MAX = (1 << 128) - 1
INT64_MAX = (1 << 63) - 1
SECOND_NS = 1_000_000_000
DAY_NS = 86_400 * SECOND_NS
NUMBER_LENGTH_MAX = 64
"""Characters in a number's or duration's text; beyond, it is none: `int` itself raises past 4,300 digits."""

_IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}", re.ASCII)
_DIGITS = re.compile(r"\d+(?:_\d+)*", re.ASCII)
_NUMBER = re.compile(
    r"(?P<digits>\d+(?:_\d+)*)(?:\.(?P<fraction>\d+))?(?P<unit>[kmgt]i?)?b?", re.ASCII | re.IGNORECASE
)
_DURATION = re.compile(r"(?:\d+(?:ms|[smhdw]))+", re.ASCII | re.IGNORECASE)
_DURATION_PART = re.compile(r"(\d+)(ms|[smhdw])", re.ASCII | re.IGNORECASE)
_UNITS = {"k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
_DURATION_NS = {
    "ms": 1_000_000,
    "s": SECOND_NS,
    "m": 60 * SECOND_NS,
    "h": 3_600 * SECOND_NS,
    "d": DAY_NS,
    "w": 7 * DAY_NS,
}


def parse_address(text: str) -> int | None:
    """The 128 bits of an IPv4 or IPv6 address in its usual text form; None for anything else.

    IPv4 is strict: four decimal numbers without leading zeros. IPv4-mapped IPv6 is IPv4. Zone ids are
    refused.
    """
    if ":" in text:
        try:
            return int.from_bytes(socket.inet_pton(socket.AF_INET6, text), "big")
        except (OSError, ValueError):
            return None
    if not _IPV4.fullmatch(text):
        return None
    return IPV4_MAPPED | int.from_bytes(socket.inet_pton(socket.AF_INET, text), "big")


def format_address(address: int) -> str:
    """The text of an address: dotted decimals for IPv4, RFC 5952 for IPv6."""
    if is_ipv4(address):
        return socket.inet_ntop(socket.AF_INET, (address & 0xFFFFFFFF).to_bytes(4, "big"))
    text = socket.inet_ntop(socket.AF_INET6, address.to_bytes(16, "big"))
    if "." in text:  # libc prints ::a.b.c.d for the deprecated compatible form; RFC 5952 keeps hexadecimal
        low = address & 0xFFFFFFFF
        text = f"::{low >> 16:x}:{low & 0xFFFF:x}"
    return text


def is_ipv4(address: int) -> bool:
    """Whether the 128 bits are an IPv4 address (the mapped form)."""
    return IPV4_MAPPED <= address <= IPV4_LAST


def parse_network(text: str) -> tuple[int, int, bool] | None:
    """`(first, last, host_bits_set)` of a CIDR block, both ends included; None when `text` is not one.

    A prefix length out of range for the address's family is None too: ask `parse_address` of the part before
    the slash to tell the two mistakes apart.
    """
    address_text, slash, length_text = text.partition("/")
    address = parse_address(address_text)
    if not slash or address is None or not _DIGITS.fullmatch(length_text) or len(length_text) > 3:
        return None
    length = int(length_text)
    if length_text.startswith("0") and length_text != "0":
        return None
    if ":" not in address_text:
        length += 96
    if length > 128:
        return None
    first, last = network_bounds(address, length)
    return first, last, first != address


def network_bounds(address: int, length: int) -> tuple[int, int]:
    """First and last address of the block of prefix `length` (of 128 bits) that holds `address`."""
    host_mask = (1 << (128 - length)) - 1
    return address & ~host_mask, address | host_mask


def mask_length(mask: int) -> int | None:
    """The prefix length of an IPv4 network mask; None when its ones do not all come first."""
    host_bits = (mask & 0xFFFFFFFF) ^ 0xFFFFFFFF
    if not is_ipv4(mask) or host_bits & (host_bits + 1):
        return None
    return 32 - host_bits.bit_length()


def without_ipv4(first: int, last: int) -> tuple[tuple[int, int], ...]:
    """A range of addresses less the mapped block, in which IPv4 addresses lie; a range of IPv4 as it is.

    An end alone may be IPv4: `::ffff:0:0/90` ends where the mapped block does.
    """
    if (is_ipv4(first) and is_ipv4(last)) or last < IPV4_MAPPED or first > IPV4_LAST:
        return ((first, last),)
    return tuple(r for r in ((first, IPV4_MAPPED - 1), (IPV4_LAST + 1, last)) if r[0] <= r[1])


def parse_integer(text: str) -> int | None:
    """A plain decimal number, `_` between digits allowed; no sign, no unit."""
    return int(text) if len(text) <= NUMBER_LENGTH_MAX and _DIGITS.fullmatch(text) else None


def parse_count(text: str) -> int | None:
    """A count.

    Decimal digits with optional `_`, fraction and unit (`k M G T` powers of 1000, `Ki Mi Gi Ti` of 1024, any
    case), optional `B`. None when it is no number or not a whole one (`1.5` is none, `1.5k` is 1500).
    """
    match = _NUMBER.fullmatch(text) if len(text) <= NUMBER_LENGTH_MAX else None
    if not match:
        return None
    scale = _UNITS[match["unit"].lower()] if match["unit"] else 1
    fraction = match["fraction"] or ""
    scaled = int(match["digits"].replace("_", "") + fraction) * scale
    whole, rest = divmod(scaled, 10 ** len(fraction))
    return None if rest else whole


def parse_duration(text: str) -> int | None:
    """Nanoseconds of a duration such as `90s`, `10m`, `1h30m`, `1d`, `1w`."""
    if len(text) > NUMBER_LENGTH_MAX or not _DURATION.fullmatch(text):
        return None
    return sum(int(n) * _DURATION_NS[unit.lower()] for n, unit in _DURATION_PART.findall(text))


def format_duration(duration_ns: int) -> str:
    """A duration in the largest units that keep it exact: `1h30m`, `1d`, `-90ms`; finer ones as `0.0005s`."""
    sign, rest = "-" * (duration_ns < 0), abs(duration_ns)
    if rest % _DURATION_NS["ms"]:
        seconds, fraction = divmod(rest, SECOND_NS)
        return f"{sign}{seconds}.{fraction:09d}".rstrip("0") + "s"
    parts = []
    for unit in ("d", "h", "m", "s", "ms"):
        amount, rest = divmod(rest, _DURATION_NS[unit])
        if amount:
            parts.append(f"{amount}{unit}")
    return sign + "".join(parts) if parts else "0s"


WORD_DELIMITERS = "@&?|#()='\",;:<>[]{}/ \n\t\r\\"
"""The characters that part the tokens of a text value, as log services part them."""
_TOKEN = re.compile(f"[^{re.escape(WORD_DELIMITERS)}]+")


def tokens(text: str) -> list[str]:
    """The tokens of a text value, in order."""
    return _TOKEN.findall(text)


def lower_ascii(text: str) -> str:
    """`text` with ASCII letters, and no others, lowered: how FlowQL compares text without regard to case."""
    return text.encode().lower().decode()
