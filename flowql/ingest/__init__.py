"""From files to a topic's writer: sources found, opened, cut into lines, parsed, accounted for."""

from flowql.ingest.pipeline import IngestCancelledError, ingest
from flowql.ingest.report import IngestReport, Problem, Progress

__all__ = ["IngestCancelledError", "IngestReport", "Problem", "Progress", "ingest"]
