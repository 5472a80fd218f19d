"""The residual road: stages that codes and bitmaps cannot answer, as one statement that DuckDB runs.

What is here loads no DuckDB before a statement is run.
"""

from flowql.execution.residual.database import SPILL_MAX, Residual

__all__ = ["SPILL_MAX", "Residual"]
