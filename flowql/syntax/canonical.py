"""Canonical text: a syntax tree as the one query that the reference teaches for it.

`parse(canonical(query))` is `query` again, spans aside. Scopes come first, `from` before time; AND is
written; there are parentheses around every And or Or inside another, although precedence would do without
some, so that a printed query never needs the note on mixed connectives. Knows nothing of fields: a literal
stays as it was written.
"""

import re
from enum import IntEnum

from flowql.syntax.nodes import (
    Aggregate,
    And,
    Arithmetic,
    Arrow,
    Bare,
    Between,
    Call,
    Clause,
    Comparison,
    CountStage,
    Daily,
    DedupStage,
    Endpoint,
    EvalStage,
    Everything,
    Expression,
    FacetsStage,
    FieldsStage,
    From,
    Group,
    HeadStage,
    If,
    Key,
    Last,
    Literal,
    LookupStage,
    Match,
    Name,
    Negative,
    Not,
    Number,
    On,
    Operator,
    Or,
    Parameter,
    Query,
    Regex,
    Relation,
    RenameStage,
    Scope,
    SelectStage,
    Since,
    SortStage,
    Stage,
    StatsStage,
    Subquery,
    TailStage,
    TimechartStage,
    TopStage,
    Until,
    Verb,
    WhereStage,
    Zone,
)
from flowql.syntax.sql_text import on_one_line
from flowql.syntax.writing import (
    is_ipv6,
    written_bound,
    written_endpoint,
    written_key,
    written_literal,
    written_time,
    written_topic,
    written_value,
    written_word,
)

_ORDERING = (Operator.GREATER, Operator.GREATER_EQUAL, Operator.LESS, Operator.LESS_EQUAL)
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
            written = written_bound(value) if operator in _ORDERING else written_value(value)
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
        case WhereStage(clause):
            return f"where {_clause(clause)}"
        case EvalStage(assignments):
            written = (f"{each.name.text} = {_expression(each.expression)}" for each in assignments)
            return f"eval {', '.join(written)}"
        case RenameStage(renamings):
            return f"rename {', '.join(f'{each.column.text} as {each.alias.text}' for each in renamings)}"
        case HeadStage(row_count):
            return f"head {row_count}"
        case TailStage(row_count):
            return f"tail {row_count}"
        case SortStage(keys):
            return f"sort {', '.join('-' * key.descending + key.column.text for key in keys)}"
        case DedupStage(columns):
            return f"dedup {_names(columns)}"
        case FieldsStage(columns):
            return f"fields {_names(columns)}"
        case FacetsStage(row_count):
            return f"facets {row_count}"
        case LookupStage(named, column, prefix):
            return f"lookup @{named.name} on {column.text}{f' as {prefix.text}' if prefix else ''}"
        case SelectStage(sql):
            return on_one_line(sql)
        case _:
            return _grouping_stage(stage)


def _grouping_stage(stage: TopStage | StatsStage | TimechartStage) -> str:
    match stage:
        case TopStage(row_count, key, measure):
            by = "" if measure is None else f" by {_measure(measure)}"
            return f"{'rare' if stage.rarest else 'top'} {row_count} {written_key(key)}{by}"
        case StatsStage(aggregates, keys):
            return f"stats {_aggregates(aggregates, keys)}"
        case TimechartStage(bucket, aggregates, keys):
            return f"timechart {bucket.text} {_aggregates(aggregates, keys)}"
        case _:
            raise AssertionError(f"no stage: {stage!r}")


def _measure(measure: Aggregate | Name) -> str:
    return measure.text if isinstance(measure, Name) else _aggregate(measure)


def _aggregates(aggregates: tuple[Aggregate, ...], keys: tuple[Key, ...]) -> str:
    by = f" by {', '.join(map(written_key, keys))}" if keys else ""
    return f"{', '.join(map(_aggregate, aggregates))}{by}"


def _aggregate(aggregate: Aggregate) -> str:
    argument = aggregate.argument.text if aggregate.argument else ""
    condition = f" if ({_clause(aggregate.condition)})" if aggregate.condition else ""
    alias = f" as {aggregate.alias.text}" if aggregate.alias else ""
    return f"{aggregate.function.text}({argument}){condition}{alias}"


def _names(names: tuple[Name, ...]) -> str:
    return ", ".join(name.text for name in names)


# ---- expressions


class _Binding(IntEnum):
    """How close an expression holds together, the loosest first."""

    RELATION = 0
    SUM = 1
    PRODUCT = 2
    SIGN = 3
    OPERAND = 4


def _expression(expression: Expression) -> str:
    match expression:
        case Name(text) | Number(text):
            return text
        case Literal():
            return written_literal(expression)
        case Parameter(name):
            return f"${name}"
        case Negative(item):
            return f"-{_inside(item, _Binding.OPERAND)}"
        case Arithmetic(operator, left, right):
            binding = _binding(expression)
            return f"{_inside(left, binding)} {operator} {_inside(right, _Binding(binding + 1))}"
        case Relation(operator, left, right):
            sign = "==" if operator is Operator.EQUAL else operator.value  # a lone = gives a name
            return f"{_inside(left, _Binding.SUM)} {sign} {_inside(right, _Binding.SUM)}"
        case Call(function, arguments):
            return f"{function.text}({', '.join(map(_expression, arguments))})"
        case If(condition, then, otherwise):
            return f"if({_clause(condition)}, {_expression(then)}, {_expression(otherwise)})"
        case _:
            raise AssertionError(f"no expression: {expression!r}")


def _inside(expression: Expression, binding: _Binding) -> str:
    """An operand, in parentheses when it holds together more loosely than is asked for."""
    written = _expression(expression)
    return f"({written})" if _binding(expression) < binding else written


def _binding(expression: Expression) -> _Binding:
    match expression:
        case Relation():
            return _Binding.RELATION
        case Arithmetic("+" | "-"):
            return _Binding.SUM
        case Arithmetic():
            return _Binding.PRODUCT
        case Negative():
            return _Binding.SIGN
        case _:
            return _Binding.OPERAND
