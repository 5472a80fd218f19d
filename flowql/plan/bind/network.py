"""Values of network columns, which stages compute (`srcaddr/24`): blocks, addresses, ranges, wildcards.

Owns the rule that a network is one of those asked for when all of its addresses are. How the text of an
address or a block is read is `address`'s.
"""

import re

from flowql.plan.bind import address
from flowql.plan.bind.alternatives import Alternatives
from flowql.plan.bind.binding import Place
from flowql.syntax.nodes import Literal, Operator, Range, Regex
from flowql.syntax.refusal import Refusal

_PATTERN = re.compile(r"[0-9a-f:.*?/]+", re.ASCII | re.IGNORECASE)


def match(place: Place, literal: Literal) -> Alternatives:
    """The networks within an address, a block or a zone; or a pattern for one as printed, with its length."""
    if literal.wildcards and "/" in literal.text and _PATTERN.fullmatch(literal.text):
        return Alternatives(patterns=(literal,))
    return address.match(place, literal)


def regex(place: Place, value: Regex) -> Alternatives:
    """A regular expression over the network as printed: `10.0.0.0/24`."""
    return address.regex(place, value)


def between(place: Place, range_: Range) -> Alternatives:
    """The networks within a range of addresses."""
    return address.between(place, range_)


def compare(place: Place, operator: Operator, literal: Literal) -> Alternatives:
    """Refused: networks lie in one another, and have no order that a value would stand in."""
    name = place.field_name
    message = f"{name} is a network, which {operator.value} does not compare: name a block or a range"
    raise Refusal("bad-operator", message, literal.span)
