"""The computed fields that are quotients (bps, pps, bpp) in SQL: as reals, and compared exactly.

Owns what each divides by what. To decide anything products are compared, in 128 bits, as no quotient is
exact; what those do not hold ends the query in DuckDB.
"""

from dataclasses import dataclass
from math import gcd

from sqlglot import exp

from flowql.plan.predicates import Interval, Relation
from flowql.plan.sql import terms
from flowql.plan.sql.conditions import RELATIONS
from flowql.plan.sql.templates import filled
from flowql.plan.sql.terms import Term, named
from flowql.values import SECOND_NS


@dataclass(frozen=True, slots=True)
class Quotient:
    """`scale * dividend / divisor`; without a divisor, by the duration in seconds."""

    dividend: str
    scale: int
    divisor: str | None

    @property
    def factor(self) -> int:
        """What the dividend is multiplied by where the divisor is taken as it is stored."""
        return self.scale * (1 if self.divisor else SECOND_NS)

    @property
    def divisor_term(self) -> Term:
        """The divisor as it is stored, durations in nanoseconds."""
        return named(self.divisor) if self.divisor else filled('"end" - "start"')

    @property
    def real(self) -> Term:
        """The quotient as a double; NULL where it is missing."""
        unit = f" / {SECOND_NS}e0" if self.divisor is None else ""
        template = (
            f"CAST($dividend AS DOUBLE) * {self.scale}e0 / NULLIF(CAST($divisor AS DOUBLE){unit}, 0) + 0e0"
        )
        return filled(template, dividend=named(self.dividend), divisor=self.divisor_term)


QUOTIENTS = {
    "bps": Quotient("bytes", 8, None),
    "pps": Quotient("packets", 1, None),
    "bpp": Quotient("bytes", 1, "packets"),
}


def in_interval(quotient: Quotient, interval: Interval) -> Term:
    """Whether the exact quotient lies in the interval; false or unknown where it is missing."""
    held = [filled("$divisor <> 0 AND NOT $dividend IS NULL", **_parts(quotient))]
    if interval.low is not None:
        sign = ">" if interval.low_excluded else ">="
        held.append(_compared(quotient, sign, interval.low.numerator, interval.low.denominator))
    if interval.high is not None:
        sign = "<" if interval.high_excluded else "<="
        held.append(_compared(quotient, sign, interval.high.numerator, interval.high.denominator))
    return exp.Paren(this=terms.all_of(held))


def compared(left: Quotient, relation: Relation, right: Quotient) -> Term:
    """Whether two exact quotients stand in the relation; false or unknown where one is missing."""

    def product(one: Quotient, other: Quotient) -> Term:
        template = f"""
            CAST($dividend AS HUGEINT) * {one.factor} * SIGN($divisor) * ABS(CAST($other AS HUGEINT))
        """
        return filled(template, **_parts(one), other=other.divisor_term)

    are_there = "$left <> 0 AND $right <> 0"
    present = filled(are_there, left=left.divisor_term, right=right.divisor_term)
    relates = RELATIONS[relation](this=product(left, right), expression=product(right, left))
    return exp.Paren(this=terms.all_of([present, relates]))


def _parts(quotient: Quotient) -> dict[str, Term]:
    return {"dividend": named(quotient.dividend), "divisor": quotient.divisor_term}


def _compared(quotient: Quotient, sign: str, numerator: int, denominator: int) -> Term:
    factor = quotient.factor * denominator
    common = gcd(factor, numerator)
    template = f"""
        CAST($dividend AS HUGEINT) * SIGN($divisor) * {factor // common}
        {sign} ABS(CAST($divisor AS HUGEINT)) * {numerator // common}
    """
    return filled(template, **_parts(quotient))
