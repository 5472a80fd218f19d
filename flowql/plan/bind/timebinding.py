"""The time of a query, bound: what its clauses of time ask for.

Owns the shape only; `timerange` makes it.
"""

from dataclasses import dataclass

from flowql.plan.logical import TimeRange
from flowql.plan.predicates import Predicate
from flowql.zones import Zone


@dataclass(frozen=True, slots=True)
class TimeBinding:
    """What the clauses of time ask for.

    `range` is the effective range, as it is told; `daily` is the condition of the hours; `overlaps` says that
    the range tests the whole flow. What a plan is made of: a Scan takes `scan_range`, and `predicate`, which
    `daily` is part of, has to hold beside the filter. `reaching` are the range and the condition of the
    records that began before `range` and reach into it; None when there is no beginning, or no field `end`.
    """

    range: TimeRange
    zone: Zone
    daily: Predicate
    overlaps: bool
    scan_range: TimeRange
    predicate: Predicate
    reaching: tuple[TimeRange, Predicate] | None
