"""Completion of names: fields, columns, aggregates, and the operators that a field's kind has.

Owns the order in which fields are proposed, and what is said of each. The columns of a stage are those that
the query before its bar yields, if that much binds; else the fields of the topics in scope.
"""

from collections.abc import Iterator

from flowql.errors import QueryError
from flowql.plan.bind import bind
from flowql.plan.bind.fields import find_target
from flowql.plan.candidates import Around, Candidate, CandidateKind
from flowql.plan.logical import Column
from flowql.schema import (
    EITHER_SIDE,
    Field,
    Kind,
    aliases_of,
    normalize_name,
    virtual_names,
)
from flowql.syntax.build_aggregates import PERCENTILES
from flowql.syntax.expected import Expected
from flowql.syntax.parser import parse

_OFTEN = (
    *("dstport", "srcaddr", "dstaddr", "action", "ip", "port", "protocol", "bytes", "srcport", "packets"),
    *("interface-id", "start"),
)
"""The fields that people name most, either-side names among them."""
_DETAILS = {
    ":": "is, holds, covers",
    "=": "is",
    "!=": "is present and is not",
    ">": "greater",
    ">=": "greater or equal",
    "<": "less",
    "<=": "less or equal",
    "in": "one of a set",
    "not in": "present and none of a set",
    "~": "matches a regular expression",
    "!~": "matches no regular expression",
}
_ORDERS = frozenset({">", ">=", "<", "<="})
_FUNCTIONS = {
    "count": ("count()", "rows"),
    "sum": ("sum(", "total of a column"),
    "avg": ("avg(", "mean of a column"),
    "min": ("min(", "least value"),
    "max": ("max(", "greatest value"),
    "dc": ("dc(", "number of distinct values"),
    **{name: (f"{name}(", "percentile of a column") for name in PERCENTILES},
    "first": ("first(", "value of the earliest row"),
    "last": ("last(", "value of the latest row"),
    "values": ("values(", "the distinct values"),
}
_SUMMED = frozenset({"sum", "avg"})
_TOP_MEASURES = ("count", "sum")


def fields(at: Around) -> Iterator[Candidate]:
    """The names that can begin a field clause; an alias where the word under the cursor begins only that."""
    sides = [(side, f"{a} or {b}") for side, (a, b) in EITHER_SIDE.items() if {a, b} <= {*_schema_names(at)}]
    named = [*((field.name, _detail(field)) for field in _fields(at)), *sides]
    return _named(at, named, CandidateKind.FIELD)


def columns(at: Around) -> Iterator[Candidate]:
    """The columns that the stage gets; where a sum is wanted, those that can be added."""
    held, are_records = _columns_before(at)
    taken = {normalize_name(name) for name in at.place.named}
    held = [column for column in held if normalize_name(column.name) not in taken]
    if at.place.function.lower() in _SUMMED or at.place.expects(Expected.AGGREGATE):
        held = [column for column in held if column.kind in (Kind.COUNT, Kind.REAL)]
    named = [
        (column.name, _detail(Field(column.name, column.kind, is_virtual=column.is_virtual)))
        for column in held
    ]
    if are_records:
        return _named(at, named, CandidateKind.COLUMN)
    return at.fitting(named, CandidateKind.COLUMN)


def aggregates(at: Around) -> Iterator[Candidate]:
    """The aggregates; behind `top ... by` those that it takes."""
    is_measure = at.place.expects(Expected.COLUMN)
    functions = _TOP_MEASURES if is_measure else tuple(_FUNCTIONS)
    return at.fitting([_FUNCTIONS[name] for name in functions], CandidateKind.AGGREGATE)


def operators(at: Around, words: tuple[str, ...]) -> Iterator[Candidate]:
    """The operators that the field's kind has; none of a name that is no field."""
    target = find_target(at.binding, at.place.field)
    prefix = " ".join(at.place.prefix.lower().split())
    for word in words if target is not None else ():
        has_no_order = target is not None and target.kind is Kind.TEXT and word in _ORDERS
        if word.startswith(prefix) and word != at.place.prefix and not has_no_order:
            yield at.candidate(word, CandidateKind.OPERATOR, _DETAILS[word])


def fields_of_kind(at: Around, kind: Kind) -> Iterator[Candidate]:
    """The other stored fields of a kind, which a field can be compared with."""
    own = find_target(at.binding, at.place.field)
    others = [field for field in _fields(at) if field.kind is kind and not field.is_virtual]
    named = [(field.name, _detail(field)) for field in others if own is None or field not in own.fields]
    return _named(at, named, CandidateKind.FIELD)


def _named(at: Around, named: list[tuple[str, str]], kind: CandidateKind) -> Iterator[Candidate]:
    """Those whose name begins so, `_` and `.` being as `-`; if none does, those with an alias that does."""
    prefix = normalize_name(at.place.prefix)
    rank = {name: place for place, name in enumerate(_OFTEN)}
    ranked = sorted(named, key=lambda pair: rank.get(pair[0], len(rank)))
    found = [(name, detail) for name, detail in ranked if normalize_name(name).startswith(prefix)]
    if not found:
        found = [
            (alias, f"{name}, {detail}")
            for name, detail in ranked
            for alias in [each for each in aliases_of(name) if each.startswith(prefix)][:1]
        ]
    return (at.candidate(name, kind, detail) for name, detail in found if name != at.place.prefix)


def _fields(at: Around) -> list[Field]:
    """The stored fields of the topics in scope, in their order, then the computed ones."""
    virtual = (at.binding.schema.resolve_virtual(name) for name in virtual_names())
    return [*at.binding.schema.fields, *(field for field in virtual if field is not None)]


def _schema_names(at: Around) -> tuple[str, ...]:
    return at.binding.schema.names


def _detail(field: Field) -> str:
    return f"{field.kind.value}, computed" if field.is_virtual else field.kind.value


def _columns_before(at: Around) -> tuple[list[Column], bool]:
    """The columns that the stage gets, and whether they are those of records, computed ones included."""
    records = [Column(field.name, field.kind, field.is_virtual) for field in _fields(at)]
    try:
        plan = bind(parse(at.place.rows or ""), at.source, at.now, at.given).plan
    except QueryError:
        return records, True
    if tuple(column.name for column in plan.columns) == _schema_names(at):
        return records, True
    return list(plan.columns), False
