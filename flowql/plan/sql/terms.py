"""The smallest parts of a statement: names, values, order.

Owns how a value of each kind is written in SQL, and how texts are compared: letter case (ASCII) aside where
they are looked for, by (lowered, bytes) where they are sorted.
"""

from collections.abc import Iterable
from string import ascii_lowercase, ascii_uppercase
from typing import TypeAlias

from sqlglot import exp

from flowql.plan.logical import Column
from flowql.plan.sql.functions import SQL_TYPES
from flowql.schema import Kind

Term: TypeAlias = exp.Expr


def named(name: str) -> exp.Column:
    """The column of that name."""
    return exp.column(name, quoted=True)


def aliased(term: Term, name: str) -> Term:
    """A term under a name."""
    return exp.alias_(term, name, quoted=True)


def call(function: str, *arguments: Term) -> exp.Anonymous:
    """A function of DuckDB's or of FlowQL's own."""
    return exp.Anonymous(this=function, expressions=list(arguments))


def cast(term: Term, sql_type: str) -> exp.Cast:
    """A term in another type; what does not fit into it ends the query."""
    return exp.Cast(this=term, to=exp.DataType.build(sql_type, dialect="duckdb"))


def text(value: str) -> exp.Literal:
    """A text."""
    return exp.Literal.string(value)


def integer(value: int) -> Term:
    """An integer of 64 bits: a bare one would have 32, and so would a sum of two."""
    return cast(exp.Literal.string(str(value)) if value < 0 else exp.Literal.number(value), "BIGINT")


def real(value: float) -> Term:
    """A double, exactly."""
    return cast(exp.Literal.string(repr(value)), "DOUBLE")


def blob(value: bytes) -> Term:
    """Bytes."""
    return call("UNHEX", text(value.hex()))


def address(value: int) -> Term:
    """An address of 128 bits."""
    return blob(value.to_bytes(16, "big"))


def constant(value: float | str | None, kind: Kind) -> Term:
    """A value of a kind."""
    match value:
        case None:
            return cast(exp.null(), SQL_TYPES[kind])
        case str():
            return text(value)
        case int() if kind is Kind.ADDRESS:
            return address(value)
        case int() if kind is not Kind.REAL:
            return integer(value)
        case _:
            return real(float(value))


def lowered(term: Term) -> Term:
    """A text with its ASCII letters, and no others, lowered.

    LOWER lowers all letters, and is many times faster: it takes the texts that have as many bytes as letters.
    """
    is_ascii = exp.EQ(this=call("STRLEN", term), expression=call("LENGTH", term.copy()))
    translated = call("TRANSLATE", term.copy(), text(ascii_uppercase), text(ascii_lowercase))
    return exp.Case(ifs=[exp.If(this=is_ascii, true=call("LOWER", term.copy()))], default=translated)


def or_false(term: Term) -> Term:
    """A condition that is false where SQL knows neither yes nor no."""
    return exp.Coalesce(this=term, expressions=[exp.false()])


def all_of(terms: Iterable[Term]) -> Term:
    """All conditions hold; some are given."""
    return exp.and_(*terms, copy=False)


def any_of(terms: Iterable[Term]) -> Term:
    """Some condition holds; some are given."""
    return exp.or_(*terms, copy=False)


def ordered(column: Column, *, descending: bool = False) -> list[Term]:
    """The terms of ORDER BY for a column, missing last both ways."""
    value = named(column.name)
    terms = [lowered(value), value.copy()] if column.kind is Kind.TEXT else [value]
    return [exp.Ordered(this=term, desc=descending, nulls_first=False) for term in terms]


def finite(value: Term) -> Term:
    """A real that is one: what is too great for a double is missing. `value` stands in it twice."""
    return exp.Case(ifs=[exp.If(this=call("ISFINITE", value), true=value.copy())])
