"""The accounts of an ingestion in words: every line accounted for, problems named, rejects with examples.

Owns the words, and which examples are shown. Prints nothing.
"""

from collections import defaultdict
from collections.abc import Sequence

from flowql.errors import printable
from flowql.ingest.report import IngestReport
from flowql.render.summary import counted
from flowql.store.batch import Reject

_EXAMPLES_MAX = 3
"""Examples for each reason of rejection."""
_EXAMPLE_CHARACTERS_MAX = 100
_MEGABYTE = 1_000_000


def account_lines(report: IngestReport, rejects: Sequence[Reject], duration_s: float) -> list[str]:
    """The accounts; `rejects` are those of this ingestion, or some of them."""
    return [
        _equation(report),
        *_source_lines(report),
        *_field_lines(report),
        *_reject_lines(report, rejects),
        *([_speed(report, duration_s)] if report.lines else []),
    ]


def problem_lines(report: IngestReport) -> list[str]:
    """What could not be read, or not to its end, one line a source."""
    return [f"error: {printable(problem.message)}" for problem in report.problems]


def _equation(report: IngestReport) -> str:
    parts = (
        f"{report.records:,} records",
        f"{report.rejects:,} rejects",
        f"{report.blanks:,} blanks",
        f"{report.headers:,} headers",
    )
    return f"{report.lines:,} lines = {' + '.join(parts)}"


def _source_lines(report: IngestReport) -> list[str]:
    parts = [f"{counted(report.sources_read, 'source')} read"]
    if report.sources_continued:
        parts.append(f"{len(report.sources_continued):,} of them from where they had ended")
    if report.sources_skipped:
        parts.append(f"{len(report.sources_skipped):,} skipped: already ingested")
    return [", ".join(parts)]


def _field_lines(report: IngestReport) -> list[str]:
    lines = []
    if report.unknown_names:
        names = ", ".join(map(printable, report.unknown_names))
        lines.append(f"names in headers that FlowQL does not know became text fields: {names}")
    return lines


def _reject_lines(report: IngestReport, rejects: Sequence[Reject]) -> list[str]:
    if not report.rejects:
        return []
    examples: dict[str, list[Reject]] = defaultdict(list)
    for reject in rejects:
        if len(examples[reject.code]) < _EXAMPLES_MAX:
            examples[reject.code].append(reject)
    lines = ["rejected lines (all of them: flowql rejects):"]
    for code, count in report.reject_counts.items():
        lines.append(f"  {code}  {count:,}")
        lines += [f"    {_example(reject)}" for reject in examples[code]]
    return lines


def _example(reject: Reject) -> str:
    raw = printable(reject.raw.decode(errors="backslashreplace"))
    if len(raw) > _EXAMPLE_CHARACTERS_MAX:
        raw = raw[: _EXAMPLE_CHARACTERS_MAX - 1] + "…"
    at_fault = f" {reject.field}:" if reject.field else ""
    return f"{printable(reject.source)}:{reject.line}:{at_fault} {raw}"


def _speed(report: IngestReport, duration_s: float) -> str:
    duration_s = max(duration_s, 0.001)
    return (
        f"{duration_s:.1f} s, {report.records / duration_s:,.0f} records/s, "
        f"{report.bytes / duration_s / _MEGABYTE:,.1f} MB/s"
    )
