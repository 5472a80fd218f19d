"""Files to record batches: finds, opens, cuts, parses and accounts, and hands the records to a topic's
writer.
"""

from flowql.ingest.pipeline import IngestCancelledError, ingest
from flowql.ingest.report import IngestReport, Problem, Progress

__all__ = ["IngestCancelledError", "IngestReport", "Problem", "Progress", "ingest"]
