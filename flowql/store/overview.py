"""A store at a glance: its topics, and what checking them found.

Owns the shapes that callers get, and their words. How a topic is read or checked is elsewhere.
"""

from dataclasses import dataclass

from flowql.errors import Damage
from flowql.store.check import TopicCheck
from flowql.store.store import TopicSnapshot


@dataclass(frozen=True, slots=True)
class TopicInfo:
    """A topic at a glance.

    `start_bounds` are the least and greatest start in nanoseconds, None when no record has one.
    """

    name: str
    rows: int
    bytes: int
    segments: int
    start_bounds: tuple[int, int] | None
    fields: tuple[str, ...]
    rejects: int


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What `check` verified, a topic each."""

    topics: tuple[TopicCheck, ...]

    @property
    def damages(self) -> tuple[Damage, ...]:
        """Everything that is not as it was written."""
        return tuple(damage for topic in self.topics for damage in topic.damages)

    @property
    def ok(self) -> bool:
        """Whether nothing is damaged."""
        return not self.damages

    @property
    def lines(self) -> list[str]:
        """What was verified, in words, a topic a line."""
        return [
            f"{topic.name}: manifest {topic.manifest}, {topic.segment_count} segments, "
            f"{topic.row_count:,} records, {topic.byte_count:,} bytes, "
            f"{topic.segments_per_instant:.1f} segments per instant, "
            + (f"{len(topic.damages)} damaged places" if topic.damages else "every checksum and count agrees")
            for topic in self.topics
        ]


def topic_info(snapshot: TopicSnapshot) -> TopicInfo:
    """The glance at an open topic."""
    manifest = snapshot.manifest
    return TopicInfo(
        name=str(snapshot.name),
        rows=snapshot.row_count,
        bytes=snapshot.byte_count,
        segments=len(snapshot.segments),
        start_bounds=snapshot.start_bounds,
        fields=manifest.fields,
        rejects=sum(entry.count for entry in manifest.rejects),
    )
