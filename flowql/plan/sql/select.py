"""The check of a user's SELECT: what it may be, and what is told when it is not.

Owns the door: `check_select` and what it gives and raises. The work is in `checking`, which is loaded by the
first call, because sqlglot takes longer to load than most queries take to run.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flowql.plan.logical import Column


@dataclass(frozen=True, slots=True)
class CheckedSelect:
    """One SELECT over the table `log`, in DuckDB's dialect, all its names quoted.

    `columns` are those that it reads. Every column of its outcome has a name of its own.
    """

    sql: str
    columns: tuple[Column, ...]


class SelectError(Exception):
    """A SELECT that is refused: what is wrong at `[start, end)` of the given text, and what to write there.

    Each proposal is a text in place of `[start, end)`.
    """

    def __init__(self, message: str, start: int, end: int, proposals: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.proposals = proposals


def check_select(sql: str, columns: Sequence[Column], computed: Sequence[Column] = ()) -> CheckedSelect:
    """The SELECT that `sql`, from the word select on, is over rows of these columns; raises `SelectError`.

    It reads one table, the rows: no FROM is needed, and `from log` is tolerated. Refused are whatever reads
    anything else or the rows twice (another table, a join, a subquery, UNION), a second statement,
    parameters, and functions that are not in `words.FUNCTIONS`. Columns may be named in every spelling that
    FlowQL knows, quoted or not; `*` stands for `columns`, but not for those `computed` ones that can be named
    beside them. A column of the outcome that is not named with AS is called as the column that it is, as the
    function and its column (`sum_bytes`, `count`), or else by its expression.

    The outcome's order, which the lowering holds, is total: that of ORDER BY, NULLs last both ways; then, of
    plain rows, that of the input; of groups that of their keys, then of all columns; of distinct rows that of
    all columns.
    """
    from flowql.plan.sql.checking import checked  # noqa: PLC0415 - sqlglot is loaded when it is needed

    return checked(sql, tuple(columns), tuple(computed))
