"""A user's SELECT as a part of a chain.

Owns what its table looks like to SQL (addresses and networks are text, times and durations seconds), the
order of its rows, and the way back to the engine's types.

A time is a DOUBLE of epoch seconds: whole seconds are exact, and so prints them; a fraction is the nearest
double, a quarter of a microsecond off at most. BIGINT would cut fractions off, and a DECIMAL would overflow
in products.
"""

from collections.abc import Sequence

from sqlglot import exp, parse_one

from flowql.plan.logical import Column, Select
from flowql.plan.sql import terms
from flowql.plan.sql.chain import Chain, Rows
from flowql.plan.sql.functions import SQL_TYPES, Shown
from flowql.plan.sql.terms import Term, aliased, call, cast, named
from flowql.plan.sql.words import AGGREGATES
from flowql.schema import Kind
from flowql.values import SECOND_NS

TABLE = "log"
"""What the rows so far are called in a SELECT."""
SEEN_TYPES = {**SQL_TYPES, Kind.ADDRESS: "VARCHAR", Kind.NETWORK: "VARCHAR", Kind.TIME: "DOUBLE"} | {
    Kind.DURATION: "DOUBLE"
}
"""The types that columns have in a SELECT."""


def add_select(chain: Chain, stage: Select) -> None:
    """Add the parts of a SELECT over the last rows."""
    tree = parse_one(stage.sql, read="duckdb")
    assert isinstance(tree, exp.Select), "a select was checked"
    read = {each.name for each in tree.find_all(exp.Column)}
    is_plain = not _is_grouped(tree) and not tree.args.get("distinct")
    order: list[Term] = []
    # A window's rows come in its order.
    keeps_order = not tree.args.get("order") and tree.find(exp.Window) is None
    if is_plain and not (keeps_order and chain.rows.stand_in_order):
        order = [named(chain.numbered().name)]
    seen = [_seen(chain, column) for column in chain.rows.columns if column.name in read]
    shown = [*seen, *(term.copy() for term in order)]
    table = chain.part(chain.select(shown or [aliased(exp.null(), "#none")]))
    if is_plain and not order:
        chain.note_order()
    for each in tree.find_all(exp.Table):
        each.replace(exp.alias_(exp.to_table(table), TABLE, table=True, quoted=True))
    ties = order if is_plain else _ties(tree)
    if ties:
        tree = tree.order_by(*(_last_missing(each) for each in ties), append=True, copy=False)
    outcome = [exp.column(each.alias, quoted=True) for each in tree.expressions]
    part = chain.part(tree)
    typed = [
        aliased(_typed(each, column), column.name)
        for each, column in zip(outcome, stage.columns, strict=True)
    ]
    chain.rows = Rows(chain.part(chain.select(typed, part)), stage.columns, stand_in_order=True)


def over_no_rows(sql: str, columns: Sequence[Column]) -> str:
    """A checked SELECT over a table of these columns that has no rows: to see what it yields."""
    tree = parse_one(sql, read="duckdb")
    assert isinstance(tree, exp.Select), "a select was checked"
    shown = [aliased(cast(exp.null(), SEEN_TYPES[column.kind]), column.name) for column in columns]
    table = exp.select(*(shown or [aliased(exp.null(), "#none")])).where(exp.false())
    return tree.with_(exp.to_identifier(TABLE), as_=table, copy=False).sql("duckdb")


def _is_grouped(tree: exp.Select) -> bool:
    """Whether a row of the outcome stands for several of the input."""
    if tree.args.get("group") or tree.args.get("having"):
        return True
    found = (each for item in tree.expressions for each in item.find_all(exp.Func) if _is_aggregate(each))
    return any(not _is_in_window(each) for each in found)


def _is_in_window(aggregate: Term) -> bool:
    """Whether it is worked out over a window: a row for every row."""
    parent = aggregate.parent
    while isinstance(parent, exp.Filter | exp.IgnoreNulls | exp.RespectNulls):
        parent = parent.parent
    return isinstance(parent, exp.Window)


def _is_aggregate(node: Term) -> bool:
    return isinstance(node, exp.AggFunc) or node.name.lower() in AGGREGATES


def _ties(tree: exp.Select) -> list[Term]:
    """What makes the order of groups, or of distinct rows, total: the keys, then every column."""
    group = tree.args.get("group")
    keys = [each.copy() for each in group.expressions] if group and not tree.args.get("distinct") else []
    return [*keys, *(exp.Literal.number(place) for place in range(1, len(tree.expressions) + 1))]


def _last_missing(term: Term) -> Term:
    return exp.Ordered(this=term, desc=False, nulls_first=False)


def _seen(chain: Chain, column: Column) -> Term:
    """A column as SQL sees it."""
    value: Term = named(column.name)
    match column.kind:
        case Kind.ADDRESS | Kind.NETWORK:
            value = call(chain.function(Shown(column.kind)), value)
        case Kind.TIME | Kind.DURATION:
            value = exp.Div(this=cast(value, "DOUBLE"), expression=terms.real(float(SECOND_NS)))
        case _:
            pass
    return aliased(value, column.name)


def _typed(value: Term, column: Column) -> Term:
    """A column of the outcome in the type of its kind."""
    match column.kind:
        case Kind.TIME:
            return call("EPOCH_NS", cast(value, "TIMESTAMP"))
        case Kind.REAL:
            real = cast(value, "DOUBLE")
            return exp.Case(ifs=[exp.If(this=call("ISFINITE", real), true=real.copy())])
        case _:
            return cast(value, SQL_TYPES[column.kind])
