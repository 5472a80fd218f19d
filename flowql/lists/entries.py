"""One entry of a list: the text of an address, a network, a port or a range, and its two ends.

Owns what is an entry and what is none. Knows nothing of lines, cells and files.
"""

import re
from typing import NamedTuple

from flowql.values import is_ipv4, parse_address, parse_network

PORT_MAX = 65_535

_HYPHEN = re.compile(r"\s*-\s*")
_PORT = re.compile(r"0|[1-9][0-9]{0,4}")


class Entry(NamedTuple):
    """One entry: its ends, both included, of 128 bits for addresses.

    A range of IPv6 may lie around the mapped block, in which IPv4 addresses lie: it holds none of them.
    """

    first: int
    last: int
    is_port: bool = False
    has_host_bits: bool = False


def parse_entry(text: str) -> Entry | None:
    """The entry that a text without blanks around it is; None when it is none."""
    if "/" in text:
        network = parse_network(text)
        return None if network is None else Entry(network[0], network[1], has_host_bits=network[2])
    address = parse_address(text)
    if address is not None:
        return Entry(address, address)
    first, *others = _HYPHEN.split(text)
    if len(others) > 1:
        return None
    return _addresses_between(first, *others) or _ports_between(first, *(others or [first]))


def _addresses_between(first: str, last: str = "") -> Entry | None:
    low, high = parse_address(first), parse_address(last)
    if low is None or high is None or low > high or is_ipv4(low) != is_ipv4(high):
        return None
    return Entry(low, high)


def _ports_between(first: str, last: str) -> Entry | None:
    if not _PORT.fullmatch(first) or not _PORT.fullmatch(last) or not int(first) <= int(last) <= PORT_MAX:
        return None
    return Entry(int(first), int(last), is_port=True)
