"""What is given beside a query's text: parameters, lists, the time zone, a range, how strict to be.

Owns the shape only. An edge (the shell, the command line, an embedding program) fills it in, the binder reads
it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TypeAlias

from flowql.lists import NO_LISTS, Lists
from flowql.plan.logical import ALL_TIME, TimeRange
from flowql.zones import UTC, Zone

Scalar: TypeAlias = (
    str | int | float | datetime | IPv4Address | IPv6Address | IPv4Network | IPv6Network | None
)
ParameterValue: TypeAlias = Scalar | Sequence[Scalar]
"""The value of `$name`; None is a missing value, several values are a set."""


@dataclass(frozen=True, slots=True)
class Given:
    """What an edge says beside the query.

    `range` is intersected with the query's own; `zone` is read and shown where the query has no `tz`;
    `strict` refuses AND and OR mixed without parentheses.
    """

    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    lists: Lists = NO_LISTS
    zone: Zone = UTC
    range: TimeRange = ALL_TIME
    strict: bool = False


NOTHING_GIVEN = Given()
