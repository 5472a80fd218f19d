"""Made-up flow logs of any size: believable, fast, and the same bytes for the same parameters.

Owns what can be asked for (`Traffic`), when flows happen, and the writing of files. Memory is bounded by a
few chunks, however long the log. Who talks is known to `network`, what is said to `flows`, the printing to
`layout`. Knows nothing of topics, queries, or any other part of FlowQL beyond the names of the fields.

Every chunk draws from a generator of its own (seed, chunk), hence the number of threads changes no byte.
"""

import gzip as gzip_format
import os
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from flowql.demo.flows import Rows, Shares, draw
from flowql.demo.incidents import INCIDENTS, SPAN_S, incident_rows
from flowql.demo.layout import V5_LAYOUT, header_of, to_batch, to_lines
from flowql.demo.network import MOST_INTERFACES, Choice, Network
from flowql.schema import DEFAULT_LAYOUT

CHUNK = 1 << 15
"""Background rows drawn at once: what fits a processor's cache. Other sizes give other logs."""
_FEWEST_INTERFACES = 64
_FEWEST_OUTSIDE = 100
_INCIDENT_ROWS = sum(incident.rows for incident in INCIDENTS)
_COMPRESSION = 1
"""Level for gzip: a benchmark waits for the generator, nobody for the few percent of size."""
_HOUR_S = 3600
_RHYTHM = (62, 54, 49, 46, 45, 50, 62, 84, 108, 126, 134, 136,
           130, 132, 138, 140, 137, 130, 121, 114, 106, 96, 84, 72)  # fmt: skip
"""Relative traffic by hour of day, UTC."""

