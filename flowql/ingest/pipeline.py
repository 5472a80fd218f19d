"""The pipeline: a reading thread, parsing threads, and the caller's thread, which takes the results in order.

Owns the threads, their bounds, and stopping. At most BLOCKS_WAITING_MAX blocks are between the reader and the
intake, which bounds memory whatever the input's size. Knows nothing of what a line looks like.
"""

import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import BinaryIO, Self

from flowql.errors import CancelledError
from flowql.ingest.blocks import Block, Packer
from flowql.ingest.fast import parse_lines
from flowql.ingest.intake import Intake, Writer
from flowql.ingest.parsed import Parsed
from flowql.ingest.reader import Reader
from flowql.ingest.report import IngestReport, Progress, Tally
from flowql.ingest.resume import Ingested
from flowql.ingest.sources import Source, find_sources

PARSING_THREADS = 2
BLOCKS_WAITING_MAX = 4
"""Blocks that are parsed or wait to be taken: each some 8 MiB of text and less of columns."""
STREAM_COMMIT_S = 10.0
"""Records of standard input become visible at most this long after they came."""

_POLL_S = 0.2
_JOIN_S = 5.0
_READ_ALL = object()


class IngestCancelledError(CancelledError):
    """An ingestion stopped by the user; what `report` accounts for is committed."""

    def __init__(self, report: IngestReport) -> None:
        super().__init__(
            f"stopped: {report.records:,} records of {report.lines:,} lines were committed",
            hint="ingest the same files again to go on from there",
        )
        self.report = report


def ingest(
    writer: Writer,
    paths: Sequence[str | Path],
    *,
    stdin: BinaryIO | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> IngestReport:
    """Read files, folders, globs and standard input (`-`) into a topic, and commit.

    Sources are known by their content: what the topic's checkpoints cover is not read again. Files that
    cannot be read, or not to their end, are named in the report's `problems`; the others are ingested.
    `progress` is called from this thread after every block. When `cancelled` says so, or on Ctrl-C in the
    main thread, what is complete is committed and IngestCancelledError raised. Errors of the writer are
    passed on.
    """
    sources, problems = find_sources(paths)
    tally = Tally(problems=problems)
    ingested = Ingested()
    ingested.add(writer.checkpoints())
    with _interruptible() as interrupted, _Feed(sources, ingested, stdin) as feed:
        run = _Run(Intake(writer, feed.reader, tally), tally, sources, progress)
        for block, parsed in feed.blocks():
            run.take(block, parsed)
            if interrupted.is_set() or (cancelled is not None and cancelled()):
                feed.stop()
                run.commit()
                raise IngestCancelledError(tally.report())
        run.commit()
    return tally.report()


class _Run:
    """The caller's side: what is done for each block, besides taking it."""

    def __init__(
        self,
        intake: Intake,
        tally: Tally,
        sources: Sequence[Source],
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self._intake = intake
        self._tally = tally
        self._progress = progress
        sizes = [source.size for source in sources if source.size is not None]
        self._bytes_total = sum(sizes) if len(sizes) == len(sources) else None
        self._has_stream = self._bytes_total is None
        self._committed_at = time.monotonic()

    def take(self, block: Block | None, parsed: Parsed | None) -> None:
        """Take a block, or none when nothing came for a moment."""
        if block is not None:
            self._intake.take(block, parsed)
            self._tell_progress()
        if self._has_stream and time.monotonic() - self._committed_at >= STREAM_COMMIT_S:
            self.commit()

    def commit(self) -> None:
        """Commit what was taken since the last time."""
        self._intake.commit()
        self._committed_at = time.monotonic()

    def _tell_progress(self) -> None:
        tally = self._tally
        if self._progress is not None:
            bytes_done = tally.raw_bytes + tally.skipped_bytes
            self._progress(Progress(tally.records, tally.lines, bytes_done, self._bytes_total))


class _Feed:
    """The threads that read and parse. A context manager: leaving it stops them."""

    def __init__(self, sources: Sequence[Source], ingested: Ingested, stdin: BinaryIO | None) -> None:
        self._sources = sources
        self._stopped = threading.Event()
        self._results: queue.Queue[object] = queue.Queue(BLOCKS_WAITING_MAX)
        self._pool = ThreadPoolExecutor(PARSING_THREADS, thread_name_prefix="flowql-parse")
        # A daemon, because a read of standard input cannot be called off.
        self._thread = threading.Thread(target=self._read, name="flowql-read", daemon=True)
        self.reader = Reader(Packer(self._send), ingested, stdin, self._stopped.is_set)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop reading and parsing; blocks that were not taken yet are forgotten."""
        self._stopped.set()
        self._pool.shutdown(cancel_futures=True)
        self._thread.join(_JOIN_S)

    def blocks(self) -> Iterator[tuple[Block | None, Parsed | None]]:
        """Blocks in order, parsed; now and then `(None, None)` while there are none yet."""
        while True:
            try:
                result = self._results.get(timeout=_POLL_S)
            except queue.Empty:
                yield None, None
                continue
            match result:
                case (Block() as block, None):
                    yield block, None
                case (Block() as block, Future() as future):
                    yield block, future.result()
                case BaseException() as error:
                    raise error
                case _:
                    assert result is _READ_ALL
                    return

    def _read(self) -> None:
        try:
            self.reader.read(self._sources)
            self._put(_READ_ALL)
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            self._put(error)

    def _send(self, block: Block) -> None:
        if not self._stopped.is_set():
            # A bounded queue of futures: the reader waits here while enough blocks are on their way.
            self._put((block, self._parse(block)))

    def _parse(self, block: Block) -> Future[Parsed] | None:
        if not block.data:
            return None
        return self._pool.submit(parse_lines, block.data, block.layout, block.line_count)

    def _put(self, result: object) -> None:
        while not self._stopped.is_set():
            with suppress(queue.Full):
                self._results.put(result, timeout=_POLL_S)
                return


@contextmanager
def _interruptible() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets, which tears no block apart; the second interrupts as usual."""
    interrupted = threading.Event()
    is_ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )

    def note(_signal: int, _frame: FrameType | None) -> None:
        interrupted.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    if is_ours:
        signal.signal(signal.SIGINT, note)
    try:
        yield interrupted
    finally:
        if is_ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
