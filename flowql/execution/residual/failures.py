"""What goes wrong in DuckDB, as FlowQL's errors.

Owns which of its errors are limits, which are a user's, and which are our own defects and stay as they are.
"""

import re
from collections.abc import Sequence
from typing import ClassVar

import duckdb

from flowql.errors import FlowqlError, LimitError
from flowql.execution.context import Context

_NO_ROOM = re.compile(r"max_temp_directory_size|No space left|ENOSPC", re.IGNORECASE)
_NO_MEMORY = re.compile(r"Out of Memory Error|failed to (?:pin|allocate|offload)", re.IGNORECASE)
_OVERFLOW = re.compile(r"Overflow in |type DOUBLE with value .* out of range", re.IGNORECASE)
_SUM_OVERFLOW = re.compile(r"INT128 with value .* out of range|HUGEINT.*out of range", re.IGNORECASE)
_PREFIX = re.compile(r"^(?:[A-Z][A-Za-z]* )+Error: ")


class SelectFailedError(FlowqlError):
    """A SELECT that was understood and failed over the rows: a text is no number, a date is none."""

    code: ClassVar[str] = "select-failed"


def error_of(
    error: Exception, *, context: Context, raised: Sequence[BaseException], has_select: bool
) -> BaseException:
    """The error to raise for one of DuckDB's; `raised` is what our own code raised inside of it."""
    stopped = context.stop.reason()
    if stopped is not None:
        return stopped
    if raised:
        return raised[0]
    text = str(error)
    if _NO_ROOM.search(text):
        message = "what the stages hold is more than the disk of the temporary folder takes"
        return LimitError("spill_max", message, hint="narrow the search, or group by less")
    if isinstance(error, duckdb.OutOfMemoryException | MemoryError) or _NO_MEMORY.search(text):
        message = "what the stages hold is more than the memory and the folder that they may fill"
        return LimitError("memory_max", message, hint="narrow the search, or group by less")
    if _SUM_OVERFLOW.search(text):
        return LimitError("sum_max", "a sum passes 2^63 - 1", hint="narrow the search")
    if _OVERFLOW.search(text):
        return LimitError("integer_max", "an integer passes 64 bits", hint="divide before multiplying")
    if has_select and not isinstance(error, duckdb.InternalException | duckdb.FatalException):
        return SelectFailedError(f"select: {told(error)}")
    return error


def told(error: Exception) -> str:
    """DuckDB's reason, without its kind and without what follows the first line."""
    line = str(error).split("\n", 1)[0]
    return _PREFIX.sub("", line).strip().rstrip(".!")
