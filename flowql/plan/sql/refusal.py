"""What a whole query may hold that DuckDB's SQL cannot say exactly.

Owns the error. What is exact and what is not is decided where each part is written.
"""

from typing import ClassVar

from flowql.errors import UsageError


class NoSqlError(UsageError):
    """A query that has an answer here, but no statement of SQL that gives the very same; names the part."""

    code: ClassVar[str] = "no-sql"

    def __init__(self, part: str, reason: str, *, hint: str | None = None) -> None:
        super().__init__(f"{part} has no exact form in SQL: {reason}", hint=hint)
        self.part = part
