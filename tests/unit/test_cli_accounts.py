"""The accounts of an ingestion, in words."""

from flowql.cli.accounts import account_lines, problem_lines
from flowql.ingest.report import IngestReport, Problem
from flowql.store.batch import Reject

NOTHING = IngestReport(
    lines=0,
    records=0,
    rejects=0,
    blanks=0,
    headers=0,
    reject_counts={},
    sources_read=0,
    sources_skipped=("/logs/a.log",),
    sources_continued=(),
    unknown_names=(),
    new_fields=(),
    problems=(),
    bytes=0,
    text_bytes=0,
)
MUCH = IngestReport(
    lines=1_000_010,
    records=1_000_000,
    rejects=6,
    blanks=3,
    headers=1,
    reject_counts={"field-count": 5, "bad-port": 1},
    sources_read=2,
    sources_skipped=(),
    sources_continued=("/logs/b.log",),
    unknown_names=("color", "x\x1b"),
    new_fields=("color",),
    problems=(Problem("/logs/c.gz", "truncated", "/logs/c.gz ends too early"),),
    bytes=100_000_000,
    text_bytes=100_000_000,
)


def test_every_line_is_accounted_for() -> None:
    rejects = [Reject("/logs/b.log", line, "field-count", "", b"x " * 80) for line in range(1, 6)]
    rejects.append(Reject("/logs/b.log", 9, "bad-port", "dstport", b"2 99999 \x1b\xff"))
    assert account_lines(MUCH, rejects, 2.0) == [
        "1,000,010 lines = 1,000,000 records + 6 rejects + 3 blanks + 1 headers",
        "2 sources read, 1 of them from where they had ended",
        "names in headers that FlowQL does not know became text fields: color, x\\x1b",
        "rejected lines (all of them: flowql rejects):",
        "  field-count  5",
        *(f"    /logs/b.log:{line}: {'x ' * 49}x…" for line in (1, 2, 3)),
        "  bad-port  1",
        "    /logs/b.log:9: dstport: 2 99999 \\x1b\\xff",
        "2.0 s, 500,000 records/s, 50.0 MB/s",
    ]


def test_ingesting_again_adds_nothing_and_says_so() -> None:
    assert account_lines(NOTHING, [], 0.1) == [
        "0 lines = 0 records + 0 rejects + 0 blanks + 0 headers",
        "0 sources read, 1 skipped: already ingested",
    ]


def test_problems_are_named() -> None:
    assert problem_lines(MUCH) == ["error: /logs/c.gz ends too early"]
