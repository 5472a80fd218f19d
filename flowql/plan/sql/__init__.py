"""SQL as a tree: the check of a user's SELECT, and the lowering of stages to one statement of DuckDB's.

Whole queries become statements, too, that need nothing of FlowQL's. What is here loads no sqlglot before it
is called.
"""

from flowql.plan.sql.refusal import NoSqlError
from flowql.plan.sql.select import CheckedSelect, SelectError, check_select
from flowql.plan.sql.statement import INPUT, Statement, over_no_rows, statement, whole_statement

__all__ = [
    "INPUT",
    "CheckedSelect",
    "NoSqlError",
    "SelectError",
    "Statement",
    "check_select",
    "over_no_rows",
    "statement",
    "whole_statement",
]
