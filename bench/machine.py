"""The machine's facts, which every result carries: a time without them says nothing.

Owns what is told of the machine, the libraries and the code. Reads /proc: Linux only.
"""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import flowql

_LIBRARIES = ("chdb", "duckdb", "numpy", "pyarrow", "pyroaring", "tantivy")
_PROJECT = Path(__file__).resolve().parent.parent

Facts = dict[str, str | int | float | None]


def facts(records: int) -> Facts:
    """What a result depends on, besides the code of the benchmark: `records` is the size of the logs."""
    return {
        "records": records,
        "cores": len(os.sched_getaffinity(0)),
        "processor": _field(Path("/proc/cpuinfo"), "model name"),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "load_1m": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **{name: _version(name) for name in _LIBRARIES},
        "flowql": flowql.__version__,
        "commit": _commit(),
    }


def is_busy(machine: Facts) -> bool:
    """Whether other work took more than a quarter of the machine in the minute before."""
    load, cores = machine["load_1m"], machine["cores"]
    return isinstance(load, float) and isinstance(cores, int) and load > cores / 4


def anonymous_bytes(process: int | None = None) -> int:
    """Anonymous memory (RssAnon) of a process now, this one by default: what it holds beyond mapped files.

    0 of a process that has ended.
    """
    kib = _field(Path(f"/proc/{process or 'self'}/status"), "RssAnon") or "0 kB"
    return int(kib.removesuffix(" kB")) * 1024


def descriptor_count() -> int:
    """Open file descriptors of this process; the one that looks is among them, always."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def _field(path: Path, name: str) -> str | None:
    for line in path.read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return None


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def _commit() -> str | None:
    """The commit that is measured, with `-dirty` where the work tree differs; None outside a repository."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=10", "--match="]
    try:
        found = subprocess.run(command, cwd=_PROJECT, capture_output=True, text=True, check=True)  # noqa: S603 - constant words
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()
