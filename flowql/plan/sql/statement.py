"""The lowering of stages, and of whole queries, to one statement of SQL: the door.

Owns `statement`, `whole_statement` and what they give. The work is in `lowering` and `whole`, which are
loaded by the first call, because sqlglot takes longer to load than most queries take to run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flowql.plan.bound import BoundQuery
from flowql.plan.logical import Column, Node
from flowql.plan.sql.functions import Function
from flowql.schema import Schema, TopicName

if TYPE_CHECKING:
    from sqlglot import exp

INPUT = "input"
"""The view that a statement reads, once: its columns by their names, in the types of `SQL_TYPES`."""


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One query of DuckDB's over the view `input`.

    `columns` are those of the outcome, `functions` what it calls of FlowQL's own. Where `needs_place`, it
    depends on the order of the input's rows: they are given in it, and with their place, ascending, in a last
    column `#`; else they may come in any order. Where SQL has no ORDER BY the statement relies on rows to
    stay in order, as they do in DuckDB on one thread. `has_select` says that some of it is a user's SQL.
    """

    tree: "exp.Select"
    columns: tuple[Column, ...]
    functions: tuple[Function, ...]
    needs_place: bool
    has_select: bool

    @property
    def text(self) -> str:
        """The SQL, a clause a line."""
        return self.tree.sql("duckdb", pretty=True, normalize_functions=False)

    def with_names(self, prefix: str) -> str:
        """The SQL for running, the names of functions behind a prefix of one's own."""
        from flowql.plan.sql.lowering import renamed  # noqa: PLC0415 - sqlglot is loaded by now

        return renamed(self.tree, (each.name for each in self.functions), prefix).sql(
            "duckdb", normalize_functions=False
        )


def statement(stages: Sequence[Node], columns: Sequence[Column]) -> Statement:
    """The statement for a chain of stages, the first one first, over rows with these columns.

    The input's rows are records in the order of results, newest first, or what stages before made of them.
    The order of the outcome's rows is total: the one that the nodes tell, ties in the order before.
    """
    from flowql.plan.sql.lowering import lowered  # noqa: PLC0415 - sqlglot is loaded when it is needed

    return lowered(stages, tuple(columns))


def whole_statement(
    bound: BoundQuery,
    query: str,
    schemas: Mapping[TopicName, Schema],
    times: tuple[int, int] | None,
) -> str:
    """A whole query, its search too, as one statement of DuckDB's that needs nothing of FlowQL's.

    It reads the table `flows`, an export of the records; comments above it say which columns it needs, and
    how they are made. `query` is the canonical text, `schemas` are those of all topics that there are, and
    `times` the first and the last time of any record, over which the changes of a clock are written out.

    Raises `NoSqlError` for what SQL cannot say exactly.
    """
    from flowql.plan.sql.plain_times import Span  # noqa: PLC0415 - sqlglot is loaded when it is needed
    from flowql.plan.sql.whole import whole  # noqa: PLC0415 - likewise

    return whole(bound, query, schemas, Span(*(times or (0, 0))))


def over_no_rows(sql: str, columns: Sequence[Column]) -> str:
    """A checked SELECT over a table of these columns that has no rows: to see what it yields."""
    from flowql.plan.sql import selecting  # noqa: PLC0415 - sqlglot is loaded when it is needed

    return selecting.over_no_rows(sql, columns)
