"""What stands above a whole query's SQL: comments that say what it answers, and what it needs to be run.

Owns the words. Settings are named only where a statement goes by them.
"""

import shlex
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flowql.errors import printable
from flowql.plan.logical import Column, TimeRange
from flowql.plan.sql.records import FLOWS, ID, SOURCE
from flowql.schema import Kind, Schema, TopicName
from flowql.zones import Zone

FILE = "flows.parquet"
"""The file that the comments propose for an export."""
SELECT_SETTINGS = (
    "SET TimeZone = 'UTC'",
    "SET error_on_division_by_zero = false",
    "SET ieee_floating_point_ops = false",
)
"""What a SELECT of the user's goes by in FlowQL."""
_WIDTH = 100
_VIEW = "CREATE VIEW flows AS SELECT * FROM read_parquet('flows.parquet');"
_TYPES = {Kind.TIME: "TIMESTAMP_NS in UTC", Kind.DURATION: "BIGINT of nanoseconds"}


@dataclass(frozen=True, slots=True)
class Heading:
    """What the comments are made of.

    `schema` and `topics` are those of the records that the statement reads, `needed` the columns of the
    table with their types, `outcome` those of the answer. `has_select` says that some of the SQL is the
    user's: it goes by settings, and rows keep an order behind it that no ORDER BY gives them.
    """

    query: str
    range: TimeRange
    zone: Zone
    topics: Sequence[TopicName]
    schema: Schema
    needed: Mapping[str, str]
    outcome: Sequence[Column]
    has_select: bool

    @property
    def export_query(self) -> str:
        """The query of an export that has all columns that any statement over these topics needs."""
        extra = [ID, *([SOURCE] if SOURCE in self.needed else [])]
        names = ", ".join((*self.schema.names, *extra))
        return f"from {', '.join(map(str, self.topics))} | fields {names}"

    @property
    def text(self) -> str:
        """The comments, each line of them."""
        return "".join(f"-- {line}".rstrip() + "\n" for line in self._lines())

    def _lines(self) -> Iterable[str]:
        yield "A query of FlowQL's as SQL for DuckDB 2.0 or newer: the same rows in the same order."
        query, *more = map(printable, self.query.splitlines())
        yield f"  query   {query}"
        yield from (f"          {line}" for line in more)
        yield f"  range   {self.range.text_in(self.zone)}"
        yield f"  topics  {', '.join(map(str, self.topics))}"
        yield f'It reads the table "{FLOWS}", a row for each record of these topics and no other, of it'
        columns = ", ".join(f'"{name}" {sql_type}' for name, sql_type in self.needed.items())
        yield from (
            f"  {line}" for line in textwrap.wrap(columns or "(none)", _WIDTH, break_long_words=False)
        )
        yield "These two make it:"
        yield f"  flowql search --format parquet --output {FILE} {shlex.quote(self.export_query)}"
        yield f"  {_VIEW}"
        told = [f"{kind.value}s are {words}" for kind, words in _TYPES.items() if self._has(kind)]
        if told:
            yield f"In the answer {', '.join(told)}."
        if self.has_select:
            yield "Its select goes by these settings; rows stay in order, as they do by DuckDB's default:"
            yield from (f"  {setting};" for setting in SELECT_SETTINGS)

    def _has(self, kind: Kind) -> bool:
        return any(column.kind is kind for column in self.outcome)
