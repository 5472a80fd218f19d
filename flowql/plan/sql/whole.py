"""A whole query as one statement of DuckDB's SQL: its search, then its stages, over a table of records.

Owns how the parts are put together: `records` (what the table holds, in the engine's types), `computed`,
`input` (the records that match), the parts of the stages, and, for each subquery, the same under a prefix.
The plan is taken as it was bound: a statement is read by people, and DuckDB has an optimizer of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from flowql.plan.bound import BoundQuery
from flowql.plan.leaves import fields_of, leaves_of
from flowql.plan.logical import Column, Compute, Filter, Node, Scan, Select, Timechart, chain
from flowql.plan.predicates import Everything, OnTopics, Predicate
from flowql.plan.reads import needed_names, needs_identity
from flowql.plan.sql import records, terms
from flowql.plan.sql.chain import PLACE, Chain, Order, Rows
from flowql.plan.sql.heading import Heading
from flowql.plan.sql.lowering import add_stages
from flowql.plan.sql.plain import Plain, shown
from flowql.plan.sql.plain_times import Span
from flowql.plan.sql.records import START, TOPIC, Needed
from flowql.plan.sql.searching import SearchConditions
from flowql.plan.sql.statement import INPUT
from flowql.plan.sql.terms import Term, aliased, call, integer, named
from flowql.schema import Field, Kind, Schema, TopicName


def whole(bound: BoundQuery, query: str, schemas: Mapping[TopicName, Schema], span: Span) -> str:
    """See `statement.whole_statement`."""
    statement = _Whole(schemas, _widened(span, bound.plan))
    tree = statement.answer(bound.plan)
    topics = tuple(sorted(statement.topics))
    heading = Heading(
        query,
        bound.range,
        bound.zone,
        topics,
        Schema(()).union(schemas[topic] for topic in topics),
        statement.needed,
        bound.plan.columns,
        has_select=statement.has_select,
    )
    return f"{heading.text}{tree.sql('duckdb', pretty=True, normalize_functions=False, copy=False)};\n"


def _widened(span: Span, plan: Node) -> Span:
    """The span with the ends of the ranges that are asked for."""
    ranges = [each.range for each in chain(plan) if isinstance(each, Scan | Timechart)]
    ends = [each.low for each in ranges if each.low is not None]
    ends += [each.high - 1 for each in ranges if each.high is not None]
    return Span(min([span.first, *ends]), max([span.last, *ends]))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A plan taken apart: its scan, what its search asks for, its computed fields, its stages."""

    scan: Scan
    predicate: Predicate
    computed: tuple[Column, ...]
    stages: tuple[Node, ...]
    outcome: tuple[Column, ...]

    @property
    def given(self) -> tuple[Column, ...]:
        """The columns of records that the stages and the answer need, one at least."""
        columns = (*self.scan.columns, *self.computed)
        names = needed_names(self.stages, frozenset(column.name for column in self.outcome))
        return tuple(column for column in columns if column.name in names) or (records.ROW,)

    @property
    def fields(self) -> frozenset[Field]:
        """The fields that are read, those that are computed, too."""
        given = [column for column in self.given if column != records.ROW]
        fields = (Field(column.name, column.kind, is_virtual=column.is_virtual) for column in given)
        return frozenset((*fields, *fields_of(self.predicate)))

    def has_order(self, *, is_public: bool) -> bool:
        """Whether the outcome goes by the order of the records; only people see that of its rows."""
        probe = Chain(self.given)
        add_stages(probe, self.stages)
        if is_public:
            probe.finish()
        return probe.needs_place


class _Whole:
    """One statement: its parts, the subqueries' first, and what it needs of the table."""

    def __init__(self, schemas: Mapping[TopicName, Schema], span: Span) -> None:
        self.topics: set[TopicName] = set()
        self.needed: dict[str, str] = {}
        self.has_select = False
        self._schemas = schemas
        self._plain = Plain(span, self._values_of)
        self._parts: list[exp.CTE] = []
        self._found: dict[Node, str] = {}

    def answer(self, plan: Node) -> exp.Select:
        """The whole statement, in the public types."""
        tree = self._built(plan, "", is_public=True)
        tree.set("with_", exp.With(expressions=self._parts))
        return tree

    def _values_of(self, plan: Node) -> str:
        """The part that yields what a subquery does."""
        if plan not in self._found:
            name = f"q{len(self._found) + 1}"
            self._found[plan] = name
            tree = self._built(plan, f"{name}_", is_public=False)
            self._parts.append(exp.CTE(this=tree, alias=exp.TableAlias(this=exp.to_identifier(name))))
        return self._found[plan]

    def _built(self, plan: Node, prefix: str, *, is_public: bool) -> exp.Select:
        """The last SELECT of a plan; the parts that it reads are added, under names with a prefix."""
        asked = _taken_apart(plan)
        order = records.order_of(asked.scan, asked.given) if asked.has_order(is_public=is_public) else ()
        needed = self._needed(asked, order)
        rows = _rows(asked, order)
        built = Chain(asked.given, rows)
        parts = records.parts_of(needed)
        condition = self._search(asked, SearchConditions(built.function))
        parts.append((INPUT, _matching(parts[-1][0], asked, rows, condition)))
        add_stages(built, asked.stages)
        tree = _last(built) if is_public else built.select([named(plan.columns[0].name)])
        for name, query in parts:
            tree = tree.with_(exp.to_identifier(name), as_=query, copy=False)
        tree = built.with_parts(tree)
        self._plain.rewrite(tree, built.functions)
        _add_prefix(tree, prefix)
        self._parts += tree.args["with_"].expressions
        tree.set("with_", None)
        return tree

    def _needed(self, asked: _Asked, order: tuple[Order, ...]) -> Needed:
        """What is read of the records, which is noted for the whole statement."""
        fields = set(asked.fields)
        identity = {each.column.name for each in order} & records.IDENTITY
        if START in asked.scan.schema and (order or not _is_all_time(asked.scan)):
            fields.add(Field(START, Kind.TIME))
        if self._is_some(asked.scan) or any(
            isinstance(each, OnTopics) for each in leaves_of(asked.predicate)
        ):
            identity.add(TOPIC)
        counts = records.ROW in asked.given
        needed = Needed(asked.scan, self._schemas, frozenset(fields), frozenset(identity), counts)
        self.topics.update(asked.scan.topics)
        self.needed.update(needed.public_columns)
        self.has_select |= any(isinstance(stage, Select) for stage in asked.stages)
        return needed

    def _is_some(self, scan: Scan) -> bool:
        """Whether the topics of the scan are not all that there are."""
        return set(scan.topics) != set(self._schemas)

    def _search(self, asked: _Asked, conditions: SearchConditions) -> Term | None:
        """The condition of the search part; None where every record is asked for."""
        scan, found = asked.scan, list[Term]()
        if self._is_some(scan):
            found.append(conditions.of(OnTopics(scan.topics)))
        if not _is_all_time(scan):
            found.append(_in_range(scan))
        if asked.predicate != Everything():
            found.append(conditions.of(asked.predicate))
        return terms.all_of(found) if found else None


