"""Canonical text: a syntax tree as the one query that the reference teaches for it.

`parse(canonical(query))` is `query` again, spans aside. Scopes come first, `from` before time; AND is
written; there are parentheses around every And or Or inside another, although precedence would do without
some, so that a printed query never needs the note on mixed connectives. Knows nothing of fields: a literal
stays as it was written.
"""

import re

from flowql.syntax.nodes import (
    Aggregate,
    And,
    Arrow,
    Bare,
    Between,
    Clause,
    Comparison,
    CountStage,
    Daily,
    Endpoint,
    Everything,
    FieldsStage,
    From,
    Group,
    HeadStage,
    Last,
    Literal,
    Match,
    Name,
    Not,
    On,
    Operator,
    Or,
    Query,
    Regex,
    Scope,
    Since,
    SortStage,
    Stage,
    StatsStage,
    Subquery,
    TopStage,
    Until,
    Verb,
    Zone,
)
from flowql.syntax.writing import (
    is_ipv6,
    written_endpoint,
    written_literal,
    written_time,
    written_topic,
    written_value,
    written_word,
)

_VERB = re.compile(r"(?:explain|profile)(?![\w-])", re.IGNORECASE)


def canonical(query: Query) -> str:
    """The query in its taught form, on one line."""
    words = [_scope(scope) for scope in query.scopes]
    words += _filter(query.filter, beside_scopes=bool(words))
    if query.verb is not Verb.SEARCH:
        words.insert(0, query.verb.value)
    elif _VERB.match(words[0]):
        words[0] = f"({words[0]})"
    return " | ".join((" ".join(words), *map(_stage, query.stages)))


# ---- scope


def _scope(scope: Scope) -> str:
    match scope:
        case From(patterns):
            names = ("-" * each.excluded + written_topic(each.text) for each in patterns)
            return f"from {', '.join(names)}"
        case Last(duration, of_data):
            return f"last {written_time(duration)}{' of data' if of_data else ''}"
        case Since(time):
            return f"since {written_time(time)}"
        case Until(time):
            return f"until {written_time(time)}"
        case Between(low, high):
            return f"between {written_time(low)} and {written_time(high)}"
        case On(day):
            return f"on {written_time(day)}"
        case Daily(low, high):
            return f"daily {low.text}..{high.text}"
        case Zone(name):
            return f"tz {written_time(name)}"
        case Match(overlap):
            return f"match {'overlap' if overlap else 'start'}"
        case _:
            raise AssertionError(f"no scope: {scope!r}")


# ---- filter


def _filter(clause: Clause, *, beside_scopes: bool) -> list[str]:
    if isinstance(clause, Everything) and beside_scopes:
        return []
    return [_nested(clause, Or) if beside_scopes else _clause(clause)]


def _nested(clause: Clause, *kinds: type[And | Or]) -> str:
    """A clause inside another, in parentheses when it is one of `kinds`."""
    return f"({_clause(clause)})" if isinstance(clause, kinds) else _clause(clause)


def _clause(clause: Clause) -> str:
    match clause:
        case Everything():
            return "*"
        case Bare(Literal() as literal):
            return written_literal(literal) if literal.quoted else written_word(literal)
        case Bare(term):
            return written_value(term)
        case Endpoint():
            return written_endpoint(clause)
        case Arrow(source, destination, both_ways):
            sign = "<->" if both_ways else "->"
            return f"{written_endpoint(source)} {sign} {written_endpoint(destination)}"
        case Comparison():
            return _comparison(clause)
        case Not(item):
            return f"NOT {_nested(item, And, Or)}"
        case And(items):
            return " AND ".join(_nested(item, And, Or) for item in items)
        case Or(items):
            return " OR ".join(_nested(item, And, Or) for item in items)
        case _:
            raise AssertionError(f"no clause: {clause!r}")


def _comparison(clause: Comparison) -> str:
    field, value = clause.field.text, clause.value
    match clause.operator:
        case Operator.MATCH if isinstance(value, Regex):
            return f"{field}~{written_value(value)}"
        case Operator.NOT_EQUAL if isinstance(value, Regex):
            return f"{field}!~{written_value(value)}"
        case Operator.IN | Operator.NOT_IN if isinstance(value, Subquery):
            return f"{field} {clause.operator.value} ({canonical(value.query)})"
        case Operator.MATCH | Operator.IN if isinstance(value, Group):
            return f"{field} in {_set(value)}"
        case Operator.IN | Operator.NOT_IN:
            elements = _set(value) if isinstance(value, Group) else written_value(value)
            return f"{field} {clause.operator.value} {elements}"
        case operator:
            written = written_value(value)
            # A field such as `dc` before an IPv6 address would make a longer address of both.
            blank = " " * is_ipv6(f"{field}{operator.value}{written}")
            return f"{field}{operator.value}{blank}{written}"


def _set(group: Group) -> str:
    return f"({', '.join(map(written_value, group.items))})"


# ---- stages


def _stage(stage: Stage) -> str:
    match stage:
        case CountStage():
            return "count"
        case HeadStage(row_count):
            return f"head {row_count}"
        case SortStage(keys):
            return f"sort {', '.join('-' * key.descending + key.column.text for key in keys)}"
        case FieldsStage(columns):
            return f"fields {_names(columns)}"
        case TopStage(row_count, key, measure):
            by = "" if measure is None else f" by {_measure(measure)}"
            return f"top {row_count} {key.text}{by}"
        case StatsStage(aggregates, keys):
            by = f" by {_names(keys)}" if keys else ""
            return f"stats {', '.join(map(_aggregate, aggregates))}{by}"
        case _:
            raise AssertionError(f"no stage: {stage!r}")


def _measure(measure: Aggregate | Name) -> str:
    return measure.text if isinstance(measure, Name) else _aggregate(measure)


def _aggregate(aggregate: Aggregate) -> str:
    argument = aggregate.argument.text if aggregate.argument else ""
    alias = f" as {aggregate.alias.text}" if aggregate.alias else ""
    return f"{aggregate.function.text}({argument}){alias}"


def _names(names: tuple[Name, ...]) -> str:
    return ", ".join(name.text for name in names)
