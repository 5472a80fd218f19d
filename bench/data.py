"""The logs that are measured: made once, from a seed, and kept in the cache.

Owns which logs there are, where they lie, and when they are made anew. What is in them is known to
`flowql.demo.traffic`: IPv6 (2 %), out-of-order starts (0.1 %) and records without data among them.
"""

import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from flowql.demo.traffic import Traffic, write_flows, write_split

GZIP_LINES = 1_000
LARGE_COUNT = 32
"""Files of a log in a few large ones."""
SEGMENT_COUNT = 100
"""Files of `pieces`, each to be a segment of the store that is only opened."""
_SEGMENT_ROWS_MAX = 20_000
"""Rows of each small segment: enough that all its parts are there, few enough to be made quickly."""
_SAMPLE_RECORDS = 500
_READ_BYTES = 1 << 24


@dataclass(frozen=True, slots=True)
class Log:
    """A flow log on disk: a file, or a folder of files. Both engines read it by its path."""

    path: Path
    traffic: Traffic

    @property
    def files(self) -> list[Path]:
        """Its files, in the order of their lines."""
        return sorted(self.path.iterdir()) if self.path.is_dir() else [self.path]

    def warm(self) -> None:
        """Read everything once, so that all engines find it in the page cache."""
        warm(self.path)


def warm(path: Path) -> None:
    """Read a file once, or all files of a folder, so that they are in the page cache.

    A file that goes away meanwhile, as a peer's do when it has merged them, is not missed.
    """
    files = (
        [path] if path.is_file() else [Path(at) / name for at, _, names in os.walk(path) for name in names]
    )
    for each in files:
        with suppress(FileNotFoundError), each.open("rb") as file:
            while file.read(_READ_BYTES):
                pass


def plain(cache: Path, records: int) -> Log:
    """The default 14 fields, without a header, in one file."""
    return of_traffic(cache, Traffic(records))


def of_traffic(cache: Path, traffic: Traffic) -> Log:
    """A log in one file, as `plain` unless the traffic says otherwise."""
    return _file(cache, "v5" if traffic.v5 else "plain", traffic)


def resized(traffic: Traffic, records: int) -> Traffic:
    """The same traffic in a longer or shorter log."""
    return replace(traffic, records=records)


def v5(cache: Path, records: int) -> Log:
    """The 29 fields of AWS's version 5, with a header line, in one file."""
    return of_traffic(cache, Traffic(records, v5=True))


def gzipped(cache: Path, records: int, lines: int = GZIP_LINES) -> Log:
    """The lines of `plain` in gzip files of so many lines each."""

    def write(traffic: Traffic, path: Path) -> None:
        write_split(traffic, path, lines)

    shape = "gzip" if lines == GZIP_LINES else f"gzip-{lines}"
    return _made(shape, cache, Traffic(records), write)


def pieces(cache: Path, records: int) -> Log:
    """A log in files of equal size, each to become a segment; of 2 million records at most."""
    rows = max(1, min(records // SEGMENT_COUNT, _SEGMENT_ROWS_MAX))

    def write(traffic: Traffic, path: Path) -> None:
        write_split(traffic, path, rows, gzip=False)

    return _made(f"pieces-{rows}", cache, Traffic(rows * SEGMENT_COUNT), write)


def _file(cache: Path, shape: str, traffic: Traffic) -> Log:
    def write(traffic: Traffic, path: Path) -> None:
        write_flows(traffic, path)

    return _made(shape, cache, traffic, write)


def _made(shape: str, cache: Path, traffic: Traffic, write: Callable[[Traffic, Path], None]) -> Log:
    path = cache / "logs" / f"{shape}-{traffic.records}-{_fingerprint(traffic)}"
    if not path.exists():
        staged = path.with_name(f"{path.name}.part")
        shutil.rmtree(staged, ignore_errors=True)
        staged.parent.mkdir(parents=True, exist_ok=True)
        write(traffic, staged)
        staged.rename(path)
    return Log(path, traffic)


def _fingerprint(traffic: Traffic) -> str:
    """Of the parameters and of some lines made with them: a generator that has changed makes logs anew."""
    with TemporaryDirectory() as folder:
        sample = Path(folder) / "sample"
        write_flows(replace(traffic, records=_SAMPLE_RECORDS), sample)
        return hashlib.sha256(repr(traffic).encode() + sample.read_bytes()).hexdigest()[:12]