def _taken_apart(plan: Node) -> _Asked:
    scan, *nodes = chain(plan)
    assert isinstance(scan, Scan), "a scan begins a plan"
    predicate: Predicate = Everything()
    computed: tuple[Column, ...] = ()
    if nodes and isinstance(nodes[0], Filter):
        predicate = nodes[0].predicate
        nodes = nodes[1:]
    if nodes and isinstance(nodes[0], Compute):
        computed = nodes[0].computed
        nodes = nodes[1:]
    return _Asked(scan, predicate, computed, tuple(nodes), plan.columns)


def _rows(asked: _Asked, order: tuple[Order, ...]) -> Rows:
    """The records that match, as the chain of stages begins with them."""
    if not order:
        return Rows(INPUT, asked.given, stand_in_order=True)
    if needs_identity(asked.stages):
        return Rows(INPUT, asked.given, (Order(PLACE),), identity=PLACE, are_of_input=True)
    return Rows(INPUT, asked.given, order, are_of_input=True)


def _matching(source: str, asked: _Asked, rows: Rows, condition: Term | None) -> exp.Select:
    """The records that match, with their place or with what gives them their order."""
    kept: list[Term] = [named(column.name) for column in rows.columns]
    for column in rows.hidden:
        match column.name:
            case PLACE.name:
                ordered = [
                    term for each in records.order_of(asked.scan, asked.scan.columns) for term in each.terms
                ]
                number = exp.Window(this=exp.RowNumber(), order=exp.Order(expressions=ordered))
                kept.append(aliased(number, column.name))
            case records.HIDDEN_START:
                kept.append(aliased(named(START), column.name))
            case name:
                kept.append(named(name))
    query = exp.select(*kept, copy=False).from_(exp.to_table(source), copy=False)
    return query if condition is None else query.where(condition, copy=False)


def _is_all_time(scan: Scan) -> bool:
    return scan.range.low is None and scan.range.high is None


def _in_range(scan: Scan) -> Term:
    """Whether a record starts in the range of its scan."""
    if START not in scan.schema:
        return exp.false()
    ends: list[Term] = []
    if scan.range.low is not None:
        ends.append(exp.GTE(this=named(START), expression=integer(scan.range.low)))
    if scan.range.high is not None:
        ends.append(exp.LT(this=named(START), expression=integer(scan.range.high)))
    return terms.all_of(ends)


def _last(built: Chain) -> exp.Select:
    """The rows in their order, in the types that are promised to users."""
    rows = built.rows
    query = built.select([aliased(_public(rows.name, column), column.name) for column in rows.columns])
    if rows.stand_in_order:
        return query
    ordered = rows.ordered()
    for term in ordered:
        for column in term.find_all(exp.Column):  # the answer has columns of these names, too
            column.set("table", exp.to_identifier(rows.name, quoted=True))
    return query.order_by(*ordered, copy=False)


def _public(source: str, column: Column) -> Term:
    value = exp.column(column.name, source, quoted=True)
    match column.kind:
        case Kind.ADDRESS | Kind.NETWORK:
            return shown(value, column.kind)
        case Kind.TIME:
            return call("MAKE_TIMESTAMP_NS", value)
        case _:
            return value


def _add_prefix(tree: exp.Select, prefix: str) -> None:
    """Give the parts of a tree names of their own, wherever they are read."""
    if not prefix:
        return
    parts = {each.alias for each in tree.args["with_"].expressions}
    for cte in tree.args["with_"].expressions:
        cte.set("alias", exp.TableAlias(this=exp.to_identifier(prefix + cte.alias)))
    for table in tree.find_all(exp.Table):
        if table.name in parts:
            table.this.set("this", prefix + table.name)
    for column in tree.find_all(exp.Column):
        if column.table in parts:
            column.args["table"].set("this", prefix + column.table)
