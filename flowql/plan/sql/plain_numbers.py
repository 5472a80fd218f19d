"""Numbers in plain SQL: quotients, products and roundings that FlowQL makes as if they were exact.

Owns the templates. Integers are worked out in 128 bits. What DuckDB's own arithmetic would round twice is
left out, or ends the query.
"""

from fractions import Fraction

from sqlglot import exp

from flowql.plan.sql.functions import Mean, Rounded, Scaled
from flowql.plan.sql.refusal import NoSqlError
from flowql.plan.sql.templates import bound, filled
from flowql.plan.sql.terms import Term
from flowql.schema import Kind

_FACTOR_MAX = 1 << 62
"""Numerators and denominators of factors: their product with 64 bits fits 127."""
_EXACT_MAX = 1 << 53
"""Integers up to it are doubles, so that one division is all that rounds."""

_NEAREST = """
    CASE WHEN $divisor > 0 THEN CAST(
        ($dividend - (($dividend % $divisor + $divisor) % $divisor)) // $divisor
        + CASE WHEN 2 * (($dividend % $divisor + $divisor) % $divisor) > $divisor
            OR (2 * (($dividend % $divisor + $divisor) % $divisor) = $divisor
                AND (($dividend - (($dividend % $divisor + $divisor) % $divisor)) // $divisor) % 2 <> 0)
          THEN 1 ELSE 0 END
    AS BIGINT) END
"""
_DIGITS = 10**18
# A double lies nearest to the quotient when it does to its first 36 decimals and a mark for what follows: no
# middle between two doubles is as near to a quotient of a count below 2^63. Reading a text rounds once.
_MEAN = f"""
    CASE WHEN $count = 0 THEN NULL
    WHEN ABS($total) <= {_EXACT_MAX} THEN CAST($total AS DOUBLE) / NULLIF(CAST($count AS DOUBLE), 0)
    ELSE SIGN($total) * CAST(
        CAST(ABS($total) // $count AS VARCHAR) || '.'
        || LPAD(CAST(ABS($total) % $count * {_DIGITS} // $count AS VARCHAR), 18, '0')
        || LPAD(CAST(ABS($total) % $count * {_DIGITS} % $count * {_DIGITS} // $count AS VARCHAR), 18, '0')
        || CASE WHEN ABS($total) % $count * {_DIGITS} % $count * {_DIGITS} % $count = 0 THEN '' ELSE '1' END
    AS DOUBLE) END
"""
# A half is exact in binary, and then moved away from zero by the least there is.
_ROUNDED = """
    CAST(FORMAT('{{:.{digits}f}}', $value * CASE
        WHEN $value * {power} = FLOOR($value * {power})
            AND RIGHT(FORMAT('{{:.{more}f}}', $value), 1) = '5'
        THEN 1.0000000000000002220446049250313e0 ELSE 1e0 END) AS {type}) {sign}
"""


def divided(dividend: Term, divisor: Term) -> Term:
    """A quotient of integers as an integer, half to even; missing for divisor 0."""
    whole = bound("CAST($dividend AS HUGEINT) * SIGN($divisor)", dividend=dividend, divisor=divisor)
    return bound(_NEAREST, dividend=whole, divisor=bound("ABS(CAST($divisor AS HUGEINT))", divisor=divisor))


def scaled(work: Scaled, whole: Term, factor: Term) -> Term:
    """An integer times, or divided by, a real that stands in the query, as an integer, half to even."""
    is_constant = isinstance(factor, exp.Cast) and isinstance(factor.this, exp.Literal)
    if not is_constant:
        raise NoSqlError("a duration times a real number", "SQL rounds twice, and FlowQL once")
    exact = Fraction(float(factor.this.name))
    if work.divides:
        if not exact:
            return filled("CAST(NULL AS BIGINT)")
        exact = 1 / exact
    if max(abs(exact.numerator), exact.denominator) > _FACTOR_MAX:
        raise NoSqlError(f"a duration and the factor {factor.this.name}", "128 bits do not hold the product")
    template = f"CAST($whole AS HUGEINT) * {exact.numerator}"
    divisor = exp.Cast(
        this=exp.Literal.number(exact.denominator), to=exp.DataType.build("HUGEINT", dialect="duckdb")
    )
    return bound(_NEAREST, dividend=bound(template, whole=whole), divisor=divisor)


def rounded(work: Rounded, value: Term) -> Term:
    """A real rounded to decimals as if it were exact, halves away from zero; an integer for none."""
    places = work.digits
    template = _ROUNDED.format(
        digits=places,
        more=places + 1,
        power=2 ** (places + 1),
        type="DOUBLE" if places else "BIGINT",
        sign="+ 0e0" if places else "",  # no negative zero
    )
    return bound(template, value=value)


def mean(work: Mean, total: Term, count: Term) -> Term:
    """An exact sum over a count, rounded once."""
    if work.kind is not Kind.REAL:
        return bound(_NEAREST, dividend=_wide(total), divisor=_wide(count))
    return bound(_MEAN, total=_wide(total), count=_wide(count))


def _wide(term: Term) -> Term:
    return filled("CAST($term AS HUGEINT)", term=term)
