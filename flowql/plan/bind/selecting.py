"""`select srcaddr, count(*) as n group by srcaddr`: SQL over the rows so far.

Owns how what is wrong with the SQL is told in the query's text. What SQL may be is `plan.sql`'s; the kinds of
its columns are the catalog's to find.
"""

from flowql.errors import Span
from flowql.plan import logical
from flowql.plan.bind.columns import Columns
from flowql.plan.logical import Column
from flowql.plan.sql.select import SelectError, check_select
from flowql.schema import normalize_name, virtual_names
from flowql.syntax import nodes
from flowql.syntax.refusal import Refusal, replace


def bind_select(plan: logical.Node, columns: Columns, stage: nodes.SelectStage) -> logical.Node:
    """The rows that the SQL gives; raises `Refusal`.

    before: select bytes over (all fields)
    after:  Select SELECT "bytes" FROM "log" over Project bytes over (all fields)
    """
    binding = columns.binding
    fields = map(columns.schema.resolve_virtual, virtual_names())
    computed = [Column(field.name, field.kind, is_virtual=True) for field in fields if field]
    try:
        checked = check_select(stage.sql, columns.columns, computed)
    except SelectError as error:
        raise _refusal(stage, error) from error
    reads = tuple(columns.named(nodes.Name(each.name, stage.span)) for each in checked.columns)
    # Rows that are only counted have one column: without any they could not be told apart from none.
    table = logical.Project(plan, reads or columns.columns[:1])
    try:
        outcome = binding.catalog.select_columns(checked.sql, table.columns)
    except SelectError as error:  # whose places are those of the checked text
        raise Refusal("bad-select", error.message, stage.span) from error
    _check_names(stage, outcome)
    return logical.Select(table, checked.sql, outcome)


def _refusal(stage: nodes.SelectStage, error: SelectError) -> Refusal:
    """The error with its place in the query: the SQL stands in it as it was written."""
    first = stage.span.start
    span = Span(first + error.start, first + error.end)
    fixes = (replace(span, proposal) for proposal in error.proposals)
    return Refusal("bad-select", error.message, span, *fixes)


def _check_names(stage: nodes.SelectStage, outcome: tuple[Column, ...]) -> None:
    """Refuse two columns that FlowQL cannot tell apart, though SQL can: `a_b` and `a-b`."""
    names = [normalize_name(column.name) for column in outcome]
    for place, column in enumerate(outcome):
        if names[place] in names[:place]:
            message = f"select yields two columns with the name {column.name}: name one of them with AS"
            raise Refusal("duplicate-column", message, stage.span)