_In = TypeVar("_In")
_Out = TypeVar("_Out")
_Seconds = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Traffic:
    """The flow log to make up. Shares are of all rows; times are in seconds, UTC."""

    records: int
    """Lines to write, headers not counted."""
    seed: int = 7
    begin: int = 1_741_046_400
    """Start of the first flow, epoch seconds: midnight, Tuesday 2025-03-04."""
    span_s: int = 86_400
    """Time between the starts of the first and the last flow."""
    interfaces: int = 4_000
    outside: int = 300_000
    """Outside IPv4 addresses; there are a sixteenth as many IPv6 ones."""
    ipv6_share: float = 0.02
    late_share: float = 0.001
    """Rows up to five minutes out of order."""
    nodata_share: float = 0.0005
    """Rows that only say NODATA or SKIPDATA."""
    v5: bool = False
    """The 29 columns of AWS's version 5, with a header line, instead of the default 14 without."""
    incidents: bool = False
    """Include the rows of `INCIDENTS`, as part of `records`."""
    skew: float = field(default=1.0, repr=False)
    """How unequal peers are in how often they talk: above 1 the most popular have more, below 1 less."""

    def __post_init__(self) -> None:
        """Refuse what could not be believable."""
        if not _FEWEST_INTERFACES <= self.interfaces <= MOST_INTERFACES:
            raise ValueError(f"interfaces must be {_FEWEST_INTERFACES} to {MOST_INTERFACES}")
        if self.outside < _FEWEST_OUTSIDE:
            raise ValueError(f"outside must be at least {_FEWEST_OUTSIDE}")
        if self.records < 0 or self.span_s < 1:
            raise ValueError("records must not be negative, and span_s must be positive")
        if self.skew <= 0:
            raise ValueError("skew must be positive")
        if self.incidents and (self.span_s < SPAN_S or self.records < _INCIDENT_ROWS):
            raise ValueError(f"incidents need {SPAN_S} seconds and {_INCIDENT_ROWS} records")

    @property
    def layout(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return V5_LAYOUT if self.v5 else DEFAULT_LAYOUT

    @property
    def header(self) -> bytes:
        """What every file begins with: a header line, or nothing."""
        return header_of(self.layout) if self.v5 else b""


DEMO = Traffic(records=1_000_000, interfaces=400, outside=40_000, incidents=True)
"""The log of `flowql demo`: a day of a small company, in which four things go wrong."""


def batches(traffic: Traffic, threads: int = 0) -> Iterator[Any]:
    """Yield the log as `pyarrow.RecordBatch`es of about CHUNK rows; null is what a file prints as `-`.

    `threads` 0 means one per processor.
    """
    return _chunks(traffic, lambda batch: batch, threads)


def write_flows(traffic: Traffic, path: Path, threads: int = 0) -> int:
    """Write the log as one text file, gzipped if `path` ends in `.gz`; return its bytes of text."""
    written = 0
    packed = zlib.compressobj(_COMPRESSION, zlib.DEFLATED, 31) if path.suffix == ".gz" else None
    with path.open("wb") as file:
        for text in _texts(traffic, threads):
            file.write(packed.compress(text) if packed else text)
            written += len(text)
        if packed:
            file.write(packed.flush())
    return written


def write_split(
    traffic: Traffic,
    folder: Path,
    lines_per_file: int,
    *,
    gzip: bool = True,
    threads: int = 0,
) -> int:
    """Write the log as files `flows-000000.log[.gz]` and so on into a folder; return how many."""
    folder.mkdir(parents=True, exist_ok=True)

    def write(part: tuple[int, bytes]) -> None:
        number, text = part
        name = f"flows-{number:06}.log"
        if gzip:
            packed = gzip_format.compress(traffic.header + text, _COMPRESSION, mtime=0)
            (folder / f"{name}.gz").write_bytes(packed)
        else:
            (folder / name).write_bytes(traffic.header + text)

    parts = enumerate(_cut(_chunks(traffic, to_lines, threads), lines_per_file))
    return sum(1 for _ in _in_order(write, parts, threads))


def _texts(traffic: Traffic, threads: int) -> Iterator[bytes | memoryview]:
    yield traffic.header
    for lines in _chunks(traffic, to_lines, threads):
        yield _text(lines, 0, len(lines))


def _cut(chunks: Iterable[Any], lines_per_file: int) -> Iterator[bytes]:
    """Cut arrays of lines into texts of a number of lines each; the last one may be shorter."""
    kept, missing = b"", lines_per_file
    for lines in chunks:
        first = 0
        while len(lines) - first >= missing:
            yield kept + _text(lines, first, first + missing)
            first += missing
            kept, missing = b"", lines_per_file
        kept += _text(lines, first, len(lines))
        missing -= len(lines) - first
    if kept:
        yield kept


def _text(lines: Any, first: int, end: int) -> memoryview:
    """Bytes of some lines of an array: they lie one after the other already."""
    _, offsets, data = lines.buffers()
    edges = np.frombuffer(offsets, np.int32)
    return memoryview(data)[edges[first] : edges[end]]


def _chunks(traffic: Traffic, finish: Callable[[Any], _Out], threads: int) -> Iterator[_Out]:
    """Make the log's chunks on several threads, `finish` each there, and yield them in order."""
    network = Network.build(
        traffic.seed,
        traffic.interfaces,
        traffic.outside,
        tuple(incident.outside for incident in INCIDENTS) if traffic.incidents else (),
    )
    if traffic.skew != 1:
        clients, servers = (_skewed(choice, traffic.skew) for choice in (network.clients, network.servers))
        network = replace(network, clients=clients, servers=servers)
    story = incident_rows(network, traffic.seed, traffic.begin) if traffic.incidents else None
    background = traffic.records - (len(story) if story else 0)
    clock = _Clock.of(traffic, background)
    shares = Shares(traffic.ipv6_share, traffic.late_share, traffic.nodata_share)

    def make(chunk: int) -> _Out:
        first, end = chunk * CHUNK, min((chunk + 1) * CHUNK, background)
        starts = clock.starts(first, end)
        rows = draw(network, starts, shares, np.random.default_rng([traffic.seed, 2, chunk]))
        if story is not None:
            until = int(clock.starts(end, end + 1)[0]) if end < background else None
            rows = _with_story(rows, starts, story, 0 if chunk == 0 else int(starts[0]), until)
        return finish(to_batch(rows, network, v5=traffic.v5))

    return _in_order(make, range(max(1, -(-background // CHUNK))), threads)


def _skewed(choice: Choice, skew: float) -> Choice:
    """The same peers, the head of their popularity so many times steeper."""
    head = (choice.head / np.float32(skew)).astype(np.float32)
    return replace(choice, head=head, reach=np.log1p(choice.size / head).astype(np.float32))


def _with_story(rows: Rows, starts: _Seconds, story: Rows, since: int, until: int | None) -> Rows:
    """Insert the story's rows that start from `since` to before `until`, the next chunk's first start."""
    end = len(story) if until is None else int(np.searchsorted(story.start, until))
    part = story.take(slice(int(np.searchsorted(story.start, since)), end))
    return rows.insert(np.searchsorted(starts, part.start, "right"), part)


@dataclass(frozen=True, slots=True)
class _Clock:
    """When the n-th background row starts: an hourly rhythm, cut to the span."""

    rows: npt.NDArray[np.float64]
    seconds: npt.NDArray[np.float64]

    @classmethod
    def of(cls, traffic: Traffic, background: int) -> "_Clock":
        edges = np.append(np.arange(0, traffic.span_s, _HOUR_S), traffic.span_s)
        rhythm = np.array(_RHYTHM)[(traffic.begin // _HOUR_S + np.arange(len(edges) - 1)) % len(_RHYTHM)]
        past = np.append(0, np.cumsum(rhythm * np.diff(edges)))
        return cls(past / past[-1] * max(background, 1), (traffic.begin + edges).astype(np.float64))

    def starts(self, first: int, end: int) -> _Seconds:
        """Epoch seconds, ascending, of the rows from `first` to before `end`."""
        return np.interp(np.arange(first, end), self.rows, self.seconds).astype(np.int64)


def _in_order(work: Callable[[_In], _Out], items: Iterable[_In], threads: int) -> Iterator[_Out]:
    """Map on threads, yield in order, and run no further ahead than memory should hold."""
    threads = threads or os.cpu_count() or 1
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[_Out]] = deque()
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
