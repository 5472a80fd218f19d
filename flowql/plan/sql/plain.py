"""FlowQL's own functions in plain SQL, for a DuckDB that has none of them.

Owns which of them have an exact form, and the way from a tree that calls them to one that does not. The forms
of addresses, numbers and times have modules of their own.
"""

from collections.abc import Callable, Sequence

from sqlglot import exp

from flowql.plan.logical import Node
from flowql.plan.predicates import InDaily, InRanges, InSubquery
from flowql.plan.sql import plain_addresses, plain_numbers, plain_times, terms
from flowql.plan.sql.functions import (
    AsRecorded,
    Divided,
    EdgesOf,
    EntryOf,
    EntryText,
    Function,
    Holds,
    Joined,
    Mean,
    NetworkOf,
    Rounded,
    Scaled,
    Shown,
    StartOf,
    Work,
)
from flowql.plan.sql.plain_times import Span
from flowql.plan.sql.refusal import NoSqlError
from flowql.plan.sql.templates import bound, filled
from flowql.plan.sql.terms import Term, cast, integer, named
from flowql.schema import Kind

RANGES_MAX = 10_000
"""Ranges that a statement writes out: lists may have millions, which no statement should."""
ValuesOf = Callable[[Node], str]
"""The part of the statement that yields the values of a subquery, in its only column."""


class Plain:
    """What turns calls of FlowQL's functions into plain SQL."""

    def __init__(self, span: Span, values_of: ValuesOf) -> None:
        self._span = span
        self._values_of = values_of

    def rewrite(self, tree: exp.Expr, functions: Sequence[Function]) -> None:
        """Put plain SQL for every call in the tree, the inner ones first."""
        works = {function.name: function.work for function in functions}
        for each in reversed(list(tree.find_all(exp.Anonymous))):
            if each.name in works:
                each.replace(self.of(works[each.name], list(each.expressions)))

    def of(self, work: Work, arguments: Sequence[Term]) -> Term:
        """The outcome of a function as a term; raises `NoSqlError` where SQL has no exact one."""
        match work, arguments:
            case StartOf(bucket), [time]:
                return plain_times.start_of(time, bucket, self._span)
            case EdgesOf(bucket), [low, last]:
                return plain_times.edges_of(low, last, bucket, self._span)
            case NetworkOf(prefix), [address]:
                return plain_addresses.network_of(address, prefix)
            case Shown(kind), [value]:
                return shown(value, kind)
            case AsRecorded(kind), [value]:
                return recorded(value, kind)
            case Joined(kind), [values]:
                return _joined(values, kind)
            case Holds(), [value]:
                return self._held(work, value)
            case Divided(), [dividend, divisor]:
                return plain_numbers.divided(dividend, divisor)
            case Scaled(), [whole, factor]:
                return plain_numbers.scaled(work, whole, factor)
            case Rounded(), [value]:
                return plain_numbers.rounded(work, value)
            case Mean(), [total, count]:
                return plain_numbers.mean(work, total, count)
            case EntryOf(found) | EntryText(found), _:
                raise NoSqlError(f"lookup @{found.name}", "the most specific entry of a list is looked up")
            case _:
                raise AssertionError(work)

    def _held(self, work: Holds, value: Term) -> Term:
        match work.leaf:
            case InRanges(field, ranges) if len(ranges) > RANGES_MAX:
                part = f"a list of {len(ranges):,} ranges of {field.name}"
                raise NoSqlError(part, f"a statement has at most {RANGES_MAX:,} (limit: ranges_max)")
            case InRanges(field, ranges) if field.kind is Kind.NETWORK:
                return plain_addresses.network_in(value, ranges)
            case InRanges(field, ranges):
                return _in_ranges(value, ranges, field.kind)
            case InDaily() as leaf:
                return plain_times.is_daily(value, leaf, self._span)
            case InSubquery() as leaf:
                return self.in_subquery(value, leaf)
            case _:
                raise AssertionError(work)

    def in_subquery(self, value: Term, leaf: InSubquery) -> Term:
        """Whether a value is one of those that a subquery yields."""
        part = self._values_of(leaf.plan)
        (column,) = leaf.plan.columns
        found: Term = named(column.name)
        if leaf.field.kind is Kind.TEXT:
            value, found = terms.lowered(value), terms.lowered(found)
        query = exp.select(found).from_(exp.to_table(part, quoted=True))
        present = exp.Not(this=exp.Is(this=named(column.name), expression=exp.null()))
        return exp.In(this=value, query=exp.Subquery(this=query.where(present)))


def shown(value: Term, kind: Kind) -> Term:
    """A value's text as in a table."""
    match kind:
        case Kind.TEXT:
            return value
        case Kind.ADDRESS:
            return plain_addresses.address_text(value)
        case Kind.NETWORK:
            return plain_addresses.network_text(value)
        case Kind.TIME:
            return plain_times.calendar_text(value)
        case Kind.DURATION:
            return plain_times.duration_text(value)
        case Kind.REAL:
            raise NoSqlError("the text of a real number", "DuckDB writes some of them in another way")
        case Kind.PORT | Kind.PROTOCOL | Kind.COUNT:
            return cast(value, "VARCHAR")


def recorded(value: Term, kind: Kind) -> Term:
    """A value's text as a record has it."""
    return plain_times.seconds_text(value) if kind in (Kind.TIME, Kind.DURATION) else shown(value, kind)


def _joined(values: Term, kind: Kind) -> Term:
    """The texts of a list's values in the order of their kind."""
    if kind is Kind.TEXT:
        pair = filled("{'lowered': $lowered, 'value': $value}", lowered=terms.lowered(_EACH), value=_EACH)
        ascending = filled('LIST_SORT([$pair FOR "#each" IN $values])', pair=pair, values=values)
        text: Term = filled("STRUCT_EXTRACT($each, 'value')", each=_EACH)
    else:
        ascending, text = filled("LIST_SORT($values)", values=values), shown(_EACH, kind)
    template = """ARRAY_TO_STRING([$text FOR "#each" IN $ascending], ', ')"""
    return filled(template, text=text, ascending=ascending)


_EACH = named("#each")


def _in_ranges(value: Term, ranges: Sequence[tuple[int, int]], kind: Kind) -> Term:
    """Single values as a set, and whatever is wider as a table of ranges."""
    write = terms.address if kind is Kind.ADDRESS else integer
    points = [write(low) for low, high in ranges if low == high]
    wide = [(low, high) for low, high in ranges if low != high]
    parts: list[Term] = []
    if points:
        parts.append(exp.In(this=value.copy(), expressions=points))
    if wide:
        pairs = exp.Array(
            expressions=[
                filled("{'low': $low, 'high': $high}", low=write(low), high=write(high)) for low, high in wide
            ]
        )
        among = """
            LENGTH([1 FOR "#range" IN $pairs IF $value >= STRUCT_EXTRACT("#range", 'low')
                AND $value <= STRUCT_EXTRACT("#range", 'high')]) > 0
        """
        parts.append(bound(among, pairs=pairs, value=value))
    return exp.Paren(this=terms.any_of(parts))
