"""Facets in SQL: of every column the most frequent values.

Owns the one pass a column over rows that are kept for it, on disk where they are many, and that texts are
made of the winners only.
"""

from sqlglot import exp

from flowql.plan.logical import Column, Facets
from flowql.plan.sql import terms
from flowql.plan.sql.chain import Chain, Order, Rows
from flowql.plan.sql.terms import aliased, call, cast, integer, named, text
from flowql.plan.sql.values import Values
from flowql.schema import Kind

_FIELD, _VALUE, _COUNT, _SHARE = "field", "value", "count", "share"
_PLACE, _RANK = Column("#field", Kind.COUNT), Column("#rank", Kind.COUNT)


def add_facets(chain: Chain, stage: Facets, values: Values) -> None:
    """Add the parts of facets of the last rows."""
    columns = chain.rows.columns
    kept = chain.part(chain.select([named(column.name) for column in columns]), is_kept=True)
    queries = []
    for place, column in enumerate(columns):
        winners = chain.part(_most_frequent(chain, kept, column, stage.row_count))
        shown = [
            aliased(text(column.name), _FIELD),
            aliased(values.shown(named(_VALUE), column.kind), _VALUE),
            *(named(name) for name in (_COUNT, _SHARE)),
            aliased(integer(place), _PLACE.name),
            named(_RANK.name),
        ]
        queries.append(chain.part(chain.select(shown, winners)))
    part = queries[0]
    for each in queries[1:]:
        both = exp.Union(
            this=chain.select([exp.Star()], part),
            expression=chain.select([exp.Star()], each),
            distinct=False,
        )
        part = chain.part(both)
    chain.rows = Rows(part, stage.columns, (Order(_PLACE), Order(_RANK)))


def _most_frequent(chain: Chain, rows: str, column: Column, row_count: int) -> exp.Select:
    """A SELECT of so many values of a column, their counts, shares and ranks."""
    counted = [aliased(named(column.name), _VALUE), aliased(exp.Count(this=exp.Star()), _COUNT)]
    counts = chain.part(chain.select(counted, rows).group_by(named(column.name), copy=False))
    order = [
        exp.Ordered(this=named(_COUNT), desc=True, nulls_first=False),
        *terms.ordered(Column(_VALUE, column.kind)),
    ]
    total = exp.Window(this=call("SUM", named(_COUNT)))
    share = exp.Div(this=cast(named(_COUNT), "DOUBLE"), expression=cast(total, "DOUBLE"))
    rank = exp.Window(this=exp.RowNumber(), order=exp.Order(expressions=order))
    shown = [named(_VALUE), named(_COUNT), aliased(share, _SHARE), aliased(rank, _RANK.name)]
    ranked = chain.part(chain.select(shown, counts))
    names = (_VALUE, _COUNT, _SHARE, _RANK.name)
    is_among = exp.LTE(this=named(_RANK.name), expression=integer(row_count))
    return chain.select([named(name) for name in names], ranked).where(is_among, copy=False)
