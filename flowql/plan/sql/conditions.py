"""Predicates as conditions of SQL.

Owns the form of each. SQL knows a third truth, unknown, where a value is missing. As long as conditions are
joined by AND and OR it ends as false does; under NOT, the one place where it would not, it is made false.
"""

from collections.abc import Callable, Sequence

from sqlglot import exp

from flowql.plan.predicates import (
    OPEN_HIGH,
    OPEN_LOW,
    And,
    Compares,
    Everything,
    Exists,
    FieldLeaf,
    HasBits,
    HasTokens,
    InDaily,
    InIntervals,
    InRanges,
    InSubquery,
    Interval,
    InValues,
    Like,
    Matches,
    Not,
    Nothing,
    Or,
    Predicate,
    Relation,
    TextEquals,
    TokenLike,
)
from flowql.plan.sql import terms
from flowql.plan.sql.functions import AsRecorded, Holds, Work
from flowql.plan.sql.terms import Term, call, integer, lowered, named, text
from flowql.schema import Field, Kind
from flowql.store.patterns import any_token_pattern, consecutive_pattern, whole_pattern
from flowql.values import lower_ascii

_RANGES_MAX = 16
"""Ranges that are written out; more of them are looked up by a function."""
RELATIONS: dict[Relation, type[exp.Binary]] = {
    Relation.EQUAL: exp.EQ,
    Relation.NOT_EQUAL: exp.NEQ,
    Relation.GREATER: exp.GT,
    Relation.GREATER_EQUAL: exp.GTE,
    Relation.LESS: exp.LT,
    Relation.LESS_EQUAL: exp.LTE,
}


class Conditions:
    """What turns predicates into conditions; `function` notes the functions that they call."""

    def __init__(self, function: Callable[[Work], str]) -> None:
        self._function = function

    def of(self, predicate: Predicate) -> Term:
        """The condition: true where the predicate is, else false or unknown."""
        match predicate:
            case Everything():
                return exp.true()
            case Nothing():
                return exp.false()
            case Not(item):
                return exp.Not(this=terms.or_false(self.of(item)))
            case And(items):
                return terms.all_of(map(self.of, items))
            case Or(items):
                return terms.any_of(map(self.of, items))
            case Compares(field, relation, other):
                return compared(relation, named(field.name), named(other.name), field.kind)
            case Exists(field):
                return exp.Not(this=exp.Is(this=named(field.name), expression=exp.null()))
            case InRanges() | HasBits() | InIntervals() | InDaily() | InValues():
                return self._of_value(predicate)
            case TextEquals() | HasTokens() | Like() | TokenLike() | Matches():
                return self._of_text(predicate)
            case InSubquery():
                # Settled before a statement is run; one that is only shown names it.
                return self._held(predicate)
            case _:
                raise AssertionError(f"settled before stages are lowered: {predicate}")

    def _of_value(self, leaf: InRanges | HasBits | InIntervals | InDaily | InValues) -> Term:
        value = named(leaf.field.name)
        match leaf:
            case InRanges(field, ranges):
                if field.kind is Kind.NETWORK or len(ranges) > _RANGES_MAX:
                    return self._held(leaf)
                return terms.any_of(_in_range(field, *each) for each in ranges)
            case HasBits(_, mask):
                return exp.EQ(
                    this=exp.Paren(this=exp.BitwiseAnd(this=value, expression=integer(mask))),
                    expression=integer(mask),
                )
            case InIntervals(_, intervals):
                return terms.any_of(_in_interval(value, each) for each in intervals)
            case InDaily() | InValues():
                return self._held(leaf)

    def _of_text(self, leaf: TextEquals | HasTokens | Like | TokenLike | Matches) -> Term:
        value = self._printed(leaf.field)
        match leaf:
            case TextEquals(_, values):
                return _equals(value, values)
            case HasTokens(_, wanted):
                pattern = consecutive_pattern(wanted)
                whole = _equals(value, [wanted])
                return whole if pattern is None else terms.any_of([whole, _matches(value.copy(), pattern)])
            case Like(_, pattern, wildcards):
                return _matches(value, whole_pattern(pattern, wildcards))
            case TokenLike(_, pattern, wildcards):
                patterns = [whole_pattern(pattern, wildcards), any_token_pattern(pattern, wildcards)]
                return terms.any_of(_matches(value.copy(), each) for each in patterns)
            case Matches(_, regex):
                return call("REGEXP_MATCHES", value, text(regex), text("i"))

    def _printed(self, field: Field) -> Term:
        value = named(field.name)
        match field.kind:
            case Kind.TEXT:
                return value
            case Kind.PORT | Kind.PROTOCOL | Kind.COUNT:
                return terms.cast(value, "VARCHAR")
            case _:
                return call(self._function(AsRecorded(field.kind)), value)

    def _held(self, leaf: FieldLeaf) -> Term:
        return call(self._function(Holds(leaf)), named(leaf.field.name))


def compared(relation: Relation, left: Term, right: Term, kind: Kind) -> Term:
    """Two values of one kind side by side; texts letter case aside."""
    if kind is Kind.TEXT:
        left, right = lowered(left), lowered(right)
    return RELATIONS[relation](this=left, expression=right)


def _equals(value: Term, texts: Sequence[str]) -> Term:
    wanted = [text(lower_ascii(each)) for each in texts]
    if len(wanted) == 1:
        return exp.EQ(this=lowered(value), expression=wanted[0])
    return exp.In(this=lowered(value), expressions=wanted)


def _matches(value: Term, pattern: str) -> Term:
    return call("REGEXP_MATCHES", value, text(pattern))


def _in_range(field: Field, low: int, high: int) -> Term:
    value, write = named(field.name), terms.address if field.kind is Kind.ADDRESS else integer
    if low == high:
        return exp.EQ(this=value, expression=write(low))
    ends: list[Term] = []
    if low != OPEN_LOW:
        ends.append(exp.GTE(this=value.copy(), expression=write(low)))
    if high != OPEN_HIGH:
        ends.append(exp.LTE(this=value.copy(), expression=write(high)))
    if not ends:
        return exp.Not(this=exp.Is(this=value, expression=exp.null()))
    return exp.Paren(this=terms.all_of(ends))


def _in_interval(value: Term, interval: Interval) -> Term:
    """A real is a quotient that was rounded, so that the ends are rounded, too."""
    ends: list[Term] = [exp.Not(this=exp.Is(this=value.copy(), expression=exp.null()))]
    if interval.low is not None:
        above: type[exp.Binary] = exp.GT if interval.low_excluded else exp.GTE
        ends.append(above(this=value.copy(), expression=terms.real(float(interval.low))))
    if interval.high is not None:
        below: type[exp.Binary] = exp.LT if interval.high_excluded else exp.LTE
        ends.append(below(this=value.copy(), expression=terms.real(float(interval.high))))
    return exp.Paren(this=terms.all_of(ends))
