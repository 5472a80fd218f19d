"""SQL as a tree: the check of a user's SELECT, and the lowering of stages to one statement of DuckDB's.

What is here loads no sqlglot before it is called.
"""

from flowql.plan.sql.select import CheckedSelect, SelectError, check_select
from flowql.plan.sql.statement import INPUT, Statement, over_no_rows, statement

__all__ = ["INPUT", "CheckedSelect", "SelectError", "Statement", "check_select", "over_no_rows", "statement"]
