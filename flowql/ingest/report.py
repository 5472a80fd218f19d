"""What an ingestion tells: its progress while it runs, its accounts when it is done.

Owns the shapes and the one equation that must hold. Knows nothing of how lines were read; prints nothing.
"""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """A source that was not ingested, or not to its end: which, a kebab-case code, one sentence."""

    source: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingestion is. Bytes are as on disk, those of skipped sources included.

    `bytes_total` is None when there is standard input or a pipe among the sources.
    """

    records: int
    lines: int
    bytes_done: int
    bytes_total: int | None


@dataclass(frozen=True, slots=True)
class IngestReport:
    """The accounts of one ingestion: every line is one of the records, rejects, blanks or headers."""

    lines: int
    records: int
    rejects: int
    blanks: int
    headers: int
    reject_counts: dict[str, int]
    """Rejected lines by reason code, most frequent first."""
    sources_read: int
    """Sources that gave lines, or were empty; those with a problem on the way included."""
    sources_skipped: tuple[str, ...]
    """Sources whose content is in the topic already: nothing was added from them."""
    sources_continued: tuple[str, ...]
    """Sources that had grown since they were ingested: read from where they had ended."""
    unknown_names: tuple[str, ...]
    """Names in headers that have no registered kind: text fields, in the order in which they came."""
    new_fields: tuple[str, ...]
    """Fields that the topic did not have before."""
    problems: tuple[Problem, ...]
    bytes: int
    """Bytes read, as on disk."""
    text_bytes: int
    """Bytes of text, decompressed."""

    def __post_init__(self) -> None:
        assert self.lines == self.records + self.rejects + self.blanks + self.headers, (
            "a line is not accounted for"
        )
        assert self.rejects == sum(self.reject_counts.values()), "a reject is not accounted for"


@dataclass(slots=True)
class Tally:
    """The accounts while they grow."""

    lines: int = 0
    records: int = 0
    blanks: int = 0
    headers: int = 0
    reject_counts: Counter[str] = field(default_factory=Counter)
    sources_read: int = 0
    sources_skipped: list[str] = field(default_factory=list)
    sources_continued: list[str] = field(default_factory=list)
    unknown_names: dict[str, None] = field(default_factory=dict)
    new_fields: dict[str, None] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    raw_bytes: int = 0
    skipped_bytes: int = 0
    text_bytes: int = 0

    def report(self) -> IngestReport:
        """The accounts as they are now."""
        return IngestReport(
            lines=self.lines,
            records=self.records,
            rejects=self.reject_counts.total(),
            blanks=self.blanks,
            headers=self.headers,
            reject_counts=dict(self.reject_counts.most_common()),
            sources_read=self.sources_read,
            sources_skipped=tuple(self.sources_skipped),
            sources_continued=tuple(self.sources_continued),
            unknown_names=tuple(self.unknown_names),
            new_fields=tuple(self.new_fields),
            problems=tuple(self.problems),
            bytes=self.raw_bytes,
            text_bytes=self.text_bytes,
        )
