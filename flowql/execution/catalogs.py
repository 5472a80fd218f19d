"""What binding and completion ask of snapshots.

Owns the views of a store's newest commit that the upper half of the engine has: topics, their fields and
their time, and which values are frequent. What becomes of the answers is theirs.
"""

from collections.abc import Iterable, Mapping, Sequence

from flowql.errors import Diagnostic, Severity
from flowql.execution.frequencies import Frequencies
from flowql.execution.residual import Residual
from flowql.plan.bound import BoundQuery
from flowql.plan.logical import ALL_TIME, Column
from flowql.schema import Kind, Schema, TopicName
from flowql.store.segment import Segment
from flowql.store.store import DEFAULT_LOGSET, TopicSnapshot


class SnapshotCatalog:
    """The binder's view of snapshots."""

    def __init__(self, snapshots: Mapping[TopicName, TopicSnapshot], residual: Residual) -> None:
        self._snapshots = snapshots
        self._residual = residual
        self.default_logset = DEFAULT_LOGSET

    def topics(self) -> tuple[TopicName, ...]:
        """All topics, ascending."""
        return tuple(sorted(self._snapshots))

    def schema(self, topic: TopicName) -> Schema:
        """The fields of a topic."""
        return self._snapshots[topic].schema

    def newest_start(self, topic: TopicName) -> int | None:
        """The greatest start of a topic's records; None when none has any."""
        bounds = self._snapshots[topic].start_bounds
        return bounds[1] if bounds else None

    def select_columns(self, sql: str, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        """What a checked SELECT over rows of these columns yields."""
        return self._residual.select_columns(sql, columns)


class CompletionSource(SnapshotCatalog):
    """What completion asks of snapshots."""

    def __init__(
        self, snapshots: Mapping[TopicName, TopicSnapshot], residual: Residual, frequencies: Frequencies
    ) -> None:
        super().__init__(snapshots, residual)
        self._frequencies = frequencies

    def frequent_texts(
        self, field: str, topics: Sequence[TopicName], prefix: str, count_max: int
    ) -> list[tuple[str, int]]:
        """At most so many texts of a field that begin so, and their rows, the most first."""
        return self._frequencies.texts(field, self._segments(topics), prefix, count_max)

    def frequent_numbers(
        self, field: str, kind: Kind, topics: Sequence[TopicName], count_max: int
    ) -> list[tuple[int, int]]:
        """At most so many values of a port or protocol field, and their rows, the most first."""
        return self._frequencies.numbers(field, kind, self._segments(topics), count_max)

    def _segments(self, topics: Sequence[TopicName]) -> list[Segment]:
        return [segment for topic in topics for segment in self._snapshots[topic].segments]


def time_bounds(snapshots: Iterable[TopicSnapshot]) -> tuple[int, int] | None:
    """The first and the last time in any field of any record; None where there is none."""
    held = (
        segment.summary(field.name)
        for snapshot in snapshots
        for segment in snapshot.segments
        for field in snapshot.schema.of_kind(Kind.TIME)
    )
    bounds = [(int(each.low), int(each.high)) for each in held if each is not None]
    return (min(low for low, _ in bounds), max(high for _, high in bounds)) if bounds else None


def notes_on_missing_starts(
    bound: BoundQuery, snapshots: Mapping[TopicName, TopicSnapshot]
) -> tuple[Diagnostic, ...]:
    """How many records the range leaves out because they have no start, if any."""
    if bound.range == ALL_TIME:
        return ()
    entries = [entry for topic in bound.topics for entry in snapshots[topic].manifest.segments]
    count = sum(entry.start_missing for entry in entries)
    message = f"{count:,} records in scope have no start, and so match no time range"
    return (Diagnostic("no-start", message, severity=Severity.INFO),) if count else ()
