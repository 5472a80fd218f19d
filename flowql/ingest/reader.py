"""The reader: sources in order, each opened, known by its content or not, and cut into a packer's blocks.

Owns the order of sources and what becomes of those that cannot be read. Runs on a thread of its own. Knows
nothing of lines.
"""

import os
from collections.abc import Callable, Iterable
from typing import BinaryIO

from flowql.ingest.blocks import Packer
from flowql.ingest.cutter import Cutter, FoundHeader, Guidance
from flowql.ingest.raw import RawInput
from flowql.ingest.resume import Ingested
from flowql.ingest.sources import STANDARD_INPUT, Source, unreadable


class Reader:
    """Reads sources into a packer. `adopt` and `refuse` may be called from another thread."""

    def __init__(
        self, packer: Packer, ingested: Ingested, stdin: BinaryIO | None, is_stopped: Callable[[], bool]
    ) -> None:
        self._packer = packer
        self._guidance = Guidance(is_stopped)
        self._ingested = ingested
        self._stdin = stdin
        self._seen: set[str] = set()

    def read(self, sources: Iterable[Source]) -> None:
        """Read all of the sources, in order; a problem of one goes into the news and the others are read."""
        for source in sources:
            if self._guidance.is_stopped():
                return
            if source.name in self._seen:
                self._packer.news.sources_skipped.append(source.name)
                continue
            self._seen.add(source.name)
            try:
                file = source.open(self._stdin)
            except OSError as error:
                self._packer.news.problems.append(unreadable(source.name, error))
                continue
            try:
                self._read_file(source, file)
            except OSError as error:
                self._packer.news.problems.append(unreadable(source.name, error))
            finally:
                if source.name != STANDARD_INPUT:
                    file.close()
        self._packer.flush()

    def adopt(self, found: FoundHeader) -> None:
        """Read on in that source with that header's layout, unless another one has been read since."""
        self._guidance.found_header = found

    def refuse(self, source: str) -> None:
        """Read no more of that source."""
        self._guidance.refused = source

    def _read_file(self, source: Source, file: BinaryIO) -> None:
        self._guidance.found_header = self._guidance.refused = None
        news = self._packer.news
        resume = None
        if not source.is_stream:
            size = os.fstat(file.fileno()).st_size
            resume = self._ingested.find(file, size, source.name)
            if resume is not None and resume.complete and resume.raw_bytes == size:
                news.sources_skipped.append(source.name)
                news.skipped_bytes += size
                if self._packer.is_empty:
                    self._packer.flush()  # so that progress shows, when much is skipped
                return
        news.sources_read += 1
        if resume is not None:
            news.sources_continued.append(source.name)
        checkpoint = Cutter(self._packer, self._guidance, source, RawInput(file, source), resume).cut()
        if checkpoint is not None:
            self._ingested.add([checkpoint])
