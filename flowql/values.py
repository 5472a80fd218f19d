"""Typed values: addresses, networks, times, durations and numbers, from text and back.

Owns the one reading and the one printing of each. An address is an int of 128 bits (IPv4 as its mapped form
`::ffff:a.b.c.d`), a time is an int of nanoseconds since 1970 UTC, a count is an int. A function that reads
text gives None when the text is no such value; it never guesses. Knows nothing of fields, queries or columns.
"""

import re
import socket
from datetime import UTC, datetime, timedelta

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
_TIME = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:[T ](?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,9}))?)?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d)?)?)?",
    re.ASCII | re.IGNORECASE,
)
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


def parse_time(text: str, *, now: int) -> tuple[int, int] | None:
    """`(first, after)`: the half-open range in nanoseconds that a time's text stands for, read in UTC.

    RFC 3339 (a blank for `T`, seconds optional), a date, a month `YYYY-MM`, epoch seconds (9 or 10 digits) or
    milliseconds (12 or 13), `now`, and `-6h` (now less a duration). An instant stands for the unit that it
    is written in, so that `start:2018-12-13` is the day and `start:1544709600` the second.
    """
    if text.lower() == "now":
        return now, now + 1
    if text.startswith("-"):
        duration = parse_duration(text[1:])
        return None if duration is None else (now - duration, now - duration + 1)
    if text.isascii() and text.isdigit():
        return _epoch_range(text)
    match = _TIME.fullmatch(text)
    if not match:
        return None
    try:
        return _calendar_range(match)
    except (ValueError, OverflowError):
        return None


def _epoch_range(text: str) -> tuple[int, int] | None:
    if len(text) in (9, 10):
        return int(text) * SECOND_NS, (int(text) + 1) * SECOND_NS
    if len(text) in (12, 13):
        return int(text) * 1_000_000, (int(text) + 1) * 1_000_000
    return None


def _calendar_range(match: re.Match[str]) -> tuple[int, int]:
    year, month = int(match["year"]), int(match["month"])
    if match["day"] is None:
        after = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
        return _datetime_ns(datetime(year, month, 1, tzinfo=UTC)), _datetime_ns(after)
    day = datetime(year, month, int(match["day"]), tzinfo=UTC)
    if match["hour"] is None:
        return _datetime_ns(day), _datetime_ns(day + timedelta(days=1))
    zone = match["zone"] or "Z"
    offset_s = 0
    if zone.upper() != "Z":
        hours, minutes = int(zone[1:3]), int(zone[-2:])
        if hours > 23 or minutes > 59:
            raise ValueError(zone)
        offset_s = (hours * 3600 + minutes * 60) * (-1 if zone[0] == "-" else 1)
    moment = day.replace(
        hour=int(match["hour"]), minute=int(match["minute"]), second=int(match["second"] or 0)
    )
    fraction = match["fraction"] or ""
    first = _datetime_ns(moment) - offset_s * SECOND_NS + int(fraction.ljust(9, "0") if fraction else 0)
    if match["second"] is None:
        return first, first + 60 * SECOND_NS
    return first, first + 10 ** (9 - len(fraction))


def _datetime_ns(moment: datetime) -> int:
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * SECOND_NS


def format_time(time_ns: int) -> str:
    """RFC 3339 in UTC, with just the decimals that are not zero: `2018-12-13T14:00:00Z`."""
    seconds, fraction = divmod(time_ns, SECOND_NS)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    decimals = f".{fraction:09d}".rstrip("0") if fraction else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{decimals}Z".zfill(20)


def format_epoch(time_ns: int) -> str:
    """Epoch seconds with just the decimals that are not zero: `1544709600`, `1544709600.25`."""
    sign = "-" if time_ns < 0 else ""
    seconds, fraction = divmod(abs(time_ns), SECOND_NS)
    return f"{sign}{seconds}" + (f".{fraction:09d}".rstrip("0") if fraction else "")


def format_duration(duration_ns: int) -> str:
    """A duration in the largest units that keep it exact: `1h30m`, `1d`, `90ms`."""
    parts = []
    rest = duration_ns
    for unit in ("d", "h", "m", "s", "ms"):
        amount, rest = divmod(rest, _DURATION_NS[unit])
        if amount:
            parts.append(f"{amount}{unit}")
    return "".join(parts) or "0s"


def now_ns() -> int:
    """The current time, in whole seconds as nanoseconds: finer would only make answers look different."""
    return int(datetime.now(UTC).timestamp()) * SECOND_NS


WORD_DELIMITERS = "@&?|#()='\",;:<>[]{}/ \n\t\r\\"
"""The characters that part the tokens of a text value, as log services part them."""
_TOKEN = re.compile(f"[^{re.escape(WORD_DELIMITERS)}]+")


def tokens(text: str) -> list[str]:
    """The tokens of a text value, in order."""
    return _TOKEN.findall(text)


def lower_ascii(text: str) -> str:
    """`text` with ASCII letters, and no others, lowered: how FlowQL compares text without regard to case."""
    return text.encode().lower().decode()
